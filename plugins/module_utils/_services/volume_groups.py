# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's groups of volumes: generic ones, and the legacy consistency groups where the cloud or the group needs them.

A legacy group is one that ``/groups`` refuses to show: on a cloud before microversion 3.14 every one, later those made
by ``/consistencygroups``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._group_writes import GroupWrites
from ansible_collections.osnap.openstack.plugins.module_utils._services._legacy_groups import explained, is_of_legacy
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes

if TYPE_CHECKING:
    from collections.abc import Sequence


#: 3.14 has snapshots of groups. 3.25 tells the members; before it the filter that asks for them would empty the list.
GROUPS = Microversions("3.24", "3.14", "a volume group")
GROUPS_WITH_MEMBERS = Microversions("3.58", "3.25", "the members of a volume group")


class VolumeGroups(GroupWrites):
    resource = "volume_group"
    noun = "volume group"
    path = "/groups"
    detail = "/groups/detail"
    collection = "groups"
    member = "group"
    allows_twins = True
    saves_twice = True
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "availability_zone": "availability_zone",
        "group_type": "group_type",
        "volume_types": "volume_types",
        "volumes": "volumes",
        "group_snapshot_id": "group_snapshot_id",
        "source_group_id": "source_group_id",
        "replication_status": "replication_status",
        "is_legacy": None,
        "project_id": "project_id",
        "created_at": "created_at",
    }
    statuses = Statuses(
        ready=frozenset({"available", "in-use"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def __init__(self, cloud):
        super().__init__(cloud)
        self._legacy = set()  # the IDs of groups that were seen to be legacy ones

    def row(self, raw: dict, is_legacy: bool = False) -> dict:
        row = {**super().row(raw), "is_legacy": is_legacy}
        if is_legacy:
            self._legacy.add(row["id"])
        return row

    # -- reading

    def get(self, id: str) -> dict | None:
        if id not in self._legacy:
            raw = self._generic(f"/groups/{segment(id)}", id)
            if raw:
                return self._complete([self.row(raw["group"])])[0]
        raw = self.client.get(
            f"/consistencygroups/{segment(id)}", doing=f"read the consistency group {id}", resource=id, missing_ok=True
        )
        return self._complete([self.row(raw["consistencygroup"], is_legacy=True)])[0] if raw else None

    def _generic(self, path, id):
        """What the generic API says of a group; None where it knows none of that ID or is not there."""
        for version, params in ((GROUPS_WITH_MEMBERS, {"list_volume": True}), (GROUPS, {})):
            try:
                return self.client.get(
                    path,
                    doing=f"read the {self.noun} {id}",
                    resource=id,
                    params=params,
                    microversion=version,
                    missing_ok=True,
                )
            except OsnapError as error:
                if not is_of_legacy(error):
                    raise
                if error.status == 400:
                    return None
        return None

    def list(self, first_page_only: bool = False, **filters) -> Sequence:
        """All groups, of both kinds. Filters are few and differ between versions: nothing but the projects is asked of
        the service.
        """
        generic = self._generic_rows(filters)
        rows = {row["id"]: row for row in generic or ()}
        for raw in self._legacy_raw(filters, alone=generic is None):
            if raw["id"] not in rows:  # the legacy list has the generic ones, too
                newer = (
                    None
                    if generic is None or raw["id"] in self._legacy
                    else self._generic(f"/groups/{raw['id']}", raw["id"])
                )
                rows[raw["id"]] = self.row(newer["group"]) if newer else self.row(raw, is_legacy=True)
        return self._complete(list(rows.values()), **filters)

    def _generic_rows(self, filters):
        """None where the cloud has no generic groups."""
        for version, params in ((GROUPS_WITH_MEMBERS, {"list_volume": True}), (GROUPS, {})):
            try:
                return [
                    self.row(raw)
                    for raw in self.client.pages(
                        self.detail,
                        self.collection,
                        doing=f"list {self.noun}s",
                        params={**params, **filters},
                        microversion=version,
                    )
                ]
            except OsnapError as error:
                if error.status != 406:
                    raise
        return None

    def _legacy_raw(self, filters, alone):
        try:
            return self.client.pages(
                "/consistencygroups/detail", "consistencygroups", doing="list consistency groups", params=filters
            )
        except OsnapError as error:
            if alone:
                raise explained(error) from error
            if error.status not in (403, 404):  # off by policy, or no more of this world
                raise
            return []

    def _complete(self, rows, **filters):
        """Rows with their members, which neither old clouds nor the legacy API tell."""
        without = [row for row in rows if row["volumes"] is None]
        if without:
            volumes = GroupableVolumes(self.cloud).list(**filters)
            for row in without:
                row["volumes"] = [volume["id"] for volume in volumes if volume["group_id"] == row["id"]]
        for row in rows:
            row["volumes"], row["volume_types"] = sorted(row["volumes"]), sorted(row["volume_types"] or [])
        return rows

    @staticmethod
    def matches(row: dict, one: dict) -> bool:
        if one.get("id"):
            return row["id"] == one["id"]
        return (row["name"] or "").strip() == (one["name"] or "").strip()

    def find(self, wanted: Sequence) -> Sequence:
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name}``."""
        by_id = self.known(sorted({one["id"] for one in wanted if one.get("id")}))
        rows = self.list() if any(not one.get("id") for one in wanted) else []
        return [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]

    def name_filter(self, name: str) -> dict:
        return {}

    def reason(self, row: dict) -> str | None:
        why = super().reason(row)
        if why or not row["is_legacy"] or row["status"] != "error":
            return why
        return (
            "on a back end without them consistency groups end so, and there only the cloud's administrator gets rid of"
            " one, in the database"
        )

    def offers_generic(self) -> bool:
        """Whether this cloud has generic groups and their snapshots."""
        try:
            self.client.get("/groups", doing=f"list {self.noun}s", params={"limit": 1}, microversion=GROUPS)
        except OsnapError as error:
            if error.status == 406:
                return False
            raise
        return True
