# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.modules.snapshot_metadata import SnapshotMetadata
from ansible_collections.osnap.openstack.tests.unit.fakes.cinder import Cinder
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring


@pytest.fixture
def cloud():
    return Cinder()


ensure = ensuring(SnapshotMetadata)


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({"metadata": {"a": 1}}, "one of the following is required: volume_snapshot, image"),
        ({"image": "x"}, "one of the following is required: metadata, unset"),
        (
            {"image": "x", "volume_snapshot": "y", "unset": ["a"]},
            "parameters are mutually exclusive: volume_snapshot|image",
        ),
        ({"image": "x", "volume": "y", "unset": ["a"]}, "parameters are mutually exclusive: volume|image"),
        (
            {"image": "x", "metadata": {}, "purge": True, "unset": ["a"]},
            "parameters are mutually exclusive: purge|unset",
        ),
        ({"image": "x", "unset": ["a"], "purge": True}, "parameters are mutually exclusive: purge|unset"),
        ({"image": " ", "unset": ["a"]}, "image is empty; give its name or ID."),
        ({"volume_snapshot": " ", "unset": ["a"]}, "volume_snapshot is empty; give its name or ID."),
        (
            {"volume_snapshot": "x", "metadata": {"osnap_run": 1}},
            "osnap_run can't be changed, for this collection keeps it for itself; leave it out.",
        ),
        ({"image": "x", "unset": ["osnap_source", "osnap_run"]}, "osnap_run, osnap_source can't be changed"),
        ({"image": "x", "metadata": {"osnap_hold": 1, "osnap_hold_for": 2}}, "osnap_hold_for can't be changed, for"),
        (
            {"volume_snapshot": "x", "metadata": {"a": 1, "b": 2}, "unset": ["b"]},
            "b is to be set and to be removed; say which.",
        ),
        ({"volume_snapshot": "x", "metadata": {"a/b": 1}}, "metadata has the key 'a/b'"),
        (
            {"image": "x", "metadata": {"name": "y"}},
            "name is an attribute of an image and no property of it; leave it out.",
        ),
        ({"image": "x", "unset": ["status", "tags"]}, "status, tags is an attribute of an image"),
        (
            {"image": "x", "unset": ["block_device_mapping"]},
            "block_device_mapping is the services' own, and the image is nothing without it; leave it out.",
        ),
        (
            {"image": "x", "metadata": {"a": "\U0001f389"}},
            "metadata has the character '\U0001f389', which Glance refuses: no emoji.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.glance.reads


def test_a_snapshots_metadata_may_be_called_what_is_an_attribute_of_an_image(cloud):
    cloud.snapshot(name="x")
    assert ensure(cloud, volume_snapshot="x", metadata={"name": "y", "status": 1})["metadata"] == {
        "name": "y",
        "status": "1",
    }


# -- its life


@pytest.mark.parametrize("kind", ["volume_snapshot", "image"])
def test_check_real_check_real(cloud, kind):
    raw = (
        cloud.snapshot(name="x", metadata={"a": "1", "b": "2"})
        if kind == "volume_snapshot"
        else cloud.image(name="x", a="1", b="2")
    )
    asked = {kind: "x", "metadata": {"a": 3, "c/d".replace("/", "."): 4}, "unset": ["b"]}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert check["diff"] == real["diff"] and check["metadata"] == real["metadata"] == {"a": "3", "c.d": "4"}
    assert (
        set(check["snapshot"]) == set(real["snapshot"])
        and real["snapshot"]["id"] == raw["id"]
        and check["changed"]
        and real["changed"]
    )
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == (2 if kind == "volume_snapshot" else 1)


def test_what_is_replaced_goes_key_by_key(cloud):
    """Never by putting all keys, which would take those along that came meanwhile."""
    raw = cloud.snapshot(name="x", metadata={"a": "1", "osnap_run": "r"})
    ensure(cloud, volume_snapshot="x", metadata={"b": 2}, purge=True)
    path = f"/snapshots/{raw['id']}/metadata"
    assert cloud.written == [("POST", path, {"metadata": {"b": "2"}}), ("DELETE", f"{path}/a", None)]


@pytest.mark.parametrize("kind, key", [("volume_snapshot", "metadata"), ("image", None)])
def test_a_mark_that_comes_meanwhile_is_not_purged(cloud, monkeypatch, kind, key):
    raw = cloud.snapshot(name="x", metadata={"a": "1"}) if key else cloud.image(name="x", a="1")
    real = SnapshotMetadata.apply

    def have():
        return raw[key] if key else raw

    def held_meanwhile(self, *given):
        have().update(osnap_hold="true", theirs="2")
        return real(self, *given)

    monkeypatch.setattr(SnapshotMetadata, "apply", held_meanwhile)
    ran = ensure(cloud, metadata={"b": 2}, purge=True, **{kind: "x"})
    assert not ran.failed and have()["osnap_hold"] == "true" and have()["b"] == "2" and "a" not in have()


def test_several_of_both_kinds_in_the_order_of_the_list(cloud):
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="x", volume_id="another")
    ids = [
        cloud.snapshot(name="x", volume_id=volume)["id"],
        cloud.image(name="x")["id"],
        cloud.snapshot(name="y")["id"],
    ]
    ran = ensure(
        cloud,
        metadata={"a": 1},
        snapshots=[{"volume_snapshot": "x", "volume": "data"}, {"image": "x"}, {"volume_snapshot": ids[2]}],
    )
    assert [row["id"] for row in ran["snapshots"]] == ids and all(
        outcome["metadata"] == {"a": "1"} for outcome in ran["outcomes"]
    )


def test_those_that_are_not_there_do_not_keep_the_others_from_being_changed(cloud):
    cloud.snapshot(name="x")
    cloud.snapshot(name="twice")
    cloud.snapshot(name="twice")
    ran = ensure(
        cloud,
        metadata={"a": 1},
        snapshots=[
            {"volume_snapshot": "x"},
            {"volume_snapshot": "never"},
            {"volume_snapshot": "twice"},
            {"image": "never"},
            {"volume_snapshot": "x", "volume": "never"},
        ],
    )
    told = [outcome["msg"] for outcome in ran["outcomes"]]
    assert ran.failed and told[0] is None and ran["snapshots"][0]["metadata"] == {"a": "1"}
    assert told[1].startswith("There is no volume snapshot 'never' in cloud test")
    assert told[2].startswith("2 volume snapshots match 'twice': ") and told[2].endswith(
        "give volume, or the ID of the one that is meant."
    )
    assert told[3].startswith("There is no image named 'never'") and told[4].startswith(
        "There is no volume named 'never'"
    )


def test_the_id_of_a_snapshot_of_another_volume_is_told(cloud):
    cloud.volume(name="data")
    id = cloud.snapshot(name="x", volume_id="another")["id"]
    ran = ensure(cloud, metadata={"a": 1}, volume_snapshot=id, volume="data")
    told = f"There is no volume snapshot '{id}' of the volume data in cloud test, it is one of the volume another; "
    assert ran.failed and ran["msg"].startswith(told) and not cloud.written


def test_an_empty_volume_as_templates_leave_it_is_none(cloud):
    cloud.snapshot(name="nightly", volume_id="v1")
    assert ensure(cloud, volume_snapshot="nightly", volume="", metadata={"a": "b"})["metadata"] == {"a": "b"}


def test_one_named_twice_is_an_error(cloud):
    id = cloud.snapshot(name="x")["id"]
    for other in ("x ", id):
        ran = ensure(cloud, metadata={"a": 1}, snapshots=[{"volume_snapshot": "x"}, {"volume_snapshot": other}])
        assert ran["msg"] == "snapshots[1] is the same object as snapshots[0]; name each once." and not cloud.written


# -- others who write


def test_a_property_that_somebody_else_removes_meanwhile_is_looked_at_again(cloud):
    raw = cloud.image(name="x", a="1", b="2")
    patches = []

    def racing(match, body):
        patches.append(body)
        if len(patches) == 1:
            del raw["a"]
            return Answer({"message": "Property a does not exist."}, 409)
        return None

    cloud.glance.on["PATCH", "/images/.+"] = racing
    assert ensure(cloud, image="x", unset=["a", "b"])["metadata"] == {}
    assert [[operation["path"] for operation in body] for body in patches] == [["/a", "/b"], ["/b"]]


def test_an_answer_that_got_lost_is_looked_at(cloud):
    cloud.image(name="x")
    plain, calls = cloud.glance.write, []

    def losing(*args, **more):
        calls.append(args)
        plain(*args, **more)
        if len(calls) == 1:
            raise Ambiguous("lost")

    cloud.glance.write = losing
    assert ensure(cloud, image="x", metadata={"a": 1})["metadata"] == {"a": "1"} and len(calls) == 1


def test_a_way_that_stays_broken_is_an_error(cloud):
    cloud.snapshot(name="x")

    def broken(*args, **more):
        raise Ambiguous("lost for good")

    cloud.cinder.write = broken
    assert ensure(cloud, volume_snapshot="x", metadata={"a": 1})["msg"] == "lost for good"


def test_who_works_against_it_is_told(cloud):
    cloud.snapshot(name="x")
    cloud.cinder.on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = lambda match, body: Answer({})
    ran = ensure(cloud, volume_snapshot="x", metadata={"a": 1})
    assert (
        ran.failed
        and "was accepted, but did not become what was asked for; somebody else may be changing it. Run again."
        in ran["msg"]
    )
    assert len(cloud.written) == 3


def test_one_that_vanishes_is_an_error(cloud):
    cloud.image(name="x")
    cloud.glance.on["PATCH", "/images/.+"] = lambda match, body: (
        Answer({}) if cloud.glance.tables["/images"].clear() is None else None
    )
    ran = ensure(cloud, image="x", metadata={"a": 1})
    assert ran.failed and "vanished while it was changed" in ran["msg"]


def test_a_refusal_is_told(cloud):
    cloud.snapshot(name="x")

    def refused(match, body):
        raise OsnapError("no", status=403)

    cloud.cinder.on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = refused
    assert ensure(cloud, volume_snapshot="x", metadata={"a": 1})["status"] == 403
