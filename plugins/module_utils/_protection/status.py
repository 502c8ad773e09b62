# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well an object is protected: the newest good one against its policy, and the alarms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._protection import history, subjects
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import FAILED, USABLE, held

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject

#: The codes of alarms, with what each means.
OVERDUE, UNPROTECTED, FAILURE, TORN, LAGGING, UNTESTED, PAUSED = (
    "overdue",
    "unprotected",
    "failed",
    "torn",
    "lagging",
    "untested",
    "paused",
)
CODES = (OVERDUE, UNPROTECTED, FAILURE, TORN, LAGGING, UNTESTED, PAUSED)


@dataclass(frozen=True)
class Status:
    """How well one object is protected, and what is wrong with that."""

    row: dict[str, Any]
    alarms: list[dict[str, Any]]


def status(
    subject: Subject, taken: Sequence[Taken], now: datetime, copies: Sequence[Taken] | OsnapError | None = None
) -> Status:
    """Of one object.

    :param taken: what any policy has taken
    :param copies: what its policy has copied of that, the newest first, or why that can't be read; None where it copies
        nothing
    """
    policy = subject.policy
    if policy is None:
        return _without(subject, taken)
    own = history.of_policy(policy, subject.id, taken)
    newest, need, paused = history.newest_good(own), history.need(policy, own, now), policy.is_paused(now)
    created = newest.item.created_at if newest else None
    since = created or time_of(subject.row.get("created_at"))
    is_overdue = not paused and (since is None or since < policy.oldest(now))
    failed = [one for one in own if one.item.state == FAILED]
    tested = _tested(own)
    row = {
        **_of(subject),
        "kind": subject.kind,
        "every": policy.every.text,
        "window": need.window,
        "is_done": need.there is not None,
        "newest": _short(newest) if newest else None,
        "max_age": round((now - policy.oldest(now)).total_seconds()),
        "is_overdue": is_overdue,
        "good": sum(one.item.state == USABLE for one in own),
        "failed": [_short(one) for one in failed],
        "holds": [
            {**_short(one), "reason": why}
            for one in own
            if (why := next(filter(None, (held(value, now, policy.zone) for value in one.item.holds)), None))
        ],
        "hold": policy.holds(now),
        "paused": paused,
        "tested": tested,
    }
    if subject.noun == "server":
        row["copies"] = None if copies is None else _copied(policy, newest, copies)
    return _alarmed(subject, row, list(_alarms(subject, policy, row, own, now)))


def _without(subject, taken):
    there = [one for one in taken if one.item.source == subject.id]
    good = history.newest_good(sorted(there, key=lambda one: one.row["created_at"] or "", reverse=True))
    row = {
        **_of(subject),
        **dict.fromkeys(("kind", "every", "window", "max_age", "hold", "paused", "tested")),
        "is_done": False,
        "newest": _short(good) if good else None,
        "is_overdue": False,
        "good": 0,
        "failed": [],
        "holds": [],
    }
    if subject.noun == "server":
        row["copies"] = None
    why = subject.problem or (None if subject.is_left_out else subjects.unprotected(subject))
    return _alarmed(subject, row, [(UNPROTECTED, why)] if why else [])


def _alarms(subject, policy, row, own, now):
    what = f"{subject.label[0].upper()}{subject.label[1:]}"
    newest = row["newest"]
    if row["is_overdue"]:
        has = f"its newest good one is of {newest['created_at']}" if newest else "it has none that is good"
        yield (
            OVERDUE,
            f"{what} is overdue: {has}, and the policy {policy.name} wants one that is at most"
            f" {hours(row['max_age'])} old.",
        )
    if failed := row["failed"]:
        yield (
            FAILURE,
            f"{what} has {len(failed)} that failed, the newest '{failed[0]['name']}' ({failed[0]['id']}); look for why.",
        )
    yield from (
        (
            TORN,
            f"{what} has a set '{one.row['name']}' that is torn; {one.row.get('torn_because') or 'members are missing'}.",
        )
        for one in own
        if one.row["status"] == "torn"
    )
    if (copies := row.get("copies")) and copies["is_lagging"]:
        yield LAGGING, f"{what} is lagging: {_behind(copies, newest)}"
    since = policy.tested_every and policy.tested_every.before(now, policy.zone)
    if policy.tested_every and since and _is_untested(since, row["tested"], own):
        last = row["tested"]
        when = f"the last test was {last['result']} at {last['at']}" if last else "none was restored for a test"
        yield (
            UNTESTED,
            f"{what} is untested: {when}, and the policy {policy.name} wants a good one each {policy.tested_every.text}.",
        )
    if row["paused"]:
        yield PAUSED, f"{what} is not protected just now, for {row['paused']}."


def _behind(copies, newest):
    if copies["problem"]:
        return f"its copies in {copies['to']} can't be read. {copies['problem']}"
    has = f"its newest copy is of {copies['newest']['created_at']}" if copies["newest"] else "it has no whole copy"
    return f"{has} in {copies['to']}, and its newest set is of {newest['created_at']}; look why it was not copied."


def _copied(policy: Policy, newest: Taken | None, copies: Sequence[Taken] | OsnapError) -> dict[str, Any]:
    """How far the newest copy is behind the newest good one. It is lagging where nothing is copied, or where it lacks
    more than what may still be on its way.
    """
    problem = str(copies) if isinstance(copies, OsnapError) else None
    there = () if isinstance(copies, OsnapError) else copies
    last = history.newest_good(there)
    begun, ended = (one.item.created_at if one else None for one in (last, newest))
    lag = max(0.0, (ended - begun).total_seconds()) if begun and ended else None
    return {
        "to": policy.copy_to,
        "newest": _short(last) if last else None,
        "good": sum(one.is_good for one in there),
        "lag_seconds": lag,
        "is_lagging": bool(problem or (ended and (lag is None or lag > policy.grace.total_seconds()))),
        "problem": problem,
    }


def _is_untested(since: datetime, tested: Mapping[str, Any] | None, own: Sequence[Taken]) -> bool:
    """Whether the last test is too old, or was red. One that has nothing old enough yet is not late."""
    if tested and tested["result"] != "passed":
        return True
    if at := time_of(tested["at"]) if tested else None:
        return at < since
    return any(one.is_good and one.item.created_at and one.item.created_at < since for one in own)


def _tested(own: Iterable[Taken]) -> dict[str, Any] | None:
    """The last test of a restore of any of them."""
    found = [one for one in own if one.marks.get(_marks.TESTED_AT)]
    last = max(found, key=lambda one: one.marks[_marks.TESTED_AT], default=None)
    if last is None:
        return None
    seconds = str(last.marks.get(_marks.TESTED_SECONDS) or "")
    return {
        "id": last.id,
        "name": last.row["name"],
        "at": last.marks[_marks.TESTED_AT],
        "result": last.marks.get(_marks.TESTED_RESULT) or "unknown",
        "seconds": int(seconds) if seconds.isdigit() else None,
    }


def _of(subject: Subject) -> dict[str, Any]:
    return {
        f"{subject.noun}_id": subject.id,
        f"{subject.noun}_name": subject.row.get("name"),
        "policy": subject.named,
        "policy_origin": subject.origin,
    }


def _short(one: Taken) -> dict[str, Any]:
    return {key: one.row[key] for key in ("id", "name", "created_at", "status")}


def _alarmed(subject, row, found):
    alarms = [
        {"code": code, "id": subject.id, "name": subject.row.get("name"), "sentence": sentence}
        for code, sentence in found
    ]
    return Status({**row, "alarms": list(dict.fromkeys(code for code, _sentence in found))}, alarms)


def hours(seconds: int) -> str:
    """A time as people say it."""
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.0f} days"
    return f"{seconds / 3600:.0f} hours" if seconds >= 2 * 3600 else f"{seconds / 60:.0f} minutes"


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many there are, and how many have each alarm."""
    return {"all": len(rows), **{code: sum(code in row["alarms"] for row in rows) for code in CODES}}
