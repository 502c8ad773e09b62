# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the source of a migration may be removed, and what of it goes and what stays. Pure.

It may go if the new server is marked as complete, is there as it is to be, and was compared once more: with the source's
snapshots, as long as there are any. That it was is noted on the new server before the snapshots go, or a killed run could
not be gone on with. And the source must be off, as it has been since: what it has written later is nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    is_marked_complete,
    is_rehearsal,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import PROVEN, PROVEN_ENDING
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import not_removed
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains, Undo
from ansible_collections.osnap.openstack.plugins.module_utils._servers.staleness import STALING, since

#: What shows that a source was on after its disks were copied, or has got something since: what makes a snapshot stale,
#: but for a volume that was taken from it, and what only a server needs that is on.
_LATER = (*(name for name in STALING if name != "detach_volume"), "stop", "pause", "suspend")


@dataclass
class Belongings:
    """What a source has, as rows.

    - ``volumes``, ``snapshots``: its volumes, and ``{volume ID: rows}`` of their snapshots, whoever made them
    - ``leaving``: the IDs of the volumes that go with it
    - ``floating_ips``: those that lead to it
    - ``actions``: what was done to it, newest first
    """

    volumes: list[dict[str, Any]] = field(default_factory=list)
    snapshots: dict[str, list] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    floating_ips: list[dict[str, Any]] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)


def needs_proof(remains: Remains) -> bool:
    """Whether the new server has still to be compared with the source's snapshots."""
    new = remains.successor
    return bool(remains.source and new and new["metadata"].get(_marks.STEP) not in (PROVEN, PROVEN_ENDING, FINALIZED))


def add(
    undo: Undo, remains: Remains, has: Belongings, judged: Mapping[str, Any] | None, statuses: Iterable[str]
) -> None:
    """Add the removal of the source to what ends its migration.

    :param judged: its plan as though it had not arrived, if :func:`needs_proof`
    :param statuses: what the new server may be
    :raises Refused: if the source is not to go
    """
    source, new = remains.source, remains.successor
    if clauses := list(_why_not(remains, has, judged, list(statuses))):
        label = f"'{source['name']}' ({source['id']})" if source else remains.server_id
        about = f"server '{source['name'] if source else remains.server_id}'"
        raise not_removed(f"The server {label}", about, clauses, remains.server_id)
    if source is None or new is None:
        return
    undo.proven = {_marks.STEP: PROVEN} if needs_proof(remains) else {}
    # Its marks go with it, whether they could be removed from it or not.
    undo.source_unset, undo.unlock, undo.relock = [], False, False
    undo.retained = [part for part in undo.retained if part.row["id"] != source["id"]]
    is_ending = new["metadata"].get(_marks.STEP) in (PROVEN_ENDING, FINALIZED)
    undo.ending = {_marks.STEP: PROVEN_ENDING} if undo.unmarked and not is_ending else {}
    going = {part.row["id"] for part in undo.removed}
    undo.source = [Part("source", source)]
    for row in has.volumes:
        others = [one for one in has.snapshots.get(row["id"], ()) if one["id"] not in going]
        if row["id"] not in has.leaving:
            undo.retained.append(Part("source_volume", row, "it does not go with its server"))
        elif others:
            undo.retained.append(Part("source_volume", row, f"it has {named('the snapshot', others)}"))
        else:
            undo.source.append(Part("source_volume", row))
        undo.retained += [Part("source_snapshot", one, "this run has not made it") for one in others]
    undo.retained += [Part("source_floating_ip", one, "it is the project's") for one in has.floating_ips]


def _why_not(remains, has, judged, statuses) -> Iterator[Note]:
    """Clauses."""
    source, new = remains.source, remains.successor
    if new is None or not is_marked_complete(new):
        yield Problem("it has no new server that is complete; bring it there first", "not_arrived")
        return
    if source is None:
        return
    if twins := [row for row in remains.made["server"] if row["id"] != new["id"] and not is_rehearsal(row)]:
        both = f"{named('the new server', [new])} there is {named('the server', twins)}"
        yield Problem(f"beside {both} with the same marks; remove one", "made_twice")
    if new["status"] not in statuses:
        label = f"the new server '{new['name']}' ({new['id']})"
        right = " or ".join(statuses)
        yield Problem(
            f"{label} is in status {new['status']} and not {right}; bring it there, then run again", "successor_status"
        )
    if judged:
        yield from not_proven(judged)
    if source["status"] in ("DELETED", "SOFT_DELETED"):  # on its way, by an earlier try
        return
    if source["status"] != "SHUTOFF" or source["task_state"]:
        yield Problem(
            f"it is in status {source['status']}{' and busy' if source['task_state'] else ''}, and must be off as it was"
            " left; what it has written since is nowhere else",
            "source_in_use",
        )
    elif source["is_locked"] and not remains.is_locked_by_us:
        yield Problem("somebody else has locked it; unlock it, then run again", "source_locked")
    if later := since(has.actions, new["created_at"], those=_LATER):
        told = ", ".join(f"{row['action']} of {row['start_time']}" for row in later)
        yield Problem(
            f"it was on, or was changed, after the new server was made ({told}); what it has written since is nowhere else",
            "source_changed",
        )


def not_proven(judged: Mapping[str, Any]) -> Iterator[Note]:
    """What a comparison with the snapshots says against the removal of a source, clause by clause."""
    if any(judged["stale"].values()) or any(one["code"] == LOST_WRITES and one["stops"] for one in judged["findings"]):
        yield Problem(f"it has changed since its snapshot: {judged['unverified']}", "source_changed")
    elif judged["unverified"]:
        why = judged["unverified"]
        yield Problem(f"{why}; finalize it, if that is as it should be, then run again", "unproven")


def named(noun: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Some of a kind, as a sentence names them."""
    return enumerated(
        [f"{noun} '{row['name']}' ({row['id']})" if row["name"] else f"{noun} {row['id']}" for row in rows]
    )
