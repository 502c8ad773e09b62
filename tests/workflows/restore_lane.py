# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module server_set_restore, by a server with two disks and one that boots from a volume: beside, or in place."""

from lane import Lane, Wrong
from module_lane import driven, results
from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from servers import OWN, VOLUMES, Site, digest, write

SET = "eve"
#: What a project has once both were restored so, beside the two sets.
LEFT = {
    "beside": ["port"] * 4 + ["server"] * 4 + ["volume"] * 6,
    "in_place": ["port"] * 2 + ["server"] * 2 + ["volume"] * 4,
    "anew": ["port"] * 2 + ["server"] * 2 + ["volume"] * 5,
}
#: What of a project is looked at.
KINDS = ("image", "port", "server", "snapshot", "volume")
HOME = "home"
OF_SETS = ["image"] + ["snapshot"] * 3


class RestoreLane(Lane):
    """A project with two servers, of which there are sets, and which were written to since."""

    prefix = "restoresweep"
    choices = {"way": tuple(LEFT)}
    way = "beside"

    def __init__(self, number, instance):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.site = Site(self.source, self.admins[0], self.instance)
        self.command = driven("server_set_restore", [self.asked()])

    def asked(self, **more):
        items = {
            "beside": [{"server": OWN}, {"server": VOLUMES}],
            "in_place": [{"server": OWN, "mode": "in_place"}],
            "anew": [{"server": VOLUMES, "mode": "in_place", "allow_server_replacement": True}],
        }
        return {"cloud": "source", "servers": items[self.way], **more}

    # -- the stage

    def furnish(self):
        self._make_home()
        self.ids = [self.site.make_own(), self.site.make_with_volumes(network=HOME)]
        data = volume(self.source, f"{OWN}-data")["id"]
        attach(self.source, self.ids[0], data)
        write(self.site.volume_file(data), data)
        self.digests = {id: self._bytes(id) for id in self.ids}
        self._run(driven("server_snapshot_set", [self._set()]))
        for id in self.ids:
            for path in self.site.files(self.site.server(id)).values():
                write(path, "written since")
        self.since = {id: self._bytes(id) for id in self.ids}
        self.kept = {item["id"] for _kind, item in self._what_is_there()}

    def _make_home(self):
        """A network of the project's own: on another's none may choose an address."""
        made = self.source.post("network", "/v2.0/networks", {"network": {"name": HOME}})["network"]
        subnet = {"network_id": made["id"], "ip_version": 4, "cidr": "192.168.81.0/24"}
        self.source.post("network", "/v2.0/subnets", {"subnet": subnet})

    def _what_is_there(self):
        return [(kind, item) for kind, item in everything(self.source) if kind in KINDS]

    @staticmethod
    def _set():
        servers = [{"server": OWN}, {"server": VOLUMES}]
        return {"cloud": "source", "name": SET, "consistency": "stop", "servers": servers}

    def _bytes(self, id):
        """What is on the disks of a server, whatever their devices are called now."""
        return sorted(digest(path) for path in self.site.files(self.site.server(id)).values())

    def _run(self, command):
        wanted, self.command = self.command, command
        log = self.folder / "stage.log"
        log.write_bytes(b"")
        try:
            return self._to_the_end(log)
        finally:
            self.command = wanted

    def reset(self):
        if self.way != "beside":
            self.set_up()
            return
        self._run(driven("server_set_restore", [self.asked(state="absent")]))
        left = {item["id"] for _kind, item in self._what_is_there()}
        if left != self.kept:
            raise Wrong(f"after the removal there is beside what was before: {sorted(left ^ self.kept)}")

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))

    # -- the look

    def check(self):
        """Raise Wrong unless what was restored runs with the bytes of the sets, and nothing is there beside it."""
        found = self._what_is_there()
        wanted = sorted(LEFT[self.way] + OF_SETS)
        if sorted(kind for kind, _item in found) != wanted:
            listed = ", ".join(f"{kind} {item.get('name')} {item['id']} {item.get('status')}" for kind, item in found)
            raise Wrong(f"there is {listed}")
        for row in self.site.servers():
            if row["status"] != "ACTIVE":
                raise Wrong(f"the server {row['name']} is {row['status']}")
        for id, name in zip(self.ids, (OWN, VOLUMES), strict=True):
            restored = self._restored(id, name)
            for one in restored:
                if self._bytes(one) != self.digests[id]:
                    raise Wrong(f"the disks of {one}, restored of {name}, have other bytes")
            if (self.way == "beside" or not restored) and self._bytes(id) != self.since[id]:
                raise Wrong(f"a disk of the server {name} has changed, which was not to be touched")

    def _restored(self, id, name):
        if self.way == "in_place":
            return [id] if name == OWN else []
        if self.way == "anew":
            return [row["id"] for row in self.site.named(name)] if name == VOLUMES else []
        found = [row["id"] for row in self.site.servers() if row["metadata"].get("osnap_restored_server") == id]
        if len(found) != 1:
            raise Wrong(f"of {name} there are {len(found)} restored servers")
        return found
