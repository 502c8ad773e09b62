# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes and what stays when a migration is rolled back, and what the source gets back."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import rollback
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


def test_what_was_made_last_goes_first_and_verified_copies_stay_with_what_proves_them():
    found = rollback.plan(moved(), True)
    assert ids(found.removed) == ["n1", "v1", "p1", "t1"]
    assert not found.retained


def test_copies_go_with_what_proves_them_if_they_are_not_to_be_kept():
    found = rollback.plan(moved(snapshot=[image("si1")]), False)
    assert ids(found.removed) == ["n1", "v1", "p1", "c1", "t1", "i1", "si1", "vs1"]


def test_an_unfinished_copy_goes_and_with_the_last_one_its_snapshot():
    unfinished = image("c1", osnap_step="copy")
    assert ids(rollback.plan(remains(copy=[unfinished], volume_snapshot=[snapshot()]), True).removed) == [
        "c1",
        "vs1",
    ]
    both = remains(copy=[unfinished, copy("c2")], volume_snapshot=[snapshot()])
    assert ids(rollback.plan(both, True).removed) == ["c1"]


def test_the_source_gets_back_what_the_run_has_taken():
    found = rollback.plan(moved(), True)
    assert found.unlock and found.start
    assert found.source_set == {"osnap_run": "one", "osnap_step": "rolled_back"}
    assert found.source_unset == ["osnap_power_before"]


def test_a_server_that_its_owner_has_stopped_stays_off():
    row = source(metadata={"osnap_run": "one", "osnap_step": "leave", "osnap_power_before": "ACTIVE"})
    found = rollback.plan(remains(row), True)
    assert not found.start
    assert not found.source_unset


def test_the_lock_of_somebody_else_stays_and_keeps_the_server_from_being_started():
    with pytest.raises(OsnapError, match="locked by somebody else"):
        rollback.plan(remains(locked=False), True)
    off = source(metadata={"osnap_run": "one", "osnap_step": "leave"})
    found = rollback.plan(remains(off, locked=False), True)
    assert not found.unlock
    assert not found.source_set  # it takes no metadata


def test_one_that_was_started_before_the_rollback_was_killed_lacks_its_marks_alone():
    found = rollback.plan(remains(source(status="ACTIVE", is_locked=False), locked=False), True)
    assert [step.values for step in found.steps()] == [{"what": "source"}]


def test_a_server_that_can_not_be_started_is_told_before_anything_goes():
    with pytest.raises(OsnapError, match="in status ERROR and can't be started"):
        rollback.plan(remains(source(status="ERROR")), True)


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
    found = rollback.plan(there, True)
    assert ids(found.removed) == ["r1", "v2", "p2"]
    assert not found.source_set


def test_nothing_is_left_to_do_the_second_time():
    row = source(status="ACTIVE", is_locked=False, metadata={"osnap_run": "one", "osnap_step": "rolled_back"})
    assert rollback.plan(remains(row, locked=False, copy=[copy()]), True).steps() == ()


def test_there_is_no_way_back_from_a_finalized_one():
    done = complete(step="finalized")
    with pytest.raises(OsnapError, match="end of a finalized migration"):
        rollback.plan(remains(server=[done]), True)


def test_what_is_left_of_a_server_that_has_gone_is_not_rolled_back():
    there = moved()
    there.source = None
    with pytest.raises(OsnapError, match="not in the source any more"):
        rollback.plan(there, True)


@pytest.mark.parametrize("step", ["ending", "relocking", "proven_ending", "finalized"])
def test_there_is_no_way_back_once_the_marks_are_on_their_way_out(step):
    with pytest.raises(OsnapError, match="is the end of a finalized migration"):
        rollback.plan(moved(server=[complete(step=step)]), True)


def test_a_copy_that_stays_keeps_what_proves_it_when_rolled_back():
    there = moved(copy=[{**copy(), "is_protected": True}])
    found = rollback.plan(there, False)
    assert ids(found.removed) == ["n1", "v1", "p1", "t1"]
    assert ids(found.retained) == ["c1"]


# -- what was shared and handed over


def test_a_shared_image_is_the_copy_that_stays_with_its_snapshot_and_goes_like_one():
    parts = {"image": [{**image("i1"), "is_shared": True}], "volume_snapshot": [snapshot()]}
    assert ids(rollback.plan(remains(**parts), True).removed) == []
    assert ids(rollback.plan(remains(**parts), False).removed) == ["i1", "vs1"]
    mine = {**parts, "image": [{**image("i1"), "is_shared": False}]}
    assert ids(rollback.plan(remains(**mine), True).removed) == ["i1", "vs1"]
