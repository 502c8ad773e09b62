# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy × snapshots × now → keep or delete, with reasons. Pure: no cloud, no clock, no Ansible.

The rules are those of restic and borg. Each rule picks what it keeps by itself, and what any of them keeps stays: so a
larger policy never deletes more, and what is left after a pruning is what the same policy would leave of it. What came
later never makes a rule keep what it has not kept before: nothing that was deleted is wanted back another day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Sequence
from zoneinfo import ZoneInfo

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import shown
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Values

# What an item is good for. Only a usable one counts as kept; a pending one is neither counted nor touched. One that was
# good and has lost a part takes no place of another, and goes when it would have gone whole: its rest may be dear.
USABLE, FAILED, PENDING, LOST = "usable", "failed", "pending", "lost"

#: Rules that keep the newest of each period, with the period. An hour is one of the local time, and the one that summer
#: time repeats is two; the others are of the clock that never runs back, or one would come twice.
CALENDAR = {
    "keep_hourly": lambda local, clock: local.strftime("%Y-%m-%d %H:00 %z"),
    "keep_daily": lambda local, clock: clock.strftime("%Y-%m-%d"),
    "keep_weekly": lambda local, clock: clock.strftime("%G-W%V"),
    "keep_monthly": lambda local, clock: clock.strftime("%Y-%m"),
    "keep_yearly": lambda local, clock: clock.strftime("%Y"),
}
COUNTS = ("keep_last", *CALENDAR)

_NO_HOLD = frozenset({"", "false", "no", "off", "0"})
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Policy:
    """What to keep. Of the counts 0 keeps none and -1 all."""

    keep_last: int = 0
    keep_hourly: int = 0
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0
    keep_within: Span | None = None
    min_keep: int = 1
    max_delete: int | None = None
    delete_failed: Span | None = None
    zone: tzinfo = timezone.utc

    @classmethod
    def of(cls, options: Values) -> Policy:
        """The policy that options mean; raises :class:`OsnapError` for one that means nothing, or keeps nothing."""
        counts: dict[str, Any] = {name: options.get(name) or 0 for name in COUNTS}
        for name, value in counts.items():
            if value < -1:
                raise OsnapError(f"{name} is {value}; it takes a number of snapshots, or -1 for all.")
        for name in ("min_keep", "max_delete"):
            if (options.get(name) or 0) < 0:
                raise OsnapError(f"{name} is {options[name]}; it takes 0 or more.")
        spans: dict[str, Any] = {
            name: Span.parse(name, options[name])
            for name in ("keep_within", "delete_failed")
            if options.get(name) is not None
        }
        within = spans.get("keep_within")
        if not any(counts.values()) and not (within and any(within[1:])):
            raise OsnapError(
                f"The policy keeps nothing; set at least one of {', '.join(COUNTS)} or keep_within to what shall be"
                " kept."
            )
        least = 1 if options.get("min_keep") is None else options["min_keep"]
        return cls(
            **counts,
            **spans,
            min_keep=least,
            max_delete=options.get("max_delete"),
            zone=_zone(options.get("time_zone") or "UTC"),
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (
        OSError,
        ValueError,
        KeyError,
    ) as error:  # not found is a KeyError; a path out of the database a ValueError; a folder an OSError
        raise OsnapError(
            f"time_zone '{name}' is not known on this machine; check the name, such as Europe/Vienna, or install the"
            " package tzdata there."
        ) from error


@dataclass(frozen=True)
class Item:
    """A snapshot as retention sees it.

    ``holds`` are the values of its mark and of its members', ``ties`` say why it can't be deleted, ``needs`` are the IDs
    of those it can't be without.
    """

    id: str
    source: str
    created_at: datetime | None
    state: str = USABLE
    status: str = ""
    holds: tuple = ()
    ties: tuple = ()
    needs: frozenset = frozenset()


class Verdict(NamedTuple):
    """Whether an item stays, and why."""

    keep: bool
    reasons: tuple


def judge(policy: Policy, items: Sequence[Item], now: datetime) -> dict[str, Verdict]:
    """``{id: Verdict}`` of every item; raises :class:`OsnapError` if more than ``max_delete`` would go."""
    reasons: dict[str, list[str]] = {item.id: [] for item in items}
    dated = sorted(
        (item for item in items if item.created_at and not _is_ahead(item, now)),
        key=lambda item: (item.created_at, item.id),
        reverse=True,
    )
    for source in {item.source for item in items}:
        own = [item for item in dated if item.source == source and item.state in (USABLE, LOST)]
        by_rules = _by_rules(policy, [item for item in own if item.state == USABLE], now)
        as_whole = _by_rules(policy, own, now)
        for item in own:
            reasons[item.id] += (
                by_rules[item.id]
                if item.state == USABLE
                else [f"status {item.status}, and whole it would be kept by {why}" for why in as_whole[item.id]]
            )
    for item in items:
        if _by_age(policy, item, now):
            reasons[item.id] = []
        reasons[item.id] += by_itself(policy, item, now)
    _by_need(items, reasons)
    verdicts = {
        item.id: Verdict(bool(reasons[item.id]), tuple(reasons[item.id]) or _gone(policy, item, now)) for item in items
    }
    _fuse(policy, verdicts)
    return verdicts


def _is_ahead(item: Item, now: datetime) -> bool:
    """Whether an item is dated in the future: some clock is wrong, and who is the newest can't be told by it."""
    return item.created_at is not None and item.created_at > now


def _by_age(policy: Policy, item: Item, now: datetime) -> bool:
    """Whether an item has failed so long ago that it goes."""
    return (
        item.state == FAILED
        and policy.delete_failed is not None
        and item.created_at is not None
        and item.created_at <= policy.delete_failed.before(now, policy.zone)
    )


def _by_rules(policy: Policy, newest_first: Sequence[Item], now: datetime) -> dict[str, list[str]]:
    """``{id: [rule]}`` of what the rules keep of one source's items."""
    found: dict[str, list[str]] = {item.id: [] for item in newest_first}
    for item in newest_first if policy.keep_last < 0 else newest_first[: policy.keep_last]:
        found[item.id].append("keep_last")
    for rule, period_of in CALENDAR.items():
        if count := getattr(policy, rule):
            periods = [
                (item.id, period_of(item.created_at.astimezone(policy.zone), shown(item.created_at, policy.zone)))
                for item in newest_first
                if item.created_at
            ]
            _by_calendar(rule, count, periods, found)
    if policy.keep_within and any(policy.keep_within[1:]):
        start = policy.keep_within.before(now, policy.zone)
        for item in newest_first:
            if item.created_at and item.created_at >= start:
                found[item.id].append(f"keep_within {policy.keep_within.text}")
    for item in newest_first[: policy.min_keep]:
        if not found[item.id]:
            found[item.id].append(f"min_keep {policy.min_keep}")
    return found


def _by_calendar(rule: str, count: int, periods: Sequence[tuple[str, str]], found: dict[str, list[str]]) -> None:
    last = None
    for id, period in periods:
        if count == 0:
            return
        if period != last:
            found[id].append(f"{rule} {period}")
            count -= 1
        elif id == periods[-1][0]:
            # As long as there are fewer periods than asked for, the oldest is all that there is of the past.
            found[id].append(f"{rule}, oldest")
        last = period


def by_itself(policy: Policy, item: Item, now: datetime) -> list[str]:
    """What keeps an item apart from the rules: its hold, its state, its date, what ties it."""
    found = [held for value in dict.fromkeys(item.holds) if (held := _hold(value, now, policy.zone))]
    if item.state == PENDING:
        found.append(f"status {item.status}")
    elif item.created_at is None:
        found.append("its age is unknown")
    elif _is_ahead(item, now):
        found.append(f"dated in the future, {item.created_at.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}")
    elif item.state == FAILED and not policy.delete_failed:
        found.append(f"status {item.status}, and delete_failed is not set")
    elif item.state == FAILED and policy.delete_failed and not _by_age(policy, item, now):
        found.append(f"status {item.status}, younger than {policy.delete_failed.text}")
    return found + list(item.ties)


def held(value: str | None, now: datetime, zone: tzinfo = timezone.utc) -> str | None:
    """Why the value of one mark holds what it is on, or None."""
    return _hold(value, now, zone)


def _hold(value: str | None, now: datetime, zone: tzinfo) -> str | None:
    """Why a mark holds an item, or None. What is no date holds for ever: a misspelt one must not delete anything."""
    value = (value or "").strip()
    if value.lower() in _NO_HOLD:
        return None
    try:
        until = datetime.fromisoformat(value) if _DATE.match(value) else None
    except ValueError:
        until = None
    if until is None:
        return f"on hold ({value})"
    if _DATE.fullmatch(value):  # a day without a time: to the end of it
        until = until.replace(hour=23, minute=59, second=59, microsecond=999999)
    until = until if until.tzinfo else until.replace(tzinfo=zone)
    # Of a time that the clock shows twice, or skips, the later one is meant.
    return f"on hold until {value}" if any(now < until.replace(fold=fold) for fold in (0, 1)) else None


def _by_need(items: Sequence[Item], reasons: dict[str, list[str]]) -> None:
    """What a kept item is built upon stays with it, and so on down to the last."""
    by_id = {item.id: item for item in items}
    pending = sorted(item.id for item in items if reasons[item.id])
    while pending:
        upper = pending.pop(0)
        for lower in sorted(by_id[upper].needs & by_id.keys()):
            if not reasons[lower]:
                reasons[lower].append(f"{upper} needs it")
                pending.append(lower)


def _gone(policy: Policy, item: Item, now: datetime) -> tuple[str, ...]:
    if policy.delete_failed and _by_age(policy, item, now):
        return (f"status {item.status}, older than {policy.delete_failed.text}",)
    return ("no rule keeps it",)


def _fuse(policy: Policy, verdicts: Mapping[str, Verdict]) -> None:
    doomed = sum(not verdict.keep for verdict in verdicts.values())
    if policy.max_delete is not None and doomed > policy.max_delete:
        raise OsnapError(
            f"{doomed} of {len(verdicts)} snapshots would be deleted, and max_delete is {policy.max_delete}; nothing"
            " was deleted. Look at the policy and the selection, or raise max_delete."
        )
