# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain that takes one server's migration back: what :mod:`rollback` has planned."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration import undo
from ansible_collections.osnap.openstack.plugins.module_utils._migration.removal_chain import RemovalChain
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import ServerPower


class RollbackChain(RemovalChain):
    """The way of one server back."""

    def go(self) -> None:
        there, todo = self.begin()
        for part in todo.removed:
            if not self._proves(part):
                self._remove(part)
        if todo.unlock:
            self._unlock(there)
        if todo.start:
            self.link("start", ServerPower(), {"server": there.server_id}, self.here, state="started")
        self._mark(self.here, there.source, todo.source_set, todo.source_unset)

    def _proves(self, part):
        """Whether a part stays, as the copy does that it proves: somebody has made something of the copy meanwhile."""
        return part.kind in undo.PROOFS and any(one["what"] == "copy" for one in self.retained)
