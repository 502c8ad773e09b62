# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore has made beside a server, or attached to another, goes again: its servers, then its volumes, and nothing
else. What was made is known by its marks, so that neither the set nor its server need be there any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_beside, set_choice
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside_chain import link
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore_arguments import ATTACH, mode_of
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.detach import detach
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


@dataclass
class Removal:
    """The servers and volumes that go, as a plan carries them; ``attached`` are those that are taken off first."""

    label: str
    servers: list[Row]
    volumes: list[Row]
    attached: list[tuple[str, Row]]

    def go(self, context: Context) -> Outcome:
        for server in self.servers:
            link(context, ServerRestore(), {"id": server["id"]}, state="absent")
        for server_id in sorted({id for id, _row in self.attached}):
            detach(context, server_id, [row for id, row in self.attached if id == server_id])
        for row in self.volumes:
            link(context, VolumeRestore(), {"id": row["id"]}, state="absent")
        return Outcome(None, {"removed": self.shown()})

    def shown(self) -> list[dict[str, Any]]:
        kinds = (("server", self.servers), ("volume", self.volumes))
        return [{"kind": kind, "id": row["id"], "name": row["name"]} for kind, rows in kinds for row in rows]


def plan(item: Mapping[str, Any], run: str, seen: Any) -> Plan:
    """What goes of one item.

    :param seen: see :class:`set_restore.Seen`
    :raises OsnapError: if one of it can't go, before anything does
    """
    named, mode = item["server"].strip(), mode_of(item)
    servers = [row for row in seen.servers if set_beside.is_believed(row, seen.volumes) and mode != ATTACH]
    volumes = [row for row in seen.volumes.values() if source_of_ours(row)]
    ids = _ids(named, seen, [*servers, *volumes])
    servers = [row for row in servers if _is_meant(row, item, run, ids, mode, seen)]
    volumes = [row for row in volumes if _is_meant(row, item, run, ids, mode, seen)]
    if item["name"]:
        servers = [row for row in servers if (row["name"] or "").strip() == item["name"]]
        volumes = [row for row in volumes if (row["name"] or "").startswith(f"{item['name']}-")]
    label = f"The server '{named}'"
    removal = Removal(label, servers, volumes, _attached(volumes, mode))
    _refuse(removal, mode, seen)
    if not servers and not volumes:
        return Plan({"state": "absent"}, {"state": "absent"}, (), facts={"removed": []}, carried=removal)
    before = {"state": "present", "servers": _names(servers), "volumes": _names(volumes)}
    steps = tuple(Step(DELETE, {"what": one["kind"], "id": one["id"]}) for one in removal.shown())
    return Plan(before, {"state": "absent"}, steps, facts={"removed": removal.shown()}, carried=removal)


def source_of_ours(row: Row) -> bool:
    """Whether a volume was made of what its marks say, by Cinder's word."""
    marks = row["metadata"] or {}
    if _marks.RESTORED_SET not in marks or not marks.get(_marks.SOURCE):
        return False
    image = (row["volume_image_metadata"] or {}).get("image_id")
    return marks[_marks.SOURCE] in (row["snapshot_id"], image if not row["snapshot_id"] else None)


def _ids(named, seen, made):
    """The IDs of the servers that are meant: of one that is there, else of those that marks or sets know by that name."""
    _server, ids = set_choice.server_of(named, seen.servers, seen.sets, seen.cloud.name)
    known = {(row["metadata"] or {}).get(_marks.RESTORED_SERVER) for row in made}
    return ids | ({named} & known)


def _is_meant(row, item, run, ids, mode, seen):
    marks = row["metadata"]
    if (marks.get(_marks.RESTORED_AS), marks.get(_marks.RUN)) != (mode, run):
        return False
    if marks.get(_marks.RESTORED_SERVER) not in ids:
        return False
    wanted = (item["set"] or "").strip()
    if wanted and wanted not in (marks.get(_marks.RESTORED_SET), marks.get(_marks.RESTORED_NAME)):
        return False
    if item["as_of"]:
        row_of_set = set_choice.chosen(seen.sets, ids, item["server"], None, item["as_of"].strip(), seen.cloud.name)
        return bool(marks.get(_marks.RESTORED_SET) == row_of_set["id"])
    return True


def _attached(volumes, mode):
    """``[(server ID, volume)]`` of those that are taken off first: of what is attached to helpers, where that was asked."""
    if mode != ATTACH:
        return []
    return [(one["server_id"], row) for row in volumes for one in row["attachments"] or [] if one.get("server_id")]


def _refuse(removal, mode, seen):
    own = {row["id"] for row in removal.servers}
    for row in removal.servers:
        if row["is_locked"] and not seen.cloud.is_admin:
            raise OsnapError(
                f"The server '{row['name']}' ({row['id']}) is locked, and only an administrator deletes a locked one;"
                " unlock it first, then run again.",
                resource=row["id"],
            )
    for row in removal.volumes:
        users = {one.get("server_id") for one in row["attachments"] or []} - own
        if users and mode != ATTACH:
            raise OsnapError(
                f"The volume '{row['name']}' ({row['id']}) was made by the restore and is attached to"
                f" {Volumes.attached_to(row)}, and can't be deleted; detach it first, then run again.",
                resource=row["id"],
            )
    if removal.volumes and (held := _held(removal.volumes, seen.cloud)):
        row, snapshots = held[0]
        raise OsnapError(
            f"The volume '{row['name']}' ({row['id']}) was made by the restore and has snapshots, and can't be deleted:"
            f" {enumerated(snapshots)}; remove these first, then run again.",
            resource=row["id"],
        )


def _held(volumes, cloud):
    ids = {row["id"] for row in volumes}
    found: dict[str, list[str]] = {}
    for snapshot in VolumeSnapshots(cloud).list() or ():
        if snapshot["volume_id"] in ids:
            found.setdefault(snapshot["volume_id"], []).append(snapshot["id"])
    return [(row, found[row["id"]]) for row in volumes if row["id"] in found]


def _names(rows):
    return [row["name"] for row in rows]
