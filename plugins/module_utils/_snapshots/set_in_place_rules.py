# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to do for a set that is restored in place. Pure.

A mark says what was restored, the cloud says what is: a disk is restored where a volume that this run has made of the set
is attached in its place, and the root disk where Nova says that it is of the set's image. Whoever has rebuilt the server
since, or put another volume there, has undone it, and it is done again. Whatever a guest has written since is no such
thing: the disks live on, and who wants them back once more names another run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers.rebuild import is_restored
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_restored
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import IN_PLACE, is_root
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_claim import rival

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen

#: The statuses in which a server is stopped, rebuilt and given other volumes.
POSSIBLE = ("ACTIVE", "SHUTOFF")
PLACE = ("device", "delete_on_termination", "tag")


@dataclass
class Left:
    """What is left to do.

    - ``root``: whether the root disk is rebuilt
    - ``swaps``: ``(member, the volume that makes room or None)``
    - ``replaced``: volumes that made room, in earlier tries of this run
    - ``is_off``: whether this run has stopped the server, and has to start it
    - ``is_claimed``: whether the server says that this run is at it
    """

    root: bool
    swaps: list[tuple[Mapping[str, Any], Row | None]] = field(default_factory=list)
    replaced: list[Row] = field(default_factory=list)
    is_off: bool = False
    is_claimed: bool = False

    @property
    def touches(self) -> bool:
        return bool(self.root or self.swaps)


def key_of(chosen: Chosen) -> str:
    """What a server is stopped for: whoever goes on with it starts it again."""
    return f"restore {chosen.row['id']} {chosen.run}"


def at(chosen: Chosen, member: Mapping[str, Any], attached: Mapping[str, Row]) -> Row | None:
    """The volume that a server has in the place of a disk: the disk itself, or one that was restored for it.

    :param attached: the volumes that the server has
    """
    own = attached.get(member["disk"])
    others = [row for row in attached.values() if (row["metadata"] or {}).get(_marks.RESTORED_DISK) == member["disk"]]
    mine = [row for row in others if is_mine(chosen, member, row)]
    return next(iter([*mine, *([own] if own else []), *others]), None)


def is_mine(chosen: Chosen, member: Mapping[str, Any], row: Row) -> bool:
    """Whether a volume is the one that this run has made for a disk."""
    marks = row["metadata"] or {}
    is_of = set_restored.is_of(marks, chosen.row, IN_PLACE, chosen.run)
    return bool(is_of and marks.get(_marks.RESTORED_DISK) == member["disk"] and row["snapshot_id"] == member["id"])


def left(chosen: Chosen, server: Row, attached: Mapping[str, Row], volumes: Mapping[str, Row]) -> Left:
    """
    :param server: as it is now
    :param volumes: those of the project, by ID
    """
    root = chosen.root
    rebuilt = root is not None and root["kind"] == IMAGE and not is_rebuilt(chosen, server, root)
    swaps = []
    for member in [one for one in chosen.members if one["kind"] != IMAGE and not is_root(one)]:
        now = at(chosen, member, attached)
        if now is None or not is_mine(chosen, member, now):
            swaps.append((member, now))
    return Left(
        rebuilt,
        swaps,
        [row for row in volumes.values() if is_replaced(chosen, row)],
        server["metadata"].get(_marks.STOPPED_FOR) == key_of(chosen),
        server["metadata"].get(_marks.RESTORING) == key_of(chosen),
    )


def is_rebuilt(chosen: Chosen, server: Any, root: Mapping[str, Any]) -> bool:
    return is_restored(server, root["id"]) and set_restored.is_of(server["metadata"], chosen.row, IN_PLACE, chosen.run)


def is_replaced(chosen: Chosen, row: Row) -> bool:
    marks = row["metadata"] or {}
    return bool(marks.get(_marks.REPLACED_BY) == chosen.row["id"] and marks.get(_marks.REPLACED_RUN) == chosen.run)


def replaced_marks(chosen: Chosen) -> dict[str, str]:
    return {_marks.REPLACED_BY: chosen.row["id"], _marks.REPLACED_RUN: chosen.run}


def place_mark(place: Mapping[str, Any] | None) -> dict[str, str]:
    """How a volume was attached, for whoever goes on once it no longer is."""
    known = {key: place[key] for key in PLACE if place.get(key) is not None} if place else {}
    return {_marks.RESTORED_PLACE: json.dumps(known, separators=(",", ":"))} if known else {}


def place_of(row: Row, member: Mapping[str, Any], taken: Sequence[str]) -> dict[str, Any]:
    """Where a volume is attached: as the one whose place it takes, or as the set knows it; a device that somebody else has
    by now is left to Nova.
    """
    try:
        found = json.loads((row["metadata"] or {}).get(_marks.RESTORED_PLACE) or "{}")
    except ValueError:
        found = {}
    known = {key: found[key] for key in PLACE if key in found} if isinstance(found, dict) else {}
    device = known.pop("device", None) or member["device"]
    return {**known, **({"device": device} if device and device not in taken else {})}


def refusal(chosen: Chosen, server: Row, todo: Left, is_admin: bool) -> OsnapError | None:
    """Why a server can't be restored in place, or None."""
    label = f"The server '{server['name']}' ({server['id']}) can't be restored in place"
    if not todo.touches and not todo.is_off:
        return None
    if error := rival(server, key_of(chosen)):
        return error
    under_way = todo.is_off or set_restored.is_of(server["metadata"], chosen.row, IN_PLACE, chosen.run)
    if not under_way and (server["status"] not in POSSIBLE or server["task_state"]):
        doing = f"busy ({server['task_state']})" if server["task_state"] else f"in status {server['status']}"
        return OsnapError(
            f"{label}: it is {doing}, and has to be {' or '.join(POSSIBLE)}; bring it there, then run again.",
            resource=server["id"],
        )
    if server["is_locked"] and not is_admin:
        return OsnapError(
            f"{label}: it is locked, but for an administrator; unlock it first, then run again.", resource=server["id"]
        )
    for _member, row in todo.swaps:
        users = {str(one.get("server_id")) for one in (row["attachments"] or [] if row else [])} - {server["id"]}
        if row and users:
            return OsnapError(
                f"{label}: its volume '{row['name'] or ''}' ({row['id']}) is attached to {', '.join(sorted(users))} as well;"
                " detach it there first, then run again.",
                resource=row["id"],
            )
    return None
