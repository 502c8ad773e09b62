# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an object is taken and removed: its plan, and what a module returns of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    COPY,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import NEW

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Need, Taken
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import Verdict


@dataclass(frozen=True)
class Carried:
    """What the plan of one object carries: the object, what its window lacks, and the verdicts of what there is."""

    subject: Subject
    need: Need | None = None
    name: str = ""
    taken: Sequence[Taken] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    paused: str | None = None
    #: The ID of the backup that a new one is built upon.
    base: str | None = None
    #: The same of the copies, where the policy wants any; and why there can be none.
    copies: Carried | None = None
    problem: OsnapError | None = None

    @property
    def id(self) -> str:
        return self.subject.id

    @property
    def kind(self) -> str | None:
        return self.subject.kind

    @property
    def policy(self) -> Policy | None:
        return self.subject.policy

    @property
    def doomed(self) -> list[Taken]:
        return [one for one in self.taken if one.id in self.verdicts and not self.verdicts[one.id].keep]


def plan(carried: Carried, takes: Plan | None) -> Plan:
    """The plan of one object.

    :param takes: the plan by which the window's one is taken, waited for, or put in order; None where nothing is to be
        done about it
    """
    is_new, copies = _is_new(carried, takes), carried.copies
    steps: tuple[Step, ...] = (Step(CREATE),) if is_new else ()
    steps += (Step(UPDATE),) if takes is not None and takes.changed and not is_new else ()
    steps += (Step(AWAIT_READY),) if takes is not None and takes.steps else ()
    is_copied = copies is not None and is_copying(copies)
    steps += (Step(COPY, {"to": copies.policy.copy_to}),) if copies and copies.policy and is_copied else ()
    doomed, theirs = carried.doomed, copies.doomed if copies else []
    steps += (Step(DELETE, {"ids": [one.id for one in doomed]}),) if doomed else ()
    steps += (Step(DELETE, {"copies": [one.id for one in theirs]}),) if theirs else ()
    before = {"taken": [line(one) for one in carried.taken]}
    if copies:
        before["copied"] = [line(one) for one in copies.taken]
    resource = told(carried, None, doomed, is_new)
    if carried.subject.noun == "server":
        resource["copies"] = copied(copies, None, theirs, is_copied)
    return Plan(
        before,
        {**after(carried, doomed, is_new), **after_copying(copies, theirs, is_copied)},
        steps,
        None,
        resource,
        carried=carried,
    )


def is_copying(copies: Carried) -> bool:
    """Whether the window's one is to be copied."""
    return NEW in copies.verdicts


def after_copying(copies: Carried | None, gone: Sequence[Taken], is_copied: bool) -> dict[str, Any]:
    """As :func:`after`, of the copies."""
    return {"copied": after(copies, gone, is_copied)["taken"]} if copies else {}


def copied(
    copies: Carried | None,
    new: Row | None,
    removed: Sequence[Taken],
    is_new: bool,
    stayed: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """What a module returns of the copies of one object."""
    if copies is None or copies.policy is None:
        return None
    row = told(copies, new, removed, is_new, stayed)
    return {"to": copies.policy.copy_to, **{key: row[key] for key in ("taken", "is_new", "kept", "removed")}}


def _is_new(carried: Carried, takes: Plan | None) -> bool:
    """Whether the window's one is made, and not only put in order."""
    return takes is not None and takes.changed and carried.need is not None and carried.need.there is None


def after(carried: Carried, gone: Sequence[Taken], is_new: bool) -> dict[str, Any]:
    """What there is afterwards, as a diff shows it. What has failed in this window gives way to the new one."""
    replaced = (carried.need.failed, carried.need.unfinished) if carried.need and is_new else ()
    left = [one for one in carried.taken if one not in gone and one not in replaced]
    return {"taken": ([carried.name] if is_new else []) + [line(one) for one in left]}


def line(one: Taken) -> str:
    """How a diff calls one."""
    return f"{one.row['name'] or ''} ({one.id}), {one.row['created_at']}, {one.row['status']}"


def told(
    carried: Carried,
    new: Row | None,
    removed: Sequence[Taken],
    is_new: bool,
    stayed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a module returns of one object.

    :param new: the window's one after the task, or None where the plan knows all of it, or nobody does
    :param removed: what has gone, or would go
    :param stayed: ``{ID: why}`` of what was to go and has stayed
    """
    subject, need = carried.subject, carried.need
    gone = {one.id for one in removed}
    current = new or (need.there.row if need and need.there else None)
    there = [one for one in carried.taken if one.id in carried.verdicts and one.id not in gone]
    kept = [_entry(one.row, (stayed or {}).get(one.id) or carried.verdicts[one.id].reasons) for one in there]
    if NEW in carried.verdicts:
        row = {"id": None, "created_at": None, **(new or {}), "name": carried.name}
        kept.insert(0, _entry(row, carried.verdicts[NEW].reasons))
    return {
        f"{subject.noun}_id": subject.id,
        f"{subject.noun}_name": subject.row.get("name"),
        "policy": subject.named,
        "policy_origin": subject.origin,
        "kind": subject.kind,
        "window": need.window if need else None,
        "paused": carried.paused,
        "taken": None if need is None else _short(current, carried.name),
        "is_new": is_new,
        "kept": kept,
        "removed": [_entry(one.row, carried.verdicts[one.id].reasons) for one in removed],
    }


def _short(row: Row | None, name: str) -> dict[str, Any]:
    row = row or {"id": None, "name": name, "created_at": None}
    return {key: row[key] for key in ("id", "name", "created_at")}


def _entry(row: Row, reasons: str | Sequence[str]) -> dict[str, Any]:
    why = [reasons] if isinstance(reasons, str) else list(reasons)
    return {**_short(row, ""), "reasons": why}
