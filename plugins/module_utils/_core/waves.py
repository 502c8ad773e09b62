# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans carried out in waves, so that a hundred objects are waited for together."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    AWAITS,
    CREATE,
    DELETE,
    UPDATE,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once


class Job:
    """One plan on its way: the steps that are left, and the row as it was last seen."""

    def __init__(self, plan):
        self.plan, self.steps, self.row, self.error = plan, list(plan.steps), plan.current, None
        self.created = None  # until it has been seen whether somebody else has created the same
        self.namesakes = frozenset()  # the IDs of those that were there beside one that is replaced by its ID
        self.seen = None  # the row of the look for twins
        self.instead = None  # the plan that was carried out, if somebody else has created it, or deleted it
        self.wrote = False  # whether anything may have been changed for it

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
            self.error = copy.copy(result)  # others may have failed of the same
            self.error.changed_nothing &= not self.wrote
        else:
            self.row = result
            self.steps.pop(0)

    def adopt(self, plan, row):
        """Go on with what somebody else has created, as if it had been there from the beginning."""
        replaced = self.plan.does(DELETE)  # that remains a change
        self.plan, self.steps, self.row, self.error = plan, list(plan.steps), row, None
        self.instead = None if replaced else plan


def carry_out(module, service, context, plans) -> list:
    """``[Job]`` of the plans, each at its end: without steps, or with an error.

    :param module: the :class:`StateModule` whose plans they are
    """
    jobs, made = [Job(plan) for plan in plans], set()
    try:
        while any(job.open for job in jobs):
            for verb in (AWAIT_GONE, AWAIT_READY):
                _await(service, context, verb, [job for job in jobs if job.next == verb])
            writing = [job for job in jobs if job.open and job.next not in AWAITS]
            now = _again(service, context, [job for job in writing if job.next == DELETE])
            write = functools.partial(_write, module, service, context, now)
            for job, result in zip(writing, context.map(write, writing)):
                job.done(result)
            made |= {job.created.row["id"] for job in jobs if job.created}
            twins.keep_first(module, service, context, [job for job in jobs if job.created], made)
            for job in jobs:  # what the look for twins has seen ready needs no poll
                if job.next == AWAIT_READY and job.row is job.seen and waiter.is_ready(service, job.row):
                    job.done(job.row)
    except JobGone:  # the next run makes its own: what was made twice is in its way
        made |= {job.created.row["id"] for job in jobs if job.created}
        twins.take_back(module, service, [job for job in jobs if job.created], made)
        raise
    return jobs


def _await(service, context, verb, jobs):
    # Without `wait` the last step is not waited for, but one with another behind it must be.
    waiting = [job for job in jobs if context.wait or len(job.steps) > 1]
    goals = {job.row["id"]: waiter.GONE if verb == AWAIT_GONE else waiter.READY for job in waiting}
    rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
    for job in jobs:
        job.done(rows[job.row["id"]] if job in waiting else job.row)


def _again(service, context, jobs):
    """``{id: row}`` of what is about to be deleted, or the error of that look: minutes may have gone since the plan."""
    return context.map(service.again, [[job.row for job in jobs]])[0] if jobs else {}


def _write(module, service, context, now, job):
    before = written.count()
    try:
        return _written(module, service, context, now, job)
    finally:
        job.wrote |= written.count() > before


def _written(module, service, context, now, job):
    step = job.steps[0]
    if step.verb == DELETE:
        return _delete(module, service, context, now, job)
    if step.verb == UPDATE:
        return service.update(job.row, step.values)
    if step.verb != CREATE:  # the service has a method of that name
        return getattr(service, step.verb)(job.row, step.values)
    return _create(module, service, job)


def _delete(module, service, context, now, job):
    """One deletion of what is still what the plan has chosen."""
    if isinstance(now, OsnapError):
        raise now
    values, row, before = job.steps[0].values, now.get(job.row["id"]), written.count()
    if row is not None:
        if why := service.touched(job.row, row, **values) or _other_now(module, service, context, job, row):
            raise OsnapError(
                f"The {service.noun} {service.label(row)} was not deleted, for somebody else has been at it since this task"
                f" looked: now {why}. Run again, which goes by what it is now.",
                resource=row["id"],
            )
        if row["status"] not in service.statuses.leaving:
            service.delete(row, **values)
    if written.count() == before and not job.plan.does(CREATE):  # somebody else has deleted it
        job.instead = replace(job.plan, before=job.plan.after, steps=tuple(job.steps[1:]))
    return job.row


def _other_now(module, service, context, job, row):
    """How a row is no longer what was to be deleted, as the end of a sentence; None where it is."""
    plan, status = job.plan, row["status"]
    if not service.matches(row, plan.desired):
        return f"it is {service.label(row)}"
    if status == job.row["status"] or status in service.statuses.leaving:
        return None
    if plan.does(CREATE):  # what has failed is replaced, and nothing else
        return None if status in service.statuses.failed else f"its status is {status}"
    # In another status it may have to be waited for, or not be deleted at all.
    if next(iter(module.removal(context, plan.desired, row)), None) != job.steps[0]:
        return f"its status is {status}"
    return None


def _create(module, service, job):
    """One creation, never blindly repeated: where no answer came, look for it by its identity before the second and
    last try.

    After a timeout there is no second try: the first may still be carried out, and names may repeat.
    """
    values = job.steps[0].values
    if values.get("replaces"):
        job.namesakes = {row["id"] for row in service.find([module.contest(values) or values])[0]}

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
