# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.modules.volume_snapshot import VolumeSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cinder import Cinder
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring


class Cloud(Cinder):
    """Volumes whose snapshots are made at once, within a quota."""

    def __init__(self):
        super().__init__()
        self.limits = {
            "maxTotalSnapshots": 10,
            "totalSnapshotsUsed": 0,
            "maxTotalVolumeGigabytes": 100,
            "totalGigabytesUsed": 0,
        }
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        self.cinder.on["POST", "/snapshots"] = lambda match, body: Answer(
            {"snapshot": self.snapshot(**{"created_at": ago(0), **body["snapshot"]})}, 202
        )


def ago(seconds):
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")


@pytest.fixture
def cloud():
    return Cloud()


ensure = ensuring(VolumeSnapshot)


# -- arguments


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: id, name."),
        ({"name": " ", "volume": "data"}, "name is empty; give the snapshot a name, or the id of an existing one."),
        ({"name": "", "id": ""}, "name is empty; give the snapshot a name"),
        ({"name": "x"}, "volume is missing; say which volume the snapshot 'x' is of."),
        ({"name": "x", "volume": "data", "min_interval": -1}, "min_interval is -1; it takes seconds, 0 or more."),
        ({"name": "x\ny", "volume": "data"}, "name has the character '\\n', which Cinder refuses"),
        ({"name": "x", "volume": "data", "description": "x" * 256}, "description has 256 characters"),
        ({"name": "x", "volume": "data", "metadata": {"a/b": "c"}}, "metadata has the key 'a/b'"),
        (
            {"name": "x", "volume": "data", "manage": {"identifier": " "}},
            "the identifier of manage is empty; give what the back end calls the snapshot.",
        ),
        ({"id": "1", "manage": {"identifier": "x"}}, "parameters are mutually exclusive: manage|id"),
        (
            {"name": "x", "volume": "data", "status": "error", "min_interval": 5},
            "parameters are mutually exclusive: min_interval|status",
        ),
        (
            {"name": "x", "volume": "data", "purge_metadata": True},
            "missing parameter(s) required by 'purge_metadata': metadata.",
        ),
    ],
)
def test_bad_input_is_told_before_anything_is_asked(cloud, arguments, told):
    ran = ensure(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.cinder.reads and not cloud.written


def test_to_remove_one_its_volume_need_not_be_named(cloud):
    cloud.snapshot(name="x")
    assert ensure(cloud, name="x", state="absent")["changed"]


# -- its life


def test_check_real_check_real(cloud):
    volume = cloud.volume(name="data", status="in-use")["id"]
    asked = {"name": "nightly", "volume": "data", "description": "before the upgrade\n", "metadata": {"ticket": 5}}
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    for key in ("changed", "diff"):
        assert check[key] == real[key]
    assert real["changed"] and set(check["volume_snapshot"]) == set(real["volume_snapshot"])
    assert cloud.written == [
        (
            "POST",
            "/snapshots",
            {
                "snapshot": {
                    "volume_id": volume,
                    "force": True,
                    "name": "nightly",
                    "description": "before the upgrade",
                    "metadata": {"ticket": "5"},
                }
            },
        )
    ]
    for check in (True, False):
        assert ensure(cloud, check=check, **asked)["changed"] is False
    assert len(cloud.written) == 1


def test_a_present_one_is_looked_up_with_two_requests_by_name_and_one_by_id(cloud):
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="nightly", volume_id=volume)
    ensure(cloud, name="nightly", volume="data")
    assert len(cloud.cinder.reads) == 2
    ensure(cloud, name="nightly", volume=volume)
    assert len(cloud.cinder.reads) == 3


# -- what Cinder would refuse


@pytest.mark.parametrize(
    "volume, force, told",
    [
        (
            {"status": "in-use"},
            False,
            "is in use and force is false; detach it, or leave force out for a crash-consistent snapshot.",
        ),
        (
            {"status": "error"},
            None,
            (
                "is in status error, and a snapshot needs it available or in use; wait for it or repair it, then run"
                " again."
            ),
        ),
        ({"status": "creating"}, True, "is in status creating"),
    ],
)
def test_a_volume_that_cant_be_snapshotted_is_told_in_check_mode_too(cloud, volume, force, told):
    id = cloud.volume(name="data", **volume)["id"]
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", volume="data", force=force)
        assert ran.failed and ran["msg"].startswith(f"The volume 'data' ({id}) {told}")
    assert not cloud.written


@pytest.mark.parametrize(
    "status, force", [("available", None), ("available", False), ("in-use", None), ("in-use", True)]
)
def test_others_can(cloud, status, force):
    cloud.volume(name="data", status=status)
    assert ensure(cloud, name="x", volume="data", force=force)["changed"]


@pytest.mark.parametrize(
    "limits, told",
    [
        ({"maxTotalSnapshots": 2}, "3 more snapshots are needed, and the project's quota leaves 2; raise the quota"),
        (
            {"maxTotalVolumeGigabytes": 5, "totalGigabytesUsed": 4},
            "3 more GiB of volumes and snapshots are needed, and the project's quota leaves 1; raise the quota",
        ),
        (
            {"maxTotalSnapshots": 5, "totalSnapshotsUsed": 9},
            "3 more snapshots are needed, and the project's quota leaves 0;",
        ),
    ],
)
def test_what_would_go_over_the_quota_is_not_begun(cloud, limits, told):
    cloud.limits.update(limits)
    cloud.volume(name="data")
    ran = ensure(cloud, volume="data", snapshots=[{"name": name} for name in "abc"])
    assert ran.failed and not cloud.written
    assert all(outcome["msg"].startswith(told) and outcome["status"] == 413 for outcome in ran["outcomes"])


@pytest.mark.parametrize(
    "key, told",
    [
        ("snapshots_fast", "2 more snapshots of the volume type 'fast' are needed, and the project's quota leaves 1; "),
        (
            "gigabytes_fast",
            "2 more GiB of volumes and snapshots of the volume type 'fast' are needed, and the project's",
        ),
    ],
)
def test_a_volume_type_has_a_quota_of_its_own(cloud, key, told):
    quotas = {key: {"limit": 4, "in_use": 2, "reserved": 1}, "snapshots_slow": {"limit": 0}, "snapshots": {"limit": -1}}
    cloud.cinder.on["GET", "/os-quota-sets/.*"] = lambda match, params: Answer({"quota_set": quotas})
    cloud.volume(name="data", volume_type="fast")
    for check in (True, False):
        ran = ensure(cloud, check=check, volume="data", snapshots=[{"name": "a"}, {"name": "b"}])
        assert ran.failed and not cloud.written
        assert all(outcome["msg"].startswith(told) for outcome in ran["outcomes"])
    assert ensure(cloud, check=True, volume="data", name="one")["changed"]


def test_one_refusal_of_a_hundred_is_told_once(cloud):
    cloud.limits.update(maxTotalSnapshots=1)
    cloud.volume(name="data")
    ran = ensure(cloud, volume="data", snapshots=[{"name": f"{number}"} for number in range(100)])
    assert ran["msg"].startswith("100 of 100 snapshots failed. snapshots[0] and 99 more: 100 more snapshots are needed")
    assert ran["msg"].count("are needed") == 1


def test_marks_that_the_collection_keeps_for_itself_are_refused(cloud):
    ran = ensure(cloud, name="x", volume="data", metadata={"osnap_source": "x", "osnap_hold": "true"})
    assert ran["msg"] == "metadata has osnap_source, which this collection keeps for itself; leave it out."


def test_a_quota_without_a_limit_is_none(cloud):
    cloud.limits.update(maxTotalSnapshots=-1, maxTotalVolumeGigabytes=-1, totalSnapshotsUsed=10**6)
    cloud.volume(name="data")
    assert ensure(cloud, name="x", volume="data")["changed"]


def test_what_is_there_needs_no_room(cloud):
    cloud.limits.update(maxTotalSnapshots=1, totalSnapshotsUsed=0)
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="a", volume_id=volume)
    ran = ensure(cloud, volume="data", snapshots=[{"name": "a"}, {"name": "b"}])
    assert not ran.failed and [outcome["changed"] for outcome in ran["outcomes"]] == [False, True]


# -- a smallest distance between two


@pytest.mark.parametrize(
    "age, status, made",
    [(100, "available", False), (7200, "available", True), (100, "error", True), (100, "creating", False)],
)
def test_a_young_one_is_enough(cloud, age, status, made):
    volume = cloud.volume(name="data")["id"]
    young = cloud.snapshot(name="an hour ago", volume_id=volume, created_at=ago(age), status=status)["id"]
    cloud.snapshot(name="last week", volume_id=volume, created_at=ago(600000))
    cloud.snapshot(name="of another", volume_id="v2", created_at=ago(1))
    for check in (True, False):
        ran = ensure(cloud, check=check, name="now", volume="data", min_interval=3600, timeout=0)
        if status == "creating" and not check:
            assert ran.failed and f"{young} is not ready after 0 s" in ran["msg"]
            continue
        assert ran["changed"] is made
        assert made or ran["volume_snapshot"]["id"] == young


def test_a_young_one_of_that_name_is_kept_to_though_another_is_younger(cloud):
    volume = cloud.volume(name="data")["id"]
    named = cloud.snapshot(name="hourly", volume_id=volume, created_at=ago(100))["id"]
    cloud.snapshot(name="younger", volume_id=volume, created_at=ago(1))
    ran = ensure(cloud, name="hourly", volume="data", min_interval=3600, description="changed", check=True)
    assert ran["changed"] and ran["volume_snapshot"]["id"] == named


def test_a_series_of_one_name_goes_on_night_by_night(cloud):
    volume = cloud.volume(name="data")["id"]
    for age in (600000, 500000):
        cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(age))
    asked = {"name": "nightly", "volume": "data", "min_interval": 3600}
    check, real, again = (ensure(cloud, check=check, **asked) for check in (True, False, False))
    assert check["changed"] and real["changed"] and not again["changed"]
    assert again["volume_snapshot"]["id"] == real["volume_snapshot"]["id"]
    assert len(cloud.cinder.tables["/snapshots"]) == 3
    for state in ("absent", "unmanaged"):
        ran = ensure(cloud, state=state, **asked)
        assert ran.failed and ran["msg"].startswith("3 volume snapshots match 'nightly'")


@pytest.mark.parametrize("check", [True, False])
def test_two_young_ones_of_one_volume_are_refused_by_whatever_names(cloud, check):
    volume, other = cloud.volume(name="data")["id"], cloud.volume(name="logs")["id"]
    first, second, third = {"volume": "data", "name": "a"}, {"volume": volume, "name": "b"}, {"volume": other}
    ran = ensure(cloud, check=check, min_interval=3600, name="c", snapshots=[first, third, second])
    assert ran.failed and f"one snapshot of the volume {volume} is enough" in ran["msg"] and "'a' and 'b'" in ran["msg"]
    assert not cloud.written
    assert ensure(cloud, check=check, min_interval=3600, name="c", snapshots=[first, third])["changed"]


def test_beside_a_young_one_the_same_task_makes_another_without_min_interval(cloud):
    cloud.volume(name="data")
    snapshots = [{"name": "hourly", "min_interval": 3600}, {"name": "before-upgrade"}]
    for check in (True, False):
        ran = ensure(cloud, check=check, volume="data", snapshots=snapshots)
        assert [one["changed"] for one in ran["outcomes"]] == [True, True]
    assert len(cloud.cinder.tables["/snapshots"]) == 2
    assert not ensure(cloud, volume="data", snapshots=snapshots)["changed"]


@pytest.mark.parametrize("on_error, failed", [("fail", True), ("replace", False)])
def test_a_failed_newest_of_a_series_is_dealt_with_as_any_other(cloud, on_error, failed):
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(600000))
    broken = cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(90000), status="error")["id"]
    ran = ensure(cloud, name="nightly", volume="data", min_interval=3600, on_error=on_error)
    assert ran.failed is failed
    assert failed or ran["volume_snapshot"]["id"] != broken


def test_of_two_that_take_a_young_one_at_once_the_second_takes_the_firsts(cloud):
    """By whatever name: that is what ``min_interval`` says."""
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(600000))
    first = None
    take = cloud.cinder.on["POST", "/snapshots"]
    gone = []

    def overtaken(match, body):
        nonlocal first
        first = cloud.snapshot(name="theirs", volume_id=volume, created_at=ago(5))["id"]
        return take(match, body)

    def delete(match, body):
        gone.append(cloud.cinder.tables["/snapshots"].pop(match[1]))
        return Answer(status_code=202)

    cloud.cinder.on["POST", "/snapshots"] = overtaken
    cloud.cinder.on["DELETE", "/snapshots/([^/]+)"] = delete
    ran = ensure(cloud, name="nightly", volume="data", min_interval=3600)
    assert not ran["changed"] and ran["volume_snapshot"]["id"] == first
    assert [row["name"] for row in gone] == ["nightly"] and len(cloud.cinder.tables["/snapshots"]) == 2


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_lost_answer_an_older_one_of_a_series_is_not_taken_for_the_new_one(cloud, arrived):
    volume = cloud.volume(name="data")["id"]
    old = cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(90000))["id"]
    take, tries = cloud.cinder.on["POST", "/snapshots"], []

    def lost(match, body):
        tries.append(body)
        answer = take(match, body) if arrived or len(tries) > 1 else None
        if len(tries) == 1:
            raise Ambiguous("no answer")
        return answer

    cloud.cinder.on["POST", "/snapshots"] = lost
    ran = ensure(cloud, name="nightly", volume="data", min_interval=3600)
    assert ran["changed"] and ran["volume_snapshot"]["id"] != old
    assert len(tries) == (1 if arrived else 2) and len(cloud.cinder.tables["/snapshots"]) == 2


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("more", [{}, {"min_interval": 3600}])
def test_a_namesake_of_what_is_replaced_by_its_id_is_neither_it_nor_its_twin(cloud, lost, more):
    volume = cloud.volume(name="data")["id"]
    namesake = cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(600))["id"]
    broken = cloud.snapshot(name="nightly", volume_id=volume, created_at=ago(500), status="error")["id"]
    take, tries = cloud.cinder.on["POST", "/snapshots"], []

    def answer(match, body):
        tries.append(body)
        if lost and len(tries) == 1:
            raise Ambiguous("no answer")
        return take(match, body)

    cloud.cinder.on["POST", "/snapshots"] = answer
    ran = ensure(cloud, id=broken, on_error="replace", **more)
    assert ran["changed"] and ran["volume_snapshot"]["id"] not in (namesake, broken)
    assert set(cloud.cinder.tables["/snapshots"]) == {namesake, ran["volume_snapshot"]["id"]}


def test_what_the_back_end_had_already_is_never_deleted_as_a_twin():
    values = {"name": "kept", "volume_id": "v1", "manage": {"identifier": "x", "id_type": "source-name"}}
    assert VolumeSnapshot().contest(values) is None


# -- what is for administrators


def test_a_status_is_set_and_nothing_is_waited_for(cloud):
    id = cloud.snapshot(name="stuck", status="deleting", metadata={})["id"]
    check, real = (ensure(cloud, check=check, name="stuck", status="error") for check in (True, False))
    assert (
        check["diff"]
        == real["diff"]
        == {
            "before": {"state": "present", "name": "stuck", "metadata": {}, "status": "deleting"},
            "after": {"state": "present", "name": "stuck", "metadata": {}, "status": "error"},
        }
    )
    assert check["changed"] and check["volume_snapshot"]["status"] == real["volume_snapshot"]["status"] == "error"
    assert cloud.written == [("POST", f"/snapshots/{id}/action", {"os-reset_status": {"status": "error"}})]
    assert ensure(cloud, name="stuck", status="error")["changed"] is False


def test_a_status_is_set_together_with_the_rest(cloud):
    id = cloud.snapshot(name="stuck", status="error")["id"]
    ran = ensure(cloud, id=id, status="available", description="mended", metadata={"a": 1})
    assert (
        ran["volume_snapshot"]["status"],
        ran["volume_snapshot"]["description"],
        ran["volume_snapshot"]["metadata"],
    ) == ("available", "mended", {"a": "1"})


@pytest.mark.parametrize(
    "arguments, told",
    [
        (
            {"name": "x"},
            "There is no volume snapshot 'x' in cloud test whose status could be set; leave status out to make one.",
        ),
        ({"id": "1"}, "There is no volume snapshot with the ID 1 in cloud test"),
    ],
)
def test_the_status_of_none_cant_be_set(cloud, arguments, told):
    ran = ensure(cloud, status="error", **arguments)
    assert ran.failed and ran["msg"].startswith(told) and not cloud.written


@pytest.mark.parametrize(
    "status, force, sent",
    [
        ("available", True, "DELETE"),
        ("error", True, "DELETE"),
        ("error", False, "DELETE"),
        ("error_deleting", True, "os-force_delete"),
        ("creating", True, "os-force_delete"),
        ("restoring", True, "os-force_delete"),
    ],
)
def test_force_is_used_only_where_it_is_needed(cloud, status, force, sent):
    cloud.snapshot(name="x", status=status)
    assert ensure(cloud, name="x", state="absent", force=force, check=True)["changed"]
    assert ensure(cloud, name="x", state="absent", force=force)["changed"]
    ((method, _path, body),) = cloud.written
    assert sent == method if method == "DELETE" else list(body) == [sent]
    assert ensure(cloud, name="x", state="absent", force=force)["changed"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        {"state": "absent"},
        {"state": "absent", "force": False},
        {"state": "unmanaged", "force": True},
        {"volume": "data", "on_error": "replace"},
    ],
)
def test_who_can_remove_one_in_error_deleting_is_told_in_check_mode_too(cloud, arguments):
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="x", volume_id=volume, status="error_deleting")
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", **arguments)
        assert ran.failed and ran["msg"].endswith(
            "once the cause is gone, an administrator can remove it with state: absent and force: true."
        )
    assert not cloud.written


def test_replacing_one_in_error_deleting_is_not_suggested(cloud):
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="x", volume_id=volume, status="error_deleting")
    ran = ensure(cloud, name="x", volume="data")
    assert ran.failed and "on_error" not in ran["msg"] and "an administrator can remove it" in ran["msg"]


@pytest.mark.parametrize("state, done", [("absent", "deleted"), ("unmanaged", "unmanaged")])
def test_a_member_of_a_group_snapshot_stays(cloud, state, done):
    cloud.snapshot(name="x", group_snapshot_id="g1")
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", state=state, force=True)
        assert (
            ran.failed
            and f"is a member of the group snapshot g1 and can't be {done} by itself, not even by force; remove the"
            " group snapshot."
            in ran["msg"]
        )
    assert not cloud.written


def test_what_is_being_made_is_waited_for_and_then_removed(cloud):
    raw = cloud.snapshot(name="x", status="creating")
    plain = cloud.cinder.get

    def later(path, **more):
        answer = plain(path, **more)
        raw["status"] = "available"
        return answer

    cloud.cinder.get = later
    assert ensure(cloud, name="x", state="absent")["changed"]
    assert [method for method, _path, _body in cloud.written] == ["DELETE"]


def test_check_real_check_real_of_unmanaged(cloud):
    id = cloud.snapshot(name="x")["id"]
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", state="unmanaged")
        assert ran["changed"] and ran["diff"]["after"] == {"state": "unmanaged"} and ran["volume_snapshot"] is None
    assert cloud.written == [("POST", f"/snapshots/{id}/action", {"os-unmanage": {}})]
    assert ensure(cloud, name="x", state="unmanaged")["changed"] is False


def test_one_that_is_being_unmanaged_is_waited_for_and_one_that_is_being_deleted_is_lost(cloud):
    cloud.snapshot(name="leaving", status="unmanaging")
    assert ensure(cloud, check=True, name="leaving", state="unmanaged")["changed"] is False
    cloud.snapshot(name="dying", status="deleting")
    ran = ensure(cloud, name="dying", state="unmanaged")
    assert ran.failed and "is being deleted, and with it the back end's" in ran["msg"]


@pytest.mark.parametrize(
    "arguments, action",
    [
        ({"state": "unmanaged"}, "os-unmanage"),
        ({"status": "available"}, "os-reset_status"),
        ({"state": "absent", "force": True}, "os-force_delete"),
    ],
)
def test_who_is_no_administrator_is_told_so(cloud, arguments, action):
    cloud.snapshot(name="x", status="error" if action == "os-unmanage" else "creating")
    cloud.refusing.add(action)
    ran = ensure(cloud, name="x", **arguments)
    assert ran.failed and ran["msg"].endswith("an administrator is needed for it.") and ran["status"] == 403


# -- managing


class Backend:
    """A back end with snapshots that Cinder may know."""

    def __init__(self, cloud, host="h@b#p", **rows):
        self.volume = cloud.volume(name="data", **{"os-vol-host-attr:host": host} if host else {})["id"]
        rows = [
            {
                "reference": {"source-name": name.replace("_", "-")},
                "size": 1,
                "cinder_id": None,
                "safe_to_manage": True,
                "reason_not_safe": None,
                **row,
            }
            for name, row in rows.items()
        ]
        cloud.cinder.on["GET", "/manageable_snapshots/detail"] = lambda match, params: Answer(
            {"manageable-snapshots": rows}
        )
        cloud.cinder.on["POST", "/manageable_snapshots"] = lambda match, body: Answer(
            {"snapshot": cloud.snapshot(**{key: value for key, value in body["snapshot"].items() if key != "ref"})}, 202
        )


def test_check_real_check_real_of_managing(cloud):
    backend = Backend(cloud, snap_7={})
    asked = {
        "name": "x",
        "volume": "data",
        "description": "old",
        "metadata": {"a": 1},
        "manage": {"identifier": "snap-7"},
    }
    check, real = ensure(cloud, check=True, **asked), ensure(cloud, **asked)
    assert check["changed"] and check["diff"] == real["diff"]
    assert cloud.written == [
        (
            "POST",
            "/manageable_snapshots",
            {
                "snapshot": {
                    "volume_id": backend.volume,
                    "ref": {"source-name": "snap-7"},
                    "name": "x",
                    "description": "old",
                    "metadata": {"a": "1"},
                }
            },
        )
    ]
    assert not ensure(cloud, check=True, **asked)["changed"] and not ensure(cloud, **asked)["changed"]


@pytest.mark.parametrize(
    "rows, told",
    [
        (
            {"snap": {"cinder_id": "1"}},
            (
                "The back end's snapshot 'snap' is managed already, as the volume snapshot 1; give its id instead of"
                " manage"
            ),
        ),
        (
            {"snap": {"safe_to_manage": False, "reason_not_safe": "in use"}},
            "The back end's snapshot 'snap' can't be managed: in use.",
        ),
        ({"other": {}}, "The back end h@b#p has no snapshot with the source-name 'snap'; list what it has"),
    ],
)
def test_what_cant_be_managed_is_told_in_check_mode_too(cloud, rows, told):
    Backend(cloud, **rows)
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", volume="data", manage={"identifier": "snap"})
        assert ran.failed and ran["msg"].startswith(told)
    assert not cloud.written


@pytest.mark.parametrize("rows", [{}, {"other": {"reference": {"source-id": "5"}}}])
def test_a_driver_that_does_not_list_its_snapshots_is_left_to_decide(cloud, rows):
    Backend(cloud, **rows)
    assert ensure(cloud, name="x", volume="data", manage={"identifier": "snap"})["changed"]


def test_who_is_not_shown_the_back_end_cant_manage(cloud):
    Backend(cloud, host=None)
    ran = ensure(cloud, check=True, name="x", volume="data", manage={"identifier": "snap"})
    assert ran.failed and "an administrator is needed for it" in ran["msg"]


def test_a_back_end_that_cant_be_asked_is_an_error(cloud):
    Backend(cloud)

    def refused(match, params):
        raise OsnapError("no", status=503)

    cloud.cinder.on["GET", "/manageable_snapshots/detail"] = refused
    assert ensure(cloud, name="x", volume="data", manage={"identifier": "snap"})["status"] == 503


@pytest.mark.parametrize("manage", [None, {"identifier": "snap-1"}])
def test_another_projects_volume_gets_no_snapshot_that_its_owner_could_not_remove(cloud, manage):
    volume = cloud.volume(name="data", **{"os-vol-tenant-attr:tenant_id": "theirs"})["id"]
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", volume=volume, manage=manage)
        assert (
            ran.failed
            and "belongs to the project theirs, and what is made of it here would belong to the project project-of-mine"
            in ran["msg"]
        )
    assert not cloud.written


@pytest.mark.parametrize("purge", [False, True])
def test_what_others_write_meanwhile_stays_unless_it_is_to_be_purged(cloud, purge):
    """Between the plan and the write."""
    snapshot = cloud.snapshot(status="creating", metadata={"theirs": "old"}, name="x")
    asked = []

    def ready(match, params):
        asked.append(1)
        if len(asked) > 1 and snapshot["status"] == "creating":
            snapshot.update(status="available", metadata={"theirs": "new", "added": "x"})
        return Answer({"snapshot": snapshot})

    cloud.cinder.on["GET", f"/snapshots/({snapshot['id']})"] = ready
    ran = ensure(cloud, id=snapshot["id"], metadata={"a": "1"}, purge_metadata=purge)
    assert ran["changed"] and not ran.failed
    assert snapshot["metadata"] == ({"a": "1"} if purge else {"theirs": "new", "added": "x", "a": "1"})


# -- what hangs on a snapshot


@pytest.fixture
def warned(monkeypatch):
    """What modules warn of; ansible-core gathers that of a whole process."""
    told = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, warning: told.append(warning))
    return told


def test_check_mode_warns_of_what_may_keep_a_snapshot(cloud, warned):
    data = cloud.volume(name="data")["id"]
    kept, free = (cloud.snapshot(name=name, volume_id=data)["id"] for name in ("kept", "free"))
    clone = cloud.volume(name="clone", snapshot_id=kept)["id"]
    checked = ensure(cloud, check=True, state="absent", snapshots=[{"id": kept}, {"id": free}])
    assert checked["changed"] and not checked.failed
    (told,) = warned
    assert f"Deleting the volume snapshot 'kept' ({kept}) may be refused" in told
    assert f"the volume {clone} was made from it" in told


def test_a_real_run_tries_and_warns_of_nothing(cloud, warned):
    cloud.cinder.on["DELETE", "/snapshots/([^/]+)"] = lambda match, body: Answer(
        cloud.cinder.tables["/snapshots"].pop(match[1]) and {}
    )
    kept = cloud.snapshot(name="kept", volume_id=cloud.volume(name="data")["id"])["id"]
    cloud.volume(name="clone", snapshot_id=kept)
    assert ensure(cloud, state="absent", id=kept)["changed"] and not warned


def test_unmanaging_leaves_the_back_ends_snapshot_and_needs_no_warning(cloud, warned):
    kept = cloud.snapshot(name="kept", volume_id=cloud.volume(name="data")["id"])["id"]
    cloud.volume(name="clone", snapshot_id=kept)
    assert ensure(cloud, check=True, state="unmanaged", id=kept)["changed"] and not warned


# -- an administrator's, of other projects: lists leave them out


def foreign(cloud, number, **values):
    """Snapshots of another project, which a list of one's own leaves out."""
    rows = [
        cloud.snapshot(name="nightly", **{"os-extended-snapshot-attributes:project_id": "another", **values})
        for _number in range(number)
    ]
    plain = cloud.cinder.pages

    def pages(path, *args, **how):
        found = plain(path, *args, **how)
        return [raw for raw in found if raw.get("os-extended-snapshot-attributes:project_id") != "another"]

    cloud.cinder.pages = pages
    return [row["id"] for row in rows]


@pytest.mark.parametrize("number", [3, 4])
def test_many_of_another_project_given_by_their_ids_go_beside_ones_own(cloud, number):
    ids, own = foreign(cloud, number), cloud.snapshot(name="mine")["id"]
    asked = [*({"id": id} for id in ids), {"name": "mine"}]
    check = ensure(cloud, check=True, state="absent", snapshots=asked)
    real = ensure(cloud, state="absent", snapshots=asked)
    assert [one["changed"] for one in check["outcomes"]] == [one["changed"] for one in real["outcomes"]]
    assert all(one["changed"] for one in real["outcomes"]) and not cloud.cinder.tables["/snapshots"]
    assert sorted(path for _method, path, _body in cloud.written) == sorted(f"/snapshots/{id}" for id in [*ids, own])


def test_many_of_another_project_are_gone_only_when_they_are(cloud):
    ids = foreign(cloud, 4)
    cloud.cinder.on["DELETE", r"/snapshots/([^/]+)"] = lambda match, body: Answer(status_code=202)  # and takes it back
    real = ensure(cloud, state="absent", snapshots=[{"id": id} for id in ids])
    assert real.failed and all(
        "can't be deleted: the service took the request" in one["msg"] for one in real["outcomes"]
    )


def test_a_thousand_are_deleted_with_a_list_a_look(cloud):
    for number in range(1000):
        cloud.snapshot(name=f"n{number}", volume_id="v")
    ensure(cloud, state="absent", snapshots=[{"name": f"n{number}"} for number in range(1000)])
    assert not cloud.cinder.tables["/snapshots"] and len(cloud.written) == 1000
    assert [path for path, _params in cloud.cinder.reads] == ["/snapshots/detail"] * 3


def test_ones_own_that_somebody_else_has_deleted_meanwhile_are_not_asked_for_one_by_one(cloud):
    own = {"os-extended-snapshot-attributes:project_id": cloud.project_id}
    ids = [cloud.snapshot(name=f"n{number}", **own)["id"] for number in range(10)]
    plain = cloud.cinder.pages

    def pages(*args, **how):
        found = plain(*args, **how)
        for row in found[1:]:
            cloud.cinder.tables["/snapshots"].pop(row["id"])
        return found

    cloud.cinder.pages = pages
    ran = ensure(cloud, state="absent", snapshots=[{"name": f"n{number}"} for number in range(10)])
    assert [one["changed"] for one in ran["outcomes"]] == [True] + [False] * 9
    assert {path for path, _params in cloud.cinder.reads} == {"/snapshots/detail", f"/snapshots/{ids[0]}"}


@pytest.mark.parametrize("created", [None, "", "yesterday"])
def test_a_snapshot_that_does_not_say_when_it_was_made_is_not_young(cloud, created):
    volume = cloud.volume()["id"]
    for name in ("a", "b"):
        cloud.snapshot(name=name, volume_id=volume, created_at=created)
    ran = ensure(cloud, name="a", volume=volume, min_interval=60)
    assert not ran.failed and ran["changed"]


@pytest.mark.parametrize("status", ["available", "error_deleting"])
def test_what_keeps_many_that_are_refused_is_looked_for_once(cloud, status):
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": []})
    cloud.cinder.on["DELETE", r"/snapshots/([^/]+)"] = lambda match, body: Answer(status_code=202)  # and takes it back
    ids = [cloud.snapshot(name=f"n{number}", volume_id="v", status=status)["id"] for number in range(20)]
    for id in ids:
        cloud.volume(name=f"of {id}", snapshot_id=id)
    ran = ensure(cloud, state="absent", snapshots=[{"name": f"n{number}"} for number in range(20)])
    assert all(f"volume 'of {id}'" in one["msg"] for id, one in zip(ids, ran["outcomes"], strict=True))
    assert [path for path, _params in cloud.cinder.reads].count("/volumes/detail") == 1
