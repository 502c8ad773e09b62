# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers of which something is swept, and a third one of the same run, which must see no write."""

from lane import Wrong
from module_lane import ModuleLane
from osnap_harness.purge import everything

NEIGHBOUR = "api01"


class NeighbourLane(ModuleLane):
    """What the neighbour has, and how it is, is read before the first point, and compared after each."""

    #: How far all three are brought before the first point.
    phase = "complete"

    def furnish(self):
        self.neighbour = self.here.make_own(NEIGHBOUR)
        super().furnish()
        self.bring(self.phase, *self.names(), NEIGHBOUR)
        self.untouched = self._of_neighbour()

    def run(self, point, variant, third_run):
        mark = self.control.mark()
        outcome = super().run(point, variant, third_run)
        for request in self.control.requests(since=mark, project=self.project):
            if request["method"] != "GET" and any(id in request["path"] for id in self.untouched):
                raise Wrong(f"a write for the neighbour: {request['method']} {request['path']}")
        return outcome

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

    def left(self, site):
        """What is not the neighbour's."""
        return [(kind, item) for kind, item in super().left(site) if item["id"] not in self.untouched]

    def check_neighbour(self):
        """Raise Wrong unless it is as it was."""
        if (now := self._of_neighbour()) != self.untouched:
            differing = [id for id in {*now, *self.untouched} if now.get(id) != self.untouched.get(id)]
            raise Wrong(f"the neighbour has changed: {differing}")
