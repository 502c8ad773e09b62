# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom Octavia's pools send to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


class PoolMembers:
    """The members of the project's pools. A member is an address: which server has it, Octavia does not know."""

    def __init__(self, cloud: Cloud):
        self.client = cloud.client("load-balancer")

    def by_address(self) -> dict[str, list[str]]:
        """``{address: names of pools}``; empty without an Octavia, or where it shows this user nothing. One request, and
        one for each pool.
        """
        found: dict[str, list[str]] = {}
        if not self.client.endpoint:
            return found
        try:
            for pool in self._rows("/lbaas/pools", "pools", "list the pools of load balancers"):
                name = str(pool.get("name") or pool["id"])
                path = f"/lbaas/pools/{segment(pool['id'])}/members"
                for member in self._rows(path, "members", f"list the members of the pool '{name}'"):
                    found.setdefault(str(member.get("address")), []).append(name)
        except OsnapError as error:
            if error.status not in UNTOLD:  # such as to a user without one of Octavia's own roles
                raise
        return {address: sorted(set(names)) for address, names in found.items()}

    def _rows(self, path, key, doing):
        return self.client.pages(path, key, doing=doing)
