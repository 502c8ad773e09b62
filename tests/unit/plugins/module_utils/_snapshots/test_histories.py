# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold for every history of snapshots, on ten thousand of them: drawn by a seed, cheap enough for each run.

A history has failed and torn items, increments, holds that end, what ties one for a while, clocks that are ahead,
behind and turned, and times at which months and years end.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.prune_plan import pruning
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    COUNTS,
    FAILED,
    LOST,
    PENDING,
    USABLE,
    Item,
    Policy,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

#: In so many parts, that a failing one names its seed; the profile `again` draws a tenth.
PARTS = 20
EACH = 50 if os.environ.get("OSNAP_UNITS") == "again" else 500
#: A zone, and when its clock is turned or a month, a leap day or a year ends.
WHERE_AND_WHEN = [
    (timezone.utc if zone == "UTC" else ZoneInfo(zone), datetime(*day, tzinfo=timezone.utc))
    for zone, day in [
        ("UTC", (2024, 2, 29, 23, 30)),
        ("UTC", (2026, 3, 29)),
        ("UTC", (2026, 5, 31, 1)),
        ("UTC", (2020, 12, 31, 22)),
        ("Europe/Vienna", (2026, 3, 30, 1)),
        ("Europe/Vienna", (2026, 10, 26, 1)),
        ("Asia/Kathmandu", (2026, 3, 29, 12)),
        ("America/St_Johns", (2010, 11, 7, 2, 31)),
        ("America/Sao_Paulo", (2018, 2, 18, 2)),
        ("Pacific/Apia", (2011, 12, 30, 10)),
        ("Antarctica/Casey", (2010, 3, 5, 15)),
    ]
]


def a_span(draw):
    """Of months, days or hours alone, or of all."""
    parts = draw.choice(((1, 0, 0), (3, 0, 0), (0, 1, 0), (0, 30, 0), (0, 0, 24), (1, 1, 30)))
    return Span("so long", *parts)


def a_policy(draw, zone):
    counts = {name: draw.choice((-1, 1, 2, 3, 5)) for name in draw.sample(COUNTS, draw.randint(1, 3))}
    return Policy(
        **counts,
        keep_within=a_span(draw) if draw.random() < 0.4 else None,
        min_keep=draw.choice((1, 1, 2)),
        delete_failed=a_span(draw) if draw.random() < 0.5 else None,
        zone=zone,
    )


def an_item(draw, number, now, before, span):
    """One of the last time before ``now``, or of about a span before it, rarely beyond."""
    if span and draw.random() < 0.5:
        long = timedelta(days=30.4 * span.months + span.days, hours=span.hours)
        created = now - long + timedelta(minutes=draw.randint(-3000, 3000) if span.months else draw.randint(-70, 70))
    else:
        scale = draw.choice((60, 60 * 24, 60 * 24 * 30, 60 * 24 * 400))
        created = now - timedelta(minutes=draw.randint(-scale // 20, scale))
    day = (now + timedelta(days=draw.randint(-3, 3))).date().isoformat()
    state = draw.choice((USABLE, USABLE, USABLE, USABLE, FAILED, LOST, PENDING))
    return Item(
        f"{number:02}",
        draw.choice("ab"),
        created if draw.random() < 0.97 else None,
        state,
        "error",
        draw.choice(((), (), (), ("true",), (day,), (day, "false"))),
        ("in use",) if draw.random() < 0.1 else (),
        frozenset({draw.choice(before).id}) if before and draw.random() < 0.1 else frozenset(),
    )


def a_history(draw, now, count, span=None):
    items = []
    for number in range(count):
        items.append(an_item(draw, number, now, items, span))
    return items


def left(policy, items, now):
    """What a pruning leaves; its deletions in an order that the service takes, and no more than once."""
    done = pruning(policy, items, now)
    gone = [id for wave in done.waves for id in wave]
    assert sorted(gone) == sorted(id for id, verdict in done.verdicts.items() if not verdict.keep)
    place = {id: number for number, wave in enumerate(done.waves) for id in wave}
    assert all(place[item.id] < place[low] for item in items if item.id in place for low in item.needs & place.keys())
    assert set(done.table) == {item.id for item in items} and all(verdict.reasons for verdict in done.verdicts.values())
    return [item for item in items if done.verdicts[item.id].keep]


def newest_good(items, source, now):
    good = [i for i in items if i.source == source and i.state == USABLE and i.created_at and i.created_at <= now]
    return max(good, key=lambda item: (item.created_at, item.id), default=None)


@pytest.mark.parametrize("part", range(PARTS))
def test_retention_never_errs(part):
    draw = random.Random(f"retention {part}")
    for _number in range(EACH):
        zone, turn = draw.choice(WHERE_AND_WHEN)
        policy, now = a_policy(draw, zone), turn + timedelta(minutes=draw.choice((90, 3000)) * draw.uniform(-1, 1))
        items = a_history(draw, now, draw.randint(1, 9), policy.keep_within)
        first = left(policy, items, now)
        ids = {item.id for item in first}
        # The newest good one of each source is there.
        assert {good.id for source in "ab" if (good := newest_good(items, source, now))} <= ids
        # What nobody may touch is not touched: undated, at work, of the future, in use, held for ever or failed without
        # a word what to do with it.
        assert {
            item.id
            for item in items
            if item.created_at is None
            or item.created_at > now
            or item.state == PENDING
            or item.ties
            or "true" in item.holds
            or (item.state == FAILED and policy.delete_failed is None)
        } <= ids
        # What a kept one is built upon is there.
        assert {low for item in first for low in item.needs} & {item.id for item in items} <= ids
        # What is left stays.
        assert left(policy, first, now) == first
        # Another day, with others beside: what went was not wanted back, neither of what was nor of what is left.
        then = now + timedelta(minutes=draw.choice((60, 60 * 24, 60 * 24 * 31, 60 * 24 * 366)) * draw.random())
        new = [
            replace(item, id=f"new-{item.id}", needs=frozenset()) for item in a_history(draw, then, draw.randint(0, 3))
        ]
        whole = {item.id for item in left(policy, [*items, *new], then)}
        rest = {item.id for item in left(policy, [*first, *new], then)}
        assert whole <= ids | {item.id for item in new} and whole == rest


@pytest.mark.parametrize("part", range(5))
def test_what_has_lost_a_part_goes_when_it_would_have_gone_whole_and_takes_no_place(part):
    draw = random.Random(f"torn {part}")
    for _number in range(EACH // 5):
        zone, now = draw.choice(WHERE_AND_WHEN)
        policy = a_policy(draw, zone)
        items = [replace(item, needs=frozenset()) for item in a_history(draw, now, draw.randint(1, 9))]
        torn = {item.id for item in items if item.state == LOST}
        healed = [replace(item, state=USABLE) if item.id in torn else item for item in items]
        kept, whole = ({item.id for item in left(policy, each, now)} for each in (items, healed))
        assert kept & torn == whole & torn
        without = {item.id for item in left(policy, [item for item in items if item.id not in torn], now)}
        assert kept - torn == without
