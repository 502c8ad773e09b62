# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of a migration, and what is to be done about it: the data of a rollback and of an end. Pure.

Everything is found in the clouds by marks, never by what a plan would have made. What was made last goes first, so that
nothing that has a dependent is asked to go, and a killed run's successor finds the rest: the source's own note, or the
mark of the new server, is changed at the very end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, START, UPDATE, Step
from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL,
    REHEARSAL_VOLUME,
    is_rehearsal,
)

#: The step of an image or a volume snapshot that could not go, for something was made of it. It is tried again when
#: that has gone.
RETAINED = "retained"
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

    def left_to_do(self) -> list[str]:
        """The steps as a diff shows them."""
        return [f"{step.verb} {step.values['what']} {step.values.get('id', '')}".strip() for step in self._steps()]

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


def is_begun(remains: Remains) -> bool:
    """Whether the cutover has begun, as far as the clouds tell."""
    return bool(
        remains.is_locked_by_us
        or (remains.source and source_mark.has_begun(remains.source, remains.run))
        or any(not is_of_rehearsal(kind, row) for kind in OF_SERVER for row in remains.made[kind])
    )


def is_of_rehearsal(kind: str, row: dict[str, Any]) -> bool:
    """Whether it was made for a rehearsal, or for a proof, and not for the cutover."""
    if kind == "proof":
        return True
    if kind in ("port", "floating_ip"):
        return row["step"] == REHEARSAL_PORT
    return (row["metadata"] or {}).get(_marks.STEP) in (REHEARSAL, REHEARSAL_VOLUME)


def parts(remains: Remains, kind: str) -> list[Part]:
    """What there is of a kind."""
    return [Part(kind, row) for row in sorted(remains.made[kind], key=lambda row: row["id"])]


def about(kind: str, row: Mapping[str, Any]) -> str:
    """What a problem is about, in words: a kind is a key of ours."""
    return f"{kind.replace('_', ' ')} {label(row)}"


def label(row: Mapping[str, Any]) -> str:
    """What a sentence calls it."""
    return f"'{row['name']}' ({row['id']})" if row["name"] else f"({row['id']})"
