# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's snapshots of volume groups: generic ones, and the legacy ``cgsnapshots`` where the cloud or the group needs
them.

Neither API says whether the members were snapshotted at the same moment: see :meth:`CgSnapshots.consistency`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW
from ansible_collections.osnap.openstack.plugins.module_utils._services._group_snapshot_writes import (
    GROUP_SNAPSHOTS,
    GroupSnapshotWrites,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services._legacy_groups import explained, is_of_legacy
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_evidence import Evidence
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from collections.abc import Sequence


class CgSnapshots(GroupSnapshotWrites):
    resource = "cg_snapshot"
    noun = "group snapshot"
    path = "/group_snapshots"
    detail = "/group_snapshots/detail"
    collection = "group_snapshots"
    member = "group_snapshot"
    allows_twins = True
    saves_twice = True
    microversion = GROUP_SNAPSHOTS
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "group_id": "group_id",
        "group_type_id": "group_type_id",
        "snapshots": None,
        "consistent": None,
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

    def row(self, raw: dict, is_legacy: bool = False) -> dict:
        row = {**super().row(raw), "is_legacy": is_legacy}
        if is_legacy:
            row["group_id"] = raw.get("consistencygroup_id")
            self._legacy.add(row["id"])
        return row

    # -- reading

    def get(self, id: str) -> dict | None:
        row = self._bare(id)
        return self._complete([row])[0] if row else None

    def _bare(self, id):
        """One row without its members."""
        if id not in self._legacy and (raw := self._generic(id)):
            return self.row(raw)
        raw = self.client.get(
            f"/cgsnapshots/{segment(id)}", doing=f"read the {self.noun} {id}", resource=id, missing_ok=True
        )
        return self.row(raw["cgsnapshot"], is_legacy=True) if raw else None

    def poll(self, ids: Sequence) -> dict:
        """As the base's, with the members of those that are ready: what is on its way is looked at again anyway."""
        rows = self._bare_ones(ids, self._unlisted)
        self._complete([row for row in rows.values() if row["status"] in self.statuses.ready])
        return rows

    def again(self, rows):
        """With the members, for their marks; but not what tells whether they are of one moment, which is three lists
        more for an administrator.
        """
        ids = {row["id"] for row in rows}
        found = self._bare_ones(ids, ids - self._own(rows))
        members = _by_group_snapshot(VolumeSnapshots(self.cloud).list() if found else [])
        for row in found.values():
            row["snapshots"] = members[row["id"]]
        return found

    def _bare_ones(self, ids, unlisted):
        """``{id: row}`` without their members; those of ``unlisted`` that a list has not are asked for by themselves."""
        wanted, many = set(ids), len(ids) > FEW
        found = {row["id"]: row for row in self._rows() if row["id"] in wanted} if many else {}
        for id in sorted((wanted & unlisted if many else wanted) - set(found)):
            if row := self._bare(id):
                found[id] = row
                self._unlisted |= {id} if many else set()
        return found

    def _generic(self, id):
        """What the generic API says of one; None where it knows none of that ID or is not there."""
        try:
            raw = self.client.get(
                f"{self.path}/{segment(id)}",
                doing=f"read the {self.noun} {id}",
                resource=id,
                microversion=GROUP_SNAPSHOTS,
                missing_ok=True,
            )
        except OsnapError as error:
            if not is_of_legacy(error):
                raise
            return None
        return raw and raw["group_snapshot"]

    def list(self, first_page_only: bool = False, **filters) -> Sequence:
        """All of both kinds. Before 3.29 there are no filters, and the legacy list has none: nothing but the projects
        is asked of the service.
        """
        return self._complete(self._rows(filters), filters)

    def without_members(self) -> Sequence:
        """All of both kinds, with the ID, the name and the description of each, and its status."""
        return self._rows()

    def _rows(self, filters=None):
        """All of both kinds, without their members."""
        generic = self._generic_rows(filters or {})
        rows = {row["id"]: row for row in generic or ()}
        for raw in self._legacy_raw(alone=generic is None):
            if raw["id"] not in rows:  # the legacy list has the generic ones, too
                newer = None if generic is None or raw["id"] in self._legacy else self._generic(raw["id"])
                rows[raw["id"]] = self.row(newer) if newer else self.row(raw, is_legacy=True)
        return list(rows.values())

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

    @staticmethod
    def matches(row: dict, one: dict) -> bool:
        if one.get("id"):
            return row["id"] == one["id"]
        group, name = one.get("group_id"), one.get("name")
        return (group is None or row["group_id"] == group) and (
            name is None or (row["name"] or "").strip() == name.strip()
        )

    def find(self, wanted: Sequence) -> Sequence:
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name, group_id}``."""
        by_id = {one["id"]: self._bare(one["id"]) for one in wanted if one.get("id")}
        rows = self._rows() if any(not one.get("id") for one in wanted) else []
        found = [
            [row for row in ([by_id[one["id"]]] if one.get("id") else rows) if row and self.matches(row, one)]
            for one in wanted
        ]
        self._complete(list({row["id"]: row for some in found for row in some}.values()))
        return found

    def _complete(self, rows, filters=None):
        """Rows with their members, and with what can be said about these being of one moment."""
        members = _by_group_snapshot(VolumeSnapshots(self.cloud).list(**(filters or {})) if rows else [])
        looked = Evidence(self.cloud)
        for row in rows:
            row["snapshots"] = members[row["id"]]
            volumes = [snapshot["volume_id"] for snapshot in row["snapshots"]]
            row["consistent"] = (
                looked.consistency(row["group_type_id"], volumes)
                if row["status"] in self.statuses.ready and volumes
                else None
            )
        return rows

    def name_filter(self, name: str) -> dict:
        return {}

    def is_busy(self, row: dict) -> bool:
        """Cinder saves `available` twice: before it goes through the members, and after. A deletion in between would be
        undone by the second; until then a member has not all of its progress.
        """
        return row["status"] in self.statuses.ready and any(
            member["status"] == "available" and member["progress"] not in (None, "100%")
            for member in row["snapshots"] or ()
        )

    def reason(self, row: dict) -> str | None:
        """Why a snapshot failed, and what may be holding it: the volumes made of its members, which some back ends keep
        them for.
        """
        why = super().reason(row)
        try:
            members, held = self.lately(VolumeSnapshots), self.dependents(row)
        except OsnapError:
            return why  # a courtesy; the failure itself is already being told
        for snapshot in members:
            if (
                not why
                and snapshot["group_snapshot_id"] == row["id"]
                and snapshot["status"] in VolumeSnapshots.statuses.failed
            ):
                why = VolumeSnapshots(self.cloud).reason(snapshot)
        return (
            "; ".join(filter(None, [why, f"what was made of it may hold it: {enumerated(held)}" if held else None]))
            or None
        )

    def dependents(self, row: dict) -> Sequence:
        """What was made of a group snapshot, each as a sentence calls it."""
        members = {
            snapshot["id"] for snapshot in self.lately(VolumeSnapshots) if snapshot["group_snapshot_id"] == row["id"]
        }
        return [
            f"volume {self.label(volume)}"
            for volume in self.lately(GroupableVolumes)
            if volume["snapshot_id"] in members
        ]


def _by_group_snapshot(snapshots):
    """``{ID of a group snapshot: [its members]}``."""
    found = defaultdict(list)
    for snapshot in snapshots:
        found[snapshot["group_snapshot_id"]].append(snapshot)
    return found
