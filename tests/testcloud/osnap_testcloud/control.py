# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For harnesses: what was asked of the clouds, and faults on demand. Standard library only, so that any Python can
import it.

control = Control(instance)              # the folder of the instance, or None for the usual one
mark = control.mark()
rule = control.inject({"service": "cinder", "method": "POST", "path": "/snapshots$", "status": 503, "times": 1})
...
control.clear(rule)
writes = [r for r in control.requests(since=mark, project="t-volume-snapshot") if r["method"] != "GET"]
"""

import contextlib
import fcntl
import json
import os
import time
import uuid
from pathlib import Path

from . import faults
from .layout import Instance

#: Bytes at the end of the log of requests that a look for the end of a line begins with.
TAIL = 1 << 14


class Control:
    def __init__(self, instance=None):
        self.instance = Path(instance) if instance else Instance.default_folder()
        self.folder = self.instance / "control"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "requests.jsonl"

    # What was asked

    def mark(self):
        """Where the log of requests ends now: after its last whole line, for of one that is being written a part may be
        there.
        """
        if not self.log.exists():
            return 0
        with self.log.open("rb") as log:
            end, tail = log.seek(0, os.SEEK_END), b""
            while end and b"\n" not in tail:
                end = log.seek(max(0, end - TAIL))
                tail = log.read(TAIL)
        return end + tail.rfind(b"\n") + 1

    def requests(self, since=0, project=None, client_only=True, began=0):
        """The requests that ended after a mark, and began at a time (in seconds since the epoch) or later, as dicts; of
        one project (name or ID), and without those that services sent each other.

        What was asked without a token (Keystone's version document) belongs to no project.
        """
        wanted = self._project_ids(project) if project else None
        found = []
        if self.log.exists():
            with self.log.open("rb") as log:
                log.seek(since)
                for line in log:
                    if not line.endswith(b"\n"):
                        break
                    entry = json.loads(line)
                    if entry["time"] < began or (client_only and entry["caller"]):
                        continue
                    if wanted and entry["project_id"] not in wanted and entry.get("project") not in wanted:
                        continue
                    found.append(entry)
        return found

    def _project_ids(self, project):
        known = self.projects()
        return {project} | {projects[project] for projects in known.values() if project in projects}

    def projects(self):
        """``{cloud: {project name: ID}}`` of the projects that the test cloud made."""
        path = self.folder / "projects.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def keep_projects(self, cloud, projects):
        """Note the IDs of a cloud's projects."""
        with self._locked():
            known = self.projects()
            known.setdefault(cloud, {}).update(projects)
            self._write("projects.json", known)

    # Faults

    def inject(self, rule):
        """Add a rule (README.md describes them) and return its ID. It holds from the next request on."""
        identifier = str(rule.get("id") or uuid.uuid4().hex[:8])
        rule = dict(faults.checked(rule), id=identifier)
        with self._locked():
            self._forget(identifier)
            self._write(
                "faults.json", {"rules": [*(known for known in self.rules() if known["id"] != identifier), rule]}
            )
        return identifier

    def rules(self):
        """The rules of now."""
        path = self.folder / "faults.json"
        return json.loads(path.read_text())["rules"] if path.exists() else []

    def clear(self, identifier=None):
        """Forget a rule, or all; a request that it holds is let go."""
        with self._locked():
            rules = self.rules()
            for rule in rules:
                if identifier in (None, rule["id"]):
                    if (self.folder / "stopped" / f"{rule['id']}.json").exists():
                        self.release(rule["id"])
                    self._forget(rule["id"], keep_release=True)
            kept = [rule for rule in rules if identifier not in (None, rule["id"])]
            if kept != rules:
                self._write("faults.json", {"rules": kept})

    def hits(self, identifier):
        """How many requests a rule has matched so far (those it was not due for included)."""
        path = self.folder / "counters" / identifier
        return int(path.read_text() or 0) if path.exists() else 0

    def wait_hits(self, identifier, requests, timeout=60):
        """Wait until a rule has matched so many requests; returns how many they are then, or after the timeout."""
        deadline = time.monotonic() + timeout
        while (hits := self.hits(identifier)) < requests and time.monotonic() < deadline:
            time.sleep(0.05)
        return hits

    def wait_stopped(self, identifier, timeout=60):
        """Wait until a ``stop`` rule holds a request; returns what it holds, or None after the timeout."""
        path = self.folder / "stopped" / f"{identifier}.json"
        deadline = time.monotonic() + timeout
        while not path.exists():
            if time.monotonic() > deadline:
                return None
            time.sleep(0.01)
        return json.loads(path.read_text())

    def release(self, identifier):
        """Let the held request go: its connection is closed without an answer."""
        release = self.folder / "release" / identifier
        release.parent.mkdir(parents=True, exist_ok=True)
        release.touch()

    def _forget(self, identifier, keep_release=False):
        for path in (
            self.folder / "counters" / identifier,
            *(() if keep_release else (self.folder / "release" / identifier,)),
        ):
            path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self):
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, name, content):
        partial = self.folder / f"{name}.{os.getpid()}.partial"
        partial.write_text(json.dumps(content, indent=1) + "\n")
        partial.replace(self.folder / name)
