# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the windows: one label for all moments of a window, in the policy's time zone, whatever the clock does."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection.windows import Every

UTC = timezone.utc
VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("every", "zone", "moment", "label"),
    [
        ("1d", UTC, "2026-11-30T23:59:59+00:00", "2026-11-30"),
        ("1d", VIENNA, "2026-11-30T23:00:00+00:00", "2026-12-01"),
        ("24h", UTC, "2026-11-30T12:00:00+00:00", "2026-11-30"),
        ("1w", UTC, "2026-11-29T23:59:59+00:00", "2026-W48"),
        ("7d", UTC, "2026-11-30T00:00:00+00:00", "2026-W49"),
        ("1w", UTC, "2027-01-01T00:00:00+00:00", "2026-W53"),
        ("4h", UTC, "2026-11-30T07:59:00+00:00", "2026-11-30T04"),
        ("1h", VIENNA, "2026-10-25T00:30:00+00:00", "2026-10-25T02+0200"),
        ("1h", VIENNA, "2026-10-25T01:30:00+00:00", "2026-10-25T02+0100"),
        ("1m", UTC, "2028-02-29T12:00:00+00:00", "2028-02"),
        ("3m", UTC, "2026-11-30T12:00:00+00:00", "2026-10"),
        ("1y", UTC, "2026-11-30T12:00:00+00:00", "2026-01"),
    ],
)
def test_a_moment_has_the_label_of_its_window(every, zone, moment, label):
    assert Every.parse(every, zone).label(datetime.fromisoformat(moment)) == label


@pytest.mark.parametrize("text", ["5h", "48h", "1d1h", "1m1d", "0d", "nightly", ""])
def test_what_is_no_window_is_refused_in_one_sentence(text):
    with pytest.raises(OsnapError, match=f"^every is '{text}'; it takes"):
        Every.parse(text, UTC)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["1h", "4h", "12h", "1d", "2d", "3d", "1w", "2w", "1m", "3m", "1y"]),
    st.sampled_from([UTC, VIENNA, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")]),
)
def test_windows_never_run_backward_and_each_follows_the_one_before(moment, every, zone):
    """Verify that a label, once left, never comes again, and that no window is longer than it is said to be."""
    window = Every.parse(every, zone)
    step = window.length / 7
    labels = [window.label(moment + step * index) for index in range(30)]
    changes = [label for index, label in enumerate(labels) if index == 0 or labels[index - 1] != label]
    assert len(changes) == len(set(changes))
    longest = max(labels.count(label) for label in changes)
    assert longest <= 9  # a window of 7 steps, and the hour that a clock is turned back


def test_a_clock_that_is_turned_back_over_midnight_makes_no_window_twice():
    """Verify it where summer time ended a minute after midnight, as in Newfoundland until 2011."""
    daily, first = Every.parse("1d", ZoneInfo("America/St_Johns")), datetime(2010, 11, 7, 2, 20, tzinfo=UTC)
    labels = [daily.label(first + timedelta(minutes=minutes)) for minutes in range(0, 180, 5)]
    assert labels == sorted(labels)


def test_a_mark_far_from_its_window_is_not_believed():
    """Verify that what a clock years ahead has marked does not stand for the window when it comes."""
    daily, now = Every.parse("1d", UTC), datetime(2026, 11, 30, 2, tzinfo=UTC)
    label = daily.label(now)
    assert daily.is_of(label, now)
    assert daily.is_of(label, now - timedelta(hours=3))  # a clock that is some minutes ahead, at midnight
    assert not daily.is_of(label, now - timedelta(days=900))
    assert not daily.is_of(label, now + timedelta(days=3))
    assert not daily.is_of(label, None)
