# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of an end, over operations that only note that they were carried out."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration import end_marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Undo
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.removal_world import (
    World,
    part,
)


def test_the_mark_of_the_end_is_set_on_the_new_server_when_all_is_done(monkeypatch):
    todo = Undo([part("copy", "c1")], unmarked=[part("volume", "v1")], server_set={"osnap_step": "finalized"})
    assert World(monkeypatch, todo, "finalized").go() == [
        ("ServerImageSnapshot", "there", "c1", "absent"),
        ("mark", "v1", {}, list(end_marks.ON_VOLUME)),
        ("mark", "n1", {"osnap_step": "finalized"}, []),
    ]


def test_a_locked_source_is_unlocked_for_its_marks_and_locked_again(monkeypatch):
    todo = Undo(ending={"a": "1"}, unmarked=[part("volume", "v1")], unlock=True, source_unset=["c"], relock=True)
    todo.server_set = {"a": "2"}
    world = World(monkeypatch, todo, "finalized")
    monkeypatch.setattr(lock, "lock", lambda service, row, why, only: world.did.append(("lock", why, only)))
    assert world.go() == [
        ("mark", "n1", {"a": "1"}, []),
        ("mark", "v1", {}, list(end_marks.ON_VOLUME)),
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


def test_what_stays_is_shared_no_more(monkeypatch):
    world = World(monkeypatch, Undo(unshared=[part("image", "i1")]), "finalized")
    world.here.glance.on["DELETE", "/images/i1/members/.+"] = lambda match, body: Answer(status_code=204)
    world.go()
    assert world.here.glance.sent == [("DELETE", f"/images/i1/members/{world.there.project_id}", None)]
