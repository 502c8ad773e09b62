# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the source of a migration may be removed, and what of it goes and what stays."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import end_marks, source_removal, undo
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import ACCEPTABLE, CODES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import Refused
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_removal import Belongings
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Remains, Undo

ACTIVE = ("ACTIVE",)
MARKS = {"osnap_run": "one", "osnap_server": "s1", "osnap_complete": "true"}
GOOD = {"stale": {"snapshots": []}, "findings": [], "unverified": None}


def source(**given):
    return {"id": "s1", "name": "web", "status": "SHUTOFF", "task_state": None, "is_locked": True, **given}


def new(step="boot", **given):
    row = {"id": "n1", "name": "web", "status": "ACTIVE", "created_at": "2026-11-24T09:30:00Z"}
    return {**row, "is_locked": False, "attached_volumes": [], "metadata": {**MARKS, "osnap_step": step}, **given}


def remains(row=None, successor=None, locked=True):
    found = Remains("one", "s1", source() if row is None else row or None, locked)
    found.made["server"] = [successor] if successor else [new()] if successor is None else []
    return found


def action(name, at):
    return {"action": name, "request_id": name, "start_time": at, "finish_time": at}


BEFORE, AFTER = "2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"


def added(there, has=None, judged=..., statuses=ACTIVE, undoing=None):
    undoing = undoing or Undo()
    source_removal.add(undoing, there, has or Belongings(), GOOD if judged is ... else judged, statuses)
    return undoing


def test_the_source_goes_after_all_else_and_what_was_proven_is_noted_before():
    todo = added(remains(), undoing=Undo([undo.Part("copy", {"id": "c1", "name": "c"})], server_set={"a": "b"}))
    assert [(one.verb, one.values.get("what")) for one in todo.steps()] == [
        ("update", "server"),
        ("delete", "copy"),
        ("update", "server"),
        ("delete", "source"),
    ]
    assert todo.proven == {"osnap_step": "proven"}


@pytest.mark.parametrize(
    ("step", "noted"),
    [("proven", {"osnap_step": "proven_ending"}), ("proven_ending", {}), ("finalized", {})],
)
def test_that_marks_go_is_noted_beside_what_was_proven_and_the_source_is_not_locked_again(step, noted):
    undoing = Undo(
        unmarked=[undo.Part("port", {"id": "p1"})], ending={"osnap_step": "relocking"}, unlock=True, relock=True
    )
    todo = added(remains(successor=new(step)), judged=None, undoing=undoing)
    assert todo.ending == noted and not (todo.unlock or todo.relock)


@pytest.mark.parametrize("step", ["proven", "proven_ending", "finalized"])
def test_what_was_proven_before_is_not_proven_again(step):
    there = remains(successor=new(step))
    assert not source_removal.needs_proof(there)
    todo = added(there, judged=None)
    assert todo.proven == {} and [part.kind for part in todo.source] == ["source"]


def test_volumes_go_with_their_server_but_those_that_do_not_or_that_somebody_needs():
    has = Belongings(
        volumes=[{"id": id, "name": f"name of {id}"} for id in ("v1", "v2", "v3")],
        snapshots={"v3": [{"id": "s9", "name": "theirs"}], "v1": [{"id": "ours", "name": "ours"}]},
        leaving={"v1", "v3"},
        floating_ips=[{"id": "f1", "name": "1.2.3.4"}],
    )
    todo = added(remains(), has, undoing=Undo([undo.Part("volume_snapshot", {"id": "ours", "name": "ours"})]))
    assert [part.shown() for part in todo.source] == [
        {"what": "source", "id": "s1", "name": "web", "cloud": "source"},
        {"what": "source_volume", "id": "v1", "name": "name of v1", "cloud": "source"},
    ]
    assert [(part.kind, part.row["id"], part.why, part.cloud) for part in todo.retained] == [
        ("source_volume", "v2", "it does not go with its server", "source"),
        ("source_volume", "v3", "it has the snapshot 'theirs' (s9)", "source"),
        ("source_snapshot", "s9", "this run has not made it", "source"),
        ("source_floating_ip", "f1", "it is the project's", "source"),
    ]


def test_a_source_that_is_gone_leaves_nothing_to_do():
    todo = added(remains(row={}), judged=None, statuses=("SHUTOFF",))
    assert todo.steps() == ()


def test_one_that_is_on_its_way_out_goes_on():
    todo = added(remains(source(status="DELETED", is_locked=False), new("finalized"), locked=False), judged=None)
    assert [part.kind for part in todo.source] == ["source"]


def test_an_unlocked_one_goes_on_as_a_killed_run_has_left_it():
    todo = added(remains(source(is_locked=False), new("finalized"), locked=False), judged=None)
    assert [part.kind for part in todo.source] == ["source"]


def twins():
    there = remains()
    there.made["server"].append(new(id="n2"))
    return there


#: ``(code, what there is, its plan as though it had not arrived, words of the sentence)``.
REFUSALS = [
    ("not_arrived", remains(successor=False), None, "no new server that is complete"),
    ("not_arrived", remains(successor=new(metadata={"osnap_run": "one"})), None, "no new server that is complete"),
    ("made_twice", twins(), GOOD, "beside the new server 'web' .n1. there is the server 'web' .n2. with the same"),
    (
        "successor_status",
        remains(successor=new(status="SHUTOFF")),
        GOOD,
        "the new server 'web' .n1. is in status SHUTOFF and not ACTIVE",
    ),
    ("source_in_use", remains(source(status="ACTIVE")), GOOD, "it is in status ACTIVE, and must be off"),
    ("source_in_use", remains(source(task_state="image_uploading")), GOOD, "in status SHUTOFF and busy"),
    ("source_locked", remains(locked=False), GOOD, "somebody else has locked it"),
    (
        "unproven",
        remains(),
        {**GOOD, "unverified": "the image i and its copy c differ"},
        "image i and its copy c differ",
    ),
    (
        "source_changed",
        remains(),
        {**GOOD, "stale": {"snapshots": [{}]}, "unverified": "it was started"},
        "changed since.*started",
    ),
    (
        "source_changed",
        remains(),
        {**GOOD, "findings": [{"code": "lost_writes", "stops": True}], "unverified": "it was started"},
        "changed since its snapshot: it was started",
    ),
]


@pytest.mark.parametrize(("code", "there", "judged", "words"), REFUSALS)
def test_what_is_not_proven_is_not_removed(code, there, judged, words):
    with pytest.raises(Refused, match=f"^The server 'web' .s1. is not removed: .*{words}") as raised:
        added(there, judged=judged)
    (found,) = raised.value.as_result()["findings"]
    assert found["code"] == code and found["stops"] and found["severity"] == "blocks"
    assert found["object"] == "server 'web'" and found["remedy"] == CODES[code].remedy
    assert found["sentence"] == str(raised.value)


def test_each_reason_has_its_own_sentence_and_all_are_told_in_one():
    with pytest.raises(Refused) as raised:
        added(remains(source(status="ACTIVE"), new(status="ERROR")))
    found = raised.value.as_result()["findings"]
    assert [one["code"] for one in found] == ["successor_status", "source_in_use"]
    for one in found:
        clause = one["sentence"].removeprefix("The server 'web' (s1) is not removed: ")
        assert clause != one["sentence"] and clause.rstrip(".") in str(raised.value)


def test_nothing_that_keeps_a_source_may_be_accepted():
    assert not {code for code, *_rest in REFUSALS} & set(ACCEPTABLE)


def test_the_server_of_a_rehearsal_is_no_second_new_one():
    there = twins()
    there.made["server"][1] = new("rehearsal", id="n2")
    assert added(there).source


@pytest.mark.parametrize("name", ["start", "stop", "rebuild", "attach_volume", "resize", "unpause"])
def test_a_source_that_was_on_later_is_not_removed(name):
    for step, judged in (("boot", GOOD), ("finalized", None)):
        there, has = remains(successor=new(step)), Belongings(actions=[action(name, AFTER), action("stop", BEFORE)])
        with pytest.raises(Refused, match=f"after the new server was made .{name} of 2026-11-24T10:00:00Z") as raised:
            added(there, has, judged)
        assert [one["code"] for one in raised.value.fields["findings"]] == ["source_changed"]


@pytest.mark.parametrize("name", ["lock", "unlock", "createImage", "detach_volume"])
def test_what_writes_nothing_to_it_does_not_matter(name):
    has = Belongings(actions=[action(name, AFTER), action("stop", BEFORE)])
    assert added(remains(), has).source


def test_the_marks_of_a_locked_source_go_with_it():
    there = remains()
    kept = undo.Part("copy", {"id": "c1", "name": "c"}, "it is protected")
    todo = added(there, undoing=Undo(retained=[undo.Part("mark", there.source, end_marks.LOCKED), kept]))
    assert todo.retained == [kept] and not todo.source_unset
