# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets copied to where their policies want them, and copies that no rule keeps removed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import work
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection import done
from ansible_collections.osnap.openstack.plugins.module_utils._protection.removal import Removal
from ansible_collections.osnap.openstack.plugins.module_utils._protection.set_history import CopyHistory
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy import ServerSetCopy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.copies import Places
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


@dataclass(frozen=True)
class Became:
    """What has become of the copies of one server."""

    row: dict[str, Any] | None
    after: dict[str, Any]
    error: OsnapError | None
    is_as_planned: bool
    wrote: bool


class Copying:
    """The copying of what there is after the taking, place by place, and the removal there."""

    def __init__(self, context: Context, places: Places, plans: Sequence[Plan], taken: Mapping[str, work.Done]):
        self.errors: dict[str, OsnapError] = {}
        self._context, self._places = context, places
        self._done: dict[str, work.Done] = {}
        self._removals: dict[str, Removal] = {}
        self._carried = [plan.carried for plan in plans]
        wanted: dict[str, list[tuple[Carried, str]]] = {}
        for one in self._carried:
            if one.problem:
                self.errors[one.id] = _could_not(one, one.problem)
            elif one.copies and done.is_copying(one.copies):
                wanted.setdefault(one.policy.copy_to, []).append((one, _set_of(one, taken)))
        for name in sorted(wanted):
            self._copy(name, wanted[name])

    def _copy(self, name, wanted):
        operation, cloud = ServerSetCopy(), self._places.pairs[name]
        context = work.inner(operation, {}, within=self._context, cloud=cloud, timeout=self._context.timeout)
        items = [
            operation.tidy({**dict.fromkeys(operation.options), "server": one.id, "name": id}) for one, id in wanted
        ]
        try:
            plans = work.plan_items(operation, context, items, lambda things, identity: None)
        except OsnapError as error:  # what all of them need could not be read
            self.errors.update((one.id, _could_not(one, error)) for one, _id in wanted)
            return
        outcomes = work.apply_plans(operation, context, plans)
        changed = work.are_changed(plans, outcomes)
        for (one, _id), outcome, is_changed in zip(wanted, outcomes, changed, strict=True):
            self._done[one.id] = work.Done(outcome, is_changed)
            if outcome.error:
                self.errors[one.id] = _could_not(one, outcome.error)

    def prune(self) -> None:
        """Remove what no rule keeps there, of all servers whose set has arrived."""
        for name in sorted(self._places.pairs):
            doomed = [
                one.copies
                for one in self._carried
                if one.copies and one.policy.copy_to == name and one.copies.doomed and one.id not in self.errors
            ]
            there = self._context.of(self._places.pairs[name].peer, self._context.params)
            self._removals[name] = Removal(there, doomed, CopyHistory)
            self._removals[name].carry_out()

    def of(self, one: Carried) -> Became:
        removal, result = self._removals[one.policy.copy_to], self._done.get(one.id)
        gone, stayed, error = removal.of(one.id)
        is_new = bool(result and result.changed)
        row: Row | None = result.outcome.resource if result else None
        return Became(
            done.copied(one.copies, row, gone, is_new, stayed),
            done.after_copying(one.copies, gone, is_new),
            error,
            not stayed and is_new == done.is_copying(one.copies),
            is_new or removal.wrote(one.id),
        )


def _set_of(one, taken):
    """The ID of the window's set."""
    if one.need.there:
        return one.need.there.id
    return taken[one.id].outcome.resource["id"]


def _could_not(one, error):
    label = one.subject.label
    told = OsnapError(
        f"{label[0].upper()}{label[1:]} has its set '{one.name}', which could not be copied to {one.policy.copy_to};"
        f" nothing of it was removed: {error}",
        **{**error.fields, "resource": one.id},
        stops_work=error.stops_work,
    )
    told.changed_nothing = error.changed_nothing
    return told
