# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a rollback, over operations that only note that they were carried out."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Undo
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.removal_world import (
    IN_USE,
    World,
    part,
)


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


def test_a_copy_that_stays_after_all_keeps_what_proves_it(monkeypatch):
    removed = [part("copy", "c1"), part("image", "i1"), part("volume_snapshot", "vs1")]
    world = World(monkeypatch, Undo(removed, unlock=True), faults={"c1": IN_USE})
    world.there.image(id="c1")
    assert [one[0] for one in world.go()] == ["unlock"]
