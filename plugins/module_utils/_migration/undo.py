# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What undoes a server's migration, or ends it: what goes, what stays and why, in which order. Pure.

Everything is found in the clouds by marks, never by what a plan would have made. What was made last goes first, so that
nothing that has a dependent is asked to go, and a killed run's successor finds the rest: the source's own note, or the
mark of the new server, is changed at the very end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, START, UPDATE, Step
from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL,
    REHEARSAL_VOLUME,
    is_marked_complete,
    is_rehearsal,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED, ROLLED_BACK
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import plan_power
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TAKEN

#: The step of an image or a volume snapshot that could not go, for something was made of it. It is tried again when
#: that has gone.
RETAINED = "retained"
#: Why the marks of a source stay: nobody but an administrator may write to it.
LOCKED = "somebody else has locked it, so it takes no change; once it is unlocked, finalizing again removes them"
#: Steps of a new server whose marks, or those of its source, are on their way out; with the second the source is locked
#: again after that. There is no way back from them, for what a rollback goes by is incomplete then.
ENDING, RELOCKING, PROVEN_ENDING = "ending", "relocking", "proven_ending"
ENDED = (ENDING, RELOCKING, PROVEN_ENDING, FINALIZED)
#: What goes, in this order -> whether it is at the destination.
KINDS = {
    "server": True,
    "proof": True,
    "floating_ip": True,
    "volume": True,
    "port": True,
    "copy": True,
    "moving_volume": False,
    "temporary_volume": False,
    "image": False,
    "snapshot": False,
    "volume_snapshot": False,
}
#: What the new server consists of.
OF_SERVER = ("server", "proof", "floating_ip", "volume", "port")
#: The kinds that stay at the source as long as a copy stays: they prove what it is of.
PROOFS = ("image", "snapshot", "volume_snapshot")
#: The step of a port that was made for a rehearsal.
REHEARSAL_PORT = "rehearsal_port"
#: What is noted on the new server for the way only, and what on its volumes, in the order in which it goes: by the source's
#: server alone such a volume is found to the last, wherever it is attached by then.
ON_SERVER = (_marks.SOURCE,)
ON_VOLUME = (
    _marks.DISK,
    _marks.STEP,
    _marks.PROVEN,
    _marks.FROM,
    _marks.FROM_FOR,
    _marks.RUN,
    _marks.SOURCE,
    _marks.SERVER,
)


@dataclass
class Remains:
    """What a run has made of one server, as rows of both clouds, and what else these depend on.

    - ``source``: the server in the source, None where it is gone
    - ``is_locked_by_us``: whether the source is locked, and by this run
    - ``made``: ``{kind: rows}`` of :data:`KINDS`, all of this run and this server
    - ``snapshots_of``: ``{volume ID: rows}``, what there is of snapshots of the new volumes
    - ``made_of``: ``{ID: {ID: what a sentence calls it}}`` of what was made of the copies, and of what has stayed before
    """

    run: str
    server_id: str
    source: dict[str, Any] | None
    is_locked_by_us: bool = False
    #: Whether the user may change a locked server at the source.
    is_admin: bool = False
    made: dict[str, list] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    snapshots_of: dict[str, list] = field(default_factory=dict)
    made_of: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def successor(self) -> dict[str, Any] | None:
        """The new server; that of a rehearsal is none."""
        return next((row for row in self.made["server"] if not is_rehearsal(row)), None)


class Part(NamedTuple):
    """Something that goes, or stays for a reason."""

    kind: str
    row: dict[str, Any]
    why: str | None = None

    def shown(self) -> dict[str, Any]:
        told = {"what": self.kind, "id": self.row["id"], "name": self.row["name"], "cloud": self.cloud}
        return {**told, "reason": self.why} if self.why else told

    @property
    def cloud(self) -> str:
        return "destination" if KINDS.get(self.kind) else "source"


@dataclass
class Undo:
    """What is to be done, in this order."""

    removed: list[Part] = field(default_factory=list)
    retained: list[Part] = field(default_factory=list)
    #: What stays without its marks: volumes, ports and floating IPs.
    unmarked: list[Part] = field(default_factory=list)
    #: Images at the source that stay, and that the destination sees no more.
    unshared: list[Part] = field(default_factory=list)
    #: What is noted on the new server before any mark goes.
    ending: dict[str, str] = field(default_factory=dict)
    unlock: bool = False
    start: bool = False
    #: Whether the source, unlocked for its marks, is locked again.
    relock: bool = False
    #: The marks of the source that are set and that go; then those of the new server.
    source_set: dict[str, str] = field(default_factory=dict)
    source_unset: list[str] = field(default_factory=list)
    server_set: dict[str, str] = field(default_factory=dict)
    server_unset: list[str] = field(default_factory=list)
    #: What is noted on the new server before all else, and what goes of the source after all else; see `source_removal`.
    proven: dict[str, str] = field(default_factory=dict)
    source: list[Part] = field(default_factory=list)

    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        if self.proven:
            yield Step(UPDATE, {"what": "server"})
        for part in self.removed:
            yield Step(DELETE, {"what": part.kind, "id": part.row["id"]})
        if self.ending:
            yield Step(UPDATE, {"what": "server"})
        for part in self.unmarked:
            yield Step(UPDATE, {"what": part.kind, "id": part.row["id"]})
        for part in self.unshared:
            yield Step(UPDATE, {"what": "membership", "id": part.row["id"]})
        if self.unlock:
            yield Step(UPDATE, {"what": "lock"})
        if self.start:
            yield Step(START, {"what": "source"})
        if self.source_set or self.source_unset:
            yield Step(UPDATE, {"what": "source"})
        if self.relock:
            yield Step(UPDATE, {"what": "lock"})
        if self.server_set or self.server_unset:
            yield Step(UPDATE, {"what": "server"})
        for part in self.source:
            yield Step(DELETE, {"what": part.kind, "id": part.row["id"]})


def plan(remains: Remains, state: str, keep_copies: bool) -> Undo:
    """What brings a server to a state.

    :raises OsnapError: if it is not to be brought there
    """
    undo = _rolled_back(remains, keep_copies) if state == ROLLED_BACK else _finalized(remains)
    refuse_others(remains, undo)
    return undo


def doubts(remains: Remains, undo: Undo) -> Iterator[str]:
    """What may stay after all, for something is made of it that stays: which back ends keep it only a try tells."""
    going = {part.row["id"] for part in undo.removed}
    for part in undo.removed:
        if left := [label for id, label in remains.made_of.get(part.row["id"], {}).items() if id not in going]:
            yield (
                f"The {part.kind} {_label(part.row)} at the {part.cloud} may stay, for {in_use(left)}, and some back ends"
                " keep it for that."
            )


def is_begun(remains: Remains) -> bool:
    """Whether the cutover has begun, as far as the clouds tell."""
    return bool(
        remains.is_locked_by_us
        or (remains.source and source_mark.has_begun(remains.source, remains.run))
        or any(not _is_of_rehearsal(kind, row) for kind in OF_SERVER for row in remains.made[kind])
    )


# -- rolled back


def _rolled_back(remains, keep_copies):
    new = remains.successor
    if new and new["metadata"].get(_marks.STEP) in ENDED:
        raise OsnapError(
            f"The server {_label(new)} is the end of a finalized migration, of which there are no copies and no"
            " snapshots any more, so it can't be rolled back; to go back to the source, unlock and start that, and remove"
            " the new server.",
            resource=new["id"],
        )
    if remains.source is None:
        if new or any(remains.made.values()):
            raise OsnapError(
                f"The server {remains.server_id} is not in the source any more, and what the run '{remains.run}' has made"
                " of it can't be rolled back; nothing would be left of it.",
                resource=remains.server_id,
            )
        return Undo()
    undo, begun = Undo(), is_begun(remains)
    for kind in OF_SERVER:
        undo.removed += parts(remains, kind)
    take_back_copies(undo, remains, keep_copies)
    if begun:
        _give_back(undo, remains)
    return undo


def take_back_copies(undo: Undo, remains: Remains, keep_copies: bool) -> None:
    """Copies go, but verified ones that are to stay, and with them what proves these."""
    copies = parts(remains, "copy")
    stay = [part for part in copies if keep_copies and part.row["properties"].get(_marks.COMPLETE)]
    remove(undo, remains, [part for part in copies if part not in stay])
    undo.removed += parts(remains, "moving_volume") + parts(remains, "temporary_volume")
    if keep_copies:
        stay += [part for kind in ("image", "snapshot") for part in parts(remains, kind) if part.row.get("is_shared")]
    if not stay and not any(part.kind == "copy" for part in undo.retained):
        for kind in PROOFS:
            remove(undo, remains, parts(remains, kind))


def _give_back(undo, remains):
    """The source gets its power, its lock and its metadata back."""
    source, run = remains.source, remains.run
    undo.unlock = remains.is_locked_by_us
    if source_mark.of(source, run) == source_mark.STOPPED:
        power = source["metadata"].get(_marks.POWER)
        undo.source_unset = [_marks.POWER] if power else []
        undo.start = power == "ACTIVE" and bool(plan_power(source, "started").steps)
    if _marks.LOCKED in source["metadata"] and not source["is_locked"]:  # a killed rollback has left it
        undo.source_unset = [*undo.source_unset, _marks.LOCKED]
    if undo.start and source["is_locked"] and not undo.unlock:
        raise OsnapError(
            f"The server {_label(source)} is locked by somebody else, so it can't be started again; unlock it, then run"
            " again.",
            resource=source["id"],
        )
    if undo.unlock or not source["is_locked"]:  # else it takes none
        undo.source_set = {_marks.RUN: run, _marks.STEP: ROLLED_BACK}
    else:
        undo.source_unset = []


# -- finalized


def _finalized(remains):
    new = remains.successor
    is_complete = bool(new and is_marked_complete(new))
    if not is_complete and is_begun(remains):
        what = f"its new server {_label(new)} is not complete" if new else "it has no new server"
        label = _label(remains.source) if remains.source else remains.server_id
        raise OsnapError(
            f"The cutover of the server {label} has begun, and {what}; bring it to complete, or roll it back, then"
            " finalize it.",
            resource=remains.server_id,
        )
    undo = Undo()
    for kind in OF_SERVER:
        going, staying = _split(kind, parts(remains, kind))
        undo.removed += going
        undo.unmarked += [] if kind == "server" else staying
    for kind in ("copy", "moving_volume", "temporary_volume", *PROOFS):
        remove(undo, remains, parts(remains, kind))
    undo.unshared = [part for part in undo.retained if part.row.get("is_shared")]
    step = new["metadata"].get(_marks.STEP) if new else None
    if remains.source:
        _take_marks_of_source(undo, remains, step)
    if is_complete:
        noted, ending = ((RELOCKING,), RELOCKING) if undo.relock else (ENDED, ENDING)
        if (undo.unmarked or undo.source_unset or undo.relock) and step not in noted:
            undo.ending = {_marks.STEP: ending}
        undo.server_set = {} if step == FINALIZED and not undo.ending else {_marks.STEP: FINALIZED}
        undo.server_unset = [key for key in ON_SERVER if key in new["metadata"]]
    return undo


def _take_marks_of_source(undo, remains, step):
    """A locked server takes no change, so one that this run has locked is unlocked meanwhile."""
    source, keys = remains.source, source_mark.left(remains.source, remains.run)
    if keys and source["is_locked"] and not (remains.is_admin or remains.is_locked_by_us):
        undo.retained.append(Part("mark", source, LOCKED))
        return
    undo.source_unset = keys
    undo.unlock = bool(keys) and remains.is_locked_by_us and not remains.is_admin
    # One that was started by somebody since is theirs again.
    undo.relock = undo.unlock or (step == RELOCKING and not source["is_locked"] and source["status"] == "SHUTOFF")


def _split(kind, parts):
    """What was made for a rehearsal, or for a proof, and what for the cutover."""
    of_rehearsal = [part for part in parts if _is_of_rehearsal(kind, part.row)]
    return of_rehearsal, [part for part in parts if part not in of_rehearsal]


def _is_of_rehearsal(kind, row):
    if kind == "proof":
        return True
    if kind in ("port", "floating_ip"):
        return row["step"] == REHEARSAL_PORT
    return (row["metadata"] or {}).get(_marks.STEP) in (REHEARSAL, REHEARSAL_VOLUME)


# -- both


def parts(remains: Remains, kind: str) -> list[Part]:
    """What there is of a kind."""
    return [Part(kind, row) for row in sorted(remains.made[kind], key=lambda row: row["id"])]


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
    label = f"the {part.kind} {_label(row)} at the destination"
    if part.kind == "server":
        if row["is_locked"]:
            yield f"{label} is locked by somebody, and is not removed"
        own = {one["id"] for one in remains.made["volume"]}
        if others := sorted(set(row["attached_volumes"]) - own):
            yield f"{label} has {enumerated([f'the volume {id}' for id in others])}, which this run has not made: detach it"
    elif part.kind == "volume":
        users = {one.get("server_id") or one.get("host_name") or "somebody" for one in row["attachments"] or ()}
        if others := sorted(users - going):
            yield f"{label} is attached to {', '.join(others)}, which is not this run's: detach it"
        elif not users and row["status"] in TAKEN:  # such as one that Nova is about to attach
            yield f"{label} is {row['status']}, so in use by somebody: detach it"
        if snapshots := remains.snapshots_of.get(row["id"]):
            yield f"{label} has {enumerated([f'the snapshot {_label(one)}' for one in snapshots])}: remove it"
    elif part.kind in ("port", "floating_ip") and row["device_id"] and row["device_id"] not in going:
        yield f"{label} is in use by {row['device_id']}, which is not this run's: detach it"


def _label(row):
    return f"'{row['name']}' ({row['id']})" if row["name"] else f"({row['id']})"
