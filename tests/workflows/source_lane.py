# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The removal of sources that is killed: two servers that have arrived go where they came from, and nothing else."""

from finalize_lane import KNOWN_BY, LEFT, marks_on
from lane import Wrong
from neighbour_lane import NeighbourLane
from osnap_harness.purge import purge
from servers import OWN, VOLUMES, digest


class SourceLane(NeighbourLane):
    """Between two points both servers are made anew, and moved. One has a volume that goes with it, and one that does
    not.
    """

    prefix = "sourcesweep"
    states = ("source_removed",)
    choices = {}

    # -- the stage

    def make_servers(self):
        super().make_servers()
        row = self.here.server(self.ids[1])
        path = f"/servers/{row['id']}/os-volume_attachments"
        attached = self.source.get("compute", path)["volumeAttachments"]
        root, self.data = (one["volumeId"] for one in sorted(attached, key=lambda one: one["device"]))
        body = {"volumeAttachment": {"volumeId": root, "delete_on_termination": True}}
        self.source.request("compute", "PUT", f"{path}/{root}", body)

    def reset(self):
        self.control_rules_gone()
        for admin in self.admins:
            purge(admin, keep=self.untouched)
        self.make_servers()
        self.bring("complete", *self.names())

    def names(self):
        return [OWN, VOLUMES]

    # -- the look

    def check(self):
        """Raise Wrong unless of both sources the volume alone is left that does not go with its server, and both new
        servers are there as at the end of a migration.
        """
        self.check_neighbour()
        self.check_kinds(self.here, ["volume"])
        self.check_kinds(self.there, LEFT)
        for site in (self.here, self.there):
            for kind, item in self.left(site):
                if kind != "server" and (told := marks_on(item)):
                    raise Wrong(f"the {kind} {item['id']} in {site.cloud.name} still has {told}")
        for name, id in zip(self.names(), self.ids, strict=True):
            self._check_arrived(name, id)
        if digest(self.here.volume_file(self.data)) not in self.digests[self.ids[1]].values():
            raise Wrong("the volume that has stayed has other bytes")

    def _check_arrived(self, name, id):
        (new,) = self.there.named(name)
        if (new["status"], new["metadata"]) != ("ACTIVE", {**KNOWN_BY, "osnap_server": id}):
            raise Wrong(f"the new server {name} is {new['status']}, with {new['metadata']}")
        if self.there.digests(new) != self.digests[id]:
            raise Wrong(f"the disks of the new server {name} have other bytes")
