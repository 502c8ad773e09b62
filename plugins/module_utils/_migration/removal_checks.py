# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a migration has made may go: what somebody keeps, or uses, stays. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import (
    RETAINED,
    Part,
    Remains,
    Undo,
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
    """What somebody else has made of what would go is not taken from them."""
    going = {part.row["id"] for part in undo.removed}
    clauses = [clause for part in undo.removed for clause in _of_others(part, remains, going)]
    if clauses:
        raise OsnapError(f"{'; '.join(clauses)}; see to that, then run again.", resource=remains.server_id)


def _of_others(part, remains, going):
    row = part.row
    what = f"the {part.kind} {label(row)} at the destination"
    if part.kind == "server":
        if row["is_locked"]:
            yield f"{what} is locked by somebody, and is not removed"
        own = {one["id"] for one in remains.made["volume"]}
        if others := sorted(set(row["attached_volumes"]) - own):
            yield f"{what} has {enumerated([f'the volume {id}' for id in others])}, which this run has not made: detach it"
    elif part.kind == "volume":
        users = {one.get("server_id") or one.get("host_name") or "somebody" for one in row["attachments"] or ()}
        if others := sorted(users - going):
            yield f"{what} is attached to {', '.join(others)}, which is not this run's: detach it"
        elif not users and row["status"] in TAKEN:  # such as one that Nova is about to attach
            yield f"{what} is {row['status']}, so in use by somebody: detach it"
        if snapshots := remains.snapshots_of.get(row["id"]):
            yield f"{what} has {enumerated([f'the snapshot {label(one)}' for one in snapshots])}: remove it"
    elif part.kind in ("port", "floating_ip") and row["device_id"] and row["device_id"] not in going:
        yield f"{what} is in use by {row['device_id']}, which is not this run's: detach it"
