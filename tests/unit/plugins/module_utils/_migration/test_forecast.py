# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test how long a server is said to be off, and whether it is stopped before the end of a window."""

from datetime import datetime, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent
from ansible_collections.osnap.openstack.plugins.module_utils._migration import window
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import GIB, Measured

PLAN = {"server_name": "web01", "server_id": "s1"}
AT = datetime(2026, 5, 4, 2, 0, tzinfo=timezone.utc)


def disk(kind="image", target="image", size=1, copied=None, method="stream"):
    return {"kind": kind, "target": target, "size": size, "method": method, "found": {"copied": copied}}


def test_without_a_measure_nobody_can_tell():
    measured = Measured()
    measured.add("stop", 5.0)
    assert measured.seconds_of([disk()], 2) is None


def test_a_rate_stands_in_for_the_first_measure_and_no_longer():
    measured = Measured(rate=GIB / 10)
    assert measured.seconds_of([disk(size=2)], 1) == pytest.approx(20)
    measured.add("copy", 1.0, GIB)
    assert measured.seconds_of([disk(size=2)], 1) == pytest.approx(2)


def test_what_takes_what_it_takes_counts_once_and_by_its_median():
    measured = Measured(rate=GIB)
    for seconds in (2.0, 4.0, 60.0):
        measured.add("boot", seconds)
    measured.add("stop", 5.0)
    assert measured.seconds_of([disk()], 1) == pytest.approx(4 + 5 + 1)


def test_a_volume_becomes_an_image_and_a_volume_again():
    measured = Measured(rate=GIB)
    measured.add("image", 3.0, GIB)
    measured.add("volume", 2.0, GIB)
    assert measured.seconds_of([disk("volume", "volume")], 1) == pytest.approx(3 + 1 + 2)
    assert measured.seconds_of([disk()], 1) == pytest.approx(1)


def test_disks_go_side_by_side_as_far_as_there_are_lanes():
    measured, disks = Measured(rate=GIB), [disk(size=4), disk(size=1), disk(size=1)]
    assert measured.seconds_of(disks, 1) == pytest.approx(6)
    assert measured.seconds_of(disks, 2) == pytest.approx(4)


def test_the_size_is_that_of_the_last_copy():
    assert Measured(rate=GIB).seconds_of([disk(size=100, copied={"size": GIB})], 1) == pytest.approx(1)


@pytest.mark.parametrize("end", [None, ""])
def test_without_a_window_all_are_stopped(end):
    window.admit(PLAN, None, end, AT)
    assert window.problem(end) is None


def test_who_is_up_again_before_the_end_is_stopped():
    window.admit(PLAN, 1799, "2026-05-04T02:30:00Z", AT)
    window.admit(PLAN, 1799, "2026-05-04T04:30:00+02:00", AT)


@pytest.mark.parametrize(
    "forecast, why",
    [(1801, "would be up again after 1801 seconds, and that is after 2026"), (None, "nothing was measured yet")],
)
def test_who_is_not_is_deferred_and_told_why(forecast, why):
    with pytest.raises(NotSent, match=f"^The server 'web01' \\(s1\\) is deferred, and was not stopped: .*{why}"):
        window.admit(PLAN, forecast, "2026-05-04T02:30:00Z", AT)


@pytest.mark.parametrize("end", ["tonight", "2026-05-04T02:30:00", "26-05-04"])
def test_an_end_that_is_no_moment_is_refused(end):
    assert window.problem(end) == (
        f"window_end is '{end}'; it takes a time with its zone, such as 2026-05-04T04:00:00Z"
    )


def test_the_next_server_is_stopped_so_early_that_it_has_its_snapshot_when_a_copy_ends():
    measured = Measured()
    for what, seconds in (("stop", 2.0), ("copy", 30.0)):
        measured.add(what, seconds, GIB)
    assert measured.until_next(GIB) is None  # nobody knows how long a snapshot takes
    assert measured.seconds_of([disk()], 1) == pytest.approx(32)  # and having asked does not make it measured
    measured.add("snapshot", 3.0)
    assert measured.until_next(2 * GIB) == pytest.approx(55)
    assert measured.until_next(GIB // 10) == 0
    assert measured.until_next(None) is None
