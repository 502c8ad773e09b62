# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils import _waiter
from ansible_collections.osnap.openstack.plugins.modules.volume_snapshot import VolumeSnapshot
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run


class Cinder(FakeCloud):
    """Volumes whose snapshots are made at once, within a quota."""

    def __init__(self):
        super().__init__()
        self.limits = {"maxTotalSnapshots": 10, "totalSnapshotsUsed": 0, "maxTotalVolumeGigabytes": 100, "totalGigabytesUsed": 0}
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": self.limits}})
        self.cinder.on["POST", "/snapshots"] = lambda match, body: Answer({"snapshot": self.snapshot(**{"created_at": ago(0), **body["snapshot"]})}, 202)


def ago(seconds):
    return (datetime.now(timezone.utc) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(_waiter, "FIRST_PAUSE", 0)


@pytest.fixture
def cloud():
    return Cinder()


def ensure(cloud, *, check=False, **arguments):
    operation = VolumeSnapshot()
    operation.connect = lambda params: cloud
    return run(operation, arguments, check=check, diff=True)


# -- arguments


@pytest.mark.parametrize("arguments, told", [
    ({}, "one of the following is required: id, name."),
    ({"name": " ", "volume": "data"}, "name is empty; give the snapshot a name, or the id of an existing one."),
    ({"name": "", "id": ""}, "name is empty; give the snapshot a name"),
    ({"name": "x"}, "volume is missing; say which volume the snapshot 'x' is of."),
    ({"name": "x", "volume": "data", "min_interval": -1}, "min_interval is -1; it takes seconds, 0 or more."),
    ({"name": "x\ny", "volume": "data"}, "name has the character '\\n', which Cinder refuses"),
    ({"name": "x", "volume": "data", "description": "x" * 256}, "description has 256 characters"),
    ({"name": "x", "volume": "data", "metadata": {"a/b": "c"}}, "metadata has the key 'a/b'"),
    ({"name": "x", "volume": "data", "purge_metadata": True}, "missing parameter(s) required by 'purge_metadata': metadata."),
])
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
    assert cloud.written == [("POST", "/snapshots", {"snapshot": {
        "volume_id": volume, "force": True, "name": "nightly", "description": "before the upgrade", "metadata": {"ticket": "5"}}})]
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


@pytest.mark.parametrize("volume, force, told", [
    ({"status": "in-use"}, False, "is in use and force is false; detach it, or leave force out for a crash-consistent snapshot."),
    ({"status": "error"}, None, "is in status error, and a snapshot needs it available or in use; wait for it or repair it, then run again."),
    ({"status": "creating"}, True, "is in status creating"),
])
def test_a_volume_that_cant_be_snapshotted_is_told_in_check_mode_too(cloud, volume, force, told):
    id = cloud.volume(name="data", **volume)["id"]
    for check in (True, False):
        ran = ensure(cloud, check=check, name="x", volume="data", force=force)
        assert ran.failed and ran["msg"].startswith(f"The volume 'data' ({id}) {told}")
    assert not cloud.written


@pytest.mark.parametrize("status, force", [("available", None), ("available", False), ("in-use", None), ("in-use", True)])
def test_others_can(cloud, status, force):
    cloud.volume(name="data", status=status)
    assert ensure(cloud, name="x", volume="data", force=force)["changed"]


@pytest.mark.parametrize("limits, told", [
    ({"maxTotalSnapshots": 2}, "3 more snapshots are asked for, and the project's quota leaves 2; raise the quota"),
    ({"maxTotalVolumeGigabytes": 5, "totalGigabytesUsed": 4},
     "3 more GiB of volumes and snapshots are asked for, and the project's quota leaves 1; raise the quota"),
    ({"maxTotalSnapshots": 5, "totalSnapshotsUsed": 9}, "3 more snapshots are asked for, and the project's quota leaves 0;"),
])
def test_what_would_go_over_the_quota_is_not_begun(cloud, limits, told):
    cloud.limits.update(limits)
    cloud.volume(name="data")
    ran = ensure(cloud, volume="data", snapshots=[{"name": name} for name in "abc"])
    assert ran.failed and not cloud.written
    assert all(outcome["msg"].startswith(told) and outcome["status"] == 413 for outcome in ran["outcomes"])


def test_a_quota_without_a_limit_is_none(cloud):
    cloud.limits.update(maxTotalSnapshots=-1, maxTotalVolumeGigabytes=-1, totalSnapshotsUsed=10 ** 6)
    cloud.volume(name="data")
    assert ensure(cloud, name="x", volume="data")["changed"]


def test_what_is_there_needs_no_room(cloud):
    cloud.limits.update(maxTotalSnapshots=1, totalSnapshotsUsed=0)
    volume = cloud.volume(name="data")["id"]
    cloud.snapshot(name="a", volume_id=volume)
    ran = ensure(cloud, volume="data", snapshots=[{"name": "a"}, {"name": "b"}])
    assert not ran.failed and [outcome["changed"] for outcome in ran["outcomes"]] == [False, True]


# -- a smallest distance between two


@pytest.mark.parametrize("age, status, made", [(100, "available", False), (7200, "available", True), (100, "error", True), (100, "creating", True)])
def test_a_young_one_is_enough(cloud, age, status, made):
    volume = cloud.volume(name="data")["id"]
    young = cloud.snapshot(name="an hour ago", volume_id=volume, created_at=ago(age), status=status)["id"]
    cloud.snapshot(name="last week", volume_id=volume, created_at=ago(600000))
    cloud.snapshot(name="of another", volume_id="v2", created_at=ago(1))
    for check in (True, False):
        ran = ensure(cloud, check=check, name="now", volume="data", min_interval=3600)
        assert ran["changed"] is made
        assert made or ran["volume_snapshot"]["id"] == young


def test_the_one_that_is_named_is_kept_to_however_old_it_is(cloud):
    volume = cloud.volume(name="data")["id"]
    named = cloud.snapshot(name="weekly", volume_id=volume, created_at=ago(600000))["id"]
    cloud.snapshot(name="younger", volume_id=volume, created_at=ago(1))
    ran = ensure(cloud, name="weekly", volume="data", min_interval=3600, description="changed", check=True)
    assert ran["changed"] and ran["volume_snapshot"]["id"] == named
