# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one service of a cloud is: what configuration and catalog name, and what its version documents say of that.

The documents are keystoneauth's to find, read and keep: a URL that ends with the version we speak needs none of them.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OF_ANOTHER_FORM
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import text

#: catalog type -> the major version of the API that we speak
SPOKEN = {"block-storage": "3", "compute": "2", "image": "2", "network": "2", "identity": "3", "load-balancer": "2"}

#: Where that version is by custom: below a URL without a version, of a service whose documents nobody may read.
CUSTOM = {
    "block-storage": "v3",
    "compute": "v2.1",
    "image": "v2",
    "network": "v2.0",
    "identity": "v3",
    "load-balancer": "v2",
}


class Entry(NamedTuple):
    """One entry of a catalog: with its URL the ID is of one Keystone, a copy of whose database has other URLs."""

    id: str
    service: str
    region: str
    url: str


class Endpoint:
    """One service's. ``override`` is a URL that the user has configured, ``catalog`` how it is found in the catalog."""

    def __init__(self, session: Any, service: str, override: str | None = None, **catalog: Any):
        self._session, self.service, self._override, self._catalog = session, service, override, catalog
        self._lock = threading.Lock()
        self._url: str | None = None

    @property
    def named(self) -> str | None:
        """The URL as it is configured or in the catalog, None where there is no such service for this region and
        interface. No request.
        """
        from keystoneauth1 import exceptions

        if self._override:
            return self._override
        try:
            data = self._session.get_endpoint_data(skip_discovery=True, **self._catalog)
            return (data.url.strip() if data else None) or None
        except (ValueError, exceptions.EndpointNotFound):  # the second: it has none in this region
            return None
        except OF_ANOTHER_FORM as error:
            raise self._unreadable() from error

    @property
    def entry(self) -> Entry | None:
        """Which entry of the catalog it is; None where that does not say, or the user has configured a URL. No request."""
        if self._override or not self.named:
            return None
        data = self._session.get_endpoint_data(skip_discovery=True, **self._catalog)
        found = Entry(data.endpoint_id, data.service_id, data.region_name, data.catalog_url)
        return found if all(isinstance(part, str) and part for part in found) else None

    def url(self) -> str:
        """The URL below which the API's paths begin; looked for once, by one thread."""
        with self._lock:
            if self._url is None:
                self._url = self._found().rstrip("/")
            return self._url

    def microversions(self) -> tuple[str | None, str | None]:
        """The oldest and the newest that the service says it offers; None and None where it has none."""
        from keystoneauth1 import exceptions

        data = self._asked()
        if not _is_read(data):
            data = self._asked(endpoint_override=self.url())
        if not _is_read(data):
            raise exceptions.DiscoveryFailure(
                f"no version document of {self.service} can be read at {self.url()}; check the endpoint, and any proxy"
                " on the way"
            )
        return text(data.min_microversion), text(data.max_microversion)

    def _found(self):
        from keystoneauth1 import exceptions

        named = self.named
        if not named:
            raise exceptions.EndpointNotFound()
        data = self._asked(discover_versions=False)
        if data is None and self._override:  # whoever has written it knows
            return self._override
        if data is None:
            raise exceptions.DiscoveryFailure(
                f"{self.service} offers no version {SPOKEN[self.service]} of its API at {named}; check its entry in the"
                " catalog, and its version document"
            )
        if data.service_url:
            return data.service_url
        # Either the URL ends with the version, and a strict question needs no document; or there is none to read.
        if self._asked(discover_versions=False, allow_version_hack=False):
            return named
        return f"{named.rstrip('/')}/{CUSTOM[self.service]}"

    def _asked(self, **how):
        """keystoneauth's data of the version that we speak, None where the documents have no such version."""
        spoken = SPOKEN[self.service]
        where = {**self._catalog, **({"endpoint_override": self._override} if self._override else {}), **how}
        try:
            return self._session.get_endpoint_data(min_version=spoken, max_version=f"{spoken}.latest", **where)
        except OF_ANOTHER_FORM as error:
            raise self._unreadable() from error

    def _unreadable(self):
        from keystoneauth1 import exceptions

        return exceptions.DiscoveryFailure(
            f"the catalog, or a version document of {self.service}, has another form than it should; check auth_url, the"
            " endpoint, and any proxy on the way"
        )


def _is_read(data):
    """Whether a document stands behind keystoneauth's data: only then it has a status, if an unknown one."""
    return data is not None and data.status is not None
