# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be pruned: each kind of snapshot as retention sees it, and what keeps one from being deleted."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_chains import bases
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import (
    ServerImages,
    is_snapshot,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copies import SetCopies
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import FAILED as FAILED_SET
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import TORN
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import dependents, handed_on
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    FAILED,
    LOST,
    PENDING,
    USABLE,
    Item,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class Kind:
    """One kind of snapshot in one cloud."""

    #: the class of ``_services`` whose rows these are, and the class of their sources
    service = None
    sources = None
    #: the attributes that name the source, and hold the marks
    source, metadata = "volume_id", "metadata"
    #: Statuses in which one is broken and its owner can delete it. In any other than these and the ready ones it is
    #: left alone.
    failed = frozenset({"error"})

    def __init__(self, cloud):
        self.cloud = cloud

    def rows(self, service: Service, source_ids: list | None) -> list:
        """All rows, or at least those of these sources."""
        return service.list(**({self.source: source_ids[0]} if len(source_ids or ()) == 1 else {}))

    def marks(self, row: dict) -> dict:
        """The series and the hold of one, among other metadata."""
        return row[self.metadata] or {}

    def torn(self, row: dict, series: str) -> str | None:
        """Why one belongs to no series although it is marked with this one; or None."""
        return

    def holds(self, row: dict) -> tuple:
        """The values of all its holds, each of which counts."""
        return (self.marks(row).get(_marks.HOLD),)

    def ties(self, rows: list) -> dict:
        """``{id: [why it can't be deleted]}`` for those that would be."""
        return {}

    def needs(self, rows: list) -> dict:
        """``{id: IDs that it can't be without}``."""
        return {}

    def items(self, rows: list, ties: dict) -> list:
        needs = self.needs(rows)
        return [
            Item(
                row["id"],
                row[self.source],
                time_of(row["created_at"]),
                self._state(row),
                row["status"],
                self.holds(row),
                tuple(ties.get(row["id"], ())) + (() if row[self.source] else ("its source is unknown",)),
                frozenset(needs.get(row["id"], ())),
            )
            for row in rows
        ]

    def _state(self, row):
        if row["status"] in self.service.statuses.ready:
            return USABLE
        return FAILED if row["status"] in self.failed else PENDING


class VolumeSnapshotKind(Kind):
    service, sources = VolumeSnapshots, Volumes

    def ties(self, rows: list) -> dict:
        found = dependents.of_volume_snapshots(self.cloud)
        for row in rows:
            if row["group_snapshot_id"]:
                found[row["id"]].append(f"a member of the group snapshot {row['group_snapshot_id']}")
        return found


class GroupSnapshotKind(Kind):
    """Cinder keeps no metadata of a group snapshot, so that its members' count for it: one that is marked is enough, and
    of members with marks that differ, as a killed task leaves them, nobody can tell to which series they belong.
    """

    service, sources = CgSnapshots, VolumeGroups
    source = "group_id"

    def rows(self, service: Service, source_ids: list | None) -> list:
        return service.list()

    def marks(self, row: dict) -> dict:
        named = self._named(row)
        return {_marks.SERIES: named[0]} if len(named) == 1 else {}

    def torn(self, row: dict, series: str) -> str | None:
        named = self._named(row)
        if series not in named or len(named) == 1:
            return None
        return f"its members are of differing series, {', '.join(named)}; mark them again"

    @staticmethod
    def _named(row):
        """The series that its members name."""
        return sorted({(snapshot["metadata"] or {}).get(_marks.SERIES) or "" for snapshot in row["snapshots"]} - {""})

    def holds(self, row: dict) -> tuple:
        return tuple((snapshot["metadata"] or {}).get(_marks.HOLD) for snapshot in row["snapshots"])

    def ties(self, rows: list) -> dict:
        return dependents.of_group_snapshots(self.cloud, rows)


class ServerImageKind(Kind):
    service, sources = ServerImages, Servers
    source, metadata = "server_id", "properties"
    failed = frozenset({"killed"})

    def rows(self, service: Service, source_ids: list | None) -> list:
        rows = [
            row for row in service.list() if is_snapshot(row) and (source_ids is None or row[self.source] in source_ids)
        ]
        self.handed_on = handed_on.to_images(self.cloud, rows)
        return rows

    def marks(self, row: dict) -> dict:
        return _marks.users(row, self.handed_on.get(row["id"]))

    def ties(self, rows: list) -> dict:
        found = dependents.of_server_images(self.cloud, rows)
        for row in rows:
            if row["is_protected"]:
                found[row["id"]].insert(0, "protected")
        return found


class BackupKind(Kind):
    service, sources = Backups, Volumes

    def rows(self, service: Service, source_ids: list | None) -> list:
        self.all = super().rows(service, source_ids)
        return self.all

    def ties(self, rows: list) -> dict:
        found, selected = defaultdict(list), {row["id"] for row in rows}
        for id, base in bases(self.all).items():
            if id not in selected:
                found[base].append(f"the backup {id}, which is not selected, is built upon it")
        return found

    def needs(self, rows: list) -> dict:
        return {id: [base] for id, base in bases(self.all).items()}


class SnapshotSetKind(Kind):
    """Sets as one item each. One that has lost a member counts for none, and goes when it would have gone whole."""

    service, sources = SnapshotSets, Servers
    source, metadata = "server_id", "metadata"
    failed = frozenset({FAILED_SET})

    def _state(self, row):
        return LOST if row["status"] == TORN else super()._state(row)

    def rows(self, service: Service, source_ids: list | None) -> list:
        return service.list(source_ids)

    def holds(self, row: dict) -> tuple:
        return tuple(row["holds"])

    def ties(self, rows: list) -> dict:
        hanging = self.service(self.cloud).hanging(rows)
        return {
            row["id"]: [f"{one} was made from it" for member in row["members"] for one in hanging.get(member["id"], ())]
            + ["protected" for member in row["members"] if member["is_protected"]][:1]
            for row in rows
        }


class CopiedServers(Servers):
    """The servers that copies are of: they are somewhere else, and known by the copies alone."""

    def named(self, names: Collection[str], **filters: Any) -> dict[str, list[dict]]:
        known = {row["server_id"]: row["server_name"] for row in SetCopies(self.cloud).list()}
        rows = [{"id": id, "name": name, "status": None, "created_at": None} for id, name in known.items()]
        return {name: [row for row in rows if (row["name"] or "").strip() == name.strip()] for name in names}


class SetCopyKind(SnapshotSetKind):
    """Copies of sets, in the project that they were copied to."""

    service, sources = SetCopies, CopiedServers


KINDS = {
    "volume_snapshot": VolumeSnapshotKind,
    "group_snapshot": GroupSnapshotKind,
    "server_image": ServerImageKind,
    "volume_backup": BackupKind,
    "server_snapshot_set": SnapshotSetKind,
    "server_set_copy": SetCopyKind,
}
