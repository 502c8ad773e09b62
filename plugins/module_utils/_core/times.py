# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services' times: all of them are UTC, and some say so."""

from __future__ import annotations

import math
from datetime import datetime, timezone


def time_of(text: str | None) -> datetime | None:
    """The time that a service says; None for what is none."""
    try:
        time = datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def age_of(text: str | None) -> float:
    """Seconds since a time; what is no time is old."""
    time = time_of(text)
    return (datetime.now(timezone.utc) - time).total_seconds() if time else math.inf
