# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired × current → Plan. Pure: no cloud, no clock, no Ansible; everything a module is going to do stands here before
it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _default
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field, changes, describe, plain

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

# The verbs of a plan's steps say what is done. Awaiting changes nothing; every other verb is a change.
AWAIT_READY, AWAIT_GONE, CREATE, UPDATE, DELETE = "await_ready", "await_gone", "create", "update", "delete"
STOP, START, REBUILD, ATTACH, REVERT = "stop", "start", "rebuild", "attach", "revert"
COPY, UPLOAD, FINISH, OFFER, ACCEPT, UNMANAGE = "copy", "upload", "finish", "offer", "accept", "unmanage"
AWAITS = frozenset({AWAIT_READY, AWAIT_GONE})
#: What takes an object out of the service's hands: it is read again right before.
REMOVALS = frozenset({DELETE, UNMANAGE})


class Step(NamedTuple):
    """One thing to do: a verb, and the values it needs, by attribute."""

    verb: str
    values: dict[str, Any] = {}


@dataclass(frozen=True)
class Plan:
    """What there is, what there shall be, and the ordered steps between. No steps that change: nothing to do.

    ``before`` and ``after`` are the diff, declared fields only. ``resource`` is what check mode returns: the values
    known now, null for those that only the server can make. ``facts`` are results beside the resource, likewise
    predicted. ``carried`` is what the operation found while it planned and needs to carry the plan out: an object of a
    class of its own, which says what is in it.
    """

    before: dict[str, Any]
    after: dict[str, Any]
    steps: tuple[Step, ...] = ()
    current: Row | None = None
    resource: Row | None = None
    desired: dict[str, Any] = _default(default_factory=dict)
    facts: dict[str, Any] = _default(default_factory=dict)
    carried: object = None

    @property
    def changed(self) -> bool:
        return any(step.verb not in AWAITS for step in self.steps)

    def step(self, verb: str) -> Step | None:
        """The first step of that verb."""
        return next((step for step in self.steps if step.verb == verb), None)

    def does(self, verb: str) -> bool:
        return self.step(verb) is not None


@dataclass(frozen=True)
class Statuses:
    """The life of a resource, in the service's words. A status in none of them is waited out like ``pending``."""

    ready: frozenset[str]
    leaving: frozenset[str]
    failed: frozenset[str]
    #: A status that, after an accepted DELETE, means that the service has refused it.
    refused: frozenset[str] = frozenset()


def plan_present(
    fields: Sequence[Field],
    desired: dict[str, Any],
    current: Row | None,
    statuses: Statuses,
    *,
    keys: Iterable[str],
    label: str,
    replace_failed: bool = False,
    reason: str | None = None,
    remedy: str | None = None,
    busy: bool = False,
) -> Plan:
    """The plan that makes ``desired`` be there.

    :param desired: ``{attribute: value}``; an unset one is None and stays untouched
    :param current: the resource as the cloud has it, or None
    :param keys: all attributes of the resource, for the prediction
    :param reason: why the current one is in a failed status, in the service's words
    :param busy: whether the service is still at work on the current one, whatever its status says
    :param remedy: what to do about that status where replacing is not the way
    """
    status = current["status"] if current else None
    if current and status in statuses.failed and not replace_failed:
        remedy = remedy or "set on_error: replace to delete it and make it anew, or remove it first"
        raise OsnapError(
            f"{label} {current['id']} is in status {status}{': ' + reason if reason else ''}; {remedy}.",
            resource=current["id"],
        )
    if current is None or status in statuses.leaving or status in statuses.failed:
        desired = _in_place_of(current, fields, desired, label)
        there = current is not None and status not in statuses.leaving
        before: dict[str, Any] = {"state": "absent"}
        if current is not None and there:
            before = {"state": "present", "status": status, **describe(fields, current)}
        values = {key: value for key, value in desired.items() if value is not None}
        late = {field.key: values[field.key] for field in fields if field.late and field.key in values}
        removal: tuple[Step, ...] = (Step(DELETE),) if there else ()
        removal += (Step(AWAIT_GONE),) if current else ()
        creation: tuple[Step, ...] = (
            Step(CREATE, {key: value for key, value in values.items() if key not in late}),
            Step(AWAIT_READY),
        )
        creation += (Step(UPDATE, late),) if late else ()
        known = {
            field.key: values[field.key]
            for field in fields
            if field.readable and not field.grows and field.key in values
        }
        after = {"state": "present", **describe(fields, values)}
        return Plan(before, after, removal + creation, current, {**dict.fromkeys(keys), **known}, desired)
    return plan_update(
        fields, desired, current, label=label, wait=(Step(AWAIT_READY),) if busy or status not in statuses.ready else ()
    )


def plan_update(
    fields: Sequence[Field], desired: dict[str, Any], current: Row, *, label: str, wait: tuple[Step, ...] = ()
) -> Plan:
    """The plan that changes what differs in an object that is there, after the steps of ``wait``."""
    new = changes(fields, desired, current, label=f"{label} {current['id']}")
    before = {"state": "present", **describe(fields, current)}
    steps = wait + ((Step(UPDATE, new),) if new else ())
    predicted = {**current, **{key: plain(value) for key, value in new.items()}}
    if new and "updated_at" in predicted:
        predicted["updated_at"] = None  # the service's clock
    if wait:
        declared = {"id", *(field.key for field in fields if field.readable)}
        predicted = {
            key: value if key in declared else None for key, value in predicted.items()
        }  # the service is still at the rest of it
    return Plan(before, {"state": "present", **describe(fields, predicted)}, steps, current, predicted, desired)


def _in_place_of(current: Row | None, fields: Sequence[Field], desired: dict[str, Any], label: str) -> dict[str, Any]:
    """What is wanted, with the identity of the object that it replaces where only that one's ID was given."""
    if current is None:
        return desired
    own = {field.key: current.get(field.key) for field in fields if field.kind == "identity"}
    replaces = desired.get("id")  # the names of what was given by ID may repeat
    desired = {**desired, **{key: value for key, value in own.items() if desired.get(key) is None}, "id": None}
    desired |= {"replaces": replaces} if replaces else {}
    unknown = [field.name for field in fields if field.kind == "identity" and desired[field.key] is None]
    if unknown:
        raise OsnapError(
            f"{label} {current['id']} can't be made anew without {' and '.join(unknown)}; say which.",
            resource=current["id"],
        )
    return desired


def plan_absent(
    fields: Sequence[Field],
    desired: dict[str, Any],
    current: Row | None,
    statuses: Statuses,
    *,
    state: str = "absent",
    steps: tuple[Step, ...] = (Step(DELETE), Step(AWAIT_GONE)),
) -> Plan:
    """The plan after which ``current`` is gone. One that is being deleted is waited out: that is no change of ours."""
    if current is None:
        return Plan({"state": state}, {"state": state}, (), None, None, desired)
    if current["status"] in statuses.leaving:
        return Plan({"state": state}, {"state": state}, (Step(AWAIT_GONE),), current, None, desired)
    return Plan({"state": "present", **describe(fields, current)}, {"state": state}, steps, current, None, desired)
