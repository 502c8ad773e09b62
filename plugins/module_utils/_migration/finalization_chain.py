# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain that ends one server's migration: what :mod:`finalization` has planned, and :mod:`source_removal` added."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration import end_marks, source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.removal_chain import RemovalChain
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import ServerPorts
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class FinalizationChain(RemovalChain):
    """The way of one server to its end: a finalized one, or one whose source is gone."""

    def go(self) -> None:
        there, todo = self.begin()
        self._mark(self.there, self.successor(there), todo.proven, [])
        for part in todo.removed:
            self._remove(part)
        self._mark(self.there, self.successor(there), todo.ending, [])
        for part in todo.unmarked:
            with self.timeline.entry("unmark") as entry:
                self._take_marks(part)
                entry["changed"] = True
        for part in todo.unshared:
            with self.timeline.entry("unshare") as entry:
                ImageMembers(self.here).remove(part.row, self.there.project_id)
                entry["changed"] = True
        self._take_marks_of_source(there, todo)
        self._mark(self.there, self.successor(there), todo.server_set, todo.server_unset)
        if todo.source and there.is_locked_by_us:  # a locked server is not removed for its owner
            lock.unlock(Servers(self.here), there.source, source_mark.why_locked(there.run))
        for part in todo.source:
            self._remove(part)

    def _take_marks(self, part):
        if part.kind in ("port", "floating_ip"):
            service = ServerPorts if part.kind == "port" else FloatingIps
            service(self.there).update(part.row, {"description": ""})
        else:
            merge(Volumes(self.there), part.row, {}, unset=end_marks.ON_VOLUME)

    def _take_marks_of_source(self, there, todo):
        if todo.unlock:
            self._unlock(there)
        self._mark(self.here, there.source, todo.source_set, todo.source_unset)
        if todo.relock:
            with self.timeline.entry("lock") as entry:
                service, why = Servers(self.here), source_mark.why_locked(there.run)
                entry["changed"] = lock.lock(service, there.source, why, only="SHUTOFF")
