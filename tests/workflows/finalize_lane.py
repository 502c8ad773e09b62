# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a migration that is killed: two servers that have arrived lose all that was only needed on the way."""

from lane import Wrong
from module_lane import RUN, ModuleLane
from osnap_harness.purge import everything

#: What either project has afterwards.
LEFT = ["port"] * 2 + ["server"] * 2 + ["volume"] * 2
#: By what a later run knows a server that has arrived.
KNOWN_BY = {"osnap_run": RUN, "osnap_complete": "true", "osnap_step": "finalized"}


class FinalizeLane(ModuleLane):
    """Between two points the new servers go, and both are moved again."""

    prefix = "finalizesweep"
    states = ("finalized",)

    def furnish(self):
        super().furnish()
        self.bring("complete", *self.names())

    def reset(self):
        super().reset()
        self.bring("complete", *self.names())

    def check(self):
        """Raise Wrong unless there are the servers with their disks and nothing else, and of marks those alone by which
        a later run knows the new ones.
        """
        for site in (self.here, self.there):
            found = everything(site.cloud)
            if sorted(kind for kind, _item in found) != LEFT:
                listed = ", ".join(f"{kind} {item.get('name')} {item['id']}" for kind, item in found)
                raise Wrong(f"{site.cloud.name} has {listed or 'nothing'}")
            for kind, item in found:
                if kind != "server" and (told := _marks(item)):
                    raise Wrong(f"the {kind} {item['id']} in {site.cloud.name} still has {told}")
        for id in self.ids:
            self._check_server(id)
            left = self.here.server(id)
            if left["metadata"]:
                raise Wrong(f"the source server {left['name']} still has {left['metadata']}")
            (new,) = self.there.named(left["name"])
            if new["metadata"] != {**KNOWN_BY, "osnap_server": id}:
                raise Wrong(f"the new server {new['name']} has {new['metadata']}")


def _marks(item):
    """What a volume or a port bears of us."""
    told = [key for key in item.get("metadata") or {} if key.startswith("osnap_")]
    return told or ("osnap" in (item.get("description") or "") and item["description"])
