# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time by a clock that is turned: it must not run backward, by the months nor by the zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.clocks import first_shown, shown
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import CALENDAR, Item, Policy, judge
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

#: Turned at 2 and 3, at midnight, a minute after midnight, by half an hour, by three hours, over the line of dates.
ZONES = [
    timezone.utc,
    *map(
        ZoneInfo,
        ["Europe/Vienna", "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Antarctica/Casey"]
        + ["Pacific/Apia", "Pacific/Kwajalein", "Asia/Kathmandu", "America/Scoresbysund"],
    ),
]
#: In or near which these are turned.
TURNS = [
    datetime(*day, tzinfo=timezone.utc)
    for day in [
        (2026, 3, 29, 1),
        (2026, 10, 25, 1),
        (2018, 2, 18, 2),
        (2018, 11, 4, 3),
        (2010, 11, 7, 2, 31),
        (2010, 3, 14, 3, 31),
        (2026, 4, 4, 15),
        (2026, 10, 3, 15, 30),
        (2010, 3, 4, 15),
        (2011, 12, 30, 10),
        (1993, 8, 21, 12),
        (2024, 2, 29, 12),
    ]
]
moments = st.one_of(
    st.builds(lambda turn, late: turn + timedelta(minutes=late), st.sampled_from(TURNS), st.integers(-4000, 4000)),
    st.integers(0, 60 * 24 * 365 * 40).map(lambda m: datetime(1990, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=m)),
)
spans = st.builds(Span, st.just("so long"), st.integers(0, 26), st.integers(0, 70), st.integers(0, 50))
VIENNA = ZoneInfo("Europe/Vienna")


@given(st.sampled_from(ZONES), spans, moments, st.integers(0, 60 * 24 * 40))
@example(timezone.utc, Span("1m", 1, 0, 0), datetime(2026, 3, 28, 12, tzinfo=timezone.utc), 60 * 13)
@example(VIENNA, Span("1d", 0, 1, 0), datetime(2026, 10, 25, 0, 50, tzinfo=timezone.utc), 20)
@example(VIENNA, Span("1d", 0, 1, 0), datetime(2026, 3, 30, 0, 30, tzinfo=timezone.utc), 40)
def test_a_length_of_time_ago_never_runs_backward(zone, span, now, later):
    assert span.before(now, zone) <= span.before(now + timedelta(minutes=later), zone) <= now + timedelta(minutes=later)


@given(st.sampled_from(ZONES), moments, st.integers(0, 60 * 24 * 3))
def test_periods_never_come_twice(zone, moment, later):
    """Of two moments the later is in the same period or a later one; the names of hours alone don't sort by text."""
    for rule in ("keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"):
        names = [
            CALENDAR[rule](at.astimezone(zone), shown(at, zone)) for at in (moment, moment + timedelta(minutes=later))
        ]
        assert names == sorted(names)


@pytest.mark.parametrize("zone, start, hours", [(zone, turn, 30) for zone in ZONES for turn in TURNS])
def test_no_period_is_left_and_entered_again(zone, start, hours):
    times = [start - timedelta(hours=hours) + timedelta(minutes=minutes) for minutes in range(0, 2 * hours * 60, 7)]
    for name_of in CALENDAR.values():
        names = [name_of(at.astimezone(zone), shown(at, zone)) for at in times]
        runs = [name for name, before in zip(names, [None, *names], strict=False) if name != before]
        assert len(runs) == len(set(runs))


@given(st.sampled_from(ZONES), moments)
def test_a_clock_shows_what_it_has_shown(zone, moment):
    wall = shown(moment, zone)
    assert first_shown(wall, zone) <= moment and wall >= moment.astimezone(zone).replace(tzinfo=None)


@pytest.mark.parametrize(
    "zone, moment, wall",
    [
        ("Europe/Vienna", "2026-10-25T00:59", "2026-10-25T02:59:00"),
        ("Europe/Vienna", "2026-10-25T01:10", "2026-10-25T02:59:59.999999"),
        ("Europe/Vienna", "2026-10-25T02:00", "2026-10-25T03:00:00"),
        ("America/St_Johns", "2010-11-07T03:00", "2010-11-07T00:00:59.999999"),  # 23:30 for the second time
        ("America/Sao_Paulo", "2018-02-18T02:30", "2018-02-17T23:59:59.999999"),
    ],
)
def test_where_it_is_turned_back_it_stands(zone, moment, wall):
    moment = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)
    assert shown(moment, ZoneInfo(zone)) == datetime.fromisoformat(wall)


def test_what_a_clock_skips_is_the_moment_at_which_it_is_turned():
    turn = datetime(2026, 3, 29, 1, tzinfo=timezone.utc)
    assert {first_shown(datetime(2026, 3, 29, 2, minute), VIENNA) for minute in (0, 1, 59)} == {turn}


def test_a_day_that_a_clock_shows_twice_is_one():
    """At St. John's a minute of November 7 was over when the 6th came back for an hour."""
    times = ["2010-11-06T12:00", "2010-11-07T02:29", "2010-11-07T02:30", "2010-11-07T02:45", "2010-11-07T12:00"]
    items = [Item(time, "v", datetime.fromisoformat(time).replace(tzinfo=timezone.utc)) for time in times]
    policy = Policy(keep_daily=2, min_keep=0, zone=ZoneInfo("America/St_Johns"))
    verdicts = judge(policy, items, datetime(2010, 11, 8, tzinfo=timezone.utc))
    assert {id: verdict.reasons for id, verdict in verdicts.items() if verdict.keep} == {
        times[4]: ("keep_daily 2010-11-07",),
        times[1]: ("keep_daily 2010-11-06",),
    }


@pytest.mark.parametrize("minutes, there", [(-1, True), (29, True), (59, True), (61, False)])
def test_a_hold_lasts_to_the_end_of_a_day_whose_last_hour_comes_twice(minutes, there):
    zone, turn = ZoneInfo("America/Sao_Paulo"), datetime(2018, 2, 18, 2, tzinfo=timezone.utc)
    now = turn + timedelta(minutes=minutes)
    old = Item("held", "v", now - timedelta(days=9), holds=("2018-02-17",))
    verdicts = judge(Policy(keep_last=1, zone=zone), [old, Item("new", "v", now - timedelta(hours=1))], now)
    assert verdicts["held"].keep is there
