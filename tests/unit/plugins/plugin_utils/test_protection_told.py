# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test the table of a terminal and the sentence of a monitoring."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.plugin_utils.protection_told import failing, lines, table, untested

NOW = datetime(2026, 11, 30, 3, tzinfo=timezone.utc)


def row(name="data", created="2026-11-30T02:00:00.000000", alarms=(), holds=(), **other):
    newest = {"created_at": created} if created else None
    given = {"volume_id": "v1", "volume_name": name, "policy": "gold", "newest": newest}
    return {**given, "good": 7, "holds": list(holds), "alarms": list(alarms), **other}


def test_columns_have_the_same_width():
    late = row("a-long-name", "2026-11-27T20:00:00Z", ["overdue", "failed"], [1])
    lines = table([row(), late, row("x", None, policy=None)], NOW)
    assert lines == [
        "name         policy  newest good       age    kept        alarms",
        "data         gold    2026-11-30 02:00  1h 0m  7           -",
        "a-long-name  gold    2026-11-27 20:00  2d 7h  7 (1 held)  overdue, failed",
        "x            -       -                 -      7           -",
    ]


def test_a_name_of_several_lines_or_none_is_one_cell():
    assert [line.split("  ")[0] for line in table([row("a\nb\x1b[31m"), row(None)])] == ["name", "a?b?[31m", "v1"]


def test_of_servers_it_is_the_same():
    assert table([{**row(), "server_id": "s1", "server_name": "web"}])[1].startswith("web ")


def test_where_any_is_copied_a_column_says_how_far_that_is_behind():
    def copied(seconds, problem=None):
        return {**row(), "copies": {"to": "far", "lag_seconds": seconds, "problem": problem}}

    lines = table([copied(0), copied(90000), copied(None), copied(None, "It is away."), row()], NOW)
    assert [line.split()[-2] for line in lines[1:]] == ["0m", "1h", "copy", "unknown", "-"]
    assert "1d 1h" in lines[2] and "no copy" in lines[3]


def test_what_is_to_be_tested_is_the_newest_good_set_of_who_is_untested():
    due = {"server_id": "s1", "newest": {"id": "set-1"}, "alarms": ["failed", "untested"]}
    assert untested([due, {**due, "alarms": ["failed"]}, {**due, "newest": None}]) == [{"server": "s1", "set": "set-1"}]


def alarm(code, number=1):
    return {"code": code, "sentence": f"The volume {number} is {code}."}


def test_only_what_matters_fails():
    alarms = [alarm("overdue"), alarm("untested", 2)]
    assert failing(alarms, ["overdue", "torn"]) == "Protection: 1 overdue. The volume 1 is overdue."
    assert failing(alarms, ["torn"]) == failing([], ["torn"]) == ""


def test_a_hundred_alarms_are_one_line():
    told = failing([alarm("overdue", number) for number in range(100)], ["overdue"])
    assert told.startswith("Protection: 100 overdue. The volume 0 is overdue.")
    assert told.endswith("The volume 4 is overdue. 95 more are in the table.")


def test_what_is_no_alarm_is_refused():
    with pytest.raises(ValueError, match="^fail_when has overdu; it takes overdue, unprotected"):
        failing([], ["overdu"])


def test_each_has_a_line_of_what_has_become_of_it():
    done = {"volume_id": "v1", "volume_name": "data", "policy": "gold", "paused": None, "is_new": True, "kept": [1, 2]}
    done |= {"taken": {"name": "gold-2026-11-30"}, "removed": [{"name": "gold-2026-11-01"}]}
    idle = {**done, "is_new": False, "removed": []}
    others = [{**done, "policy": None}, {**done, "paused": "the policy gold is paused (true)"}]
    assert lines([done, idle, *others]) == [
        "data: gold-2026-11-30 taken, 2 kept, removed: gold-2026-11-01",
        "data: gold-2026-11-30 is there, 2 kept",
        "data: left alone, for it has no policy",
        "data: left alone, for the policy gold is paused (true)",
    ]
    copies = {"to": "far", "is_new": True, "kept": [1], "removed": [{"name": "gold-2026-10-01"}]}
    assert lines([{**idle, "copies": copies}, {**idle, "copies": {**copies, "is_new": False, "removed": []}}]) == [
        "data: gold-2026-11-30 is there, 2 kept; copied to far, 1 kept there, removed there: gold-2026-10-01",
        "data: gold-2026-11-30 is there, 2 kept; its copy is in far, 1 kept there",
    ]
    assert lines([done], True) == ["data: gold-2026-11-30 would be taken, 2 kept, would be removed: gold-2026-11-01"]
