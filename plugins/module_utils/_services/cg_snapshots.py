# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's snapshots of volume groups: generic ones, and the legacy ``cgsnapshots`` where the cloud or the group needs them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._connection import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import explained, is_of_legacy
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

GROUP_SNAPSHOTS = Microversions("3.58", "3.14", "a snapshot of a volume group")


class CgSnapshots(BlockStorage):
    resource = "cg_snapshot"
    noun = "group snapshot"
    path = "/group_snapshots"
    detail = "/group_snapshots/detail"
    collection = "group_snapshots"
    member = "group_snapshot"
    microversion = GROUP_SNAPSHOTS
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "group_id": "group_id",
        "group_type_id": "group_type_id",
        "snapshots": None,
        "is_legacy": None,
        "project_id": "project_id",
        "created_at": "created_at",
    }
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def __init__(self, cloud):
        super().__init__(cloud)
        self._legacy = set()  # the IDs of those that were seen to be legacy ones

    def row(self, raw, is_legacy=False):
        row = {**super().row(raw), "is_legacy": is_legacy}
        if is_legacy:
            row["group_id"] = raw.get("consistencygroup_id")
            self._legacy.add(row["id"])
        return row

    def get(self, id):
        if id not in self._legacy and (raw := self._generic(id)):
            return self._complete([self.row(raw)])[0]
        raw = self.client.get(f"/cgsnapshots/{id}", doing=f"read the {self.noun} {id}", resource=id, missing_ok=True)
        return self._complete([self.row(raw["cgsnapshot"], is_legacy=True)])[0] if raw else None

    def _generic(self, id):
        """What the generic API says of one; None where it knows none of that ID or is not there."""
        try:
            raw = self.client.get(f"{self.path}/{id}", doing=f"read the {self.noun} {id}", resource=id, microversion=GROUP_SNAPSHOTS, missing_ok=True)
        except OsnapError as error:
            if not is_of_legacy(error):
                raise
            return None
        return raw and raw["group_snapshot"]

    def list(self, first_page_only=False, **filters):
        """All of both kinds. Before 3.29 there are no filters, and the legacy list has none: nothing but the projects is asked of the service."""
        generic = self._generic_rows(filters)
        rows = {row["id"]: row for row in generic or ()}
        for raw in self._legacy_raw(alone=generic is None):
            if raw["id"] not in rows:  # the legacy list has the generic ones, too
                newer = None if generic is None or raw["id"] in self._legacy else self._generic(raw["id"])
                rows[raw["id"]] = self.row(newer) if newer else self.row(raw, is_legacy=True)
        return self._complete(list(rows.values()), **filters)

    def _generic_rows(self, filters):
        try:
            return super().list(**filters)
        except OsnapError as error:
            if error.status != 406:
                raise
        return None

    def _legacy_raw(self, alone):
        try:
            return self.client.pages("/cgsnapshots/detail", "cgsnapshots", doing="list consistency group snapshots")
        except OsnapError as error:
            if alone:
                raise explained(error) from error
            if error.status not in (403, 404):  # off by policy, or no more of this world
                raise
            return []

    def _complete(self, rows, **filters):
        """Rows with their members."""
        snapshots = VolumeSnapshots(self.cloud).list(**filters) if rows else []
        for row in rows:
            row["snapshots"] = [snapshot for snapshot in snapshots if snapshot["group_snapshot_id"] == row["id"]]
        return rows

    def name_filter(self, name):
        return {}
