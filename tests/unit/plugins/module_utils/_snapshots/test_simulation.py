# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import Item, Policy, judge
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.simulation import MOST_DAYS, simulated

NIGHTS = {"every": "1d", "start": "2026-01-01T02:00", "end": "2026-03-31T02:00"}


def test_each_day_is_what_the_function_that_prunes_says_of_all_that_was_taken():
    """A pruning a day leaves what one pruning at the end would leave of the whole history."""
    policy = {"keep_daily": 7, "keep_weekly": 4, "keep_monthly": 3, "time_zone": "Europe/Vienna"}
    found, nights = simulated({**NIGHTS, **policy}), []
    for day in found["days"]:
        nights += day["taken"]
        end = datetime.fromisoformat(day["day"]).replace(tzinfo=Policy.of(policy).zone) + timedelta(days=1)
        items = [Item(id, "", datetime.fromisoformat(id).replace(tzinfo=end.tzinfo)) for id in nights]
        whole = judge(Policy.of(policy), items, end.astimezone(timezone.utc))
        assert day["remaining"] == [id for id in nights if whole[id].keep]
    assert len(found["days"]) == 90 and len(found["days"][-1]["remaining"]) == 7 + 2 + 2


def test_each_tells_why_it_stays_and_why_it_goes():
    found = simulated({"history": ["2026-01-01T02:00:00Z"], **NIGHTS, "end": "2026-01-05T02:00", "keep_last": 2})
    first = found["snapshots"][0]
    assert first == {
        "id": "2026-01-01T02:00",
        "name": "2026-01-01T02:00",
        "source": "",
        "created_at": "2026-01-01T02:00:00.000000",
        "deleted_on": "2026-01-02",
        "reasons": [
            {"from": "2026-01-01", "until": "2026-01-01", "reasons": ["keep_last"]},
            {"from": "2026-01-02", "until": "2026-01-02", "reasons": ["no rule keeps it"]},
        ],
    }
    assert found["days"][1] == {
        "day": "2026-01-02",
        "taken": ["2026-01-02T02:00"],
        "deleted": ["2026-01-01T02:00"],
        "remaining": ["2026-01-01T02:00:00Z", "2026-01-02T02:00"],
    }


def test_what_was_taken_before_the_policy_is_there_until_its_first_day():
    days = {"end": "2026-01-05T02:00", "pruned_from": "2026-01-04", "until": "2026-01-09"}
    found = simulated({**NIGHTS, **days, "keep_within": "3d"})
    assert [len(day["remaining"]) for day in found["days"]] == [1, 2, 3, 3, 3, 2, 1, 1, 1]


def test_rows_are_what_modules_return():
    old = "2026-01-01T02:00:00.000000"
    rows = [
        {"id": "good", "volume_id": "v", "created_at": "2026-01-02T02:00:00.000000", "status": "available"},
        {"id": "gone", "volume_id": "v", "created_at": old, "status": "available", "metadata": {"osnap_hold": "false"}},
        {"id": "held", "volume_id": "v", "created_at": old, "status": "available", "metadata": {"osnap_hold": "x"}},
        {"id": "until", "volume_id": "v", "created_at": old, "properties": {"osnap_hold": "2026-01-02"}},
        {"id": "failed", "volume_id": "v", "created_at": old, "status": "error"},
        {"id": "work", "volume_id": "v", "created_at": old, "status": "creating"},
        {"id": "torn", "server_id": "s", "created_at": old, "status": "torn"},
        {"id": "set", "server_id": "s", "created_at": "2026-01-02T02:00:00.000000", "status": "whole", "holds": []},
        {"id": "base", "volume_id": "w", "created_at": old},
        {"id": "upper", "volume_id": "w", "created_at": "2026-01-02T02:00:00.000000", "needs": ["base"]},
        {"id": "tied", "source": "v", "created_at": old, "verdict": "keep", "reasons": ["keep_last", "in use"]},
        {"id": "was kept", "source": "v", "created_at": old, "verdict": "keep", "reasons": ["keep_last"]},
    ]
    found = simulated({"history": rows, "keep_last": 1, "until": "2026-01-03", "pruned_from": "2026-01-02"})
    gone = {row["id"]: row["deleted_on"] for row in found["snapshots"] if row["deleted_on"]}
    assert gone == {"gone": "2026-01-02", "torn": "2026-01-02", "was kept": "2026-01-02", "until": "2026-01-02"}


def test_a_pattern_goes_on_with_each_source_of_the_history():
    rows = [{"id": f"{volume}-old", "volume_id": volume, "created_at": "2026-01-01T02:00:00Z"} for volume in "ab"]
    found = simulated({"history": rows, "every": "1d", "start": "2026-01-02", "end": "2026-01-03", "keep_last": 1})
    assert found["days"][-1]["remaining"] == ["2026-01-03T00:00 a", "2026-01-03T00:00 b"]


@pytest.mark.parametrize(
    "options, told",
    [
        ({}, "There is no snapshot to simulate; set history, or every with start and end."),
        ({"every": "1d", "end": "2026-01-01"}, "start is missing; a pattern takes every, start and end."),
        ({**NIGHTS, "every": "1m"}, "every is '1m'; it takes weeks, days and hours"),
        ({**NIGHTS, "every": "0h"}, "every is '0h'; it takes weeks, days and hours"),
        ({**NIGHTS, "every": "often"}, "every is 'often'; it takes years"),
        ({**NIGHTS, "start": "soon"}, "start is 'soon'; it takes a day or a time such as"),
        ({**NIGHTS, "every": "1h", "end": "2036-01-01"}, "every 1h from 2026-01-01T02:00 to 2036-01-01 is more than"),
        ({**NIGHTS, "until": "later"}, "until is 'later'; it takes a day such as 2026-12-31."),
        ({**NIGHTS, "until": "2025-12-31"}, "until is 2025-12-31, and the first snapshot is of 2026-01-01;"),
        ({**NIGHTS, "until": "2039-12-31"}, f"From 2026-01-01 to 2039-12-31 there are more than {MOST_DAYS} days;"),
        ({"history": ["2026-01-01", "x"]}, "history[1] has the time 'x'; it takes one such as"),
        ({"history": [["x"]]}, "history[0] is neither a time nor a snapshot with its created_at."),
        ({"history": [{"id": "x"}]}, "history[0] has the time 'None'; it takes one such as"),
        ({"history": ["2026-01-01", "2026-01-01"]}, "history has '2026-01-01' twice; name each snapshot once."),
        ({**NIGHTS, "keep_last": 0}, "The policy keeps nothing; "),
    ],
)
def test_what_means_nothing_is_refused(options, told):
    with pytest.raises(OsnapError) as caught:
        simulated({"keep_last": 1, **options})
    assert str(caught.value).startswith(told)
