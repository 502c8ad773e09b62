# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test what a task does about another one that copies the same set: it waits for that, and for nobody else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_bytes import Vanished
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_copy_chain
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy_chain import TO_BEGIN, CopyChain
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud

NOTHING, BEGUN, FINISHED = None, ("saving", False), ("active", True)


def copy(of):
    """What there is of a copy of one disk: its image's status, and whether it was declared complete."""
    if of is None:
        return None
    status, marked = of
    member = {"disk": "root", "id": "i1", "status": status, "marked": marked, "row": {"id": "i1", "properties": {}}}
    return {"members": [member], "surplus": [], "status": "whole" if marked else "taking", "torn_because": None}


@pytest.fixture
def chain(monkeypatch):
    """A chain whose destination says one after another what it is told to; the last is said for ever. A pause lasts two
    seconds of a clock that moves at no other time.
    """
    clock = [0.0]
    monkeypatch.setattr(set_copy_chain.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(waiter, "pause", lambda context, seconds: clock.__setitem__(0, clock[0] + 2))
    cloud = FakeCloud()
    cloud.peer = FakeCloud()
    context = SimpleNamespace(cloud=cloud, timeout=60, progress=None, params={})
    row = {"id": "s1", "name": "night", "server_id": "web", "server_name": "web", "disks": ["root"]}
    row["members"] = [{"disk": "root", "kind": "image", "id": "i0", "marks": {}}]
    chain = CopyChain(
        context, SimpleNamespace(row=row, copy=None, item={"metadata": None, "hold": None}, place="there")
    )
    says, at = [], [0]

    def of_set(id):
        at[0] += 1
        return copy(says[min(at[0], len(says)) - 1])

    monkeypatch.setattr(chain.copies, "of_set", of_set)
    chain.says, chain.clock = says, clock
    return chain


@pytest.mark.parametrize(
    "says, to_begin, made, until",
    [
        ([FINISHED], 0, True, 0),
        ([BEGUN, BEGUN, FINISHED], 0, True, 4),
        ([NOTHING], 0, False, 0),
        ([BEGUN, NOTHING], 0, False, 2),
        ([NOTHING, NOTHING, BEGUN, FINISHED], TO_BEGIN, True, 6),
        ([NOTHING], TO_BEGIN, False, TO_BEGIN),
        ([BEGUN], 0, False, 60),
    ],
)
def test_a_twin_is_waited_for_as_long_as_it_is_at_work(chain, says, to_begin, made, until):
    chain.says += says
    assert chain._by_a_twin("root", to_begin) is made and chain.clock[0] == until


@pytest.mark.parametrize("error, until", [(Vanished("gone"), 4), (OsnapError("no room", status=413), 0)])
def test_only_where_a_copy_has_vanished_a_twin_may_not_have_begun(chain, monkeypatch, error, until):
    def fail(*args, **how):
        raise error

    monkeypatch.setattr(set_copy_chain, "carry_out", fail)
    monkeypatch.setattr(set_copy_chain, "marks_of", lambda *about: {})
    monkeypatch.setattr(set_copy_chain.set_copy_rules, "metadata_of", lambda *about: {})
    chain.says += [NOTHING] * 5 + [FINISHED]  # three looks before it tries
    if until:
        chain._disk(chain.row["members"][0])
    else:
        with pytest.raises(OsnapError, match="no room"):
            chain._disk(chain.row["members"][0])
    assert chain.clock[0] == until


def test_a_copy_that_a_twin_makes_anew_after_ours_is_waited_for(chain):
    chain.says += [NOTHING, NOTHING, BEGUN, FINISHED]
    chain._await_twins()
    assert chain._whole()["status"] == "whole"


def test_what_a_twin_is_at_is_not_cleared_away(chain, monkeypatch):
    removed = []
    monkeypatch.setattr(
        set_copy_chain.set_copy_leftovers, "Source", lambda *of: SimpleNamespace(left=lambda *which: None)
    )
    monkeypatch.setattr(set_copy_chain.set_copy_leftovers, "remove", lambda context, left: None)
    monkeypatch.setattr(set_copy_chain.SnapshotSets, "has_volumes", True, raising=False)
    monkeypatch.setattr(chain.copies.images, "delete_if", lambda row, kept: removed.append(row["id"]))
    chain.says += [BEGUN]
    chain._clear()
    assert removed == []
