# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud


@pytest.fixture
def cloud():
    return GroupsCloud()


@pytest.fixture
def groups(cloud):
    return VolumeGroups(cloud)


def test_both_kinds_are_listed_once_each(cloud, groups):
    new, old = cloud.group(["v1"])["id"], cloud.legacy_group(["v2"])["id"]
    cloud.cinder.put(
        "/consistencygroups", **cloud.cinder.tables["/groups"][new]
    )  # the legacy list has the generic ones, too
    rows = {row["id"]: row for row in groups.list()}
    assert {id: (row["is_legacy"], row["volumes"]) for id, row in rows.items()} == {
        new: (False, ["v1"]),
        old: (True, ["v2"]),
    }


def test_a_group_made_between_the_two_lists_is_no_legacy_one(cloud, groups):
    plain = cloud.cinder.pages

    def pages(path, *args, **more):
        rows = plain(path, *args, **more)
        return [*rows, cloud.group(["v1"])] if path.startswith("/consistencygroups") else rows

    cloud.cinder.pages = pages
    assert [(row["is_legacy"], row["volumes"]) for row in groups.list()] == [(False, ["v1"])]


def test_a_legacy_group_is_known_again_without_another_refusal(cloud, groups):
    id = cloud.legacy_group()["id"]
    assert groups.get(id)["is_legacy"]
    cloud.cinder.reads.clear()
    assert groups.get(id)["is_legacy"]
    assert f"/groups/{id}" not in [path for path, _params in cloud.cinder.reads]


def test_one_that_is_not_there_is_none(groups):
    assert groups.get("nobody") is None
    assert groups.poll(["nobody"]) == {}


@pytest.mark.parametrize(
    "maximum, lists", [("3.71", ["/groups/detail"]), ("3.24", ["/groups/detail", "/volumes/detail"])]
)
def test_members_are_asked_for_where_the_list_has_them(maximum, lists):
    cloud = GroupsCloud(maximum)
    cloud.group(["v1"])
    assert VolumeGroups(cloud).list()[0]["volumes"] == ["v1"]
    assert [path for path, _params in cloud.cinder.reads if path != "/consistencygroups/detail"] == lists
    assert ("list_volume" in (cloud.cinder.reads[0][1] or {})) is (
        maximum == "3.71"
    )  # unknown filters of an older cloud empty its list


def test_a_failure_of_the_service_is_not_taken_for_an_old_cloud(cloud, groups):
    def failed(*args, **more):
        raise OsnapError("503", status=503)

    cloud.cinder.pages = failed
    with pytest.raises(OsnapError, match="503"):
        groups.list()


@pytest.mark.parametrize(
    "row, flags, sent",
    [
        ({}, {}, False),
        ({}, {"delete_volumes": True}, True),
        ({}, {"force": True}, True),
        ({"status": "creating"}, {}, True),  # the younger of two that raced
    ],
)
def test_the_flag_that_takes_volumes_along(cloud, groups, row, flags, sent):
    id = cloud.group(**row)["id"]
    groups.delete(groups.get(id), **flags)
    assert cloud.written == [("POST", f"/groups/{id}/action", {"delete": {"delete-volumes": sent}})]


def test_a_group_of_a_legacy_source_is_made_by_the_legacy_api(cloud, groups):
    source = cloud.legacy_group(["v1"])["id"]

    def reserved(match, body):
        raise OsnapError("400: Group_type t is reserved for migrating CGs to groups.", status=400)

    cloud.cinder.on["POST", "/groups/action"] = reserved
    cloud.cinder.on["POST", "/consistencygroups/create_from_src"] = lambda match, body: Answer(
        {"consistencygroup": cloud.legacy_group(name="copy")}, 202
    )
    row = groups.create({"name": "copy", "source_group_id": source})
    assert groups.get(row["id"])["is_legacy"]
    assert cloud.written[-1] == (
        "POST",
        "/consistencygroups/create_from_src",
        {"consistencygroup-from-src": {"name": "copy", "source_cgid": source}},
    )


def test_another_refusal_is_passed_on(cloud, groups):
    def refused(match, body):
        raise OsnapError("400: Group snapshot is empty.", status=400)

    cloud.cinder.on["POST", "/groups/action"] = refused
    with pytest.raises(OsnapError, match="is empty"):
        groups.create({"name": "copy", "group_snapshot_id": "s1"})


def test_who_has_joined_a_group_since_a_plan_would_go_with_it(groups):
    then = {"volumes": ["a"], "metadata": None}
    assert groups.touched(then, {"volumes": []}) is None
    assert groups.touched(then, {"volumes": ["a", "b"]}, delete_volumes=True) == "it has got the volume b"
