# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries have made, and what of it is wrong or stale."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.server_rows import (
    MARKS,
    NAME,
    copy,
    item,
    look,
    moved,
    off,
    problem,
    seen,
    server,
    snapshot,
    stale,
)

SINCE = {"s1": ["the server was started at 10:00, and the snapshot is of 9:00"]}


def test_a_complete_server_needs_nothing_and_nothing_stands_in_its_way():
    at = seen(
        server(status="ERROR", attached_volumes=["v1"]),
        snapshots=[snapshot()],
        copies=[copy()],
        place=None,
        made=[moved(metadata={**MARKS, "osnap_complete": "true"})],
    )
    result = look(at=at)
    (plan,) = result["plans"]
    assert not result["problems"] and plan["complete"] and plan["steps"] == [] and plan["server_restore"] is None
    assert plan["summary"]["state"] == "migrated"


def test_a_complete_server_stays_so_when_its_images_are_gone():
    (plan,) = look(at=seen(made=[moved(metadata={**MARKS, "osnap_complete": "true"})], place=None))["plans"]
    assert plan["complete"] and plan["summary"]["state"] == "migrated" and plan["summary"]["image_id"] is None


def test_a_summary_is_the_same_before_and_after_the_last_mark_and_when_the_snapshot_is_gone():
    source, marks = off(), {**copy()["properties"], "osnap_consistency": "off"}
    copied = copy(properties=marks)
    before, after = (
        look(at=seen(source, snapshots=[snapshot()], copies=[copied], made=[moved(metadata=metadata)]))["plans"][0][
            "summary"
        ]
        for metadata in (MARKS, {**MARKS, "osnap_complete": "true"})
    )
    assert before == after and before["state"] == "migrated"
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    assert look(at=seen(source, copies=[copied], made=[made]))["plans"][0]["summary"] == before


def test_an_incomplete_server_is_gone_on_with_under_the_name_it_has():
    (plan,) = look(at=seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved(name="renamed")], place=None))[
        "plans"
    ]
    assert plan["server_restore"]["id"] == "n1" and plan["server_restore"]["name"] == "renamed"
    assert plan["server_restore"]["flavor"] is None
    assert plan["steps"] == ["compare both images and mark the new server as complete"]


@pytest.mark.parametrize(
    "given, words",
    [
        ({"snapshots": [snapshot(status="killed")]}, "is killed; remove it"),
        ({"snapshots": [snapshot(), snapshot(id="other")]}, "2 snapshot images in cloud 'source'"),
        ({"copies": [copy()]}, "is a copy of a snapshot that is gone"),
        (
            {
                "snapshots": [snapshot()],
                "copies": [copy()],
                "made": [moved(status="ERROR", fault={"message": "No valid host."})],
            },
            "ERROR: No valid host; remove it",
        ),
        (
            {"snapshots": [snapshot()], "made": [moved()]},
            "was booted from the image copy, which is no finished copy any more",
        ),
        (
            {"snapshots": [snapshot()], "copies": [copy()], "made": [moved(), moved(id="n2")]},
            "2 servers in cloud 'target'",
        ),
    ],
)
def test_leftovers_that_cannot_be_gone_on_from(given, words):
    found = [text for text in look(at=seen(off(), **given))["problems"] if words in text]
    assert len(found) == 1


@pytest.mark.parametrize(
    "given, words",
    [
        ({"is_hidden": True}, "is a finished copy, and it is hidden from lists; show it, or remove it."),
        ({"name": "mine"}, f"The image 'mine' (copy) in cloud 'target' is a finished copy, and its name was '{NAME}'"),
        ({"status": "deactivated"}, "is a finished copy in status deactivated; make it active again, or remove it."),
    ],
)
@pytest.mark.parametrize("made", [[], [moved()]])
def test_what_an_operator_has_done_to_a_finished_copy_is_told_with_how_to_undo_it(given, words, made):
    """Test copies as an operator leaves them. Verify that nobody is told to remove the server that lives on one."""
    at = seen(off(), snapshots=[snapshot()], copies=[copy(**given)], made=made)
    assert words in problem(at=at)
    complete = [moved(metadata={**MARKS, "osnap_complete": "true"})]
    at = seen(off(), snapshots=[snapshot()], copies=[copy(**given)], made=complete, place=None)
    assert not look(at=at)["problems"], "what has arrived is left alone"


def test_an_unfinished_copy_that_is_hidden_is_made_anew_and_no_problem():
    half = copy(is_hidden=True, properties={**MARKS, "osnap_source": "snap"})
    assert not look(at=seen(off(), snapshots=[snapshot()], copies=[half]))["problems"]


@pytest.mark.parametrize("status", ["SHUTOFF", "PAUSED", "VERIFY_RESIZE"])
def test_a_new_server_that_is_not_on_is_told_before_anything_is_changed(status):
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved(status=status)])
    assert f"is in status {status}, and it has arrived only when it is ACTIVE; bring it there" in problem(at=at)


def test_a_server_on_a_copy_whose_snapshot_is_gone_is_not_advised_to_lose_the_copy_alone():
    at = seen(off(), copies=[copy()], made=[moved()])
    found = problem(at=at)
    assert "what its source has written since can't be told. Remove both to move the server anew" in found


def test_an_image_that_only_has_our_name_is_neither_taken_nor_removed():
    """Test an image that somebody made of the server under the run's name, fresh and when it would be stale."""
    for since in ({}, SINCE):
        at = seen(off(), snapshots=[snapshot(properties={})], since=since)
        assert "is of this server, and not of the run 'migration', which needs its name" in problem(at=at)
        (plan,) = look(at=at)["plans"]
        assert plan["stale"] == stale() and plan["found"]["snapshot"] is None


@pytest.mark.parametrize("kind, cloud", [("snapshots", "'source'"), ("copies", "'target'")])
def test_a_stale_image_that_is_protected_is_told_before_anything_is_changed(kind, cloud):
    rows = {"snapshots": [snapshot()], "copies": [copy()]}
    rows[kind] = [{**rows[kind][0], "is_protected": True}]
    found = problem(at=seen(off(), since=SINCE, **rows))
    assert f"in cloud {cloud} is to be removed" in found and "it is protected; unprotect it" in found


def test_a_server_that_is_to_move_to_where_it_is():
    found = look(item(name="other"), at=seen(made=[server()]))["problems"]
    assert any("'source' and 'target' are one project of one cloud" in one for one in found)


def test_a_snapshot_of_a_server_that_somebody_has_started_between_stop_and_snapshot_is_no_proof():
    parts = {"snapshots": [snapshot(consistency="crash")], "copies": [copy()], "made": [moved()]}
    for stop, verified in ((True, False), (False, True)):
        (plan,) = look(at=seen(server(), **parts), stop=stop)["plans"]
        assert plan["verified"] == verified
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    (plan,) = look(at=seen(server(), **{**parts, "made": [made]}, place=None))["plans"]
    assert plan["verified"], "what has arrived is left alone"


# -- what is stale


@pytest.mark.parametrize(
    "status, since, words",
    [
        ("SHUTOFF", SINCE, "the server was started at 10:00"),
        ("ACTIVE", {}, "the server is running, and was off for its snapshot of then"),
    ],
)
def test_a_snapshot_is_stale_when_its_server_has_changed_since(status, since, words):
    """Test a resume. Verify that snapshot and copies are to go, that all is made anew, and that this is said."""
    at = seen(server(status=status), snapshots=[snapshot()], copies=[copy(), copy(id="half")], since=since)
    result = look(at=at)
    (plan,) = result["plans"]
    assert not result["problems"] and words in result["notices"][0] and "anew" in result["notices"][0]
    assert plan["stale"] == stale(snapshots=["snap"], copies=["copy", "half"])
    assert plan["found"] == dict.fromkeys(("snapshot", "image", "server", "rehearsal"))
    assert plan["steps"][0].startswith("remove the stale image") and "snapshot it" in " ".join(plan["steps"])


def test_lost_writes_that_are_accepted_go_on_with_the_old_snapshot():
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[moved()], since=SINCE)
    result = look(at=at, accept=["lost_writes"])
    (plan,) = result["plans"]
    assert not result["problems"] and "what it has written since stays behind" in result["notices"][0]
    assert plan["verified"] and plan["stale"] == stale()


@pytest.mark.parametrize("made", [moved(), moved(metadata={})])
def test_a_stale_snapshot_that_a_server_lives_on_stays(made):
    """Test a stale copy with a server booted from it, ours or another. Verify that it is an error and nothing goes."""
    at = seen(off(), snapshots=[snapshot()], copies=[copy()], made=[made], since=SINCE)
    result = look(at=at)
    told = [one for one in result["problems"] if "has changed since its snapshot" in one]
    assert "remove it to move the server anew, or set accept to lost_writes" in told[0] and "(n1)" in told[0]
    assert result["plans"][0]["stale"] == stale() and not result["plans"][0]["verified"]


def test_what_has_arrived_is_not_stale_whatever_its_source_does():
    made = moved(metadata={**MARKS, "osnap_complete": "true"})
    at = seen(snapshots=[snapshot()], copies=[copy()], made=[made], since=SINCE, place=None)
    result = look(at=at)
    assert (result["problems"], result["notices"]) == ([], []) and result["plans"][0]["complete"]


def test_a_snapshot_of_the_running_server_is_none_of_the_stopped_one():
    """Test the snapshot of a rehearsal. Verify that a cutover takes a new one, and that a rehearsal goes on with it."""
    at = seen(snapshots=[snapshot(consistency="crash")], copies=[copy()])
    result = look(at=at, accept=["lost_writes"])
    assert (
        not result["problems"]
        and "it was on for its snapshot, and this time it shall be stopped" in result["notices"][0]
    )
    assert result["plans"][0]["stale"] == stale(snapshots=["snap"], copies=["copy"])
    result = look(at=at, stop=False)
    assert not result["problems"] and result["plans"][0]["stale"] == stale()
