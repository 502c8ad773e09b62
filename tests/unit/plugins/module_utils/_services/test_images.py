# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._services.images import PATCH, Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud


@pytest.fixture
def images(cloud):
    return Images(cloud)


def test_a_row_has_the_users_properties_apart_from_glances_own(cloud, images):
    glances = {
        "self": "/v2/images/1",
        "file": "/f",
        "schema": "/s",
        "direct_url": "rbd://x",
        "locations": [],
        "stores": "a",
    }
    raw = cloud.image(
        tags=["b", "a"],
        hw_disk_bus="scsi",
        instance_uuid="i1",
        os_hash_algo="sha512",
        os_hash_value="ab",
        os_hidden=False,
    )
    row = images.row({**raw, **glances})
    assert row["properties"] == {"hw_disk_bus": "scsi", "instance_uuid": "i1"}
    assert row["tags"] == ["a", "b"]
    assert (row["hash_algo"], row["hash_value"], row["is_hidden"], row["owner_id"]) == (
        "sha512",
        "ab",
        False,
        cloud.project_id,
    )
    assert set(row) == set(images.keys())


def test_an_update_is_one_json_patch(cloud, images):
    row = images.get(cloud.image(old="1", same="2")["id"])
    changed = images.update(
        row, {"name": "new", "is_protected": True, "properties": {"old": "x", "same": "2", "added": "y"}}
    )
    assert cloud.glance.sent == [
        (
            "PATCH",
            f"/images/{row['id']}",
            [
                {"op": "replace", "path": "/name", "value": "new"},
                {"op": "replace", "path": "/protected", "value": True},
                {"op": "replace", "path": "/old", "value": "x"},
                {"op": "add", "path": "/added", "value": "y"},
            ],
        )
    ]
    assert cloud.glance.extras[0]["headers"] == PATCH
    assert (
        changed["name"] == "new"
        and changed["is_protected"]
        and changed["properties"] == {"old": "x", "same": "2", "added": "y"}
    )


def test_nothing_to_update_is_no_request(cloud, images):
    row = images.get(cloud.image(same="2")["id"])
    assert images.update(row, {"properties": {"same": "2"}}) == row
    assert images.update(row, {}) == row
    assert not cloud.written


properties = st.dictionaries(st.text("ab/~01 é", min_size=1, max_size=5), st.sampled_from(["", "1", "2"]), max_size=4)


@given(properties, properties)
def test_properties_are_merged_whatever_they_are_called(there, wanted):
    cloud = FakeCloud()
    row = Images(cloud).get(cloud.image(**there)["id"])
    assert Images(cloud).update(row, {"properties": wanted})["properties"] == {**there, **wanted}


def test_many_are_polled_with_one_list_and_what_a_list_leaves_out_is_asked_for(cloud, images):
    """Glance lists neither hidden images nor the community's unless it is asked to."""
    ids = [cloud.image()["id"] for _number in range(6)]
    cloud.glance.tables["/images"][ids[0]]["os_hidden"] = True
    assert set(images.poll([*ids, "not-there"])) == set(ids)
    assert [path for path, _params in cloud.glance.reads] == ["/images", f"/images/{ids[0]}", "/images/not-there"]


def test_a_create_with_a_used_id_is_none(cloud, images):
    cloud.glance.on["POST", "/images"] = lambda match, body: Answer("", 409)
    assert images.create({"id": "1", "name": "x"}) is None


def test_a_create_sends_properties_beside_the_attributes(cloud, images):
    cloud.glance.on["POST", "/images"] = lambda match, body: Answer({"id": "1", "status": "queued", **body}, 201)
    row = images.create(
        {
            "name": "x",
            "min_disk": 1,
            "visibility": "private",
            "tags": ["t"],
            "properties": {"hw": "y", "name": "not this"},
        }
    )
    assert cloud.glance.sent[0][2] == {"name": "x", "min_disk": 1, "visibility": "private", "tags": ["t"], "hw": "y"}
    assert row["status"] == "queued" and row["properties"] == {"hw": "y"}


def test_deleting_what_is_gone_is_fine(cloud, images):
    allowed = {}
    cloud.glance.write = lambda method, path, *, ok, **more: allowed.update(ok=ok)
    images.delete({"id": "1", "name": "x"})
    assert set(allowed["ok"]) == {404, 410}


def test_a_name_means_the_image_in_the_lists_and_a_hidden_one_where_there_is_no_other(cloud, images):
    """Old images are hidden so that a name means the new one."""
    shown, hidden = cloud.image(name="a")["id"], cloud.image(name="a", os_hidden=True)["id"]
    alone = cloud.image(name="b", os_hidden=True)["id"]
    found = images.named(["a", "b", "c"])
    assert {name: [row["id"] for row in rows] for name, rows in found.items()} == {"a": [shown], "b": [alone], "c": []}
    assert [row["id"] for row in images.all_named(["a"])["a"]] == [shown, hidden]


def test_a_servers_image_that_its_owner_has_hidden_is_there(cloud):
    service = ServerImages(cloud)
    hidden = cloud.image(name="nightly", os_hidden=True, instance_uuid="s1", image_type="snapshot")["id"]
    assert [row["id"] for row in service.find([{"name": "nightly", "server_id": "s1"}])[0]] == [hidden]


def test_what_the_quota_leaves(cloud, images):
    usage = {"image_count_total": {"limit": 3, "usage": 2}, "image_size_total": {"limit": -1, "usage": 9}}
    cloud.glance.on["GET", "/info/usage"] = lambda match, params: Answer({"usage": usage})
    assert images.room() == {"image_count_total": 1}
    cloud.glance.on.clear()
    assert images.room() == {}  # a cloud that knows no such document


def test_what_has_changed_since_it_was_looked_at_is_not_deleted(cloud, images):
    row = images.get(cloud.image(name="a")["id"])
    cloud.glance.tables["/images"][row["id"]]["protected"] = True
    stays = images.delete_if(row, lambda now: now["is_protected"] and "protected")
    assert (stays.row["is_protected"], stays.why) == (True, "protected") and not cloud.written
    assert images.delete_if(row, lambda now: None) is None and len(cloud.written) == 1
    assert images.delete_if(row, lambda now: "gone") is None and len(cloud.written) == 1
