# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes and what stays when a migration is rolled back or finalized."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import undo
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Remains

RUN = {"osnap_run": "one", "osnap_server": "s1"}


def source(**given):
    metadata = {"tier": "front", "osnap_run": "one", "osnap_step": "stop", "osnap_power_before": "ACTIVE"}
    return {
        "id": "s1",
        "name": "web",
        "status": "SHUTOFF",
        "task_state": None,
        "is_locked": True,
        "metadata": metadata,
        **given,
    }


def new(id="n1", step="boot", **given):
    marks = {**RUN, "osnap_step": step, "osnap_source": "c1"}
    return {"id": id, "name": "web", "is_locked": False, "attached_volumes": ["v1"], "metadata": marks, **given}


def complete(**given):
    row = new(**given)
    return {**row, "metadata": {**row["metadata"], "osnap_complete": "true"}}


def volume(id="v1", step="volume", server="n1", **given):
    attachments = [{"server_id": server}] if server else []
    return {"id": id, "name": "data", "attachments": attachments, "metadata": {**RUN, "osnap_step": step}, **given}


def port(id="p1", step="port", device="n1"):
    return {"id": id, "name": "port", "device_id": device, "step": step}


def image(id, **properties):
    return {"id": id, "name": "copy", "is_protected": False, "properties": {**RUN, **properties}}


def copy(id="c1", **properties):
    return image(id, osnap_step="copy", osnap_complete="true", **properties)


def snapshot(id="vs1", **metadata):
    return {"id": id, "name": "snapshot", "metadata": {**RUN, **metadata}}


def remains(row=None, *, locked=True, **made):
    found = Remains("one", "s1", source() if row is None else row, locked)
    found.made.update(made)
    return found


def moved(**given):
    return remains(
        **{
            "server": [complete()],
            "volume": [volume()],
            "port": [port()],
            "copy": [copy()],
            "temporary_volume": [{"id": "t1", "name": "temporary", "metadata": {}}],
            "image": [image("i1")],
            "volume_snapshot": [snapshot()],
            **given,
        }
    )


def ids(parts):
    return [part.row["id"] for part in parts]


# -- rolled back


def test_what_was_made_last_goes_first_and_verified_copies_stay_with_what_proves_them():
    found = undo.plan(moved(), "rolled_back", True)
    assert ids(found.removed) == ["n1", "v1", "p1", "t1"]
    assert not found.retained


def test_copies_go_with_what_proves_them_if_they_are_not_to_be_kept():
    found = undo.plan(moved(snapshot=[image("si1")]), "rolled_back", False)
    assert ids(found.removed) == ["n1", "v1", "p1", "c1", "t1", "i1", "si1", "vs1"]


def test_an_unfinished_copy_goes_and_with_the_last_one_its_snapshot():
    unfinished = image("c1", osnap_step="copy")
    assert ids(undo.plan(remains(copy=[unfinished], volume_snapshot=[snapshot()]), "rolled_back", True).removed) == [
        "c1",
        "vs1",
    ]
    both = remains(copy=[unfinished, copy("c2")], volume_snapshot=[snapshot()])
    assert ids(undo.plan(both, "rolled_back", True).removed) == ["c1"]


def test_the_source_gets_back_what_the_run_has_taken():
    found = undo.plan(moved(), "rolled_back", True)
    assert found.unlock and found.start
    assert found.source_set == {"osnap_run": "one", "osnap_step": "rolled_back"}
    assert found.source_unset == ["osnap_power_before"]


def test_a_server_that_its_owner_has_stopped_stays_off():
    row = source(metadata={"osnap_run": "one", "osnap_step": "leave", "osnap_power_before": "ACTIVE"})
    found = undo.plan(remains(row), "rolled_back", True)
    assert not found.start
    assert not found.source_unset


def test_the_lock_of_somebody_else_stays_and_keeps_the_server_from_being_started():
    with pytest.raises(OsnapError, match="locked by somebody else"):
        undo.plan(remains(locked=False), "rolled_back", True)
    off = source(metadata={"osnap_run": "one", "osnap_step": "leave"})
    found = undo.plan(remains(off, locked=False), "rolled_back", True)
    assert not found.unlock
    assert not found.source_set  # it takes no metadata


def test_one_that_was_started_before_the_rollback_was_killed_lacks_its_marks_alone():
    found = undo.plan(remains(source(status="ACTIVE", is_locked=False), locked=False), "rolled_back", True)
    assert [step.values for step in found.steps()] == [{"what": "source"}]


def test_a_server_that_can_not_be_started_is_told_before_anything_goes():
    with pytest.raises(OsnapError, match="in status ERROR and can't be started"):
        undo.plan(remains(source(status="ERROR")), "rolled_back", True)


def test_a_rehearsal_is_rolled_back_without_a_write_to_the_source():
    row = source(metadata={}, status="ACTIVE", is_locked=False)
    there = remains(
        row,
        locked=False,
        server=[new("r1", "rehearsal", attached_volumes=["v2"])],
        volume=[volume("v2", "rehearsal_volume", "r1")],
        port=[port("p2", "rehearsal_port", "r1")],
        copy=[copy()],
    )
    found = undo.plan(there, "rolled_back", True)
    assert ids(found.removed) == ["r1", "v2", "p2"]
    assert not found.source_set


def test_nothing_is_left_to_do_the_second_time():
    row = source(status="ACTIVE", is_locked=False, metadata={"osnap_run": "one", "osnap_step": "rolled_back"})
    assert undo.plan(remains(row, locked=False, copy=[copy()]), "rolled_back", True).steps() == ()


def test_there_is_no_way_back_from_a_finalized_one():
    done = complete(step="finalized")
    with pytest.raises(OsnapError, match="end of a finalized migration"):
        undo.plan(remains(server=[done]), "rolled_back", True)


def test_what_is_left_of_a_server_that_has_gone_is_not_rolled_back():
    there = moved()
    there.source = None
    with pytest.raises(OsnapError, match="not in the source any more"):
        undo.plan(there, "rolled_back", True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"server": [complete(attached_volumes=["v1", "theirs"])]}, "has the volume theirs, which this run has not"),
        ({"server": [complete(is_locked=True)]}, "the server 'web' (n1) at the destination is locked by somebody"),
        ({"volume": [volume(server="other")]}, "attached to other, which is not this run's"),
        (
            {"floating_ip": [port("f1", "floating_ip", "other")]},
            "the floating_ip 'port' (f1) at the",
        ),
        ({"port": [port(device="other")]}, "in use by other, which is not this run's"),
    ],
)
def test_what_somebody_else_has_made_of_it_is_not_taken_from_them(given, says):
    with pytest.raises(OsnapError) as error:
        undo.plan(moved(**given), "rolled_back", True)
    assert says in str(error.value)


def test_a_volume_that_has_a_snapshot_is_not_removed():
    there = moved()
    there.snapshots_of = {"v1": [{"id": "x", "name": "nightly"}]}
    with pytest.raises(OsnapError, match="has the snapshot 'nightly'"):
        undo.plan(there, "rolled_back", True)
    undo.plan(there, "finalized", True)  # there the volume stays


# -- finalized


def test_all_that_was_only_needed_on_the_way_goes():
    found = undo.plan(moved(snapshot=[image("si1")]), "finalized", True)
    assert ids(found.removed) == ["c1", "t1", "i1", "si1", "vs1"]
    assert ids(found.unmarked) == ["v1", "p1"]
    assert found.source_unset == ["osnap_power_before", "osnap_step", "osnap_run"]
    assert found.unlock and found.relock and found.ending == {"osnap_step": "relocking"}
    assert (found.server_set, found.server_unset) == ({"osnap_step": "finalized"}, ["osnap_source"])
    assert not (found.start or found.source_set or found.retained)


def test_the_marks_of_a_source_that_somebody_else_has_locked_stay():
    found = undo.plan(remains(locked=False, server=[complete()]), "finalized", True)
    (told,) = [part.shown() for part in found.retained]
    assert (told["what"], told["id"], told["cloud"]) == ("mark", "s1", "source")
    assert told["reason"].startswith("somebody else has locked it")
    assert not (found.source_unset or found.unlock or found.relock or found.ending)
    assert found.server_set == {"osnap_step": "finalized"}


@pytest.mark.parametrize(
    ("row", "unset", "locks"),
    [
        ({}, ["osnap_power_before", "osnap_step", "osnap_run"], (True, True)),
        ({"is_locked": False}, ["osnap_power_before", "osnap_step", "osnap_run"], (False, True)),
        (
            {"is_locked": False, "metadata": {"osnap_run": "one", "osnap_step": "stop"}},
            ["osnap_step", "osnap_run"],
            (False, True),
        ),
        ({"is_locked": False, "metadata": {"osnap_run": "one"}}, ["osnap_run"], (False, True)),
        ({"is_locked": False, "metadata": {}}, [], (False, True)),
        ({"metadata": {}}, [], (False, False)),
        ({"is_locked": False, "metadata": {}, "status": "ACTIVE"}, [], (False, False)),
    ],
    ids=["locked", "unlocked", "power", "step", "run", "locked again", "started by its owner"],
)
def test_one_that_was_killed_between_the_locks_is_gone_on_with(row, unset, locks):
    there = remains(source(**row), locked=row.get("is_locked", True), server=[complete(step="relocking")])
    found = undo.plan(there, "finalized", True)
    assert (found.source_unset, (found.unlock, found.relock)) == (unset, locks)
    assert (found.ending, found.server_set) == ({}, {"osnap_step": "finalized"})


def test_what_an_earlier_release_has_left_on_a_locked_source_goes():
    found = undo.plan(remains(server=[complete(step="finalized")]), "finalized", True)
    assert found.source_unset and found.relock and found.ending == {"osnap_step": "relocking"}
    assert found.server_set == {"osnap_step": "finalized"}


@pytest.mark.parametrize("step", ["ending", "relocking", "proven_ending", "finalized"])
def test_there_is_no_way_back_once_the_marks_are_on_their_way_out(step):
    with pytest.raises(OsnapError, match="is the end of a finalized migration"):
        undo.plan(moved(server=[complete(step=step)]), "rolled_back", True)


def test_an_administrator_takes_the_marks_of_a_locked_source():
    there = moved()
    there.is_admin = True
    found = undo.plan(there, "finalized", True)
    assert found.source_unset and not (found.unlock or found.relock or found.retained)
    assert found.ending == {"osnap_step": "ending"}


def test_the_marks_of_a_source_that_somebody_has_unlocked_go():
    found = undo.plan(remains(source(is_locked=False), locked=False, server=[complete()]), "finalized", True)
    assert found.source_unset == ["osnap_power_before", "osnap_step", "osnap_run"] and not found.relock


def test_of_a_rehearsal_everything_goes_and_of_the_server_that_was_moved_after_it_nothing():
    there = moved(
        server=[complete(), new("r1", "rehearsal", attached_volumes=["v2"])],
        volume=[volume(), volume("v2", "rehearsal_volume", "r1")],
        port=[port(), port("p2", "rehearsal_port", "r1")],
        copy=[],
        image=[],
        temporary_volume=[],
        volume_snapshot=[],
    )
    found = undo.plan(there, "finalized", True)
    assert ids(found.removed) == ["r1", "v2", "p2"]
    assert ids(found.unmarked) == ["v1", "p1"]


@pytest.mark.parametrize(
    "there",
    [
        remains(server=[new()], volume=[volume()]),
        remains(volume=[volume(server=None)]),
        remains(copy=[copy()]),
        remains(source(metadata={}), copy=[copy()]),
        remains(source(metadata={"osnap_run": "one", "osnap_step": "leave"}), locked=False),
    ],
    ids=["not complete", "volumes", "stopped", "locked", "noted"],
)
def test_a_cutover_that_has_begun_is_not_finalized(there):
    with pytest.raises(OsnapError, match="bring it to complete, or roll it back"):
        undo.plan(there, "finalized", True)


def test_copies_of_a_server_that_runs_on_are_finalized():
    row = source(metadata={}, status="ACTIVE", is_locked=False)
    found = undo.plan(remains(row, locked=False, copy=[copy()], volume_snapshot=[snapshot()]), "finalized", True)
    assert ids(found.removed) == ["c1", "vs1"]


def test_one_that_was_rolled_back_is_finalized_and_its_mark_goes():
    row = source(metadata={"osnap_run": "one", "osnap_step": "rolled_back"}, is_locked=False)
    found = undo.plan(remains(row, locked=False, copy=[copy()]), "finalized", True)
    assert ids(found.removed) == ["c1"]
    assert found.source_unset == ["osnap_step", "osnap_run"] and not found.ending


def test_it_is_finalized_once():
    done = complete(step="finalized")
    del done["metadata"]["osnap_source"]
    assert undo.plan(remains(source(metadata={}), server=[done]), "finalized", True).steps() == ()


def test_one_whose_source_has_gone_is_finalized():
    there = moved()
    there.source = None
    assert ids(undo.plan(there, "finalized", True).removed) == ["c1", "t1", "i1", "vs1"]


# -- what stays


def test_what_a_back_end_may_keep_is_doubted_unless_what_was_made_of_it_goes_as_well():
    there = moved()
    there.made_of = {"c1": {"v1": "the volume 'data' (v1)"}}
    assert list(undo.doubts(there, undo.plan(there, "finalized", True))) == [
        "The copy 'copy' (c1) at the destination may stay, for the volume 'data' (v1) was made of it, and some back"
        " ends keep it for that."
    ]
    assert not list(undo.doubts(there, undo.plan(there, "rolled_back", False)))


def test_what_somebody_keeps_stays():
    there = moved(
        copy=[{**copy("c1"), "is_protected": True}, copy("c2", osnap_hold="for ever")], volume_snapshot=[snapshot()]
    )
    found = undo.plan(there, "finalized", True)
    assert ids(found.retained) == ["c1", "c2"]
    assert [part.why for part in found.retained[:2]] == ["it is protected from deletion", "it has osnap_hold: for ever"]


def test_what_could_not_go_is_tried_again_only_when_nothing_is_made_of_it_any_more():
    there = moved(copy=[{**copy(), "properties": {**RUN, "osnap_step": "retained", "osnap_complete": "true"}}])
    there.made_of = {"c1": {"v1": "the volume 'data' (v1)"}}
    found = undo.plan(there, "finalized", True)
    assert [part.shown() for part in found.retained if part.kind != "mark"] == [
        {
            "what": "copy",
            "id": "c1",
            "name": "copy",
            "cloud": "destination",
            "reason": "the volume 'data' (v1) was made of it",
        }
    ]
    there.made_of = {}
    assert "c1" in ids(undo.plan(there, "finalized", True).removed)


def test_a_copy_that_stays_keeps_what_proves_it_when_rolled_back():
    there = moved(copy=[{**copy(), "is_protected": True}])
    found = undo.plan(there, "rolled_back", False)
    assert ids(found.removed) == ["n1", "v1", "p1", "t1"]
    assert ids(found.retained) == ["c1"]


# -- what was shared and handed over


def test_a_shared_image_is_the_copy_that_stays_with_its_snapshot_and_goes_like_one():
    parts = {"image": [{**image("i1"), "is_shared": True}], "volume_snapshot": [snapshot()]}
    assert ids(undo.plan(remains(**parts), "rolled_back", True).removed) == []
    assert ids(undo.plan(remains(**parts), "rolled_back", False).removed) == ["i1", "vs1"]
    mine = {**parts, "image": [{**image("i1"), "is_shared": False}]}
    assert ids(undo.plan(remains(**mine), "rolled_back", True).removed) == ["i1", "vs1"]


def test_a_shared_image_that_has_to_stay_at_the_end_is_shared_no_more():
    kept = {**image("i1"), "is_shared": True, "is_protected": True}
    found = undo.plan(moved(copy=[], image=[kept, image("i2")]), "finalized", True)
    assert "i1" in ids(found.retained) and ids(found.unshared) == ["i1"] and "i2" in ids(found.removed)
    assert [step.values["id"] for step in found.steps() if step.values["what"] == "membership"] == ["i1"]
    later = undo.plan(remains(image=[{**kept, "is_shared": False}], server=[complete()]), "finalized", True)
    assert "i1" in ids(later.retained) and not later.unshared


@pytest.mark.parametrize("state", ["rolled_back", "finalized"])
def test_a_volume_that_was_not_yet_handed_over_goes_before_its_snapshot(state):
    left = {"moving_volume": [volume("m1", server=None)], "volume_snapshot": [snapshot()]}
    found = undo.plan(remains(server=[] if state == "rolled_back" else [complete()], **left), state, True)
    assert [part for part in ids(found.removed) if part in ("m1", "vs1")] == ["m1", "vs1"]
    assert [part.cloud for part in found.removed if part.kind == "moving_volume"] == ["source"]


def test_a_snapshot_of_which_the_other_project_has_a_volume_may_stay():
    found = moved(copy=[], image=[])
    found.made_of = {"vs1": {"v1": "the volume 'data' (v1)"}}
    assert list(undo.doubts(found, undo.plan(found, "finalized", True))) == [
        "The volume_snapshot 'snapshot' (vs1) at the source may stay, for the volume 'data' (v1) was made of it, and"
        " some back ends keep it for that."
    ]


@pytest.mark.parametrize("state, removed", [("rolled_back", ["n1", "ps", "v1", "p1", "t1"]), ("finalized", ["ps"])])
def test_what_a_killed_proof_has_left_goes_before_its_volume(state, removed):
    found = undo.plan(moved(proof=[snapshot("ps")]), state, True)
    assert ids(found.removed)[: len(removed)] == removed and "ps" not in ids(found.unmarked)
