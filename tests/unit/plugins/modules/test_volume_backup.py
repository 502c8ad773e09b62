# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.modules.volume_backup import VolumeBackup
from ansible_collections.osnap.openstack.tests.unit.fakes.cinder import Cinder
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.module import ensuring

OLD = "2026-11-01T12:00:00.000000"
NIGHTLY = {"name": "nightly", "volume": "data"}


class Cloud(Cinder):
    """A volume whose backups are made at once, after ``refusals``; at each of these ``meanwhile`` happens."""

    def __init__(self):
        super().__init__()
        self.cinder.on["GET", "/limits"] = lambda match, params: Answer({"limits": {"absolute": {}}})
        self.cinder.on["POST", "/backups"] = self.make
        self.cinder.on["PUT", "/backups/([^/]+)"] = self.change
        self.data = self.volume(name="data")
        self.refusals, self.meanwhile = 0, lambda: None

    def make(self, match, body):
        if self.refusals:
            self.refusals -= 1
            self.meanwhile()
            raise OsnapError("Could not create it: answered 400: the volume must be available.", status=400)
        asked = {key: value for key, value in body["backup"].items() if key != "force"}
        made = self.backup(is_incremental=asked.pop("incremental"), **asked, created_at=OLD)
        return Answer({"backup": {key: made[key] for key in ("id", "name")}}, 202)

    def change(self, match, body):
        self.cinder.tables["/backups"][match[1]].update(body["backup"])
        return Answer({"backup": {"id": match[1]}})

    @property
    def backups(self):
        return list(self.cinder.tables.get("/backups", {}).values())


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(waiter.time, "sleep", lambda seconds: None)


@pytest.fixture
def cloud():
    return Cloud()


ensure = ensuring(VolumeBackup)


def test_what_is_sent(cloud):
    ran = ensure(cloud, **NIGHTLY, container="apart", metadata={"keep": 7})
    assert ran["changed"] and ran["volume_backup"]["metadata"] == {"keep": "7"}
    ((method, path, body),) = cloud.cinder.sent
    assert (method, path) == ("POST", "/backups")
    assert body["backup"] == {
        "volume_id": cloud.data["id"],
        "name": "nightly",
        "force": True,
        "incremental": False,
        "container": "apart",
        "metadata": {"keep": "7"},
    }
    assert not ensure(cloud, **NIGHTLY, metadata={"keep": 7})["changed"]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    "offered, more, told",
    [
        ("3.42", {"metadata": {"keep": 7}}, "metadata of a volume backup needs 3.43"),
        ("3.50", {"availability_zone": "nova"}, "an availability zone of a volume backup needs 3.51"),
    ],
)
def test_an_old_cloud_is_told_beforehand(cloud, check, offered, more, told):
    cloud.cinder.maximum = offered
    ran = ensure(cloud, check=check, **NIGHTLY, **more)
    assert ran.failed and told in ran["msg"]
    assert not cloud.cinder.sent


def test_an_old_cloud_does_without_these(cloud):
    cloud.cinder.maximum = "3.0"
    assert ensure(cloud, **NIGHTLY)["changed"]


def test_another_backup_of_the_volume_is_waited_for(cloud):
    cloud.data["status"] = "backing-up"
    cloud.refusals = 1
    seen = []

    def read(match, params):
        seen.append(cloud.data["status"])
        cloud.data["status"] = "available" if len(seen) > 2 else "backing-up"
        return Answer({"volume": cloud.data})

    cloud.cinder.on["GET", f"/volumes/{cloud.data['id']}"] = read
    assert ensure(cloud, **NIGHTLY)["changed"]
    assert len(cloud.backups) == 1 and len(cloud.cinder.sent) == 2


def test_the_same_that_somebody_else_has_begun_is_taken(cloud):
    cloud.refusals = 1
    cloud.meanwhile = lambda: cloud.backup(name="nightly", volume_id=cloud.data["id"], created_at=OLD)
    ran = ensure(cloud, **NIGHTLY)
    assert not ran["changed"] and not ran.failed
    assert [row["id"] for row in cloud.backups] == [ran["volume_backup"]["id"]]


def test_a_refusal_that_stays_one_is_told(cloud):
    cloud.refusals = 5
    ran = ensure(cloud, **NIGHTLY)
    assert ran.failed and "answered 400" in ran["msg"] and not ran["changed"]
    assert len(cloud.cinder.sent) == 2


@pytest.mark.parametrize("status, kind", [("available", True), ("error", False), ("creating", False)])
def test_auto_goes_by_what_there_is(cloud, status, kind):
    cloud.backup(name="first", volume_id=cloud.data["id"], status=status, created_at=OLD)
    planned = ensure(cloud, check=True, **NIGHTLY, incremental="auto")
    made = ensure(cloud, **NIGHTLY, incremental="auto")
    assert planned["volume_backup"]["is_incremental"] is made["volume_backup"]["is_incremental"] is kind
    assert not ensure(cloud, **NIGHTLY, incremental="auto")["changed"]


def test_of_metadata_others_are_kept(cloud):
    cloud.backup(name="nightly", volume_id=cloud.data["id"], metadata={"theirs": "x", "keep": "1"}, created_at=OLD)
    assert ensure(cloud, **NIGHTLY, metadata={"keep": 7})["changed"]
    assert cloud.backups[0]["metadata"] == {"theirs": "x", "keep": "7"}
    assert ensure(cloud, **NIGHTLY, metadata={"keep": 7}, purge_metadata=True)["changed"]
    assert cloud.backups[0]["metadata"] == {"keep": "7"}


def test_a_dependent_that_came_since_the_plan_keeps_what_it_is_built_upon(cloud):
    full = cloud.backup(name="nightly", volume_id=cloud.data["id"], created_at=OLD, has_dependent_backups=True)
    late = {"volume_id": cloud.data["id"], "is_incremental": True}
    cloud.backup(name="two", created_at="2026-11-02T12:00:00.000000", **late)

    def read(match, params):
        if len(cloud.backups) < 3:
            cloud.backup(name="three", created_at="2026-11-03T12:00:00.000000", **late)
        return Answer({"backup": full})

    cloud.cinder.on["GET", f"/backups/{full['id']}"] = read
    ran = ensure(cloud, **NIGHTLY, state="absent", with_dependents=True)
    assert ran.failed and "'three'" in ran["msg"] and not cloud.cinder.sent


def test_what_is_stuck_is_removed_by_force_only(cloud):
    stuck = cloud.backup(name="nightly", volume_id=cloud.data["id"], status="error_deleting", created_at=OLD)
    cloud.cinder.on["GET", "/messages"] = lambda match, params: Answer({"messages": []})
    ran = ensure(cloud, **NIGHTLY, state="absent")
    assert ran.failed and "an administrator can remove it with state: absent and force: true" in ran["msg"]
    cloud.cinder.on["POST", "/backups/([^/]+)/action"] = lambda match, body: Answer(
        cloud.cinder.tables["/backups"].pop(match[1]), 202
    )
    assert ensure(cloud, **NIGHTLY, state="absent", force=True)["changed"]
    assert cloud.cinder.sent == [("POST", f"/backups/{stuck['id']}/action", {"os-force_delete": {}})]


def test_who_names_a_chain_removes_it_the_newest_first_and_each_once(cloud):
    ids = []
    for day, name in enumerate(("one", "two", "three"), start=1):
        made = cloud.backup(
            name=name,
            volume_id=cloud.data["id"],
            created_at=f"2026-11-0{day}T12:00:00.000000",
            is_incremental=day > 1,
            has_dependent_backups=day < 3,
        )
        ids.append(made["id"])
    ran = ensure(cloud, volume="data", state="absent", backups=[{"name": "one"}, {"name": "three"}, {"name": "two"}])
    assert not ran.failed and [one["changed"] for one in ran["outcomes"]] == [True, True, True]
    assert [path for method, path, body in cloud.cinder.sent] == [f"/backups/{id}" for id in reversed(ids)]
