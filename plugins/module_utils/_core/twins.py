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
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Declared, Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.job import Job
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values

#: Seconds from the answer to a creation to the look: the clock's second, and the moment in which a service writes down
#: what it has already given a time.
UNTIL_ALL_ARE_SEEN = 1.2

#: Seconds for which a task that finds several gives others the time to take back the younger ones.
TIME_TO_WITHDRAW = 10
#: Looks at the most, whatever the clocks of this machine and the service say.
LOOKS = 15


class Created(NamedTuple):
    """What a task has created itself: the values that were asked for, the row of the answer, and when it came."""

    values: Values
    row: Row
    at: float

    @classmethod
    def now(cls, values: Values, row: Row) -> Created:
        return cls(values, row, time.monotonic())


# -- the rule


def undecided(statuses: Statuses, rows: Iterable[Row], seen_for: float = 0) -> bool:
    """Whether of these rows, which are the same to their makers, one may be taken back soon: it is too new for all its
    rivals to be seen, or has been made beside others just now.

    ``seen_for``: seconds since the first look; so old they are at least, however far the service's clock is ahead.
    """
    bad = statuses.leaving | statuses.failed
    ages = [age_of(row["created_at"]) for row in rows if row["status"] not in bad and row["created_at"]]
    return bool(ages) and max(min(ages), seen_for) < (UNTIL_ALL_ARE_SEEN if len(ages) == 1 else TIME_TO_WITHDRAW)


def first(statuses: Statuses, rows: Iterable[Row]) -> Row | None:
    """The row that stays, or None where all have failed or are going."""
    bad = statuses.leaving | statuses.failed
    good = [row for row in rows if row["status"] not in bad]
    return min(good, key=lambda row: (row["created_at"] or "", row["id"]), default=None)


# -- before a creation


def agreed(module: Declared, service: Service, context: Context, items: list[Values]) -> list[list[Row]]:
    """The rows of each item, once others that are creating the same at this moment have agreed on one of them."""
    for looks in range(LOOKS):  # a second each
        found: list[list[Row]] = service.find([module.sought(one) for one in items])
        if context.params["state"] != "present" or not service.allows_twins:
            break
        if not any(
            undecided(service.statuses, module.rivals(service, one, rows), seen_for=looks)
            for one, rows in zip(items, found, strict=True)
        ):
            break
        service.pause()
    return found


# -- after it


def keep_first(module: Declared, service: Service, context: Context, jobs: list[Job], made: set[str]) -> None:
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
            job.fail(_unseen(service, job.created.row, error))
            job.created = None
        return
    losers = [job for job in jobs if id(job) in winners]
    withdrawn = context.map(lambda job: withdraw(service, job.created.row, winners[id(job)]), losers)
    for job, result in zip(losers, withdrawn, strict=True):
        if isinstance(result, OsnapError):
            job.fail(result)
        else:
            adopt(module, service, context, job, winners[id(job)])
    for job in jobs:
        if job.row is job.created.row:
            job.row = job.seen or job.row
        job.created = None


def take_back(module: Declared, service: Service, jobs: list[Job], made: set[str]) -> None:
    """What a job that is gone has created goes if it is the younger twin of what the job's successor has made."""
    jobs = [job for job in jobs if _contested(module, service, job)]
    if not jobs:
        return
    time.sleep(max(0, _left_to_see(jobs)))
    waiter.bound(service, _Unheard())
    service.cloud.check = _Unheard().check  # also for its requests, which would otherwise ask for the job
    with contextlib.suppress(OsnapError):  # there is nobody to tell; the next run lists both
        winners = _winners(module, service, jobs, made)
        for job in [job for job in jobs if id(job) in winners]:
            with contextlib.suppress(OsnapError):
                withdraw(service, job.created.row, winners[id(job)])


def alike(module: Declared, job: Job, values: Values, rows: list[Row]) -> list[Row]:
    """Those rows of a look that may be the job's own or its twins."""
    return [row for row in module.contestants(values, rows) if row["id"] not in job.namesakes]


def _contested(module: Declared, service: Service, job: Job) -> bool:
    return service.allows_twins and module.contest(job.created.values) is not None


def _winners(module: Declared, service: Service, jobs: list[Job], made: set[str]) -> dict[int, Row]:
    """``{job: the twin that stays instead of the job's own}``; without those whose own stays."""
    winners: dict[int, Row] = {}
    for job, found in zip(jobs, service.find([module.contest(job.created.values) for job in jobs]), strict=True):
        own = job.created.row["id"]
        rivals = [row for row in alike(module, job, job.created.values, found) if row["id"] not in made - {own}]
        winner = first(service.statuses, rivals)
        if winner and winner["id"] != own:
            winners[id(job)] = winner
        # The answer to a creation may have told less than the list does.
        job.seen = next((row for row in found if row["id"] == own), None)
    return winners


def _unseen(service: Service, row: Row, error: OsnapError) -> OsnapError:
    """The error of what was created where nobody can look for twins: it is there, and may be there twice."""
    return OsnapError(
        f"The {service.noun} {service.label(row)} was created, but whether somebody else has created the same at that"
        f" moment could not be seen: {str(error).rstrip('.')}. Run again, which looks.",
        **{**error.fields, "resource": row["id"]},
    )


def adopt(module: Declared, service: Service, context: Context, job: Job, winner: Row) -> None:
    """Take what somebody else has created instead of the job's own."""
    try:
        job.adopt(module.planned(service, context, job.plan.desired, [winner]), winner)
    except OsnapError as error:
        job.fail(error)


def _left_to_see(jobs: list[Job]) -> float:
    """Seconds until whoever has created something in the same second is seen."""
    last: float = max(job.created.at for job in jobs)
    return last + UNTIL_ALL_ARE_SEEN - time.monotonic()


def withdraw(service: Service, row: Row, winner: Row) -> None:
    """Delete our own twin; not if it has become of use to somebody in the meantime. It is read again right before."""
    there = service.poll([row["id"]]).get(row["id"])
    if there is None or there["status"] in service.statuses.leaving:
        return
    two = f"Somebody else has made {service.label(winner)} at the same moment as the {service.noun} {service.label(there)}"
    if used := service.dependents(there):
        raise OsnapError(
            f"{two}, which can't be removed because of {enumerated(used)}; remove one of the two by its ID.",
            resource=there["id"],
        )
    try:
        service.withdraw(there)
    except OsnapError as error:
        raise OsnapError(
            f"{two}, which could not be removed: {str(error).rstrip('.')}. Remove one of the two by its ID.",
            **{**error.fields, "resource": there["id"]},
            stops_work=error.stops_work,
        ) from error


class _Unheard:
    """The context of work that nobody listens to any more."""

    timeout = 60

    @property
    def progress(self) -> _Unheard:
        return self

    def check(self) -> None:
        pass

    def tick(self, text: str) -> None:
        pass
