# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans carried out in waves, so that a hundred objects are waited for together."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.job import Job
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    AWAITS,
    CREATE,
    DELETE,
    REMOVALS,
    UPDATE,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Declared, Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan


def carry_out(module: Declared, service: Service, context: Context, plans: list[Plan]) -> list[Job]:
    """The jobs of the plans, each at its end: without steps, or with an error.

    :param module: what their kind of resource declares
    """
    jobs, made = [Job(plan) for plan in plans], set()
    try:
        while any(job.open for job in jobs):
            for verb in (AWAIT_GONE, AWAIT_READY):
                _await(service, context, verb, [job for job in jobs if job.next == verb])
            now = _again(service, context, [job for job in jobs if job.next in REMOVALS])
            writing = [job for job in jobs if job.open and job.next not in AWAITS]
            write = functools.partial(_write, module, service, context, now)
            for job, result in zip(writing, context.map(write, writing), strict=True):
                created = job.next == CREATE
                job.done(result)
                if created and job.open and job.row["id"] in service.others:
                    twins.adopt(module, service, context, job, job.row)
            made |= {job.created.row["id"] for job in jobs if job.created}
            twins.keep_first(module, service, context, [job for job in jobs if job.created], made)
            for job in jobs:  # what the look for twins has seen ready needs no poll
                seen = job.next == AWAIT_READY and job.row is job.seen and not service.saves_twice
                if seen and waiter.is_ready(service, job.row):
                    job.done(job.row)
    except JobGone:  # the next run makes its own: what was made twice is in its way
        made |= {job.created.row["id"] for job in jobs if job.created}
        twins.take_back(module, service, [job for job in jobs if job.created], made)
        raise
    return jobs


def _await(service, context, verb, jobs):
    # Without `wait` the last step is not waited for, but one with another behind it must be.
    waiting = [job for job in jobs if context.wait or len(job.steps) > 1]
    goals = {job.row["id"]: _goal(job) for job in waiting}
    asked = verb == AWAIT_GONE and any(job.wrote for job in waiting)
    rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress, asked=asked) if goals else {}
    for job in jobs:
        row = rows[job.row["id"]] if job in waiting else job.row
        job.done(row or job.row if goals.get(job.row["id"]) == waiter.SETTLED else row)


def _goal(job):
    if job.next == AWAIT_GONE:
        return waiter.GONE
    return waiter.SETTLED if any(step.verb in REMOVALS for step in job.steps) else waiter.READY


def _again(service, context, jobs):
    """``{id: row}`` of what is about to be deleted: minutes may have gone since the plan. Where that look fails, so do
    the deletions.
    """
    now = context.map(service.again, [[job.row for job in jobs]])[0] if jobs else {}
    if not isinstance(now, OsnapError):
        return now
    for job in jobs:
        job.done(now)
    return {}


def _write(module, service, context, now, job):
    before = written.count()
    try:
        return _written(module, service, context, now, job)
    finally:
        job.wrote |= written.count() > before


def _written(module, service, context, now, job):
    step = job.steps[0]
    if step.verb in REMOVALS:
        return _delete(module, service, context, now, job)
    if step.verb == UPDATE:
        return service.update(job.row, step.values)
    if step.verb != CREATE:  # the service has a method of that name
        return getattr(service, step.verb)(job.row, step.values)
    return _create(module, service, job)


def _delete(module, service, context, now, job):
    """One deletion of what is still what the plan has chosen."""
    step, row, before = job.steps[0], now.get(job.row["id"]), written.count()
    if row is not None:
        how = step.values if step.verb == DELETE else {**step.values, step.verb: True}
        if why := service.touched(job.row, row, **how) or _other_now(service, job, row):
            raise _kept(service, row, step.verb, why)
        step = _removal_of(module, service, context, job, row)
        if row["status"] not in service.statuses.leaving:
            getattr(service, step.verb)(row, **step.values)
    if written.count() == before and not job.plan.does(CREATE):  # somebody else has deleted it
        job.instead = replace(job.plan, before=job.plan.after, steps=tuple(job.steps[1:]))
    if row is not None:
        return job.row
    if job.steps[1:2] == [Step(AWAIT_GONE)]:  # nothing is left to be waited for, nor to be shown
        del job.steps[1]
    return None


def _other_now(service, job, row):
    """How a row is no longer what was to be deleted, as the end of a sentence; None where it is."""
    plan, status = job.plan, row["status"]
    # What is replaced was named by its ID: what is wanted in its place may have another name and another source.
    if not plan.desired.get("replaces") and not service.matches(row, plan.desired):
        return f"it is {service.label(row)}"
    if not plan.does(CREATE) or status == job.row["status"] or status in service.statuses.leaving:
        return None
    # What has failed is replaced, or what is unfinished, and nothing else.
    failed = service.statuses.failed
    mended = status in service.statuses.ready or job.row["status"] in failed
    return f"its status is {status}" if mended and status not in failed else None


def _removal_of(module, service, context, job, row):
    """The step that removes a row in the status that it has by now, such as by force; an error where it would have to be
    waited for, or not be removed at all.
    """
    step, status = job.steps[0], row["status"]
    if job.plan.does(CREATE) or status == job.row["status"] or status in service.statuses.leaving:
        return step
    of_now = next(iter(module.removal(context, job.plan.desired, row)), None)
    if of_now is None or of_now.verb != step.verb:
        raise _kept(service, row, step.verb, f"its status is {status}")
    return of_now


def _kept(service, row, verb, why):
    return OsnapError(
        f"The {service.noun} {service.label(row)} was not {verb}d, for somebody else has been at it since this task"
        f" looked: now {why}. Run again, which goes by what it is now.",
        resource=row["id"],
    )


def _create(module, service, job):
    """One creation, never blindly repeated: where no answer came, look for it by its identity before the second and
    last try.

    After a timeout there is no second try: the first may still be carried out, and names may repeat.
    """
    values = job.steps[0].values
    if values.get("replaces"):
        job.namesakes = frozenset(row["id"] for row in service.find([module.contest(values) or values])[0])

    def look():
        found = twins.alike(module, job, values, service.find([values])[0])
        found = [row for row in found if row["status"] not in service.statuses.leaving]
        # Of several one may be ours; which one, nobody can tell, so that none is deleted.
        return twins.first(service.statuses, found) or next(iter(found), None)

    return send_once(lambda: _created(service, job, values), look, service.pause)


def _created(service, job, values):
    """The row of a creation, noted as this task's own: only such a one is ever taken back."""
    before = written.count()
    row = service.create(values)
    if written.count() > before:  # else the service has found what another run had begun
        job.created = twins.Created.now(values, row)
    return row
