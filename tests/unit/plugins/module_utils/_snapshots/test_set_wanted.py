# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test which members the disks of a server want, and what these say."""

from __future__ import annotations

import json

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import as_json, together
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_wanted


def server(image="base", volumes=("data",), status="ACTIVE", **values):
    return {
        "id": "s",
        "name": "web",
        "image_id": image,
        "attached_volumes": list(volumes),
        "status": status,
        "addresses": {
            "app": [
                {"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": "fa:16", "OS-EXT-IPS:type": "fixed"},
                {"addr": "192.0.2.9", "OS-EXT-IPS-MAC:mac_addr": "fa:16", "OS-EXT-IPS:type": "floating"},
            ]
        },
        "flavor_name": "small",
        "availability_zone": "nova",
        "key_name": None,
        "security_groups": ["default"],
        "has_config_drive": False,
        **values,
    }


def volume(id, device="/dev/vdb", bootable=False, group=None):
    return {
        "id": id,
        "name": id * 80,
        "is_bootable": bootable,
        "volume_type": "fast",
        "size": 3,
        "group_id": group,
        "attachments": [{"server_id": "s", "device": device}],
    }


def volumes(*rows):
    return {row["id"]: row for row in rows}


def test_an_own_root_disk_comes_first_and_volumes_by_their_devices():
    wants = set_wanted.wanted(server(volumes=("b", "a")), volumes(volume("a", "/dev/vdc"), volume("b")), {})
    assert wants.disks == ("root", "b", "a") and wants.has_image
    assert wants.about["b"]["device"] == "/dev/vdb" and len(wants.about["b"]["name"]) == set_wanted.SHORT


def test_a_server_of_volumes_has_no_image():
    found = volumes(volume("a"), volume("boot", "/dev/vda", bootable=True))
    wants = set_wanted.wanted(server(image=None, volumes=("a", "boot")), found, {})
    assert wants.disks == ("boot", "a") and not wants.has_image
    assert wants.about["boot"]["boot_index"] == 0 and wants.about["a"]["boot_index"] is None


@pytest.mark.parametrize(
    ("groups", "in_groups", "is_one"),
    [
        (("g", "g"), {"g": ["a", "b"]}, True),
        (("g", "g"), {"g": ["a", "b", "another servers"]}, False),
        (("g", None), {"g": ["a"]}, False),
        (("g", "h"), {"g": ["a"], "h": ["b"]}, False),
    ],
)
def test_a_group_is_taken_as_one_if_it_has_these_volumes_and_no_others(groups, in_groups, is_one):
    found = volumes(volume("a", group=groups[0]), volume("b", group=groups[1]))
    wants = set_wanted.wanted(server(volumes=("a", "b")), found, in_groups)
    assert wants.group_id == ("g" if is_one else None)


def test_a_single_volume_needs_no_group():
    assert set_wanted.wanted(server(), volumes(volume("data", group="g")), {"g": ["data"]}).group_id is None


@pytest.mark.parametrize(
    ("given", "disks", "at_once", "reached"),
    [
        ({"status": "SHUTOFF"}, 2, None, "off"),
        ({"status": "PAUSED"}, 2, None, "crash"),
        ({}, 1, None, "crash"),
        ({}, 2, None, "unknown"),
        ({"image": None}, 2, True, "crash"),
        ({"image": None}, 2, False, "unknown"),
        ({}, 2, True, "unknown"),  # the image beside the group is of another moment
    ],
)
def test_no_more_is_promised_than_was_reached(given, disks, at_once, reached):
    one = server(volumes=("a", "b")[: disks if "image" in given else disks - 1], **given)
    wants = set_wanted.wanted(one, volumes(volume("a", "/dev/vda", bootable=True), volume("b")), {})
    assert len(wants.disks) == disks
    assert set_wanted.reached(one, wants, at_once) == reached


def test_marks_say_what_the_set_is():
    one = server(name="w\U0001f600b\n")
    wants = set_wanted.wanted(one, volumes(volume("data")), {})
    own = {"policy": "gold", "window": None, "hold": "true", "metadata": {"ticket": 5}}
    marks = set_wanted.marks_of_set(one, wants, name="n", id="i", at="t", after=None, consistency="off", own=own)
    assert marks[_marks.SET_SERVER_NAME] == "w?b?"
    assert (marks[_marks.POLICY], marks[_marks.HOLD], marks["ticket"]) == ("gold", "true", "5")
    assert _marks.WINDOW not in marks
    assert together(marks, _marks.SET_DISKS) == "root data"
    assert all(len(value) <= 255 for value in marks.values())


def test_the_first_disk_tells_what_the_server_was_booted_with():
    one = server()
    wants = set_wanted.wanted(one, volumes(volume("data")), {})
    first, second = (set_wanted.marks_of_member(one, wants, disk) for disk in wants.disks)
    assert as_json(together(first, _marks.SET_BOOT)) == {
        "flavor": "small",
        "availability_zone": "nova",
        "key_name": None,
        "security_groups": ["default"],
        "config_drive": False,
        "nets": {"app": [["10.0.0.5", "fa:16"]]},
    }
    assert _marks.SET_BOOT not in second
    assert json.loads(second[_marks.SET_ABOUT])["type"] == "fast"
