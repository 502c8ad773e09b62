# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy and a history in, what remains on which day out. Pure; every day asks the function that prunes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import first_shown, shown
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.history import Taken, pattern, taken
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.prune_plan import pruning
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import Policy

#: More days than these are a mistake.
MOST_DAYS = 4000


class Days(NamedTuple):
    """What is simulated: the first and the last day, and the first at whose end is pruned."""

    first: date
    last: date
    pruned_from: date


@dataclass
class Life:
    """What becomes of one snapshot."""

    taken: Taken
    appeared: date
    deleted: date | None
    reasons: list[dict[str, Any]]


def simulated(options: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the module; raises :class:`OsnapError` for options that mean nothing."""
    policy = Policy.of(options)
    real = taken(options.get("history") or [])
    planned = pattern(options, policy.zone, {one.item.source for one in real} or {""})
    history = sorted([*real, *planned], key=lambda one: (one.at, one.item.id))
    if twice := next((id for id, count in Counter(one.item.id for one in history).items() if count > 1), None):
        raise OsnapError(f"history has '{twice}' twice; name each snapshot once.")
    if not history:
        raise OsnapError("There is no snapshot to simulate; set history, or every with start and end.")
    days = _days(options, policy, history)
    lives: dict[str, Life] = {}
    table = [_day(policy, history, lives, day, day >= days.pruned_from) for day in _each(days)]
    return {
        "snapshots": [_told(lives[one.item.id]) for one in history if one.item.id in lives],
        "days": table,
        "first_day": days.first.isoformat(),
        "last_day": days.last.isoformat(),
        "pruned_from": days.pruned_from.isoformat(),
    }


def _days(options: Mapping[str, Any], policy: Policy, history: Sequence[Taken]) -> Days:
    first = shown(history[0].at, policy.zone).date()
    last = _date("until", options.get("until")) or shown(history[-1].at, policy.zone).date()
    start = _date("pruned_from", options.get("pruned_from")) or first
    if last < first:
        raise OsnapError(f"until is {last}, and the first snapshot is of {first}; it takes a later day.")
    if (last - first).days >= MOST_DAYS:
        raise OsnapError(
            f"From {first} to {last} there are more than {MOST_DAYS} days; leave older snapshots out, or set until."
        )
    return Days(first, last, start)


def _date(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OsnapError(f"{option} is '{text}'; it takes a day such as 2026-12-31.") from None


def _each(days: Days) -> Iterator[date]:
    for number in range((days.last - days.first).days + 1):
        yield days.first + timedelta(days=number)


def _day(policy: Policy, history: Sequence[Taken], lives: dict[str, Life], day: date, prunes: bool) -> dict[str, Any]:
    """One day, at whose end is pruned."""
    end = first_shown(datetime.combine(day + timedelta(days=1), datetime.min.time()), policy.zone)
    there = [one for one in history if one.at < end and not (one.item.id in lives and lives[one.item.id].deleted)]
    new = [one for one in there if one.item.id not in lives]
    lives.update({one.item.id: Life(one, day, None, []) for one in new})
    gone = []
    if prunes:
        done = pruning(policy, [one.item for one in there], end)
        for one in there:
            verdict = done.verdicts[one.item.id]
            _note(lives[one.item.id], day, list(verdict.reasons))
            if not verdict.keep:
                lives[one.item.id].deleted = day
        gone = [id for wave in done.waves for id in wave]
    return {
        "day": day.isoformat(),
        "taken": [one.item.id for one in new],
        "deleted": gone,
        "remaining": [one.item.id for one in there if one.item.id not in gone],
    }


def _note(life: Life, day: date, reasons: list[str]) -> None:
    if life.reasons and life.reasons[-1]["reasons"] == reasons:
        life.reasons[-1]["until"] = day.isoformat()
    else:
        life.reasons.append({"from": day.isoformat(), "until": day.isoformat(), "reasons": reasons})


def _told(life: Life) -> dict[str, Any]:
    return {
        "id": life.taken.item.id,
        "name": life.taken.name,
        "source": life.taken.item.source,
        "created_at": f"{life.taken.at.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}",
        "deleted_on": life.deleted and life.deleted.isoformat(),
        "reasons": life.reasons,
    }
