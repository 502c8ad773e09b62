# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what is decided about a copy; that the bytes travel is shown on real clouds, and how in test_stream."""

from __future__ import annotations

import time
import uuid
from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, DELETE, FINISH, UPDATE
from ansible_collections.osnap.openstack.plugins.module_utils._images import copy_bytes
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_plan import is_whole, plan_copy
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_steps import Copying
from ansible_collections.osnap.openstack.plugins.module_utils._images.portable import portable_properties
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SinkBroken, Streamed
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.modules.image_copy import ImageCopy
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run

HASH = {"os_hash_algo": "sha512", "os_hash_value": "abc"}


@pytest.fixture
def cloud():
    cloud = FakeCloud()
    cloud.peer = FakeCloud()
    cloud.peer.name, cloud.peer.project_id = "other", "project over there"
    return cloud


def source(cloud, **values):
    return Images(cloud).get(
        cloud.image(
            name="golden", disk_format="raw", container_format="bare", min_disk=2, min_ram=64, **{**HASH, **values}
        )["id"]
    )


def copied(cloud, row, **values):
    """A copy as this version leaves it."""
    id = str(uuid.uuid4())
    marks = {_marks.SOURCE: row["id"], _marks.FOR: id, _marks.COMPLETE: "true"}
    return cloud.peer.image(**{"id": id, "name": "golden", "size": 8, **HASH, **marks, **values})


def planned(cloud, row, **asked):
    item = {**dict.fromkeys(ImageCopy.options), "image": row["id"], "name": "golden", "source": row, **asked}
    return plan_copy(item, Images(cloud.peer).all_named([item["name"]])[item["name"]], cloud)


def applied(cloud, plan):
    progress = SimpleNamespace(check=lambda: None, tick=lambda *told: None)
    return Copying(
        SimpleNamespace(cloud=cloud, progress=progress, params={"verification": "image"}, timeout=60), plan
    ).run()


@pytest.fixture
def sent(cloud, monkeypatch):
    """The IDs of the images that were given their bytes, without a byte on the way."""
    ids = []

    def send(self, row):
        ids.append(row["id"])
        cloud.peer.glance.tables["/images"][row["id"]].update(status="active", size=8, **HASH)
        return self.images.get(row["id"]), Streamed(8, "sha512", "abc")

    def register(match, body):
        if body["id"] in cloud.peer.glance.tables.get("/images", {}):
            return Answer(status_code=409)
        return Answer(cloud.peer.image(**{"status": "queued", "size": None, **body}), 201)

    monkeypatch.setattr(copy_bytes.Bytes, "send", send)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    cloud.peer.glance.on["POST", "/images"] = register
    return ids


def verbs(plan):
    return [step.verb for step in plan.steps]


# -- what travels


def test_what_describes_the_place_stays_behind(cloud):
    stays = (
        "base_image_ref",
        "instance_uuid",
        "boot_roles",
        "owner_user_name",
        "owner_specified.openstack.md5",
        "img_signature_hash_method",
        "os_glance_x",
        "user_id",
        "image_type",
        "root_device_name",
        "bdm_v2",
        _marks.SOURCE,
        _marks.COMPLETE,
    )
    travels = {
        "hw_disk_bus": "scsi",
        "os_distro": "debian",
        "architecture": "x86_64",
        "ticket": "1",
        _marks.RUN: "r",
        _marks.CONSISTENCY: "off",
    }
    assert portable_properties(source(cloud, **dict.fromkeys(stays, "x"), **travels)["properties"]) == travels


@pytest.mark.parametrize(
    "values, told",
    [
        ({"status": "saving"}, "is in status saving, and only an active one can be copied"),
        ({"cinder_encryption_key_id": "k"}, "is of an encrypted volume, and its key stays in that cloud's key manager"),
        ({"size": 0, "block_device_mapping": "[]"}, "is of a volume-backed server: it holds no data"),
        ({"size": 0}, "holds no data (0 bytes); there is nothing to copy."),
        ({"size": None}, "holds no data (0 bytes)"),
    ],
)
def test_what_cant_be_copied_is_refused(cloud, values, told):
    row = source(cloud, **values)
    with pytest.raises(OsnapError) as caught:
        planned(cloud, row)
    assert str(caught.value).startswith(f"The image 'golden' ({row['id']}) in cloud test {told}")


def test_a_new_copy_is_one_of_the_sources_kind(cloud):
    row = source(cloud, tags=["a"], hw_disk_bus="scsi")
    plan = planned(cloud, row, properties={"ticket": 5, "hw_disk_bus": "virtio"})
    assert verbs(plan) == [COPY] and plan.changed
    assert plan.steps[0].values == {
        "name": "golden",
        "disk_format": "raw",
        "container_format": "bare",
        "min_disk": 2,
        "min_ram": 64,
        "visibility": "private",
        "tags": ["a"],
        "properties": {"ticket": "5", "hw_disk_bus": "virtio"},
    }
    assert set(plan.resource) == set(Images.keys())
    assert (plan.resource["status"], plan.resource["size"], plan.resource["owner_id"], plan.resource["id"]) == (
        "active",
        8,
        "project over there",
        None,
    )
    assert plan.facts == {"transfer": None}


# -- what is there


def test_a_finished_copy_is_left_alone(cloud):
    row = source(cloud)
    copied(cloud, row)
    plan = planned(cloud, row)
    assert plan.steps == () and plan.before == plan.after and plan.resource["name"] == "golden"


@pytest.mark.parametrize("values", [{_marks.SOURCE: "another image"}, {"owner": "another project"}, {"name": "silver"}])
def test_what_is_not_a_copy_of_ours_is_none(cloud, values):
    row = source(cloud)
    copied(cloud, row, **values)
    assert verbs(planned(cloud, row)) == [COPY]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "queued", "size": None},
        {"status": "saving"},
        {"size": 7},
        {"os_hash_value": "other"},
        {"os_hash_value": None},
    ],
)
def test_what_is_unfinished_is_removed_and_made_anew(cloud, values):
    row = source(cloud)
    copied(cloud, row, **{_marks.COMPLETE: "", **values})
    plan = planned(cloud, row)
    assert verbs(plan) == [DELETE, COPY] and plan.before == {"state": "absent"}


def test_a_copy_that_lacks_only_its_mark_is_finished_without_its_bytes(cloud):
    row = source(cloud)
    copied(cloud, row, **{_marks.COMPLETE: ""})
    copied(cloud, row, **{_marks.COMPLETE: "", "status": "queued"})
    plan = planned(cloud, row)
    assert verbs(plan) == [DELETE, FINISH]


def test_without_a_hash_at_the_source_nothing_is_taken_for_whole(cloud):
    row = source(cloud, os_hash_algo=None, os_hash_value=None)
    assert not is_whole({**row, "status": "active"}, row)
    assert is_whole(source(cloud), source(cloud))


@pytest.mark.parametrize(
    "marks", [{_marks.FOR: "the copy"}, {_marks.FOR: "", "base_image_ref": "the copy"}, {_marks.FOR: ""}]
)
def test_what_was_made_of_a_copy_has_its_marks_and_is_none(cloud, marks):
    """Nova and Cinder hand on the properties of the image that a server or a volume was made of."""
    row = source(cloud)
    copied(cloud, row, os_hash_value="other", **marks)
    assert verbs(planned(cloud, row)) == [COPY]


def test_a_copy_of_version_0_1_0_is_known_by_its_computed_id(cloud):
    row = source(cloud)
    id = _marks.copy_id(cloud.peer.project_id, row["id"], "golden", 2)
    copied(cloud, row, id=id, **{_marks.FOR: ""})
    assert planned(cloud, row).steps == ()


@pytest.mark.parametrize("values", [{"os_hash_value": "other"}, {"size": 9}])
def test_a_finished_copy_with_other_data_is_an_error_and_stays(cloud, values):
    row = source(cloud)
    copied(cloud, row, **values)
    with pytest.raises(OsnapError, match="is marked as the finished copy of the image .* and holds other data"):
        planned(cloud, row)


def test_a_finished_copy_that_was_deactivated_stays(cloud):
    row = source(cloud)
    copied(cloud, row, status="deactivated")
    with pytest.raises(OsnapError, match="The finished copy .* is in status deactivated"):
        planned(cloud, row)


def test_marks_of_something_else_do_not_travel(cloud):
    row = source(
        cloud, instance_uuid="b", osnap_source="a", osnap_run="r", osnap_hold="", series="nightly", hw_disk_bus="scsi"
    )
    assert planned(cloud, row).steps[0].values["properties"] == {"series": "nightly", "hw_disk_bus": "scsi"}


# -- what happens between the plan and its steps


@pytest.mark.parametrize("asked, changed", [({"tags": ["mine"]}, True), ({}, False)])
def test_a_copy_that_a_twin_finishes_meanwhile_is_not_deleted_and_no_change_of_ours(cloud, asked, changed):
    row = source(cloud)
    there = copied(cloud, row, status="saving", size=None, **{_marks.COMPLETE: ""})
    plan = planned(cloud, row, **asked)
    assert verbs(plan) == [DELETE, COPY]
    there.update(status="active", size=8, **{_marks.COMPLETE: "true"})
    outcome = applied(cloud, plan)
    assert outcome.resource["id"] == there["id"] and outcome.facts == {"transfer": None}
    assert outcome.resource["tags"] == asked.get("tags", []) and outcome.instead.changed is changed
    assert [request[0] for request in cloud.peer.written] == ["PATCH"] * changed


def test_a_copy_that_a_twin_has_finished_before_ours_is_registered_is_taken_and_no_change_of_ours(cloud):
    row = source(cloud)
    plan = planned(cloud, row)
    id = _marks.copy_id(cloud.peer.project_id, row["id"], "golden", 0)
    copied(cloud, row, id=id, **{_marks.FOR: id})
    cloud.peer.glance.on["POST", "/images"] = lambda match, body: Answer(status_code=409)
    outcome = applied(cloud, plan)
    assert outcome.resource["id"] == id and not outcome.instead.changed
    assert id in cloud.peer.glance.tables["/images"]


def test_what_was_removed_is_a_change_though_a_twin_makes_the_copy(cloud, sent):
    row = source(cloud)
    gone = copied(cloud, row, status="queued", size=None, **{_marks.COMPLETE: ""})
    plan = planned(cloud, row)
    id = _marks.copy_id(cloud.peer.project_id, row["id"], "golden", 0)
    copied(cloud, row, id=id, **{_marks.FOR: id})
    outcome = applied(cloud, plan)
    assert outcome.resource["id"] == id and outcome.instead.changed and not sent
    assert gone["id"] not in cloud.peer.glance.tables["/images"]


def test_a_copy_that_has_all_its_bytes_by_now_is_finished_and_not_deleted(cloud, sent):
    """Its maker is about to declare it."""
    row = source(cloud)
    there = copied(cloud, row, status="saving", size=None, **{_marks.COMPLETE: ""})
    plan = planned(cloud, row)
    there.update(status="active", size=8)
    outcome = applied(cloud, plan)
    assert outcome.resource["id"] == there["id"] and outcome.resource["properties"][_marks.COMPLETE] == "true"
    assert not sent and outcome.instead is None


@pytest.mark.parametrize("values", [{_marks.SOURCE: "another image"}, {"owner": "another project"}])
@pytest.mark.parametrize("computed", [False, True])
def test_an_image_that_is_none_of_ours_by_now_is_neither_deleted_nor_written_to(cloud, sent, values, computed):
    row = source(cloud)
    id = _marks.copy_id(cloud.peer.project_id, row["id"], "golden", 0) if computed else str(uuid.uuid4())
    there = copied(cloud, row, id=id, status="queued", size=None, **{_marks.FOR: id, _marks.COMPLETE: ""})
    plan = planned(cloud, row)
    there.update(values)
    outcome = applied(cloud, plan)
    assert sent == [outcome.resource["id"]] and id not in sent and id in cloud.peer.glance.tables["/images"]


@pytest.mark.parametrize(
    "error", [Ambiguous("reset"), SinkBroken("The copy is deleted with 8 bytes."), OsnapError("busy", status=503)]
)
def test_what_broke_because_a_twin_has_deleted_it_is_not_begun_again(cloud, sent, monkeypatch, error):
    """Glance may cut the connection before it answers. The twin is making the copy under the next ID."""
    row, twins = source(cloud), []

    def send(self, begun):
        del cloud.peer.glance.tables["/images"][begun["id"]]
        id = _marks.copy_id(cloud.peer.project_id, row["id"], "golden", 1)
        twins.append(copied(cloud, row, id=id, status="saving", size=None, **{_marks.FOR: id, _marks.COMPLETE: ""}))
        raise error

    monkeypatch.setattr(copy_bytes.Bytes, "send", send)
    with pytest.raises(OsnapError, match="vanished from cloud other while it was written: somebody else has deleted"):
        applied(cloud, planned(cloud, row))
    assert list(cloud.peer.glance.tables["/images"]) == [twins[0]["id"]]


@pytest.mark.parametrize("status", [404, 410])
def test_what_a_twin_has_deleted_before_it_was_declared_complete_has_vanished(cloud, sent, status):
    def gone(match, body):
        raise OsnapError("Could not update the image.", status=status)

    cloud.peer.glance.on["PATCH", r"/images/(.+)"] = gone
    with pytest.raises(copy_bytes.Vanished, match="somebody else has deleted it; run again"):
        applied(cloud, planned(cloud, source(cloud)))


def test_a_copy_that_lacked_only_its_mark_and_has_gone_is_made_anew(cloud, sent):
    row = source(cloud)
    there = copied(cloud, row, **{_marks.COMPLETE: ""})
    plan = planned(cloud, row)
    assert verbs(plan) == [FINISH]
    del cloud.peer.glance.tables["/images"][there["id"]]
    assert applied(cloud, plan).resource["id"] == sent[0]


@pytest.mark.parametrize(
    "error, done, tried",
    [
        (Ambiguous("reset"), False, ["golden"]),
        (Ambiguous("reset"), True, []),
        (OsnapError("later", status=503), False, ["golden"]),
        (Unanswered("late"), False, None),
        (OsnapError("no", status=403), False, None),
    ],
)
def test_a_registration_without_an_answer_is_sent_again_only_after_a_look(cloud, sent, error, done, tried):
    """What is found is ours or a twin's, nobody can tell: it goes, and the next ID is used."""
    register, lost = cloud.peer.glance.on["POST", "/images"], []

    def once(match, body):
        if lost:
            return register(match, body)
        lost.append(body["id"])
        if done:
            register(match, body)
        raise error

    cloud.peer.glance.on["POST", "/images"] = once
    row = source(cloud)
    if tried is None:
        with pytest.raises(OsnapError, match=str(error)):
            applied(cloud, planned(cloud, row))
        assert not sent
        return
    assert applied(cloud, planned(cloud, row)).resource["id"] == sent[0]
    assert (sent[0] == lost[0]) is not done and len(cloud.peer.glance.tables["/images"]) == 1


@pytest.mark.parametrize("done", [False, True])
def test_a_declaration_without_an_answer_is_sent_again_only_after_a_look(cloud, sent, done):
    patch, lost = cloud.peer.glance._write, []

    def once(method, path, **given):
        if method != "PATCH" or lost:
            return patch(method, path, **given)
        lost.append(done and patch(method, path, **given))
        raise Ambiguous("reset")

    cloud.peer.glance._write = once
    row = source(cloud)
    outcome = applied(cloud, planned(cloud, row, visibility="shared"))
    assert outcome.resource["properties"][_marks.COMPLETE] == "true" and outcome.resource["visibility"] == "shared"
    assert len([request for request in cloud.peer.written if request[0] == "PATCH"]) == 1


def test_two_finished_copies_are_an_error_that_lists_them(cloud):
    row = source(cloud)
    copied(cloud, row)
    copied(cloud, row)
    with pytest.raises(
        OsnapError,
        match=f"2 finished copies of the image {row['id']} are named 'golden' in cloud other: .* remove all but one",
    ):
        planned(cloud, row)


def test_a_finished_copys_options_are_changed_and_its_bytes_are_not(cloud):
    row = source(cloud)
    copied(cloud, row, tags=["a"], keep="1")
    assert planned(cloud, row, tags=["a"], visibility="private", properties={"keep": 1}).steps == ()
    plan = planned(cloud, row, tags=["b", "a", "b"], properties={"ticket": 5})
    assert verbs(plan) == [UPDATE]
    assert plan.steps[0].values["tags"] == ["a", "b"]
    assert plan.resource["properties"] == {**plan.current["properties"], "ticket": "5"}
    assert plan.before["tags"] == ["a"] and plan.after["tags"] == ["a", "b"] and plan.resource["updated_at"] is None


# -- the module


def copy(cloud, *, check=True, **arguments):
    operation = ImageCopy()
    operation.connect = lambda params: cloud
    return run(operation, {"destination": {"cloud": "other"}, **arguments}, check=check, diff=True)


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: image."),
        (
            {"images": [{"image": "golden"}, {"image": "silver"}], "parallel": 0},
            "parallel is 0; it takes a number of 1 or more.",
        ),
        (
            {"image": "golden", "properties": {_marks.COMPLETE: "true"}},
            "properties has osnap_complete, which this collection keeps for itself; leave it out.",
        ),
        (
            {"images": [{"image": "golden"}, {"image": " golden"}]},
            "images[1] is the same object as images[0]; name each once.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = copy(cloud, **arguments)
    assert ran.failed and ran["msg"] == told
    assert not cloud.glance.reads


@pytest.mark.parametrize(
    "options, told",
    [
        ({"name": "n" * 256}, "name has 256 characters; Glance takes 255 at the most."),
        ({"name": "📀"}, "name has the character '📀', which Glance refuses: no emoji."),
        ({"tags": ["a", "t" * 256]}, "tags has 256 characters; Glance takes 255 at the most."),
        ({"properties": {"k" * 256: 1}}, "properties has a name of 256 characters; Glance takes 1 to 255."),
        ({"properties": {"status": "active"}}, "properties has status, which Glance keeps for itself; leave it out."),
        (
            {"properties": {"os_glance_x": 1}},
            "properties has os_glance_x, which Glance keeps for itself; leave it out.",
        ),
        (
            {"properties": {"min_disk": 1}},
            "properties has min_disk, which is an attribute of images and no property; leave it out.",
        ),
        ({"properties": {"a": "📀"}}, "properties has the character '📀', which Glance refuses: no emoji."),
        (
            {"properties": {_marks.FOR: "x"}},
            "properties has osnap_for, which this collection keeps for itself; leave it out.",
        ),
    ],
)
def test_what_glance_would_refuse_is_told_before_anything_is_asked(cloud, options, told):
    ran = copy(cloud, image="golden", **options)
    assert ran.failed and ran["msg"] == told and not cloud.glance.reads


@pytest.mark.parametrize(
    "usage, refused",
    [
        ({}, []),
        ({"image_count_total": {"limit": -1, "usage": 5}, "image_size_total": {"limit": 100, "usage": 99}}, []),
        ({"image_count_total": {"limit": 6, "usage": 5}}, [1]),
        ({"image_count_total": {"limit": 5, "usage": 5}}, [0, 1]),
        ({"image_size_total": {"limit": 100, "usage": 100}}, [1]),  # the first passes the limit, the next is refused
        ({"image_size_total": {"limit": 100, "usage": 101}}, [0, 1]),
    ],
)
def test_what_is_beyond_the_quota_is_refused_in_check_mode_too(cloud, usage, refused):
    row = source(cloud)
    cloud.peer.glance.on["GET", "/info/usage"] = lambda match, params: Answer({"usage": usage})
    ran = copy(cloud, images=[{"image": row["id"], "name": name} for name in ("a", "b")])
    assert [index for index, outcome in enumerate(ran["outcomes"]) if outcome["failed"]] == refused
    assert all("the project's quota" in ran["outcomes"][index]["msg"] for index in refused)


def test_a_copy_in_the_same_project_under_the_same_name_is_refused(cloud):
    row = source(cloud)
    cloud.peer = cloud
    ran = copy(cloud, image="golden")
    assert ran.failed and "would be in the same project as its image and have the same name" in ran["msg"]
    assert copy(cloud, image="golden", name="silver")["changed"]
    assert copy(cloud, image=row["id"], name="golden")["changed"]


def test_a_copy_that_the_sources_project_sees_does_not_make_the_next_run_ambiguous(cloud):
    """A public one of another project of the same cloud has the same name."""
    row = source(cloud)
    cloud.peer.services = cloud.services
    there = copied(cloud, row, owner=cloud.peer.project_id, visibility="public")
    for check in (True, False):
        ran = copy(cloud, check=check, image="golden", visibility="public")
        assert not ran.failed and not ran["changed"] and ran["image"]["id"] == there["id"]
    source(cloud)
    assert "2 images are named 'golden'" in copy(cloud, image="golden")["msg"]


def test_who_may_not_publish_is_told_before_the_copy_and_nothing_is_left(cloud):
    def refuse(match, body):
        raise OsnapError("You are not permitted to publicize_image", status=403)

    row = source(cloud)
    cloud.peer.glance.on["POST", "/images"] = lambda match, body: Answer(cloud.peer.image(**body))
    cloud.peer.glance.on["PATCH", "/images/.*"] = refuse
    with pytest.raises(OsnapError, match="publicize"):
        applied(cloud, planned(cloud, row, visibility="public"))
    assert not cloud.peer.glance.tables["/images"]


def test_a_finished_copy_that_is_hidden_is_told_before_anything_is_done(cloud):
    copied(cloud, source(cloud), os_hidden=True)
    for check in (True, False):
        ran = copy(cloud, check=check, image="golden")
        assert ran.failed and "is hidden from lists; show it, delete it, or give this one another name." in ran["msg"]
    assert not cloud.peer.written


def test_many_are_planned_in_check_mode_without_a_write(cloud):
    row, nameless = source(cloud), source(cloud)
    cloud.glance.tables["/images"][nameless["id"]]["name"] = ""
    ran = copy(
        cloud,
        images=[
            {"image": "golden"},
            {"image": row["id"], "name": "silver"},
            {"image": "none"},
            {"image": nameless["id"]},
        ],
    )
    assert [outcome["changed"] for outcome in ran["outcomes"]] == [True, True, False, False]
    assert ran["outcomes"][2]["msg"].startswith("There is no image named 'none' in cloud test")
    assert "has no name" in ran["outcomes"][3]["msg"]
    assert not cloud.written and not cloud.peer.written
