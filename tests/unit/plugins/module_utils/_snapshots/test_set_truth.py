# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test when what was begun of a set is completed, and when it is taken anew."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_truth

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=timezone.utc)


def row(**values):
    return {
        "disks": ["root", "data"],
        "missing": ["data"],
        "marked": True,
        "consistency": "off",
        "after": "req-stop",
        "created_at": (NOW - timedelta(hours=5)).isoformat(),
        **values,
    }


def actions(*later):
    rows = [{"action": name, "request_id": f"req-{name}-late", "start_time": "later"} for name in later]
    before = [{"action": name, "request_id": f"req-{name}", "start_time": "before"} for name in ("stop", "create")]
    return [*rows, *before]


def untrue(one, *later, status="SHUTOFF", disks=("root", "data"), most=60):
    return set_truth.untrue(one, {"status": status}, disks, actions(*later), NOW, most)


@pytest.mark.parametrize("later", [(), ("createImage",), ("lock", "stop"), ("attach_interface",)])
def test_a_server_that_is_still_off_is_as_it_was_however_long(later):
    assert untrue(row(), *later) == []


@pytest.mark.parametrize("action", ["start", "rebuild", "attach_volume", "detach_volume", "resize", "something-new"])
def test_what_was_done_to_it_since_makes_another_moment(action):
    assert untrue(row(), action) == [f"the server had '{action}' at later"]


def test_a_start_and_a_stop_in_between_are_seen():
    assert untrue(row(), "stop", "start") == ["the server had 'start' at later"]


@pytest.mark.parametrize(
    "after, later, told",
    [
        ("req-stop", (), []),
        ("req-stop", ("createImage",), []),
        ("req-stop", ("stop", "start"), ["the server had 'start' at later"]),
        ("long ago", (), ["Nova does not list any more what was done to the server before it"]),
        (None, (), ["the server had 'create' at before"]),
    ],
)
def test_what_was_done_to_it_while_a_set_was_taken_is_told(after, later, told):
    assert set_truth.acts(actions(*later), row(after=after, missing=[])) == told


def test_another_power_is_another_moment():
    assert "is running now, and was off then" in untrue(row(), status="ACTIVE")[0]
    assert "is off now, and was running then" in untrue(row(consistency="unknown"))[0]


def test_other_disks_are_another_moment():
    assert untrue(row(), disks=("root",)) == ["the server has other disks now"]
    assert untrue(row(), disks=("root", "data", "new")) == ["the server has other disks now"]


def test_a_group_snapshot_without_marks_wants_what_it_has():
    assert untrue(row(marked=False, disks=["data"], missing=[])) == []


def test_a_running_server_writes_on():
    running = row(consistency="unknown", created_at=(NOW - timedelta(seconds=50)).isoformat())
    assert untrue(running, status="ACTIVE") == []
    assert "more than 40 s apart" in untrue(running, status="ACTIVE", most=40)[0]
    assert untrue({**running, "missing": []}, status="ACTIVE", most=0) == []
    assert untrue({**running, "created_at": "soon"}, status="ACTIVE") != []


def test_what_was_frozen_was_frozen_once():
    assert untrue(row(consistency="frozen", created_at=NOW.isoformat()), status="ACTIVE") == [
        "its file systems were frozen once for all disks"
    ]


def test_what_nobody_tells_is_not_believed():
    assert "does not list any more" in untrue(row(after="req-gone"))[0]
    assert untrue(row(after=None)) == ["the server had 'create' at before"]
