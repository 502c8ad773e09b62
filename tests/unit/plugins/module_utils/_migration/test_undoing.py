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
from ansible_collections.osnap.openstack.plugins.module_utils._migration import carry_out, plan, undo, undoing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains, Undo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import ITEM, copy_of, world

IN_USE = OsnapError("The image is in use.", status=409)


def part(kind, id):
    return Part(kind, {"id": id, "name": id, "network_id": "n", "description": "d", "metadata": {}})


class World:
    """``faults`` maps an ID to the error of its removal."""

    def __init__(self, monkeypatch, todo, state="rolled_back", faults=None, locked=False):
        self.did, self.faults, progress = [], faults or {}, Listener()
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer = self.there
        params = {"state": state, "run": "one", "timeout": 9, "keep_copies": True}
        context = Context(self.here, params, progress)
        lanes = Lanes(dict.fromkeys(carry_out.LANES, 1), progress.check)
        monkeypatch.setattr(carry_out, "carry_out", self._carry_out)
        monkeypatch.setattr(undoing.lock, "unlock", lambda service, row, why: self.did.append(("unlock", why)) or True)
        monkeypatch.setattr(undoing, "merge", self._merged)
        there = Remains("one", "s1", {"id": "s1"}, locked)
        there.made["server"] = [{"id": "n1", "metadata": {}}]
        self.chain = undoing.Undoing(context, lanes, lambda: (there, todo), lambda: None, Measured(None))

    def _carry_out(self, operation, item, *, within, cloud, **params):
        id = item.get("id") or item.get("name") or item.get("server")
        if id in self.faults:
            raise self.faults[id]
        self.did.append((type(operation).__name__, "there" if cloud is self.there else "here", id, params["state"]))
        return Done(Outcome(None), True)

    def _merged(self, service, row, values, unset=()):
        self.did.append(("mark", row["id"], values, list(unset)))
        return row

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
        ("mark", "s1", {}, ["c"]),
        ("mark", "s1", {"a": "b"}, []),
    ]
    assert [one["id"] for one in world.chain.removed] == ["n1", "v1", "p1", "i1"]


def test_the_mark_of_the_end_is_set_on_the_new_server_when_all_is_done(monkeypatch):
    todo = Undo([part("copy", "c1")], unmarked=[part("volume", "v1")], server_set={"osnap_step": "finalized"})
    assert World(monkeypatch, todo, "finalized").go() == [
        ("ServerImageSnapshot", "there", "c1", "absent"),
        ("mark", "v1", {}, list(undo.ON_VOLUME)),
        ("mark", "n1", {"osnap_step": "finalized"}, []),
    ]


def test_a_locked_source_is_unlocked_for_its_marks_and_locked_again(monkeypatch):
    todo = Undo(ending={"a": "1"}, unmarked=[part("volume", "v1")], unlock=True, source_unset=["c"], relock=True)
    todo.server_set = {"a": "2"}
    world = World(monkeypatch, todo, "finalized")
    monkeypatch.setattr(undoing.lock, "lock", lambda service, row, why, only: world.did.append(("lock", why, only)))
    assert world.go() == [
        ("mark", "n1", {"a": "1"}, []),
        ("mark", "v1", {}, list(undo.ON_VOLUME)),
        ("unlock", "moved by the run 'one'"),
        ("mark", "s1", {}, ["c"]),
        ("lock", "moved by the run 'one'", "SHUTOFF"),
        ("mark", "n1", {"a": "2"}, []),
    ]


def test_the_source_goes_at_the_very_end_unlocked_and_with_its_volumes(monkeypatch):
    todo = Undo([part("copy", "c1")], server_set={"osnap_step": "finalized"}, proven={"osnap_step": "proven"})
    todo.source = [part("source", "s1"), part("source_volume", "v1")]
    world = World(monkeypatch, todo, "source_removed", locked=True)
    assert world.go() == [
        ("mark", "n1", {"osnap_step": "proven"}, []),
        ("ServerImageSnapshot", "there", "c1", "absent"),
        ("mark", "n1", {"osnap_step": "finalized"}, []),
        ("unlock", "moved by the run 'one'"),
        ("ServerRestore", "here", "s1", "absent"),
        ("VolumeRestore", "here", "v1", "absent"),
    ]
    assert [one["what"] for one in world.chain.removed] == ["copy", "source", "source_volume"]


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


# -- what is foretold


def foretold(monkeypatch, at, state, keep_copies=True):
    """The plan of a server in a world, whose volumes are those of its new server."""
    options = undoing.as_it_is(Options(state=state))
    source = at.servers[0]
    source.update(updated_at="2026-11-24T10:00:00", is_locked=True)
    source["metadata"].update(osnap_run="migration", osnap_step="stop")
    there = Remains("migration", "s1", source, True)
    there.made.update(
        server=[{**row, "is_locked": False} for row in at.made],
        volume=at.made_volumes,
        copy=[copy_of(at, "v1"), copy_of(at, "v2")],
        image=[row for rows in at.source_images.values() for row in rows],
        volume_snapshot=[row for rows in at.volume_snapshots.values() for row in rows],
    )
    monkeypatch.setattr(undoing.remains, "read", lambda cloud, run, servers: {"s1": there})
    context = Context(FakeCloud(), {"state": state, "keep_copies": keep_copies}, Listener())
    judged = plan.judge([ITEM], at, options)["plans"]
    (found,) = undoing.plans(context, [ITEM], at, judged, options, lambda index, id: judged[index])
    return found


def test_after_a_rollback_there_are_the_copies(monkeypatch):
    found = foretold(monkeypatch, world("complete"), "rolled_back")
    assert found.changed
    assert found.before["phase"] == "complete"
    assert (found.resource["phase"], found.resource["new_server_id"]) == ("rolled_back", None)
    assert [disk["copy_id"] for disk in found.resource["disks"]] == ["copy-v1", "copy-v2"]
    assert [disk["volume_id"] for disk in found.resource["disks"]] == [None, None]
    assert [one["id"] for one in found.facts["removed"]] == ["n1", "new-v1", "new-v2"]


def test_after_a_rollback_without_copies_there_is_nothing_but_the_note(monkeypatch):
    found = foretold(monkeypatch, world("complete"), "rolled_back", keep_copies=False)
    assert found.resource["phase"] == "rolled_back"
    assert {disk["copy_id"] for disk in found.resource["disks"]} == {None}
    assert {disk["snapshot_id"] for disk in found.resource["disks"]} == {None}


def test_after_the_end_there_is_the_new_server(monkeypatch):
    found = foretold(monkeypatch, world("complete"), "finalized")
    assert (found.resource["phase"], found.resource["new_server_id"]) == ("finalized", "n1")
    assert {one["what"] for one in found.facts["removed"]} == {"copy", "image", "volume_snapshot"}
    assert found.facts["retained"] == []


def test_what_was_offered_is_taken_back_before_it_goes(monkeypatch):
    world = World(monkeypatch, Undo([part("moving_volume", "m1")]))
    monkeypatch.setattr(undoing, "withdraw", lambda cloud, id: world.did.append(("withdraw", id, cloud is world.here)))
    assert world.go() == [("withdraw", "m1", True), ("VolumeRestore", "here", "m1", "absent")]


def test_what_stays_is_shared_no_more(monkeypatch):
    world = World(monkeypatch, Undo(unshared=[part("image", "i1")]), "finalized")
    world.here.glance.on["DELETE", "/images/i1/members/.+"] = lambda match, body: Answer(status_code=204)
    world.go()
    assert world.here.glance.sent == [("DELETE", f"/images/i1/members/{world.there.project_id}", None)]


def test_a_snapshot_that_the_other_projects_volume_keeps_is_no_failure(monkeypatch):
    error = OsnapError("The volume snapshot vs1 could not be deleted.")
    world = World(monkeypatch, Undo([part("volume_snapshot", "vs1")]), "finalized", {"vs1": error})
    world.here.snapshot(id="vs1", volume_id="v1")
    world.there.volume(id="n", snapshot_id="vs1")
    world.here.cinder.on["POST", "/snapshots/vs1/metadata"] = lambda match, body: Answer({"metadata": body["metadata"]})
    world.go()
    assert [one["id"] for one in world.chain.retained] == ["vs1"]
    assert ("POST", "/snapshots/vs1/metadata", {"metadata": {"osnap_step": "retained"}}) in world.here.cinder.sent


def test_nothing_is_accepted_where_a_source_is_to_be_removed():
    options = undoing.as_unproven(Options(accept=("lost_writes",)))
    assert options.accept == () and options.as_unfinished
    at = world("moved")
    at.since["s1"] = ["the server was started"]
    judged = plan.judge([ITEM], at, options)["plans"][0]
    assert [one["code"] for one in judged["findings"] if one["stops"]] == ["lost_writes"]
