# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A length of time in a policy. Pure."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import first_shown, shown


class Span(NamedTuple):
    """A length of time such as ``14d12h``; years and months are those of the calendar."""

    text: str
    months: int
    days: int
    hours: int

    @classmethod
    def parse(cls, option: str, text: str) -> Span:
        found = re.fullmatch(
            r"(?:(\d{1,6})y)?(?:(\d{1,6})m)?(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?", text.strip().lower()
        )
        if not found or not found.group(0):
            raise OsnapError(
                f"{option} is '{text}'; it takes years, months, weeks, days and hours in this order, such as 14d12h or"
                " 1y6m."
            )
        years, months, weeks, days, hours = (int(number or 0) for number in found.groups())
        return cls(found.group(0), 12 * years + months, 7 * weeks + days, hours)

    def before(self, now: datetime, zone: tzinfo) -> datetime:
        """The moment so long before ``now``. It never runs backward: what was too old once stays so.

        So a day that the month has not is the end of that month: a month before March 29, 30 and 31 February is over.
        """
        try:
            local = shown(now, zone)
            year, month = divmod(12 * local.year + local.month - 1 - self.months, 12)
            if local.day > calendar.monthrange(year, month + 1)[1]:
                year, month = divmod(12 * year + month + 1, 12)
                local = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            moment = first_shown(local.replace(year=year, month=month + 1) - timedelta(days=self.days), zone)
            return moment - timedelta(hours=self.hours)  # an hour is an hour, whatever the clocks did
        except (OverflowError, ValueError):  # before the calendar begins
            return datetime.min.replace(tzinfo=timezone.utc)
