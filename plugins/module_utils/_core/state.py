# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation whose plan comes from declared fields: most state modules are one of these and nothing else."""

from __future__ import annotations

import time

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    CHANGES,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
    changes,
    describe,
    normal,
    plan_absent,
    plan_present,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome

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
        """A row that satisfies the item as it is, though it is not the one that was named; or None."""
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
        """The attributes that the service keeps to itself in this row, though it took them when the object was made:
        they can't be compared.
        """
        return ()

    def strays(self, service, desired):
        """Objects that may be what is meant though what they were of is gone; listed, for none is deleted on a guess."""
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
        found = iter(service.find([self.sought(one) for one in items if not one.get("nowhere")]))
        candidates = [[] if one.get("nowhere") else next(found) for one in items]
        plans = []
        for one, rows in zip(items, candidates):
            try:
                plans.append(self.refined(context, self._plan_one(service, context, one, rows)))
            except OsnapError as error:
                plans.append(error)
        return self._admitted(context, service, plans)

    def _plan_one(self, service, context, desired, rows):
        if desired.get("nowhere") and (strays := self.strays(service, desired)):
            raise OsnapError(
                f"What '{desired['name']}' is said to be of is not in cloud {context.cloud.name}, and of others that"
                f" are gone there is {lookup.listing(strays)}; give the id of the one that is meant.",
                resource=desired["name"],
            )
        rows, others = _split(rows, lambda row: service.matches(row, desired))
        if not rows and context.params["state"] == "present" and (row := self.enough(desired, others)):
            shown = {"state": "present", **describe(self.fields, row)}
            return Plan(shown, shown, (), row, row, desired)
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
        )

    def _told(self, desired, row):
        """What is wanted, as far as the service tells of this row whether it is so."""
        untold = self.untold(row)
        return {key: None if key in untold else value for key, value in desired.items()}

    def _admitted(self, context, service, plans):
        creating = [
            plan for plan in plans if isinstance(plan, Plan) and any(step.verb == CREATE for step in plan.steps)
        ]
        verdicts = dict(zip(map(id, creating), self.admit(context, creating))) if creating else {}
        deleting = [
            plan for plan in plans if isinstance(plan, Plan) and any(step.verb == DELETE for step in plan.steps)
        ]
        verdicts |= {id(plan): error for plan in deleting if (error := self.retains(service, plan.current))}
        return [verdicts.get(id(plan)) or plan for plan in plans]

    # -- apply: in waves, so that a hundred objects are waited for together

    def apply_all(self, context, plans):
        service = self.bound(context)
        jobs = [_Job(plan) for plan in plans]
        while any(job.open for job in jobs):
            for verb in (AWAIT_GONE, AWAIT_READY):
                self._await(context, service, verb, [job for job in jobs if job.next == verb])
            writing = [job for job in jobs if job.open and job.next in CHANGES]
            for job, result in zip(writing, context.map(lambda job: self._write(service, job), writing)):
                job.done(result)
        return [self._verified(service, context, job) for job in jobs]

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
        row = self._create(service, step.values)
        return self._first(service, step.values, row) if service.allows_twins else row

    @staticmethod
    def _first(service, values, row):
        """The older of two of the same identity; ours is removed if it is the younger.

        A killed job's module may live a moment longer and create what its successor is creating. Both then see both,
        and keep the same one.
        """
        leaving = service.statuses.leaving | service.statuses.failed
        twins = [twin for twin in service.find([values])[0] if twin["status"] not in leaving or twin["id"] == row["id"]]
        first = min(twins, key=lambda twin: (twin["created_at"], twin["id"]), default=row)
        if first["id"] != row["id"]:
            service.delete(row)
        return first

    @staticmethod
    def _create(service, values):
        """One creation, never blindly repeated: where no answer came, look for it by its identity before the second and
        last try.

        After a timeout there is no second try: the first may still be carried out, and names may repeat.
        """
        try:
            return service.create(values)
        except OsnapError as error:
            if not isinstance(error, Ambiguous) and error.status != 503:
                raise
            first = error
        service.pause()
        found = [row for row in service.find([values])[0] if row["status"] not in service.statuses.leaving]
        if not found and isinstance(first, Unanswered):
            raise first
        try:
            return found[0] if found else service.create(values)
        except OsnapError as second:
            raise second from first

    def _verified(self, service, context, job):
        """The outcome; an accepted change that is not there afterwards is an error, not a success."""
        if job.error:
            return job.error
        if context.params["state"] != "present":
            return Outcome(None if context.wait or job.row is None else job.row)
        if context.wait:
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
        return Outcome(job.row)


def bound(service, context):
    """The service, able to wait: its own deletions and look-ups sometimes must."""
    service.wait_for = lambda other, goals: _waited(
        waiter.wait(other, goals, timeout=context.timeout, progress=context.progress)
    )
    service.pause = lambda: _pause(context)
    return service


def _pause(context):
    """A second, at whose end the job must still be there: what follows may write."""
    time.sleep(1)
    context.progress.check()


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


class _Job:
    """One plan on its way: the steps that are left, and the row as it was last seen."""

    def __init__(self, plan):
        self.plan, self.steps, self.row, self.error = plan, list(plan.steps), plan.current, None
        self.wrote = False

    @property
    def open(self):
        return bool(self.steps) and self.error is None

    @property
    def next(self):
        return self.steps[0].verb if self.open else None

    def done(self, result):
        if isinstance(result, OsnapError):
            self.error = result
            result.changed_nothing &= not self.wrote
        else:
            self.row = result
            self.wrote |= self.steps.pop(0).verb in CHANGES
