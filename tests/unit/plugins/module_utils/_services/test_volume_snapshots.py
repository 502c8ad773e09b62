# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import GIGABYTES
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.cinder import Cinder
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer


@pytest.fixture
def snapshots(cloud):
    return VolumeSnapshots(cloud)


def wanted(name=None, volume=None, id=None):
    return {"id": id, "name": name, "volume_id": volume}


def test_a_snapshot_is_known_by_its_name_and_its_volume(cloud, snapshots):
    there = [
        cloud.snapshot(name="nightly", volume_id="v1"),
        cloud.snapshot(name="nightly", volume_id="v2"),
        cloud.snapshot(name="weekly", volume_id="v1"),
    ]
    asked = [
        wanted("nightly", "v1"),
        wanted("nightly"),
        wanted(None, "v1"),
        wanted(id=there[2]["id"]),
        wanted("yearly", "v1"),
    ]
    expected = [[0], [0, 1], [0, 2], [2], []]
    for one, rows in zip(
        asked, expected, strict=True
    ):  # one by one, with the service's filters, and below all together
        assert [row["id"] for row in snapshots.find([one])[0]] == [there[index]["id"] for index in rows]
    assert [[row["id"] for row in rows] for rows in snapshots.find(asked)] == [
        [there[index]["id"] for index in rows] for rows in expected
    ]


def test_one_is_looked_up_with_one_filtered_list(cloud, snapshots):
    snapshots.find([wanted(" nightly ", "v1")])
    assert cloud.cinder.reads == [("/snapshots/detail", {"name": "nightly", "volume_id": "v1"})]


def test_many_are_looked_up_with_one_page(cloud, snapshots):
    for number in range(50):
        cloud.snapshot(name="nightly", volume_id=f"v{number}")
    assert all(len(rows) == 1 for rows in snapshots.find([wanted("nightly", f"v{number}") for number in range(50)]))
    assert len(cloud.cinder.reads) == 1


@pytest.mark.parametrize(
    "volumes, reads",
    [
        (["v1", "v2", "v1"], [{"volume_id": "v1"}, {"volume_id": "v2"}]),
        (["v1", None], [{}]),
        ([f"v{number}" for number in range(1, 102)], [{}]),
    ],
)
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
    cloud.cinder.on["POST", "/snapshots"] = lambda match, body: Answer(
        {"snapshot": {"id": "1", "status": "creating", **body["snapshot"]}}, 202
    )
    row = snapshots.create(
        {"name": "nightly", "volume_id": "v1", "force": False, "metadata": {"a": "1"}, "min_interval": 5}
    )
    assert cloud.cinder.sent == [
        (
            "POST",
            "/snapshots",
            {"snapshot": {"volume_id": "v1", "force": True, "name": "nightly", "metadata": {"a": "1"}}},
        )
    ]
    assert row["status"] == "creating"


def sent(cloud):
    return [(method, path.partition("/metadata")[1], body) for method, path, body in cloud.cinder.sent]


def test_an_update_sends_what_changes_and_returns_what_is_there_then():
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    id = cloud.snapshot(name="nightly", volume_id="v1", metadata={"a": "1", "c": "3"})["id"]
    row = snapshots.get(id)
    assert snapshots.update(row, {"description": "new"}) == {**row, "description": "new"}
    assert snapshots.update(row, {"metadata": {"a": "1", "b": "2", "c": "3"}})["metadata"] == {
        "a": "1",
        "b": "2",
        "c": "3",
    }
    row = snapshots.get(id)
    assert snapshots.update(row, {"metadata": {"b": "2"}})["metadata"] == {"b": "2"}
    row = snapshots.get(id)
    assert snapshots.update(row, {"metadata": {}, "name": "x"}) == {**row, "metadata": {}, "name": "x"}
    assert sent(cloud) == [
        ("PUT", "", {"snapshot": {"description": "new"}}),
        ("POST", "/metadata", {"metadata": {"b": "2"}}),
        *[("DELETE", "/metadata", None)] * 2,
        ("PUT", "", {"snapshot": {"name": "x"}}),
        ("DELETE", "/metadata", None),
    ]


def test_keys_are_removed_one_by_one_and_those_of_others_stay():
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    raw = cloud.snapshot(metadata={"a": "1", "b c": "2", "kept": "3"})
    row = snapshots.get(raw["id"])
    raw["metadata"]["of another"] = "4"
    assert snapshots.set_metadata(row, {"a": "9"}, unset=["b c", "never was"])["metadata"] == {
        "a": "9",
        "kept": "3",
        "of another": "4",
    }
    path = f"/snapshots/{raw['id']}/metadata"
    assert cloud.cinder.sent == [("POST", path, {"metadata": {"a": "9"}}), ("DELETE", f"{path}/b%20c", None)]


@pytest.mark.parametrize("losses, sends", [(1, 2), (2, 3), (9, 3)])
def test_what_another_writer_has_undone_is_asked_for_again(losses, sends):
    """Cinder writes all keys that it has read: the change of one of two writers may be lost."""
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    raw = cloud.snapshot(metadata={"a": "1"})
    merge = cloud._merge

    def racing(match, body):
        answer = merge(match, body)
        if len(cloud.cinder.sent) <= losses:
            raw["metadata"] = {"a": "1", "other": "2"}
        return answer

    cloud.cinder.on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = racing
    row = snapshots.set_metadata(snapshots.get(raw["id"]), {"b": "2"})
    assert len(cloud.cinder.sent) == sends
    assert row["metadata"] == ({"a": "1", "other": "2", "b": "2"} if losses < 3 else {"a": "1", "other": "2"})


def test_what_is_so_already_is_not_sent():
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    row = snapshots.get(cloud.snapshot(metadata={"a": "1"})["id"])
    assert snapshots.set_metadata(row, {"a": "1"}, unset=["b"]) == row
    assert not cloud.cinder.sent


def test_one_that_vanishes_while_it_is_changed_is_an_error():
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    row = snapshots.get(cloud.snapshot()["id"])
    cloud.cinder.on["PUT", r"/snapshots/([^/]+)"] = lambda match, body: (
        Answer({}) if cloud.cinder.tables["/snapshots"].clear() is None else None
    )
    del cloud.cinder.on["PUT", r"(/snapshots|/volumes)/([^/]+)"]
    with pytest.raises(OsnapError, match="vanished while it was changed"):
        snapshots.update(row, {"name": "x"})


def test_a_status_that_the_service_takes_back_is_an_error():
    cloud = Cinder()
    snapshots = VolumeSnapshots(cloud)
    row = snapshots.get(cloud.snapshot(status="creating")["id"])
    cloud.cinder.on["POST", r"/snapshots/([^/]+)/action"] = lambda match, body: Answer(status_code=202)
    with pytest.raises(OsnapError, match="was set to error and is creating again"):
        snapshots.update(row, {"status": "error"})


def test_the_back_ends_snapshots_come_in_pages(cloud, snapshots):
    rows = [{"reference": {"source-name": str(number)}} for number in range(2500)]
    cloud.cinder.on["GET", "/manageable_snapshots/detail"] = lambda match, params: Answer(
        {"manageable-snapshots": rows[params["offset"] : params["offset"] + params["limit"]]}
    )
    assert snapshots.manageable(host="h@b#p") == rows
    assert [params["offset"] for _path, params in cloud.cinder.reads] == [0, 1000, 2000]


def test_the_volumes_made_of_a_snapshot_are_what_depends_on_it(cloud, snapshots):
    row = snapshots.get(cloud.snapshot()["id"])
    clone, unnamed = cloud.volume(name="clone", snapshot_id=row["id"]), cloud.volume(name="", snapshot_id=row["id"])
    cloud.volume(name="other")
    assert snapshots.dependents(row) == [f"volume 'clone' ({clone['id']})", f"volume {unnamed['id']}"]


def test_who_can_help_where_a_deletion_got_stuck_and_what_may_be_its_cause(cloud, snapshots):
    row = snapshots.get(cloud.snapshot(status="error_deleting")["id"])
    assert (
        snapshots.remedy(row)
        == "once the cause is gone, an administrator can remove it with state: absent and force: true"
    )
    clone = cloud.volume(name="clone", snapshot_id=row["id"])["id"]
    assert (
        VolumeSnapshots(cloud)
        .remedy(row)
        .startswith(
            f"once the cause is gone (perhaps the volume 'clone' ({clone}) made of it), an administrator can remove it"
        )
    )
    assert snapshots.remedy({**row, "status": "error"}) is None


def test_who_may_not_ask_is_told_of_no_dependents(cloud, snapshots):
    row = snapshots.get(cloud.snapshot()["id"])

    def forbidden(*args, **more):
        raise OsnapError("no", status=403)

    cloud.cinder.pages = forbidden
    assert snapshots.dependents(row) == []


@pytest.mark.parametrize(
    "limits, room",
    [
        (
            {
                "maxTotalSnapshots": 10,
                "totalSnapshotsUsed": 4,
                "maxTotalVolumeGigabytes": 100,
                "totalGigabytesUsed": 100,
            },
            (6, 0),
        ),
        (
            {"maxTotalSnapshots": -1, "totalSnapshotsUsed": 4, "maxTotalVolumeGigabytes": -1, "totalGigabytesUsed": 1},
            (None, None),
        ),
        ({"totalSnapshotsUsed": 4}, (None, None)),
    ],
)
def test_the_room_that_a_quota_leaves(cloud, snapshots, limits, room):
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": limits}})
    left = snapshots.room()
    assert (left["snapshots"], left[GIGABYTES]) == room


def test_few_are_polled_one_by_one_and_many_with_a_list(cloud, snapshots):
    ids = [cloud.snapshot()["id"] for _number in range(5)]
    assert set(snapshots.poll([*ids[:2], "gone"])) == set(ids[:2])
    assert len(cloud.cinder.reads) == 3
    assert set(snapshots.poll([*ids, "gone"])) == set(ids)
    assert len(cloud.cinder.reads) == 4


def test_one_that_is_being_deleted_is_not_unmanaged_any_more(snapshots):
    then, now = {"status": "available", "metadata": {}}, {"status": "deleting", "metadata": {}}
    assert snapshots.touched(then, now, force=True) is None
    assert snapshots.touched(then, now, unmanage=True) == "it is being deleted, and with it the back end's"
    held = {**then, "metadata": {"osnap_hold": "audit"}}
    assert snapshots.touched(then, held) == "it has osnap_hold: audit" and snapshots.touched(held, held) is None
