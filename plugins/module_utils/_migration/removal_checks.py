# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a migration has made may go: what somebody keeps, or uses, stays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._migration import refused
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import (
    RETAINED,
    Part,
    Remains,
    Undo,
    about,
    label,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TAKEN


def doubts(remains: Remains, undo: Undo) -> Iterator[str]:
    """What may stay after all, for something is made of it that stays: which back ends keep it only a try tells."""
    going = {part.row["id"] for part in undo.removed}
    for part in undo.removed:
        if left := [one for id, one in remains.made_of.get(part.row["id"], {}).items() if id not in going]:
            yield (
                f"The {part.kind} {label(part.row)} at the {part.cloud} may stay, for {in_use(left)}, and some back ends"
                " keep it for that."
            )


def remove(undo: Undo, remains: Remains, parts: Iterable[Part]) -> None:
    """Images and snapshots go, but for those that somebody keeps."""
    for part in parts:
        why = _kept(part.row, remains)
        undo.retained += [part._replace(why=why)] if why else []
        undo.removed += [] if why else [part]


def _kept(row, remains):
    """Why an image or a snapshot stays, as a clause; None if it may be tried."""
    if row.get("is_protected"):
        return "it is protected from deletion"
    marks = row["properties"] if "properties" in row else row["metadata"] or {}
    if marks.get(_marks.HOLD):
        return f"it has {_marks.HOLD}: {marks[_marks.HOLD]}"
    if marks.get(_marks.STEP) == RETAINED and (left := remains.made_of.get(row["id"])):
        return in_use(left.values())
    return None


def in_use(left: Iterable[str]) -> str:
    """Why something stays that others were made of, as a clause."""
    return f"{enumerated(list(left))} was made of it"


def refuse_others(remains: Remains, undo: Undo) -> None:
    """What somebody else has made of what would go is not taken from them.

    :raises Refused: if there is anything
    """
    going = {part.row["id"] for part in undo.removed}
    problems = [problem for part in undo.removed for problem in _of_others(part, remains, going)]
    if problems:
        raise refused.because(problems, remains.server_id)


def _of_others(part, remains, going) -> Iterator[Note]:
    row, what = part.row, about(part.kind, part.row)
    told, detach = f"The {what} at the destination", "detach it, then run again"
    if part.kind == "server":
        if row["is_locked"]:
            remedy = "unlock it, then run again"
            yield Problem(f"{told} is locked by somebody, and is not removed", "new_server_locked", what, remedy)
        own = {one["id"] for one in remains.made["volume"]}
        if others := sorted(set(row["attached_volumes"]) - own):
            named = enumerated([f"the volume {id}" for id in others])
            yield Problem(f"{told} has {named}, which this run has not made", "new_server_has_volume", what, detach)
    elif part.kind == "volume":
        users = {one.get("server_id") or one.get("host_name") or "somebody" for one in row["attachments"] or ()}
        if others := sorted(users - going):
            named = ", ".join(others)
            yield Problem(f"{told} is attached to {named}, which is not this run's", "new_part_in_use", what, detach)
        elif not users and row["status"] in TAKEN:  # such as one that Nova is about to attach
            yield Problem(f"{told} is {row['status']}, so in use by somebody", "new_part_in_use", what, detach)
        if snapshots := remains.snapshots_of.get(row["id"]):
            named = enumerated([f"the snapshot {label(one)}" for one in snapshots])
            yield Problem(f"{told} has {named}", "new_volume_has_snapshot", what, "remove it, then run again")
    elif part.kind in ("port", "floating_ip") and row["device_id"] and row["device_id"] not in going:
        user = row["device_id"]
        yield Problem(f"{told} is in use by {user}, which is not this run's", "new_part_in_use", what, detach)
