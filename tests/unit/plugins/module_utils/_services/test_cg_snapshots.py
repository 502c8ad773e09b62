# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud


@pytest.fixture
def cloud():
    return GroupsCloud()


@pytest.fixture
def snapshots(cloud):
    return CgSnapshots(cloud)


def legacy(cloud, **values):
    return cloud.cinder.put(
        "/cgsnapshots",
        **{"name": "old", "status": "available", "consistencygroup_id": "c1", "created_at": "2026", **values},
    )


def test_both_kinds_are_listed_once_each(cloud, snapshots):
    new, old = cloud.group_snapshot()["id"], legacy(cloud)["id"]
    rows = cloud.cinder.tables["/group_snapshots"][new]
    plain = cloud.cinder.pages
    cloud.cinder.pages = lambda path, *args, **more: (
        plain(path, *args, **more) + ([rows] if path == "/cgsnapshots/detail" else [])
    )
    assert {row["id"]: (row["is_legacy"], row["group_id"]) for row in snapshots.list()} == {
        new: (False, "g1"),
        old: (True, "c1"),
    }


def test_one_is_known_by_its_name_and_its_group(cloud, snapshots):
    ids = [
        cloud.group_snapshot(group_id=group, name=name)["id"] for group, name in (("g1", "x"), ("g2", "x"), ("g1", "y"))
    ]
    asked = [
        {"name": " x ", "group_id": "g1"},
        {"name": "x"},
        {"id": ids[2]},
        {"name": "z", "group_id": "g1"},
        {"id": "nobody"},
    ]
    found = snapshots.find([{"id": None, "group_id": None, **one} for one in asked])
    assert [[row["id"] for row in rows] for rows in found] == [ids[:1], ids[:2], ids[2:], [], []]


def test_members_are_those_of_the_group_snapshot_only(cloud, snapshots):
    group = cloud.group(["v1", "v2"])["id"]
    id = cloud.group_snapshot(group_id=group)["id"]
    cloud.snapshot(volume_id="v1")
    assert [member["volume_id"] for member in snapshots.get(id)["snapshots"]] == ["v1", "v2"]


def test_what_is_on_its_way_is_polled_with_one_request(cloud, snapshots):
    id = cloud.group_snapshot(status="creating")["id"]
    assert snapshots.poll([id])[id]["status"] == "creating"
    assert len(cloud.cinder.reads) == 1
    many = [id, *(cloud.group_snapshot(status="creating")["id"] for _each in range(5))]
    cloud.cinder.reads.clear()
    assert set(snapshots.poll(many)) == set(many)
    assert [path for path, _params in cloud.cinder.reads] == ["/group_snapshots/detail", "/cgsnapshots/detail"]


@pytest.mark.parametrize("status, consistent", [("available", True), ("creating", None), ("error", None)])
def test_only_what_is_there_is_of_one_moment(cloud, snapshots, status, consistent):
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"], status=status)["id"]
    assert snapshots.get(id)["consistent"] is consistent


def test_a_reason_that_cant_be_looked_for_is_no_failure_of_its_own(cloud, snapshots):
    row = snapshots.get(cloud.group_snapshot(status="error")["id"])

    def unavailable(*args, **more):
        raise OsnapError("later", status=503)

    cloud.cinder.pages = unavailable
    assert snapshots.reason(row) is None


def test_before_a_deletion_the_members_marks_are_read_and_not_what_tells_their_moment(cloud, snapshots):
    group = cloud.cinder.put("/group_snapshots", name="nightly", group_id="g", status="available")
    member = cloud.snapshot(group_snapshot_id=group["id"])
    then = snapshots.get(group["id"])
    member["metadata"] = {"osnap_hold": "audit"}
    before = len(cloud.cinder.reads)
    now = snapshots.again([then])[group["id"]]
    assert len(cloud.cinder.reads) == before + 2
    assert snapshots.touched(then, now) == "it has osnap_hold: audit"


def test_before_the_deletion_of_many_there_is_a_list_and_what_it_has_not_is_asked_for(cloud, snapshots):
    """Lists leave out other projects', which administrators are shown by their IDs."""
    ids = [cloud.cinder.put("/group_snapshots", name="n", group_id="g", status="available")["id"] for _one in range(10)]
    rows = [snapshots.get(id) for id in ids]
    plain = cloud.cinder.pages
    cloud.cinder.pages = lambda *args, **how: [raw for raw in plain(*args, **how) if raw["id"] != ids[0]]
    before = len(cloud.cinder.reads)
    assert set(snapshots.again(rows)) == set(ids) == set(snapshots.poll(ids))
    asked = [path for path, _params in cloud.cinder.reads[before:]]
    assert [path for path in asked if path.startswith("/group_snapshots/")] == [
        "/group_snapshots/detail",
        f"/group_snapshots/{ids[0]}",
    ] * 2


@pytest.mark.parametrize("progress, busy", [("0%", True), ("100%", False), (None, False)])
def test_one_whose_members_cinder_still_goes_through_is_not_ready(cloud, snapshots, progress, busy):
    """Its `available` is saved once more after them, over whatever status it has then."""
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"])["id"]
    for row in cloud.cinder.tables["/snapshots"].values():
        row["os-extended-snapshot-attributes:progress"] = progress
    assert snapshots.is_busy(snapshots.get(id)) is busy
