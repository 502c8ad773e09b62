# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.links import steps, unfinished

FINISHED = {"is_complete": True, "status": "active"}
PARTIAL = {"is_complete": False, "status": "queued"}


def disk(index=0, kind="image", target=None, **found):
    return {
        "index": index,
        "kind": kind,
        "method": "stream",
        "found": {**dict.fromkeys(("snapshot", "image", "copied", "volume", "rehearsal_volume")), **found},
        "volume_restore": {"name": "v"} if (target or kind) == "volume" else None,
    }


def plan(*disks, **given):
    return {
        "complete": False,
        "verified": False,
        "status": "ACTIVE",
        "power": "on",
        "stale": {"copies": []},
        "found": {"server": None, "rehearsal": None},
        "floating_ips": [],
        "disks": disks or (disk(),),
        **given,
    }


def told(plan, state="complete", stop=True):
    return [
        (step.verb, step.values["what"], *([step.values["disk"]] if "disk" in step.values else []))
        for step in steps(plan, state, stop)
    ]


ALL = [("stop", "server"), ("create", "snapshot", 0), ("copy", "copy", 0)]


def test_each_state_has_the_steps_of_the_one_before_and_its_own():
    assert told(plan(), "copied") == ALL
    assert told(plan(), "moved") == [*ALL, ("create", "server")]
    assert told(plan()) == [*ALL, ("create", "server"), ("finish", "server")]
    assert told(plan(), "rehearsed") == [*ALL[1:], ("create", "server")]
    assert told(plan(), "copied", stop=False) == ALL[1:]


def test_a_volume_has_an_image_in_both_clouds_and_becomes_a_volume():
    assert told(plan(disk(1, "volume")), "moved", stop=False) == [
        ("create", "snapshot", 1),
        ("upload", "image", 1),
        ("copy", "copy", 1),
        ("create", "volume", 1),
        ("create", "server"),
    ]


def test_what_is_there_needs_nothing():
    here = disk(snapshot={"status": "active"}, copied=FINISHED)
    assert told(plan(here, status="SHUTOFF"), "copied") == []
    volume = disk(kind="volume", snapshot={"status": "available"}, image=FINISHED, copied=FINISHED, volume={"id": "v"})
    assert told(plan(volume, status="SHUTOFF"), "moved") == [("create", "server")]


@pytest.mark.parametrize("found", [{"image": FINISHED, "copied": PARTIAL}, {"image": PARTIAL, "copied": FINISHED}])
def test_an_image_that_a_killed_task_has_left_unfinished_is_not_there(found):
    left = disk(kind="volume", snapshot={"status": "available"}, **found)
    assert len(told(plan(left, status="SHUTOFF"), "copied")) == 1


def test_a_snapshot_on_its_way_is_waited_for():
    assert told(plan(disk(snapshot={"status": "saving"}, copied=FINISHED), status="SHUTOFF"), "copied") == [
        ("await_ready", "snapshot", 0)
    ]


def test_what_is_stale_goes_first():
    assert told(plan(stale={"copies": [{"id": "c"}]}), "copied") == [("delete", "stale"), *ALL]


def test_a_new_server_that_is_there_is_waited_for_until_it_is_proven():
    there = {"server": {"status": "BUILD"}, "rehearsal": None}
    assert told(plan(found=there), "moved") == [("await_ready", "server")]
    there = {"server": {"status": "ACTIVE"}, "rehearsal": None}
    assert told(plan(found=there, verified=True), "moved") == []
    assert told(plan(found=there, verified=True)) == [("finish", "server")]
    assert told(plan(found=there, verified=True, power="off"), "moved") == [("stop", "new server")]


def test_a_rehearsal_is_no_successor_and_no_successor_a_rehearsal():
    rehearsed = {"server": None, "rehearsal": {"status": "ACTIVE"}}
    assert told(plan(found=rehearsed, verified=True), "rehearsed") == []
    assert ("create", "server") in told(plan(found=rehearsed), "moved")


def test_a_check_only_marks():
    """Test a server of which all, and one of which nothing is there. Verify that neither is moved by a check."""
    there = {"server": {"id": "n", "status": "ACTIVE"}, "rehearsal": None}
    assert told(plan(found=there, verified=True), "checked") == [("finish", "server")]
    assert told(plan(stale={"copies": [{"id": "c"}]}), "checked") == [("finish", "server")]
    assert told(plan(complete=True), "checked") == []


def test_what_is_left_to_be_moved_of_a_server():
    there = {"server": {"id": "n", "status": "ACTIVE"}, "rehearsal": None}
    owed = [{"interface": 0, "address": 0, "existing": None}]
    assert list(unfinished(plan(unverified="there is no server of it"))) == ["there is no server of it"]
    assert list(unfinished(plan(found=there, unverified=None))) == []
    assert list(unfinished(plan(found=there, unverified=None, floating_ips=owed, power="off"))) == [
        "the server n still lacks a floating IP",
        "the server n is on, and is to be off",
    ]
    assert list(unfinished(plan(complete=True, unverified="its snapshot is gone"))) == []


def test_one_that_has_arrived_needs_nothing_ever():
    assert told(plan(complete=True, stale={"copies": [{"id": "c"}]})) == []


def test_a_floating_ip_that_a_killed_task_owes_is_given():
    """Test a server that is there with one of two floating IPs. Verify that the other one is left to be given."""
    entries = [
        {"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": "m", "OS-EXT-IPS:type": "fixed"},
        {"addr": "172.24.4.9", "OS-EXT-IPS-MAC:mac_addr": "m", "OS-EXT-IPS:type": "floating"},
    ]
    owed = [{"interface": 0, "address": number, "existing": None} for number in (0, 1)]
    there = {"id": "n", "status": "ACTIVE", "addresses": {"private": entries}}
    at = plan(found={"server": there, "rehearsal": None}, floating_ips=owed, verified=True)
    assert told(at, "moved") == [("create", "floating IP")]
    assert told(plan(found=at["found"], floating_ips=owed[:1], verified=True), "moved") == []
    assert told(at, "copied") == []
