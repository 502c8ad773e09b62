# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers with volumes: their disks, what moves them, and whether they have arrived."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import image_name
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    MARKS,
    copy_of,
    image,
    look,
    place,
    plan_of,
    seen,
    server,
    volume,
    world,
)


def test_the_root_volume_comes_first_and_others_by_their_devices():
    at = seen(
        server(volumes=["v3", "v2", "v1"]),
        volume("v1", "/dev/vda", bootable=True),
        volume("v2", "/dev/vdb"),
        volume("v3", "/dev/vdc"),
    )
    disks = plan_of(at)["disks"]
    assert [(disk["id"], disk["boot_index"], disk["index"]) for disk in disks] == [
        ("v1", 0, 0),
        ("v2", -1, 1),
        ("v3", -1, 2),
    ]
    assert [disk["kind"] for disk in disks] == ["volume"] * 3 and plan_of(at)["method"] == "disks"


def test_a_data_volume_that_is_bootable_is_not_taken_for_the_root():
    at = seen(
        server(volumes=["v1", "v2"]), volume("v1", "/dev/vdb", bootable=True), volume("v2", "/dev/vda", bootable=True)
    )
    assert [disk["id"] for disk in plan_of(at)["disks"]] == ["v2", "v1"]


def test_novas_name_of_a_device_goes_before_cinders():
    at = seen(
        server(volumes=["v1", "v2"]), volume("v1", "/dev/vdb", bootable=True), volume("v2", "/dev/vda", bootable=True)
    )
    at.attachments = {"s1": {"v1": {"device": "/dev/vda", "delete_on_termination": True}, "v2": {"device": "/dev/vdb"}}}
    disks = plan_of(at)["disks"]
    assert [disk["id"] for disk in disks] == ["v1", "v2"]
    assert [disk["delete_on_termination"] for disk in disks] == [True, False]


def test_the_tag_of_a_disk_travels_where_nova_takes_it():
    at = seen(server(volumes=["v1"]), volume("v1", "/dev/vda", bootable=True))
    at.attachments = {"s1": {"v1": {"device": "/dev/vda", "tag": "system"}}}
    assert [disk["tag"] for disk in plan_of(at)["disks"]] == ["system"]
    at.place.lacks = {"device_tags"}
    assert [disk["tag"] for disk in plan_of(at)["disks"]] == [None]


def test_an_image_backed_server_with_a_data_volume_has_both():
    at = seen(server(volumes=["v1"], image_id="base"), volume("v1", "/dev/vdb"))
    plan = plan_of(at)
    assert [(disk["kind"], disk["target"]) for disk in plan["disks"]] == [("image", "image"), ("volume", "volume")]
    assert plan["server_image_snapshot"] == plan["disks"][0]["server_image_snapshot"]


def test_the_items_of_a_volume():
    row = volume(
        "v1",
        "/dev/vda",
        bootable=True,
        metadata={"tier": "db", "osnap_run": "other", "readonly": "False"},
        volume_type="fast",
    )
    at = seen(server(volumes=["v1"]), row, place=place(volume_types=["fast"]))
    at.last = {"s1": "req-7"}
    (disk,) = plan_of(at)["disks"]
    name = image_name("migration", "v1")
    assert disk["volume_snapshot"] == {
        "volume": "v1",
        "name": name,
        "metadata": {**MARKS, "osnap_step": "snapshot", "osnap_consistency": "off", "osnap_after": "req-7"},
    }
    assert disk["image_from_snapshot"] == {
        "name": name,
        "disk_format": "raw",
        "properties": {**MARKS, "osnap_step": "image", "osnap_consistency": "off"},
    }
    assert disk["image_copy"] == {"name": name, "properties": {**MARKS, "osnap_step": "copy"}}
    assert disk["volume_restore"] == {
        "name": "name of v1",
        "size": 2,
        "volume_type": "fast",
        "availability_zone": None,
        "bootable": True,
        "metadata": {"tier": "db", **MARKS, "osnap_step": "volume", "osnap_disk": "v1"},
    }
    assert disk["server_image_snapshot"] is None
    steps = plan_of(at)["steps"]
    assert steps == [
        "stop it in cloud 'source'",
        "snapshot its volume 'name of v1' in cloud 'source'",
        f"make the image '{name}' of that snapshot in cloud 'source'",
        f"copy the image '{name}' to cloud 'target'",
        "make the volume 'name of v1' of the copy",
        "boot the server 'web01' from the copy, with the flavor 'm1.small'",
        "compare both images and mark the new server as complete",
    ]


@pytest.mark.parametrize(
    "boot, image_id, target, restored",
    [("volume", "base", "volume", True), ("image", None, "image", False), ("same", "base", "image", False)],
)
def test_what_the_new_server_boots_from_can_be_chosen(boot, image_id, target, restored):
    volumes = [] if image_id else [volume("v1", "/dev/vda", bootable=True)]
    at = seen(server(image_id=image_id, volumes=[row["id"] for row in volumes]), *volumes)
    (disk,) = plan_of(at, target_boot=boot)["disks"]
    assert disk["target"] == target and bool(disk["volume_restore"]) == restored
    if restored:
        assert (disk["volume_restore"]["name"], disk["volume_restore"]["size"]) == ("web01-root", 20)
    told = [note for note in look(at, target_boot=boot)["findings"] if note["code"] == "root_changes"]
    assert len(told) == (0 if boot == "same" else 1)


def test_a_flavor_needs_no_disk_for_a_root_that_is_a_volume_and_room_for_one_that_becomes_novas_own():
    at = seen(server(volumes=["v1"]), volume("v1", "/dev/vda", bootable=True, size=9), place=place(disk=0))
    assert not look(at)["problems"]
    (only,) = look(at, target_boot="image")["problems"]
    assert "has a root disk of 9 GiB" in only
    assert not look(seen(server(image_id="base"), place=place(disk=0)), target_boot="volume")["problems"]


# -- names and types of the new volumes


def test_a_volume_whose_name_is_taken_at_the_destination_gets_another_and_that_is_told():
    at = seen(server(volumes=["v1", "v2", "v3"]), volume("v1", "/dev/vda", bootable=True, name=""))
    at.volumes |= {
        row["id"]: row for row in (volume("v2", "/dev/vdb", name="data"), volume("v3", "/dev/vdc", name="data"))
    }
    at.made_volumes = [volume("x", None, name="web01-root", metadata={})]
    result = look(at)
    names = [disk["volume_restore"]["name"] for disk in result["plans"][0]["disks"]]
    assert names == ["web01-root-v1", "data", "data-v3"]
    assert [note["code"] for note in result["findings"]] == ["volume_renamed"]


def test_volume_types_by_name_by_map_or_the_default():
    at = seen(server(volumes=["v1"]), volume("v1", "/dev/vda", bootable=True, volume_type="fast"))
    result = look(at)
    assert result["plans"][0]["disks"][0]["volume_restore"]["volume_type"] is None
    assert "becomes one of 'usual', which is the default there" in result["notices"][0]
    at.place.volume_types = ["quick"]
    (disk,) = plan_of(at, volume_type_map={"fast": "quick"})["disks"]
    assert disk["volume_restore"]["volume_type"] == "quick"
    assert "none of that name that this project may use" in look(at, volume_type_map={"fast": "x"})["problems"][0]


# -- what stops them


@pytest.mark.parametrize(
    "given, code",
    [
        ({"is_encrypted": True}, "volume_encrypted"),
        ({"is_multiattach": True}, "volume_multiattach"),
        ({"status": "error"}, "volume_status"),
        ({"project_id": "theirs"}, "volume_foreign"),
        ({"is_bootable": False}, "root_unknown"),
    ],
)
def test_volumes_that_no_way_takes(given, code):
    at = seen(server(volumes=["v1"]), {**volume("v1", "/dev/vda", bootable=True), **given})
    at.project_id = "mine"
    (found,) = [note for note in look(at)["findings"] if note["stops"]]
    assert found["code"] == code and found["severity"] == "blocks" and found["remedy"]
    assert not [note for note in look(at, accept=[code])["notices"] if note == found["sentence"]], (
        "it can't be accepted"
    )


def test_a_volume_that_cinder_does_not_show():
    (found,) = look(seen(server(volumes=["v1"])))["findings"]
    assert found["code"] == "volume_missing"


def test_the_quotas_of_volumes_count_snapshots_and_temporary_volumes_at_the_source():
    """Three times the GiB with the original: each volume has its snapshot and a temporary volume, two at a time."""
    rows = [volume("v1", "/dev/vda", bootable=True), volume("v2", "/dev/vdb", size=5), volume("v3", "/dev/vdc", size=1)]
    at = seen(server(volumes=["v1", "v2", "v3"]), *rows)
    gib = "GiB of volumes and snapshots"
    for left, fits in ((15, True), (14, False)):
        at.source_room = {gib: left, "snapshots": 3, "volumes": 2}
        assert bool(look(at)["problems"]) != fits
    assert look(at)["findings"][0]["code"] == "source_quota" and "15 more GiB" in look(at)["problems"][0]
    at.source_room, at.source_image_room = {}, {"image_size_total": 7 * 1024}
    assert not look(at)["problems"], "Glance refuses what begins when the limit is passed already"
    at.source_image_room = {"image_size_total": 6 * 1024}
    assert (
        "Images in cloud 'source': the project's quota of MiB in images is passed by 1024 MiB"
        in look(at)["problems"][0]
    )
    at.source_image_room = {}
    for left, fits in ((8, True), (7, False)):
        at.place.volume_room = {gib: left}
        assert bool(look(at)["problems"]) != fits
    assert look(at)["findings"][0]["code"] == "volume_quota"
    at.place.volume_room = {"GiB of a single volume": 4}
    assert [note["code"] for note in look(at)["findings"]] == ["volume_too_large"]


# -- how far it is


def test_a_server_with_volumes_arrives_with_all_of_them():
    plan = plan_of(world("moved"))
    assert plan["verified"] and plan["unverified"] is None and plan["phase"] == "cut_over"
    assert plan["found"]["server"]["id"] == "n1" and plan["found"]["snapshot"]["id"] == "snap-v1"
    found = plan["disks"][1]["found"]
    assert [found[key]["id"] for key in ("snapshot", "image", "copied", "volume")] == [
        "snap-v2",
        "image-v2",
        "copy-v2",
        "new-v2",
    ]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda at: at.made[0].update(attached_volumes=["new-v1"]), "not attached to the server n1"),
        (lambda at: at.made_volumes[1].update(status="available"), "in status available and not attached"),
        (lambda at: at.made_volumes.pop(), "there is no volume of its disk v2"),
        (lambda at: at.made_volumes[1]["metadata"].update(osnap_source="other"), "was made of the image other"),
        (lambda at: at.made_volumes[1].update(size=1), "has 1 GiB and not 2"),
        (lambda at: copy_of(at, "v2").update(hash_value="xyz"), "differ in their sha512"),
        (lambda at: copy_of(at, "v2").update(size=99), "has 100 bytes and its copy copy-v2 has 99"),
        (lambda at: at.source_images.clear(), "the image of its volume v1"),
        (lambda at: copy_of(at, "v2")["properties"].pop("osnap_complete"), "no finished copy of its volume v2"),
    ],
)
def test_what_is_missing_to_the_proof_of_a_volume(change, words):
    at = world("moved")
    change(at)
    plan = plan_of(at)
    assert words in plan["unverified"] and not plan["verified"]


def test_novas_own_disk_that_becomes_a_volume_arrives_as_one():
    """The snapshot is an image already, and the copy becomes a volume of the size of the flavor's disk."""
    name, off = image_name("migration", "s1"), {"status": "SHUTOFF", "metadata": {"osnap_power_before": "ACTIVE"}}
    at = seen(server(image_id="base", **off))
    at.snapshots = {name: [{**image("snap", name), "server_id": "s1", "consistency": "off"}]}
    at.copies = {name: [image("copy", name, osnap_source="snap", osnap_complete="true")]}
    metadata = {**MARKS, "osnap_step": "volume", "osnap_source": "copy", "osnap_disk": "s1"}
    at.made_volumes = [volume("new", None, bootable=True, size=20, metadata=metadata)]
    at.made = [server("n1", ["new"], metadata={**MARKS, "osnap_step": "boot"})]
    plan = plan_of(at, target_boot="volume")
    assert plan["verified"] and plan["disks"][0]["volume_restore"]["size"] == 20
    assert plan["disks"][0]["found"]["volume"]["id"] == "new"
    at.made[0].update(image_id="base")
    assert "was booted from the image base" in look(at, target_boot="volume")["problems"][0]


@pytest.mark.parametrize(
    "before, power, expected", [("ACTIVE", "auto", "on"), ("SHUTOFF", "auto", "off"), ("SHUTOFF", "on", "on")]
)
def test_a_server_that_was_off_arrives_off(before, power, expected):
    """Test a server as an earlier try has left it. Verify that the mark counts and not its status now."""
    at = world("moved")
    at.servers[0].update(status="SHUTOFF", metadata={"osnap_power_before": before})
    at.made[0]["status"] = "SHUTOFF" if expected == "off" else "ACTIVE"
    plan = plan_of(at, power=power)
    assert plan["power"] == expected and plan["verified"]
    at.made[0]["status"] = "PAUSED"
    assert not plan_of(at, power=power)["verified"]


def test_a_server_that_is_off_and_was_never_stopped_by_us_arrives_off():
    at = seen(server(image_id="base", status="SHUTOFF"))
    assert plan_of(at)["power"] == "off" and "stop the new server, as its source was off" in plan_of(at)["steps"]


def test_a_new_volume_that_was_renamed_and_extended_since_is_gone_on_with_as_it_is():
    at = world("volumes")
    at.made_volumes[1].update(name="mine", size=7)
    restore = plan_of(at)["disks"][1]["volume_restore"]
    assert (restore["name"], restore["size"]) == ("mine", 7)
