# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a rollback and of an end, over operations that only note that they were carried out."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import carry_out, undo, undoing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains, Undo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

IN_USE = OsnapError("The image is in use.", status=409)


def part(kind, id):
    return Part(kind, {"id": id, "name": id, "network_id": "n", "description": "d", "metadata": {}})


class World:
    """``faults`` maps an ID to the error of its removal."""

    def __init__(self, monkeypatch, todo, state="rolled_back", faults=None):
        self.did, self.faults, progress = [], faults or {}, Listener()
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer = self.there
        params = {"state": state, "run": "one", "timeout": 9, "keep_copies": True}
        context = Context(self.here, params, progress)
        lanes = Lanes(dict.fromkeys(carry_out.LANES, 1), progress.check)
        monkeypatch.setattr(carry_out, "carry_out", self._carry_out)
        monkeypatch.setattr(undoing.lock, "unlock", lambda service, row, why: self.did.append(("unlock", why)) or True)
        monkeypatch.setattr(
            undoing, "merge", lambda service, row, set, unset: self.did.append(("mark", row["id"], set, list(unset)))
        )
        there = Remains("one", "s1", {"id": "s1"})
        there.made["server"] = [{"id": "n1", "metadata": {}}]
        self.chain = undoing.Undoing(context, lanes, lambda: (there, todo), lambda: None, Measured(None))

    def _carry_out(self, operation, item, *, within, cloud, **params):
        id = item.get("id") or item.get("name") or item.get("server")
        if id in self.faults:
            raise self.faults[id]
        self.did.append((type(operation).__name__, "there" if cloud is self.there else "here", id, params["state"]))
        return Done(Outcome(None), True)

    def go(self):
        self.chain.go()
        return self.did


def test_the_source_gets_its_own_back_when_all_else_has_gone_and_the_note_comes_last(monkeypatch):
    removed = [part("server", "n1"), part("volume", "v1"), part("port", "p1"), part("image", "i1")]
    todo = Undo(removed, unlock=True, start=True, source_set={"a": "b"}, source_unset=["c"])
    world = World(monkeypatch, todo)
    assert world.go() == [
        ("ServerRestore", "there", "n1", "absent"),
        ("VolumeRestore", "there", "v1", "absent"),
        ("ServerPort", "there", "p1", "absent"),
        ("ServerImageSnapshot", "here", "i1", "absent"),
        ("unlock", "moved by the run 'one'"),
        ("ServerPower", "here", "s1", "started"),
        ("mark", "s1", {"a": "b"}, ["c"]),
    ]
    assert [one["id"] for one in world.chain.removed] == ["n1", "v1", "p1", "i1"]


def test_the_mark_of_the_end_is_set_on_the_new_server_when_all_is_done(monkeypatch):
    todo = Undo([part("copy", "c1")], unmarked=[part("volume", "v1")], server_set={"osnap_step": "finalized"})
    assert World(monkeypatch, todo, "finalized").go() == [
        ("ServerImageSnapshot", "there", "c1", "absent"),
        ("mark", "v1", {}, list(undo.ON_VOLUME)),
        ("mark", "n1", {"osnap_step": "finalized"}, []),
    ]


def test_an_image_that_the_service_keeps_stays_and_is_marked(monkeypatch):
    world = World(monkeypatch, Undo([part("copy", "c1"), part("image", "i1")]), "finalized", {"c1": IN_USE})
    world.there.image(id="c1", osnap_step="copy")
    world.go()
    assert [(one["id"], one["reason"]) for one in world.chain.retained] == [("c1", "The image is in use.")]
    assert [one["id"] for one in world.chain.removed] == ["i1"]
    assert world.there.glance.tables["/images"]["c1"]["osnap_step"] == "retained"


def test_a_copy_that_stays_after_all_keeps_what_proves_it(monkeypatch):
    removed = [part("copy", "c1"), part("image", "i1"), part("volume_snapshot", "vs1")]
    world = World(monkeypatch, Undo(removed, unlock=True), faults={"c1": IN_USE})
    world.there.image(id="c1")
    assert [one[0] for one in world.go()] == ["unlock"]


def test_a_snapshot_stays_if_a_volume_was_made_of_it(monkeypatch):
    kept = OsnapError("It went back to available.")
    world = World(monkeypatch, Undo([part("volume_snapshot", "vs1")]), "finalized", {"vs1": kept})
    world.here.snapshot(id="vs1", volume_id="v")
    world.here.volume(id="clone", snapshot_id="vs1", metadata={}, attachments=[])
    marked = []
    monkeypatch.setattr(
        undoing.VolumeSnapshots, "set_metadata", lambda self, row, metadata: marked.append((row["id"], metadata))
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
