# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that of a disk that is handed over there is one volume, wherever a killed task or a twin has left it."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done, carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import VolumeTransfers
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import moved
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

MARKS = {"osnap_run": "r", "osnap_server": "s", "osnap_step": "volume", "osnap_disk": "v"}
ITEM = {"snapshot": "snap", "name": "data", "size": 2, "metadata": {**MARKS, "tier": "db"}}


class Projects:
    """Two projects of one Cinder; ``meanwhile`` is what happens when ours is created."""

    def __init__(self, monkeypatch, meanwhile=None):
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer, self.handed_over, self.meanwhile = self.there, [], meanwhile
        self.here.cinder.on["POST", "/volumes"] = self.created
        self.here.cinder.on["POST", "/volumes/(.+)/action"] = lambda match, body: Answer({}, 202)
        monkeypatch.setattr(moved, "carry_out", self.handed)
        monkeypatch.setattr("time.sleep", lambda seconds: None)

    def put(self, cloud, id, **given):
        metadata = {**MARKS, "osnap_source": "snap"}
        return cloud.volume(id=id, **{"name": "data", "snapshot_id": "snap", "metadata": metadata, **given})

    def created(self, match, body):
        row = self.put(self.here, "ours", **{**body["volume"], "created_at": "2026-11-24T10:00:00.000000"})
        if self.meanwhile:
            self.meanwhile(self)
        return Answer({"volume": row}, 202)

    def handed(self, operation, item, *, within, cloud, **params):
        self.handed_over.append(item["volume"])
        assert item["snapshots"] is False
        self.there.cinder.tables.setdefault("/volumes", {})[item["volume"]] = self.here.cinder.tables["/volumes"].pop(
            item["volume"]
        )
        return Done(Outcome({}), True)

    def move(self, **given):
        context = Context(self.here, {"timeout": 60, "wait": True}, Listener())
        return carry_out(moved.VolumeMove(), {**ITEM, **given}, within=context, cloud=self.here)

    @property
    def ids(self):
        return [sorted(cloud.cinder.tables.get("/volumes", {})) for cloud in (self.here, self.there)]


def test_a_volume_is_made_with_its_marks_and_handed_over(monkeypatch):
    projects = Projects(monkeypatch)
    done = projects.move()
    assert done.changed and projects.ids == [[], ["ours"]] and done.outcome.resource["id"] == "ours"
    body = projects.here.cinder.sent[0][2]["volume"]
    assert (body["snapshot_id"], body["size"]) == ("snap", 2)
    assert body["metadata"] == {**ITEM["metadata"], "osnap_source": "snap"}


def test_what_cinder_does_not_hand_on_is_set_before_the_volume_is_offered(monkeypatch):
    projects, given = Projects(monkeypatch), {"description": "words", "bootable": True}
    projects.move(**given, image_metadata={"hw_disk_bus": "scsi"})
    created, *actions = projects.here.cinder.sent
    assert created[2]["volume"]["description"] == "words"
    assert [body for method, path, body in actions if path.endswith("/action")] == [
        {"os-set_image_metadata": {"metadata": {"hw_disk_bus": "scsi"}}},
        {"os-set_bootable": {"bootable": True}},
    ]
    again = Projects(monkeypatch)
    has = {"bootable": "true", "volume_image_metadata": {"hw_disk_bus": "scsi"}}
    again.put(again.here, "left", **has)
    again.move(**given, image_metadata={"hw_disk_bus": "scsi"})
    assert again.here.written == [] and again.ids == [[], ["left"]]


def test_one_that_has_arrived_is_no_change(monkeypatch):
    projects = Projects(monkeypatch)
    projects.put(projects.there, "before", metadata={**MARKS, "osnap_source": "snap", "osnap_transferred_from": "p"})
    done = projects.move()
    assert not done.changed and done.outcome.resource["id"] == "before" and projects.here.written == []


@pytest.mark.parametrize("status", ["available", "awaiting-transfer"])
def test_one_that_a_killed_task_has_left_is_gone_on_with(monkeypatch, status):
    projects = Projects(monkeypatch)
    projects.put(projects.here, "left", status=status)
    assert projects.move().changed and projects.ids == [[], ["left"]] and projects.here.written == []


def test_another_ones_volume_is_none(monkeypatch):
    projects = Projects(monkeypatch)
    projects.put(projects.here, "other snapshot", snapshot_id="x")
    projects.put(projects.here, "other run", metadata={**MARKS, "osnap_run": "q"})
    projects.move()
    assert projects.ids == [["other run", "other snapshot"], ["ours"]]


def test_one_that_failed_goes_first(monkeypatch):
    projects = Projects(monkeypatch)
    projects.put(projects.here, "failed", status="error")
    projects.move()
    assert projects.ids == [[], ["ours"]]


def test_a_twin_that_has_made_one_before_ours_is_waited_for_by_both(monkeypatch):
    projects = Projects(monkeypatch, lambda own: own.put(own.here, "twin", created_at="2026-11-24T09:59:59.000000"))
    projects.move()
    assert projects.ids == [[], ["twin"]]


def test_a_twin_that_has_handed_its_own_over_leaves_ours_for_nothing(monkeypatch):
    projects = Projects(monkeypatch, lambda own: own.put(own.there, "twin"))
    projects.move()
    assert projects.ids == [[], ["twin"]] and projects.handed_over == []


def test_what_is_offered_and_is_to_go_is_taken_back():
    cloud = FakeCloud()
    offers = {"t": VolumeTransfers.name_of("left"), "u": "theirs"}
    for id, name in offers.items():
        cloud.cinder.put("/volume-transfers", id=id, name=name, volume_id="left")
    moved.withdraw(cloud, "left")
    assert sorted(cloud.cinder.tables["/volume-transfers"]) == ["u"]
