# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks of time zones that never run back, so that what is later by the clock is later.

A clock on the wall is turned: forward, so that it skips an hour or a day, and back, so that it shows one twice. Who
counts days by it counts one twice where it was turned back over midnight, and "a month ago" would run backward. Pure.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo

_TICK = timedelta(microseconds=1)


def shown(moment: datetime, zone: tzinfo) -> datetime:
    """The latest that the clock of a zone has shown until a moment: where it was turned back it stands, until it gets
    there again.
    """
    local = moment.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    first = local.replace(fold=0).astimezone(timezone.utc)
    return (_turned(first, moment.astimezone(timezone.utc), zone) - _TICK).astimezone(zone).replace(tzinfo=None)


def first_shown(wall: datetime, zone: tzinfo) -> datetime:
    """The first moment at which the clock of a zone shows this, or, where it skips it, at which it is beyond."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _turned(wall.replace(tzinfo=zone, fold=1).astimezone(timezone.utc), moment, zone)


def _turned(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The moment between two at which the clock was turned; clocks are turned at whole seconds."""
    was = before.astimezone(zone).utcoffset()
    low, high = before.replace(microsecond=0), after.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == was else (low, middle)
    return high
