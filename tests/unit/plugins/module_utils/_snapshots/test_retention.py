# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    COUNTS,
    FAILED,
    LOST,
    PENDING,
    USABLE,
    Item,
    Policy,
    Span,
    judge,
)

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=timezone.utc)
VIENNA = ZoneInfo("Europe/Vienna")


def at(text, id=None, **values):
    """An item of one volume that was made at this time, its ID the time."""
    return Item(
        id or text, values.pop("source", "volume"), datetime.fromisoformat(text).replace(tzinfo=timezone.utc), **values
    )


def daily(days, **values):
    """An item a day, newest first: day-0 is of today."""
    return [Item(f"day-{day}", "volume", NOW - timedelta(days=day, hours=1), **values) for day in range(days)]


def kept(items, **policy):
    return {id for id, verdict in judge(Policy(**{"min_keep": 0, **policy}), items, NOW).items() if verdict.keep}


def reasons(items, **policy):
    return {id: list(verdict.reasons) for id, verdict in judge(Policy(**{"min_keep": 0, **policy}), items, NOW).items()}


# -- each rule


@pytest.mark.parametrize("count, left", [(1, 1), (3, 3), (99, 5), (-1, 5)])
def test_the_last_ones(count, left):
    assert kept(daily(5), keep_last=count) == {f"day-{day}" for day in range(left)}


@pytest.mark.parametrize(
    "rule, count, left",
    [
        ("keep_hourly", 2, {"2026-11-24T09:50", "2026-11-24T08:10"}),
        ("keep_daily", 2, {"2026-11-24T09:50", "2026-11-23T23:00"}),
        ("keep_weekly", 2, {"2026-11-24T09:50", "2026-11-22T23:59"}),
        ("keep_monthly", 2, {"2026-11-24T09:50", "2026-10-31T10:00"}),
        ("keep_yearly", 2, {"2026-11-24T09:50", "2025-12-31T23:59"}),
    ],
)
def test_the_newest_of_each_period(rule, count, left):
    times = [
        "2026-11-24T09:50",
        "2026-11-24T09:10",
        "2026-11-24T08:10",
        "2026-11-23T23:00",
        "2026-11-22T23:59",
        "2026-11-22T03:00",
        "2026-10-31T10:00",
        "2026-01-01T00:00",
        "2025-12-31T23:59",
        "2025-01-01T00:00",
    ]
    assert kept([at(time) for time in times], **{rule: count}) == left


def test_periods_without_a_snapshot_do_not_count():
    assert kept([at("2026-11-24T09:00"), at("2026-08-01T09:00"), at("2026-03-01T09:00")], keep_daily=2) == {
        "2026-11-24T09:00",
        "2026-08-01T09:00",
    }


def test_the_oldest_stays_as_long_as_there_are_fewer_periods_than_asked_for():
    times = ["2026-11-24T09:00", "2026-11-24T08:00", "2026-11-24T07:00"]
    assert kept([at(time) for time in times], keep_daily=7) == {"2026-11-24T09:00", "2026-11-24T07:00"}
    assert kept([at(time) for time in times], keep_daily=1) == {"2026-11-24T09:00"}


def test_the_weeks_of_new_year_are_iso_weeks():
    assert reasons([at("2021-01-03T10:00"), at("2020-12-28T10:00"), at("2020-12-27T10:00")], keep_weekly=2) == {
        "2021-01-03T10:00": ["keep_weekly 2020-W53"],
        "2020-12-28T10:00": ["no rule keeps it"],
        "2020-12-27T10:00": ["keep_weekly 2020-W52"],
    }


def test_a_day_is_one_of_the_time_zone():
    late, early = at("2026-11-23T22:30"), at("2026-11-23T23:30")  # 23:30 and 00:30 in Vienna
    assert kept([late, early], keep_daily=2) == {late.id, early.id}  # the oldest stays
    assert reasons([late, early], keep_daily=2, zone=VIENNA) == {
        late.id: ["keep_daily 2026-11-23"],
        early.id: ["keep_daily 2026-11-24"],
    }
    assert kept([late, early, at("2026-11-22T01:00")], keep_daily=2) == {early.id, "2026-11-22T01:00"}


def test_the_hour_that_summer_time_repeats_is_two_hours():
    times = ["2026-10-25T01:30", "2026-10-25T00:30", "2026-10-24T20:00"]  # both 02:30 in Vienna
    assert kept([at(time) for time in times], keep_hourly=2, zone=VIENNA) == set(times[:2])


@pytest.mark.parametrize("span, left", [("24h", 1), ("25h", 2), ("1d1h", 2), ("2w", 14), ("1m", 31), ("1y", 40)])
def test_what_is_younger_than_a_length_of_time(span, left):
    assert len(kept(daily(40), keep_within=Span.parse("keep_within", span))) == left


def test_rules_add_up_and_each_tells():
    told = reasons(daily(3), keep_last=1, keep_daily=2, keep_within=Span.parse("keep_within", "2d"))
    assert told == {
        "day-0": ["keep_last", "keep_daily 2026-11-24", "keep_within 2d"],
        "day-1": ["keep_daily 2026-11-23", "keep_within 2d"],
        "day-2": ["no rule keeps it"],
    }


def test_each_source_has_its_own():
    items = [replace(item, id=f"{source}-{item.id}", source=source) for source in ("a", "b") for item in daily(3)]
    assert kept(items, keep_last=1) == {"a-day-0", "b-day-0"}


# -- what is no rule


def test_the_last_usable_one_stays_unless_that_is_waived():
    within = Span.parse("keep_within", "1h")
    old = daily(4)[1:]
    assert reasons(old, keep_within=within, min_keep=1)["day-1"] == ["min_keep 1"]
    assert kept(old, keep_within=within, min_keep=2) == {"day-1", "day-2"}
    assert kept(old, keep_within=within, min_keep=0) == set()


def test_what_failed_is_not_counted_and_only_deleted_when_that_was_asked_for():
    items = [
        replace(item, state=FAILED, status="error") if item.id in ("day-0", "day-2") else item for item in daily(4)
    ]
    assert reasons(items, keep_last=1) == {
        "day-0": ["status error, and delete_failed is not set"],
        "day-1": ["keep_last"],
        "day-2": ["status error, and delete_failed is not set"],
        "day-3": ["no rule keeps it"],
    }
    assert reasons(items, keep_last=1, delete_failed=Span.parse("delete_failed", "1d12h")) == {
        "day-0": ["status error, younger than 1d12h"],
        "day-1": ["keep_last"],
        "day-2": ["status error, older than 1d12h"],
        "day-3": ["no rule keeps it"],
    }


def test_what_is_pending_is_not_counted_and_not_touched():
    items = [replace(daily(1)[0], state=PENDING, status="creating", created_at=None), *daily(3)[1:]]
    assert reasons(items, keep_last=1) == {
        "day-0": ["status creating"],
        "day-1": ["keep_last"],
        "day-2": ["no rule keeps it"],
    }


def test_what_has_no_age_stays():
    assert reasons([replace(daily(1)[0], created_at=None), *daily(3)[1:]], keep_last=1)["day-0"] == [
        "its age is unknown"
    ]


@pytest.mark.parametrize(
    "hold, told",
    [
        ("true", "on hold (true)"),
        ("forever", "on hold (forever)"),
        ("2026-13-45", "on hold (2026-13-45)"),
        ("next week", "on hold (next week)"),
        ("20261124", "on hold (20261124)"),
        ("2026-11-24", "on hold until 2026-11-24"),
        ("9999-12-31", "on hold until 9999-12-31"),
        ("2026-11-24T12:31", "on hold until 2026-11-24T12:31"),
        ("2026-11-24T14:00+01:00", "on hold until 2026-11-24T14:00+01:00"),
        ("2026-11-23", None),
        ("2026-11-24 12:30", None),
        ("2026-11-24T13:00+01:00", None),
        ("false", None),
        ("No", None),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_holds(hold, told):
    items = [*daily(1), Item("held", "volume", NOW - timedelta(days=50), holds=(hold,))]
    assert reasons(items, keep_last=1)["held"] == [told or "no rule keeps it"]


def test_a_hold_ends_with_its_day_in_the_time_zone():
    held = Item("held", "volume", NOW - timedelta(days=50), holds=("2026-11-24",))
    for zone, hour, there in ((timezone.utc, 23, True), (VIENNA, 23, False), (VIENNA, 22, True)):
        assert (
            judge(Policy(keep_last=1, min_keep=0, zone=zone), [*daily(1), held], NOW.replace(hour=hour))["held"].keep
            is there
        )


def test_what_can_not_go_stays():
    items = [*daily(1), replace(daily(2)[1], ties=("volume v was made from it", "protected"))]
    assert reasons(items, keep_last=1)["day-1"] == ["volume v was made from it", "protected"]


def test_what_a_kept_one_is_built_upon_stays():
    full, first, second, third = reversed(daily(4))
    items = [
        full,
        replace(first, needs=frozenset({full.id})),
        replace(second, needs=frozenset({first.id})),
        replace(third, needs=frozenset({"gone"})),
    ]
    assert kept(items, keep_last=1) == {"day-0"}
    assert reasons(items, keep_last=2) == {
        "day-0": ["keep_last"],
        "day-1": ["keep_last"],
        "day-2": ["day-1 needs it"],
        "day-3": ["day-2 needs it"],
    }


def test_the_fuse():
    assert len(kept(daily(5), keep_last=2, max_delete=3)) == 2
    with pytest.raises(
        OsnapError, match=r"^3 of 5 snapshots would be deleted, and max_delete is 2; nothing was deleted\."
    ):
        kept(daily(5), keep_last=2, max_delete=2)


# -- what is dated in the future: some clock is wrong, and it may be any


@pytest.mark.parametrize("rule", ["keep_last", "keep_daily", "keep_yearly", "min_keep"])
def test_what_is_dated_in_the_future_neither_counts_nor_goes(rule):
    ahead = [Item(f"ahead-{day}", "volume", NOW + timedelta(days=400 * day)) for day in range(1, 4)]
    policy = {"keep_within": Span.parse("keep_within", "1h"), rule: 1}
    told = reasons([*daily(3)[1:], *ahead], **policy)
    assert told["day-1"][0].startswith(rule) and told["day-2"] == ["no rule keeps it"]
    assert told["ahead-1"] == ["dated in the future, 2027-12-29T12:30:00Z"]
    assert kept(ahead, **policy) == {"ahead-1", "ahead-2", "ahead-3"}


def test_what_failed_in_the_future_stays_too():
    item = Item("ahead", "volume", NOW + timedelta(seconds=1), FAILED, "error")
    assert kept([*daily(1), item], keep_last=1, delete_failed=Span.parse("x", "0h")) == {"day-0", "ahead"}


# -- options


@pytest.mark.parametrize(
    "options, told",
    [
        ({}, "The policy keeps nothing; set at least one of keep_last, "),
        ({"keep_last": 0, "keep_within": "0d", "min_keep": 5, "delete_failed": "1d"}, "The policy keeps nothing; "),
        ({"keep_daily": -2}, "keep_daily is -2; it takes a number of snapshots, or -1 for all."),
        ({"keep_last": 1, "min_keep": -1}, "min_keep is -1; it takes 0 or more."),
        ({"keep_last": 1, "max_delete": -1}, "max_delete is -1; it takes 0 or more."),
        ({"keep_within": "a while"}, "keep_within is 'a while'; it takes years, months, "),
        ({"keep_within": "12h14d"}, "keep_within is '12h14d'; "),
        ({"keep_within": ""}, "keep_within is ''; "),
        ({"keep_last": 1, "delete_failed": "7"}, "delete_failed is '7'; "),
        ({"keep_last": 1, "time_zone": "Vienna"}, "time_zone 'Vienna' is not known on this machine; "),
        ({"keep_last": 1, "time_zone": "../../etc"}, "time_zone '../../etc' is not known"),
        ({"keep_last": 1, "time_zone": "Europe"}, "time_zone 'Europe' is not known"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(options, told):
    with pytest.raises(OsnapError) as caught:
        Policy.of(options)
    assert str(caught.value).startswith(told)


def test_a_policy_of_options():
    assert Policy.of(
        {"keep_last": 3, "keep_within": " 14D12h ", "max_delete": 0, "time_zone": "Europe/Vienna", "keep_daily": None}
    ) == Policy(keep_last=3, keep_within=Span("14d12h", 0, 14, 12), min_keep=1, max_delete=0, zone=VIENNA)
    assert Policy.of({"keep_yearly": -1, "min_keep": 0}).min_keep == 0


@pytest.mark.parametrize(
    "text, moment",
    [
        ("1m", datetime(2026, 3, 1, tzinfo=timezone.utc)),
        ("1y1m", datetime(2025, 3, 1, tzinfo=timezone.utc)),
        ("13m", datetime(2025, 3, 1, tzinfo=timezone.utc)),
        ("2w1d3h", datetime(2026, 3, 16, 9, tzinfo=timezone.utc)),
        ("9999y", datetime.min.replace(tzinfo=timezone.utc)),
        ("999999d", datetime.min.replace(tzinfo=timezone.utc)),
        ("999999y", datetime.min.replace(tzinfo=timezone.utc)),
    ],
)
def test_lengths_of_time_are_those_of_the_calendar(text, moment):
    assert (
        Span.parse("keep_within", text).before(datetime(2026, 3, 31, 12, tzinfo=timezone.utc), timezone.utc) == moment
    )


def test_a_day_of_summer_time_is_a_day_and_an_hour_an_hour():
    now = datetime(2026, 3, 29, 12, tzinfo=VIENNA)  # the night before had 23 hours
    assert Span.parse("x", "1d").before(now, VIENNA) == datetime(2026, 3, 28, 12, tzinfo=VIENNA)
    assert Span.parse("x", "24h").before(now, VIENNA) == datetime(2026, 3, 28, 11, tzinfo=VIENNA)


# -- for any policy and any snapshots

spans = st.builds(
    lambda months, days, hours: Span(f"{months}m{days}d{hours}h", months, days, hours),
    st.integers(0, 14),
    st.integers(0, 400),
    st.integers(0, 60),
)
counts = st.one_of(st.integers(0, 6), st.just(-1))
zones = st.sampled_from([timezone.utc, VIENNA, ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")])
policies = st.builds(
    Policy,
    **dict.fromkeys(COUNTS, counts),
    keep_within=st.none() | spans,
    min_keep=st.integers(0, 3),
    delete_failed=st.none() | spans,
    zone=zones,
)
moments = st.one_of(
    st.integers(-3, 72).map(lambda hours: NOW - timedelta(hours=hours)),
    st.integers(0, 1500).map(lambda days: NOW - timedelta(days=days, minutes=days)),
)


@st.composite
def snapshots(draw):
    """Snapshots of three sources; an increment needs older ones."""
    found = []
    for number in range(draw(st.integers(0, 25))):
        found.append(
            Item(
                f"{number:02}",
                draw(st.sampled_from("abc")),
                draw(st.one_of(moments, st.none()) if draw(st.integers(0, 9)) == 0 else moments),
                draw(st.sampled_from([USABLE, USABLE, USABLE, FAILED, PENDING])),
                "error",
                draw(st.sampled_from([(), (), (None,), ("true",), ("2026-11-30", "2020-01-01"), ("2020-01-01",)])),
                draw(st.sampled_from([(), (), (), ("in use",)])),
                frozenset(
                    draw(st.lists(st.sampled_from([item.id for item in found]), max_size=2))
                    if found and draw(st.booleans())
                    else ()
                ),
            )
        )
    return found


def staying(policy, items):
    return {id for id, verdict in judge(policy, items, NOW).items() if verdict.keep}


def usable(items, source):
    return sorted(
        (item for item in items if item.source == source and item.state == USABLE and item.created_at),
        key=lambda item: (item.created_at, item.id),
        reverse=True,
    )


@given(policies, snapshots())
def test_every_item_has_one_verdict_and_a_reason(policy, items):
    verdicts = judge(policy, items, NOW)
    assert verdicts.keys() == {item.id for item in items}
    assert all(verdict.reasons and all(verdict.reasons) for verdict in verdicts.values())


@given(policies, snapshots(), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(policy, items, random):
    shuffled = random.sample(items, len(items))
    assert judge(policy, items, NOW) == judge(policy, shuffled, NOW)


@given(policies, snapshots())
def test_pruning_what_is_left_deletes_nothing(policy, items):
    left = staying(policy, items)
    assert staying(policy, [item for item in items if item.id in left]) == left


def larger(small, data):
    """A policy that keeps at least as much, each part of it as it was or more."""
    values = {}
    for name in COUNTS:
        count = getattr(small, name)
        values[name] = -1 if count < 0 else data.draw(st.sampled_from([count, count + 1, count + 3, -1]), name)
    for name in ("keep_within", "delete_failed"):
        span = getattr(small, name)
        if span:
            more = data.draw(spans, name)
            values[name] = Span("more", span.months + more.months, span.days + more.days, span.hours + more.hours)
    if small.keep_within is None:
        values["keep_within"] = data.draw(st.none() | spans)
    if small.delete_failed and data.draw(st.booleans()):
        values["delete_failed"] = None
    return replace(small, **values, min_keep=small.min_keep + data.draw(st.integers(0, 2)))


@given(policies, snapshots(), st.data())
def test_a_larger_policy_never_deletes_more(policy, items, data):
    assert staying(policy, items) <= staying(larger(policy, data), items)


@given(policies, snapshots(), st.data())
def test_a_hold_or_a_tie_never_deletes_more(policy, items, data):
    more = [
        replace(
            item,
            holds=data.draw(st.sampled_from([item.holds, (*item.holds, "true")])),
            ties=data.draw(st.sampled_from([item.ties, ("in use",)])),
        )
        for item in items
    ]
    assert staying(policy, items) <= staying(policy, more)


@given(policies, snapshots())
def test_never_fewer_usable_than_min_keep_and_the_newest_of_them(policy, items):
    left = staying(policy, items)
    for source in "abc":
        assert {item.id for item in usable(items, source)[: policy.min_keep]} <= left


@given(policies, snapshots())
def test_the_newest_usable_is_kept_if_a_rule_keeps_any_of_its_source(policy, items):
    verdicts = judge(policy, items, NOW)
    for source in "abc":
        rows = usable(items, source)
        if any(reason.startswith(("keep_", "min_keep")) for item in rows for reason in verdicts[item.id].reasons):
            assert verdicts[rows[0].id].keep


@given(policies, snapshots())
def test_what_is_held_tied_pending_or_needed_stays(policy, items):
    left = staying(policy, items)
    assert {
        item.id
        for item in items
        if {"true", "2026-11-30"} & set(item.holds) or item.ties or item.state == PENDING or item.created_at is None
    } <= left
    assert {id for item in items if item.id in left for id in item.needs} <= left


@given(policies, snapshots(), st.integers(0, 5))
def test_the_fuse_deletes_all_or_nothing(policy, items, most):
    doomed = len(items) - len(staying(policy, items))
    fused = replace(policy, max_delete=most)
    if doomed > most:
        with pytest.raises(OsnapError, match=f"^{doomed} of {len(items)} snapshots would be deleted"):
            judge(fused, items, NOW)
    else:
        assert staying(fused, items) == staying(policy, items)


# -- what was good and has lost a part: it takes no place of another, and goes when it would have gone whole


def lost(item):
    return replace(item, state=LOST, status="torn")


def test_what_has_lost_a_part_takes_nobodys_place_and_goes_when_it_would_have_gone_whole():
    newest, second, third, oldest = daily(4)
    assert reasons([lost(newest), second, lost(third), oldest], keep_last=2) == {
        "day-0": ["status torn, and whole it would be kept by keep_last"],
        "day-1": ["keep_last"],
        "day-2": ["no rule keeps it"],
        "day-3": ["keep_last"],
    }


def test_what_has_lost_a_part_does_not_go_for_its_failure():
    items = [lost(item) for item in daily(3)]
    assert kept(items, keep_last=-1, delete_failed=Span.parse("delete_failed", "1d")) == {"day-0", "day-1", "day-2"}
    assert kept(items, keep_last=1) == {"day-0"}


def test_the_last_good_one_stays_beside_newer_ones_that_have_lost_a_part():
    newest, second, third = daily(3)
    items, hour = [lost(newest), lost(second), third], Span.parse("x", "1h")
    assert kept(items, keep_within=hour, min_keep=1) == {"day-0", "day-2"}
