# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import (
    FIRST_PAUSE,
    GONE,
    LONGEST_PAUSE,
    READY,
    SETTLED,
    wait,
)
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Clock, Listener


class Lives:
    """Objects that go through a life each, a status a poll; None: not there; the last status stays."""

    noun = "volume snapshot"
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    saves_twice = False

    def __init__(self, reason=None, **lives):
        self.lives, self.polls, self._reason = lives, [], reason

    def is_busy(self, row):
        return row.get("busy", False)

    def poll(self, ids):
        at = len(self.polls)
        self.polls.append(list(ids))
        now = {id: self.lives[id][min(at, len(self.lives[id]) - 1)] for id in ids}
        return {id: {"id": id, "name": "nightly", "status": status} for id, status in now.items() if status}

    def remedy(self, row):
        return None

    def dependents(self, row):
        return []

    def reason(self, row):
        return self._reason

    def label(self, row):
        return f"'{row['name']}' ({row['id']})"


@pytest.fixture(autouse=True)
def impatient():
    """Here the pauses are what moves the clock."""


def waited(lives, goals, timeout=60, listener=None, clock=None, **more):
    clock = clock or Clock()
    progress = listener or Listener()
    return wait(lives, goals, timeout=timeout, progress=progress, clock=clock, sleep=clock.sleep, **more)


def failure(lives, goal, **options):
    outcome = waited(lives, {"s1": goal}, **options)["s1"]
    assert isinstance(outcome, OsnapError) and outcome.fields["resource"] == "s1"
    return str(outcome)


def test_nothing_to_wait_for_is_no_request():
    lives = Lives()
    assert waited(lives, {}) == {} and not lives.polls


def test_what_is_ready_at_once_costs_one_poll_and_no_pause():
    clock = Clock()
    assert waited(Lives(s1=["available"]), {"s1": READY}, clock=clock)["s1"]["status"] == "available"
    assert not clock.pauses


@pytest.mark.parametrize("timeout, pause", [(60, 0.2), (0, 0)])
def test_what_was_asked_for_this_moment_is_not_looked_at_at_once(timeout, pause):
    lives, clock = Lives(s1=[None]), Clock()
    assert waited(lives, {"s1": GONE}, timeout=timeout, clock=clock, asked=True) == {"s1": None}
    assert clock.pauses == [pause] and len(lives.polls) == 1


def test_what_becomes_ready_is_returned_as_it_is_then():
    lives = Lives(s1=["creating", "creating", "available"])
    assert waited(lives, {"s1": READY})["s1"] == {"id": "s1", "name": "nightly", "status": "available"}
    assert len(lives.polls) == 3


def test_an_unknown_status_is_waited_out():
    assert waited(Lives(s1=["backing-up", "unheard of", "available"]), {"s1": READY})["s1"]["status"] == "available"


class SavedTwice(Lives):
    saves_twice = True


@pytest.mark.parametrize("goal", [READY, SETTLED])
@pytest.mark.parametrize("life, polls", [(["available"], 2), (["creating", "available", "updating", "available"], 5)])
def test_of_a_status_that_is_saved_twice_the_first_counts_for_nothing(goal, life, polls):
    lives = SavedTwice(s1=life)
    assert waited(lives, {"s1": goal})["s1"]["status"] == "available" and len(lives.polls) == polls


def test_the_second_look_at_a_status_that_is_saved_twice_comes_a_moment_after_the_first():
    clock, slow = Clock(), ["creating"] * 12
    lives = SavedTwice(s1=[*slow, "available"], s2=[*slow, "creating", "creating", "available"])
    assert waited(lives, {"s1": READY, "s2": READY}, clock=clock)
    grown = LONGEST_PAUSE
    assert clock.pauses[11:] == [
        grown,
        FIRST_PAUSE,
        grown,
        FIRST_PAUSE,
    ]  # and the others are not asked more often for it


def test_a_status_that_is_saved_twice_is_believed_at_the_end_of_the_time_and_of_what_goes():
    assert waited(SavedTwice(s1=["available"]), {"s1": READY}, timeout=0)["s1"]["status"] == "available"
    assert waited(SavedTwice(s1=["deleting", None]), {"s1": GONE}) == {"s1": None}


def test_what_goes_is_none():
    assert waited(Lives(s1=["deleting", None]), {"s1": GONE}) == {"s1": None}


def test_many_are_waited_for_together_and_only_the_open_ones_are_asked_for():
    lives = Lives(a=["creating", "available"], b=["available"], c=["deleting", "deleting", None])
    outcomes = waited(lives, {"a": READY, "b": READY, "c": GONE})
    assert lives.polls == [["a", "b", "c"], ["a", "c"], ["c"]]
    assert outcomes["c"] is None and outcomes["a"]["status"] == outcomes["b"]["status"] == "available"


def test_an_error_is_told_with_the_services_reason():
    assert (
        failure(Lives(s1=["creating", "error"], reason="no space"), READY)
        == "The volume snapshot 'nightly' (s1) went into status error: no space."
    )
    assert failure(Lives(s1=["error"]), READY) == "The volume snapshot 'nightly' (s1) went into status error."


def test_a_deletion_that_fails_is_told():
    assert (
        failure(Lives(s1=["deleting", "error_deleting"], reason="busy"), GONE)
        == "The volume snapshot 'nightly' (s1) went into status error_deleting: busy."
    )


def test_back_to_available_means_that_the_deletion_was_refused():
    assert (
        failure(Lives(s1=["available"], reason="Snapshot is busy"), GONE)
        == "The volume snapshot 'nightly' (s1) can't be deleted: the service took the request and went back to"
        " available: Snapshot is busy; remove what depends on it, then run again."
    )
    assert "went back to available" in failure(Lives(s1=["deleting", "deleting", "available"]), GONE)


def test_deleted_by_somebody_else_while_it_was_made():
    assert "The volume snapshot s1 vanished while it was waited for" in failure(
        Lives(s1=["creating", "deleting"]), READY
    )


def test_vanished_while_it_was_made():
    assert (
        failure(Lives(s1=["creating", None]), READY)
        == "The volume snapshot s1 vanished while it was waited for; somebody or the service deleted it. Run again to"
        " make it anew."
    )


def test_a_list_that_lags_behind_is_forgiven_once():
    assert waited(Lives(s1=[None, "creating", None, "available"]), {"s1": READY})["s1"]["status"] == "available"


def test_one_failure_does_not_end_the_wait_for_the_others():
    outcomes = waited(Lives(a=["error"], b=["creating", "available"]), {"a": READY, "b": READY})
    assert isinstance(outcomes["a"], OsnapError)
    assert outcomes["b"]["status"] == "available"


@pytest.mark.parametrize(
    "goal, life, told",
    [
        (
            READY,
            ["creating"],
            (
                "The volume snapshot s1 is not ready after 30 s, its last status is creating; the service is still at"
                " it. Run again to go on waiting from there, or raise timeout."
            ),
        ),
        (
            GONE,
            ["deleting"],
            (
                "The volume snapshot s1 is not gone after 30 s, its last status is deleting; the service is still at"
                " it. Run again to go on waiting from there, or raise timeout."
            ),
        ),
    ],
)
def test_a_timeout_tells_the_last_status_and_what_to_do(goal, life, told):
    assert failure(Lives(s1=life), goal, timeout=30) == told


def test_a_timeout_is_kept_to_the_second_and_loses_no_result():
    clock = Clock()
    outcomes = waited(
        Lives(a=["creating"], b=["creating", "available"]), {"a": READY, "b": READY}, timeout=30, clock=clock
    )
    assert sum(clock.pauses) == pytest.approx(30, abs=0.1)
    assert isinstance(outcomes["a"], OsnapError) and outcomes["b"]["status"] == "available"


def test_a_timeout_of_nothing_still_looks_once():
    assert waited(Lives(s1=["available"]), {"s1": READY}, timeout=0)["s1"]["status"] == "available"
    assert "not ready after 0 s" in failure(Lives(s1=["creating"]), READY, timeout=0)


def test_pauses_grow_and_stay_kind():
    clock = Clock()
    waited(Lives(s1=["creating"] * 25 + ["available"]), {"s1": READY}, timeout=600, clock=clock)
    assert clock.pauses[0] < 0.5 and clock.pauses == sorted(clock.pauses)
    assert clock.pauses[-1] == LONGEST_PAUSE


def test_every_poll_tells_how_far_it_is():
    listener = Listener()
    waited(Lives(a=["creating", "creating", "available"], b=["available"]), {"a": READY, "b": READY}, listener=listener)
    assert listener.lines[0] == "volume snapshots: 1 of 2 ready after 0 s"
    assert len(listener.lines) == 2
    waited(Lives(a=["deleting", None]), {"a": GONE}, listener=listener)
    assert listener.lines[-1] == "volume snapshots: 0 of 1 gone after 0 s"


def test_nothing_is_asked_when_the_job_has_gone():
    lives = Lives(s1=["creating"])
    with pytest.raises(JobGone):
        waited(lives, {"s1": READY}, listener=Listener(gone=JobGone()))
    assert not lives.polls


def test_a_list_that_fails_loses_no_earlier_result():
    class Breaks(Lives):
        def poll(self, ids):
            if self.polls:
                raise OsnapError("Could not list.", status=503)
            return super().poll(ids)

    outcomes = waited(Breaks(s1=["available"], s2=["creating"]), {"s1": READY, "s2": READY})
    assert outcomes["s1"]["status"] == "available" and str(outcomes["s2"]) == "Could not list."


class Advised(Lives):
    """Objects of a service that knows more than their status."""

    def remedy(self, row):
        return "ask an administrator"

    def dependents(self, row):
        return [f"volume {number}" for number in range(self.clones)]


def test_what_helps_a_failed_one_is_told():
    assert (
        failure(Advised(s1=["deleting", "error_deleting"], reason="busy"), GONE)
        == "The volume snapshot 'nightly' (s1) went into status error_deleting: busy; ask an administrator."
    )


@pytest.mark.parametrize(
    "clones, told",
    [
        (0, ""),
        (1, " (volume 0)"),
        (2, " (volume 0, volume 1)"),
        (12, " (" + ", ".join(f"volume {number}" for number in range(10)) + " and 2 more)"),
    ],
)
def test_what_keeps_one_from_going_is_named(clones, told):
    lives = Advised(s1=["available"])
    lives.clones = clones
    assert failure(lives, GONE).endswith(f"went back to available; remove what depends on it{told}, then run again.")


def test_one_that_the_service_is_still_at_is_not_ready_whatever_its_status():
    class Works(Lives):
        def is_busy(self, row):
            return len(self.polls) < 3

    service = Works(s1=["available"])
    assert waited(service, {"s1": READY})["s1"]["status"] == "available" and len(service.polls) == 3
