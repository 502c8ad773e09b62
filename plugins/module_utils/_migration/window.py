# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a maintenance window: no server is stopped that by forecast is not up again before it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Mapping


def problem(end: str | None) -> str | None:
    """What is wrong with the option, as a clause; None if nothing."""
    if not end:
        return None
    try:
        _moment(end)
    except ValueError:
        return f"window_end is '{end}'; it takes a time with its zone, such as 2026-05-04T04:00:00Z"
    return None


def admit(plan: Mapping[str, Any], forecast: float | None, end: str | None, now: datetime | None = None) -> None:
    """Raise :class:`NotSent` for a server that is not to be stopped any more.

    :param forecast: seconds for which it will be off; None where nobody can tell
    """
    if not end:
        return
    name = f"The server '{plan['server_name']}' ({plan['server_id']}) is deferred, and was not stopped"
    if forecast is None:
        raise NotSent(
            f"{name}: nothing was measured yet by which one could tell whether it is up again before {end}; rehearse"
            " it with this run, or set rate.",
            resource=plan["server_id"],
        )
    up = (now or datetime.now(timezone.utc)) + timedelta(seconds=forecast)
    if up > _moment(end):
        raise NotSent(
            f"{name}: by forecast it would be up again after {forecast:.0f} seconds, and that is after {end}; run again"
            " in the next window.",
            resource=plan["server_id"],
        )


def _moment(text):
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment
