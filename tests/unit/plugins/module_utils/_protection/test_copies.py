# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what is copied of a server, what goes of its copies, and how far they are behind."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, DELETE
from ansible_collections.osnap.openstack.plugins.module_utils._protection import (
    copies,
    done,
    history,
    policies,
    status,
)
from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import NEW, Taken
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import PENDING, USABLE, Item

NOW = datetime(2026, 11, 30, 2, tzinfo=timezone.utc)
FAR = policies.read({"gold": {"keep_daily": 7, "copy_to": "far", "copy_keep": {"keep_last": 2}}})["gold"]
WEB = Subject("server", {"id": "s", "name": "web", "created_at": "2026-01-01T00:00:00Z"}, FAR)


def taken(days, state=USABLE, name="gold"):
    """One of some days ago; a copy has the ID of its set."""
    created = NOW - timedelta(days=days)
    label = FAR.every.label(created)
    row = {"id": f"set-{days}", "name": f"gold-{label}", "created_at": created.isoformat(), "status": "whole"}
    return Taken(row, {"osnap_policy": name, "osnap_window": label}, Item(f"set-{days}", "s", created, state, "whole"))


def carried(*sets):
    need = history.need(FAR, sets, NOW)
    return done.Carried(WEB, need, f"gold-{need.window}", sets, history.verdicts(FAR, "s", sets, need, NOW))


def test_what_is_still_to_be_taken_is_copied_and_counted():
    found = copies.judged(carried(taken(1)), [taken(1), taken(2)], NOW)
    assert done.is_copying(found)
    assert found.verdicts[NEW].keep
    assert [one.id for one in found.doomed] == ["set-2"]


def test_what_is_there_is_not_copied_again():
    found = copies.judged(carried(taken(0), taken(1)), [taken(0), taken(1), taken(2)], NOW)
    assert not done.is_copying(found)
    assert [one.id for one in found.doomed] == ["set-2"]


def test_a_copy_that_is_unfinished_is_gone_on_with():
    found = copies.judged(carried(taken(0)), [taken(0, PENDING), taken(1)], NOW)
    assert done.is_copying(found)
    assert "set-0" not in found.verdicts
    assert not found.doomed


def test_copies_of_another_policys_sets_are_left_alone():
    found = copies.judged(carried(taken(0)), [taken(0), taken(5, name="silver"), taken(6)], NOW)
    assert set(found.verdicts) == {"set-0", "set-6"}


def test_what_would_go_at_once_is_not_copied():
    """Verify it of newer copies of the policy, as a change of its windows leaves them."""
    newer = [taken(-0.01), taken(-0.02)]
    later = NOW + timedelta(hours=1)
    found = copies.judged(carried(taken(0)), newer, later)
    assert not done.is_copying(found)
    assert not found.doomed


class Places:
    problems: dict = {}

    def __init__(self, *there):
        self.there = there

    def of(self, name, server_id):
        return [one for one in self.there if (name, server_id) == ("far", "s")]

    def tied(self, name, those):
        return those


def test_the_plan_and_what_is_told_of_it():
    one = copies.with_copies(Places(taken(1), taken(2)), [carried(taken(0), taken(1))], NOW)["s"]
    plan = done.plan(one, None)
    assert [step.verb for step in plan.steps] == [COPY, DELETE]
    assert plan.before["copied"] == [done.line(taken(1)), done.line(taken(2))]
    assert plan.after["copied"] == ["gold-2026-11-30", done.line(taken(1))]
    told = plan.resource["copies"]
    assert (told["to"], told["is_new"]) == ("far", True)
    assert [one["name"] for one in told["kept"]] == ["gold-2026-11-30", "gold-2026-11-29"]
    assert [one["name"] for one in told["removed"]] == ["gold-2026-11-28"]


def test_a_place_that_can_not_be_reached_is_a_problem_of_its_servers():
    places = Places()
    places.problems = {"far": OsnapError("It is away.")}
    one = copies.with_copies(places, [carried(taken(0))], NOW)["s"]
    assert (str(one.problem), one.copies) == ("It is away.", None)
    places.problems = {"far": copies.SameProject("It is here.")}
    assert isinstance(copies.with_copies(places, [carried(taken(0))], NOW)["s"], OsnapError)
    places.problems = {"far": OsnapError("It is away.")}
    found = status.status(WEB, [taken(0)], NOW, copies.newest_of(places, {"s": FAR})["s"])
    assert found.row["alarms"] == ["lagging"]
    assert found.alarms[0]["sentence"].endswith("its copies in far can't be read. It is away.")


@pytest.mark.parametrize(
    ("here", "there", "lag", "alarms"),
    [
        ([0, 1], [0], 0, []),
        ([0, 1], [1], 86400, []),  # the newest may be on its way
        ([0, 1, 2], [2], 2 * 86400, ["lagging"]),
        ([0], [], None, ["lagging"]),
        ([], [3], None, ["overdue"]),
    ],
)
def test_lagging_is_what_is_further_behind_than_a_window_and_a_half(here, there, lag, alarms):
    found = status.status(WEB, [taken(days) for days in here], NOW, [taken(days) for days in there])
    assert found.row["copies"]["lag_seconds"] == lag
    assert found.row["alarms"] == alarms


def test_where_nothing_is_to_be_copied_nothing_lags():
    assert status.status(WEB, [taken(0)], NOW).row["copies"] is None
