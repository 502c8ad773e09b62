# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain of a rollback or of an end, over operations that only note that they were carried out."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    carry_out,
    finalization_chain,
    removal_chain,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.finalization_chain import FinalizationChain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.rollback_chain import RollbackChain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Part, Remains
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import FakeCloud
from ansible_collections.osnap.openstack.tests.unit.fakes.waiting import Listener

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
        monkeypatch.setattr(lock, "unlock", lambda service, row, why: self.did.append(("unlock", why)) or True)
        for module in (removal_chain, finalization_chain):
            monkeypatch.setattr(module, "merge", self._merged)
        there = Remains("one", "s1", {"id": "s1"}, locked)
        there.made["server"] = [{"id": "n1", "metadata": {}}]
        chain = RollbackChain if state == "rolled_back" else FinalizationChain
        self.chain = chain(context, lanes, lambda: (there, todo), lambda: None, Measured(None))

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
