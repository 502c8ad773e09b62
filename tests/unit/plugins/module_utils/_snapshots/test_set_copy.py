# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what makes up a copy of a set, which set is copied, and how far copies are behind."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.portable import portable_properties
from ansible_collections.osnap.openstack.plugins.module_utils._services import set_copy_parts, set_parts
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_copy_rules

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=timezone.utc)
SERVER = "4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11"


def at(seconds):
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def marks(disk, taking="taking", **others):
    return {
        _marks.SET: "night",
        _marks.SET_ID: taking,
        _marks.SET_SERVER: SERVER,
        _marks.SET_SERVER_NAME: "web",
        _marks.SET_DISK: disk,
        _marks.SET_AT: at(9000),
        _marks.SET_CONSISTENCY: "off",
        _marks.POLICY: "gold",
        _marks.TESTED_AT: at(10),
        _marks.TESTED_RESULT: "passed",
        _marks.HOLD: "true",
        _marks.SET_KEYS: "ticket",
        "ticket": "5",
        **set_parts.in_pieces(_marks.SET_DISKS, "root data"),
        **set_parts.in_pieces(_marks.SET_BOOT, '{"flavor":"' + "x" * 300 + '"}'),
        **others,
    }


def the_set(taking="taking"):
    image = {
        "id": "image",
        "name": "night",
        "status": "active",
        "size": 5,
        "hash_algo": "sha512",
        "hash_value": "abc",
        "is_protected": False,
        "created_at": at(9000),
        "properties": {"instance_uuid": SERVER, **marks("root", taking), _marks.FOR: "image"},
    }
    snapshot = {
        "id": "snapshot",
        "name": "night",
        "status": "available",
        "size": 3,
        "volume_id": "data",
        "group_snapshot_id": None,
        "created_at": at(8999),
        "metadata": marks("data", taking),
    }
    (row,) = set_parts.sets_of([image], [snapshot], [], NOW)
    return row


def copied(row, member, id=None, age=500, complete=True, **others):
    """The image that a member becomes."""
    given = set_copy_parts.marks_of(row, member, row["metadata"], None, "project")
    id = id or f"copy of {member['disk']}"
    return {
        "id": id,
        "name": "web-night-0",
        "status": "active" if complete else "saving",
        "size": 5,
        "hash_algo": "sha512",
        "hash_value": "abc",
        "is_protected": False,
        "created_at": at(age),
        "properties": {**given, _marks.FOR: id, **({_marks.COMPLETE: "true"} if complete else {})},
        **others,
    }


def copies(*images):
    return set_copy_parts.copies_of(images, NOW)


def both(row):
    return [copied(row, member) for member in row["members"]]


def test_a_whole_copy_has_the_shape_and_the_moment_of_its_set():
    row = the_set()
    (copy,) = copies(*both(row))
    assert set(set_copy_parts.told(copy)) == set(set_copy_parts.COPY_KEYS)
    kept = ("id", "name", "server_id", "created_at", "status", "consistency", "boot", "metadata", "policy")
    assert copy["spread_seconds"] == row["spread_seconds"]
    for key in kept:
        assert copy[key] == row[key], key
    assert [one["disk"] for one in copy["members"]] == ["root", "data"]
    assert [one["size_gib"] for one in copy["members"]] == [1, 3]
    assert (copy["holds"], copy["tested"], copy["copied_at"]) == ([], None, at(500))


def test_a_copy_is_no_set_and_a_set_no_copy():
    row = the_set()
    images = both(row)
    assert set_parts.sets_of(images, [], [], NOW) == []
    assert copies(*(one["row"] for one in row["members"] if one["kind"] == "image")) == []


def test_what_is_made_of_a_copy_is_no_part_of_it():
    image = copied(the_set(), the_set()["members"][0])
    assert copies({**image, "id": "of a server that was booted from it"}) == []
    assert not [key for key in portable_properties(image["properties"]) if key.startswith(_marks.COPIED)]


@pytest.mark.parametrize(("age", "status"), [(500, "torn"), (100, "taking")])
def test_a_copy_that_lacks_a_disk_says_so(age, status):
    row = the_set()
    (copy,) = copies(copied(row, row["members"][0], age=age))
    assert (copy["status"], copy["missing"]) == (status, ["data"])


def test_of_an_image_that_was_begun_nothing_is_whole():
    row = the_set()
    (copy,) = copies(copied(row, row["members"][0]), copied(row, row["members"][1], complete=False))
    assert copy["status"] == "taking"
    assert set(set_copy_rules.finished(copy)) == {"root"}
    assert [one["disk"] for one in set_copy_rules.useless(copy)] == ["data"]


def test_of_two_images_of_a_disk_the_finished_one_is_of_use():
    row = the_set()
    begun = copied(row, row["members"][1], id="another", age=400, complete=False)
    (copy,) = copies(*both(row), begun)
    assert copy["status"] == "whole"
    assert [one["id"] for one in set_copy_rules.useless(copy)] == ["another"]


def item(**given):
    return {**dict.fromkeys(("server", "name", "hold", "metadata")), "server": "web", **given}


def test_the_newest_whole_set_is_meant():
    older, newer = {**the_set("a"), "created_at": at(9000)}, {**the_set("b"), "created_at": at(100)}
    assert set_copy_rules.meant([newer, older], [], item(), "here")[0] is newer
    torn = {**newer, "status": "torn", "torn_because": "it lacks a disk"}
    assert set_copy_rules.meant([torn, older], [], item(), "here")[0] is older
    with pytest.raises(OsnapError, match="is torn: it lacks a disk; only a whole one is copied"):
        set_copy_rules.meant([torn], [], item(), "here")
    with pytest.raises(OsnapError, match="2 snapshot sets .* are named"):
        set_copy_rules.meant([newer, older], [], item(name="night"), "here")


def test_a_whole_copy_of_a_set_that_has_gone_stays():
    row = the_set()
    (copy,) = copies(*both(row))
    assert set_copy_rules.meant([], [copy], item(name="night"), "here") == (None, copy)
    with pytest.raises(OsnapError, match="There is no snapshot set of the server 'web'"):
        set_copy_rules.meant([], [copy], item(), "here")


def test_a_server_is_known_by_its_sets_as_well():
    row = the_set()
    assert set_copy_rules.server_ids("web", [], [row], "here") == {SERVER}
    assert set_copy_rules.server_ids(SERVER, [], [row], "here") == {SERVER}
    with pytest.raises(OsnapError, match="2 servers are known as 'web'"):
        set_copy_rules.server_ids("web", [{"id": "1"}, {"id": "2"}], [], "here")


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ({"server": " "}, "present", "server is empty"),
        ({"name": " "}, "present", "name is empty"),
        ({}, "absent", "name is missing"),
        ({"metadata": {"osnap_policy": "x"}}, "present", "metadata has osnap_policy"),
    ],
)
def test_what_is_wrong_is_said(given, state, words):
    assert words in set_copy_rules.problem(item(**given), state)
    assert set_copy_rules.problem(item(name="night"), state) is None


def test_how_far_a_copy_is_behind():
    first, second = {**the_set("a"), "created_at": at(7200)}, {**the_set("b"), "created_at": at(0)}
    (none,) = set_copy_rules.lags([second, first], [])
    assert (none["lag_seconds"], none["sets_behind"], none["newest_copy"]) == (None, 2, None)
    (behind,) = set_copy_rules.lags([second, first], [{**first, "status": "whole"}])
    assert (behind["lag_seconds"], behind["sets_behind"], behind["newest_copy"]) == (7200.0, 1, "night")
    (torn,) = set_copy_rules.lags([second, first], [{**second, "status": "torn"}, first])
    assert torn["lag_seconds"] == 7200.0
    (there,) = set_copy_rules.lags([second, first], [second, first])
    assert (there["lag_seconds"], there["sets_behind"]) == (0.0, 0)


def test_names_fit_whatever_a_server_is_called():
    row = {**the_set(), "server_name": "w" * 255, "name": "n" * 255}
    assert len(set_copy_rules.image_name(row, "data")) == 255
    assert set_copy_rules.image_name(row, "data") != set_copy_rules.image_name(row, "root")
    assert set_copy_rules.temporary_name("a", "data", "p") != set_copy_rules.temporary_name("a", "data", "q")
