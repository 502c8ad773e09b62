# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the revert of a volume to a snapshot is, and what would keep it from being begun. Pure.

A volume's ``updated_at`` changes whenever its status does, so with each attachment: as long as it says what it said
right after the revert, nobody can have written to the volume, and its data are the snapshot's. That time is what the
marks remember, in the service's own words.
Before the revert they remember the times of volume and snapshot, so that whoever goes on after a killed run knows
whether it was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Iterable, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import RevertedVolume, VolumeSnapshot

#: Nothing has happened · Cinder is at it · it has happened, and the marks don't say so yet · it has happened, and
#: nothing since
OPEN, UNDER_WAY, CARRIED_OUT, DONE = "open", "under way", "carried out", "done"

#: At the end Cinder sets first the volume's status and then the snapshot's, one right after the other.
TOGETHER = timedelta(seconds=5)

PENDING = "pending"


def before_marks(volume: RevertedVolume, snapshot: VolumeSnapshot) -> dict[str, str]:
    """What is written to a volume before the revert is sent."""
    return {
        _marks.REVERTED_TO: snapshot["id"],
        _marks.REVERTED_AT: f"{PENDING} {volume['updated_at']} {snapshot['updated_at']}",
    }


def after_marks(volume: RevertedVolume, snapshot: VolumeSnapshot) -> dict[str, str]:
    """What is written to a volume that has been reverted; the row is of afterwards."""
    return {_marks.REVERTED_TO: snapshot["id"], _marks.REVERTED_AT: str(volume["updated_at"])}


def stage(volume: RevertedVolume, snapshot: VolumeSnapshot) -> str:
    marks = volume["metadata"] or {}
    ours, at = marks.get(_marks.REVERTED_TO) == snapshot["id"], marks.get(_marks.REVERTED_AT, "")
    if snapshot["status"] == "restoring":
        return UNDER_WAY
    if not ours or volume["status"] != "available" or snapshot["status"] != "available":
        return OPEN
    if at == str(volume["updated_at"]):
        return DONE
    return CARRIED_OUT if at.startswith(PENDING) and _changed_together(at.split()[1:], volume, snapshot) else OPEN


def _changed_together(before: Sequence[str], volume: RevertedVolume, snapshot: VolumeSnapshot) -> bool:
    """Whether volume and snapshot have both changed since, in the way that only the end of a revert changes them."""
    now = [str(volume["updated_at"]), str(snapshot["updated_at"])]
    if len(before) != 2 or any(old == new for old, new in zip(before, now)) or "None" in now:
        return False
    at_volume, at_snapshot = map(datetime.fromisoformat, now)
    return timedelta(0) <= at_snapshot - at_volume <= TOGETHER


def backup_name(volume: RevertedVolume) -> str:
    """What Cinder calls the snapshot that it keeps while it reverts, and leaves behind when that fails."""
    return f"[revert] volume {volume['id']} backup snapshot"


def newest(volume: RevertedVolume, snapshots: Iterable[VolumeSnapshot]) -> VolumeSnapshot | None:
    """The newest snapshot of a volume that was taken by somebody; None where there is none."""
    return max(
        (row for row in snapshots if row["name"] != backup_name(volume)),
        key=lambda row: row["created_at"],
        default=None,
    )


def problems(
    volume: RevertedVolume,
    snapshot: VolumeSnapshot,
    snapshots: Sequence[VolumeSnapshot] = (),
    *,
    ignore_group: bool = False,
    offered: str | None = None,
) -> list[str]:
    """All that would keep Cinder from reverting, as parts of a sentence.

    Cinder sets the volume to ``reverting`` before it looks at the snapshot: what it would refuse after that must not be
    sent.

    :param snapshots: all of the volume's
    :param offered: the newest microversion of a cloud that can't revert
    """
    return [
        *([f"it needs block-storage API 3.40, and the cloud offers {offered} at the most"] if offered else []),
        *_of_volume(volume, ignore_group),
        *(
            [f"the snapshot is in status {snapshot['status']} and must be available"]
            if snapshot["status"] != "available"
            else []
        ),
        *(
            [
                f"the snapshot is of {snapshot['size']} GiB and the volume has {volume['size']} GiB by now, while both"
                " must be the same"
            ]
            if snapshot["size"] != volume["size"]
            else []
        ),
        *_of_others(volume, snapshot, snapshots),
    ]


def _of_volume(volume: RevertedVolume, ignore_group: bool) -> list[str]:
    found = []
    servers = [attachment.get("server_id") or attachment.get("host_name") for attachment in volume["attachments"] or []]
    if volume["status"] == "reverting":
        found.append(
            "the volume is in status reverting, but not to this snapshot; wait for it, and if it does not end, have an"
            " administrator look at the back end and reset the volume's status"
        )
    elif servers or volume["status"] != "available":
        where = f", attached to {', '.join(map(str, servers))}" if servers else ""
        found.append(
            f"the volume is in status {volume['status']}{where} and must be"
            f" available{'; detach it first' if servers else ''}"
        )
    group = volume["group_id"] or volume["consistency_group_id"]
    if group and not ignore_group:
        found.append(
            f"the volume is a member of the group {group}, whose volumes would no longer be of one moment; set"
            " ignore_group if that is what you want"
        )
    return found


def _of_others(volume: RevertedVolume, snapshot: VolumeSnapshot, snapshots: Sequence[VolumeSnapshot]) -> list[str]:
    """Only the newest may be reverted to, and Cinder tells that by whole seconds."""
    second = snapshot["created_at"][:19]
    newer = [row for row in snapshots if row["created_at"][:19] > second]
    same = [row for row in snapshots if row["created_at"][:19] == second and row["id"] != snapshot["id"]]
    found = []
    if left := [row["id"] for row in newer + same if row["name"] == backup_name(volume)]:
        found.append(
            f"a revert that failed has left the snapshot {left[0]} with the volume's data of before it; remove it when"
            " they are not needed"
        )
    if newer := [row for row in newer if row["id"] not in left]:
        found.append(
            f"the snapshot is not the newest: {lookup.listing(newer)}; revert to the newest, or remove it first"
        )
    if same := [row for row in same if row["id"] not in left]:
        found.append(
            f"of the snapshots {lookup.listing([snapshot, *same])}, made in one second, Cinder may take any for the"
            " newest; remove one first"
        )
    return found
