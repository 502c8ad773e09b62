# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import reader
from ansible_collections.osnap.openstack.plugins.modules.server_image_snapshot_info import ServerImageSnapshotInfo
from ansible_collections.osnap.openstack.plugins.modules.volume_group_info import VolumeGroupInfo
from ansible_collections.osnap.openstack.plugins.modules.volume_snapshot_info import VolumeSnapshotInfo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


@pytest.fixture
def cloud(monkeypatch):
    return connected(monkeypatch, FakeCloud())


def connected(monkeypatch, cloud):
    plain = reader.Reader.__init__
    monkeypatch.setattr(
        reader.Reader,
        "__init__",
        lambda self, options, rules, read: plain(self, options, rules, read, connect=lambda params: cloud),
    )
    return cloud


def snapshots(**arguments):
    ran = run(VolumeSnapshotInfo(), arguments)
    assert not ran.failed, ran["msg"]
    assert ran["changed"] is False
    return [row["id"] for row in ran["volume_snapshots"]]


def test_all_are_listed_newest_first(cloud):
    ids = [cloud.snapshot(created_at=f"2026-11-24T09:00:0{second}.000000")["id"] for second in (1, 3, 2)]
    cloud.snapshot(created_at=None)
    assert snapshots()[:3] == [ids[1], ids[2], ids[0]]


def test_by_id(cloud):
    id = cloud.snapshot()["id"]
    assert snapshots(id=id) == snapshots(id=f" {id}\n") == [id]
    assert snapshots(id="not there") == []
    assert len([path for path, _params in cloud.cinder.reads if path.endswith("detail")]) == 0


def test_an_id_is_all_that_is_needed(cloud):
    assert "mutually exclusive" in run(VolumeSnapshotInfo(), {"id": "1", "name": "x"})["msg"]


def test_the_service_filters_and_a_name_must_be_the_whole_name(cloud):
    volume = cloud.volume(name="data")["id"]
    wanted = cloud.snapshot(name="nightly", volume_id=volume)["id"]
    cloud.snapshot(name="nightly", volume_id="v2")
    cloud.snapshot(name="nightly 2", volume_id=volume)
    assert snapshots(name=" nightly ", volume="data", all_projects=True) == [wanted]
    assert cloud.cinder.reads[-1] == (
        "/snapshots/detail",
        {"name": "nightly", "volume_id": volume, "all_tenants": True},
    )


@pytest.mark.parametrize(
    "metadata, found", [({}, 3), ({"a": "1"}, 2), ({"a": "1", "b": "2"}, 1), ({"a": "2"}, 0), ({"c": "1"}, 0)]
)
def test_metadata_must_be_contained(cloud, metadata, found):
    cloud.snapshot(metadata={"a": "1"})
    cloud.snapshot(metadata={"a": "1", "b": "2"})
    cloud.snapshot(metadata=None)
    assert len(snapshots(metadata=metadata)) == found


def test_metadata_is_compared_as_the_text_that_it_was_stored_as(cloud):
    id = cloud.snapshot(metadata={"count": "3", "keep": "true"})["id"]
    assert snapshots(metadata={"count": 3, "keep": True}) == [id]


def test_a_volume_that_is_not_there_is_an_error(cloud):
    ran = run(VolumeSnapshotInfo(), {"volume": "data"})
    assert ran.failed and ran["msg"].startswith("There is no volume named 'data' in cloud test")


def test_only_snapshots_of_servers_are_listed(cloud):
    server = cloud.server(name="web")["id"]
    images = {
        name: cloud.image(name=name, **properties)["id"]
        for name, properties in {
            "nova": {"image_type": "snapshot", "instance_uuid": server, "ticket": "1"},
            "volumes": {"block_device_mapping": "[]", _marks.SOURCE: server},
            "other": {"image_type": "snapshot", "instance_uuid": "another"},
            "copy": {_marks.SOURCE: "an image"},
            "plain": {},
        }.items()
    }

    def listed(**arguments):
        return {row["name"] for row in run(ServerImageSnapshotInfo(), arguments)["images"]}

    assert listed() == {"nova", "volumes", "other"}
    assert listed(server="web") == listed(server=server) == {"nova", "volumes"}
    assert listed(server="web", properties={"ticket": 1}) == {"nova"}
    assert listed(name="nova") == {"nova"} and listed(status="saving") == set()
    assert listed(id=images["plain"]) == set()


def test_a_group_is_found_by_one_of_its_members(monkeypatch):
    cloud = connected(monkeypatch, GroupsCloud())
    ids = [cloud.group(["v1", "v2"])["id"], cloud.group(["v3"])["id"], cloud.legacy_group(["v4"])["id"]]
    for volume, id in (("v2", ids[0]), ("v4", ids[2])):
        assert [row["id"] for row in run(VolumeGroupInfo(), {"volume": volume})["volume_groups"]] == [id]
    cloud.is_admin = True
    assert len(run(VolumeGroupInfo(), {"all_projects": True})["volume_groups"]) == 3
