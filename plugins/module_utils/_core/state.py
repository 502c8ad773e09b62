# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation whose plan comes from declared fields: most state modules are one of these and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, twins, waves
from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Declared
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import changes, normal
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    CREATE,
    DELETE,
    Plan,
    Step,
    plan_absent,
    plan_present,
    plan_update,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values


class StateModule(Declared):
    """``state`` of one kind of resource: present, or gone."""

    # -- arguments

    def tidy(self, item: Values) -> Values:
        """An empty ``id``, as templates leave it, is none: taken for one, it would fit any object."""
        return {**item, "id": (item["id"] or "").strip() or None}

    def identity(self, item: Values) -> Hashable:
        if item.get("id"):
            return ("id", item["id"])
        values = tuple((item.get(field.name) or "").strip() for field in self.fields if field.kind == "identity")
        return values if all(values) else None

    def resolved(self, item: Values) -> Hashable:
        keys = tuple(item.get(field.key) for field in self.fields if field.kind == "identity")
        return keys if all(keys) and not item.get("id") else None

    def target(self, plan: Plan) -> str | None:
        named = plan.current and self.service.matches(plan.current, plan.desired)  # not one that is merely `enough`
        return plan.current["id"] if named else None

    def title(self, item: Values) -> str:
        return item.get("name") or item.get("id") or ""

    # -- plan

    def bound(self, context: Context) -> Service:
        return bound(self.service(context.cloud), context)

    def prepare(self, context: Context, items: list[Values]) -> Sequence[Values | OsnapError]:
        """Items with names replaced by IDs: ``{attribute: value}``."""
        desired = [{**item, **{field.key: normal(field, item[field.name]) for field in self.fields}} for item in items]
        for field in self.fields:
            if field.refers_to:
                self._resolve(context, field, items, desired)
        return desired

    def _resolve(self, context, field, items, desired):
        leaving = context.params["state"] != "present"
        if (
            not leaving or field.kind == "identity" or field.tells
        ):  # else what it refers to does not tell which is meant
            lookup.refer(self.references[field.refers_to](context.cloud), field, items, desired, leaving)

    def plan_all(self, context: Context, items: list[Values]) -> list[Plan | OsnapError]:
        service = self.bound(context)
        found = iter(twins.agreed(self, service, context, [one for one in items if not one.get("nowhere")]))
        candidates = [[] if one.get("nowhere") else next(found) for one in items]
        plans: list[Plan | OsnapError] = []
        for one, rows in zip(items, candidates, strict=True):
            try:
                plans.append(self.planned(service, context, one, rows))
            except OsnapError as error:
                plans.append(error)
        return self._admitted(context, service, plans)

    def planned(self, service: Service, context: Context, desired: Values, rows: list[Row]) -> Plan:
        return self.refined(context, self._plan_one(service, context, desired, rows))

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

    def plan_for(self, service: Service, context: Context, desired: Values, current: Row | None) -> Plan:
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
        verdicts = dict(zip(map(id, creating), self.admit(context, creating), strict=True)) if creating else {}
        deleting = [plan for plan in plans if isinstance(plan, Plan) and plan.does(DELETE)]
        verdicts |= {id(plan): error for plan in deleting if (error := self.retains(service, plan.current))}
        return [verdicts.get(id(plan)) or plan for plan in plans]

    # -- apply

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
        service = self.bound(context)
        return [self._verified(service, context, job) for job in waves.carry_out(self, service, context, plans)]

    def _verified(self, service, context, job):
        """The outcome; an accepted change that is not there afterwards is an error, not a success."""
        if job.error:
            return job.error
        if context.params["state"] != "present":
            return Outcome(None if context.wait or job.row is None else job.row, instead=job.instead)
        if context.wait and not _is_merely_enough(service, job.plan):
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


def _is_merely_enough(service, plan):
    """Whether a plan takes an object that is not the one that was named."""
    return not plan.does(CREATE) and plan.current is not None and not service.matches(plan.current, plan.desired)


def _split(rows, matches):
    return [row for row in rows if matches(row)], [row for row in rows if not matches(row)]
