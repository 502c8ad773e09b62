# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.modules.volume_group import VolumeGroup
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

NEW = {"name": "db", "group_type": "consistent", "volume_types": ["file"]}


@pytest.fixture
def cloud():
    return GroupsCloud()


ensure = ensuring(VolumeGroup)


def refused(cloud, **arguments):
    """The sentence with which check mode and the real run refuse, without a write."""
    told = {ensure(cloud, check=check, **arguments)["msg"] for check in (True, False)}
    assert len(told) == 1 and not cloud.written
    return told.pop()


# -- its life


def test_check_real_check_real(cloud):
    for id in ("v1", "v2"):
        cloud.member(id)
    asked = {**NEW, "description": "of the database\n", "volumes": ["v1", "v2", "v1"]}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["volume_group"]) == set(real["volume_group"])
    assert real["volume_group"]["volumes"] == ["v1", "v2"]
    assert cloud.written == [
        (
            "POST",
            "/groups",
            {
                "group": {
                    "name": "db",
                    "description": "of the database",
                    "group_type": "consistent",
                    "volume_types": ["file"],
                }
            },
        ),
        ("PUT", f"/groups/{real['volume_group']['id']}", {"group": {"add_volumes": "v1,v2"}}),
    ]
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 2


def test_members_are_exactly_those_that_are_named_unless_they_are_only_to_be_added(cloud):
    cloud.group(["v1", "v2"])
    cloud.member("v3")
    assert ensure(cloud, name="db", volumes=["v3"], purge_volumes=False)["volume_group"]["volumes"] == [
        "v1",
        "v2",
        "v3",
    ]
    assert not ensure(cloud, name="db", volumes=["v3"], purge_volumes=False)["changed"]
    assert ensure(cloud, name="db", volumes=["v3"])["volume_group"]["volumes"] == ["v3"]
    assert cloud.written[-1][2] == {"group": {"remove_volumes": "v1,v2"}}
    assert ensure(cloud, name="db", volumes=[])["volume_group"]["volumes"] == []
    assert not ensure(cloud, name="db")["changed"]


@pytest.mark.parametrize("purge, stays", [(False, ["v1", "v2"]), (True, ["v2"])])
def test_what_another_task_is_just_adding_stays_unless_it_is_to_go(cloud, monkeypatch, purge, stays):
    group = cloud.group(status="updating")
    for id in ("v1", "v2"):
        cloud.member(id)

    def added(*args, **more):
        monkeypatch.undo()
        group["status"] = "available"
        cloud.cinder.tables["/volumes"]["v1"]["group_id"] = group["id"]
        cloud._members(group, ())
        return wait(*args, **more)

    wait = waiter.wait
    monkeypatch.setattr(waiter, "wait", added)
    ran = ensure(cloud, name="db", volumes=["v2"], purge_volumes=purge)
    assert not ran.failed and ran["volume_group"]["volumes"] == stays


def test_cinder_takes_six_volumes_in_a_request(cloud):
    ids = [f"{number:08}-0000-4000-8000-000000000000" for number in range(13)]
    cloud.group(ids[:7])
    for id in ids[7:]:
        cloud.member(id)
    assert ensure(cloud, name="db", volumes=ids[6:], description="new")["volume_group"]["volumes"] == ids[6:]
    assert ensure(cloud, name="db", volumes=ids)["volume_group"]["volumes"] == ids
    assert ensure(cloud, name="db", volumes=[])["volume_group"]["volumes"] == []
    assert [sorted(body["group"]) for _method, _path, body in cloud.written] == [
        ["add_volumes", "description", "remove_volumes"],
        ["add_volumes"],
        *[["remove_volumes"]] * 3,
    ]


def test_one_is_renamed_by_its_id(cloud):
    id = cloud.group()["id"]
    assert ensure(cloud, id=id, name="renamed")["volume_group"]["name"] == "renamed"
    assert cloud.written == [("PUT", f"/groups/{id}", {"group": {"name": "renamed"}})]


def test_what_cant_be_changed_is_told(cloud):
    cloud.group()
    assert "group_type can't be changed: it is 'consistent' and 'plain' was asked for" in refused(
        cloud, name="db", group_type="plain"
    )
    assert "volume_types can't be changed" in refused(cloud, name="db", volume_types=["fast"])


# -- made of another


def test_a_group_is_made_of_a_snapshot_or_a_group(cloud):
    source = cloud.group(["v1"])["id"]
    snapshot = cloud.group_snapshot(group_id=source)["id"]
    ensure(cloud, name="copy", source_group="db")
    ensure(cloud, name="restored", group_snapshot="nightly")
    assert [request[1:] for request in cloud.written] == [
        ("/groups/action", {"create-from-src": {"name": "copy", "source_group_id": source}}),
        ("/groups/action", {"create-from-src": {"name": "restored", "group_snapshot_id": snapshot}}),
    ]


@pytest.mark.parametrize(
    "status, volumes, told", [("creating", ["v1"], "is in status creating"), ("available", [], "is empty")]
)
def test_what_no_group_can_be_made_of_is_told(cloud, status, volumes, told):
    cloud.group(volumes, name="source", status=status)
    assert told in refused(cloud, name="copy", source_group="source")


# -- what Cinder would refuse


@pytest.mark.parametrize(
    "volume, told",
    [
        ({"group_id": "g9"}, "The volume 'v1' (v1) is in another group, g9; take it out of that one first."),
        ({"status": "error"}, "is in status error, and to join a group it must be available or in use"),
        ({"volume_type": None}, "has no volume type"),
        ({"volume_type": "fast"}, "is of the type 'fast', and the group 'db' takes file; retype the volume"),
        ({"availability_zone": "other"}, "is in the availability zone 'other', and the group 'db' in 'nova'"),
    ],
)
def test_a_volume_that_no_group_takes_is_told_for_old_and_new_groups(cloud, volume, told):
    cloud.group()
    cloud.member("v1", **volume)
    assert told in refused(cloud, name="db", volumes=["v1"])
    if "availability_zone" not in volume:
        assert told.replace("'db'", "'other'") in refused(cloud, **{**NEW, "name": "other"}, volumes=["v1"])


def test_a_volume_is_in_one_group_at_the_most(cloud):
    cloud.member("v1")
    ran = ensure(cloud, volumes=["v1"], groups=[{**NEW, "name": "a"}, {**NEW, "name": "b"}], check=True)
    assert [outcome["failed"] for outcome in ran["outcomes"]] == [False, True]
    assert "is wanted as a member of two groups" in ran["outcomes"][1]["msg"]


def test_a_member_that_cant_leave_is_told(cloud):
    cloud.group(["v1"])
    cloud.cinder.tables["/volumes"]["v1"]["status"] = "uploading"
    assert "is in status uploading, and can't leave its group in it" in refused(cloud, name="db", volumes=[])


@pytest.mark.parametrize(
    "asked, told",
    [
        ({"group_type": None}, "group_type is missing; say which type the group 'db' is made with."),
        ({"volume_types": None}, "volume_types is missing; say which types of volumes the group 'db' takes."),
        (
            {"group_type": "00000000-0000-4000-8000-000000000000"},
            "There is no group type with the ID 00000000-0000-4000-8000-000000000000",
        ),
        ({"volume_types": ["00000000-0000-4000-8000-000000000000"]}, "There is no volume type with the ID"),
        (
            {"availability_zone": "mars"},
            "There is no availability zone 'mars' for volumes in cloud test; there is nova.",
        ),
        ({"volumes": ["00000000-0000-4000-8000-000000000000"]}, "There is no volume with the ID"),
        ({"volumes": ["nobody"]}, "There is no volume named 'nobody'"),
        ({"status": "error"}, "There is no volume group 'db' in cloud test whose status could be set to error"),
    ],
)
def test_what_a_new_group_lacks_is_told(cloud, asked, told):
    assert told in refused(cloud, **{**NEW, **asked})


def test_more_groups_than_the_quota_leaves_are_not_begun(cloud):
    cloud.quota.update(limit=3, in_use=1, reserved=1)
    ran = ensure(cloud, **{**NEW, "name": None}, groups=[{"name": "a"}, {"name": "b"}])
    assert not cloud.written
    assert all(
        outcome["msg"].startswith("2 more volume groups are needed, and the project's quota leaves 1; ")
        and outcome["status"] == 413
        for outcome in ran["outcomes"]
    )


def test_a_quota_that_cant_be_seen_is_left_to_the_service(cloud):
    def forbidden(match, params):
        raise OsnapError("403", status=403)

    cloud.cinder.on["GET", "/os-quota-sets/.*"] = forbidden
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {}}})
    assert ensure(cloud, **NEW)["changed"]


@pytest.mark.parametrize("source", ["group", "group snapshot"])
def test_the_volumes_of_a_group_that_is_made_of_another_count(cloud, source):
    for id in ("v1", "v2"):
        cloud.member(id)
    group = cloud.group(["v1", "v2"])
    asked = {"source_group": "db"}
    if source == "group snapshot":
        cloud.group_snapshot(group_id=group["id"], name="nightly")
        asked = {"group_snapshot": "nightly"}
    cloud.quotas["volumes"] = {"limit": 5, "in_use": 4, "reserved": 0}
    told = refused(cloud, name="new", **asked)
    assert told.startswith("2 more volumes are needed, and the project's quota leaves 1; ") and not cloud.written
    cloud.quotas.update({"volumes": {"limit": -1}, "gigabytes_file": {"limit": 3, "in_use": 2, "reserved": 0}})
    told = refused(cloud, name="new", **asked)
    assert told.startswith(
        "2 more GiB of volumes and snapshots of the volume type 'file' are needed, and the project's"
    )


# -- removal


def test_a_group_with_members_goes_only_with_them(cloud):
    cloud.group(["v1"], name="db")
    assert refused(cloud, name="db", state="absent").endswith(
        "has 'v1' (v1) as members; set delete_volumes: true to delete these with it, or take them out with volumes: []."
    )
    assert ensure(cloud, name="db", state="absent", delete_volumes=True)["changed"]
    assert cloud.written[0][2] == {"delete": {"delete-volumes": True}}
    assert not ensure(cloud, name="db", state="absent", delete_volumes=True)["changed"]


def test_an_empty_one_goes_without_the_flag(cloud):
    cloud.group()
    ensure(cloud, name="db", state="absent")
    assert cloud.written[0][2] == {"delete": {"delete-volumes": False}}


def test_force_never_takes_members_along(cloud):
    cloud.group(["v1"], status="error")
    assert "an administrator first has to set status: available" in refused(
        cloud, name="db", state="absent", force=True
    )


@pytest.mark.parametrize("force", [True, False])
def test_a_stuck_one_goes_by_force(cloud, force):
    cloud.group(status="error_deleting")
    if not force:
        assert "is in status error_deleting, from which Cinder does not delete it" in refused(
            cloud, name="db", state="absent"
        )
    else:
        assert ensure(cloud, name="db", state="absent", force=True)["changed"]
        assert cloud.written[0][2] == {"delete": {"delete-volumes": True}}


def test_what_depends_on_a_group_is_told(cloud):
    id = cloud.group(["v1"])["id"]
    snapshot = cloud.snapshot(volume_id="v1")["id"]
    ask = {"name": "db", "state": "absent", "delete_volumes": True}
    assert f"these have snapshots: {snapshot} (available, " in refused(cloud, **ask)
    cloud.cinder.tables["/volumes"]["v1"]["attachments"] = [{"server_id": "s"}]
    assert "'v1' (v1) is attached to a server; detach it first." in refused(cloud, **ask)
    of_group = cloud.group_snapshot(group_id=id)["id"]
    assert f"has group snapshots: {of_group} (available, " in refused(cloud, **ask)


def test_a_failed_one_is_replaced_only_if_it_is_empty(cloud):
    cloud.group(status="error")
    assert "is in status error; set on_error: replace" in refused(cloud, **NEW)
    assert ensure(cloud, **NEW, on_error="replace")["changed"]
    cloud.group(["v1"], name="full", status="error")
    cloud.cinder.sent.clear()
    assert "it can't be made anew with them" in refused(cloud, **{**NEW, "name": "full"}, on_error="replace")


# -- status


def test_the_status_is_set_first_and_the_rest_follows(cloud):
    id = cloud.group(status="error")["id"]
    asked = {"name": "db", "status": "available", "description": "again"}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert (
        check["diff"] == real["diff"]
        and check["volume_group"]["status"] == real["volume_group"]["status"] == "available"
    )
    assert real["diff"]["before"]["status"] == "error" and real["diff"]["after"]["status"] == "available"
    assert [request[1:] for request in cloud.written] == [
        (f"/groups/{id}/action", {"reset_status": {"status": "available"}}),
        (f"/groups/{id}", {"group": {"description": "again"}}),
    ]
    assert not ensure(cloud, **asked)["changed"]


def test_another_status_goes_alone(cloud):
    cloud.group()
    assert "can't be set to error while description shall change; do one after the other." in refused(
        cloud, name="db", status="error", description="x"
    )
    assert ensure(cloud, name="db", status="error")["volume_group"]["status"] == "error"
    assert not ensure(cloud, name="db", status="error")["changed"]


# -- legacy groups


def test_a_legacy_group_is_changed_and_removed_by_its_own_api(cloud):
    id = cloud.legacy_group(["v1"])["id"]
    cloud.member("v2")
    real = ensure(cloud, name="old", volumes=["v2"], group_type="consistent")
    assert real["volume_group"]["is_legacy"] and real["volume_group"]["volumes"] == ["v2"]
    assert "legacy" in ensure(cloud, id=id, status="error")["msg"]
    assert ensure(cloud, id=id, state="absent", delete_volumes=True)["changed"]
    assert [request[:2] for request in cloud.written] == [
        ("PUT", f"/consistencygroups/{id}/update"),
        ("POST", f"/consistencygroups/{id}/delete"),
    ]


def test_two_of_one_name_are_an_error_of_whatever_kind_they_are(cloud):
    ids = cloud.legacy_group(name="db")["id"], cloud.group()["id"]
    told = refused(cloud, name="db")
    assert all(id in told for id in ids)


@pytest.mark.parametrize("maximum", ["3.13", "3.0"])
def test_a_cloud_without_generic_groups_gets_a_legacy_one(maximum):
    cloud = GroupsCloud(maximum)
    cloud.member("v1")
    cloud.cinder.put("/types", id="00000000-0000-4000-8000-000000000001", name="kind")
    asked = {"name": "old", "volume_types": ["file"], "volumes": ["v1"]}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert check["diff"] == real["diff"] and real["volume_group"]["is_legacy"]
    assert cloud.written[0] == (
        "POST",
        "/consistencygroups",
        {"consistencygroup": {"name": "old", "volume_types": "file"}},
    )
    assert not ensure(cloud, **asked)["changed"]
    assert ensure(cloud, name="old", state="absent", delete_volumes=True)["changed"]


def test_the_members_of_a_cloud_that_does_not_list_them_are_looked_up():
    cloud = GroupsCloud("3.14")
    cloud.group(["v1", "v2"])
    assert ensure(cloud, name="db")["volume_group"]["volumes"] == ["v1", "v2"]


def test_legacy_groups_that_are_off_by_policy_are_explained_where_there_is_nothing_else(cloud):
    def off(cloud):
        plain = cloud.cinder.pages

        def pages(path, *args, **more):
            if path.startswith("/consistencygroups"):
                raise OsnapError("Could not list consistency groups: 403.", status=403)
            return plain(path, *args, **more)

        cloud.cinder.pages = pages

    off(cloud)
    assert ensure(cloud, **NEW)["changed"]
    old = GroupsCloud("3.0")
    off(old)
    assert refused(old, name="old", volume_types=["file"]).endswith(
        "which is off by default policy: ask its administrator for the consistencygroup policies."
    )


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({"name": " "}, "name is empty; give the group a name, or the id of an existing one."),
        ({"name": "x\ny"}, "name has the character"),
        ({"name": "x", "description": "x" * 256}, "description has 256 characters"),
        ({"name": "x", "purge_volumes": False}, "missing parameter(s) required by 'purge_volumes': volumes."),
        (
            {"name": "x", "source_group": "y", "group_snapshot": "z"},
            "parameters are mutually exclusive: group_snapshot|source_group.",
        ),
        (
            {"name": "x", "source_group": "y", "volume_types": ["z"]},
            "parameters are mutually exclusive: source_group|volume_types.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.written


def test_who_can_help_with_a_legacy_group_that_its_back_end_fails(cloud):
    service = VolumeGroup.service(cloud)
    row = {"id": "1", "is_legacy": True, "status": "error"}
    assert service.reason(row).endswith("only the cloud's administrator gets rid of one, in the database")
    assert (
        service.reason({**row, "is_legacy": False}) is None
        and service.reason({**row, "status": "error_deleting"}) is None
    )
