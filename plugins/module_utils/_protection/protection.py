# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protection as an operation: what the window lacks is taken, and then what no rule keeps goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
)
from ansible_collections.osnap.openstack.plugins.module_utils._protection.removal import Removal

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.taking import Taking


class Protection(Operation):
    """One object or many, each by its policy. A subclass says of what kind they are, and how one is taken."""

    returns = "protection"
    #: the class of ``_services`` that has the objects, and the class that has what was taken of them
    objects: Any = None
    history: Any = None

    def taking(self, context: Context, looked: Any, kind: str, carried: Sequence[Carried]) -> Taking:
        """How what the windows lack is taken.

        :param looked: the history
        :param carried: of all objects of this kind, those whose window has one among them
        """
        raise TypeError("a subclass says how")

    def copies_there(self, cloud: Any, wanted: dict) -> dict:
        """``{ID: its copies, the newest first, or why they can't be read}`` of objects whose policies copy them.

        :param wanted: ``{ID: its policy}``
        """
        return {}

    @property
    def noun(self) -> str:
        return self.many.removesuffix("s")

    # -- arguments

    def tidy(self, item: dict) -> dict:
        """An empty policy, as templates leave it, is none."""
        return {**item, "policy": (item["policy"] or "").strip() or None}

    def wrong(self, params: dict) -> Iterator[str]:
        return asked.wrong(params, self.noun)

    def problem(self, item: dict, params: dict) -> str | None:
        return asked.problem(item, params, self.noun)

    def identity(self, item: dict) -> str | None:
        return item[self.noun] and item[self.noun].strip()

    def title(self, item: dict) -> str:
        return item[self.noun] or item["regex"] or ""

    def resolved(self, item: Any) -> str | None:
        return item.id if isinstance(item, subjects.Subject) else None

    # -- plan

    def selected(self, context: Context, items: list) -> list:
        self.now = datetime.now(timezone.utc)
        service = self.objects(context.cloud)
        self.rows = service.list()
        return survey.selected(service, items, context.params["exclude"], self.rows)

    def prepare(self, context: Context, items: list) -> list:
        found = survey.subjects(
            self.objects(context.cloud),
            items,
            self.rows,
            policies.read(context.params["policies"]),
            context.params["default_policy"],
        )
        return [_judged(subject, item[survey.FOUND]) for item, subject in zip(items, found, strict=True)]

    def plan_all(self, context: Context, items: list) -> list:
        looked = self.history(context.cloud)
        active = [one for one in items if one.policy and not one.policy.is_paused(self.now)]
        kinds = {one.kind for one in active}
        looked.look(kinds)
        taken = {kind: looked.by_source([kind]) for kind in kinds}
        carried = {one.id: self._carried(one, taken[one.kind].get(one.id, ())) for one in active}
        self.takings: dict[str, Taking] = {}
        for kind in sorted(kinds):
            # What ties them is looked up only where any would go.
            carried |= self._tied(looked, [one for one in carried.values() if one.kind == kind and one.doomed])
            self.takings[kind] = self.taking(
                context, looked, kind, [one for one in carried.values() if one.kind == kind]
            )
        carried |= self.with_copies(context, looked, [one for one in carried.values() if one.policy.copy_to])
        return [self._plan(one, carried.get(one.id)) for one in items]

    def with_copies(self, context: Context, looked: Any, carried: Sequence[Carried]) -> dict:
        """``{ID: the same}`` with what is copied of it and what goes of its copies; of what is not copied, nothing."""
        return {}

    def copied(self, context: Context, plans: Sequence[Plan], taken: dict) -> Any:
        """What has become of the copying of what there is now; None where nothing is copied."""
        return None

    def _carried(self, subject, taken):
        """What is taken and what goes of one object."""
        policy = subject.policy
        own = history.of_policy(policy, subject.id, taken)
        need = history.need(policy, own, self.now)
        base = history.base(policy, own, self.now) if subject.kind == policies.BACKUP else None
        verdicts = history.verdicts(policy, subject.id, own, need, self.now, base)
        return done.Carried(subject, need, policy.name_of(need.window), own, verdicts, base=base)

    def _tied(self, looked, carried):
        """``{ID: the same once more}``, with what keeps each from being removed."""
        if not carried:
            return {}
        tied = looked.tied(carried[0].kind, [taken for one in carried for taken in one.taken])
        by_id = {taken.id: taken for taken in tied}
        return {one.id: self._carried(one.subject, [by_id[taken.id] for taken in one.taken]) for one in carried}

    def doubts(self, context: Context, plans: list) -> list[str]:
        unable = [one for plan in plans if isinstance(plan, Plan) and (one := plan.carried).problem]
        return [
            f"{one.subject.label[0].upper()}{one.subject.label[1:]} is protected and not copied: {one.problem}"
            for one in unable
        ]

    def _plan(self, subject: Subject, carried: Carried | OsnapError | None) -> Plan | OsnapError:
        if isinstance(carried, OsnapError):
            return carried
        if carried is None:
            paused = subject.policy.is_paused(self.now) if subject.policy else None
            return done.plan(done.Carried(subject, paused=paused), None)
        takes = self.takings[carried.kind].plans.get(subject.id)
        if isinstance(takes, OsnapError):
            return takes
        plan = done.plan(carried, takes)
        # Where something is to be taken that is done first, in spite of it.
        return carried.problem if carried.problem and not (takes and takes.steps) else plan

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        """First all is taken, then copied; of what could not be nothing is removed, and the rest goes after one more
        look.
        """
        results = {}
        for taking in self.takings.values():
            results |= taking.carry_out([plan.carried.id for plan in plans])
        failed = {id for id, result in results.items() if result.outcome.error}
        copies = self.copied(context, [plan for plan in plans if plan.carried.id not in failed], results)
        failed |= set(copies.errors) if copies else set()
        doomed = [one for plan in plans if (one := plan.carried).doomed and one.id not in failed]
        removal = Removal(context, doomed, self.history)
        removal.carry_out()
        if copies:
            copies.prune()
        return [_outcome(plan, results.get(plan.carried.id), removal, copies) for plan in plans]


def _judged(subject, is_found):
    """The object, or why it can't be protected. A pattern may find some that have no policy; one that is named needs
    one.
    """
    if isinstance(subject, OsnapError):
        return subject
    why = subject.problem or (
        None if subject.policy or subject.is_left_out or is_found else subjects.unprotected(subject)
    )
    return OsnapError(why, resource=subject.id) if why else subject


def _outcome(plan, result, removal, copies):
    """What has become of one object."""
    if result and result.outcome.error:
        return Outcome(error=result.outcome.error)
    carried, new = plan.carried, result.outcome.resource if result else None
    changed = bool(result and result.changed)
    if copies and (error := copies.errors.get(carried.id)):
        error.changed_nothing = error.changed_nothing and not changed
        return Outcome(error=error)
    gone, stayed, error = removal.of(carried.id)
    is_new = changed and carried.need.there is None
    row = done.told(carried, new, gone, is_new, stayed)
    there = copies.of(carried) if copies and carried.copies else None
    if "copies" in plan.resource:
        row["copies"] = there.row if there else None
    error = error or (there.error if there else None)
    if not stayed and is_new == plan.does(CREATE) and (there is None or there.is_as_planned):
        return Outcome(row, error=error)
    # What really came of it: somebody else was faster, or something was kept at the last moment.
    steps = plan.steps if changed or removal.wrote(carried.id) or (there and there.wrote) else ()
    after = {**done.after(carried, gone, is_new), **(there.after if there else {})}
    return Outcome(row, error=error, instead=replace(plan, after=after, steps=steps))
