# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of which set is restored, of which server, and which of its disks."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_choice


def row(name, at, status="whole", server="s1", **more):
    return {
        "id": f"id-{name}",
        "name": name,
        "server_id": server,
        "server_name": "web",
        "created_at": at,
        "status": status,
        "torn_because": None,
        "members": [],
        **more,
    }


def server(id="s1", name="web", **marks):
    return {"id": id, "name": name, "metadata": marks}


SETS = [
    row("new", "2026-11-30T12:00:10Z", status="torn", torn_because="it lacks a disk"),
    row("second", "2026-11-30T12:00:05Z"),
    row("first", "2026-11-30T12:00:00Z"),
]


def chosen(name=None, as_of=None, sets=None, ids=("s1",)):
    return set_choice.chosen(SETS if sets is None else sets, set(ids), "web", name, as_of, "source")["name"]


@pytest.mark.parametrize(
    "as_of, meant",
    [
        (None, "second"),
        ("2026-11-30T12:00:04Z", "first"),
        ("2026-11-30T12:00:05Z", "second"),
        ("2026-11-30T12:00:05.999Z", "second"),
        ("2026-11-30T12:00:00", "first"),
        ("2026-11-30T13:00:04+01:00", "first"),
        ("2027-01-01T00:00:00Z", "second"),
    ],
)
def test_the_newest_whole_one_that_is_not_younger_than_the_time(as_of, meant):
    assert chosen(as_of=as_of) == meant


def test_a_time_before_all_names_the_oldest():
    with pytest.raises(
        OsnapError, match="no whole snapshot set of 2026-11-30T11:59:59Z or before; the oldest is 'first'"
    ):
        chosen(as_of="2026-11-30T11:59:59Z")


@pytest.mark.parametrize("name", ["first", "id-first", " first "])
def test_one_by_its_name_or_id(name):
    assert chosen(name) == "first"


@pytest.mark.parametrize(
    "name, sets, says",
    [
        ("new", SETS, "'new' of the server 'web' is torn: it lacks a disk; only a whole one is restored"),
        ("old", SETS, "no snapshot set 'old' of the server 'web'.*there is 'new', 'second', 'first'"),
        ("old", [], "there is none of it at all"),
        (None, [], "There is no snapshot set of the server 'web'"),
        (None, SETS[:1], "no snapshot set that is whole: 'new' is torn"),
        (
            "twice",
            [row("twice", "2026-11-30T12:00:00Z"), row("twice", "2026-11-30T12:00:01Z", id="other")],
            "2 snapshot sets",
        ),
    ],
)
def test_what_can_not_be_restored_says_why(name, sets, says):
    with pytest.raises(OsnapError, match=says):
        chosen(name, sets=sets)


def test_a_set_of_another_server_is_never_meant():
    with pytest.raises(OsnapError, match="There is no snapshot set of"):
        chosen(sets=[row("first", "2026-11-30T12:00:00Z", server="s2")])


def server_of(named, servers, sets=None):
    found, ids = set_choice.server_of(named, servers, SETS if sets is None else sets, "source")
    return (found and found["id"], ids)


def test_a_name_means_the_server_that_is_there():
    gone = row("older", "2026-11-29T12:00:00Z", server="s0")
    assert server_of("web", [server()], [*SETS, gone]) == ("s1", {"s1"})


def test_of_one_that_has_gone_its_sets_know_the_name():
    assert server_of("web", []) == (None, {"s1"})
    assert server_of("s1", [server("s2")]) == (None, {"s1"})


def test_sets_of_several_that_have_gone_need_an_id():
    with pytest.raises(OsnapError, match="2 servers that were named 'web' and have gone: s0, s1"):
        server_of("web", [], [*SETS, row("older", "2026-11-29T12:00:00Z", server="s0")])


def test_one_that_was_made_beside_is_not_meant_by_the_name_of_the_old_one():
    beside = server("s2", "web", osnap_restored_server="s1", osnap_restored_as="beside")
    assert server_of("web", [beside]) == (None, {"s1"})
    assert server_of("web", [beside], []) == ("s2", {"s2"})


def test_one_that_was_made_anew_in_place_has_the_sets_of_its_predecessor():
    anew = server("s2", "web", osnap_restored_server="s1", osnap_restored_as="in_place")
    assert server_of("web", [anew]) == ("s2", {"s1", "s2"})


def test_two_of_a_name_need_an_id():
    with pytest.raises(OsnapError, match="2 servers are named 'web' in cloud source: s1, s2"):
        server_of("web", [server(), server("s2")])


def member(disk, boot_index=None, device=None, name=None):
    return {"disk": disk, "boot_index": boot_index, "device": device, "volume_name": name}


MEMBERS = {
    "name": "set",
    "members": [member("v2", None, "/dev/vdc", "logs"), member("root", 0), member("v1", None, "/dev/vdb", "data")],
}


@pytest.mark.parametrize(
    "disks, meant",
    [
        (None, ["root", "v1", "v2"]),
        (["v2", "root"], ["root", "v2"]),
        (["data"], ["v1"]),
        (["/dev/vdc", "logs"], ["v2"]),
    ],
)
def test_disks_are_named_in_many_ways_and_come_in_their_order(disks, meant):
    assert [one["disk"] for one in set_choice.members_of(MEMBERS, disks)] == meant


def test_a_disk_that_the_set_has_not_is_told_with_those_that_it_has():
    with pytest.raises(OsnapError, match=r"No disk is 'v9' in the snapshot set 'set', which has root, v1 \(data\), v2"):
        set_choice.members_of(MEMBERS, ["v9"])
