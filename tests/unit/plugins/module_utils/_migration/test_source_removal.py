# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the source of a migration may be removed, and what of it goes and what stays."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import end_marks, source_removal, undo
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


@pytest.mark.parametrize(
    ("there", "judged", "words"),
    [
        (remains(successor=False), None, "no new server that is complete"),
        (remains(successor=new(metadata={"osnap_run": "one"})), None, "no new server that is complete"),
        (
            remains(successor=new(status="SHUTOFF")),
            GOOD,
            "the new server 'web' .n1. is in status SHUTOFF and not ACTIVE",
        ),
        (remains(source(status="ACTIVE")), GOOD, "it is in status ACTIVE, and must be off"),
        (remains(source(task_state="image_uploading")), GOOD, "in status SHUTOFF and busy"),
        (remains(locked=False), GOOD, "somebody else has locked it"),
        (remains(), {**GOOD, "unverified": "the image i and its copy c differ"}, "the image i and its copy c differ"),
        (remains(), {**GOOD, "stale": {"snapshots": [{}]}, "unverified": "it was started"}, "changed since.*started"),
        (
            remains(),
            {**GOOD, "findings": [{"code": "lost_writes", "stops": True}], "unverified": "it was started"},
            "changed since its snapshot: it was started",
        ),
    ],
)
def test_what_is_not_proven_is_not_removed(there, judged, words):
    with pytest.raises(OsnapError, match=f"^The server 'web' .s1. is not removed: .*{words}"):
        added(there, judged=judged)


def test_of_two_new_servers_nobody_knows_which_is_meant():
    there = remains()
    there.made["server"].append(new(id="n2"))
    with pytest.raises(
        OsnapError, match="beside the new server 'web' .n1. there is the server 'web' .n2. with the same"
    ):
        added(there)
    there.made["server"][1] = new("rehearsal", id="n2")
    assert added(there).source


@pytest.mark.parametrize("name", ["start", "stop", "rebuild", "attach_volume", "resize", "unpause"])
def test_a_source_that_was_on_later_is_not_removed(name):
    for step, judged in (("boot", GOOD), ("finalized", None)):
        there, has = remains(successor=new(step)), Belongings(actions=[action(name, AFTER), action("stop", BEFORE)])
        with pytest.raises(OsnapError, match=f"after the new server was made .{name} of 2026-11-24T10:00:00Z"):
            added(there, has, judged)


@pytest.mark.parametrize("name", ["lock", "unlock", "createImage", "detach_volume"])
def test_what_writes_nothing_to_it_does_not_matter(name):
    has = Belongings(actions=[action(name, AFTER), action("stop", BEFORE)])
    assert added(remains(), has).source


def test_the_marks_of_a_locked_source_go_with_it():
    there = remains()
    kept = undo.Part("copy", {"id": "c1", "name": "c"}, "it is protected")
    todo = added(there, undoing=Undo(retained=[undo.Part("mark", there.source, end_marks.LOCKED), kept]))
    assert todo.retained == [kept] and not todo.source_unset
