# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a calendar wants kept, in a few lines of their own. Pure.

Of each of the last so many days, weeks and months that have any, the last one; and the first of all, as long as there
are fewer than asked for.
"""

from datetime import date

PERIODS = {
    "keep_daily": lambda day: day,
    "keep_weekly": lambda day: day.isocalendar()[:2],
    "keep_monthly": lambda day: (day.year, day.month),
}


def wanted(days: set[date], policy: dict[str, int]) -> set[date]:
    """Of these days, one backup each, those that a policy keeps."""
    kept = {max(days)} if days else set()
    for rule, period in PERIODS.items():
        last = {}
        for day in sorted(days):
            last[period(day)] = day
        kept |= set(sorted(last.values(), reverse=True)[: policy[rule]])
        if 0 < len(last) < policy[rule]:
            kept.add(min(days))
    return kept


def after(good: set[date], torn: set[date], held: set[date], policy: dict[str, int]) -> tuple[set[date], set[date]]:
    """``(good, torn)`` that are left: a torn one counts for nothing, and goes when it would have gone whole."""
    return wanted(good, policy) | (good & held), torn & (wanted(good | torn, policy) | held)
