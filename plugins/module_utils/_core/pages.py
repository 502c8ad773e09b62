# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paged lists, read to their end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.answers import CHECK
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, service_reason

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions


def read_pages(
    client: Any,
    path: str,
    key: str,
    *,
    doing: str,
    params: dict | None = None,
    microversion: Microversions | None = None,
    limit: int = 1000,
    first_page_only: bool = False,
    most: int | None = None,
) -> list[dict] | None:
    """All rows of a list, following the service's own links: as :meth:`Client.pages`, whose way of reading it uses."""
    params = {"limit": min(limit, most or limit), **(params or {})}
    rows: list[dict] = []
    markers: set[str] = set()
    while True:
        answer = client.get(path, doing=doing, params=params, microversion=microversion)
        page = answer.get(key)
        if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
            told = f"answered without a list of {key}: {service_reason(json.dumps(answer))}"
            raise _no_list(client, doing, told)
        rows += page
        if not _links_on(answer, key) or not page or len(rows) >= (most or len(rows) + 1):
            return rows[:most]
        if first_page_only:
            return None
        # Glance links by path, the others by URL; the marker is all that matters and survives proxies that change
        # the host.
        marker = page[-1]["id"]
        if not isinstance(marker, str) or marker in markers:
            raise _no_list(client, doing, f"comes back to the page after {marker} again and again")
        markers.add(marker)
        client.cloud.check()
        params = {**params, "marker": marker}


def _no_list(client, doing, what):
    return OsnapError(
        f"Could not {doing}: {client.service} in cloud {client.cloud.name} {what}; {CHECK}.", service=client.service
    )


def _links_on(answer, key):
    """Whether a list says that there is another page."""
    links = answer.get(f"{key}_links") or answer.get(f"{key.removesuffix('s')}_links")  # Cinder's groups: group_links
    if not isinstance(links, list):
        return bool(answer.get("next"))
    return any(isinstance(link, dict) and link.get("rel") == "next" for link in links) or bool(answer.get("next"))
