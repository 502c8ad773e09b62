# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import threading
import time

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import schedule
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(schedule, "CHECK_EVERY", 0.01)


class Job:
    """A job that can go away."""

    def __init__(self):
        self.gone = False

    def check(self):
        if self.gone:
            raise JobGone()


class Most:
    """How many were within at once, at most."""

    def __init__(self):
        self.now = self.most = 0
        self._lock = threading.Lock()

    def __enter__(self):
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.005)

    def __exit__(self, *_error):
        with self._lock:
            self.now -= 1


def lanes(job=None, **sizes):
    return Lanes(sizes, (job or Job()).check)


def failing(error):
    def chain():
        raise error

    return chain


def test_results_come_in_the_order_of_the_chains_whichever_ends_first():
    def chain(number):
        time.sleep(0.02 / (number + 1))
        return number

    assert lanes().run([lambda n=n: chain(n) for n in range(8)], 8) == list(range(8))


def test_no_chain_is_no_result():
    assert lanes().run([], 4) == []


def test_no_more_chains_run_than_allowed():
    most, together = Most(), threading.Barrier(3)

    def chain():
        with most:
            together.wait(5)

    lanes().run([chain] * 12, 3)
    assert most.most == 3


@pytest.mark.parametrize(("size", "expected"), [(1, 1), (2, 2), (0, 6)])
def test_no_more_chains_are_in_a_lane_than_it_has_places(size, expected):
    most, gate, together, fleet = Most(), threading.Barrier(6), threading.Barrier(expected), lanes(copies=size)

    def chain():
        gate.wait(5)
        with fleet.lane("copies"), most:
            together.wait(5)

    fleet.run([chain] * 6, 6)
    assert most.most == expected


def test_each_back_end_has_a_lane_for_itself():
    fleet, both = lanes(conversions=1), threading.Barrier(2)

    def chain(back_end):
        with fleet.lane("conversions", of=back_end):
            both.wait(5)

    assert fleet.run([lambda: chain("ceph"), lambda: chain("lvm")], 2) == [None, None]


def test_a_lane_is_first_come_first_served():
    fleet, order, entered = lanes(copies=1), [], threading.Event()

    def first():
        with fleet.lane("copies"):
            entered.set()
            time.sleep(0.2)

    def later(number):
        entered.wait(5)
        time.sleep(0.02 * number)
        with fleet.lane("copies"):
            order.append(number)

    fleet.run([first, *(lambda n=n: later(n) for n in range(1, 6))], 6)
    assert order == [1, 2, 3, 4, 5]


def test_a_lane_nobody_has_declared_is_a_mistake():
    with pytest.raises(KeyError), lanes(copies=1).lane("copys"):
        pass


def test_chains_that_hold_two_lanes_in_one_order_do_not_block_each_other():
    fleet, most = lanes(boots=2, copies=1), Most()

    def chain():
        with fleet.lane("boots"), fleet.lane("copies"), most:
            pass
        with fleet.lane("copies"):
            pass
        return "done"

    assert fleet.run([chain] * 10, 10) == ["done"] * 10
    assert most.most == 1


def test_a_failure_ends_its_own_chain_only_and_leaves_its_place_in_the_lane():
    fleet = lanes(copies=1)

    def chain(number):
        with fleet.lane("copies"):
            if number == 1:
                raise OsnapError("No.")
        return number

    results = fleet.run([lambda n=n: chain(n) for n in range(4)], 4)
    assert [str(result) for result in results] == ["0", "No.", "2", "3"]


def test_after_an_error_that_dooms_the_rest_no_chain_is_begun_and_those_that_run_go_on():
    running, failed = threading.Event(), threading.Event()
    begun = []

    def slow():
        running.set()
        failed.wait(5)
        return "done"

    def doomed():
        running.wait(5)
        try:
            raise OsnapError("The user name or the password is wrong.", stops_work=True)
        finally:
            failed.set()

    results = lanes().run([slow, doomed, *[lambda: begun.append(1)] * 3], 1 + 1)
    assert results[0] == "done"
    assert [type(result) for result in results[2:]] == [NotSent] * 3
    assert str(results[2]) == ("Not attempted, because an earlier item failed: The user name or the password is wrong.")
    assert not begun


def test_what_chains_have_written_is_counted_for_whoever_counts_around_them():
    def chain():
        written.add(2)

    before = written.count()
    lanes().run([chain] * 5, 3)
    assert written.count() - before == 10


@pytest.mark.parametrize("writes", [0, 1])
def test_an_error_says_whether_its_chain_has_changed_anything(writes):
    def chain():
        written.add(writes)
        raise OsnapError("No.")

    results = lanes().run([chain, chain], 1)
    assert [result.changed_nothing for result in results] == [not writes] * 2


def test_a_job_that_has_gone_ends_chains_that_wait_for_a_lane_and_begins_no_other():
    job, begun = Job(), []
    fleet = lanes(job, copies=1)
    waiting = threading.Event()

    def holder():
        with fleet.lane("copies"):
            waiting.wait(5)
            time.sleep(0.05)
            job.gone = True
            time.sleep(0.1)

    def waiter():
        waiting.set()
        with fleet.lane("copies"):
            begun.append("waiter")

    with pytest.raises(JobGone):
        fleet.run([holder, waiter, lambda: begun.append("later")], 2)
    assert not begun


def test_any_other_exception_ends_all_and_is_raised_itself():
    fleet, begun, broken = lanes(copies=1), [], threading.Event()

    def running():
        broken.wait(5)
        for _turn in range(500):  # links
            fleet.check()
            time.sleep(0.01)
        begun.append("all its links")

    def breaks():
        try:
            raise TypeError("a mistake")
        finally:
            broken.set()

    with pytest.raises(TypeError, match="a mistake"):
        fleet.run([running, breaks, lambda: begun.append("later")], 2)
    assert not begun


def test_an_error_in_the_lane_that_ends_all_frees_its_place():
    fleet = lanes(copies=1)

    def chain():
        with fleet.lane("copies"):
            raise TypeError("a mistake")

    started = time.monotonic()
    with pytest.raises(TypeError):
        fleet.run([chain] * 4, 4)
    assert time.monotonic() - started < 3


def test_several_places_are_had_at_once_and_left_one_by_one():
    """Test chains that need 2, 5 and 1 of 3 places. Verify that one begins as soon as there are enough for it."""
    job = lanes(off=3)
    order, left = [], threading.Event()

    def chain(count, name):
        def go():
            with job.places("off", count) as places:
                order.append(name)
                if name == "wide":
                    places.keep(1)
                    assert left.wait(5)
                else:
                    time.sleep(0.01)
            return name

        return go

    def late():
        while "wide" not in order:
            time.sleep(0.001)
        with job.places("off", 2):  # not before the wide one has left two of its three
            left.set()
        return "late"

    assert job.run([chain(2, "first"), chain(5, "wide"), late], 3) == ["first", "wide", "late"]


def test_no_places_are_had_without_waiting():
    job = lanes(off=1)
    with job.places("off", 1), job.places("off", 0) as none:
        none.keep(0)
