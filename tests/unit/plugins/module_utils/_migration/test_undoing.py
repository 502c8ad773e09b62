# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is foretold of a rollback and of an end."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
from ansible_collections.osnap.openstack.plugins.module_utils._migration import plan, undoing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Remains
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import ITEM, copy_of, world


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


def test_nothing_is_accepted_where_a_source_is_to_be_removed():
    options = undoing.as_unproven(Options(accept=("lost_writes",)))
    assert options.accept == () and options.as_unfinished
    at = world("moved")
    at.since["s1"] = ["the server was started"]
    judged = plan.judge([ITEM], at, options)["plans"][0]
    assert [one["code"] for one in judged["findings"] if one["stops"]] == ["lost_writes"]
