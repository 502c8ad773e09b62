# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What undoes the migration of a volume, or ends it."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import KINDS, Remains
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_undo import plan
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import (
    THEN,
    image,
    new_volume,
    snapshot,
    volume,
)

COMPLETE = {"osnap_complete": "true"}


def remains(source=None, gone=False, **made):
    found = Remains("migration", "v1", None if gone else source or volume())
    found.made.update({kind: [] for kind in KINDS} | made)
    return found


def full(**metadata):
    return remains(
        volume=[new_volume(metadata=metadata)],
        copy=[image("copy", "image")],
        image=[image("image", "snap")],
        volume_snapshot=[snapshot()],
    )


def gone(todo):
    return [part.row["id"] for part in todo.removed]


def test_a_rollback_keeps_a_verified_copy_and_what_proves_it():
    assert gone(plan(full(**COMPLETE), "rolled_back", True)) == ["n1"]


def test_a_rollback_that_keeps_nothing():
    todo = plan(full(), "rolled_back", False)
    assert gone(todo) == ["n1", "copy", "image", "snap"] and not todo.server_set


def test_an_unfinished_copy_is_not_kept():
    at = full()
    at.made["copy"] = [image("copy", "image", properties={})]
    assert gone(plan(at, "rolled_back", True)) == ["n1", "copy", "image", "snap"]


def test_what_is_still_to_be_handed_over_goes_both_ways():
    at = remains(moving_volume=[new_volume(id="moving")], volume_snapshot=[snapshot()])
    for state in ("rolled_back", "finalized"):
        assert gone(plan(at, state, True)) == ["moving", "snap"]


def test_a_shared_image_is_kept_with_its_snapshot_and_is_shared_no_more_at_the_end():
    at = full(**COMPLETE)
    at.made["copy"], at.made["image"] = [], [{**image("image", "snap"), "is_shared": True, "is_protected": True}]
    assert gone(plan(at, "rolled_back", True)) == ["n1"]
    todo = plan(at, "finalized", True)
    assert gone(todo) == ["snap"] and [part.row["id"] for part in todo.unshared] == ["image"]


def test_an_end_leaves_the_volume_and_marks_it():
    todo = plan(full(**COMPLETE), "finalized", True)
    assert gone(todo) == ["copy", "image", "snap"] and todo.server_set == {
        "osnap_step": "finalized",
        "osnap_after": THEN,
    }


def test_an_end_of_copies_removes_all():
    at = full()
    at.made["volume"] = []
    todo = plan(at, "finalized", True)
    assert gone(todo) == ["copy", "image", "snap"] and not todo.server_set


def test_what_has_ended_is_left_alone():
    at = remains(volume=[new_volume(metadata={**COMPLETE, "osnap_step": "finalized"})])
    assert plan(at, "finalized", True).steps() == ()
    with pytest.raises(OsnapError, match="is the end of a finalized migration"):
        plan(at, "rolled_back", True)


def test_what_is_not_complete_is_not_ended():
    with pytest.raises(OsnapError, match="is not complete; bring it to complete, or roll it back"):
        plan(full(), "finalized", True)


def test_the_last_that_there_is_stays():
    with pytest.raises(OsnapError, match="nothing would be left of it"):
        plan(remains(gone=True, volume=[new_volume()]), "rolled_back", True)
    assert plan(remains(gone=True), "rolled_back", True).steps() == ()


@pytest.mark.parametrize(
    "given, why",
    [
        ({"attachments": [{"server_id": "theirs"}], "status": "in-use"}, "is attached to theirs"),
        ({"status": "reserved"}, "is reserved, so in use by somebody; detach it"),
    ],
)
def test_what_somebody_uses_is_not_taken_from_them(given, why):
    with pytest.raises(OsnapError, match=why):
        plan(remains(volume=[new_volume(**given)]), "rolled_back", True)


def test_what_somebody_keeps_is_retained():
    at = full(**COMPLETE)
    at.made["copy"] = [image("copy", "image", is_protected=True)]
    todo = plan(at, "finalized", True)
    assert [part.row["id"] for part in todo.retained] == ["copy"]
