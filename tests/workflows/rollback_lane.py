# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollback that is killed: two servers that have come so far go back, and a third one of the same run stays."""

from lane import Wrong
from module_lane import RUN, SOURCE
from neighbour_lane import NeighbourLane

#: Where a rollback begins -> what the run leaves on a source that it has given back: nothing where it never took it.
NOTED = {"osnap_run": RUN, "osnap_step": "rolled_back"}
PHASES = {"rehearsed": {}, "copied": NOTED, "moved": NOTED, "complete": NOTED}


class RollbackLane(NeighbourLane):
    """Between two points both servers are moved again: they have run meanwhile, so they are copied anew."""

    prefix = "rollbacksweep"
    states = ("rolled_back",)
    choices = {"phase": tuple(PHASES)}

    # -- the stage

    def reset(self):
        self.control_rules_gone()
        self.bring(self.phase, *self.names())

    def bring(self, state, *servers):
        super().bring(state, *servers)
        self.copies = {row["id"] for row in self.images(self.target)}

    # -- the look

    def check(self):
        """Raise Wrong unless both are as they were before they were moved, and the neighbour is as it was moved."""
        for id in self.ids:
            self.check_untouched(id, PHASES[self.phase])
        self.check_neighbour()
        left = [
            f"{kind} {item.get('name')} {item['id']}"
            for kind, item in self.left(self.there)
            if item["id"] not in self.copies
        ]
        if left:
            raise Wrong(f"target still has {', '.join(left)}")
        self.check_kinds(self.here, SOURCE)  # with what proves the copies
