# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal that is killed: copies of two servers boot beside them, and both run on as if nothing had been."""

from lane import Wrong
from module_lane import SOURCE, TARGET, ModuleLane

#: A rehearsal that is given no network has none.
REHEARSED = [kind for kind in TARGET if kind != "port"]
#: What Nova's own records may show of a source.
SEEN = {"create", "createImage", "attach_volume"}


class RehearsedLane(ModuleLane):
    """Between two points all that was made goes."""

    prefix = "rehearsedsweep"
    states = ("rehearsed",)
    choices = {}

    def check(self):
        """Raise Wrong unless each server has one copy beside it with its bytes, and was never stopped."""
        self.check_kinds(self.here, SOURCE)
        self.check_kinds(self.there, REHEARSED)
        self.check_images()
        for id in self.ids:
            self.check_untouched(id)
            acts = self.source.get("compute", f"/servers/{id}/os-instance-actions")["instanceActions"]
            if unlike := {one["action"] for one in acts} - SEEN:
                raise Wrong(f"the source {id} has seen {sorted(unlike)}")
            rows = self.there.named(f"{self.here.server(id)['name']}-rehearsal")
            if [row["status"] for row in rows] != ["ACTIVE"]:
                raise Wrong(f"the rehearsal of {id} is {[row['status'] for row in rows]}")
            if self.there.digests(rows[0]) != self.digests[id]:
                raise Wrong(f"the rehearsal of {id} has other bytes")
