# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.modules.cg_snapshot import CgSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.groups import GroupsCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring


@pytest.fixture
def cloud():
    return with_limits(GroupsCloud())


def with_limits(cloud, **limits):
    absolute = {"maxTotalSnapshots": -1, "maxTotalVolumeGigabytes": -1, **limits}
    cloud.cinder.on.pop(("GET", "/os-quota-sets/.*"))  # the policy hides it
    cloud.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": absolute}})
    return cloud


ensure = ensuring(CgSnapshot)


def refused(cloud, **arguments):
    """The sentence with which check mode and the real run refuse, without a write."""
    told = {ensure(cloud, check=check, **arguments)["msg"] for check in (True, False)}
    assert len(told) == 1 and not cloud.written
    return told.pop()


def administrator(cloud, specs, able):
    """What an administrator is shown of the group's type, and of the pools that its members are in."""
    cloud.cinder.tables["/group_types"]["consistent"]["group_specs"] = (
        {"consistent_group_snapshot_enabled": specs} if specs else {}
    )
    for number, volume in enumerate(cloud.cinder.tables["/volumes"].values()):
        volume["os-vol-host-attr:host"] = f"pool{number}"
    pools = [
        {"name": f"pool{number}", "capabilities": {} if one is None else {"consistent_group_snapshot_enabled": one}}
        for number, one in enumerate(able)
    ]
    cloud.cinder.on["GET", "/scheduler-stats/get_pools"] = lambda match, params: Answer({"pools": pools})


# -- its life


def test_check_real_check_real(cloud):
    group = cloud.group(["v1", "v2"])["id"]
    asked = {"name": "nightly", "group": "db", "description": "before the upgrade\n"}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["cg_snapshot"]) == set(real["cg_snapshot"])
    assert [snapshot["volume_id"] for snapshot in real["cg_snapshot"]["snapshots"]] == ["v1", "v2"]
    assert cloud.written == [
        (
            "POST",
            "/group_snapshots",
            {"group_snapshot": {"group_id": group, "name": "nightly", "description": "before the upgrade"}},
        )
    ]
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 1


def test_another_groups_snapshot_of_that_name_is_not_taken_for_it(cloud):
    other = cloud.group_snapshot(group_id=cloud.group(["v1"], name="other")["id"])["id"]
    cloud.group(["v2"])
    assert ensure(cloud, name="nightly", group="db", state="absent")["changed"] is False
    assert ensure(cloud, name="nightly", group="db")["cg_snapshot"]["id"] != other


def test_two_of_one_name_are_an_error(cloud):
    group = cloud.group(["v1"])["id"]
    ids = [cloud.group_snapshot(group_id=group)["id"] for _each in range(2)]
    told = refused(cloud, name="nightly", group="db")
    assert told.startswith("2 group snapshots match 'nightly': ") and all(id in told for id in ids)


def test_nothing_of_it_can_be_changed(cloud):
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"])["id"]
    assert "description can't be changed" in refused(cloud, id=id, description="new")
    assert "name can't be changed: it is 'nightly' and 'renamed' was asked for" in refused(cloud, id=id, name="renamed")


def test_of_two_that_race_the_younger_goes_when_it_is_ready(cloud):
    group = cloud.group(["v1"])["id"]
    looks = iter([0, 0])

    def raced(match, body):
        first = cloud.group_snapshot(group_id=group, name="x")
        cloud.first = first["id"]
        return Answer({"group_snapshot": cloud.group_snapshot(**body["group_snapshot"], status="creating")}, 202)

    def ripe(match, params):
        row = cloud.cinder.tables["/group_snapshots"].get(match[1])
        if row and row["status"] == "creating" and next(looks, None) is None:
            row["status"] = "available"
        return Answer({"group_snapshot": row}) if row else None

    cloud.cinder.on["POST", "/group_snapshots"] = raced
    cloud.cinder.on["GET", "/group_snapshots/([^/]+)"] = ripe
    assert ensure(cloud, name="x", group="db")["cg_snapshot"]["id"] == cloud.first
    assert list(cloud.cinder.tables["/group_snapshots"]) == [cloud.first]


# -- of one moment?


@pytest.mark.parametrize(
    "specs, able, consistent",
    [
        ("<is> True", [True, True], True),
        ("<is> True", ["<is> True", True], True),
        ("<is> True", [True, False], False),
        ("<is> True", [True, None], None),
        ("<is> False", [True, True], False),
        (None, [True, True], False),
    ],
)
def test_what_an_administrator_can_tell(cloud, specs, able, consistent):
    cloud.group(["v1", "v2"])
    administrator(cloud, specs, able)
    assert ensure(cloud, name="x", group="db")["cg_snapshot"]["consistent"] is consistent
    asked = {"name": "y", "group": "db", "require_consistent": True}
    cloud.cinder.sent.clear()
    if consistent:
        assert ensure(cloud, **asked)["changed"] and not ensure(cloud, **asked)["changed"]
    else:
        assert ("are not of one moment" if consistent is False else "can't be told to be of one moment") in refused(
            cloud, **asked
        )
        assert "and require_consistent is true" in refused(cloud, **{**asked, "name": "x"})


def test_one_that_somebody_else_has_begun_is_looked_at_when_it_is_there(cloud):
    id = cloud.group_snapshot(group_id=cloud.group(["v1", "v2"])["id"], status="creating")["id"]

    def ripe(match, params):
        cloud.cinder.tables["/group_snapshots"][id]["status"] = (
            "available" if cloud.cinder.reads.count((f"/group_snapshots/{id}", None)) > 1 else "creating"
        )
        return Answer({"group_snapshot": cloud.cinder.tables["/group_snapshots"][id]})

    cloud.cinder.on["GET", f"/group_snapshots/{id}"] = ripe
    ran = ensure(cloud, id=id, require_consistent=True)
    assert ran.failed and "can't be told to be of one moment" in ran["msg"] and not cloud.written


def test_others_are_not_shown_it(cloud):
    cloud.group(["v1", "v2"])
    assert "can't be told to be of one moment" in refused(cloud, name="x", group="db", require_consistent=True)
    assert ensure(cloud, name="x", group="db")["cg_snapshot"]["consistent"] is None


def test_an_administrator_is_not_told_to_be_one(cloud):
    cloud.group(["v1", "v2"])
    administrator(cloud, "<is> True", [None, None])
    assert "run as an administrator" in refused(cloud, name="x", group="db", require_consistent=True)
    cloud.is_admin = True
    told = refused(cloud, name="x", group="db", require_consistent=True)
    assert "run as an administrator" not in told and "ask who runs it" in told


def test_pools_that_may_not_be_seen_prove_nothing(cloud):
    cloud.group(["v1", "v2"])
    administrator(cloud, "<is> True", [])

    def forbidden(match, params):
        raise OsnapError("403", status=403)

    cloud.cinder.on["GET", "/scheduler-stats/get_pools"] = forbidden
    assert ensure(cloud, name="x", group="db")["cg_snapshot"]["consistent"] is None


def test_a_single_member_is_of_one_moment_with_itself(cloud):
    cloud.group(["v1"])
    assert ensure(cloud, name="x", group="db", require_consistent=True)["cg_snapshot"]["consistent"] is True


# -- what Cinder would refuse


@pytest.mark.parametrize(
    "group, volume, told",
    [
        ({"status": "updating"}, {}, "is in status updating, and a snapshot needs it available"),
        (
            {},
            {"status": "error"},
            "its members must be available or in use: 'v1' (v1) in error; wait for them or repair them",
        ),
    ],
)
def test_a_group_that_cant_be_snapshotted_is_told(cloud, group, volume, told):
    cloud.group(["v1"], **group)
    cloud.cinder.tables["/volumes"]["v1"].update(volume)
    assert told in refused(cloud, name="x", group="db")


def test_an_empty_group_is_told(cloud):
    cloud.group()
    assert "has no members, so that its snapshot would hold nothing" in refused(cloud, name="x", group="db")


def test_a_volume_type_has_a_quota_of_its_own():
    cloud = GroupsCloud()
    cloud.quotas["snapshots_file"] = {"limit": 3, "in_use": 2, "reserved": 0}
    cloud.group(["v1", "v2"])
    told = "2 more snapshots of the volume type 'file' are needed, and the project's quota leaves 1; "
    assert refused(cloud, group="db", name="a").startswith(told) and not cloud.written


def test_what_would_go_over_the_quota_is_not_begun():
    cloud = with_limits(GroupsCloud(), maxTotalSnapshots=3, totalSnapshotsUsed=0)
    cloud.group(["v1", "v2"])
    ran = ensure(cloud, group="db", snapshots=[{"name": "a"}, {"name": "b"}])
    assert not cloud.written
    assert all(
        outcome["msg"].startswith("4 more snapshots are needed, and the project's quota leaves 3; ")
        for outcome in ran["outcomes"]
    )


# -- removal and statuses


@pytest.mark.parametrize(
    "status, told", [("error_deleting", "an administrator has to set status: error, then run again.")]
)
def test_one_that_cinder_does_not_delete_is_told(cloud, status, told):
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"], status=status)["id"]
    assert told in refused(cloud, id=id, state="absent")


def test_one_that_cinder_is_not_through_with_is_deleted_when_it_is(cloud):
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"])["id"]
    progress = "os-extended-snapshot-attributes:progress"
    member = next(iter(cloud.cinder.tables["/snapshots"].values()))
    member[progress] = "0%"
    looks, seen = iter([0, 0, 0]), []

    def ripe(match, params):
        if next(looks, None) is None:
            member[progress] = "100%"
        row = cloud.cinder.tables["/group_snapshots"].get(match[1])
        return Answer({"group_snapshot": row}) if row else None

    def delete(match, body):
        seen.append(member[progress])
        del cloud.cinder.tables["/group_snapshots"][match[1]]
        return Answer(status_code=202)

    cloud.cinder.on["GET", "/group_snapshots/([^/]+)"] = ripe
    cloud.cinder.on["DELETE", "/group_snapshots/([^/]+)"] = delete
    assert ensure(cloud, id=id, state="absent")["changed"]
    assert seen == ["100%"]


def test_a_failed_one_tells_what_may_be_holding_it(cloud):
    group = cloud.group(["v1"])["id"]
    id = cloud.group_snapshot(group_id=group, status="error")["id"]
    member = next(iter(cloud.cinder.tables["/snapshots"].values()))["id"]
    clone = cloud.member("clone", snapshot_id=member)["id"]
    assert f"what was made of it may hold it: volume 'clone' ({clone}); set on_error: replace" in refused(
        cloud, name="nightly", group="db"
    )
    assert ensure(cloud, id=id, state="absent")["changed"]


def test_the_status_is_set_by_an_administrator(cloud):
    id = cloud.group_snapshot(group_id=cloud.group(["v1"])["id"], status="error")["id"]
    assert ensure(cloud, id=id, status="available")["cg_snapshot"]["status"] == "available"
    assert cloud.written == [("POST", f"/group_snapshots/{id}/action", {"reset_status": {"status": "available"}})]
    assert not ensure(cloud, id=id, status="available")["changed"]


# -- legacy


@pytest.mark.parametrize("maximum", ["3.71", "3.13"])
def test_a_consistency_group_is_snapshotted_by_its_own_api(maximum):
    cloud = with_limits(GroupsCloud(maximum))
    group = cloud.legacy_group(["v1"])["id"]

    def made(match, body):
        asked = body["cgsnapshot"]
        return Answer(
            {"cgsnapshot": cloud.cinder.put("/cgsnapshots", id="l1", status="available", created_at="2026", **asked)},
            202,
        )

    cloud.cinder.on["POST", "/cgsnapshots"] = made
    if maximum == "3.71":

        def reserved(match, body):
            raise OsnapError("400: Group_type t is reserved for migrating CGs to groups.", status=400)

        cloud.cinder.on["POST", "/group_snapshots"] = reserved
    real = ensure(cloud, name="x", group="old")
    assert real["cg_snapshot"]["is_legacy"] and real["cg_snapshot"]["group_id"] == group
    assert not ensure(cloud, name="x", group="old")["changed"]
    assert "legacy" in ensure(cloud, id="l1", status="error")["msg"]
    assert ensure(cloud, id="l1", state="absent")["changed"]
    assert cloud.written[-1] == ("DELETE", "/cgsnapshots/l1", None)


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({"name": " ", "group": "db"}, "name is empty; give the group snapshot a name, or the id of an existing one."),
        ({"name": "x"}, "group is missing; say which group the snapshot 'x' is of."),
        ({"name": "x\ny", "group": "db"}, "name has the character"),
        ({"name": "x", "group": "db", "description": "x" * 256}, "description has 256 characters"),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.written


def test_another_projects_group_gets_no_snapshot_that_its_owner_could_not_remove(cloud):
    cloud.group(["v1"], project_id="theirs")
    assert "belongs to the project theirs, and what is made of it here would belong to" in refused(
        cloud, name="x", group="db"
    )


def test_check_mode_warns_of_what_was_made_of_a_member(cloud, monkeypatch):
    warned = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, warning: warned.append(warning))
    group = cloud.group(["v1"])["id"]
    row = cloud.group_snapshot(group_id=group)
    member = next(iter(cloud.cinder.tables["/snapshots"].values()))
    clone = cloud.volume(name="clone", snapshot_id=member["id"])["id"]
    assert ensure(cloud, check=True, id=row["id"], state="absent")["changed"]
    assert len(warned) == 1 and f"the volume {clone} was made from it" in warned[0]
