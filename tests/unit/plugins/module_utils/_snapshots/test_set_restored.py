# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of what a restore makes, by which names and marks, and of what is left to do in place."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_beside,
    set_in_place_rules,
    set_restore_arguments,
    set_restored,
)

ITEM = dict.fromkeys(set_restore_arguments.OPTIONS)
AT = "2026-11-30T12:00:00Z"
ROOT = {
    "kind": "image",
    "id": "image-1",
    "disk": "root",
    "boot_index": 0,
    "device": None,
    "volume_name": None,
    "size_gib": 1,
}
DATA = {
    "kind": "volume_snapshot",
    "id": "snap-1",
    "disk": "v1",
    "boot_index": None,
    "device": "/dev/vdb",
    "volume_name": "data",
    "size_gib": 2,
}
BOOT = {
    "flavor": "m1.tiny",
    "nets": {"private": [["10.0.0.3", "aa"], ["fd00::3", "aa"]], "other": [["10.1.0.3", "bb"], ["10.1.0.4", "cc"]]},
    "security_groups": ["default"],
    "key_name": "me",
    "config_drive": False,
}
SET = {
    "id": "set-1",
    "name": "night",
    "server_id": "s1",
    "server_name": "web",
    "created_at": AT,
    "consistency": "off",
    "boot": BOOT,
}
MINE = {
    "osnap_restored_set": "set-1",
    "osnap_restored_server": "s1",
    "osnap_restored_as": "in_place",
    "osnap_run": "restore",
}


def chosen(mode="beside", run="restore", members=(ROOT, DATA), row=SET, there=None, **item):
    return set_restored.Chosen({**ITEM, **item}, row, list(members), mode, run, None, there)


@pytest.mark.parametrize(
    "item, says",
    [
        ({"server": " "}, "server is empty"),
        ({"server": "web", "set": ""}, "set is empty"),
        ({"server": "web", "as_of": "yesterday"}, "as_of is 'yesterday'; it takes a time"),
        ({"server": "web", "disks": []}, "disks is empty"),
        ({"server": "web", "mode": "in_place", "flavor": "x"}, "flavor is for mode beside, and mode is in_place"),
        ({"server": "web", "replaced_volumes": "keep"}, "replaced_volumes is for mode in_place"),
        ({"server": "web", "attach_to": "helper"}, "attach_to is for mode attach"),
        ({"server": "web", "mode": "attach"}, "attach_to is missing"),
        ({"server": "web", "name": " "}, "name is empty"),
        ({"server": "web", "name": "a\nb"}, "name has the character"),
    ],
)
def test_what_is_wrong_is_told_without_a_request(item, says):
    assert says in set_restore_arguments.problem({**ITEM, **item}, "present")


def test_what_is_restored_in_place_is_not_removed():
    item = {**ITEM, "server": "web", "mode": "in_place"}
    assert "is not removed" in set_restore_arguments.problem(item, "absent")
    assert set_restore_arguments.problem({**ITEM, "server": "web", "mode": "attach"}, "absent") is None


def test_names_have_the_time_and_fit():
    assert chosen().name == f"web~{AT}"
    assert chosen(run="test").name == f"web~{AT}~test"
    long = chosen(row={**SET, "server_name": "w" * 255})
    assert len(long.name) == 255
    assert long.name.endswith(AT)
    assert len(set_restored.volume_name(chosen(name="n" * 255), DATA)) == 255
    assert set_restored.volume_name(chosen(), DATA) == f"web~{AT}-vdb"
    assert set_restored.volume_name(chosen("in_place"), DATA) == f"data~{AT}"


def test_two_modes_never_share_a_volume():
    helper = {"id": "h", "name": "helper"}
    modes = [chosen(), chosen("in_place"), chosen("attach", there=helper), chosen("in_place", run="again")]
    names = {set_restored.volume_name(one, DATA) for one in modes}
    assert len(names) == len(modes)


def test_a_server_is_booted_with_what_it_had_but_its_addresses():
    item = set_beside.server_item(chosen(), {"v1": {"id": "new-1"}})
    assert item["networks"] == [{"network": "private"}, {"network": "other"}, {"network": "other"}]
    assert (item["flavor"], item["key_name"], item["image"]) == ("m1.tiny", "me", "image-1")
    assert item["disks"] == [{"volume": "new-1", "device": "/dev/vdb", "delete_on_termination": False}]
    assert item["metadata"]["osnap_restored_set"] == "set-1"
    assert not [key for key in item["metadata"] if key.startswith("osnap_set")]


def test_options_go_before_what_it_had():
    item = set_beside.server_item(chosen(networks=[], flavor="big", metadata={"a": "b"}), {})
    assert (item["networks"], item["flavor"], item["metadata"]["a"]) == ([], "big", "b")
    assert "security_groups" not in item
    assert item["disks"][0]["snapshot"] == "snap-1"


def test_what_nobody_knows_is_asked_for():
    with pytest.raises(OsnapError, match="needs a flavor, and it is not known any more"):
        set_beside.server_item(chosen(row={**SET, "boot": None}), {})
    with pytest.raises(OsnapError, match="needs networks"):
        set_beside.server_item(chosen(row={**SET, "boot": {}}, flavor="x"), {})


def test_a_server_needs_its_root_disk():
    with pytest.raises(OsnapError, match="without its root disk"):
        set_beside.server_item(chosen(members=[DATA]), {})


def volume(id, snapshot=None, **marks):
    return {"id": id, "name": id, "snapshot_id": snapshot, "metadata": marks, "attachments": [{"server_id": "s1"}]}


def server(image="image-0", status="ACTIVE", **marks):
    return {
        "id": "s1",
        "name": "web",
        "status": status,
        "task_state": None,
        "is_locked": False,
        "image_id": image,
        "source_id": image,
        "metadata": marks,
        "attached_volumes": ["v1"],
    }


def left(row, attached, volumes=None):
    attached = {one["id"]: one for one in attached}
    return set_in_place_rules.left(chosen("in_place"), row, attached, volumes or attached)


NEW = volume("new-1", "snap-1", osnap_restored_disk="v1", **MINE)


def test_in_place_all_is_left_at_first():
    todo = left(server(), [volume("v1")])
    assert todo.root
    assert [(one["disk"], row["id"]) for one, row in todo.swaps] == [("v1", "v1")]


def test_in_place_nothing_is_left_where_the_cloud_says_so():
    todo = left(server("image-1", osnap_source="image-1", **MINE), [NEW])
    assert not todo.touches


def test_in_place_a_mark_alone_proves_nothing():
    rebuilt = left(
        server("image-2", osnap_source="image-1", **MINE), [volume("x", "snap-2", osnap_restored_disk="v1", **MINE)]
    )
    assert rebuilt.root
    assert rebuilt.swaps[0][1]["id"] == "x"


def test_in_place_a_volume_that_was_taken_off_is_put_back_where_it_was():
    todo = left(server(), [])
    assert todo.swaps[0][1] is None
    row = {"metadata": {"osnap_restored_place": '{"device":"/dev/vdd","tag":"data"}'}}
    assert set_in_place_rules.place_of(row, DATA, []) == {"device": "/dev/vdd", "tag": "data"}
    assert set_in_place_rules.place_of(row, DATA, ["/dev/vdd"]) == {"tag": "data"}
    assert set_in_place_rules.place_of({"metadata": {"osnap_restored_place": "{"}}, DATA, []) == {"device": "/dev/vdb"}


@pytest.mark.parametrize(
    "row, says",
    [
        (server(status="PAUSED"), "it is in status PAUSED"),
        ({**server(), "task_state": "resize_prep"}, "it is busy"),
        ({**server(), "is_locked": True}, "it is locked"),
    ],
)
def test_in_place_what_stands_in_the_way(row, says):
    todo = left(row, [volume("v1")])
    assert says in str(set_in_place_rules.refusal(chosen("in_place"), row, todo, False))


def test_in_place_what_this_run_has_begun_is_gone_on_with():
    row = {**server(status="REBUILD", osnap_source="image-1", **MINE), "task_state": "rebuilding"}
    assert set_in_place_rules.refusal(chosen("in_place"), row, left(row, [volume("v1")]), False) is None


def test_in_place_a_volume_that_others_write_to_is_refused():
    shared = {**volume("v1"), "attachments": [{"server_id": "s1"}, {"server_id": "s2"}]}
    assert "is attached to s2" in str(
        set_in_place_rules.refusal(chosen("in_place"), server(), left(server(), [shared]), False)
    )
