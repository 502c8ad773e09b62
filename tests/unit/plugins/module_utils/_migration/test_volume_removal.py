# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the source of a volume that was moved by itself may be removed."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._migration import volume_removal
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import found_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import Refused
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import KINDS, Part, Remains, Undo
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import (
    LATER,
    THEN,
    new_volume,
    plan_of,
    snapshot,
    volume,
    world,
)

COMPLETE = {"osnap_complete": "true"}
GOOD = {"stale": {"volume_snapshots": []}, "findings": [], "unverified": None}
BETWEEN = "2026-11-24T09:30:00.000000"


def new(step="volume", **given):
    metadata = {**COMPLETE, "osnap_step": step, **given.pop("metadata", {})}
    return new_volume(created_at=BETWEEN, metadata=metadata, **given)


def remains(source=None, **made):
    found = Remains("migration", "v1", volume() if source is None else source or None)
    found.made.update({kind: [] for kind in KINDS} | {"volume": [new()], "volume_snapshot": [snapshot()]} | made)
    return found


def added(there, snapshots=(), judged=..., is_chosen=False, undo=None):
    undo = undo or Undo()
    volume_removal.add(undo, there, snapshots, GOOD if judged is ... else judged, is_chosen)
    return undo


def test_the_source_goes_after_its_snapshot_and_that_it_was_proven_is_noted_before():
    going = Undo([Part("volume_snapshot", snapshot())], server_set={"osnap_step": "finalized"})
    todo = added(remains(), [snapshot()], undo=going)
    assert [(one.verb, one.values.get("what")) for one in todo.steps()] == [
        ("update", "server"),
        ("delete", "volume_snapshot"),
        ("update", "server"),
        ("delete", "source_volume"),
    ]
    assert todo.proven == {"osnap_step": "proven", "osnap_after": THEN}


@pytest.mark.parametrize("step", ["proven", "finalized"])
def test_what_was_proven_before_is_not_proven_again(step):
    there = remains(volume=[new(step)], volume_snapshot=[])
    assert not volume_removal.needs_proof(there) and volume_removal.needs_proof(remains())
    assert added(there, judged=None).proven == {}


@pytest.mark.parametrize("step", ["proven", "finalized"])
def test_a_killed_run_finds_the_new_volume_whatever_it_was_about_to_do(step):
    at = world("volume", there=[new(step)])
    (disk,) = plan_of(at)["disks"]
    assert found_of(disk, {"id": "v1"}, at, "migration")["volume"]["id"] == "n1" and plan_of(at)["complete"]


def test_a_volume_with_a_snapshot_that_stays_is_kept():
    todo = added(remains(), [snapshot("theirs", "before")])
    assert not todo.source
    assert [(part.kind, part.why) for part in todo.retained] == [
        ("source_volume", "it has the snapshot 'before' (theirs)")
    ]


def test_a_source_that_is_gone_or_going_leaves_little_to_do():
    assert added(remains(source={}), judged=None).steps() == ()
    assert added(remains(volume(status="deleting"))).source


#: ``(code, what there is, its plan as though it had not arrived, words of the sentence)``.
REFUSALS = [
    ("not_arrived", remains(volume=[]), None, "it has no new volume that is complete; bring it there first"),
    ("not_arrived", remains(volume=[new_volume()]), GOOD, "it has no new volume that is complete"),
    (
        "made_twice",
        remains(volume=[new(), new(id="n2")]),
        GOOD,
        "beside the new volume 'data' .n1. there is the volume 'data' .n2.",
    ),
    ("successor_status", remains(volume=[new(status="error")]), GOOD, "the new volume 'data' .n1. is in status error"),
    ("unproven", remains(), {**GOOD, "unverified": "the images differ"}, "the images differ; finalize it, if that"),
    (
        "source_changed",
        remains(),
        {**GOOD, "stale": {"volume_snapshots": [{}]}, "unverified": "used"},
        "changed since its snapshot: used",
    ),
    (
        "source_in_use",
        remains(volume(status="in-use", attachments=[{"server_id": "s"}])),
        GOOD,
        "in status in-use, and must be available",
    ),
    (
        "source_in_use",
        remains(volume(attachments=[{"server_id": "s"}])),
        GOOD,
        "and must be available, as it was left",
    ),
    (
        "source_changed",
        remains(volume(updated_at=LATER)),
        GOOD,
        f"changed at {LATER}, and before it was copied at {THEN}",
    ),
    (
        "source_changed",
        remains(volume(updated_at=BETWEEN)),
        GOOD,
        f"changed at {BETWEEN}, and before it was copied at {THEN}",
    ),
    (
        "source_changed",
        remains(volume(updated_at=LATER), volume=[new("finalized")], volume_snapshot=[]),
        None,
        f"changed at {LATER}, and before it was copied at {BETWEEN}",
    ),
    (
        "source_changed",
        remains(volume(updated_at=BETWEEN), volume=[new("finalized", metadata={"osnap_after": THEN})]),
        None,
        f"changed at {BETWEEN}, and before it was copied at {THEN}",
    ),
]


@pytest.mark.parametrize(("code", "there", "judged", "words"), REFUSALS)
def test_what_is_not_proven_is_not_removed(code, there, judged, words):
    with pytest.raises(Refused, match=f"^The volume 'data' .v1. is not removed: .*{words}") as raised:
        added(there, judged=judged)
    (found,) = raised.value.as_result()["findings"]
    assert found["code"] == code and found["stops"] and found["object"] == "volume 'data'"


def test_a_chosen_snapshot_is_not_this_runs_to_remove():
    with pytest.raises(
        Refused, match="^The volume snapshot 'eve' .+ is not removed: somebody has made it and chosen it"
    ) as raised:
        added(remains(snapshot(name="eve")), is_chosen=True)
    (found,) = raised.value.as_result()["findings"]
    assert found["code"] == "snapshot_chosen" and found["object"] == "volume snapshot 'eve'"
