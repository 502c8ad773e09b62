# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.result import migration, predicted

IMAGE = {"id": "i", "size": 5, "disk_format": "qcow2", "hash_algo": "sha512", "hash_value": "ab"}
SERVER = {"id": "new", "status": "ACTIVE", "addresses": {"net": [{"addr": "10.0.0.7"}, {"addr": "10.0.0.8"}]}}


def disk(kind="image", **found):
    return {
        **dict.fromkeys(("index", "id", "name", "method", "method_reason")),
        "kind": kind,
        "size": 20,
        "found": {**dict.fromkeys(("snapshot", "image", "copied", "volume", "rehearsal_volume")), **found},
    }


def plan(*disks, server=None, rehearsal=None, phase="copied"):
    return {
        **dict.fromkeys(("server", "server_id", "server_name", "name")),
        "verified": False,
        "complete": False,
        "phase": phase,
        "found": {"server": server, "rehearsal": rehearsal},
        "disks": list(disks),
        "notices": ["It has a floating IP."],
    }


def test_nothing_is_there_yet():
    told = migration(plan(disk()))
    assert told["new_server_id"] is None and told["addresses"] == []
    assert {told["disks"][0][key] for key in ("snapshot_id", "image_id", "copy_id", "volume_id", "size")} == {None}


def test_the_snapshot_of_novas_own_disk_is_its_image():
    (one,) = migration(plan(disk(snapshot={"id": "s"}, copied=IMAGE)))["disks"]
    assert (one["snapshot_id"], one["image_id"], one["copy_id"], one["size"]) == ("s", "s", "i", 5)
    assert (one["gib"], one["disk_format"]) == (20, "qcow2")


def test_that_of_a_volume_is_made_into_one():
    found = {"snapshot": {"id": "s"}, "image": {"id": "m"}, "copied": IMAGE, "volume": {"id": "v"}}
    (one,) = migration(plan(disk("volume", **found)))["disks"]
    assert (one["snapshot_id"], one["image_id"], one["copy_id"], one["volume_id"]) == ("s", "m", "i", "v")


def test_the_new_server_goes_before_a_rehearsal():
    told = migration(plan(server=SERVER, rehearsal={"id": "other", "status": "ERROR"}))
    assert (told["new_server_id"], told["addresses"]) == ("new", ["10.0.0.7", "10.0.0.8"])
    told = migration(plan(disk(rehearsal_volume={"id": "w"}), rehearsal=SERVER))
    assert (told["new_server_id"], told["disks"][0]["volume_id"]) == ("new", "w")


@pytest.mark.parametrize(
    "state, phase", [("copied", "copied"), ("moved", "cut_over"), ("complete", "complete"), ("rehearsed", "rehearsed")]
)
def test_a_prediction_has_the_phase_and_null_for_what_only_a_run_can_know(state, phase):
    told = predicted(plan(disk(snapshot={"id": "s"}), server=SERVER), state)
    assert told["phase"] == phase and told["verified"] is None and told["notices"] is None
    assert set(told) == set(migration(plan()))
    (one,) = told["disks"]
    assert one["snapshot_id"] is one["disk_format"] is None and one["gib"] == 20
    assert (told["new_server_id"] is None) == (state != "copied")
