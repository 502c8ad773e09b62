# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of snapshots that a simulation begins with: times, rows of modules, or a pattern. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any, Collection, Mapping, NamedTuple, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import first_shown
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    COUNTS,
    FAILED,
    LOST,
    PENDING,
    USABLE,
    Item,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

#: What the rows of the modules call a snapshot's source, and where they have its marks.
_SOURCES = ("source", "volume_id", "group_id", "server_id")
_MARKS = ("metadata", "properties")
#: A status that is in none of these is one of work, or of nobody knows what.
_STATES = {
    **dict.fromkeys(("", "available", "active", "whole"), USABLE),
    **dict.fromkeys(("error", "killed", "failed"), FAILED),
    "torn": LOST,
}
#: How the rules call themselves in the reasons of M(snapshot_prune); all others keep a snapshot whatever the policy is.
_RULES = (*COUNTS, "keep_within", "min_keep", "no rule")
MOST = 20_000


class Taken(NamedTuple):
    """A snapshot of a history, and when it was taken."""

    item: Item
    at: datetime
    name: str


def taken(history: Sequence[Any]) -> list[Taken]:
    """Of times and of rows; raises :class:`OsnapError` for what is neither."""
    return [_one(f"history[{number}]", one) for number, one in enumerate(history)]


def pattern(options: Mapping[str, Any], zone: tzinfo, sources: Collection[str]) -> list[Taken]:
    """Those that ``every``, ``start`` and ``end`` mean, by the clock of the zone; of each of the sources."""
    given = [name for name in ("every", "start", "end") if options.get(name)]
    if not given:
        return []
    if len(given) < 3:
        missing = next(name for name in ("every", "start", "end") if name not in given)
        raise OsnapError(f"{missing} is missing; a pattern takes every, start and end.")
    every = Span.parse("every", options["every"])
    if every.months or not any(every[1:]):
        raise OsnapError(f"every is '{every.text}'; it takes weeks, days and hours, such as 1d or 6h.")
    start, end = (_local(name, options[name], zone) for name in ("start", "end"))
    step, found = timedelta(days=every.days, hours=every.hours), list[datetime]()
    while start + len(found) * step <= end:
        if len(found) == MOST:
            raise OsnapError(
                f"every {every.text} from {options['start']} to {options['end']} is more than {MOST} times."
            )
        wall = start + len(found) * step
        found.append(wall)
    names = [wall.isoformat(timespec="minutes") for wall in found]
    times = [first_shown(wall, zone) for wall in found]
    return [
        Taken(Item(f"{name} {source}".strip(), source, at), at, name)
        for source in sorted(sources)
        for name, at in zip(names, times, strict=True)
    ]


def _local(option: str, text: str, zone: tzinfo) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise OsnapError(f"{option} is '{text}'; it takes a day or a time such as 2026-12-31T02:00.") from None
    return (time.astimezone(zone) if time.tzinfo else time).replace(tzinfo=None)


def _one(what: str, one: Any) -> Taken:
    row: Mapping[str, Any] = {"created_at": one} if isinstance(one, str) else one
    if not isinstance(row, dict):
        raise OsnapError(f"{what} is neither a time nor a snapshot with its created_at.")
    at = time_of(str(row.get("created_at") or ""))
    if at is None:
        raise OsnapError(f"{what} has the time '{row.get('created_at')}'; it takes one such as 2026-12-31T02:00:00Z.")
    id = str(row.get("id") or row["created_at"])
    source = next((str(row[key]) for key in _SOURCES if row.get(key)), "")
    status = str(row.get("status") or "").lower()
    item = Item(id, source, at, _STATES.get(status, PENDING), status, _holds(row), _ties(row), _needs(row))
    return Taken(item, at, str(row.get("name") or id))


def _holds(row: Mapping[str, Any]) -> tuple:
    marks = [row[key][_marks.HOLD] for key in _MARKS if isinstance(row.get(key), dict) and _marks.HOLD in row[key]]
    holds = row.get("holds")
    return (*map(str, marks), *(map(str, holds) if isinstance(holds, list) else ()))


def _ties(row: Mapping[str, Any]) -> tuple:
    """What keeps it whatever the policy is, where pruning has told: a hold, something that was made of it."""
    reasons = row.get("reasons") if row.get("verdict") == "keep" else None
    return tuple(str(why) for why in reasons or () if not str(why).startswith(_RULES))


def _needs(row: Mapping[str, Any]) -> frozenset:
    needs = row.get("needs")
    return frozenset(map(str, needs)) if isinstance(needs, list) else frozenset()
