# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module server_migration, by two servers in one task, brought from one state to the next."""

import json
from pathlib import Path

import yaml
from lane import TOOLS, Lane, Wrong
from osnap_harness.cloud import Cloud
from osnap_harness.purge import everything, purge
from servers import OWN, VOLUMES, Site

STATES = ("copied", "moved", "complete")
RUN = "sweep"
#: Another project of the source's cloud, as the runs log in to it.
BESIDE = "beside"
#: A way of disks -> where it leads to: another cloud, another project, another region.
WAYS = {"stream": "target", "transfer": BESIDE, "share": BESIDE, "glance_download": "source-region2"}
#: What a source is left with: two servers with two volumes, and of three disks a snapshot, of two also its image.
SOURCE = ["image"] * 3 + ["port"] * 2 + ["server"] * 2 + ["snapshot"] * 2 + ["volume"] * 2
TARGET = ["image"] * 3 + ["port"] * 2 + ["server"] * 2 + ["volume"] * 2
#: Where volumes are handed over, Nova's own disk alone has an image, and shares it.
BY_WAY = {"transfer": (SOURCE[2:], TARGET[3:])}


class ModuleLane(Lane):
    """A project with a server whose root disk is Nova's own, and one that boots from a volume and has another."""

    prefix = "modulesweep"
    states = STATES
    #: For servers the module itself chooses how each disk goes there.
    choices = {"way": ("stream", *BY_WAY, "glance_download")}
    way = "stream"

    def __init__(self, number, instance):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.where = WAYS[self.way]
        clouds = self._clouds()
        self.target, self.admins[1] = (
            Cloud(name, clouds[name]["auth"], clouds[name]["region_name"])
            for name in (self.where, f"{self.where}-admin")
        )
        self.here, self.there = (
            Site(cloud, admin, self.instance, "source" if cloud.name == BESIDE else None)
            for cloud, admin in zip((self.source, self.target), self.admins, strict=True)
        )
        self.command = self.job(*self.states)

    def _clouds(self):
        """The entries of the clouds.yaml that the run has. It is its own where it leads to another project."""
        clouds = _entries(self.environment["OS_CLIENT_CONFIG_FILE"])
        if self.where == BESIDE:
            self.projects = [self.project, f"{self.project}-{BESIDE}"]
            theirs = _entries(self._make_project(self.projects[1]))
            clouds |= {BESIDE: theirs["source"], f"{BESIDE}-admin": theirs["source-admin"]}
            path = self.folder / "clouds.yaml"
            path.touch(mode=0o600)
            path.write_text(yaml.safe_dump({"clouds": clouds}), encoding="utf-8")
            self.environment["OS_CLIENT_CONFIG_FILE"] = str(path)
        if self.where not in clouds:
            raise SystemExit(f"the test cloud has no {self.where}: take it down, and start it with --region")
        return clouds

    def job(self, *states, servers=(OWN, VOLUMES), run=RUN, **options):
        """The command of a job that brings servers to states, one after another."""
        common = {"cloud": "source", "destination": {"cloud": self.where}, "run": run, **options}
        given = [{**common, "state": state, "servers": [{"server": name} for name in servers]} for state in states]
        return driven("server_migration", given)

    # -- the stage

    def furnish(self):
        self.make_servers()

    def make_servers(self):
        self.ids = [self.here.make_own(), self.here.make_with_volumes()]
        self.digests = {id: self.here.digests(self.here.server(id)) for id in self.ids}

    def reset(self):
        self.control_rules_gone()
        purge(self.admins[1])
        for id in self.ids:
            self.here.settled(id)
            row = self.here.server(id)
            if row["locked"]:
                self.here.act(id, {"unlock": None})
            for key in row["metadata"]:
                self.source.request("compute", "DELETE", f"/servers/{id}/metadata/{key}", expect=[204, 404])
            if row["status"] != "ACTIVE":
                self.here.act(id, {"os-start": None}, "ACTIVE")
        self.empty_source()

    def names(self):
        return [self.here.server(id)["name"] for id in self.ids]

    def bring(self, state, *servers):
        """Servers to a state, undisturbed."""
        command, self.command = self.command, self.job(state, servers=servers)
        log = self.folder / "brought.log"
        log.write_bytes(b"")
        try:
            self._to_the_end(log)
        finally:
            self.command = command

    def empty_source(self):
        """What a migration has made in the source is gone."""
        own = {
            volume["id"] for id in self.ids for volume in self.here.server(id)["os-extended-volumes:volumes_attached"]
        }
        for kinds in (("image",), ("snapshot",), ("volume",)):
            for kind, item in everything(self.source):
                if kind in kinds and item["id"] not in own:
                    service, path = ("image", "/v2/images") if kind == "image" else ("block-storage", f"/{kind}s")
                    self.source.request(service, "DELETE", f"{path}/{item['id']}", expect=[202, 204, 404])
                    if kind != "image":
                        self.source.wait(service, f"{path}/{item['id']}", [kind, "status"], ["gone"])

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))

    # -- the look

    def check(self):
        """Raise Wrong unless each server has one successor with its bytes, all of them are marked, and nothing is there
        beside what finalizing removes.
        """
        for site, wanted in zip((self.here, self.there), BY_WAY.get(self.way, (SOURCE, TARGET)), strict=True):
            self.check_kinds(site, wanted)
        for id in self.ids:
            self._check_server(id)
        self.check_images()

    def left(self, site):
        """``[(kind, row)]`` of what is looked at in a cloud."""
        return everything(site.cloud)

    def check_kinds(self, site, wanted):
        """Raise Wrong unless a cloud has just what is of these kinds."""
        found = self.left(site)
        if sorted(kind for kind, _item in found) != sorted(wanted):
            listed = ", ".join(f"{kind} {item.get('name')} {item['id']} {item.get('status')}" for kind, item in found)
            raise Wrong(f"{site.cloud.name} has {listed or 'nothing'}")

    def check_images(self):
        """Raise Wrong unless each image at the target is whole."""
        for image in self.images(self.target):
            if image["status"] != "active" or not image.get("osnap_complete"):
                raise Wrong(
                    f"target's image {image['id']} is {image['status']}, finished: {image.get('osnap_complete')}"
                )

    def check_untouched(self, id, metadata=None):
        """Raise Wrong unless a source runs as it did, unlocked, with its bytes and this metadata."""
        row = self.here.server(id)
        found = (row["status"], row["locked"], row["metadata"])
        if found != ("ACTIVE", False, metadata or {}):
            raise Wrong(f"the source server {row['name']} has status, lock and metadata {found}")
        if self.here.digests(row) != self.digests[id]:
            raise Wrong(f"a disk of the source server {row['name']} has changed")

    def _check_server(self, id):
        left = self.here.server(id)
        if (left["status"], left["locked"]) != ("SHUTOFF", True):
            raise Wrong(f"the source server {left['name']} is {left['status']}, locked: {left['locked']}")
        if self.here.digests(left) != self.digests[id]:
            raise Wrong(f"a disk of the source server {left['name']} has changed")
        moved = self.there.named(left["name"])
        if len(moved) != 1 or moved[0]["status"] != "ACTIVE" or not is_complete(moved[0]):
            told = [(row["id"], row["status"], row["metadata"]) for row in moved]
            raise Wrong(f"target has of {left['name']}: {told or 'nothing'}")
        if self.there.digests(moved[0]) != self.digests[id]:
            raise Wrong(f"the disks of the moved server {left['name']} have other bytes")


def driven(module, given):
    """The command of a job that runs a module with these parameters, one after another."""
    python, drive = TOOLS / "ansible-2.21" / "bin" / "python", Path(__file__).with_name("drive.py")
    return [str(python), str(drive), module, *map(json.dumps, given)]


def _entries(clouds_yaml):
    return yaml.safe_load(Path(clouds_yaml).read_text(encoding="utf-8"))["clouds"]


def is_complete(row):
    """Whether a server is marked as complete; before its source was looked at the mark says something else."""
    return row["metadata"].get("osnap_complete") == "true"


def results(output):
    """What the runs of a module have printed, one after another."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
