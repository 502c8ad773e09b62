# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows of a policy: of each it takes one, however often it is run. Pure: no cloud, no clock.

A window is a piece of the calendar in the policy's time zone, and its label is a mark in the creating request. By an
interval two runs of one night, of which one is late, would take two, and the run of each night would be a little later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import shown
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable

#: Hours that make a day whole: other windows would move from day to day.
_HOURS = (1, 2, 3, 4, 6, 8, 12)


@dataclass(frozen=True)
class Every:
    """How long a window is: so many hours, days, weeks or months of the calendar."""

    text: str
    count: int
    unit: str
    zone: tzinfo

    @classmethod
    def parse(cls, text: str, zone: tzinfo) -> Every:
        span = Span.parse("every", text)
        given = {"month": span.months, "day": span.days, "hour": span.hours}
        if span.hours == 24 and not span.months and not span.days:
            given = {"month": 0, "day": 1, "hour": 0}
        if sum(map(bool, given.values())) != 1 or (given["hour"] and given["hour"] not in _HOURS):
            raise OsnapError(
                f"every is '{text}'; it takes one of 1h, 2h, 3h, 4h, 6h, 8h and 12h, or a number of days, weeks, months"
                " or years, such as 1d"
            )
        unit, count = next((unit, count) for unit, count in given.items() if count)
        if unit == "day" and count % 7 == 0:
            unit, count = "week", count // 7
        return cls(text, count, unit, zone)

    @property
    def length(self) -> timedelta:
        """About so long a window is; the longest there is where the calendar has several."""
        return {"month": timedelta(31), "week": timedelta(7), "day": timedelta(1), "hour": timedelta(hours=1)}[
            self.unit
        ] * self.count

    def label(self, moment: datetime) -> str:
        """The window that a moment is in."""
        if self.unit == "hour" and self.count == 1:
            return moment.astimezone(self.zone).strftime("%Y-%m-%dT%H%z")  # the hour that summer time repeats is two
        return _LABELS[self.unit](shown(moment, self.zone), self.count)

    def is_of(self, label: str, created_at: datetime | None) -> bool:
        """Whether what has a window's mark is of it. What was made far from it, by the service's clock, was marked by
        a clock that was wrong: it must not stand for a window that is to come.
        """
        if created_at is None:
            return False
        return label in {self.label(created_at + shift * self.length) for shift in (-1, 0, 1)}


def _hour(local: datetime, count: int) -> str:
    return f"{local:%Y-%m-%d}T{local.hour // count * count:02}"


def _day(local: datetime, count: int) -> str:
    return _first(local.toordinal(), count).isoformat()


def _week(local: datetime, count: int) -> str:
    monday = local.toordinal() - local.weekday()  # ordinal 1 is a Monday
    return _first(monday, 7 * count, 1).strftime("%G-W%V")


def _month(local: datetime, count: int) -> str:
    year, month = divmod((12 * local.year + local.month - 1) // count * count, 12)
    return f"{year:04}-{month + 1:02}"


def _first(ordinal: int, count: int, origin: int = 0) -> date:
    return date.fromordinal(max(1, ordinal - (ordinal - origin) % count))


_LABELS: dict[str, Callable[[datetime, int], str]] = {"hour": _hour, "day": _day, "week": _week, "month": _month}
