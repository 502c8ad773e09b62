# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_rotation import backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import (
    ServerImages,
    backing_snapshots,
    is_snapshot,
)
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer


@pytest.fixture
def images(cloud):
    service = ServerImages(cloud)
    service.waited, service.paused = [], []

    def wait_for(other, goals):
        service.waited += [goals] if goals else []
        assert not [
            id for id, goal in goals.items() if goal == GONE and id in cloud.cinder.tables.get("/snapshots", {})
        ]

    service.wait_for, service.pause = wait_for, lambda: service.paused.append(1)
    return service


def ago(seconds):
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")


def mapping(*ids):
    """As Nova writes it: one entry a disk, and one for a disk without a snapshot."""
    disks = [{"device_name": "/dev/vda", "snapshot_id": id, "source_type": "snapshot"} for id in ids]
    return json.dumps([*disks, {"device_name": "/dev/vdb", "source_type": "blank"}])


def volume_backed(cloud, *statuses, **values):
    snapshots = [cloud.snapshot(name="snapshot for web-image", status=status, volume_id="v1") for status in statuses]
    return (
        cloud.image(
            name="web-image",
            size=0,
            block_device_mapping=mapping(*[snapshot["id"] for snapshot in snapshots]),
            **values,
        ),
        snapshots,
    )


# -- one status for an image and its Cinder snapshots


@pytest.mark.parametrize(
    "statuses, together",
    [
        ([], "active"),
        (["available"], "active"),
        (["available", "available"], "active"),
        (["creating"], "saving"),
        (["available", "creating"], "saving"),
        (["error", "creating"], "killed"),
        (["available", "error_deleting"], "killed"),
        (["deleting"], "saving"),
    ],
)
def test_an_image_is_as_ready_as_its_slowest_part(cloud, images, statuses, together):
    image, snapshots = volume_backed(cloud, *statuses)
    row = images.get(image["id"])
    assert row["status"] == together
    assert [snapshot["id"] for snapshot in row["volume_snapshots"]] == [snapshot["id"] for snapshot in snapshots]


def test_a_snapshot_that_is_not_there_makes_the_image_useless_and_says_so(cloud, images):
    image, snapshots = volume_backed(cloud, "available", "available")
    del cloud.cinder.tables["/snapshots"][snapshots[1]["id"]]
    row = images.get(image["id"])
    assert row["status"] == "killed" and row["volume_snapshots"][1]["status"] == "missing"
    assert set(row["volume_snapshots"][0]) == set(row["volume_snapshots"][1])
    assert images.reason(row) == f"its volume snapshot {snapshots[1]['id']} is not there any more"


def test_a_failed_snapshot_is_the_reason_with_cinders_words(cloud, images):
    image, snapshots = volume_backed(cloud, "error")
    row = images.get(image["id"])
    assert images.reason(row) == f"its volume snapshot {snapshots[0]['id']} is in status error"
    messages = {snapshots[0]["id"]: [{"user_message": "No space left."}]}
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": messages[params["resource_uuid"]]})
    assert images.reason(row) == f"its volume snapshot {snapshots[0]['id']} is in status error: No space left"


@pytest.mark.parametrize("status", ["queued", "saving", "killed", "deactivated", "pending_delete"])
def test_an_image_that_is_not_active_keeps_its_own_status(cloud, images, status):
    image, _snapshots = volume_backed(cloud, "available", status=status)
    assert images.get(image["id"])["status"] == status


def test_images_without_snapshots_cost_cinder_nothing(cloud, images):
    for _number in range(3):
        cloud.image()
    assert len(images.list()) == 3 and not cloud.cinder.reads


def test_the_snapshots_of_many_images_are_read_at_once(cloud, images):
    for _number in range(5):
        volume_backed(cloud, "available", "available")
    assert all(len(row["volume_snapshots"]) == 2 for row in images.list())
    assert len(cloud.cinder.reads) == 1


def test_after_an_update_the_snapshots_are_still_there(cloud, images):
    image, snapshots = volume_backed(cloud, "creating")
    row = images.update(images.get(image["id"]), {"tags": ["nightly"]})
    assert row["tags"] == ["nightly"] and row["status"] == "saving"
    assert [snapshot["id"] for snapshot in row["volume_snapshots"]] == [snapshots[0]["id"]]


@pytest.mark.parametrize(
    "mapping", ["no JSON", "5", '"text"', "{}", "[5, null]", '[{"snapshot_id": 5}]', "null", [None]]
)
def test_a_mapping_that_somebody_has_written_by_hand_names_no_snapshots(mapping):
    assert backing_snapshots({"properties": {"block_device_mapping": mapping}}) == []


def test_the_mapping_may_be_text_or_a_list_or_nothing():
    for value in (mapping("s1", "s2"), json.loads(mapping("s1", "s2"))):
        assert backing_snapshots({"properties": {"block_device_mapping": value}}) == ["s1", "s2"]
    for properties in ({}, {"block_device_mapping": ""}, {"block_device_mapping": "[]"}):
        assert backing_snapshots({"properties": properties}) == []


@pytest.mark.parametrize("mapping", ["/dev/vda", "5", "{}", "null", '["x", null]', '[{"snapshot_id": 5}]', 7])
def test_what_somebody_has_written_in_place_of_a_mapping_names_no_snapshots(cloud, images, mapping):
    """Any image of the project may have it. Verify that neither it nor what is asked of all of them fails."""
    image = cloud.image(name="web-image", block_device_mapping=mapping)
    assert images.get(image["id"])["volume_snapshots"] == [] and not images.in_use()


@pytest.mark.parametrize(
    "properties, verdict",
    [
        ({"image_type": "snapshot"}, True),
        ({"block_device_mapping": "[]"}, True),
        ({}, False),
        ({_marks.SOURCE: "an image"}, False),
        ({"image_type": "backup"}, True),
        ({"image_type": "other"}, False),
    ],
)
def test_what_is_a_snapshot_of_a_server(properties, verdict):
    assert is_snapshot({"properties": properties}) is verdict


# -- finding


def test_an_image_is_known_by_its_name_and_its_server(cloud, images):
    ours = cloud.image(name="before", instance_uuid="s1", image_type="snapshot")
    cloud.image(name="before", instance_uuid="s2", image_type="snapshot")
    cloud.image(name="before", instance_uuid="s1", image_type="snapshot", owner="another project")
    cloud.image(name="before")  # an ordinary one
    of_server, by_name, by_id = (
        {"name": "before", "server_id": "s1"},
        {"name": "before", "server_id": None},
        {"id": ours["id"], "name": None},
    )
    found = images.find([of_server, by_name, by_id])
    assert [len(rows) for rows in found] == [1, 2, 1]
    assert found[0][0]["id"] == found[2][0]["id"] == ours["id"]


# -- making one


def nova_takes_images(cloud, **answer):
    """Nova makes an image of what is sent, and answers as from 2.45 on unless told otherwise."""

    def create(match, body):
        sent = body["createImage"]
        image = cloud.image(name=sent["name"], instance_uuid=match[1], image_type="snapshot", **sent["metadata"])
        return answer["answer"](image["id"]) if answer else Answer({"image_id": image["id"]}, 202)

    cloud.nova.on["POST", "/servers/(.*)/action"] = create


def test_marks_go_into_the_creating_request(cloud, images):
    server = cloud.server(status="SHUTOFF", image=cloud.image(name="base")["id"])
    nova_takes_images(cloud)
    row = images.create({"name": "before", "server_id": server["id"], "properties": {"ticket": "1"}})
    written = {"ticket": "1", _marks.SOURCE: server["id"], _marks.FOR: server["id"], _marks.CONSISTENCY: "off"}
    assert cloud.nova.sent == [
        (
            "POST",
            f"/servers/{server['id']}/action",
            {
                "createImage": {
                    "name": "before",
                    "metadata": written,
                }
            },
        )
    ]
    assert (row["name"], row["server_id"], row["consistency"]) == ("before", server["id"], "off")


INHERITED = {_marks.HOLD: "yes", _marks.SERIES: "daily", _marks.COMPLETE: "1", _marks.FOR: "b", "hw_x": "1"}


def created(cloud, images, server, **properties):
    nova_takes_images(cloud)
    images.create({"name": "before", "server_id": server["id"], "properties": properties})
    return cloud.nova.sent[-1][2]["createImage"]["metadata"]


@pytest.mark.parametrize("backed", ["image", "volume"])
def test_inherited_marks_are_overridden_in_the_creating_request(cloud, images, backed):
    """Nova hands on whatever the server was booted from: a hold, a series, somebody else's mark."""
    if backed == "image":
        server = cloud.server(image=cloud.image(name="base", **INHERITED)["id"])
        meant = server["id"]
    else:
        ids = [cloud.volume(volume_image_metadata=INHERITED)["id"], cloud.volume()["id"]]
        server, meant = cloud.server(image=None, volumes=ids), min(ids)
    sent = created(cloud, images, server, series="mine")
    assert (sent[_marks.HOLD], sent[_marks.COMPLETE], sent[_marks.SERIES]) == ("", "", "mine")
    assert (sent[_marks.FOR], sent[_marks.SOURCE]) == (meant, server["id"]) and "hw_x" not in sent


def test_where_the_base_image_is_gone_every_mark_is_overridden(cloud, images):
    sent = created(cloud, images, cloud.server())
    assert set(_marks.OF_IMAGES) <= set(sent) and sent[_marks.HOLD] == ""


def test_an_older_nova_tells_the_id_in_a_header(cloud, images):
    server = cloud.server()
    nova_takes_images(
        cloud, answer=lambda id: Answer(status_code=202, headers={"Location": f"http://glance/images/{id}"})
    )
    assert images.create({"name": "before", "server_id": server["id"]})["name"] == "before"


def test_an_image_that_glance_does_not_know_leaves_it_open(cloud, images):
    server = cloud.server()
    cloud.nova.on["POST", "/servers/(.*)/action"] = lambda match, body: Answer({"image_id": "nowhere"}, 202)
    with pytest.raises(Ambiguous, match="the image 'before' of the server .* is nowhere, and Glance does not know it"):
        images.create({"name": "before", "server_id": server["id"]})


# -- a volume-backed server after a killed run: Nova makes the snapshots first and the image last


@pytest.fixture
def server(cloud):
    nova_takes_images(cloud)
    return cloud.server(volumes=["v1", "v2"], image=None)


def ask(images, server):
    return images.create({"name": "before", "server_id": server["id"]})


def orphan(cloud, seconds, **values):
    return cloud.snapshot(**{"name": "snapshot for before", "volume_id": "v1", "created_at": ago(seconds), **values})


def test_a_first_run_makes_the_image_at_once(cloud, images, server):
    cloud.snapshot(name="snapshot for another", volume_id="v1", created_at=ago(5))
    cloud.snapshot(name="snapshot for before", volume_id="v9", created_at=ago(5))
    assert ask(images, server)["name"] == "before"
    assert not images.paused and not images.waited and len(cloud.cinder.tables["/snapshots"]) == 2


def test_an_image_that_nova_is_still_making_is_taken_and_not_made_twice(cloud, images, server):
    snapshots = [orphan(cloud, 5), orphan(cloud, 2, volume_id="v2")]

    def nova_finishes():
        images.paused.append(1)
        if len(images.paused) == 3:
            cloud.image(
                name="before",
                **{_marks.SOURCE: server["id"]},
                block_device_mapping=mapping(*[row["id"] for row in snapshots]),
            )

    images.pause = nova_finishes
    row = ask(images, server)
    assert len(images.paused) == 3 and len(row["volume_snapshots"]) == 2
    assert not cloud.written


def test_an_image_that_nova_finished_after_the_plan_is_taken_too(cloud, images, server):
    made = cloud.image(
        name="before", **{_marks.SOURCE: server["id"]}, block_device_mapping=mapping(orphan(cloud, 5)["id"])
    )
    assert ask(images, server)["id"] == made["id"]
    assert not cloud.written and not images.paused


def test_an_image_that_comes_between_two_looks_is_taken_and_not_made_twice(cloud, images, server):
    snapshot, look = orphan(cloud, 5), images.in_use

    def nova_finishes_just_before():
        cloud.image(name="before", **{_marks.SOURCE: server["id"]}, block_device_mapping=mapping(snapshot["id"]))
        return look()

    images.in_use = nova_finishes_just_before
    assert [row["id"] for row in ask(images, server)["volume_snapshots"]] == [snapshot["id"]]
    assert not cloud.written and not images.paused


def test_what_an_older_image_left_behind_is_left_alone(cloud, images, server):
    left = [orphan(cloud, 300), orphan(cloud, 61, volume_id="v2")]
    assert ask(images, server)["name"] == "before"
    assert list(cloud.cinder.tables["/snapshots"]) == [row["id"] for row in left] and not images.paused
    assert [(method, path) for method, path, _body in cloud.written] == [("POST", f"/servers/{server['id']}/action")]


@pytest.mark.parametrize("task_state, empty", [("image_snapshot", "second"), (None, "second"), (None, "both")])
def test_of_two_runs_at_once_the_one_that_nova_refuses_leaves_the_image_of_the_other(cloud, images, task_state, empty):
    """Nova has registered both, and answers 500 to the second; it has still to read the disk for the first."""
    server = cloud.server(name="web")
    more = {"name": "before", "instance_uuid": server["id"], "image_type": "snapshot"}

    def refuse(match, body):
        server["OS-EXT-STS:task_state"] = task_state
        status = "saving" if task_state is None and empty == "second" else "queued"
        cloud.image(id="first", status=status, **more)
        cloud.image(id="second", status="queued", **more)
        raise OsnapError("UnexpectedTaskStateError", status=500)

    def pause():
        images.paused.append(1)
        if len(images.paused) == 3:
            cloud.glance.tables["/images"]["first"]["status"] = "saving"

    cloud.nova.on["POST", "/servers/(.*)/action"], images.pause = refuse, pause
    with pytest.raises(OsnapError, match="UnexpectedTaskStateError"):
        ask(images, server)
    assert list(cloud.glance.tables["/images"]) == ([] if empty == "both" else ["first"])


def test_a_clock_of_cinders_that_is_ahead_makes_nobody_wait_for_ever(cloud, images, server):
    orphan(cloud, -3600)

    def pause():
        images.paused.append(1)
        assert len(images.paused) < 100

    images.pause = pause
    assert ask(images, server)["name"] == "before" and len(images.paused) == 60


def test_an_image_that_does_not_come_is_not_waited_for_longer(cloud, images, server):
    orphan(cloud, 300)
    orphan(cloud, 50, volume_id="v2")

    def pause():
        images.paused.append(1)

    images.pause = pause
    images.in_use = lambda: (
        {row["id"] for row in cloud.cinder.tables["/snapshots"].values()} if len(images.paused) > 2 else set()
    )
    assert ask(images, server)["name"] == "before"
    assert len(images.paused) == 3 and len(cloud.cinder.tables["/snapshots"]) == 2


@pytest.mark.parametrize(
    "image",
    [
        {"name": "before"},  # made by hand: without our mark it is not known whose it is
        {"name": "renamed since", _marks.SOURCE: "the same server"},
        {"name": "before", "os_hidden": True},
        {"name": "before", "status": "deactivated"},
    ],
)
def test_the_data_of_another_image_are_not_waited_for(cloud, images, server, image):
    kept = orphan(cloud, 5)
    cloud.image(block_device_mapping=mapping(kept["id"]), **image)
    ask(images, server)
    assert list(cloud.cinder.tables["/snapshots"]) == [kept["id"]] and not images.paused


def test_nor_are_those_of_an_image_that_somebody_else_is_just_making(cloud, images, server):
    snapshot = orphan(cloud, 5)

    def pause():
        cloud.image(name="before", block_device_mapping=mapping(snapshot["id"]))

    images.pause = pause
    ask(images, server)
    assert snapshot["id"] in cloud.cinder.tables["/snapshots"]


# -- whom it is shared with


def shared(cloud, **members):
    """An image of another project's, or ours, with members that can be added, removed and set."""
    image = cloud.image(name="before", visibility="shared", **members.pop("image", {}))
    path = f"/images/{image['id']}/members"

    def add(match, body):
        members[body["member"]] = "pending"
        return Answer({"member_id": body["member"], "status": "pending"})

    def answer(match, body):
        members[match[1]] = body["status"]
        return Answer({"member_id": match[1], **body})

    cloud.glance.on.update(
        {
            ("GET", path): lambda match, params: Answer(
                {"members": [{"member_id": id, "status": status} for id, status in members.items()]}
            ),
            ("POST", path): add,
            ("PUT", path + "/(.*)"): answer,
            ("DELETE", path + "/(.*)"): lambda match, body: Answer(
                status_code=204 if members.pop(match[1], None) else 404
            ),
        }
    )
    return image, members


def test_members_are_told_of_our_own_images_and_our_answer_of_others(cloud, images):
    ours, _members = shared(cloud, b="accepted", a="pending")
    row = images.get(ours["id"])
    assert (row["members"], row["membership"]) == (["a", "b"], None)
    theirs, _members = shared(cloud, **{cloud.project_id: "pending"}, image={"owner": "another"})
    row = images.get(theirs["id"])
    assert (row["members"], row["membership"]) == (None, "pending")


def test_an_image_that_is_not_shared_has_no_members_and_is_not_asked_for_them(cloud, images):
    row = images.get(cloud.image()["id"])
    assert row["members"] == [] and not [path for path, _params in cloud.glance.reads if path.endswith("/members")]


def test_where_the_cloud_hides_members_they_are_not_known(cloud, images):
    image, _members = shared(cloud)
    cloud.glance.on["GET", f"/images/{image['id']}/members"] = forbidden
    assert images.get(image["id"])["members"] is None


def forbidden(match, params):
    raise OsnapError("no", status=403)


def test_members_are_removed_unless_they_are_only_to_be_added(cloud, images):
    image, members = shared(cloud, a="accepted", b="pending")
    row = images.update(images.get(image["id"]), {"members": ["b", "c"], "purge_members": False})
    assert row["members"] == ["a", "b", "c"] and members["a"] == "accepted"
    row = images.update(row, {"members": ["b", "c"]})
    assert row["members"] == ["b", "c"] == list(members)


def test_a_shared_image_is_answered(cloud, images):
    image, members = shared(cloud, **{cloud.project_id: "pending"}, image={"owner": "another"})
    assert (
        images.update(images.get(image["id"]), {"membership": "accepted"})["membership"]
        == "accepted"
        == members[cloud.project_id]
    )


# -- createBackup


def test_a_rotation_is_a_backup(cloud, images):
    server = cloud.server(image=cloud.image(name="base")["id"])
    sent = {}

    def create(match, body):
        sent.update(body)
        return Answer({"image_id": cloud.image(name="nightly")["id"]}, 202)

    cloud.nova.on["POST", "/servers/(.*)/action"] = create
    images.create({"name": "nightly", "server_id": server["id"], "rotation": {"type": "daily", "keep": 3}})
    assert sent == {
        "createBackup": {
            "name": "nightly",
            "backup_type": "daily",
            "rotation": 3,
            "metadata": {_marks.SOURCE: server["id"], _marks.FOR: server["id"], _marks.CONSISTENCY: "crash"},
        }
    }


def test_the_backups_of_one_type_and_server_oldest_first(cloud, images):
    def backup(day, type="daily", server="s1"):
        return cloud.image(
            created_at=f"2026-11-{day:02}T00:00:00Z", instance_uuid=server, image_type="backup", backup_type=type
        )["id"]

    ids = [backup(3), backup(1), backup(2)]
    backup(1, type="weekly"), backup(1, server="s2")
    assert [row["id"] for row in backups(images, "s1", "daily")] == [ids[1], ids[2], ids[0]]


# -- removing one


def test_the_snapshots_go_first_and_the_image_last(cloud, images):
    image, snapshots = volume_backed(cloud, "available", "error")
    images.delete(images.get(image["id"]))
    assert [path for api in (cloud.cinder, cloud.glance) for _method, path, _body in api.sent] == [
        *[f"/snapshots/{snapshot['id']}" for snapshot in snapshots],
        f"/images/{image['id']}",
    ]
    assert images.waited == [{snapshot["id"]: GONE for snapshot in snapshots}]


def test_an_image_stays_as_long_as_one_of_its_snapshots(cloud, images):
    image, snapshots = volume_backed(cloud, "available")

    def refused(other, goals):
        raise TimeoutError

    images.wait_for = refused
    with pytest.raises(TimeoutError):
        images.delete(images.get(image["id"]))
    assert image["id"] in cloud.glance.tables["/images"]


def test_an_image_that_was_protected_since_its_plan_keeps_its_data(cloud, images):
    """Glance refuses to delete it, but only when its Cinder snapshots are gone."""
    image, _snapshots = volume_backed(cloud, "available")
    row = images.get(image["id"])
    image["protected"] = True
    now = images.again([row])[image["id"]]
    assert images.touched(row, now) == "it is protected from deletion"
    with pytest.raises(OsnapError, match="is protected from deletion"):
        images.delete(now)
    assert not cloud.written


def test_one_that_was_unfinished_is_read_again_with_its_snapshots(cloud, images):
    image, snapshots = volume_backed(cloud, "creating")
    row = images.get(image["id"])
    snapshots[0]["status"] = "available"
    assert (row["status"], images.again([row])[image["id"]]["status"]) == ("saving", "active")


def test_before_a_deletion_only_the_image_is_read_again(cloud, images):
    image, snapshots = volume_backed(cloud, "available")
    row = images.get(image["id"])
    before = [len(api.reads) for api in cloud.services.values()]
    image["osnap_hold"] = "audit"
    now = images.again([row])[image["id"]]
    assert [len(api.reads) for api in cloud.services.values()] == [
        count + (api is cloud.glance) for api, count in zip(cloud.services.values(), before, strict=True)
    ]
    assert images.touched(row, now) == "it has osnap_hold: audit"
    assert {**now, "properties": None} == {**row, "properties": None}
    assert images.again([{**row, "id": "gone"}]) == {}


def test_before_the_deletion_of_many_there_is_one_list_and_hidden_ones_are_asked_for(cloud, images):
    ids = [cloud.image(os_hidden=number == 0)["id"] for number in range(10)]
    rows = [images.get(id) for id in ids]
    before = len(cloud.glance.reads)
    assert set(images.again(rows)) == set(ids)
    assert [path for path, _params in cloud.glance.reads[before:]] == ["/images", f"/images/{ids[0]}"]


def test_what_is_already_gone_is_not_deleted_again(cloud, images):
    image, snapshots = volume_backed(cloud, "available", "available")
    del cloud.cinder.tables["/snapshots"][snapshots[0]["id"]]
    images.delete(images.get(image["id"]))
    assert [path for _method, path, _body in cloud.cinder.sent] == [f"/snapshots/{snapshots[1]['id']}"]


@pytest.mark.parametrize("made", [True, False])
def test_an_image_that_glance_keeps_for_its_clones_is_told_with_them(cloud, images, made):
    row = images.row(cloud.image(name="golden"))
    if made:
        server = cloud.server(name="child", image=row["id"])["id"]
        volume = cloud.volume(name="disk", volume_image_metadata={"image_id": row["id"]})["id"]
        cloud.volume(name="other", volume_image_metadata={"image_id": "another"})

    def in_use(match, body):
        raise OsnapError("Could not delete the image: answered 409: in use.", status=409, resource=row["id"])

    cloud.glance.on["DELETE", "/images/.*"] = in_use
    with pytest.raises(OsnapError) as caught:
        images.delete(row)
    named = f" (server 'child' ({server}), volume 'disk' ({volume}))" if made else ""
    assert (
        str(caught.value)
        == f"Could not delete the image: answered 409: in use; remove what was made of it{named}, then run again."
    )
    assert caught.value.status == 409 and caught.value.fields["resource"] == row["id"]


def test_who_may_not_ask_is_told_of_no_clones(cloud, images):
    def forbidden(*args, **more):
        raise OsnapError("no", status=403)

    cloud.nova.pages = forbidden
    assert images.dependents(images.row(cloud.image())) == []


def test_another_refusal_is_told_as_it_is(cloud, images):
    def protected(match, body):
        raise OsnapError("Could not delete the image: answered 403: protected.", status=403)

    cloud.glance.on["DELETE", "/images/.*"] = protected
    with pytest.raises(OsnapError, match="403: protected.$"):
        images.delete(images.row(cloud.image()))


def test_what_other_images_and_volumes_use_is_asked_once_for_many_deletions(cloud, images):
    rows = [images.get(volume_backed(cloud, "available", "available")[0]["id"]) for _number in range(9)]
    cloud.glance.reads.clear(), cloud.cinder.reads.clear()
    for row in rows:
        images.delete(row)
    assert [path for path, _params in cloud.glance.reads] == ["/images"] * 2  # shown and hidden ones
    assert [path for path, _params in cloud.cinder.reads] == ["/volumes/detail"]
    assert not cloud.glance.tables["/images"] and not cloud.cinder.tables["/snapshots"]


def test_a_snapshot_that_two_images_share_goes_with_the_last_of_them(cloud, images):
    image, snapshots = volume_backed(cloud, "available")
    other = cloud.image(name="other", block_device_mapping=mapping(snapshots[0]["id"]))
    rows = [images.get(one["id"]) for one in (image, other)]
    images.delete(rows[0])
    assert snapshots[0]["id"] in cloud.cinder.tables["/snapshots"]
    images.delete(rows[1])
    assert not cloud.glance.tables["/images"] and not cloud.cinder.tables["/snapshots"]


def test_what_others_use_is_not_remembered_for_long(cloud, images, monkeypatch):
    now = [0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    (image, snapshots), (another, _others) = volume_backed(cloud, "available"), volume_backed(cloud, "available")
    images.delete(images.get(another["id"]))
    cloud.image(name="other", block_device_mapping=mapping(snapshots[0]["id"]))
    now[0] = 6
    images.delete(images.get(image["id"]))
    assert snapshots[0]["id"] in cloud.cinder.tables["/snapshots"]
