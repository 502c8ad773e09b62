# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second proof of a volume's bytes: what it compares, what it leaves, and of what it can't be had."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
from ansible_collections.osnap.openstack.plugins.module_utils._migration import deep
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Kin, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import (
    ITEM,
    plan_of,
    seen,
    server,
    volume,
)

HASH = {"size": 8, "hash_algo": "sha512", "hash_value": "abc"}
COPY = {"id": "c1", **HASH}
MARKS = {"osnap_run": "r", "osnap_server": "s", "osnap_step": "copy"}
DISK = {"index": 1, "name": "osnap-r-v", "image_copy": {"name": "osnap-r-v", "properties": MARKS}}


class World:
    """A destination with a new volume; ``read`` is the image that is read back."""

    def __init__(self, **read):
        self.there, self.did, self.read = FakeCloud(), [], {"id": "i", **HASH, **read}
        self.there.volume(id="n", name="data", metadata={"tier": "db"}, attachments=[])
        self.there.cinder.on["POST", "/volumes/n/metadata"] = self.marked

    def marked(self, match, body):
        self.there.cinder.tables["/volumes"]["n"]["metadata"].update(body["metadata"])
        return Answer(body)

    def link(self, what, operation, item, cloud, *, disk=None, state="present", **params):
        assert cloud is self.there and what in ("proof", "clear")
        self.did.append((type(operation).__name__, state, item))
        return {"id": "vs"} if type(operation).__name__ == "VolumeSnapshot" else self.read

    def prove(self, **given):
        row = {**self.there.cinder.tables["/volumes"]["n"], **given}
        deep.prove(self.link, self.there, DISK, row, COPY)

    @property
    def metadata(self):
        return self.there.cinder.tables["/volumes"]["n"]["metadata"]


def test_a_volume_is_read_back_by_a_snapshot_and_only_a_mark_is_left():
    world = World()
    world.prove()
    names = [(name, state) for name, state, _item in world.did]
    assert names == [
        ("VolumeSnapshot", "present"),
        ("ImageFromSnapshot", "present"),
        ("ServerImageSnapshot", "absent"),
        ("VolumeSnapshot", "absent"),
    ]
    marks = {**MARKS, "osnap_step": "proof"}
    assert world.did[0][2] == {"volume": "n", "name": "osnap-r-v-proof", "metadata": marks}
    assert world.did[1][2] == {"snapshot": "vs", "name": "osnap-r-v-proof", "disk_format": "raw", "properties": marks}
    assert world.metadata == {"tier": "db", "osnap_proven": "c1"}


def test_what_was_proven_is_not_read_another_time():
    world = World()
    world.prove(metadata={"osnap_proven": "c1"}, attachments=[{"server_id": "x"}])
    assert world.did == []
    world.prove(metadata={"osnap_proven": "another"})
    assert len(world.did) == 4


@pytest.mark.parametrize(
    "read, told",
    [
        ({"hash_value": "xyz"}, "does not have the sha512 of its copy"),
        ({"size": 9}, "was read back as 9 bytes, and its copy has 8"),
        ({"hash_value": None}, "can't be compared with its copy"),
        ({"hash_algo": "md5"}, "can't be compared with its copy"),
    ],
)
def test_other_bytes_are_an_error_and_leave_nothing(read, told):
    world = World(**read)
    with pytest.raises(OsnapError) as caught:
        world.prove()
    assert str(caught.value).startswith(f"The volume 'data' (n) in cloud test {told}")
    (found,) = caught.value.as_result()["findings"]
    assert (found["code"], found["object"]) == ("unproven", "volume 'data' (n)")
    assert [state for _name, state, _item in world.did[2:]] == ["absent"] * 2 and "osnap_proven" not in world.metadata


def test_what_a_server_has_already_can_not_be_proven_any_more():
    world = World()
    with pytest.raises(OsnapError, match="was not read back before its server could write to it") as caught:
        world.prove(attachments=[{"server_id": "x"}])
    assert [one["code"] for one in caught.value.as_result()["findings"]] == ["unproven"]
    assert world.did == []


def test_what_a_killed_proof_has_left_goes_and_nobody_elses_snapshot():
    world = World()
    world.there.snapshot(id="p", name="osnap-r-v-proof", volume_id="n", metadata={**MARKS, "osnap_step": "proof"})
    world.there.snapshot(id="theirs", volume_id="n")
    world.there.snapshot(id="other", volume_id="m", metadata={"osnap_step": "proof"})
    world.there.image(id="half", name="osnap-r-v-proof", osnap_source="p")
    context = Context(world.there, {"timeout": 9, "wait": True}, Listener())
    deep.clear(context, world.link, {"n"})
    assert [item["id"] for _name, _state, item in world.did] == ["half", "p"]


# -- of what it can't be had


@pytest.mark.parametrize(
    "options, told",
    [
        ({"target_boot": "volume"}, "its image is Nova's"),
        ({"disk_format": "qcow2"}, "no two qcow2 images have the same bytes"),
        ({}, None),
    ],
)
def test_what_cannot_be_proven_is_told_beforehand(options, told):
    at = seen(server(volumes=["v2"], image_id="base"), volume("v2", "/dev/vdb"))
    codes = {
        note["code"]: note["sentence"]
        for note in judge([ITEM], at, Options(verification="deep", **options))["findings"]
    }
    assert told in codes["deep_impossible"] if told else "deep_impossible" not in codes


def test_a_volume_that_is_to_be_proven_is_not_handed_over():
    at = seen(server(volumes=["v2"], image_id="base"), volume("v2", "/dev/vdb"))
    at.kin = Kin(glance=True, cinder=True, region="north", there="theirs")
    assert plan_of(at, verification="deep")["disks"][1]["method"] == "share"
    assert "read it back into an image, and compare that with the copy" in plan_of(at, verification="deep")["steps"]


def test_the_room_for_what_is_read_back_is_asked_for_beforehand():
    at = seen(server(volumes=["v2"], image_id="base"), volume("v2", "/dev/vdb"))
    at.place.volume_room = {"volumes": 1, "snapshots": 0}
    assert not judge([ITEM], at, Options())["problems"]
    assert "1 more snapshots are needed" in judge([ITEM], at, Options(verification="deep"))["problems"][0]
