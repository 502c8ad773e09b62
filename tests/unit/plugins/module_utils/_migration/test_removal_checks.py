# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody keeps or uses, and so stays."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import finalization, removal_checks, rollback
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.remains_rows import (
    RUN,
    complete,
    copy,
    ids,
    moved,
    port,
    remains,
    snapshot,
    volume,
)


def plan(there, state):
    """What brings it to a state."""
    return rollback.plan(there, True) if state == "rolled_back" else finalization.plan(there)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"server": [complete(attached_volumes=["v1", "theirs"])]}, "has the volume theirs, which this run has not"),
        ({"server": [complete(is_locked=True)]}, "The server 'web' (n1) at the destination is locked by somebody"),
        ({"volume": [volume(server="other")]}, "attached to other, which is not this run's"),
        (
            {"floating_ip": [port("f1", "floating_ip", "other")]},
            "The floating ip 'port' (f1) at the",
        ),
        ({"port": [port(device="other")]}, "in use by other, which is not this run's"),
    ],
)
def test_what_somebody_else_has_made_of_it_is_not_taken_from_them(given, says):
    with pytest.raises(OsnapError) as error:
        rollback.plan(moved(**given), True)
    assert says in str(error.value)


def test_a_volume_that_has_a_snapshot_is_not_removed():
    there = moved()
    there.snapshots_of = {"v1": [{"id": "x", "name": "nightly"}]}
    with pytest.raises(OsnapError, match="has the snapshot 'nightly'"):
        rollback.plan(there, True)
    finalization.plan(there)  # there the volume stays


def test_what_a_back_end_may_keep_is_doubted_unless_what_was_made_of_it_goes_as_well():
    there = moved()
    there.made_of = {"c1": {"v1": "the volume 'data' (v1)"}}
    assert list(removal_checks.doubts(there, finalization.plan(there))) == [
        "The copy 'copy' (c1) at the destination may stay, for the volume 'data' (v1) was made of it, and some back"
        " ends keep it for that."
    ]
    assert not list(removal_checks.doubts(there, rollback.plan(there, False)))


def test_what_somebody_keeps_stays():
    there = moved(
        copy=[{**copy("c1"), "is_protected": True}, copy("c2", osnap_hold="for ever")], volume_snapshot=[snapshot()]
    )
    found = finalization.plan(there)
    assert ids(found.retained) == ["c1", "c2"]
    assert [part.why for part in found.retained[:2]] == ["it is protected from deletion", "it has osnap_hold: for ever"]


def test_what_could_not_go_is_tried_again_only_when_nothing_is_made_of_it_any_more():
    there = moved(copy=[{**copy(), "properties": {**RUN, "osnap_step": "retained", "osnap_complete": "true"}}])
    there.made_of = {"c1": {"v1": "the volume 'data' (v1)"}}
    found = finalization.plan(there)
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
    assert "c1" in ids(finalization.plan(there).removed)


@pytest.mark.parametrize("state", ["rolled_back", "finalized"])
def test_a_volume_that_was_not_yet_handed_over_goes_before_its_snapshot(state):
    left = {"moving_volume": [volume("m1", server=None)], "volume_snapshot": [snapshot()]}
    found = plan(remains(server=[] if state == "rolled_back" else [complete()], **left), state)
    assert [part for part in ids(found.removed) if part in ("m1", "vs1")] == ["m1", "vs1"]
    assert [part.cloud for part in found.removed if part.kind == "moving_volume"] == ["source"]


def test_a_snapshot_of_which_the_other_project_has_a_volume_may_stay():
    found = moved(copy=[], image=[])
    found.made_of = {"vs1": {"v1": "the volume 'data' (v1)"}}
    assert list(removal_checks.doubts(found, finalization.plan(found))) == [
        "The volume_snapshot 'snapshot' (vs1) at the source may stay, for the volume 'data' (v1) was made of it, and"
        " some back ends keep it for that."
    ]


@pytest.mark.parametrize("state, removed", [("rolled_back", ["n1", "ps", "v1", "p1", "t1"]), ("finalized", ["ps"])])
def test_what_a_killed_proof_has_left_goes_before_its_volume(state, removed):
    found = plan(moved(proof=[snapshot("ps")]), state)
    assert ids(found.removed)[: len(removed)] == removed and "ps" not in ids(found.unmarked)
