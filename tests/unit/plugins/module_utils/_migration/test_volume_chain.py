# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume's chain over operations that only note that they were carried out."""

from __future__ import annotations

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    carry_out,
    removal_chain,
    stale,
    volume_chain,
    volume_undoing,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.refused import Refused
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains, Undo
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.volume_worlds import (
    LATER,
    OF_SNAPSHOT,
    chosen,
    plan_of,
    volume,
    world,
)


class World:
    """Looks that are given beforehand, and links that are noted."""

    def __init__(self, monkeypatch, *looks, state="complete", after=None):
        self.did, self.looks, self.after, progress = [], list(looks), after, Listener()
        self.here, self.there = FakeCloud(), FakeCloud()
        self.here.peer = self.there
        params = {"state": state, "run": "r", "verification": "image", "timeout": 9, "wait": True, "keep_copies": True}
        self.context = Context(self.here, params, progress)
        self.lanes = Lanes({"copies": 1, "conversions": 1, "off": 0}, progress.check)
        monkeypatch.setattr(carry_out, "carry_out", self._carry_out)
        monkeypatch.setattr(stale, "_clear_unfinished", lambda context, link, rows: None)
        for module in (volume_chain, removal_chain):
            monkeypatch.setattr(module, "merge", self._merged)
        monkeypatch.setattr(volume_chain, "there", lambda service, row: row)

    def _carry_out(self, operation, item, *, within, cloud, **params):
        self.did.append((type(operation).__name__, "there" if cloud is self.there else "here"))
        return Done(Outcome({"id": f"id of {type(operation).__name__}"}), True)

    def _merged(self, service, row, values, unset=()):
        self.did.append((type(service).__name__, row["id"], values, list(unset)))
        return row

    def __call__(self):
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def unfinished(self):
        return self.after or plan_of(world("volume"))

    def arrived(self, id):
        return self.looks[-1]

    def go(self):
        chain = volume_chain.VolumeChain(self.context, self.lanes, self, lambda: None, Measured(None))
        chain.go()
        return self.did


LINKS = [("VolumeSnapshot", "here"), ("ImageFromSnapshot", "here"), ("ImageCopy", "here"), ("VolumeRestore", "there")]
LOOKED_AT = ("Volumes", "n1", {"osnap_complete": "checking"}, [])
MARKED = ("Volumes", "n1", {"osnap_complete": "true"}, [])


def test_a_volume_goes_through_all_links_and_is_marked(monkeypatch):
    at = World(monkeypatch, plan_of(world("planned")), plan_of(world("volume")), plan_of(world("complete")))
    assert at.go() == [*LINKS, LOOKED_AT, MARKED]


def test_copies_alone_make_no_volume(monkeypatch):
    at = World(monkeypatch, plan_of(world("planned")), plan_of(world("copied")), state="copied")
    assert at.go() == LINKS[:3]


def test_one_that_has_arrived_is_left_alone(monkeypatch):
    assert World(monkeypatch, plan_of(world("complete"))).go() == []


def test_a_chosen_snapshot_is_not_made(monkeypatch):
    assert World(monkeypatch, plan_of(chosen(), OF_SNAPSHOT), state="copied").go() == LINKS[1:3]


def test_what_is_stale_goes_first(monkeypatch):
    before = plan_of(world("copied", source=volume(updated_at=LATER)))
    at = World(monkeypatch, before, plan_of(world("volume")), plan_of(world("complete")))
    gone = [("ServerImageSnapshot", "there"), ("ServerImageSnapshot", "here"), ("VolumeSnapshot", "here")]
    assert at.go() == [*gone, *LINKS, LOOKED_AT, MARKED]


def codes(raised):
    return [one["code"] for one in raised.value.as_result()["findings"]]


def test_one_that_was_used_while_it_was_copied_has_not_arrived(monkeypatch):
    at = World(monkeypatch, plan_of(world("planned")), plan_of(world("volume", source=volume(updated_at=LATER))))
    with pytest.raises(Refused, match="The volume 'data' .v1. has changed since its snapshot: .+; run again") as raised:
        at.go()
    assert codes(raised) == ["changed_meanwhile"]
    assert LOOKED_AT not in at.did


def test_one_that_differs_is_not_marked(monkeypatch):
    other = world("volume")
    next(iter(other.copies.values()))[0]["hash_value"] = "another"
    at = World(monkeypatch, plan_of(world("planned")), plan_of(other))
    with pytest.raises(Refused, match="The volume 'data' .v1. has not arrived: .+look at the new volume") as raised:
        at.go()
    assert codes(raised) == ["not_arrived"]
    assert LOOKED_AT not in at.did


def test_the_mark_is_taken_back_if_the_source_was_used_before_it(monkeypatch):
    after = plan_of(world("volume", source=volume(updated_at=LATER)))
    at = World(monkeypatch, plan_of(world("planned")), plan_of(world("volume")), after=after)
    with pytest.raises(Refused, match="It is not marked as complete; run again") as raised:
        at.go()
    assert codes(raised) == ["changed_meanwhile"]
    assert at.did[-2:] == [LOOKED_AT, ("Volumes", "n1", {}, ["osnap_complete"])]


def test_an_end_removes_what_was_needed_and_marks_the_volume(monkeypatch):
    at = World(monkeypatch, None, state="finalized")
    there = Remains("r", "v1", {"id": "v1"})
    there.made["volume"] = [{"id": "n1", "metadata": {}}]
    parts = [Part("copy", {"id": "copy", "name": "c"}), Part("volume_snapshot", {"id": "snap", "name": "c"})]
    todo = Undo(removed=parts, server_set={"osnap_step": "finalized"})
    chain = volume_undoing.VolumeFinalizationChain(
        at.context, at.lanes, lambda: (there, todo), lambda: None, Measured(None)
    )
    chain.go()
    assert at.did == [
        ("ServerImageSnapshot", "there"),
        ("VolumeSnapshot", "here"),
        ("Volumes", "n1", {"osnap_step": "finalized"}, []),
    ]
    assert [one["id"] for one in chain.removed] == ["copy", "snap"]


def removed_source(monkeypatch, *retained):
    """What a removal of a source does, where that much has stayed before."""
    at = World(monkeypatch, None, state="source_removed")
    there = Remains("r", "v1", {"id": "v1"})
    there.made["volume"] = [{"id": "n1", "metadata": {}}]
    todo = Undo(retained=list(retained), proven={"osnap_step": "proven"}, server_set={"osnap_step": "finalized"})
    todo.source = [Part("source_volume", {"id": "v1", "name": "data"})]
    chain = volume_undoing.VolumeFinalizationChain(
        at.context, at.lanes, lambda: (there, todo), lambda: None, Measured(None)
    )
    chain.go()
    return at.did, [(one["what"], one.get("reason")) for one in chain.retained]


def test_a_source_goes_at_the_very_end(monkeypatch):
    marks = [("Volumes", "n1", {"osnap_step": step}, []) for step in ("proven", "finalized")]
    assert removed_source(monkeypatch) == ([*marks, ("VolumeRestore", "here")], [])


def test_a_source_whose_snapshot_the_back_end_keeps_stays(monkeypatch):
    kept = Part("volume_snapshot", {"id": "snap", "name": "s"}, "a volume was made of it")
    did, retained = removed_source(monkeypatch, kept)
    assert ("VolumeRestore", "here") not in did
    assert retained == [("volume_snapshot", kept.why), ("source_volume", "it has the snapshot 's' (snap)")]
