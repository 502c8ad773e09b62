# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service over HTTP: microversions, pages, pace, and every failure as one sentence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.answers import document
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    Ambiguous,
    OsnapError,
    Unanswered,
    from_exception,
    from_response,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import number
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import Pace, seconds_of
from ansible_collections.osnap.openstack.plugins.module_utils._core.pages import read_pages

if TYPE_CHECKING:
    from collections.abc import Collection

    from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Entry
    from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions

#: The pool of connections keystoneauth keeps; more threads than this would only queue.
MAX_THREADS = 10

#: How often a read is repeated after a broken connection or one of the statuses that may pass. Of a 429 the pace takes
#: care.
RETRIES = 5
PASSING = frozenset({500, 502, 503, 504})
#: Seconds. No pause between two tries of a read is longer, and the job is asked for at least this often.
LONGEST_PAUSE, SLICE = 30, 1

#: Seconds without a byte after which a request is given up, unless the user's ``api_timeout`` says otherwise. Some
#: writes are answered only when the work is done: Nova's image of a server with volumes, Glance's storing of an upload.
READ_BOUND, WRITE_BOUND, UPLOAD_BOUND = 60, 180, 900


class Client:
    """One service of one cloud: requests in, JSON out, every failure an :class:`OsnapError`."""

    def __init__(self, cloud: Any, service: str, adapter: Any, endpoint: Any):
        self.cloud, self.service, self._adapter, self._endpoint = cloud, service, adapter, endpoint
        self.pace = Pace(MAX_THREADS)
        self._maximum: str | None = None

    def get(
        self,
        path: str,
        *,
        doing: str,
        resource: str | None = None,
        params: dict | None = None,
        microversion: Microversions | None = None,
        missing_ok: bool = False,
        **extra: Any,
    ) -> Any:
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

    def created(self, response: Any, key: str | None = None, *, doing: str, resource: str | None = None) -> Any:
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

    def pages(self, path: str, key: str, *, doing: str, **how: Any) -> Any:
        """All rows of a paged list, following the service's own links; raw dictionaries, no objects. ``how`` is what
        :func:`read_pages` takes: with ``most``, the first so many.
        """
        return read_pages(self, path, key, doing=doing, **how)

    def write(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        resource: str | None = None,
        body: Any = None,
        microversion: Microversions | None = None,
        ok: Collection[int] = (),
        **extra: Any,
    ) -> Any:
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
        method: str,
        path: str,
        *,
        doing: str,
        resource: str | None = None,
        microversion: Microversions | None = None,
        ok: Collection[int] = (),
        retries: int = 0,
        paced: bool = False,
        advice: dict[int, str] | None = None,
        **kwargs: Any,
    ) -> Any:
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
            return self._adapter.request(
                self._endpoint.url() + path, method, raise_exc=False, microversion=version, **kwargs
            )
        except OsnapError:
            raise
        except Exception as error:  # the SDK's families of exceptions share no base
            raise self._told(error, doing, resource) from error

    def _told(self, error, doing, resource=None):
        """An exception as a sentence; raises what is unknown again."""
        return from_exception(error, cloud=self.cloud.name, service=self.service, doing=doing, resource=resource)

    @property
    def endpoint(self) -> str | None:
        """The URL in the catalog, None where the cloud has no such service for this region and interface. No request."""
        try:
            return self._endpoint.named
        except Exception as error:  # see _once
            raise self._told(error, "read the catalog") from error

    @property
    def entry(self) -> Entry | None:
        """Which entry of the catalog this service is; see :attr:`Endpoint.entry`. No request."""
        try:
            return self._endpoint.entry
        except Exception as error:  # see _once
            raise self._told(error, "read the catalog") from error

    def _version(self, wanted, doing, discover=False):
        if wanted is None:
            return None
        if discover and self._maximum is None:
            self._maximum = self.maximum_microversion(doing)
        if self._maximum is None:
            return wanted.newest
        if number(self._maximum) < number(wanted.least):
            raise OsnapError(
                f"Could not {doing}: {wanted.gives or 'it'} needs {self.service} API {wanted.least}, and cloud"
                f" {self.cloud.name} offers {self._maximum} at the most.",
                status=406,
                service=self.service,
            )
        return min(wanted.newest, self._maximum, key=number)

    def require(self, wanted: Microversions, *, doing: str) -> None:
        """Raise where this cloud is too old for a request that is still to come."""
        self._version(wanted, doing, discover=True)

    def offers(self, wanted: Microversions) -> bool:
        """Whether this cloud is new enough for a request."""
        try:
            self.require(wanted, doing="read the versions")
        except OsnapError as error:
            if error.status != 406:
                raise
            return False
        return True

    def maximum_microversion(self, doing: str = "read the versions") -> str:
        """The newest microversion this cloud offers, such as ``"3.71"``; ``"0.0"`` for a service without them."""
        return self._offered(doing)[1] or "0.0"

    def microversions(self) -> tuple[str | None, str | None]:
        """The oldest and the newest microversion this cloud offers; None and None for a service without them, and for
        one that does not say.
        """
        return self._offered("read the versions")

    def _offered(self, doing):
        try:
            return self._endpoint.microversions()
        except Exception as error:  # see _once
            raise self._told(error, doing) from error
