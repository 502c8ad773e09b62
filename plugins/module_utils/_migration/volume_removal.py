# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a volume of the source may be removed that was moved by itself. Pure: as `source_removal` for servers.

Cinder keeps no list of what was done to a volume, but when it has changed it last. That is noted on the snapshot, and at
the end on the new volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import is_marked_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import PROVEN, is_ended
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import not_removed
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_removal import named, not_proven
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains, Undo
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import touched

NOWHERE_ELSE = "what was written to it since is nowhere else"


def needs_proof(remains: Remains) -> bool:
    """Whether the new volume has still to be compared with the source's snapshot."""
    new = remains.made["volume"]
    return bool(remains.source and new and not is_ended(new[0]))


def changed_last(remains: Remains) -> dict[str, str]:
    """The mark that tells when the source had been changed last before its snapshot, as far as that is known."""
    rows = [*remains.made["volume"], *remains.made["volume_snapshot"]]
    known = [row["metadata"][_marks.AFTER] for row in rows if _marks.AFTER in (row["metadata"] or {})]
    return {_marks.AFTER: known[0]} if known else {}


def add(
    undo: Undo,
    remains: Remains,
    snapshots: Iterable[dict[str, Any]],
    judged: Mapping[str, Any] | None,
    is_chosen: bool,
) -> None:
    """Add the removal of the source to what ends its migration.

    :param snapshots: all that there are of the source
    :param judged: its plan as though it had not arrived, if :func:`needs_proof`
    :param is_chosen: whether it is a snapshot that somebody has chosen
    :raises Refused: if the source is not to go
    """
    source = remains.source
    if clauses := list(_why_not(remains, judged, is_chosen)):
        noun = "volume snapshot" if is_chosen else "volume"
        label = f"'{source['name'] or ''}' ({source['id']})" if source else remains.server_id
        about = f"{noun} '{(source['name'] or source['id']) if source else remains.server_id}'"
        raise not_removed(f"The {noun} {label}", about, clauses, remains.server_id)
    if source is None:
        return
    undo.proven = {_marks.STEP: PROVEN, **changed_last(remains)} if needs_proof(remains) else {}
    going = {part.row["id"] for part in undo.removed}
    others = [one for one in snapshots if one["id"] not in going]
    if others:
        undo.retained.append(Part("source_volume", source, f"it has {named('the snapshot', others)}"))
    else:
        undo.source = [Part("source_volume", source)]


def _why_not(remains, judged, is_chosen) -> Iterator[Note]:
    """Clauses."""
    source, made = remains.source, remains.made["volume"]
    if is_chosen:
        yield Problem("somebody has made it and chosen it, and it is not this run's to remove", "snapshot_chosen")
        return
    if not made or not is_marked_complete(made[0]):
        yield Problem("it has no new volume that is complete; bring it there first", "not_arrived")
        return
    if source is None:
        return
    new = made[0]
    if twins := made[1:]:
        both = f"{named('the new volume', [new])} there is {named('the volume', twins)}"
        yield Problem(f"beside {both} with the same marks; remove one", "made_twice")
    if new["status"] not in ("available", "in-use"):
        label = named("the new volume", [new])
        yield Problem(
            f"{label} is in status {new['status']}; bring it to available, then run again", "successor_status"
        )
    if judged:
        yield from not_proven(judged)
    if source["status"] == "deleting":  # by an earlier try
        return
    if source["status"] != "available" or source["attachments"]:
        yield Problem(
            f"it is in status {source['status']}, and must be available, as it was left; {NOWHERE_ELSE}",
            "source_in_use",
        )
    then, now = changed_last(remains).get(_marks.AFTER) or new["created_at"], touched(source)
    if now > then:
        yield Problem(
            f"it was attached or changed at {now}, and before it was copied at {then}; {NOWHERE_ELSE}", "source_changed"
        )
