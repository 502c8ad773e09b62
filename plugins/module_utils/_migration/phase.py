# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a server's migration is, since when, and what comes next: from what was found in the clouds alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import is_marked_complete, moved_by
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import has_copy
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import is_finalized
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED, ROLLED_BACK

#: In the order in which they come.
PLANNED, COPYING, COPIED = "planned", "copying", "copied"
REHEARSING, REHEARSED = "rehearsing", "rehearsed"
CUTTING_OVER, CUT_OVER, COMPLETE = "cutting_over", "cut_over", "complete"
FAILED = "failed"
#: Of a volume that is moved by itself: its copy becomes a volume.
RESTORING = "restoring"

NEXT = {
    PLANNED: "rehearse it, or cut it over",
    COPYING: "run again to go on with its copies",
    COPIED: "cut it over",
    REHEARSING: "run again to go on with its rehearsal",
    REHEARSED: "look at it, then cut it over, or finalize to remove the rehearsal",
    CUTTING_OVER: "run again to go on with its cutover",
    CUT_OVER: "check it, then complete it, or roll it back",
    COMPLETE: "finalize it, or roll it back",
    ROLLED_BACK: "cut it over again, or finalize to remove its copies",
    FINALIZED: "nothing; its source may be removed",
    FAILED: "see its problems, then run again or roll it back",
}
#: Of what is not in the source any more.
NEXT_OF_GONE = {COMPLETE: "finalize it; its source is gone", FINALIZED: "nothing; its source is gone"}
NEXT_OF_VOLUME = {
    PLANNED: "copy it, or move it",
    COPYING: "run again to go on with its copy",
    COPIED: "move it, or finalize to remove its copy",
    RESTORING: "run again to go on with its new volume",
    COMPLETE: "finalize it, or roll it back",
    FINALIZED: "nothing; its source may be removed",
    FAILED: NEXT[FAILED],
}


class Phase(NamedTuple):
    phase: str
    #: When it began, as the clouds tell; None where they don't.
    since: str | None
    next: str


def of(made: Made, ports: Iterable[dict[str, Any]] = ()) -> Phase:
    """The phase of one server.

    :param ports: the rows of what this run has made at the destination for its cutover
    """
    name, rows = next(_candidates(made, list(ports)))
    return Phase(name, _since(rows), NEXT[name])


def _candidates(made, ports) -> Iterator[tuple[str, list]]:
    """The phases that it may be in, the furthest first, each with what tells so."""
    found = [disk["found"] for disk in made.disks]
    volumes = [one["volume"] for one in found if one["volume"]]
    rehearsed = [one["rehearsal_volume"] for one in found if one["rehearsal_volume"]]
    there = made.server
    if there and there["metadata"].get(_marks.STEP) == FINALIZED:
        yield FINALIZED, [there]
    if made.has_arrived:
        yield COMPLETE, [there]
    if broken := [row for row in (there, made.rehearsal, *volumes, *rehearsed) if row and _is_broken(row)]:
        yield FAILED, broken
    if there and there["status"] in ("ACTIVE", "SHUTOFF"):
        yield CUT_OVER, [there]
    if there or volumes or ports:
        yield CUTTING_OVER, [row for row in (there, *volumes, *ports) if row]
    if made.undone:
        yield ROLLED_BACK, [{"created_at": row["updated_at"]} for row in made.undone]
    # A source that runs on is stale for its move as soon as it was rehearsed. What of it is there was rehearsed all the same.
    rehearsal = made.rehearsal or made.looked_at
    if rehearsal and rehearsal["status"] == "ACTIVE":
        yield REHEARSED, [rehearsal]
    if made.rehearsal or rehearsed:
        yield REHEARSING, [row for row in (made.rehearsal, *rehearsed) if row]
    if made.disks and all(has_copy(disk) for disk in made.disks):
        yield COPIED, [one["copied"] or one["snapshot"] for one in found]
    parts = [row for one in found for key in ("snapshot", "image", "copied") if (row := one[key])]
    if parts:
        yield (FAILED if any(map(_is_broken, parts)) else COPYING), parts
    yield PLANNED, []


def of_volume(made: Made) -> Phase:
    """The phase of a volume, or a snapshot, that is moved by itself."""
    (disk,) = made.disks
    found = disk["found"]
    if found["snapshot"] and moved_by(found["snapshot"]["metadata"] or {}) != disk["id"]:
        found = {**found, "snapshot": None}  # somebody has chosen it, so that it was there before
    name, rows = next(_of_volume({**disk, "found": found}, found["volume"]))
    return Phase(name, _since(rows), NEXT_OF_VOLUME[name])


def _of_volume(disk, volume) -> Iterator[tuple[str, list]]:
    found = disk["found"]
    if volume and is_finalized(volume):
        yield FINALIZED, [volume]
    if volume and is_marked_complete(volume):
        yield COMPLETE, [volume]
    parts = [row for key in ("snapshot", "image", "copied", "volume") if (row := found[key])]
    if broken := [row for row in parts if _is_broken(row)]:
        yield FAILED, broken
    if volume:
        yield RESTORING, [volume]
    if has_copy(disk):
        yield COPIED, [found["copied"] or found["snapshot"]]
    if parts:
        yield COPYING, parts
    yield PLANNED, []


def _since(rows):
    return max((row["created_at"] for row in rows if row.get("created_at")), default=None)


def _is_broken(row):
    return row["status"].lower().startswith("error") or row["status"] in ("killed", "deactivated")
