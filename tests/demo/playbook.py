# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook of the collection as a user runs it, and what it asked of the clouds."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = REPOSITORY / ".tools" / "ansible-2.21" / "bin"
#: Seconds after which a silent command is said to be still at it.
SILENCE = 7


class Run:
    """One run: its end, its output, its tasks that changed something, its seconds, and its requests to the clouds."""

    def __init__(self, status, output, seconds, requests):
        self.status, self.output, self.seconds, self.requests = status, output, seconds, requests
        recap = re.findall(r"changed=(\d+)", output)
        self.changed = int(recap[-1]) if recap else 0

    def count(self, kind, cloud):
        return sum(kind_of(request) == kind and request["cloud"] == cloud for request in self.requests)

    @property
    def writes(self):
        return self.count("write", "source") + self.count("write", "target")

    def asked(self):
        """A line a cloud."""
        for cloud in ("source", "target"):
            logins, reads, writes = (self.count(kind, cloud) for kind in ("login", "read", "write"))
            yield f"asked of {cloud}: {logins} logins, {reads} reads, {writes} writes"


def kind_of(request):
    if request["path"].endswith("/auth/tokens"):
        return "login"
    return "read" if request["method"] in ("GET", "HEAD") else "write"


def run(stage, name, *arguments):
    """The playbook with the built and installed collection, its output on the screen.

    :param stage: has ``clouds_yaml``, ``control`` and ``project``
    :param name: what follows ``osnap.openstack.``
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "OS_"))}
    environment.update(
        OS_CLIENT_CONFIG_FILE=str(stage.clouds_yaml),
        # Resolved: a build meanwhile points the link elsewhere, and Ansible, which looks twice, then finds a role that
        # it has not loaded.
        ANSIBLE_COLLECTIONS_PATH=str((REPOSITORY / ".tools" / "collections").resolve()),
        ANSIBLE_HOME=str(REPOSITORY / ".tools" / "ansible-home"),
        ANSIBLE_LOCALHOST_WARNING="0",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="0",
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_DISPLAY_SKIPPED_HOSTS="0",
        PYTHONUNBUFFERED="1",
        **({"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}),
    )
    began, mark = time.monotonic(), stage.control.mark()
    command = [str(BIN / "ansible-playbook"), f"osnap.openstack.{name}", *arguments]
    status, output = shown(command, environment)
    asked = [
        request
        for request in stage.control.requests(mark, stage.project)
        if request["user_agent"].startswith("osnap.openstack")
    ]
    return Run(status, output, time.monotonic() - began, asked)


def shown(command, environment=None):
    """Run a command with its output on the screen: (status, output)."""
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    with Heartbeat(Path(command[0]).name) as heartbeat:
        for line in process.stdout:
            print(line, end="", flush=True)
            heartbeat.said()
            output.append(line)
        status = process.wait()
    return status, "".join(output)


class Heartbeat:
    """While it is entered, the screen is never silent for long."""

    def __init__(self, what):
        self._what, self._ended = what, threading.Event()

    def __enter__(self):
        self.said()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *dummy):
        self._ended.set()
        self._thread.join()

    def said(self):
        """Something was shown."""
        self._last = time.monotonic()

    def _watch(self):
        while not self._ended.wait(1):
            if time.monotonic() - self._last >= SILENCE:
                print(f"         … at it: {self._what}", flush=True)
                self.said()
