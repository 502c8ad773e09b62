# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as people read them. Pure. What is missing, or is no number, is an empty text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def text(value: Any) -> str:
    """A text of anything; a cloud may be told as a mapping of its name, its region and so on."""
    if isinstance(value, Mapping):
        return " / ".join(str(part) for part in value.values() if part not in (None, ""))
    return "" if value is None else str(value)


def number(value: Any) -> float | None:
    """A number that can be drawn: bytes or seconds, none of which are less than nothing. Or None."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def duration(seconds: float | None) -> str:
    """``0.4 s``, ``12 s``, ``4 min 12 s``, ``2 h 05 min``, ``3 d 4 h``."""
    if seconds is None:
        return ""
    if 0 < seconds < 1:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest:02d} s"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes:02d} min"


def size(amount: float | None) -> str:
    """``512 bytes``, ``12.5 GiB``."""
    if amount is None:
        return ""
    unit = 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} {_UNITS[unit]}" if not unit or amount >= 100 else f"{amount:.1f} {_UNITS[unit]}"


def moment(time: datetime | None) -> str:
    """``29 Nov 2026, 22:01:04``."""
    return f"{time:%d %b %Y, %H:%M:%S}" if time else ""


def clock(time: datetime | None) -> str:
    return f"{time:%H:%M:%S}" if time else ""
