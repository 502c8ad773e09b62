# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.osnap.openstack.plugins.plugin_utils._report.page import page
from ansible_collections.osnap.openstack.plugins.plugin_utils.migration_report import artifacts, report

BEGAN, STOPPED, UP = "2026-05-04T02:00:00Z", "2026-05-04T02:00:05Z", "2026-05-04T02:01:15Z"
STEP = {"what": "stop", "disk": None, "began": BEGAN, "ended": STOPPED, "changed": True}
ARRIVED = {
    "changed": True,
    "failed": False,
    "msg": None,
    "off": {"from": STOPPED, "to": UP},
    "timeline": [STEP, {**STEP, "what": "boot", "began": STOPPED, "ended": UP}],
    "migration": {
        "server": "web01",
        "server_id": "id1",
        "server_name": "web01",
        "name": "web01-new",
        "new_server_id": "id2",
        "phase": "complete",
        "addresses": ["10.0.0.7"],
        "disks": [{"id": "id1", "index": 0, "size": 5}],
        "notices": ["Its tags are lost."],
    },
}
FAILED = {"changed": False, "failed": True, "msg": "No.", "migration": None, "resource": "id3"}


def reported(*outcomes, servers=("web01", "web02"), exclude=()):
    led = {"servers": [{"server": name} for name in servers], "exclude": list(exclude)}
    return report({"outcomes": list(outcomes)}, led, "saturday", "complete")


def test_a_server_that_has_arrived():
    found = reported(ARRIVED)
    assert (found["run"], found["state"], found["began"], found["ended"]) == ("saturday", "complete", BEGAN, UP)
    (one,) = found["servers"]
    assert one["off"] == {"from": STOPPED, "to": UP, "seconds": 70}
    assert (one["server"], one["new_server"], one["new_server_id"]) == ("web01", "web01-new", "id2")
    assert one["disks"][0]["source_id"] == "id1"
    assert one["notices"][0]["sentence"] == "Its tags are lost."


@pytest.mark.parametrize(
    "proven, hash_value, verified",
    [(True, "c0ffee", True), (True, None, False), (False, "c0ffee", False), (None, "c0ffee", False)],
)
def test_a_disk_is_verified_by_its_hash_once_its_server_is_proven(proven, hash_value, verified):
    migration = {**ARRIVED["migration"], "verified": proven, "disks": [{"id": "id1", "hash_value": hash_value}]}
    (one,) = reported({**ARRIVED, "migration": migration})["servers"]
    assert one["disks"][0]["verified"] is verified
    assert f"{int(verified)} verified by hash" in str(page(reported({**ARRIVED, "migration": migration})))


COPY = {**STEP, "what": "copy", "disk": 1, "began": STOPPED, "ended": UP}


@pytest.mark.parametrize(
    ("steps", "seconds"),
    [
        ([], None),
        ([COPY], 70),
        ([{**COPY, "began": BEGAN, "ended": STOPPED}, COPY], 70),  # of two tries the last one is what is there
        ([{**COPY, "disk": 0}, {**COPY, "what": "image"}, {**COPY, "changed": False}], None),
        ([{**COPY, "ended": None, "changed": None}], None),
        ([{**COPY, "ended": STOPPED}], None),
    ],
)
def test_a_disk_has_the_seconds_of_its_copy(steps, seconds):
    migration = {**ARRIVED["migration"], "disks": [{"id": "id1", "index": 1}]}
    (one,) = reported({**ARRIVED, "migration": migration, "timeline": steps})["servers"]
    assert one["disks"][0]["seconds"] == seconds


def test_the_page_tells_how_fast_a_disk_was_copied_and_as_what():
    disk = {"id": "id1", "index": 1, "gib": 20, "size": 7 * 2**30, "disk_format": "qcow2"}
    migration = {**ARRIVED["migration"], "disks": [disk]}
    (way,) = page(reported({**ARRIVED, "migration": migration, "timeline": [COPY]}))["servers"][0]["ways"]
    assert (way["title"], way["link"]["label"]) == ("Disk 1, 20 GiB", "7.0 GiB in 1 min 10 s")
    assert {one["name"]: one["value"] for one in way["facts"]} == {"Format": "qcow2", "Rate": "102 MiB/s"}


def test_what_earlier_tasks_have_done_for_a_server_is_in_the_report_of_the_last_one():
    stopped = {**ARRIVED, "off": {"from": STOPPED, "to": None}, "timeline": [STEP]}
    looked = {**STEP, "what": "stop", "began": STOPPED, "ended": STOPPED, "changed": False}
    boot = {**STEP, "what": "boot", "began": STOPPED, "ended": UP}
    last = {**ARRIVED, "off": None, "changed": False, "timeline": [looked, boot]}
    last["migration"] = {**ARRIVED["migration"], "notices": []}
    led = {"servers": [{"server": "web01"}], "exclude": []}
    other = {**stopped, "migration": {**ARRIVED["migration"], "server_id": "another"}}
    earlier = [{"outcomes": [other, stopped]}, {"msg": "It was not reached."}, {"outcomes": [FAILED]}]
    (one,) = report({"outcomes": [last]}, led, "saturday", "complete", earlier)["servers"]
    assert one["off"] == {"from": STOPPED, "to": UP, "seconds": 70}
    assert one["timeline"] == [STEP, looked, boot]
    assert one["changed"] and [notice["sentence"] for notice in one["notices"]] == ["Its tags are lost."]


def test_one_that_has_failed_has_the_name_by_which_it_was_given():
    one = reported(ARRIVED, FAILED)["servers"][1]
    assert (one["server"], one["failed"], one["msg"], one["off"]) == ("web02", True, "No.", None)


def test_what_it_was_refused_for_is_on_the_page_by_its_code():
    found = {
        "code": "source_locked",
        "severity": "blocks",
        "object": "server 'web02' (id3)",
        "sentence": "It is locked by somebody else; unlock it, then run again.",
        "remedy": "Unlock it, then run again.",
        "stops": True,
    }
    told = reported(ARRIVED, {**FAILED, "msg": found["sentence"], "findings": [found]})
    assert told["servers"][1]["problems"] == [found] and told["servers"][0]["problems"] == []
    assert page(told)["servers"][1]["reason"] == "", "it is told beside its code"
    (group,) = page(told)["problems"]
    assert (group["severity"], group["code"]) == ("blocks", "source_locked")
    assert group["entries"][0]["sentence"] == found["sentence"]
    assert group["entries"][0]["of"] == [{"anchor": "server-2", "name": "web02", "object": found["object"]}]


def test_of_patterns_it_has_its_id():
    assert reported(FAILED, servers=["", "web02"])["servers"][0]["server"] == "id3"
    assert reported(FAILED, exclude=["x"])["servers"][0]["server"] == "id3"


def test_one_that_is_off_still_has_no_seconds():
    assert reported({**ARRIVED, "off": {"from": STOPPED, "to": None}})["servers"][0]["off"]["seconds"] is None
    assert reported({**ARRIVED, "off": None})["servers"][0]["off"] is None


def test_a_call_that_has_failed_as_a_whole_has_no_servers():
    assert report({"msg": "The password is wrong."}, {}, "saturday", "complete")["servers"] == []


def test_the_page_can_be_made_of_it():
    assert "1 of 2" in page(reported(ARRIVED, FAILED))["headline"]


def test_the_artifact_of_a_server_is_what_is_worth_its_place():
    found = artifacts(
        reported({**ARRIVED, "migration": {**ARRIVED["migration"], "server_id": "0-1-2"}}, FAILED), "moves"
    )
    assert list(found) == ["moves_0_1_2"], "a server without an ID has none"
    assert set(found["moves_0_1_2"]) == {
        *("server", "server_id", "new_server", "new_server_id", "phase", "changed", "failed", "msg", "off", "addresses")
    }


def test_a_report_of_somebody_else_may_lack_anything():
    assert artifacts({}, "x") == artifacts({"servers": None}, "x") == {}
    assert artifacts({"servers": [{"server_id": "1"}, {"server": "web01"}]}, "x") == {"x_1": {"server_id": "1"}}
