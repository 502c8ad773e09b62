# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One project on two clouds, in which one migration after another is killed, run again and looked at."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from osnap_harness.cloud import Cloud
from osnap_harness.fixtures import noise, server
from osnap_harness.purge import everything, purge
from osnap_testcloud.control import Control
from osnap_testcloud.server_disk import disk_path
from points import points_of
from victim import Victim

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
OUTPUT = REPOSITORY / "tests" / "output" / "killsweep"
#: A copy of the built collection: whoever builds meanwhile doesn't change what is swept.
COLLECTIONS = OUTPUT / "collections"
NAME = "web01"
#: Seconds for a whole undisturbed run on a busy machine.
PATIENCE = 300
#: An orphan notices within half a second; on a busy machine later.
ORPHANS_END = 10


class Wrong(Exception):
    """What is there is not what must be there."""


class Lane:
    """A project with one source server, migrated again and again."""

    def __init__(self, number, instance):
        self.project = f"killsweep-{number}"
        self.instance = Path(instance)
        self.control = Control(self.instance)
        command = [sys.executable, str(REPOSITORY / "tests" / "testcloud"), "project", self.project]
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "OSNAP_TESTCLOUD": str(self.instance)}
        )
        clouds_yaml = self.instance / "projects" / self.project / "clouds.yaml"
        clouds = yaml.safe_load(clouds_yaml.read_text(encoding="utf-8"))["clouds"]
        self.source, self.target = (Cloud(name, clouds[name]["auth"]) for name in ("source", "target"))
        self.admins = [Cloud(name, clouds[name]["auth"]) for name in ("source-admin", "target-admin")]
        self.folder = OUTPUT / self.project
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **os.environ,
            "OS_CLIENT_CONFIG_FILE": str(clouds_yaml),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "1",
        }
        self.command = [
            str(TOOLS / "ansible-2.21" / "bin" / "ansible-playbook"),
            str(Path(__file__).with_name("migrate.yml")),
        ]

    # -- the stage

    def set_up(self):
        """An empty project but for one server on the source with known bytes on its disk."""
        self.control_rules_gone()
        for admin in self.admins:
            purge(admin)
        self.server = server(self.source, NAME)
        disk = disk_path(self.instance, "source", self.server["id"])
        with open(disk, "r+b") as opened:
            opened.write(noise(1 << 20, seed=self.project))
        self.digest = _sha512(disk)

    def reset(self):
        """What a migration made is gone, and its server runs again, without its marks."""
        self.control_rules_gone()
        purge(self.admins[1])
        id = self.server["id"]
        self.source.wait("compute", f"/servers/{id}", ["server", "OS-EXT-STS:task_state"], [None])
        for image in self.images(self.source):
            self.source.request("image", "DELETE", f"/v2/images/{image['id']}", expect=[204, 404])
        state = self.source.get("compute", f"/servers/{id}")["server"]
        for key in state["metadata"]:
            self.source.request("compute", "DELETE", f"/servers/{id}/metadata/{key}", expect=[204, 404])
        if state["status"] != "ACTIVE":
            self.source.request("compute", "POST", f"/servers/{id}/action", {"os-start": None})
            self.source.wait("compute", f"/servers/{id}", ["server", "status"], ["ACTIVE"], unwanted=["ERROR"])

    def control_rules_gone(self):
        """No rule of this project is left."""
        for rule in self.control.rules():
            if rule.get("project") == self.project:
                self.control.clear(rule["id"])

    def images(self, cloud):
        return cloud.get("image", f"/v2/images?owner={cloud.project_id}&limit=500")["images"]

    # -- the play

    def record(self):
        """The points of an undisturbed migration, which must itself come out right."""
        mark = self.control.mark()
        log = self.folder / "undisturbed.log"
        log.write_bytes(b"")
        self._to_the_end(log)
        points = points_of(
            [
                request
                for request in self.control.requests(since=mark, project=self.project)
                if not (request["user_agent"] or "").startswith("osnap-harness")
            ]
        )
        self.check()
        self._changes_nothing(log)
        return points

    def run(self, point, variant, third_run):
        """One point: stop there, kill, run again, look. Returns what became of it: "right", or "not reached" where the
        request was not made this time.
        """
        log = self.folder / (re.sub(r"[^\w#-]+", "_", f"{point}_{variant}") + ".log")
        log.write_bytes(b"")
        rule = self.control.inject(point.rule(self.project))
        first = Victim(self.command, self.environment, log)
        try:
            reached = self._stopped_or_ended(rule, first)
            if reached and variant == "all":
                first.kill_all()
            elif reached:
                first.kill_controller()
            self.control.clear(rule)  # lets the held request go, without an answer
            self._to_the_end(log)
            if not first.ended(ORPHANS_END):
                raise Wrong(f"{len(first.alive())} processes of the killed run are still alive after the second run")
        finally:
            self.control.clear(rule)
            first.kill_all()
        self.check()
        if third_run:
            self._changes_nothing(log)
        return "right" if reached else "not reached"

    def _stopped_or_ended(self, rule, victim):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.control.wait_stopped(rule, timeout=0.2):
                return True
            if victim.process.poll() is not None:
                return False
        raise Wrong(f"the first run neither stopped nor ended within {PATIENCE} s")

    def _to_the_end(self, log):
        """One run that must succeed; returns its output."""
        begin = log.stat().st_size
        victim = Victim(self.command, self.environment, log)
        try:
            status = victim.process.wait(timeout=PATIENCE)
        finally:
            victim.kill_all()
        output = log.read_bytes()[begin:].decode(errors="replace")
        if status:
            told = [line for line in output.splitlines() if "ERROR" in line or "fatal:" in line]
            raise Wrong(f"the run to the end failed: {(told or output.splitlines()[-1:] or ['no output'])[0][:600]}")
        return output

    def _changes_nothing(self, log):
        recap = re.search(r"changed=(\d+)", self._to_the_end(log))
        if not recap or recap[1] != "0":
            raise Wrong(f"one more run changed something: {recap[0] if recap else 'no recap'}")

    # -- the look

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
        if "osnap_complete" not in moved["metadata"] or "osnap_complete" not in self.images(self.target)[0]:
            raise Wrong("what is at the target is not marked as complete")
        if _sha512(disk_path(self.instance, "target", moved["id"])) != self.digest:
            raise Wrong("the moved server's disk has other bytes")
        left = self.source.get("compute", f"/servers/{self.server['id']}")["server"]
        if left["status"] != "SHUTOFF" or _sha512(disk_path(self.instance, "source", left["id"])) != self.digest:
            raise Wrong(f"the source server is {left['status']}, or its disk has changed")


def take_collection():
    """Copy the built collection, for all lanes."""
    shutil.rmtree(COLLECTIONS, ignore_errors=True)
    shutil.copytree((TOOLS / "collections").resolve(), COLLECTIONS)


def _sha512(path):
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha512").hexdigest()
