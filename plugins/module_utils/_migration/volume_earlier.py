# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries of a run have made of a volume, whether a run can go on from there, and what of it is stale. Pure.

Cinder has no list of what was done to a volume. It has its status, its attachments, and ``updated_at``, which changes
with each attachment: a volume that has it as it was when its snapshot was planned was not attached since, and so not
written to. Whatever else changes it, such as another name, makes the snapshot stale, too; that costs a copy, and loses
nothing.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import ways
from ansible_collections.osnap.openstack.plugins.module_utils._migration.begin_anew import going_of, without
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Options,
    is_marked_complete,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import found_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.leftovers import (
    broken_disk,
    disk_twice,
    unmarked,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes, Source, touched
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import is_taken


def made_so_far(source: Source, disk: dict[str, Any], seen: SeenVolumes, options: Options) -> Made:
    """What earlier tries of this run have made, by marks, and what is wrong with it.

    :param disk: of the volume, or of the snapshot, with its way
    """
    made = _so_far(source, disk, seen, options)
    made.disks = [ways.settled(one, None) for one in made.disks]
    return made


def _so_far(source, disk, seen, options):
    moved, run = source.moved, options.run
    found = found_of(disk, moved, seen, run, source.snapshot)
    made = Made([{**disk, "found": found}])
    made.notes += disk_twice(disk, moved, seen, run)
    if found["volume"] and is_marked_complete(found["volume"]):
        return made
    if source.snapshot:  # what it holds changes no more
        if source.snapshot["status"] == "available":
            made.notes += broken_disk(made.disks[0], made, seen, run)
        return made
    made.notes += unmarked(disk, moved, seen, run)
    made.why_stale = changed_since(source.volume, found["snapshot"])
    if made.why_stale and LOST_WRITES not in options.accept:
        return _begin_anew(made, moved, seen, run)
    if made.why_stale:
        made.notes.append(
            Notice(
                f"{label_of(moved)} in cloud {seen.source}: {'; '.join(made.why_stale)}; what was written to it since stays"
                f" behind, as {LOST_WRITES} is accepted.",
                LOST_WRITES,
            )
        )
    made.notes += broken_disk(made.disks[0], made, seen, run)
    return made


def changed_since(volume: dict[str, Any], snapshot: dict[str, Any] | None) -> list[str]:
    """What Cinder tells of a volume that was done to it since its snapshot was planned, as clauses."""
    if not snapshot:
        return []
    then, now = (snapshot["metadata"] or {}).get(_marks.AFTER) or snapshot["created_at"], touched(volume)
    if now <= then:
        return []
    return [f"it was attached or changed at {now}, and before its snapshot at {then}"]


def _begin_anew(made, moved, seen, run):
    """A stale snapshot and all that was made of it go, unless somebody has begun to use the new volume."""
    label, why = f"{label_of(moved)} in cloud {seen.source}", "; ".join(made.why_stale)
    told = f"{label} has changed since its snapshot: {why}"
    going = going_of(made, moved, [], seen, run)
    if used := [row for row in going["volumes"] if is_taken(row)]:
        names = ", ".join(f"'{row['name']}' ({row['id']})" for row in used)
        made.notes.append(
            Problem(
                f"{told}. Of that snapshot there is the volume {names} in cloud {seen.destination}, which is in use;"
                f" remove it to move the volume anew, or set accept to {LOST_WRITES} to keep it as it is, then run again.",
                LOST_WRITES,
            )
        )
        return made
    made.notes.append(
        Notice(
            f"{told}. The snapshot and what was made of it are removed, and the volume is snapshotted and copied anew; set"
            f" accept to {LOST_WRITES} to go on with the old one.",
            "stale",
        )
    )
    return without(made, going, why, seen)
