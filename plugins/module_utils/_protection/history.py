# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy has taken of an object, what it lacks, and what may go. Pure.

A policy knows its own by two marks in their creating requests, the policy's name and the window's label. What somebody
else has made is neither counted nor touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    FAILED,
    LOST,
    USABLE,
    Item,
    Verdict,
    judge,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: What stands for the one that is to be taken.
NEW = "new"


@dataclass(frozen=True)
class Taken:
    """One that a policy has taken: its row, its marks, and how retention sees it."""

    row: Row
    marks: Mapping[str, Any]
    item: Item

    @property
    def id(self) -> str:
        return self.row["id"]

    @property
    def window(self) -> str:
        return str(self.marks.get(_marks.WINDOW) or "")

    @property
    def is_good(self) -> bool:
        return self.item.state == USABLE and self.item.created_at is not None


def of_policy(policy: Policy, source: str, taken: Sequence[Taken]) -> list[Taken]:
    """What the policy has taken of one object, the newest first."""
    own = [
        one for one in taken if one.item.source == source and one.marks.get(_marks.POLICY) == policy.name and one.window
    ]
    return sorted(own, key=lambda one: (one.row["created_at"] or "", one.id), reverse=True)


def newest_good(taken: Sequence[Taken]) -> Taken | None:
    return next((one for one in taken if one.is_good), None)


@dataclass(frozen=True)
class Need:
    """What the window lacks: nothing where a good one is ``there``; one that is ``unfinished``, or has ``failed``, is
    seen to.
    """

    window: str
    there: Taken | None = None
    unfinished: Taken | None = None
    failed: Taken | None = None


def need(policy: Policy, taken: Sequence[Taken], now: datetime) -> Need:
    """What the window that ``now`` is in lacks.

    :param taken: of this policy and one object, the newest first
    """
    window = policy.every.label(now)
    own = [one for one in taken if one.window == window and policy.every.is_of(window, one.item.created_at)]
    if good := newest_good(own):
        return Need(window, there=good)
    failed = next((one for one in own if one.item.state in (FAILED, LOST)), None)
    unfinished = next((one for one in own if one.item.state not in (FAILED, LOST)), None)
    return Need(window, None, unfinished, None if unfinished else failed)


def base(policy: Policy, taken: Sequence[Taken], now: datetime) -> str | None:
    """The ID of the backup that a new one is built upon; None where a full one is due.

    :param taken: as in :func:`need`
    """
    if policy.full_every is None:
        return None
    since = policy.full_every.before(now, policy.zone)
    good = [one for one in taken if one.is_good]
    full = [one for one in good if not one.row.get("is_incremental")]
    is_due = not any(one.item.created_at and one.item.created_at >= since for one in full)
    return None if is_due else good[0].id


def verdicts(
    policy: Policy,
    source: str,
    taken: Sequence[Taken],
    need: Need | None,
    now: datetime,
    built_upon: str | None = None,
    at: datetime | None = None,
) -> dict[str, Verdict]:
    """``{ID: Verdict}`` of what the policy has taken and, as ``NEW``, of the one that it takes now.

    :param taken: as in :func:`need`
    :param need: None where nothing is to be taken any more
    :param built_upon: the ID of what the new one needs
    :param at: of when the new one is, if it is not of now
    """
    items = [one.item for one in taken if need is None or one not in (need.unfinished, need.failed)]
    if need and not need.there:
        items.append(Item(NEW, source, at or now, needs=frozenset({built_upon} if built_upon else ())))
    if why := policy.holds(now):
        return {item.id: Verdict(True, (why,)) for item in items}
    return judge(policy.keep, items, now)
