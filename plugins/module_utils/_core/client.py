# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service over HTTP: microversions, pages, pace, and every failure as one sentence."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import quote, urlsplit

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    Ambiguous,
    OsnapError,
    Unanswered,
    from_exception,
    from_response,
    service_reason,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import Pace, seconds_of

#: The pool of connections keystoneauth keeps; more threads than this would only queue.
MAX_THREADS = 10

#: catalog type -> path of the API version that we speak, added where the catalog's URL names none
VERSION_PATHS = {"block-storage": "/v3", "compute": "/v2.1", "image": "/v2", "network": "/v2.0", "identity": "/v3"}

#: How often a read is repeated after a broken connection or one of the statuses that may pass. Of a 429 the pace takes
#: care.
RETRIES = 5
PASSING = frozenset({500, 502, 503, 504})
#: Seconds. No pause between two tries of a read is longer, and the job is asked for at least this often.
LONGEST_PAUSE, SLICE = 30, 1

#: Seconds without a byte after which a request is given up, unless the user's ``api_timeout`` says otherwise. Some
#: writes are answered only when the work is done: Nova's image of a server with volumes, Glance's storing of an upload.
READ_BOUND, WRITE_BOUND, UPLOAD_BOUND = 60, 180, 900


def segment(value) -> str:
    """A name or ID as one segment of a path, whatever a user has written there."""
    text = str(value)
    if not text.strip("."):  # an empty one would mean the collection, dots what is above it, quoted or not
        raise OsnapError(f"'{text}' is no ID; check what was given as one.", resource=text)
    return quote(text, safe="")


class Document(dict):
    """An object of an answer. A key that should be there and is not is an :class:`OsnapError`, never a ``KeyError``."""

    #: The first half of that sentence.
    where = "A service answered"

    def __missing__(self, key):
        raise OsnapError(f"{self.where} without {key!r}; {_CHECK}.")

    def rows(self, key) -> list:
        """The objects in the list under ``key``; an error where there is no such list."""
        found = self[key]
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise OsnapError(f"{self.where} without a list of {key}; {_CHECK}.")
        return found

    def object(self, key) -> Document:
        """The object under ``key``; an error where there is none."""
        found = self[key]
        if not isinstance(found, Document):
            raise OsnapError(f"{self.where} without an object {key!r}; {_CHECK}.")
        return found


_CHECK = "check the endpoint of this service and any proxy on the way"


def document(response, key=None, *, cloud, service, doing, resource=None, kind=OsnapError):
    """The JSON object of an answer, or the one under ``key`` in it; an error of that kind for any other answer."""
    where = f"Could not {doing}: {service} in cloud {cloud} answered {response.status_code}"

    def refused(what):
        return kind(f"{where} {what}; {_CHECK}.", status=response.status_code, service=service, resource=resource)

    within = type("Document", (Document,), {"where": where})
    try:
        found = json.loads(response.text, object_hook=within)
    except (ValueError, RecursionError) as error:  # such as the login page of a proxy
        raise refused(f"with something else than JSON: {service_reason(response.text)}") from error
    if not isinstance(found, dict):
        raise refused("with JSON that is no object")
    if key is None:
        return found
    if not isinstance(found.get(key), dict):
        raise refused(f"without {key!r}: {service_reason(response.text)}")
    return found[key]


class Microversions:
    """The span of microversions that a request understands: the newest is asked for, ``least`` is what it can't do
    without.
    """

    def __init__(self, newest, least=None, gives=None):
        self.newest, self.least, self.gives = newest, least or newest, gives


def _number(version):
    return tuple(int(part) for part in str(version).split("."))


def _text(version):
    return ".".join(str(part) for part in version) if version else None


class Client:
    """One service of one cloud: requests in, JSON out, every failure an :class:`OsnapError`."""

    def __init__(self, cloud, service, adapter):
        self.cloud, self.service, self._adapter = cloud, service, adapter
        self.pace = Pace(MAX_THREADS)
        self._maximum = None
        self._prefix = None

    def get(self, path, *, doing, resource=None, params=None, microversion=None, missing_ok=False, **extra):
        """The decoded answer of a read, an object; repeated where a failure may pass. A 404 is ``None`` with
        ``missing_ok``.
        """
        response = self.send(
            "GET",
            path,
            doing=doing,
            resource=resource,
            params=params,
            microversion=microversion,
            ok=(404,) if missing_ok else (),
            retries=RETRIES,
            paced=True,
            **extra,
        )
        if response.status_code == 404:
            return None
        return document(response, cloud=self.cloud.name, service=self.service, doing=doing, resource=resource)

    def created(self, response, key=None, *, doing, resource=None):
        """What a write has answered, or the object under ``key`` in it.

        Where there is none, nobody knows what was done: the caller must look, and does not try again.
        """
        return document(
            response,
            key,
            cloud=self.cloud.name,
            service=self.service,
            doing=doing,
            resource=resource,
            kind=Unanswered,
        )

    def pages(self, path, key, *, doing, params=None, microversion=None, limit=1000, first_page_only=False, most=None):
        """All rows of a paged list, following the service's own links; raw dictionaries, no objects. With ``most``, the
        first so many.
        """
        params = {"limit": min(limit, most or limit), **(params or {})}
        rows, markers = [], set()
        while True:
            answer = self.get(path, doing=doing, params=params, microversion=microversion)
            page = answer.get(key)
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise self._no_list(doing, f"answered without a list of {key}: {service_reason(json.dumps(answer))}")
            rows += page
            if not _links_on(answer, key) or not page or len(rows) >= (most or len(rows) + 1):
                return rows[:most]
            if first_page_only:
                return None
            # Glance links by path, the others by URL; the marker is all that matters and survives proxies that change
            # the host.
            marker = page[-1]["id"]
            if not isinstance(marker, str) or marker in markers:
                raise self._no_list(doing, f"comes back to the page after {marker} again and again")
            markers.add(marker)
            self.cloud.check()
            params = {**params, "marker": marker}

    def _no_list(self, doing, what):
        return OsnapError(
            f"Could not {doing}: {self.service} in cloud {self.cloud.name} {what}; {_CHECK}.", service=self.service
        )

    def write(self, method, path, *, doing, resource=None, body=None, microversion=None, ok=(), **extra):
        """One request that changes something; never repeated, but for a 429, which says that nothing was done.

        A connection that breaks raises :class:`Ambiguous`: the caller must look whether it happened.
        """
        try:
            answer = self.send(
                method,
                path,
                doing=doing,
                resource=resource,
                json=body,
                microversion=microversion,
                ok=ok,
                paced=True,
                **extra,
            )
        except OsnapError as error:
            written.add(0 if written.is_refusal(error) else 1)
            raise
        written.add(0 if written.says_no(answer.status_code) else 1)
        return answer

    def send(
        self,
        method,
        path,
        *,
        doing,
        resource=None,
        microversion=None,
        ok=(),
        retries=0,
        paced=False,
        advice=None,
        **kwargs,
    ):
        """The response of one request; raises :class:`OsnapError` for every answer of 300 and more that is not in
        ``ok``: keystoneauth has followed what redirects can be followed.

        One with ``retries`` is a read, which may be repeated. A ``paced`` one keeps to the pace that the service asks
        for, and is repeated after a 429. Bodies that can't be read twice are not paced.
        """
        version = self._version(microversion, doing)
        response = self._request(method, path, version, doing, resource, retries, paced, kwargs)
        if response.status_code == 406 and microversion is not None:
            # An older cloud: now its maximum is worth a discovery. Nothing was done, 406 comes before the handler.
            version = self._version(microversion, doing, discover=True)
            response = self._request(method, path, version, doing, resource, retries, paced, kwargs)
        if (
            response.status_code == 401
            and kwargs.get("allow_reauth", True)
            and self.cloud.has_replaced_token_of(response)
        ):
            response = self._request(method, path, version, doing, resource, retries, paced, kwargs)
        if response.status_code >= 300 and response.status_code not in ok:
            raise from_response(
                response, cloud=self.cloud.name, service=self.service, doing=doing, resource=resource, advice=advice
            )
        return response

    def _request(self, method, path, version, doing, resource, retries, paced, kwargs):
        """The last answer of a request that is repeated as far as it may be."""
        for tried in range(retries + 1):
            try:
                response = self._paced(method, path, version, doing, resource, paced, kwargs)
            except Ambiguous as error:
                # One that has waited for its bound is not asked again: it would wait for as long once more.
                if tried == retries or isinstance(error, Unanswered):
                    raise
                asked_for = None
            else:
                # What is streamed has a way of its own with other failures: it goes on where it was.
                if tried == retries or response.status_code not in ({503} if kwargs.get("stream") else PASSING):
                    return response
                asked_for = seconds_of(response.headers.get("Retry-After"))
                if kwargs.get("stream"):
                    response.close()
            self._pause(min(asked_for or self.pace.first_pause * 2**tried, LONGEST_PAUSE))
        raise AssertionError("a request is tried at least once")

    def _pause(self, seconds):
        """Wait, as long as somebody waits for this job."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.cloud.check()
            time.sleep(min(left, SLICE))
        self.cloud.check()

    def _paced(self, method, path, version, doing, resource, paced, kwargs):
        if not paced:
            return self._once(method, path, version, doing, resource, kwargs)
        while True:
            with self.pace.turn(self.cloud.check) as turn:
                response = self._once(method, path, version, doing, resource, kwargs)
                if response.status_code != 429:
                    turn.answered()
                    return response
                if not turn.refused(response.headers.get("Retry-After")):
                    return response

    def _once(self, method, path, version, doing, resource, kwargs):
        kwargs = {**kwargs, "headers": {"Accept": "application/json", **kwargs.get("headers", {})}}
        if self.cloud.api_timeout is None:  # else keystoneauth's session has it
            bound = READ_BOUND if method == "GET" else UPLOAD_BOUND if "data" in kwargs else WRITE_BOUND
            kwargs["timeout"] = (min(bound, WRITE_BOUND), bound)  # the first is also that of each block sent
        try:
            return self._adapter.request(self._base() + path, method, raise_exc=False, microversion=version, **kwargs)
        except OsnapError:
            raise
        except (
            Exception
        ) as error:  # the SDK's families of exceptions share no base; from_exception raises what it doesn't know
            raise from_exception(
                error, cloud=self.cloud.name, service=self.service, doing=doing, resource=resource
            ) from error

    @property
    def endpoint(self):
        """The URL in the catalog, None where the cloud has no such service for this region and interface. No request."""
        from keystoneauth1 import exceptions

        try:
            return self._adapter.get_endpoint() or None
        except (
            ValueError,
            exceptions.EndpointNotFound,
        ):  # the service is in the catalog, and has no endpoint of this region
            return None

    def _base(self):
        """'' or the version's path, for catalogs whose URL ends before it."""
        if self._prefix is None:
            from keystoneauth1 import exceptions

            endpoint = self.endpoint
            if not endpoint:
                raise exceptions.EndpointNotFound()
            self._prefix = "" if re.search(r"/v\d", urlsplit(endpoint).path) else VERSION_PATHS[self.service]
        return self._prefix

    def _version(self, wanted, doing, discover=False):
        if wanted is None:
            return None
        if discover and self._maximum is None:
            self._maximum = self.maximum_microversion(doing)
        if self._maximum is None:
            return wanted.newest
        if _number(self._maximum) < _number(wanted.least):
            raise OsnapError(
                f"Could not {doing}: {wanted.gives or 'it'} needs {self.service} API {wanted.least}, and cloud"
                f" {self.cloud.name} offers {self._maximum} at the most.",
                status=406,
                service=self.service,
            )
        return min(wanted.newest, self._maximum, key=_number)

    def require(self, wanted, *, doing):
        """Raise where this cloud is too old for a request that is still to come."""
        self._version(wanted, doing, discover=True)

    def offers(self, wanted) -> bool:
        """Whether this cloud is new enough for a request."""
        try:
            self.require(wanted, doing="read the versions")
        except OsnapError as error:
            if error.status != 406:
                raise
            return False
        return True

    def maximum_microversion(self, doing="read the versions"):
        """The newest microversion this cloud offers, such as ``"3.71"``; ``"0.0"`` for a service without them."""
        data = self._offered(doing)
        return (_text(data.max_microversion) if data else None) or "0.0"

    def microversions(self):
        """The oldest and the newest microversion this cloud offers; None and None for a service without them, and for
        one that does not say.
        """
        data = self._offered("read the versions")
        return (_text(data.min_microversion), _text(data.max_microversion)) if data else (None, None)

    def _offered(self, doing):
        try:
            return self._adapter.get_endpoint_data()
        except Exception as error:  # see _once
            raise from_exception(error, cloud=self.cloud.name, service=self.service, doing=doing) from error


def _links_on(answer, key):
    """Whether a list says that there is another page."""
    links = answer.get(f"{key}_links") or answer.get(f"{key.removesuffix('s')}_links")  # Cinder's groups: group_links
    if not isinstance(links, list):
        return bool(answer.get("next"))
    return any(isinstance(link, dict) and link.get("rel") == "next" for link in links) or bool(answer.get("next"))
