# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback that is killed: two servers that have come so far go back, and a third one of the same run stays."""

from lane import Wrong
from module_lane import RUN, ModuleLane
from osnap_harness.purge import everything

NEIGHBOUR = "api01"
#: Where a rollback begins -> what the run leaves on a source that it has given back: nothing where it never took it.
NOTED = {"osnap_run": RUN, "osnap_step": "rolled_back"}
PHASES = {"rehearsed": {}, "copied": NOTED, "moved": NOTED, "complete": NOTED}


class RollbackLane(ModuleLane):
    """Between two points both servers are moved again: they have run meanwhile, so they are copied anew."""

    prefix = "rollbacksweep"
    states = ("rolled_back",)
    #: Where it begins, of :data:`PHASES`.
    phase = "complete"

    # -- the stage

    def furnish(self):
        self.neighbour = self.here.make_own(NEIGHBOUR)
        super().furnish()
        self.bring(self.phase, *self.names(), NEIGHBOUR)
        self.untouched = self._of_neighbour()

    def reset(self):
        self.control_rules_gone()
        self.bring(self.phase, *self.names())

    def bring(self, state, *servers):
        super().bring(state, *servers)
        self.copies = {row["id"] for row in self.images(self.target)}

    # -- the play

    def run(self, point, variant, third_run):
        mark = self.control.mark()
        outcome = super().run(point, variant, third_run)
        for request in self.control.requests(since=mark, project=self.project):
            if request["method"] != "GET" and any(id in request["path"] for id in self.untouched):
                raise Wrong(f"a write for the neighbour: {request['method']} {request['path']}")
        return outcome

    # -- the look

    def _of_neighbour(self):
        """``{ID: row}`` of all that there is of the neighbour, in both clouds."""
        new = [*self.there.named(NEIGHBOUR), *self.there.named(f"{NEIGHBOUR}-rehearsal")]
        ids = {self.neighbour, *(row["id"] for row in new)}
        return {
            item["id"]: item
            for site in (self.here, self.there)
            for _kind, item in everything(site.cloud)
            if item["id"] in ids or ids & {item.get("device_id"), item.get("osnap_server")}
        }

    def check(self):
        """Raise Wrong unless both are as they were before they were moved, and the neighbour is as it was moved."""
        for id in self.ids:
            self._check_given_back(id)
        if (now := self._of_neighbour()) != self.untouched:
            differing = [id for id in {*now, *self.untouched} if now.get(id) != self.untouched.get(id)]
            raise Wrong(f"the neighbour has changed: {differing}")
        left = [
            f"{kind} {item.get('name')} {item['id']}"
            for kind, item in everything(self.target)
            if item["id"] not in self.untouched and item["id"] not in self.copies
        ]
        if left:
            raise Wrong(f"target still has {', '.join(left)}")

    def _check_given_back(self, id):
        row = self.here.server(id)
        found = (row["status"], row["locked"], row["metadata"])
        if found != ("ACTIVE", False, PHASES[self.phase]):
            raise Wrong(f"the source server {row['name']} has status, lock and metadata {found}")
        if self.here.digests(row) != self.digests[id]:
            raise Wrong(f"a disk of the source server {row['name']} has changed")
