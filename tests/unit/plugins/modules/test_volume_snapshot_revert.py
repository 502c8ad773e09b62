# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import revert_steps
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.revert import (
    after_marks,
    backup_name,
    before_marks,
)
from ansible_collections.osnap.openstack.plugins.modules.volume_snapshot_revert import VolumeSnapshotRevert
from ansible_collections.osnap.openstack.tests.unit.fakes.cinder import Cinder
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.module import run

OLD, NEW, DONE_AT = (f"2026-11-24T0{hour}:00:00.000000" for hour in (7, 8, 9))


class Cloud(Cinder):
    """A volume with two snapshots, and a Cinder that reverts, which takes it a few looks."""

    def __init__(self):
        super().__init__()
        self.cinder.maximum_microversion = lambda: "3.71"
        self.data = self.volume(name="data", updated_at=OLD, metadata={"kept": "1"}, attachments=[])
        self.old = self.snapshot(name="old", volume_id=self.data["id"], created_at=OLD, updated_at=OLD)
        self.new = self.snapshot(name="new", volume_id=self.data["id"], created_at=NEW, updated_at=NEW)
        self.cinder.on["POST", r"/volumes/([^/]+)/action"] = lambda match, body: self.revert(
            self.cinder.tables["/volumes"][match[1]], body
        )
        plain = self.cinder.get

        def get(path, **more):
            self.looks -= 1
            if self.looks == 0:
                self.end()
            return plain(path, **more)

        self.looks = 0
        self.cinder.get = get

    def revert(self, volume, body):
        snapshot = self.cinder.tables["/snapshots"][body["revert"]["snapshot_id"]]
        volume["status"], snapshot["status"] = "reverting", "restoring"
        backup = self.snapshot(name=backup_name(volume), volume_id=volume["id"], created_at=DONE_AT)
        self.running = volume, snapshot, backup
        self.looks = 3
        return Answer(status_code=202)

    def end(self):
        volume, snapshot, backup = self.running
        volume.update(status="available", updated_at=DONE_AT)
        snapshot.update(status="available", updated_at=DONE_AT)
        self.cinder.tables["/snapshots"].pop(backup["id"])

    @property
    def sent(self):
        return ["mark" if path.endswith("/metadata") else "revert" for _method, path, _body in self.written]


@pytest.fixture(autouse=True)
def impatient(monkeypatch, impatient):
    monkeypatch.setattr(revert_steps, "MOMENT", 0)


@pytest.fixture
def cloud():
    return Cloud()


def revert(cloud, *, check=False, **arguments):
    operation = VolumeSnapshotRevert()
    operation.connect = lambda params: cloud
    return run(operation, arguments, check=check, diff=True)


# -- its life


@pytest.mark.parametrize(
    "arguments", [{"volume": "data"}, {"volume": "data", "volume_snapshot": "new"}, {"volume_snapshot": "new"}]
)
def test_check_real_check_real(cloud, arguments):
    check, real = revert(cloud, check=True, **arguments), revert(cloud, **arguments)
    assert (
        check["changed"]
        and real["changed"]
        and check["diff"]
        == real["diff"]
        == {
            "before": {"data_of_snapshot": None},
            "after": {"data_of_snapshot": cloud.new["id"]},
        }
    )
    assert set(check["volume"]) == set(real["volume"]) and real["volume_snapshot"]["id"] == cloud.new["id"]
    assert cloud.written[1] == (
        "POST",
        f"/volumes/{cloud.data['id']}/action",
        {"revert": {"snapshot_id": cloud.new["id"]}},
    )
    assert cloud.sent == ["mark", "revert", "mark"]
    assert real["volume"]["metadata"] == {
        "kept": "1",
        "osnap_reverted_to": cloud.new["id"],
        "osnap_reverted_at": DONE_AT,
    }
    for check in (True, False):
        ran = revert(cloud, check=check, **arguments)
        assert ran["changed"] is False and ran["diff"]["before"] == {"data_of_snapshot": cloud.new["id"]}
    assert len(cloud.written) == 3


def test_a_volume_that_was_used_since_is_reverted_again(cloud):
    revert(cloud, volume="data")
    cloud.data["updated_at"] = "2026-11-24T10:00:00.000000"
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark", "revert", "mark"] * 2


def test_several(cloud):
    other = cloud.volume(name="other", updated_at=OLD, metadata={}, attachments=[])
    cloud.snapshot(name="new", volume_id=other["id"], created_at=NEW, updated_at=NEW)
    cloud.data["metadata"] = after_marks(cloud.data, cloud.new)
    ran = revert(cloud, volumes=[{"volume": "data"}, {"volume": "other"}])
    assert [outcome["changed"] for outcome in ran["outcomes"]] == [False, True] and [
        row["name"] for row in ran["volumes"]
    ] == ["data", "other"]


def test_without_a_wait_the_next_run_ends_it(cloud):
    assert revert(cloud, volume="data", wait=False)["volume"]["status"] == "reverting"
    assert cloud.sent == ["mark", "revert"]
    assert revert(cloud, volume="data", volume_snapshot="new")["changed"] and cloud.sent == ["mark", "revert", "mark"]


# -- after a run that was killed


def test_what_was_marked_and_not_sent_is_sent(cloud):
    """The marks are those that are there already: of volume and snapshot as they were."""
    cloud.data["metadata"] = before_marks(cloud.data, cloud.new)
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["revert", "mark"]


def test_the_marks_before_a_revert_have_the_times_of_both(cloud):
    revert(cloud, volume="data", wait=False)
    marked = cloud.written[0][2]["metadata"]["osnap_reverted_at"]
    assert marked == f"pending {OLD} {NEW}"


def test_what_is_under_way_is_waited_for(cloud):
    cloud.data["metadata"] = before_marks(cloud.data, cloud.new)
    cloud.revert(cloud.data, {"revert": {"snapshot_id": cloud.new["id"]}})
    cloud.looks = 0
    assert revert(cloud, check=True, volume="data")["changed"]
    assert revert(cloud, volume="data", wait=False)["changed"] is False and not cloud.written
    cloud.looks = 2
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark"]
    assert revert(cloud, volume="data")["changed"] is False


def test_what_has_ended_is_only_noted_down(cloud):
    cloud.data["metadata"] = before_marks(cloud.data, cloud.new)
    cloud.revert(cloud.data, {"revert": {"snapshot_id": cloud.new["id"]}})
    cloud.looks = 0
    cloud.end()
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark"]
    assert revert(cloud, volume="data")["changed"] is False


# -- what can't be reverted


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "one of the following is required: volume, volume_snapshot"),
        ({"volume": " "}, "volume is empty; give the name or the ID, or leave it out."),
        (
            {"volumes": [{"volume": "data"}, {"volume": "data "}]},
            "volumes[1] is the same object as volumes[0]; name each once.",
        ),
        ({"volume": "never"}, "There is no volume named 'never'"),
        ({"volume_snapshot": "never"}, "There is no volume snapshot 'never' in cloud test"),
        ({"volume": "data", "volume_snapshot": "never"}, "There is no volume snapshot 'never' of the volume 'data'"),
    ],
)
def test_bad_input(cloud, arguments, told):
    ran = revert(cloud, **arguments)
    assert ran.failed and ran["msg"].startswith(told) and not cloud.written


def test_one_named_twice_in_two_ways(cloud):
    ran = revert(cloud, volumes=[{"volume": "data"}, {"volume_snapshot": "new"}])
    assert ran["msg"] == "volumes[1] is the same object as volumes[0]; name each once." and not cloud.written


def test_names_that_are_not_clear(cloud):
    other = cloud.volume(name="other", attachments=[])
    theirs = cloud.snapshot(name="new", volume_id=other["id"])
    assert "2 volume snapshots match 'new'" in revert(cloud, volume_snapshot="new")["msg"]
    cloud.snapshot(name="new", volume_id=cloud.data["id"])
    assert "give the ID of the one that is meant" in revert(cloud, volume="data", volume_snapshot="new")["msg"]
    assert f"it is one of the volume {other['id']}" in revert(cloud, volume="data", volume_snapshot=theirs["id"])["msg"]
    assert (
        "has no snapshot that it could be reverted to" in revert(cloud, volume=cloud.volume(name="bare")["id"])["msg"]
    )


def test_all_that_is_amiss_is_told_at_once_and_in_check_mode_too(cloud):
    cloud.cinder.maximum_microversion = lambda: "3.14"
    cloud.data.update(status="in-use", size=2, attachments=[{"server_id": "web"}])
    for check in (True, False):
        ran = revert(cloud, check=check, volume="data", volume_snapshot="old")
        assert ran.failed and all(
            part in ran["msg"]
            for part in ("API 3.40", "attached to web", "has 2 GiB by now", f"not the newest: {cloud.new['id']}")
        )
        assert ran["msg"].endswith("Nothing was reverted.")
    assert not cloud.written


def test_a_volume_between_two_statuses_is_looked_at_again(cloud):
    cloud.data["status"] = "reverting"
    cloud.looks = 1
    cloud.running = cloud.data, cloud.new, cloud.snapshot()
    assert revert(cloud, check=True, volume="data")["changed"]


def test_a_volume_that_is_stuck_is_told(cloud):
    cloud.data["status"] = "reverting"
    assert (
        "the volume is in status reverting, but not to this snapshot" in revert(cloud, volume="data")["msg"]
        and not cloud.written
    )


def test_what_has_changed_since_the_plan_is_seen_before_it_is_sent(cloud):
    mark = cloud._merge

    def busy(match, body):
        cloud.new["status"] = "backing-up"
        return mark(match, body)

    cloud.cinder.on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = busy
    ran = revert(cloud, volume="data")
    assert (
        ran.failed
        and "the snapshot is in status backing-up and must be available" in ran["msg"]
        and cloud.sent == ["mark"]
    )


# -- answers


def answering(cloud, *errors):
    """Each request to revert ends with the next error, before it is carried out or, given as a tuple, after it; then
    all is well.
    """
    errors = list(errors)

    def handle(match, body):
        error = errors.pop(0) if errors else None
        if not isinstance(error, OsnapError):
            answer = cloud.revert(cloud.data, body)
            if error is None:
                return answer
            error = error[0]
        raise error

    cloud.cinder.on["POST", r"/volumes/([^/]+)/action"] = handle


@pytest.mark.parametrize("error", [Ambiguous("lost"), OsnapError("busy", status=503)])
def test_a_request_that_never_arrived_is_sent_again(cloud, error):
    answering(cloud, error)
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark", "revert", "revert", "mark"]


def test_a_request_whose_answer_got_lost_is_not_sent_again(cloud):
    answering(cloud, (Ambiguous("lost"),))
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark", "revert", "mark"]


@pytest.mark.parametrize(
    "errors, told, sends",
    [
        ([Ambiguous("one"), Ambiguous("two")], "two", 2),
        ([Unanswered("late")], "late", 1),
        ([OsnapError("no", status=403)], "no", 1),
        ([OsnapError("conflict", status=409)], "conflict", 1),
        ([OsnapError("not the latest", status=400)], "not the latest", 1),
    ],
)
def test_a_refusal_is_told(cloud, errors, told, sends):
    answering(cloud, *errors)
    ran = revert(cloud, volume="data")
    assert ran.failed and ran["msg"] == told and cloud.sent.count("revert") == sends


def test_a_conflict_with_another_job_that_does_the_same_is_none(cloud):
    answering(cloud, (OsnapError("conflict", status=409),))
    assert revert(cloud, volume="data")["changed"] and cloud.sent == ["mark", "revert", "mark"]


def test_a_volume_that_cinder_leaves_half_way_is_told(cloud):
    def half_way(match, body):
        cloud.data["status"] = "reverting"
        raise OsnapError("conflict", status=409)

    cloud.cinder.on["POST", r"/volumes/([^/]+)/action"] = half_way
    ran = revert(cloud, volume="data")
    assert (
        ran.failed
        and "has left the volume in status reverting; its data are untouched, and an administrator has to reset"
        in ran["msg"]
    )


def test_a_revert_that_fails_tells_where_the_data_are(cloud):
    def fails():
        cloud.data["status"], cloud.new["status"] = "error", "available"

    cloud.end = fails
    ran = revert(cloud, volume="data")
    backup = next(row for row in cloud.cinder.tables["/snapshots"].values() if row["name"] == backup_name(cloud.data))
    assert ran.failed and ran["msg"].endswith(
        f"went into status error; the data of before the revert are in the snapshot {backup['id']}."
    )
    cloud.data["status"] = "available"
    again = revert(cloud, volume="data")
    assert again.failed and f"a revert that failed has left the snapshot {backup['id']}" in again["msg"]


def test_a_volume_that_vanishes_is_an_error(cloud):
    mark = cloud._merge

    def gone(match, body):
        answer = mark(match, body)
        del cloud.cinder.tables["/volumes"][cloud.data["id"]]
        return answer

    cloud.cinder.on["POST", r"(/snapshots|/volumes)/([^/]+)/metadata"] = gone
    assert "vanished while it was changed; somebody deleted it" in revert(cloud, volume="data")["msg"]
