# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation whose plan comes from declared fields: most state modules are one of these and nothing else."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, twins, waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    AWAITS,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
    changes,
    normal,
    plan_absent,
    plan_present,
    plan_update,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once

ON_ERROR = {"on_error": {"type": "str", "choices": ["fail", "replace"], "default": "fail"}}


class StateModule(Operation):
    """``state`` of one kind of resource: present, or gone. A module declares the class attributes; few need more."""

    #: the class of ``_services`` that does the work
    service = None
    #: what ``identity``, ``mutable`` and ``create_only`` declare
    fields = ()
    #: {refers_to: service class} of the fields that name other objects
    references = {}
    #: options that are no fields of the resource, such as ``purge_metadata``
    extra_options = {}
    #: what ``state`` takes; in all but the first the object is gone afterwards
    states = ("present", "absent")

    def __init__(self):
        self.returns = self.service.resource
        self.options = {
            "id": {"type": "str"},
            **{field.name: field.argument() for field in self.fields},
            **self.extra_options,
        }
        self.task_options = {"state": {"type": "str", "choices": list(self.states), "default": "present"}, **ON_ERROR}

    # -- what a module may say beyond its fields

    def sought(self, desired):
        """What to look for: ``{id}`` or the identity's attributes, None for "any"."""
        return desired

    def enough(self, desired, rows):
        """Another existing object that makes creating one unnecessary, such as by ``min_interval``; or None."""
        return

    def admit(self, context, plans) -> list:
        """``[None or error]`` for plans that create something: would the service refuse? Asked in check mode too."""
        return [None] * len(plans)

    def retains(self, service, row):
        """Why an existing object can't be deleted, as an error; or None. Asked in check mode too."""
        return

    def removal(self, context, desired, current):
        """The steps that remove an object; the values of the deletion go to the service."""
        return Step(DELETE), Step(AWAIT_GONE)

    def untold(self, row):
        """Attributes that the API accepts at creation and does not return for this row; they are not compared."""
        return ()

    def strays(self, service, desired):
        """Objects of that name whose source no longer exists, so that nobody can tell whether they are meant. The error
        lists them; none is deleted.
        """
        return []

    def refined(self, context, plan):
        """The plan with what a module knows beyond its fields; raises for a change that the service would refuse. Asked
        in check mode too.
        """
        return plan

    def unkept(self, service, row, left):
        """The error for a change that was accepted and is not there afterwards; ``left`` are the attributes."""
        return OsnapError(
            f"The {service.noun} {service.label(row)} was accepted, but {', '.join(sorted(left))} did not become what"
            " was asked for; somebody else may be changing it. Run again.",
            resource=row["id"],
        )

    # -- arguments

    def tidy(self, item):
        """An empty ``id``, as templates leave it, is none: taken for one, it would fit any object."""
        return {**item, "id": (item["id"] or "").strip() or None}

    def identity(self, item):
        if item.get("id"):
            return ("id", item["id"])
        values = tuple((item.get(field.name) or "").strip() for field in self.fields if field.kind == "identity")
        return values if all(values) else None

    def resolved(self, item):
        keys = tuple(item.get(field.key) for field in self.fields if field.kind == "identity")
        return keys if all(keys) and not item.get("id") else None

    def target(self, plan):
        named = plan.current and self.service.matches(plan.current, plan.desired)  # not one that is merely `enough`
        return plan.current["id"] if named else None

    def title(self, item):
        return item.get("name") or item.get("id") or ""

    @staticmethod
    def _is_merely_enough(service, plan):
        """Whether a plan takes an object that is not the one that was named."""
        made = plan.does(CREATE)
        return not made and plan.current is not None and not service.matches(plan.current, plan.desired)

    # -- plan

    def bound(self, context):
        return bound(self.service(context.cloud), context)

    def prepare(self, context, items):
        """Items with names replaced by IDs: ``{attribute: value}``."""
        desired = [{**item, **{field.key: normal(field, item[field.name]) for field in self.fields}} for item in items]
        for field in self.fields:
            if field.refers_to:
                self._resolve(context, field, items, desired)
        return desired

    def _resolve(self, context, field, items, desired):
        leaving = context.params["state"] != "present"
        if leaving and field.kind != "identity" and not field.tells:
            return  # what it refers to does not tell which one is meant
        service = self.references[field.refers_to](context.cloud)
        ids = lookup.resolve(service, [value for item in items for value in _names(item[field.name])])
        for index, item in enumerate(items):
            found = [ids[value] for value in _names(item[field.name])]
            error = next((id for id in found if isinstance(id, OsnapError)), None)
            if isinstance(error, lookup.Missing) and leaving:
                desired[index]["nowhere"] = not item["id"]  # what it belongs to is gone, and so is it; an ID says more
            elif error:
                desired[index] = error
            elif not isinstance(desired[index], OsnapError):
                single = found[0] if found else None
                desired[index][field.key] = sorted(set(found)) if isinstance(item[field.name], list) else single

    def plan_all(self, context, items):
        service = self.bound(context)
        found = iter(self._found(service, context, [one for one in items if not one.get("nowhere")]))
        candidates = [[] if one.get("nowhere") else next(found) for one in items]
        plans = []
        for one, rows in zip(items, candidates):
            try:
                plans.append(self.refined(context, self._plan_one(service, context, one, rows)))
            except OsnapError as error:
                plans.append(error)
        return self._admitted(context, service, plans)

    def _found(self, service, context, items):
        """The rows of each item, once others that are creating the same at this moment have agreed on one of them."""
        for looks in range(twins.LOOKS):  # a second each
            found = service.find([self.sought(one) for one in items])
            if context.params["state"] != "present" or not service.allows_twins:
                break
            if not any(
                twins.undecided(service.statuses, self.rivals(service, one, rows), seen_for=looks)
                for one, rows in zip(items, found)
            ):
                break
            service.pause()
        return found

    def _plan_one(self, service, context, desired, rows):
        if desired.get("nowhere") and (strays := self.strays(service, desired)):
            raise OsnapError(
                f"What '{desired['name']}' is said to be of is not in cloud {context.cloud.name}, and of others that"
                f" are gone there is {lookup.listing(strays)}; give the id of the one that is meant.",
                resource=desired["name"],
            )
        rows, others = _split(rows, lambda row: service.matches(row, desired))
        if not rows and context.params["state"] == "present" and (row := self.enough(desired, others)):
            wait = () if row["status"] in service.statuses.ready else (Step(AWAIT_READY),)
            return replace(plan_update(self.fields, {}, row, label="", wait=wait), desired=desired)
        if len(rows) > 1:
            raise OsnapError(
                f"{len(rows)} {service.noun}s match '{desired.get('name') or ''}': {lookup.listing(rows)}; give the id"
                " of the one that is meant.",
                resource=desired.get("name"),
            )
        return self.plan_for(service, context, desired, rows[0] if rows else None)

    def plan_for(self, service, context, desired, current):
        """The plan for one object, once it is known which."""
        state = context.params["state"]
        if state != "present":
            steps = self.removal(context, desired, current) if current else ()
            return plan_absent(self.fields, desired, current, service.statuses, state=state, steps=steps)
        if current is None and desired.get("id"):
            raise OsnapError(
                f"There is no {service.noun} with the ID {desired['id']} in cloud {context.cloud.name}; check the ID"
                " and the project, or leave id out to make a new one.",
                resource=desired["id"],
            )
        failed = current is not None and current["status"] in service.statuses.failed
        if current and not failed and current["status"] not in service.statuses.leaving:
            desired = self._told(desired, current)
        return plan_present(
            self.fields,
            desired,
            current,
            service.statuses,
            keys=service.keys(),
            label=f"The {service.noun}",
            replace_failed=context.params["on_error"] == "replace",
            reason=service.reason(current) if failed else None,
            remedy=service.remedy(current) if failed else None,
            busy=current is not None and service.is_busy(current),
        )

    def _told(self, desired, row):
        """What is wanted, as far as the service tells of this row whether it is so."""
        untold = self.untold(row)
        return {key: None if key in untold else value for key, value in desired.items()}

    def _admitted(self, context, service, plans):
        creating = [plan for plan in plans if isinstance(plan, Plan) and plan.does(CREATE)]
        verdicts = dict(zip(map(id, creating), self.admit(context, creating))) if creating else {}
        deleting = [plan for plan in plans if isinstance(plan, Plan) and plan.does(DELETE)]
        verdicts |= {id(plan): error for plan in deleting if (error := self.retains(service, plan.current))}
        return [verdicts.get(id(plan)) or plan for plan in plans]

    # -- apply: in waves, so that a hundred objects are waited for together

    def apply_all(self, context, plans):
        service = self.bound(context)
        jobs = [_Job(plan) for plan in plans]
        try:
            while any(job.open for job in jobs):
                for verb in (AWAIT_GONE, AWAIT_READY):
                    self._await(context, service, verb, [job for job in jobs if job.next == verb])
                writing = [job for job in jobs if job.open and job.next not in AWAITS]
                for job, result in zip(writing, context.map(lambda job: self._write(service, job), writing)):
                    job.done(result)
                self._first_of_twins(context, service, [job for job in jobs if job.created])
        except JobGone:  # the next run makes its own: what was made twice is in its way
            self._take_back(service, [job for job in jobs if job.created])
            raise
        return [self._verified(service, context, job) for job in jobs]

    # -- of two that were created at the same time, the first stays

    def contest(self, values):
        """What to look for after a creation, to see whether somebody else has created the same; None where there can't
        be two.
        """
        return values

    def rivals(self, service, desired, rows):
        """Those rows of the first look of which only one stays, if they were made at the same time."""
        return [] if desired.get("id") else [row for row in rows if service.matches(row, desired)]

    def contestants(self, values, rows):
        """Those rows of the look that are the same as what was created."""
        return rows

    def _first_of_twins(self, context, service, jobs):
        """One look for all that this wave has created; the younger twins among them go, and their elders are taken
        instead.
        """
        for job in [job for job in jobs if not self._contested(service, job)]:
            job.created = None
        jobs = [job for job in jobs if job.created]
        if not jobs:
            return
        _pause(context, _left_to_see(jobs))
        winners = self._winners(service, jobs)
        losers = [job for job in jobs if winners[id(job)]]
        withdrawn = context.map(lambda job: twins.withdraw(service, job.created.row, winners[id(job)]), losers)
        for job, error in zip(losers, withdrawn):
            if isinstance(error, OsnapError):
                job.error = error
            else:
                self._adopt(service, context, job, winners[id(job)])
        for job in jobs:
            if job.row is job.created.row:
                job.row = job.seen or job.row
            job.created = None

    def _contested(self, service, job):
        return service.allows_twins and self.contest(job.created.values) is not None

    def _winners(self, service, jobs):
        """``{job: the twin that stays instead of the job's own}``, None where its own stays."""
        winners = {}
        for job, found in zip(jobs, service.find([self.contest(job.created.values) for job in jobs])):
            winner = twins.first(service.statuses, self._alike(job, job.created.values, found))
            winners[id(job)] = winner if winner and winner["id"] != job.created.row["id"] else None
            # The answer to a creation may have told less than the list does.
            job.seen = next((row for row in found if row["id"] == job.created.row["id"]), None)
        return winners

    def _alike(self, job, values, rows):
        """Those rows of a look that may be the job's own or its twins."""
        return [row for row in self.contestants(values, rows) if row["id"] not in job.namesakes]

    def _adopt(self, service, context, job, winner):
        """Go on with what somebody else has created, as if it had been there from the beginning."""
        replaced = job.plan.does(DELETE)  # that remains a change
        try:
            plan = self.refined(context, self._plan_one(service, context, job.plan.desired, [winner]))
        except OsnapError as error:
            job.error = error
        else:
            job.plan, job.steps, job.row, job.error = plan, list(plan.steps), winner, None
            job.instead = None if replaced else plan

    def _take_back(self, service, jobs):
        """What a job that is gone has created goes if it is the younger twin of what the job's successor has made."""
        jobs = [job for job in jobs if self._contested(service, job)]
        if not jobs:
            return
        time.sleep(max(0, _left_to_see(jobs)))
        bound(service, _Unheard())
        service.cloud.check = _Unheard().check  # also for its requests, which would otherwise ask for the job
        with contextlib.suppress(OsnapError):  # there is nobody to tell; the next run lists both
            winners = self._winners(service, jobs)
            for job in [job for job in jobs if winners[id(job)]]:
                with contextlib.suppress(OsnapError):
                    twins.withdraw(service, job.created.row, winners[id(job)])

    @staticmethod
    def _await(context, service, verb, jobs):
        # Without `wait` the last step is not waited for, but one with another behind it must be.
        waiting = [job for job in jobs if context.wait or len(job.steps) > 1]
        goals = {job.row["id"]: waiter.GONE if verb == AWAIT_GONE else waiter.READY for job in waiting}
        rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
        for job in jobs:
            job.done(rows[job.row["id"]] if job in waiting else job.row)

    def _write(self, service, job):
        step = job.steps[0]
        if step.verb == DELETE:
            service.delete(job.row, **step.values)
            return job.row
        if step.verb == UPDATE:
            return service.update(job.row, step.values)
        return self._create(service, job)

    def _create(self, service, job):
        """One creation, never blindly repeated: where no answer came, look for it by its identity before the second and
        last try.

        After a timeout there is no second try: the first may still be carried out, and names may repeat.
        """
        values = job.steps[0].values
        if values.get("replaces"):
            job.namesakes = {row["id"] for row in service.find([self.contest(values) or values])[0]}

        def look():
            found = self._alike(job, values, service.find([values])[0])
            found = [row for row in found if row["status"] not in service.statuses.leaving]
            # Of several one may be ours; which one, nobody can tell, so that none is deleted.
            return twins.first(service.statuses, found) or next(iter(found), None)

        return send_once(lambda: self._created(service, job, values), look, service.pause)

    @staticmethod
    def _created(service, job, values):
        """The row of a creation, noted as this task's own: only such a one is ever taken back."""
        before = written.count()
        row = service.create(values)
        if written.count() > before:  # else the service has found what another run had begun
            job.created = _Created(values, row, time.monotonic())
        return row

    def _verified(self, service, context, job):
        """The outcome; an accepted change that is not there afterwards is an error, not a success."""
        if job.error:
            return job.error
        if context.params["state"] != "present":
            return Outcome(None if context.wait or job.row is None else job.row)
        if context.wait and not self._is_merely_enough(service, job.plan):
            try:
                left = changes(
                    self.fields,
                    self._told(job.plan.desired, job.row),
                    job.row,
                    label=f"The {service.noun} {service.label(job.row)}",
                )
            except OsnapError as error:  # the service made it otherwise than it was asked to, and it can't be changed
                return error
            if left:
                return self.unkept(service, job.row, left)
        return Outcome(job.row, instead=job.instead)


def bound(service, context):
    """The service, able to wait: its own deletions and look-ups sometimes must."""
    service.wait_for = lambda other, goals: _waited(
        waiter.wait(other, goals, timeout=context.timeout, progress=context.progress)
    )
    service.pause = lambda: _pause(context)
    return service


def _pause(context, seconds=1):
    """A second, at whose end the job must still be there: what follows may write."""
    time.sleep(max(0, seconds))
    context.progress.check()


def _left_to_see(jobs):
    """Seconds until whoever has created something in the same second is seen."""
    return max(job.created.at for job in jobs) + twins.UNTIL_ALL_ARE_SEEN - time.monotonic()


def _waited(rows):
    for row in rows.values():
        if isinstance(row, OsnapError):
            raise row
    return rows


def _names(value):
    """The names or IDs that an option gives: none, one, or a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _split(rows, matches):
    return [row for row in rows if matches(row)], [row for row in rows if not matches(row)]


class _Created(NamedTuple):
    """What a task has created itself: the values that were asked for, the row of the answer, and when it came."""

    values: dict
    row: dict
    at: float


class _Unheard:
    """The context of work that nobody listens to any more."""

    timeout = 60

    @property
    def progress(self):
        return self

    def check(self):
        pass

    def tick(self, text):
        pass


class _Job:
    """One plan on its way: the steps that are left, and the row as it was last seen."""

    def __init__(self, plan):
        self.plan, self.steps, self.row, self.error = plan, list(plan.steps), plan.current, None
        self.created = None  # until it has been seen whether somebody else has created the same
        self.namesakes = frozenset()  # the IDs of those that were there beside one that is replaced by its ID
        self.seen = None  # the row of the look for twins
        self.instead = None  # the plan that was carried out, if somebody else has created it
        self.wrote = False

    @property
    def open(self):
        return bool(self.steps) and self.error is None

    @property
    def next(self):
        return self.steps[0].verb if self.open else None

    def done(self, result):
        if isinstance(result, OsnapError):
            if isinstance(result, NotSent) and self.wrote:  # this step was not attempted, but an earlier one was
                result = OsnapError(str(result), **result.fields)
            self.error = result
            result.changed_nothing &= not self.wrote
        else:
            self.row = result
            self.wrote |= self.steps.pop(0).verb not in AWAITS
