# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes, and what a service keeps, whichever chain asks for it."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import removal_chain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Undo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.removal_world import (
    IN_USE,
    World,
    part,
)


def test_an_image_that_the_service_keeps_stays_and_is_marked(monkeypatch):
    world = World(monkeypatch, Undo([part("copy", "c1"), part("image", "i1")]), "finalized", {"c1": IN_USE})
    world.there.image(id="c1", osnap_step="copy")
    world.go()
    assert [(one["id"], one["reason"]) for one in world.chain.retained] == [("c1", "The image is in use.")]
    assert [one["id"] for one in world.chain.removed] == ["i1"]
    assert world.there.glance.tables["/images"]["c1"]["osnap_step"] == "retained"


def test_a_snapshot_stays_if_a_volume_was_made_of_it(monkeypatch):
    kept = OsnapError("It went back to available.")
    world = World(monkeypatch, Undo([part("volume_snapshot", "vs1")]), "finalized", {"vs1": kept})
    world.here.snapshot(id="vs1", volume_id="v")
    world.here.volume(id="clone", snapshot_id="vs1", metadata={}, attachments=[])
    marked = []
    monkeypatch.setattr(
        removal_chain.VolumeSnapshots, "set_metadata", lambda self, row, metadata: marked.append((row["id"], metadata))
    )
    world.go()
    assert [one["id"] for one in world.chain.retained] == ["vs1"]
    assert marked == [("vs1", {"osnap_step": "retained"})]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("copy", OsnapError("Nobody knows.", status=500)),
        ("volume", IN_USE),
        ("volume_snapshot", OsnapError("It went back to available.")),
    ],
)
def test_any_other_failure_is_one_and_nothing_goes_on_after_it(monkeypatch, kind, error):
    world = World(monkeypatch, Undo([part(kind, "x")], unlock=True), faults={"x": error})
    world.here.snapshot(id="x", volume_id="v")
    with pytest.raises(OsnapError) as caught:
        world.go()
    assert caught.value is error
    assert world.did == []


@pytest.mark.parametrize(
    "error",
    [
        Ambiguous("The cloud can't be reached.", stops_work=True),
        OsnapError("It is not available just now.", status=503),
        OsnapError("The user lacks the role.", status=403),
        NotSent("Not attempted."),
    ],
)
def test_a_service_that_could_not_be_asked_keeps_nothing(monkeypatch, error):
    """Test a snapshot that a volume was made of, as a copy-on-write back end would keep it. Verify that only a refusal
    does.
    """
    world = World(monkeypatch, Undo([part("volume_snapshot", "vs1")]), "finalized", {"vs1": error})
    world.here.snapshot(id="vs1", volume_id="v")
    world.here.volume(id="clone", snapshot_id="vs1", metadata={}, attachments=[])
    with pytest.raises(OsnapError) as caught:
        world.go()
    assert caught.value is error
    assert world.chain.retained == [] and world.here.cinder.sent == []


def test_what_was_offered_is_taken_back_before_it_goes(monkeypatch):
    world = World(monkeypatch, Undo([part("moving_volume", "m1")]))
    monkeypatch.setattr(
        removal_chain, "withdraw", lambda cloud, id: world.did.append(("withdraw", id, cloud is world.here))
    )
    assert world.go() == [("withdraw", "m1", True), ("VolumeRestore", "here", "m1", "absent")]


def test_a_snapshot_that_the_other_projects_volume_keeps_is_no_failure(monkeypatch):
    error = OsnapError("The volume snapshot vs1 could not be deleted.")
    world = World(monkeypatch, Undo([part("volume_snapshot", "vs1")]), "finalized", {"vs1": error})
    world.here.snapshot(id="vs1", volume_id="v1")
    world.there.volume(id="n", snapshot_id="vs1")
    world.here.cinder.on["POST", "/snapshots/vs1/metadata"] = lambda match, body: Answer({"metadata": body["metadata"]})
    world.go()
    assert [one["id"] for one in world.chain.retained] == ["vs1"]
    assert ("POST", "/snapshots/vs1/metadata", {"metadata": {"osnap_step": "retained"}}) in world.here.cinder.sent
