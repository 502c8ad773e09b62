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

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Iterable

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: Seconds from the answer to a creation to the look: the clock's second, and the moment in which a service writes down
#: what it has already given a time.
UNTIL_ALL_ARE_SEEN = 1.2

#: Seconds for which a task that finds several gives others the time to take back the younger ones.
TIME_TO_WITHDRAW = 10
#: Looks at the most, whatever the clocks of this machine and the service say.
LOOKS = 15


def undecided(statuses: Statuses, rows: Iterable[Row], seen_for: float = 0) -> bool:
    """Whether of these rows, which are the same to their makers, one may be taken back soon: it is too new for all its
    rivals to be seen, or has been made beside others just now.

    ``seen_for``: seconds since the first look; so old they are at least, however far the service's clock is ahead.
    """
    bad = statuses.leaving | statuses.failed
    ages = [_age(row) for row in rows if row["status"] not in bad and row["created_at"]]
    return bool(ages) and max(min(ages), seen_for) < (UNTIL_ALL_ARE_SEEN if len(ages) == 1 else TIME_TO_WITHDRAW)


def _age(row: Row) -> float:
    """Seconds since a row was created; the services' times are UTC, some without saying so. What is no time is old."""
    try:
        created = datetime.fromisoformat(row["created_at"]).replace(tzinfo=timezone.utc)
    except ValueError:
        return TIME_TO_WITHDRAW
    return (datetime.now(timezone.utc) - created).total_seconds()


def first(statuses: Statuses, rows: Iterable[Row]) -> Row | None:
    """The row that stays, or None where all have failed or are going."""
    bad = statuses.leaving | statuses.failed
    good = [row for row in rows if row["status"] not in bad]
    return min(good, key=lambda row: (row["created_at"] or "", row["id"]), default=None)


def withdraw(service: Any, row: Row, winner: Row) -> None:
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
