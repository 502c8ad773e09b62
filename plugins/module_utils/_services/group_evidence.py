# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks for the snapshots of a group being of one moment."""

from __future__ import annotations

import functools

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_types import GroupTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes

#: What a group type asks for, and what a back end says that it can do.
AT_ONCE = "consistent_group_snapshot_enabled"


class Evidence:
    """Each list is asked for once, and only if it matters."""

    def __init__(self, cloud):
        self.cloud = cloud

    def consistency(self, group_type: str | None, volumes: list) -> bool | None:
        """True if it is certain, False if it is certain that they are not, None if this user can't tell.

        Cinder takes the members at once only if the group's type asks for it and the driver can do it; else one after
        another, and calls both available.
        The types' specs and the back ends' abilities are shown to administrators.
        """
        if len(volumes) == 1:
            return True  # one volume's snapshot is of one moment on every back end
        specs = {} if group_type is None else self.specs.get(group_type)  # a legacy group's type has the spec
        if specs is None:
            return None
        if group_type is not None and specs.get(AT_ONCE) != "<is> True":
            return False
        able = {self.pools.get(self.hosts.get(id)) for id in volumes}
        return False if False in able else True if able == {True} else None

    @functools.cached_property
    def specs(self) -> dict:
        """``{group type: specs}``, None for specs that this user is not shown."""
        return {row["id"]: row["group_specs"] for row in GroupTypes(self.cloud).list()}

    @functools.cached_property
    def hosts(self) -> dict:
        return {row["id"]: row["host"] for row in GroupableVolumes(self.cloud).list(all_tenants=True)}

    @functools.cached_property
    def pools(self) -> dict:
        """``{pool: whether it can snapshot a group at once}``; one that says nothing about it is left out."""
        try:
            pools = (
                self.cloud.client("block-storage")
                .get("/scheduler-stats/get_pools", doing="list the pools", params={"detail": True})
                .rows("pools")
            )
        except OsnapError as error:
            if error.status not in (403, 404):
                raise
            return {}
        return {
            pool["name"]: _yes(pool["capabilities"][AT_ONCE])
            for pool in pools
            if AT_ONCE in pool.get("capabilities", {})
        }


def _yes(value):
    return str(value).lower().removeprefix("<is> ") == "true"
