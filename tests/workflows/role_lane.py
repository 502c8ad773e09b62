# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role migrate_servers, by one server and its playbook."""

import re
from pathlib import Path

from lane import TOOLS, Lane, Wrong
from osnap_harness.fixtures import noise, server
from osnap_harness.purge import everything, purge
from osnap_testcloud.server_disk import disk_path
from servers import digest

NAME = "web01"


class RoleLane(Lane):
    """A project with one source server."""

    prefix = "killsweep"
    command = [
        str(TOOLS / "ansible-2.21" / "bin" / "ansible-playbook"),
        str(Path(__file__).with_name("migrate.yml")),
    ]

    def furnish(self):
        """One server on the source with known bytes on its disk."""
        self.server = server(self.source, NAME)
        disk = disk_path(self.instance, "source", self.server["id"])
        with open(disk, "r+b") as opened:
            opened.write(noise(1 << 20, seed=self.project))
        self.digest = digest(disk)

    def reset(self):
        """What a migration made is gone, and its server runs again, without its marks."""
        self.control_rules_gone()
        purge(self.admins[1])
        id = self.server["id"]
        self.source.wait("compute", f"/servers/{id}", ["server", "OS-EXT-STS:task_state"], [None])
        for image in self.images(self.source):
            self.source.request("image", "DELETE", f"/v2/images/{image['id']}", expect=[204, 404])
        state = self.source.get("compute", f"/servers/{id}")["server"]
        if state["locked"]:
            self.admins[0].request("compute", "POST", f"/servers/{id}/action", {"unlock": None})
        for key in state["metadata"]:
            self.source.request("compute", "DELETE", f"/servers/{id}/metadata/{key}", expect=[204, 404])
        if state["status"] != "ACTIVE":
            self.source.request("compute", "POST", f"/servers/{id}/action", {"os-start": None})
            self.source.wait("compute", f"/servers/{id}", ["server", "status"], ["ACTIVE"], unwanted=["ERROR"])

    def changed_nothing(self, output):
        recap = re.search(r"changed=(\d+)", output)
        return bool(recap) and recap[1] == "0"

    def check(self):
        """Raise Wrong unless there is exactly one server and one image on each side, whole, and nothing else."""
        for cloud in (self.source, self.target):
            found = sorted(kind for kind, item in everything(cloud))
            if found != ["image", "port", "server"]:
                listed = ", ".join(
                    f"{kind} {item.get('name')} {item['id']} {item.get('status')}" for kind, item in everything(cloud)
                )
                raise Wrong(f"{cloud.name} has {listed or 'nothing'}")
            image = self.images(cloud)[0]
            if image["status"] != "active" or image["os_hash_value"] != self.digest:
                hashed = "right" if image["os_hash_value"] == self.digest else "wrong"
                raise Wrong(f"{cloud.name}'s image {image['id']} is {image['status']}, and its hash is {hashed}")
        moved = self.target.get("compute", "/servers/detail")["servers"][0]
        if (moved["name"], moved["status"]) != (NAME, "ACTIVE"):
            raise Wrong(f"target's server is {moved['name']}, {moved['status']}")
        if moved["metadata"].get("osnap_complete") != "true" or "osnap_complete" not in self.images(self.target)[0]:
            raise Wrong("what is at the target is not marked as complete")
        if digest(disk_path(self.instance, "target", moved["id"])) != self.digest:
            raise Wrong("the moved server's disk has other bytes")
        left = self.source.get("compute", f"/servers/{self.server['id']}")["server"]
        if left["status"] != "SHUTOFF" or digest(disk_path(self.instance, "source", left["id"])) != self.digest:
            raise Wrong(f"the source server is {left['status']}, or its disk has changed")
