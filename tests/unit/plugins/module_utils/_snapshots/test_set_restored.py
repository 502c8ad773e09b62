# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of what a restore makes, by which names and marks, and of what is left to do in place."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    CREATE,
    DELETE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_beside,
    set_in_place_rules,
    set_replacement_rules,
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


def chosen(mode="beside", run="restore", members=(ROOT, DATA), row=None, there=None, **item):
    return set_restored.Chosen({**ITEM, **item}, row or SET, list(members), mode, run, None, there)


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
        (
            server(osnap_restoring="restore set-2 night"),
            "another restore has begun and has not come to its end (restore",
        ),
    ],
)
def test_in_place_what_stands_in_the_way(row, says):
    todo = left(row, [volume("v1")])
    assert says in str(set_in_place_rules.refusal(chosen("in_place"), row, todo, False))


def test_in_place_what_this_run_has_begun_is_gone_on_with():
    row = {**server(status="REBUILD", osnap_source="image-1", **MINE), "task_state": "rebuilding"}
    assert set_in_place_rules.refusal(chosen("in_place"), row, left(row, [volume("v1")]), False) is None


def test_in_place_a_claim_that_a_killed_run_has_left_is_of_this_run_alone():
    key = set_in_place_rules.key_of(chosen("in_place"))
    assert left(server(osnap_restoring=key), [volume("v1")]).is_claimed
    assert not left(server(osnap_restoring="restore set-2 night"), [volume("v1")]).is_claimed
    row = server(osnap_restoring=key)
    assert set_in_place_rules.refusal(chosen("in_place"), row, left(row, [volume("v1")]), False) is None


def test_in_place_a_volume_that_others_write_to_is_refused():
    shared = {**volume("v1"), "attachments": [{"server_id": "s1"}, {"server_id": "s2"}]}
    assert "is attached to s2" in str(
        set_in_place_rules.refusal(chosen("in_place"), server(), left(server(), [shared]), False)
    )


# -- a server that is made anew

DB_ROOT = {**ROOT, "kind": "volume_snapshot", "id": "snap-0", "disk": "v0", "volume_name": "db-root"}
PORT = {
    "id": "p1",
    "network_id": "n1",
    "mac_address": "aa",
    "fixed_ips": [{"subnet_id": "s", "ip_address": "10.0.0.3"}],
    "security_group_ids": ["g1"],
    "allowed_address_pairs": [],
    "is_port_security_enabled": True,
    "binding_vnic_type": "normal",
}
DB = {
    **server(None, "SHUTOFF", tier="gold", osnap_stopped_for="restore set-1 restore"),
    "flavor_name": "m1.volume",
    "key_name": "theirs",
    "has_config_drive": False,
    "availability_zone": "nova",
    "description": None,
    "tags": [],
    "server_groups": [],
    "addresses": {"home": [{"addr": "10.0.0.3", "OS-EXT-IPS-MAC:mac_addr": "aa", "OS-EXT-IPS:type": "fixed"}]},
}
PLACES = {
    "v0": {"device": "/dev/vda", "delete_on_termination": True, "tag": None},
    "v1": {"device": "/dev/vdb", "delete_on_termination": False, "tag": "data"},
    "v9": {"device": "/dev/vdc", "delete_on_termination": False, "tag": None},
}


def anew(**item):
    return chosen("in_place", members=(DB_ROOT, DATA), **item)


def known():
    found = set_replacement_rules.record(anew(), DB, [PORT], {"aa": "front"}, PLACES)
    return {**found, "replaced": {"v0": "v0", "v1": "v1"}}


def test_what_it_is_booted_with_is_read_again_from_its_new_root_volume():
    marks = set_replacement_rules.marks(known())
    assert max(map(len, marks.values())) <= 255
    assert set_replacement_rules.recorded({"metadata": marks}) == known()
    assert set_replacement_rules.recorded({"metadata": {}}) == {}


def test_one_that_was_stopped_for_it_was_on_before():
    assert known()["power"] == "ACTIVE"
    assert known()["metadata"] == {"tier": "gold"}


def test_the_new_one_has_the_restored_disks_in_their_places_and_the_others():
    volumes = {
        "v0": {"id": "new-0", "metadata": {}},
        "v1": {"id": "new-1", "metadata": set_in_place_rules.place_mark(PLACES["v1"])},
    }
    item = set_replacement_rules.server_item(anew(), known(), volumes, [{"port": "p1"}], {"mine"})
    assert item["disks"] == [
        {"volume": "new-0", "boot_index": 0, "delete_on_termination": True},
        {"volume": "new-1", "device": "/dev/vdb", "delete_on_termination": False, "tag": "data"},
        {"volume": "v9", "device": "/dev/vdc", "delete_on_termination": False},
    ]
    assert "key_name" not in item
    assert (item["metadata"]["tier"], item["metadata"]["osnap_restored_as"]) == ("gold", "in_place")


def test_a_port_that_has_gone_is_made_again_as_it_was():
    item = set_replacement_rules.port_item(anew(), 0, known()["ports"][0])
    assert (item["mac_address"], item["fixed_ips"], item["security_groups"]) == ("aa", PORT["fixed_ips"], ["g1"])
    assert item["description"] == "osnap run=restore server=s1 step=restored_port"


def test_a_server_is_made_anew_only_if_that_is_asked_for_and_its_ports_can_be():
    def why(row, networks, **item):
        return str(set_replacement_rules.refusal(anew(**item), row, known(), networks, False, "ours"))

    assert "set allow_server_replacement to true" in why(DB, {})
    theirs = {"n1": {"name": "shared", "project_id": "theirs"}}
    assert "its port p1 is on the network 'shared' of another project" in why(DB, theirs, allow_server_replacement=True)
    assert why(DB, {"n1": {"name": "own", "project_id": "ours"}}, allow_server_replacement=True) == "None"


def test_the_successor_is_known_by_its_marks_and_its_root_volume():
    root = volume("new-0", "snap-0", osnap_restored_disk="v0", **MINE)
    volumes = {"new-0": {**root, "created_at": AT}}
    mine = {**server(None, **MINE), "id": "s2", "attached_volumes": ["new-0"]}
    forged = {**server(None, **MINE), "id": "s3", "attached_volumes": ["x"]}
    assert set_replacement_rules.successor(anew(), [forged, mine], volumes)["id"] == "s2"
    assert set_replacement_rules.successor(anew(), [forged], volumes) is None


@pytest.mark.parametrize(
    "steps, current, disk",
    [
        ((), {"id": "v9", "status": "available"}, {"volume": "v9"}),
        ((Step(AWAIT_READY),), {"id": "v9", "status": "creating"}, {"snapshot": "snap-1"}),
        ((Step(CREATE), Step(AWAIT_READY)), None, {"snapshot": "snap-1"}),
        ((Step(DELETE), Step(CREATE), Step(AWAIT_READY)), {"id": "v9", "status": "error"}, {"snapshot": "snap-1"}),
    ],
)
def test_what_a_killed_run_is_still_making_is_awaited_before_it_is_booted_from(steps, current, disk):
    volume = set_beside.ready(Plan({}, {}, steps, current))
    (item,) = set_beside.server_item(chosen(), {"v1": volume})["disks"]
    assert {key: item[key] for key in ("volume", "snapshot") if key in item} == disk
