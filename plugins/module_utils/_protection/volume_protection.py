# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protection of volumes as an operation: what the window lacks is taken, and then what no rule keeps goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, Plan
from ansible_collections.osnap.openstack.plugins.module_utils._protection import (
    asked,
    done,
    history,
    policies,
    subjects,
    survey,
    taking,
)
from ansible_collections.osnap.openstack.plugins.module_utils._protection.removal import Removal
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject


class VolumeProtection(Operation):
    """One volume or many, each by its policy."""

    returns = "protection"
    many = "volumes"
    options = asked.VOLUME
    task_options = asked.TASK

    def tidy(self, item: dict) -> dict:
        """An empty policy, as templates leave it, is none."""
        return {**item, "policy": (item["policy"] or "").strip() or None}

    def wrong(self, params: dict) -> Iterator[str]:
        return asked.wrong(params, survey.NOUNS[0])

    def problem(self, item: dict, params: dict) -> str | None:
        return asked.problem(item, params, survey.NOUNS)

    def identity(self, item: dict) -> str | None:
        return item["volume"] and item["volume"].strip()

    def title(self, item: dict) -> str:
        return item["volume"] or item["regex"] or ""

    def resolved(self, item: Any) -> str | None:
        return item.id if isinstance(item, subjects.Subject) else None

    # -- plan

    def selected(self, context: Context, items: list) -> list:
        self.now = datetime.now(timezone.utc)
        self.rows = Volumes(context.cloud).list()
        return survey.selected(context.cloud, items, context.params["exclude"], self.rows)

    def prepare(self, context: Context, items: list) -> list:
        found = survey.subjects(
            context.cloud,
            items,
            self.rows,
            policies.read(context.params["policies"]),
            context.params["default_policy"],
        )
        return [_judged(subject, item[survey.FOUND]) for item, subject in zip(items, found, strict=True)]

    def plan_all(self, context: Context, items: list) -> list:
        looked = survey.History(context.cloud)
        active = [one for one in items if one.policy and not one.policy.is_paused(self.now)]
        looked.look(one.policy.kind for one in active)
        kinds = {one.policy.kind for one in active}
        taken = {kind: looked.by_volume([kind]) for kind in kinds}
        carried = {one.id: self._carried(one, taken[one.policy.kind].get(one.id, ())) for one in active}
        for kind in kinds:  # what ties them is looked up only where any would go
            carried |= self._tied(looked, [one for one in carried.values() if one.policy.kind == kind and one.doomed])
        self.takings = {kind: self._taking(context, looked, kind, carried) for kind in kinds}
        return [self._plan(one, carried.get(one.id)) for one in items]

    def _carried(self, subject, taken):
        """What is taken and what goes of one volume."""
        policy = subject.policy
        own = history.of_policy(policy, subject.id, taken)
        need = history.need(policy, own, self.now)
        verdicts = history.verdicts(policy, subject.id, own, need, self.now)
        return done.Carried(subject, need, taking.name_of(policy, need.window), own, verdicts)

    def _tied(self, looked, carried):
        """``{ID: the same once more}``, with what keeps each from being removed."""
        if not carried:
            return {}
        tied = looked.tied(carried[0].policy.kind, [taken for one in carried for taken in one.taken])
        by_id = {taken.id: taken for taken in tied}
        return {one.id: self._carried(one.subject, [by_id[taken.id] for taken in one.taken]) for one in carried}

    @staticmethod
    def _taking(context, looked, kind, carried):
        wanted = [one for one in carried.values() if one.policy.kind == kind and not one.need.there]
        return taking.Taking(context, kind, [(one.subject, one.need, one.taken) for one in wanted], looked.rows(kind))

    def _plan(self, subject: Subject, carried: done.Carried | None) -> Plan | OsnapError:
        if carried is None:
            paused = subject.policy.is_paused(self.now) if subject.policy else None
            return done.plan(done.Carried(subject, paused=paused), None)
        takes = self.takings[carried.policy.kind].plans.get(subject.id)
        return takes if isinstance(takes, OsnapError) else done.plan(carried, takes)

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        """First all is taken; of what could not be taken nothing is removed, and the rest goes after one more look."""
        results = {}
        for taken in self.takings.values():
            results |= taken.carry_out([plan.carried.id for plan in plans])
        failed = {id for id, result in results.items() if result.outcome.error}
        removal = Removal(context, [one for plan in plans if (one := plan.carried).doomed and one.id not in failed])
        removal.carry_out()
        return [_outcome(plan, results.get(plan.carried.id), removal) for plan in plans]


def _judged(subject, is_found):
    """The volume, or why it can't be protected. A pattern may find volumes that have no policy; one that is named needs
    one.
    """
    if isinstance(subject, OsnapError):
        return subject
    why = subject.problem or (
        None if subject.policy or subject.is_left_out or is_found else subjects.unprotected(subject)
    )
    return OsnapError(why, resource=subject.id) if why else subject


def _outcome(plan, result, removal):
    """What has become of one volume."""
    if result and result.outcome.error:
        return Outcome(error=result.outcome.error)
    carried, new = plan.carried, result.outcome.resource if result else None
    gone, stayed, error = removal.of(carried.id)
    is_new = bool(result and result.changed)
    row = done.told(carried, new, gone, is_new, stayed)
    if not stayed and is_new == plan.does(CREATE):
        return Outcome(row, error=error)
    # What really came of it: somebody else was faster, or something was kept at the last moment.
    steps = plan.steps if is_new or removal.wrote(carried.id) else ()
    return Outcome(row, error=error, instead=replace(plan, after=done.after(carried, gone, is_new), steps=steps))
