# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a migration that is killed: two servers that have arrived lose all that was only needed on the way."""

from lane import Wrong
from module_lane import RUN, ModuleLane

#: What either project has afterwards.
LEFT = ["port"] * 2 + ["server"] * 2 + ["volume"] * 2
#: By what a later run knows a server that has arrived.
KNOWN_BY = {"osnap_run": RUN, "osnap_complete": "true", "osnap_step": "finalized"}


class FinalizeLane(ModuleLane):
    """Between two points the new servers go, and both are moved or rehearsed again."""

    prefix = "finalizesweep"
    states = ("finalized",)
    choices = {"phase": ("complete", "rehearsed")}
    #: What is ended.
    phase = "complete"

    def furnish(self):
        super().furnish()
        self.bring(self.phase, *self.names())

    def reset(self):
        super().reset()
        self.bring(self.phase, *self.names())

    def check(self):
        """Raise Wrong unless there are the servers with their disks and nothing else, and of marks those alone by which
        a later run knows the new ones; of a rehearsal there is nothing.
        """
        is_moved = self.phase == "complete"
        self.check_kinds(self.here, LEFT)
        self.check_kinds(self.there, LEFT if is_moved else [])
        for site in (self.here, self.there):
            for kind, item in self.left(site):
                if kind != "server" and (told := marks_on(item)):
                    raise Wrong(f"the {kind} {item['id']} in {site.cloud.name} still has {told}")
        for id in self.ids:
            if is_moved:
                self._check_moved(id)
            else:
                self.check_untouched(id)

    def _check_moved(self, id):
        self._check_server(id)
        left = self.here.server(id)
        if left["metadata"]:
            raise Wrong(f"the source server {left['name']} still has {left['metadata']}")
        (new,) = self.there.named(left["name"])
        if new["metadata"] != {**KNOWN_BY, "osnap_server": id}:
            raise Wrong(f"the new server {new['name']} has {new['metadata']}")


def marks_on(item):
    """What a volume or a port bears of us."""
    told = [key for key in item.get("metadata") or {} if key.startswith("osnap_")]
    return told or ("osnap" in (item.get("description") or "") and item["description"])
