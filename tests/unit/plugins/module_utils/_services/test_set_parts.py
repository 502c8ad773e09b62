# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what makes up a set, and what only claims to."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services import marked_text, set_parts

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=timezone.utc)
SERVER = "4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11"


def at(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def marks(disk, disks="root data logs", age=1000, **others):
    return {
        _marks.SET: "night",
        _marks.SET_ID: "taking",
        _marks.SET_SERVER: SERVER,
        _marks.SET_SERVER_NAME: "web",
        _marks.SET_DISK: disk,
        _marks.SET_AT: at(age),
        _marks.SET_AFTER: "req-1",
        _marks.SET_CONSISTENCY: "off",
        **set_parts.in_pieces(_marks.SET_DISKS, disks),
        **others,
    }


def image(id="image", status="active", created=1000, instance=SERVER, **properties):
    return {
        "id": id,
        "name": "night",
        "status": status,
        "size": set_parts.GIB + 1,
        "hash_algo": "sha512",
        "hash_value": "abc",
        "is_protected": False,
        "created_at": at(created),
        "properties": {"instance_uuid": instance, **marks("root"), _marks.FOR: id, **properties},
    }


def snapshot(volume, id=None, status="available", created=999, metadata=None, group=None):
    return {
        "id": id or f"of-{volume}",
        "name": "night",
        "status": status,
        "size": 3,
        "volume_id": volume,
        "group_snapshot_id": group,
        "created_at": at(created),
        "metadata": marks(volume) if metadata is None else metadata,
    }


def sets(images=(), snapshots=(), groups=(), now=NOW):
    return set_parts.sets_of(list(images), list(snapshots), list(groups), now)


def whole():
    return [image()], [snapshot("data"), snapshot("logs")]


def test_a_whole_set_is_told_with_its_members():
    images, snapshots = whole()
    (row,) = sets(images, snapshots)
    assert (row["status"], row["missing"], row["torn_because"]) == ("whole", [], None)
    assert [member["disk"] for member in row["members"]] == ["root", "data", "logs"]
    assert (row["size_gib"], row["spread_seconds"], row["consistency"]) == (8, 1.0, "off")
    assert set(set_parts.told(row)) == set(set_parts.KEYS)
    assert set(set_parts.told(row)["members"][0]) == set(set_parts.MEMBER_KEYS)


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_set_that_has_lost_any_member_is_torn(lost):
    images, snapshots = whole()
    rows = [*images, *snapshots]
    gone = rows.pop(lost)
    (row,) = sets([one for one in rows if "properties" in one], [one for one in rows if "metadata" in one])
    disk = (gone.get("properties") or gone.get("metadata"))[_marks.SET_DISK]
    assert (row["status"], row["missing"]) == ("torn", [disk])
    assert row["torn_because"] == f"it lacks {set_parts.disk_named(disk)}"
    assert row["size_gib"] is None and row["spread_seconds"] is None


@pytest.mark.parametrize("disks", ["root", "root data", "root data logs more", ""])
def test_members_that_list_different_disks_make_up_no_whole_set(disks):
    images, snapshots = whole()
    altered = snapshot("logs", metadata=marks("logs", disks))
    (row,) = sets(images, [snapshots[0], altered])
    assert row["status"] == "torn"
    assert "(of-logs) say different disks of it" in row["torn_because"]
    (row,) = sets([image(**{_marks.SET_DISKS: disks})], snapshots)
    assert row["status"] == "torn"
    assert "its member image 'night' (image)" in row["torn_because"]


def test_what_was_begun_a_moment_ago_may_be_on_its_way():
    young = image(**marks("root", age=10))
    assert [row["status"] for row in sets([young])] == ["taking"]


@pytest.mark.parametrize(
    ("status", "is_now"),
    [("creating", "taking"), ("error", "failed"), ("error_deleting", "failed"), ("deleting", "torn")],
)
def test_the_status_of_a_member_is_the_sets(status, is_now):
    images, snapshots = whole()
    snapshots[1]["status"] = status
    (row,) = sets(images, snapshots)
    assert row["status"] == is_now
    assert is_now == "taking" or "of-logs" in row["torn_because"]


@pytest.mark.parametrize(("status", "is_now"), [("saving", "taking"), ("queued", "taking"), ("killed", "failed")])
def test_the_status_of_the_image_is_the_sets(status, is_now):
    _images, snapshots = whole()
    (row,) = sets([image(status=status)], snapshots)
    assert row["status"] == is_now


def test_an_image_that_does_not_name_itself_is_not_finished():
    _images, snapshots = whole()
    (row,) = sets([image(**{_marks.FOR: SERVER})], snapshots)
    assert (row["status"], row["torn_because"]) == ("torn", "whoever took it has not finished it")


@pytest.mark.parametrize(
    "properties",
    [
        {"instance": "another"},  # of a server that was booted from a set's image
        {_marks.FOR: "another-image"},  # of a server that was rebuilt from it
        {"instance": None},  # a copy of it
        {_marks.SET_DISK: "data"},
    ],
)
def test_marks_that_were_handed_on_make_no_member(properties):
    images, snapshots = whole()
    other = image(id="copied", **{_marks.FOR: "image", **properties})
    (row,) = sets([*images, other], snapshots)
    assert row["status"] == "whole" and not row["surplus"]
    (row,) = sets([other], snapshots)
    assert row["missing"] == ["root"]


def test_a_snapshot_that_is_marked_for_another_volume_is_no_member():
    images, snapshots = whole()
    snapshots[1]["metadata"] = marks("data")
    (row,) = sets(images, snapshots)
    assert row["missing"] == ["logs"] and not row["surplus"]


def test_another_server_and_another_taking_are_other_sets():
    images, snapshots = whole()
    again = snapshot("data", id="again", metadata=marks("data", **{_marks.SET_ID: "second"}))
    theirs = snapshot("x", metadata=marks("x", disks="x", **{_marks.SET_SERVER: "other"}))
    rows = sets(images, [*snapshots, again, theirs])
    assert sorted((row["server_id"], row["id"], row["status"]) for row in rows) == [
        (SERVER, "second", "torn"),
        (SERVER, "taking", "whole"),
        ("other", "taking", "whole"),
    ]


def test_of_two_members_of_one_disk_the_older_counts():
    images, snapshots = whole()
    late = snapshot("data", id="late", created=1)
    (row,) = sets(images, [late, *snapshots])
    assert row["status"] == "whole"
    assert [member["id"] for member in row["surplus"]] == ["late"]
    assert row["spread_seconds"] == 1.0


def test_members_of_a_group_snapshot_are_known_by_its_description():
    told = {
        _marks.SET_ID: "taking",
        _marks.SET_SERVER: SERVER,
        _marks.SET_AT: at(10),
        _marks.SET_AFTER: "req-1",
        _marks.SET_CONSISTENCY: "unknown",
    }
    group = {"id": "g", "name": "night", "description": marked_text.description(told), "status": "available"}
    members = [snapshot("data", metadata={}, group="g"), snapshot("logs", metadata={"own": "1"}, group="g")]
    (row,) = sets([], members, [group])
    assert (row["name"], row["status"], row["disks"], row["groups"]) == ("night", "taking", ["data", "logs"], ["g"])
    assert len(marked_text.description(told)) < 255
    (row,) = sets([], members, [group], now=NOW + timedelta(seconds=set_parts.STILL_AT_IT))
    assert row["status"] == "torn"
    assert not sets([], members, [{**group, "description": "of somebody"}])


def test_snapshots_that_nova_made_are_known_by_its_image():
    carrier = {
        **image(id="carrier", instance=None, **{_marks.SET_DISK: "all", _marks.FOR: "data"}),
        "size": 0,
    }
    carrier["properties"] |= {
        **set_parts.in_pieces(_marks.SET_DISKS, "data logs"),
        _marks.SET_AT: at(10),
        "block_device_mapping": '[{"snapshot_id": "of-data"}, {"snapshot_id": "of-logs"}]',
    }
    bare = [snapshot("data", metadata={}), snapshot("logs", metadata={})]
    (row,) = sets([carrier], bare)
    assert (row["status"], row["disks"], row["carriers"]) == ("taking", ["data", "logs"], ["carrier"])
    carrier["properties"][_marks.FOR] = "inherited"
    assert not sets([carrier], bare)


def test_long_lists_go_on_in_further_keys():
    disks = " ".join(f"8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6a{number:03}" for number in range(30))
    pieces = set_parts.in_pieces(_marks.SET_DISKS, disks)
    assert len(pieces) == 5 and max(map(len, pieces.values())) == set_parts.MOST
    assert set_parts.together(pieces, _marks.SET_DISKS) == disks
    assert all(map(set_parts.is_of_a_set, pieces)) and not set_parts.is_of_a_set("series")


def test_what_was_tested_is_told():
    tested = {_marks.TESTED_AT: at(5), _marks.TESTED_RESULT: "passed", _marks.TESTED_SECONDS: "74.5"}
    images, snapshots = whole()
    snapshots[0]["metadata"] |= tested
    (row,) = sets(images, snapshots)
    assert row["tested"] == {"at": at(5), "result": "passed", "seconds": 74.5}
    snapshots[0]["metadata"][_marks.TESTED_SECONDS] = "soon"
    assert sets(images, snapshots)[0]["tested"]["seconds"] is None


def test_what_anybody_may_write_is_no_error():
    images, snapshots = whole()
    snapshots[0]["metadata"] |= {_marks.SET_ABOUT: "[1", _marks.SET_BOOT: "[]", _marks.SET_AT: "soon"}
    (row,) = sets(images, snapshots)
    assert row["status"] == "whole" and row["boot"] is None


def test_the_users_metadata_and_holds_are_told():
    own = {"ticket": "5", **set_parts.in_pieces(_marks.SET_KEYS, "series,ticket"), _marks.HOLD: "true"}
    images, snapshots = whole()
    images[0]["properties"] |= own
    (row,) = sets(images, snapshots)
    assert (row["metadata"], row["holds"]) == ({"ticket": "5"}, ["true"])
