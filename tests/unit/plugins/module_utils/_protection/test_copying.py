# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what becomes of a server whose set could not be copied, and of what was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import work
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._protection import (
    copies,
    copying,
    done,
    history,
    policies,
)
from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject

NOW = datetime(2026, 11, 30, 2, tzinfo=timezone.utc)
FAR = policies.read({"gold": {"keep_daily": 7, "copy_to": "far"}})["gold"]
TAKEN = {"id": "set-1", "name": "gold-2026-11-30", "created_at": NOW.isoformat(), "status": "whole"}


class Places:
    pairs = {"far": None}


class Context:
    timeout = 1


@pytest.fixture(name="copied")
def fixture_copied(monkeypatch):
    """What becomes of the copying of one server, whose set is taken by this task."""

    def copied(answer):
        def plan_items(operation, context, items, refuse_twice):
            if answer == "unread":
                raise OsnapError("glance is away.")
            assert [(item["server"], item["name"]) for item in items] == [("s", "set-1")]
            return [Plan({}, {"is": "there"}, (Step(COPY),), None, None)]

        outcome = Outcome(error=answer) if isinstance(answer, OsnapError) else Outcome(TAKEN)
        monkeypatch.setattr(copying.work, "inner", lambda *those, **other: Context())
        monkeypatch.setattr(copying.work, "plan_items", plan_items)
        monkeypatch.setattr(copying.work, "apply_plans", lambda operation, context, plans: [outcome])
        need = history.need(FAR, (), NOW)
        verdicts = history.verdicts(FAR, "s", (), need, NOW)
        one = done.Carried(Subject("server", {"id": "s", "name": "web"}, FAR), need, "gold-2026-11-30", (), verdicts)
        carried = replace(one, copies=copies.judged(one, [], NOW))
        plan = Plan({}, {}, (), None, {}, carried=carried)
        return copying.Copying(Context(), Places(), [plan], {"s": work.Done(Outcome(TAKEN), True)})

    return copied


def test_the_set_that_was_just_taken_is_copied(copied):
    assert copied("good").errors == {}


@pytest.mark.parametrize("answer", ["unread", OsnapError("There is no room.", status=413, stops_work=True)])
def test_what_could_not_be_copied_fails_its_server_and_says_so(copied, answer):
    error = copied(answer).errors["s"]
    why = "glance is away." if answer == "unread" else "There is no room."
    assert str(error) == (
        "The server 'web' (s) has its set 'gold-2026-11-30', which could not be copied to far; nothing of it was"
        f" removed: {why}"
    )
    assert error.fields["resource"] == "s"
    assert error.stops_work is (answer != "unread")
