# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service over HTTP: microversions, pages, pace, and every failure as one sentence."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    OsnapError,
    from_exception,
    from_response,
    service_reason,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import Pace

#: The pool of connections keystoneauth keeps; more threads than this would only queue.
MAX_THREADS = 10

#: catalog type -> path of the API version that we speak, added where the catalog's URL names none
VERSION_PATHS = {"block-storage": "/v3", "compute": "/v2.1", "image": "/v2", "network": "/v2.0", "identity": "/v3"}

#: How often a read is repeated.
RETRIES = 5


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
        """The decoded answer of a read, repeated on 429, 503 and broken connections. A 404 is ``None`` with
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
        try:
            return response.json()
        except ValueError as error:  # such as the login page of a proxy
            raise OsnapError(
                f"Could not {doing}: {self.service} in cloud {self.cloud.name} answered {response.status_code} with"
                f" something else than JSON: {service_reason(response.text)}; check the endpoint of this service and"
                " any proxy on the way.",
                status=response.status_code,
                service=self.service,
                resource=resource,
            ) from error

    def pages(self, path, key, *, doing, params=None, microversion=None, limit=1000, first_page_only=False, most=None):
        """All rows of a paged list, following the service's own links; raw dictionaries, no objects. With ``most``, the
        first so many.
        """
        params = {"limit": min(limit, most or limit), **(params or {})}
        rows = []
        while True:
            document = self.get(path, doing=doing, params=params, microversion=microversion)
            page = document.get(key) or []
            rows += page
            links = (
                document.get(f"{key}_links") or document.get(f"{key.removesuffix('s')}_links") or []
            )  # Cinder's groups have group_links
            following = next((link["href"] for link in links if link.get("rel") == "next"), document.get("next"))
            if not following or not page or len(rows) >= (most or len(rows) + 1):
                return rows[:most]
            if first_page_only:
                return None
            # Glance links by path, the others by URL; the marker is all that matters and survives proxies that change
            # the host.
            params = {**params, "marker": page[-1]["id"]}

    def write(self, method, path, *, doing, resource=None, body=None, microversion=None, ok=(), **extra):
        """One request that changes something; never repeated, but for a 429, which says that nothing was done.

        A connection that breaks raises :class:`Ambiguous`: the caller must look whether it happened.
        """
        return self.send(
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
        """The response of one request; raises :class:`OsnapError` for every answer of 400 and more that is not in
        ``ok``.

        A ``paced`` one keeps to the pace that the service asks for, and is repeated after a 429. Bodies that can't be
        read twice are not paced.
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
        if response.status_code >= 400 and response.status_code not in ok:
            raise from_response(
                response, cloud=self.cloud.name, service=self.service, doing=doing, resource=resource, advice=advice
            )
        return response

    def _request(self, method, path, version, doing, resource, retries, paced, kwargs):
        if not paced:
            return self._once(method, path, version, doing, resource, retries, kwargs)
        while True:
            with self.pace.turn() as turn:
                response = self._once(method, path, version, doing, resource, retries, kwargs)
                if response.status_code != 429:
                    turn.answered()
                    return response
                if not turn.refused(response.headers.get("Retry-After")):
                    return response

    def _once(self, method, path, version, doing, resource, retries, kwargs):
        kwargs = {**kwargs, "headers": {"Accept": "application/json", **kwargs.get("headers", {})}}
        try:
            return self._adapter.request(
                self._base() + path,
                method,
                raise_exc=False,
                microversion=version,
                connect_retries=retries,
                status_code_retries=retries,
                retriable_status_codes=[503],
                **kwargs,
            )
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
            self._maximum = self.maximum_microversion()
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
        try:
            self._version(wanted, doing, discover=True)
        except OsnapError:
            raise
        except Exception as error:  # see _request
            raise from_exception(error, cloud=self.cloud.name, service=self.service, doing=doing) from error

    def offers(self, wanted) -> bool:
        """Whether this cloud is new enough for a request."""
        try:
            self.require(wanted, doing="read the versions")
        except OsnapError as error:
            if error.status != 406:
                raise
            return False
        return True

    def maximum_microversion(self):
        """The newest microversion this cloud offers, such as ``"3.71"``; ``"0.0"`` for a service without them."""
        data = self._adapter.get_endpoint_data()
        return (_text(data.max_microversion) if data else None) or "0.0"

    def microversions(self):
        """The oldest and the newest microversion this cloud offers; None and None for a service without them, and for
        one that does not say.
        """
        try:
            data = self._adapter.get_endpoint_data()
        except Exception as error:  # see _request
            raise from_exception(
                error, cloud=self.cloud.name, service=self.service, doing="read the versions"
            ) from error
        return (_text(data.min_microversion), _text(data.max_microversion)) if data else (None, None)
