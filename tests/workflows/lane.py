# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One project on two clouds, in which one migration after another is killed, run again and looked at."""

import os
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

import yaml
from osnap_harness.cloud import Cloud
from osnap_harness.purge import purge
from osnap_testcloud.control import Control
from points import points_of
from victim import Victim

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
#: Seconds for a whole undisturbed run on a busy machine.
PATIENCE = 300
#: An orphan notices within half a second; on a busy machine later.
ORPHANS_END = 10

#: What a line has that tells why a run failed.
SAY_WHY = ("ERROR", "fatal:", '"failed": true')


class Wrong(Exception):
    """What is there is not what must be there."""


class Lane(ABC):
    """A project from which something is migrated again and again; what, and how, is in a subclass."""

    #: Begins the names of its projects; its output has a folder of this name.
    prefix = ""
    #: What is run.
    command: list = []
    #: What is swept of it: an option of `run.py` -> its values. Each is an attribute of the class.
    choices: dict = {}

    def __init__(self, number, instance):
        self.project = f"{self.prefix}-{number}"
        #: All that the run works in, whose requests are its points.
        self.projects = [self.project]
        self.instance = Path(instance)
        self.control = Control(self.instance)
        clouds_yaml = self._make_project(self.project)
        clouds = yaml.safe_load(clouds_yaml.read_text(encoding="utf-8"))["clouds"]
        self.source, self.target = (Cloud(name, clouds[name]["auth"]) for name in ("source", "target"))
        self.admins = [Cloud(name, clouds[name]["auth"]) for name in ("source-admin", "target-admin")]
        self.folder = self.output() / self.project
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **os.environ,
            "OS_CLIENT_CONFIG_FILE": str(clouds_yaml),
            "ANSIBLE_CONFIG": str(REPOSITORY / "tests" / "integration" / "harness" / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.output() / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_NOCOLOR": "1",
        }

    def _make_project(self, name):
        """A project on all clouds; the path of its clouds.yaml."""
        command = [sys.executable, str(REPOSITORY / "tests" / "testcloud"), "project", name]
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "OSNAP_TESTCLOUD": str(self.instance)}
        )
        return self.instance / "projects" / name / "clouds.yaml"

    @classmethod
    def output(cls):
        return REPOSITORY / "tests" / "output" / cls.prefix

    @classmethod
    def take_collection(cls):
        """Copy the built collection, for all lanes: whoever builds meanwhile doesn't change what is swept."""
        shutil.rmtree(cls.output() / "collections", ignore_errors=True)
        shutil.copytree((TOOLS / "collections").resolve(), cls.output() / "collections")

    # -- the stage

    def set_up(self):
        """An empty project but for what is to be moved, with known bytes on its disks."""
        self.control_rules_gone()
        for admin in self.admins:
            purge(admin)
        self.furnish()

    @abstractmethod
    def furnish(self):
        """Make what is to be moved."""

    @abstractmethod
    def reset(self):
        """What a migration made is gone, and what is to be moved is as it was."""

    @abstractmethod
    def check(self):
        """Raise Wrong unless everything has been moved, whole, and nothing is there beside it."""

    def control_rules_gone(self):
        """No rule of this project is left."""
        for rule in self.control.rules():
            if rule.get("project") in (self.project, self.projects):
                self.control.clear(rule["id"])

    @staticmethod
    def images(cloud):
        return cloud.get("image", f"/v2/images?owner={cloud.project_id}&limit=500")["images"]

    # -- the play

    def record(self):
        """The points of an undisturbed migration, which must itself come out right."""
        mark = self.control.mark()
        log = self.folder / "undisturbed.log"
        log.write_bytes(b"")
        self._to_the_end(log)
        points = points_of(self.requests(mark))
        self.check()
        self._changes_nothing(log)
        return points

    def requests(self, mark):
        """What runs have asked of the clouds since a mark, in its order."""
        found = [one for name in self.projects for one in self.control.requests(since=mark, project=name)]
        found = [one for one in found if not (one["user_agent"] or "").startswith("osnap-harness")]
        return sorted(found, key=lambda request: request["time"])

    def run(self, point, variant, third_run):
        """One point: stop there, kill, run again, look. Returns what became of it: "right", or "not reached" where the
        request was not made this time.
        """
        log = self.folder / (re.sub(r"[^\w#-]+", "_", f"{point}_{variant}") + ".log")
        log.write_bytes(b"")
        rule = self.control.inject(point.rule(self.projects))
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
            told = [line for line in output.splitlines() if any(word in line for word in SAY_WHY)]
            raise Wrong(f"the run to the end failed: {(told or output.splitlines()[-1:] or ['no output'])[0][:600]}")
        return output

    def _changes_nothing(self, log):
        output = self._to_the_end(log)
        if not self.changed_nothing(output):
            raise Wrong(f"one more run changed something: {(output.splitlines() or [''])[-1][:300]}")

    @abstractmethod
    def changed_nothing(self, output):
        """Whether a run says so."""
