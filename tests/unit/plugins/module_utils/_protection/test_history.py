# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what a window lacks and what may go: a night in the life of a policy, with failures, kills and clocks."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._protection import history, policies, status
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import NEW, Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    FAILED,
    LOST,
    PENDING,
    USABLE,
    Item,
)

NOW = datetime(2026, 11, 30, 2, tzinfo=timezone.utc)


def policy(**options):
    return policies.read({"gold": {"keep_daily": 7, **options}})["gold"]


def taken(id, created, state=USABLE, window=None, marks=(), every="1d", **item):
    label = window if window is not None else policy(every=every).every.label(created)
    row = {
        "id": id,
        "name": f"gold-{label}",
        "created_at": created.isoformat(),
        "status": {USABLE: "available", FAILED: "error", LOST: "torn", PENDING: "creating"}[state],
    }
    marked = {"osnap_policy": "gold", "osnap_window": label, **dict(marks)}
    return Taken(row, marked, Item(id, "v", created, state, row["status"], (marked.get("osnap_hold"),), **item))


def newest_first(*those):
    return history.of_policy(policy(), "v", those)


def test_a_window_that_has_a_good_one_lacks_nothing():
    there = taken("a", NOW - timedelta(hours=1))
    assert history.need(policy(), [there], NOW).there is there


def test_what_is_unfinished_is_waited_for_and_what_has_failed_is_taken_anew():
    failed, pending = taken("a", NOW, FAILED), taken("b", NOW, PENDING)
    assert history.need(policy(), newest_first(failed), NOW).failed is failed
    both = history.need(policy(), newest_first(failed, pending), NOW)
    assert (both.unfinished, both.failed, both.there) == (pending, None, None)


def test_one_of_yesterday_is_not_of_today():
    assert history.need(policy(), [taken("a", NOW - timedelta(hours=3))], NOW).there is None


@pytest.mark.parametrize("marks", [{"osnap_policy": "silver"}, {"osnap_window": ""}, {"osnap_policy": ""}])
def test_what_others_have_taken_is_neither_counted_nor_touched(marks):
    assert newest_first(taken("a", NOW, marks=marks)) == []


def test_the_new_one_is_counted():
    old = [taken(str(day), NOW - timedelta(days=day)) for day in range(1, 4)]
    two = policy(keep_daily=2)
    found = history.verdicts(two, "v", old, history.need(two, old, NOW), NOW)
    assert {id for id, one in found.items() if one.keep} == {NEW, "1"}


def test_where_the_window_has_one_no_new_one_is_counted():
    there = [taken("a", NOW), taken("b", NOW - timedelta(days=1))]
    last = policy(keep_daily=None, keep_last=1)
    found = history.verdicts(last, "v", there, history.need(last, there, NOW), NOW)
    assert {id: one.keep for id, one in found.items()} == {"a": True, "b": False}


def test_a_policy_on_hold_removes_nothing():
    there = [taken(str(day), NOW - timedelta(days=day)) for day in range(9)]
    held = policy(hold=True, keep_daily=1)
    found = history.verdicts(held, "v", there, history.need(held, there, NOW), NOW)
    assert {one.reasons for one in found.values()} == {("the policy gold is on hold (True)",)}


def test_what_has_lost_a_member_goes_when_it_would_have_gone_whole_and_counts_for_nothing():
    """Verify it of torn sets that are old: their rest may be dear, and what a killed removal has left is not."""

    def torn(id, days):
        return taken(id, NOW - timedelta(days=days), LOST)

    good = [taken("a", NOW), taken("b", NOW - timedelta(days=3)), taken("c", NOW - timedelta(days=4))]
    three = policy(keep_daily=None, keep_last=2)
    found = history.verdicts(three, "v", [*good, torn("young", 1), torn("old", 5)], None, NOW)
    assert {id: one.keep for id, one in found.items()} == {
        "a": True,
        "b": True,
        "c": False,
        "young": True,
        "old": False,
    }
    assert found["young"].reasons == ("status torn, and whole it would be kept by keep_last",)


def test_a_torn_set_of_this_window_is_taken_anew():
    one = taken("a", NOW, LOST)
    need = history.need(policy(), [one], NOW)
    assert need.failed is one
    assert set(history.verdicts(policy(), "v", [one], need, NOW)) == {NEW}


def test_a_backup_is_incremental_as_long_as_a_full_one_is_young_and_what_it_needs_stays():
    def backup(id, days, is_incremental):
        one = taken(id, NOW - timedelta(days=days))
        return dataclasses.replace(one, row={**one.row, "is_incremental": is_incremental})

    week = policy(**{"as": "backup", "full_every": "7d", "keep_daily": None, "keep_last": 1})
    chain = [backup("upper", 1, True), backup("full", 6, False)]
    assert history.base(week, chain, NOW) == "upper"
    assert history.base(week, [backup("upper", 1, True), backup("full", 8, False)], NOW) is None
    assert history.base(policy(), chain, NOW) is None
    assert history.base(week, [], NOW) is None
    found = history.verdicts(week, "v", chain, history.need(week, chain, NOW), NOW, "upper")
    assert {id: one.keep for id, one in found.items()} == {NEW: True, "upper": True, "full": False}


nights = st.lists(
    st.tuples(
        st.sampled_from(["good", "good", "good", "failed", "killed", "none", "twice"]),
        st.integers(-120, 120),
        st.booleans(),
    ),
    min_size=5,
    max_size=40,
)


@given(nights, st.integers(1, 5), st.integers(0, 3), st.sampled_from(["UTC", "Europe/Vienna", "Pacific/Apia"]))
@settings(max_examples=150)
def test_a_month_of_nights(events, daily, weekly, zone):
    """Verify of nights with failures, kills, clocks that are turned and holds: one of each window, the newest good one
    and what is held stay, and nobody else's goes.
    """
    kept = policy(keep_daily=daily, keep_weekly=weekly, time_zone=zone)
    others = taken("other", NOW - timedelta(days=400), marks={"osnap_policy": "silver"})
    there, gone, number = [others], set(), 0
    for night, (event, minutes, hold) in enumerate(events):
        clock = NOW + timedelta(days=night, minutes=minutes)
        for _run in range(2 if event == "twice" else 1):
            if event == "none":
                continue
            own = history.of_policy(kept, "v", there)
            need = history.need(kept, own, clock)
            if need.unfinished:  # the one that a killed run had begun has become good since
                there[there.index(need.unfinished)] = done = taken(
                    need.unfinished.id, need.unfinished.item.created_at, window=need.window
                )
                own = history.of_policy(kept, "v", there)
                assert done in own
            elif not need.there:
                there = [one for one in there if one is not need.failed]
                number += 1
                state = {"failed": FAILED, "killed": PENDING}.get(event, USABLE)
                marks = {"osnap_hold": "true"} if hold else {}
                there.append(taken(str(number), clock, state, window=need.window, marks=marks))
                if state != USABLE:
                    continue
            own = history.of_policy(kept, "v", there)
            verdicts = history.verdicts(kept, "v", own, None, clock)
            newest = history.newest_good(own)
            assert newest is None or verdicts[newest.id].keep
            doomed = {id for id, one in verdicts.items() if not one.keep}
            assert not {one.id for one in own if one.id in doomed and one.marks.get("osnap_hold")}
            there, gone = [one for one in there if one.id not in doomed], gone | doomed
    assert others in there
    windows = [one.window for one in history.of_policy(kept, "v", there) if one.is_good]
    assert len(windows) == len(set(windows))


ROW = {"id": "v", "name": "data", "created_at": "2026-01-01T00:00:00Z", "metadata": {}}


def told(*those, row=None, **options):
    kept = policy(**options)
    return status.status(Subject("volume", row or ROW, kept, "item", "gold"), those, NOW)


def test_a_torn_or_failed_newest_one_does_not_count_as_the_newest_good_one():
    found = told(taken("a", NOW, FAILED), taken("b", NOW - timedelta(days=3)))
    assert found.row["newest"]["id"] == "b"
    assert found.row["alarms"] == ["overdue", "failed"]
    assert found.alarms[0]["sentence"] == (
        f"The volume 'data' (v) is overdue: its newest good one is of {found.row['newest']['created_at']}, and the"
        " policy gold wants one that is at most 36 hours old."
    )


@pytest.mark.parametrize(("hours", "overdue"), [(35.9, False), (36.1, True)])
def test_overdue_is_what_is_older_than_its_age(hours, overdue):
    assert told(taken("a", NOW - timedelta(hours=hours))).row["is_overdue"] is overdue
    assert told(taken("a", NOW - timedelta(hours=hours)), max_age="60h").row["is_overdue"] is False


def test_a_young_volume_is_not_overdue_and_an_old_one_without_any_is():
    assert told().row["alarms"] == ["overdue"]
    assert told(row={**ROW, "created_at": (NOW - timedelta(hours=1)).isoformat()}).row["alarms"] == []


def test_one_that_is_paused_says_so_instead():
    assert told(paused=True).row["alarms"] == ["paused"]


def test_untested_is_what_was_not_restored_lately_or_was_red():
    week = {"restore_test": {"every": "7d"}}

    def marked(result, days):
        at = (NOW - timedelta(days=days)).isoformat()
        return {"osnap_tested_at": at, "osnap_tested_result": result, "osnap_tested_seconds": "42"}

    young = taken("a", NOW - timedelta(hours=2))
    assert told(young, **week).row["alarms"] == []  # it has nothing yet that could be too old
    old = taken("b", NOW - timedelta(days=8))
    assert told(young, old, **week).row["alarms"] == ["untested"]
    good = taken("c", NOW - timedelta(days=9), marks=marked("passed", 6))
    assert told(young, good, **week).row["tested"]["seconds"] == 42
    assert told(young, good, **week).row["alarms"] == []
    assert told(young, taken("c", NOW, marks=marked("passed", 8)), **week).row["alarms"] == ["untested"]
    assert told(young, taken("c", NOW, marks=marked("failed", 1)), **week).row["alarms"] == ["untested"]


def test_holds_are_told_with_their_reasons():
    found = told(taken("a", NOW, marks={"osnap_hold": "2026-12-31"}))
    assert [one["reason"] for one in found.row["holds"]] == ["on hold until 2026-12-31"]


def test_who_has_no_policy_is_unprotected_unless_on_purpose():
    nobody = Subject("volume", ROW)
    assert status.status(nobody, (), NOW).row["alarms"] == ["unprotected"]
    left_out = Subject("volume", ROW, is_left_out=True)
    assert status.status(left_out, (), NOW).row["alarms"] == []
    unknown = Subject("volume", ROW, named="glod", problem="The volume has the policy 'glod'.")
    assert status.status(unknown, (), NOW).alarms[0]["sentence"] == "The volume has the policy 'glod'."


def test_the_summary_counts_each_alarm():
    rows = [told().row, told(paused=True).row, told(taken("a", NOW)).row]
    assert status.summary(rows) == {
        "all": 3,
        "overdue": 1,
        "unprotected": 0,
        "failed": 0,
        "torn": 0,
        "lagging": 0,
        "untested": 0,
        "paused": 1,
    }
