# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A logged-in cloud: one warmed client a service.

openstacksdk reads the configuration and logs in; requests then go out through keystoneauth's adapter as plain JSON. Its
resource layer is left out on purpose: it discovers versions at every start, pins microversions, drops keys and costs
half a second to import.
"""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import READ_BOUND, Client
from ansible_collections.osnap.openstack.plugins.module_utils._core.configuration import (
    config_loader,
    misconfigured,
    name_of,
    ways_in,
    without_own_archive,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.endpoint import Endpoint, Entry
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import (
    OF_ANOTHER_FORM,
    Ambiguous,
    OsnapError,
    from_exception,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.request_log import log_to

#: A login that Keystone has answered so ends the same by any plugin.
FINAL = frozenset({401, 403, 429, 500, 502, 503, 504})


class Cloud:
    """A logged-in cloud: its services' clients, made on first use and shared by all threads."""

    #: The other cloud of a task that has two.
    peer: Any = None

    def __init__(self, name: str, region: Any, session: Any):
        self.name, self._region, self._session = name, region, session
        #: Seconds, as the user says; without them each request has a bound of ours, and so has the login.
        self.api_timeout = session.timeout
        session.timeout = session.timeout or READ_BOUND
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    def check(self) -> None:
        """Called while and after a request is held back, and between pages: the runner sets what raises when the job has
        gone. A request that nothing holds back is sent without it: some must follow another whatever happens.
        """

    def client(self, service: str) -> Client:
        with self._lock:
            if service not in self._clients:
                from keystoneauth1.adapter import Adapter

                region = self._region
                endpoint = Endpoint(
                    self._session,
                    service,
                    region.get_endpoint(service),
                    service_type=region.get_service_type(service),
                    service_name=region.get_service_name(service),
                    interface=region.get_interface(service),
                    region_name=region.get_region_name(service),
                )
                adapter = Adapter(session=self._session, service_type=service)
                self._clients[service] = Client(self, service, adapter, endpoint)
            return self._clients[service]

    @property
    def project_id(self) -> str:
        return self.log_in().project_id

    @property
    def is_admin(self) -> bool:
        """Whether the token carries the role ``admin``; policies differ, so this explains a refusal, it predicts none."""
        return "admin" in self.log_in().role_names

    @property
    def roles(self) -> list[str]:
        """The names of the user's roles in the project, sorted."""
        return sorted(self.log_in().role_names)

    def log_in(self) -> Any:
        """What the token gives access to. Asked for first in one thread, so that workers neither race for it nor fail one
        by one for the same reason; it is fetched anew when it has expired.
        """
        try:
            access = self._session.auth.get_access(self._session)
            # Now, and not where it is needed: whether it is there, and is what it should be.
            if not isinstance(access.project_id, (str, type(None))) or not isinstance(access.auth_token, str):
                raise TypeError
            sorted(access.role_names)
            access.will_expire_soon()
            return access
        except OF_ANOTHER_FORM as error:
            raise OsnapError(
                f"Could not log in: a value of the configuration of cloud {self.name}, or Keystone's answer, has another"
                " form than it should; check auth, clouds.yaml, auth_url, and any proxy on the way.",
                service="identity",
                stops_work=True,
            ) from error
        except Exception as error:  # see Client._once
            raise from_exception(error, cloud=self.name, service="identity", doing="log in") from error

    def lists(self, entry: Entry) -> bool:
        """Whether the catalog of this login has an entry of another one's: then both are of one Keystone. No request."""
        try:
            found = self.log_in().service_catalog.get_endpoints_data(endpoint_id=entry.id)
            return any(data.catalog_url == entry.url for several in found.values() for data in several)
        except OF_ANOTHER_FORM:  # then nothing is known of it
            return False

    def fresh_token(self) -> None:
        """Replace the token, for a request that can't be repeated half-way when the old one expires."""
        self._session.invalidate()
        self.log_in()

    def has_replaced_token_of(self, response: Any) -> bool:
        """Whether there has been a login since the request of a 401: keystoneauth logs in again for the first thread
        only, the others just fail.
        """
        return response.request.headers.get("X-Auth-Token") != self.log_in().auth_token


def connect(params: dict) -> Cloud:
    """Log in with the options of :data:`AUTH_OPTIONS` and openstacksdk's rules (clouds.yaml, OS_* variables, ``auth``).

    Raises :class:`OsnapError` when the configuration is incomplete, the cloud unreachable, or the credentials wrong.
    """
    loader = config_loader()
    name = name_of(params)
    if params.get("sdk_log_path"):
        log_to(params["sdk_log_path"], params["sdk_log_level"])
    cloud, access = _logged_in(_ways_in(loader, params, name), name)
    if not access.project_id:
        raise OsnapError(
            f"The credentials of cloud {name} name no project, in which alone there are snapshots; set project_name or"
            " project_id in auth, and no other scope.",
            service="identity",
            stops_work=True,
        )
    return cloud


def _ways_in(loader, params, name):
    try:
        with without_own_archive():
            return ways_in(loader, params)
    except Exception as error:  # whatever a user's configuration can bring about; the loader has no family of its own
        raise misconfigured(error, name) from error


def _logged_in(ways, name):
    """A cloud, and what its login has given access to, by the first way that leads in."""
    failures = []
    for way in ways:
        try:
            return _by(way, name)
        except OsnapError as error:
            # Else what looked like the version in auth_url may be none, and the long way has the last word.
            if isinstance(error, Ambiguous) or error.status in FINAL:
                raise
            failures.append(error)
    # What nobody was asked is told as the shorter way tells it.
    raise failures[-1] if failures[-1].status else failures[0]


def _by(way, name):
    try:
        with without_own_archive():
            region = way()
        session = region.get_session()
        if not hasattr(session.auth, "get_access"):
            raise OsnapError(
                f"The credentials of cloud {name} are no login, and so name no project: auth_type"
                f" {region.config.get('auth_type')!r} sends one token, or none, to one endpoint; choose one that logs"
                " in to Keystone, such as password, token or v3applicationcredential.",
                stops_work=True,
            )
        cloud = Cloud(name, region, session)
        return cloud, cloud.log_in()
    except OsnapError:
        raise
    except Exception as error:
        raise misconfigured(error, name) from error


def connect_pair(params: dict) -> Cloud:
    """The cloud of a task that has two, with its ``destination`` as the peer. If both logins fail, both are told."""
    clouds, errors = [], []
    for options in (params, params["destination"]):
        try:
            clouds.append(connect(options))
        except OsnapError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise OsnapError(" ".join(map(str, errors)), **errors[0].fields, stops_work=True)
    clouds[0].peer = clouds[1]
    return clouds[0]
