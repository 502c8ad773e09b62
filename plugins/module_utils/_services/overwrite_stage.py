# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the restore of a backup into a volume that is there is, and what would keep it from being begun. Pure.

A volume's ``updated_at`` changes whenever its status does, so with each attachment: as long as it says what it said
right after the restore, nobody can have written to the volume, and its data are the backup's. That time is what the mark
remembers, in the service's own words, with the volume's ID: a backup of the volume hands the mark on.

Cinder replaces the volume's metadata by those that were backed up, if there were any, and with them what was marked
before. But at the end of a restore it changes the volume and right after that the backup, and then neither any more: so
do only the end of this restore and, for the volume that was backed up itself, the end of the backup, after which its
data are the backup's just as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Backup, RestoredVolume

#: Nothing has happened · Cinder is at it · it has happened, and the mark does not say so yet · it has happened, and
#: nothing since
OPEN, UNDER_WAY, CARRIED_OUT, DONE = "open", "under way", "carried out", "done"

AVAILABLE, FILLED_ANEW, RESTORING = "available", "restoring-backup", "restoring"
#: Cinder changes the backup right after the volume.
TOGETHER = timedelta(seconds=5)
PENDING = "pending"


def before_marks(volume: RestoredVolume, backup: Backup) -> dict[str, str]:
    """What is written to a volume before the restore is sent."""
    return {_marks.OVERWRITTEN_WITH: backup["id"], _marks.OVERWRITTEN_AT: f"{PENDING} {_now(volume)}"}


def after_marks(volume: RestoredVolume, backup_id: str) -> dict[str, str]:
    """What is written to a volume that has been restored; the row is of afterwards."""
    return {_marks.OVERWRITTEN_WITH: backup_id, _marks.OVERWRITTEN_AT: _now(volume)}


def stage(volume: RestoredVolume, backup: Backup) -> str:
    marks = volume["metadata"] or {}
    at = marks.get(_marks.OVERWRITTEN_AT, "") if marks.get(_marks.OVERWRITTEN_WITH) == backup["id"] else ""
    pending = at.startswith(f"{PENDING} {volume['id']} ")
    if volume["status"] == FILLED_ANEW:
        return UNDER_WAY if backup["status"] == RESTORING else OPEN
    if volume["status"] != AVAILABLE:
        return OPEN
    if at == _now(volume):
        return DONE
    if backup["status"] == RESTORING:  # between the two that Cinder changes one right after the other
        return UNDER_WAY if pending and at != f"{PENDING} {_now(volume)}" else OPEN
    if at == f"{PENDING} {_now(volume)}" or not _ended_together(volume, backup):
        return OPEN
    if pending:
        return CARRIED_OUT
    return DONE if marks.get(_marks.RESTORED) == backup["id"] or _is_its_own(volume, backup) else OPEN


def problems(volume: RestoredVolume, backup: Backup) -> list[str]:
    """All that would keep Cinder from it, as parts of a sentence."""
    servers = [one.get("server_id") or one.get("host_name") for one in volume["attachments"] or []]
    where = f", attached to {', '.join(map(str, servers))}" if servers else ""
    found = []
    if volume["status"] == "error_restoring":
        found.append(
            "an earlier restore has failed, and an administrator has to reset the volume's status to available"
        )
    elif servers or volume["status"] != AVAILABLE:
        found.append(
            f"the volume is in status {volume['status']}{where} and must be"
            f" available{'; detach it first' if servers else ''}"
        )
    if backup["status"] != AVAILABLE:
        found.append(f"the backup is in status {backup['status']} and must be available")
    if backup["size"] > volume["size"]:
        found.append(f"the backup needs {backup['size']} GiB and the volume has {volume['size']}; extend it first")
    return found


def _now(volume):
    return f"{volume['id']} {volume['updated_at']}"


def _is_its_own(volume, backup):
    """Whether the backup is of what the volume had at the end of it: not of a snapshot, which is older."""
    return backup["volume_id"] == volume["id"] and not backup["snapshot_id"]


def _ended_together(volume, backup):
    at_volume, at_backup = time_of(volume["updated_at"]), time_of(backup["updated_at"])
    return at_volume is not None and at_backup is not None and timedelta(0) <= at_backup - at_volume <= TOGETHER
