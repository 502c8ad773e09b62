# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes and what stays when a migration is finalized, and which marks."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import finalization
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.remains_rows import (
    complete,
    copy,
    ids,
    image,
    moved,
    new,
    port,
    remains,
    snapshot,
    source,
    volume,
)


def test_all_that_was_only_needed_on_the_way_goes():
    found = finalization.plan(moved(snapshot=[image("si1")]))
    assert ids(found.removed) == ["c1", "t1", "i1", "si1", "vs1"]
    assert ids(found.unmarked) == ["v1", "p1"]
    assert found.source_unset == ["osnap_power_before", "osnap_step", "osnap_run"]
    assert found.unlock and found.relock and found.ending == {"osnap_step": "relocking"}
    assert (found.server_set, found.server_unset) == ({"osnap_step": "finalized"}, ["osnap_source"])
    assert not (found.start or found.source_set or found.retained)


def test_the_marks_of_a_source_that_somebody_else_has_locked_stay():
    found = finalization.plan(remains(locked=False, server=[complete()]))
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
    found = finalization.plan(there)
    assert (found.source_unset, (found.unlock, found.relock)) == (unset, locks)
    assert (found.ending, found.server_set) == ({}, {"osnap_step": "finalized"})


def test_what_an_earlier_release_has_left_on_a_locked_source_goes():
    found = finalization.plan(remains(server=[complete(step="finalized")]))
    assert found.source_unset and found.relock and found.ending == {"osnap_step": "relocking"}
    assert found.server_set == {"osnap_step": "finalized"}


def test_an_administrator_takes_the_marks_of_a_locked_source():
    there = moved()
    there.is_admin = True
    found = finalization.plan(there)
    assert found.source_unset and not (found.unlock or found.relock or found.retained)
    assert found.ending == {"osnap_step": "ending"}


def test_the_marks_of_a_source_that_somebody_has_unlocked_go():
    found = finalization.plan(remains(source(is_locked=False), locked=False, server=[complete()]))
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
    found = finalization.plan(there)
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
        finalization.plan(there)


def test_copies_of_a_server_that_runs_on_are_finalized():
    row = source(metadata={}, status="ACTIVE", is_locked=False)
    found = finalization.plan(remains(row, locked=False, copy=[copy()], volume_snapshot=[snapshot()]))
    assert ids(found.removed) == ["c1", "vs1"]


def test_one_that_was_rolled_back_is_finalized_and_its_mark_goes():
    row = source(metadata={"osnap_run": "one", "osnap_step": "rolled_back"}, is_locked=False)
    found = finalization.plan(remains(row, locked=False, copy=[copy()]))
    assert ids(found.removed) == ["c1"]
    assert found.source_unset == ["osnap_step", "osnap_run"] and not found.ending


def test_it_is_finalized_once():
    done = complete(step="finalized")
    del done["metadata"]["osnap_source"]
    assert finalization.plan(remains(source(metadata={}), server=[done])).steps() == ()


def test_one_whose_source_has_gone_is_finalized():
    there = moved()
    there.source = None
    assert ids(finalization.plan(there).removed) == ["c1", "t1", "i1", "vs1"]


def test_a_shared_image_that_has_to_stay_at_the_end_is_shared_no_more():
    kept = {**image("i1"), "is_shared": True, "is_protected": True}
    found = finalization.plan(moved(copy=[], image=[kept, image("i2")]))
    assert "i1" in ids(found.retained) and ids(found.unshared) == ["i1"] and "i2" in ids(found.removed)
    assert [step.values["id"] for step in found.steps() if step.values["what"] == "membership"] == ["i1"]
    later = finalization.plan(remains(image=[{**kept, "is_shared": False}], server=[complete()]))
    assert "i1" in ids(later.retained) and not later.unshared
