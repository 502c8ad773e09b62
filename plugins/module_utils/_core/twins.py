# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two creations of one thing at the same time: which of the twins stays, and how the other one goes.

Services let names repeat, and no request says "only if there is none". So each task that has created something looks
again, and keeps the first of those that are there: the oldest, and of one second the one with the lower ID. All tasks
come to the same result if none looks before the second in which it created is over, for the services' times have
whole seconds: whoever is not there yet then is younger.
"""

from __future__ import annotations

import contextlib
import time
from datetime import datetime, timezone
from typing import NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated

#: Seconds from the answer to a creation to the look: the clock's second, and the moment in which a service writes down
#: what it has already given a time.
UNTIL_ALL_ARE_SEEN = 1.2

#: Seconds for which a task that finds several gives others the time to take back the younger ones.
TIME_TO_WITHDRAW = 10
#: Looks at the most, whatever the clocks of this machine and the service say.
LOOKS = 15


class Created(NamedTuple):
    """What a task has created itself: the values that were asked for, the row of the answer, and when it came."""

    values: dict
    row: dict
    at: float

    @classmethod
    def now(cls, values, row):
        return cls(values, row, time.monotonic())


# -- the rule


def undecided(statuses, rows, seen_for=0):
    """Whether of these rows, which are the same to their makers, one may be taken back soon: it is too new for all its
    rivals to be seen, or has been made beside others just now.

    ``seen_for``: seconds since the first look; so old they are at least, however far the service's clock is ahead.
    """
    bad = statuses.leaving | statuses.failed
    ages = [_age(row) for row in rows if row["status"] not in bad and row["created_at"]]
    return bool(ages) and max(min(ages), seen_for) < (UNTIL_ALL_ARE_SEEN if len(ages) == 1 else TIME_TO_WITHDRAW)


def _age(row):
    """Seconds since a row was created; the services' times are UTC, some without saying so. What is no time is old."""
    try:
        created = datetime.fromisoformat(row["created_at"]).replace(tzinfo=timezone.utc)
    except ValueError:
        return TIME_TO_WITHDRAW
    return (datetime.now(timezone.utc) - created).total_seconds()


def first(statuses, rows):
    """The row that stays, or None where all have failed or are going."""
    bad = statuses.leaving | statuses.failed
    good = [row for row in rows if row["status"] not in bad]
    return min(good, key=lambda row: (row["created_at"] or "", row["id"]), default=None)


# -- before a creation


def agreed(module, service, context, items) -> list:
    """The rows of each item, once others that are creating the same at this moment have agreed on one of them."""
    for looks in range(LOOKS):  # a second each
        found = service.find([module.sought(one) for one in items])
        if context.params["state"] != "present" or not service.allows_twins:
            break
        if not any(
            undecided(service.statuses, module.rivals(service, one, rows), seen_for=looks)
            for one, rows in zip(items, found)
        ):
            break
        service.pause()
    return found


# -- after it


def keep_first(module, service, context, jobs, made):
    """One look for all that this wave has created; the younger twins among them go, and their elders are taken
    instead.

    :param made: the IDs of all that this task has created: none of them is another's twin
    """
    for job in [job for job in jobs if not _contested(module, service, job)]:
        job.created = None
    jobs = [job for job in jobs if job.created]
    if not jobs:
        return
    waiter.pause(context, _left_to_see(jobs))
    try:
        winners = _winners(module, service, jobs, made)
    except OsnapError as error:
        for job in jobs:
            job.error, job.created = _unseen(service, job.created.row, error), None
        return
    losers = [job for job in jobs if winners[id(job)]]
    withdrawn = context.map(lambda job: withdraw(service, job.created.row, winners[id(job)]), losers)
    for job, error in zip(losers, withdrawn):
        if isinstance(error, OsnapError):
            job.error = error
        else:
            _adopt(module, service, context, job, winners[id(job)])
    for job in jobs:
        if job.row is job.created.row:
            job.row = job.seen or job.row
        job.created = None


def take_back(module, service, jobs, made):
    """What a job that is gone has created goes if it is the younger twin of what the job's successor has made."""
    jobs = [job for job in jobs if _contested(module, service, job)]
    if not jobs:
        return
    time.sleep(max(0, _left_to_see(jobs)))
    waiter.bound(service, _Unheard())
    service.cloud.check = _Unheard().check  # also for its requests, which would otherwise ask for the job
    with contextlib.suppress(OsnapError):  # there is nobody to tell; the next run lists both
        winners = _winners(module, service, jobs, made)
        for job in [job for job in jobs if winners[id(job)]]:
            with contextlib.suppress(OsnapError):
                withdraw(service, job.created.row, winners[id(job)])


def alike(module, job, values, rows):
    """Those rows of a look that may be the job's own or its twins."""
    return [row for row in module.contestants(values, rows) if row["id"] not in job.namesakes]


def _contested(module, service, job):
    return service.allows_twins and module.contest(job.created.values) is not None


def _winners(module, service, jobs, made):
    """``{job: the twin that stays instead of the job's own}``, None where its own stays."""
    winners = {}
    for job, found in zip(jobs, service.find([module.contest(job.created.values) for job in jobs])):
        own = job.created.row["id"]
        rivals = [row for row in alike(module, job, job.created.values, found) if row["id"] not in made - {own}]
        winner = first(service.statuses, rivals)
        winners[id(job)] = winner if winner and winner["id"] != own else None
        # The answer to a creation may have told less than the list does.
        job.seen = next((row for row in found if row["id"] == own), None)
    return winners


def _unseen(service, row, error):
    """The error of what was created where nobody can look for twins: it is there, and may be there twice."""
    return OsnapError(
        f"The {service.noun} {service.label(row)} was created, but whether somebody else has created the same at that"
        f" moment could not be seen: {str(error).rstrip('.')}. Run again, which looks.",
        **{**error.fields, "resource": row["id"]},
    )


def _adopt(module, service, context, job, winner):
    try:
        job.adopt(module.planned(service, context, job.plan.desired, [winner]), winner)
    except OsnapError as error:
        job.error = error


def _left_to_see(jobs):
    """Seconds until whoever has created something in the same second is seen."""
    return max(job.created.at for job in jobs) + UNTIL_ALL_ARE_SEEN - time.monotonic()


def withdraw(service, row, winner):
    """Delete our own twin; not if it has become of use to somebody in the meantime. It is read again right before."""
    there = service.poll([row["id"]]).get(row["id"])
    if there is None or there["status"] in service.statuses.leaving:
        return
    if used := service.dependents(there):
        raise OsnapError(
            f"Somebody else has made {service.label(winner)} at the same moment as the {service.noun}"
            f" {service.label(there)}, which can't be removed because of {enumerated(used)}; remove one of the two by"
            " its ID.",
            resource=there["id"],
        )
    service.withdraw(there)


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
