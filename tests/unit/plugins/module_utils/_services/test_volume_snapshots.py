# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


@pytest.fixture
def cloud():
    return FakeCloud()


@pytest.fixture
def snapshots(cloud):
    return VolumeSnapshots(cloud)


def wanted(name=None, volume=None, id=None):
    return {"id": id, "name": name, "volume_id": volume}


def test_a_snapshot_is_known_by_its_name_and_its_volume(cloud, snapshots):
    there = [cloud.snapshot(name="nightly", volume_id="v1"), cloud.snapshot(name="nightly", volume_id="v2"), cloud.snapshot(name="weekly", volume_id="v1")]
    asked = [wanted("nightly", "v1"), wanted("nightly"), wanted(None, "v1"), wanted(id=there[2]["id"]), wanted("yearly", "v1")]
    expected = [[0], [0, 1], [0, 2], [2], []]
    for one, rows in zip(asked, expected):  # one by one, with the service's filters, and below all together
        assert [row["id"] for row in snapshots.find([one])[0]] == [there[index]["id"] for index in rows]
    assert [[row["id"] for row in rows] for rows in snapshots.find(asked)] == [[there[index]["id"] for index in rows] for rows in expected]


def test_one_is_looked_up_with_one_filtered_list(cloud, snapshots):
    snapshots.find([wanted(" nightly ", "v1")])
    assert cloud.cinder.reads == [("/snapshots/detail", {"name": "nightly", "volume_id": "v1"})]


def test_many_are_looked_up_with_one_page(cloud, snapshots):
    for number in range(50):
        cloud.snapshot(name="nightly", volume_id=f"v{number}")
    assert all(len(rows) == 1 for rows in snapshots.find([wanted("nightly", f"v{number}") for number in range(50)]))
    assert len(cloud.cinder.reads) == 1


@pytest.mark.parametrize("volumes, reads", [
    (["v1", "v2", "v1"], [{"volume_id": "v1"}, {"volume_id": "v2"}]), (["v1", None], [{}]), ([f"v{number}" for number in range(1, 102)], [{}]),
])
def test_where_a_page_is_not_enough_it_is_a_list_a_volume_or_all(cloud, snapshots, volumes, reads):
    plain = cloud.cinder.pages
    cloud.cinder.pages = lambda *args, first_page_only=False, **more: None if first_page_only else plain(*args, **more)
    found = cloud.snapshot(name="nightly", volume_id="v1")
    assert snapshots.find([wanted("nightly", volume) for volume in volumes])[0][0]["id"] == found["id"]
    assert [params for _path, params in cloud.cinder.reads] == reads


@pytest.mark.parametrize("kept", ["nightly", " nightly ", None])
def test_blanks_around_a_name_do_not_count(snapshots, kept):
    row = {"id": "1", "name": kept, "volume_id": "v1"}
    assert snapshots.matches(row, wanted("nightly ", "v1")) is (kept is not None)


def test_a_creation_never_says_force_false(cloud, snapshots):
    cloud.cinder.on["POST", "/snapshots"] = lambda match, body: Answer({"snapshot": {"id": "1", "status": "creating", **body["snapshot"]}}, 202)
    row = snapshots.create({"name": "nightly", "volume_id": "v1", "force": False, "metadata": {"a": "1"}, "min_interval": 5})
    assert cloud.cinder.sent == [("POST", "/snapshots", {"snapshot": {"volume_id": "v1", "force": True, "name": "nightly", "metadata": {"a": "1"}}})]
    assert row["status"] == "creating"


def test_an_update_sends_what_changes_and_keeps_what_the_answer_leaves_out(cloud, snapshots):
    raw = cloud.snapshot(name="nightly", volume_id="v1", metadata={"a": "1"}, **{"os-extended-snapshot-attributes:project_id": "p"})
    row = snapshots.get(raw["id"])
    path = f"/snapshots/{raw['id']}"
    cloud.cinder.on["PUT", path] = lambda match, body: Answer({"snapshot": {"id": raw["id"], "name": "nightly", "metadata": {}, **body["snapshot"]}})
    cloud.cinder.on["PUT", f"{path}/metadata"] = lambda match, body: Answer(body)
    assert snapshots.update(row, {"description": "new"}) == {**row, "description": "new"}
    assert snapshots.update(row, {"metadata": {"b": "2"}}) == {**row, "metadata": {"b": "2"}}
    assert snapshots.update(row, {"metadata": {}, "name": "x"}) == {**row, "metadata": {}, "name": "x"}
    assert [(path.rsplit("/", 1)[-1] == "metadata", body) for _method, path, body in cloud.cinder.sent] == [
        (False, {"snapshot": {"description": "new"}}), (True, {"metadata": {"b": "2"}}), (True, {"metadata": {}}), (False, {"snapshot": {"name": "x"}})]


@pytest.mark.parametrize("limits, room", [
    ({"maxTotalSnapshots": 10, "totalSnapshotsUsed": 4, "maxTotalVolumeGigabytes": 100, "totalGigabytesUsed": 100}, (6, 0)),
    ({"maxTotalSnapshots": -1, "totalSnapshotsUsed": 4, "maxTotalVolumeGigabytes": -1, "totalGigabytesUsed": 1}, (None, None)),
    ({"totalSnapshotsUsed": 4}, (None, None)),
])
def test_the_room_that_a_quota_leaves(cloud, snapshots, limits, room):
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": limits}})
    assert snapshots.room() == room


def test_few_are_polled_one_by_one_and_many_with_a_list(cloud, snapshots):
    ids = [cloud.snapshot()["id"] for _number in range(5)]
    assert set(snapshots.poll([*ids[:2], "gone"])) == set(ids[:2])
    assert len(cloud.cinder.reads) == 3
    assert set(snapshots.poll([*ids, "gone"])) == set(ids)
    assert len(cloud.cinder.reads) == 4
