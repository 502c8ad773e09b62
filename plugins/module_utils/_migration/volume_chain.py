# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of one volume that is moved by itself: that of a server's disk, without the server."""

from __future__ import annotations

from contextlib import nullcontext

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import carry_out, stale
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import COMPLETE
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge, there
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class VolumeChain(carry_out.Chain):
    """The way of one volume up to a state."""

    noun = "volume"

    def go(self) -> dict:
        plan = self.look()
        if plan["complete"]:
            return plan
        stale.clear(self.context, self.link, self.here, self.there, plan["stale"])
        (disk,) = plan["disks"]
        self._disk(disk, disk["found"]["snapshot"] if plan["is_chosen"] else self._snapshot(disk))
        now = self._still_true(self.look(), plan)
        return self._completed(now) if self.state == COMPLETE else now

    def _making_room(self, size):
        return nullcontext()  # nothing is off for it, so nothing waits for its copy

    @staticmethod
    def id_of(plan: dict) -> str:
        return plan["id"]

    @staticmethod
    def called(plan: dict) -> str:
        return called(plan)

    @staticmethod
    def new_of(plan: dict) -> dict:
        return plan["disks"][0]["found"]["volume"]

    def _mark_as_looked_at(self, new):
        with self.timeline.entry("complete") as entry:
            self._marked(new, {_marks.COMPLETE: _marks.LOOKED_AT})
            entry["changed"] = True

    def _mark_as_complete(self, new):
        self._marked(new, {_marks.COMPLETE: "true"})

    def _unmark(self, new):
        self._marked(new, {}, (_marks.COMPLETE,))

    def _marked(self, new, values, unset=()):
        service = Volumes(self.there)
        merge(service, there(service, new), values, unset=unset)


def called(plan: dict) -> str:
    """What a sentence calls a volume or a snapshot."""
    return f"'{plan['source_name']}' ({plan['id']})"
