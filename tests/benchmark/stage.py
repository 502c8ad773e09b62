# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where benchmarks play: a project of their own, a way to run playbooks and commands and to know what they took."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest.mock
import uuid
from pathlib import Path
from statistics import median

import yaml
from osnap_harness.cloud import Cloud
from osnap_harness.purge import purge
from osnap_testcloud.control import Control

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
#: ansible-core, openstack.cloud, openstacksdk and the command line client of one environment: ours and theirs run on
#: the same.
PEERS = REPOSITORY / ".tools" / "peers" / "bin"
PROJECT = "benchmark"


class Stage:
    """A project on both clouds."""

    def __init__(self, instance, project=PROJECT):
        self.project = project
        self.control = Control(instance)
        command = [sys.executable, str(REPOSITORY / "tests" / "testcloud"), "project", project]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OSNAP_TESTCLOUD": str(instance)})
        path = Path(instance) / "projects" / project / "clouds.yaml"
        clouds = yaml.safe_load(path.read_text(encoding="utf-8"))["clouds"]
        self.source, self.target = (Cloud(name, clouds[name]["auth"]) for name in ("source", "target"))
        self.admins = [Cloud(name, clouds[name]["auth"]) for name in ("source-admin", "target-admin")]
        self.environment = {
            **os.environ,
            "OS_CLIENT_CONFIG_FILE": str(path),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "seconds",
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY / ".tools" / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
            "ANSIBLE_DEPRECATION_WARNINGS": "False",
        }

    def empty(self):
        """Remove everything the project has."""
        for admin in self.admins:
            purge(admin, timeout=900)  # fifty servers with their volumes, on a busy machine

    def fill(self, snapshot, names):
        """Copies of a snapshot by other names, put into Cinder's database: through the API ten thousand would take an
        hour. Its driver misses no file.
        """
        path = self.control.instance / "source" / "cinder" / "cinder.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection, connection as database:
            columns = [
                row[1]
                for row in database.execute("PRAGMA table_info(snapshots)")
                if row[1] not in ("id", "display_name")
            ]
            copied = ", ".join(f'"{column}"' for column in columns)
            database.executemany(
                f"INSERT INTO snapshots (id, display_name, {copied}) SELECT ?, ?, {copied} FROM snapshots WHERE id = ?",
                [(str(uuid.uuid4()), name, snapshot["id"]) for name in names],
            )

    def forget(self, snapshot):
        """Remove what :meth:`fill` has made of a snapshot, and what the API has deleted of it."""
        path = self.control.instance / "source" / "cinder" / "cinder.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection, connection as database:
            copies = "SELECT id FROM snapshots WHERE volume_id = ? AND id != ?"
            database.execute(
                f"DELETE FROM snapshot_metadata WHERE snapshot_id IN ({copies})",
                (snapshot["volume_id"], snapshot["id"]),
            )
            database.execute(
                "DELETE FROM snapshots WHERE volume_id = ? AND id != ?", (snapshot["volume_id"], snapshot["id"])
            )

    def play(self, tasks):
        """Run tasks on localhost; returns ``[{name, seconds, changed}]`` in their order."""
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": tasks,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        }
        with tempfile.TemporaryDirectory() as folder:
            playbook, seconds = Path(folder, "play.yml"), Path(folder, "seconds.jsonl")
            playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
            self.command([PEERS / "ansible-playbook", playbook], SECONDS=str(seconds))
            return [json.loads(line) for line in seconds.read_text(encoding="utf-8").splitlines()]

    @contextlib.contextmanager
    def payloads(self, tasks):
        """The modules of tasks as Ansible packs them: files that can be run again and again by themselves."""
        with tempfile.TemporaryDirectory() as folder:
            found = []
            for number, task in enumerate(tasks):
                place = Path(folder, str(number))
                kept = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(place)}
                with unittest.mock.patch.dict(self.environment, kept):
                    self.play([task])
                found += place.rglob("AnsiballZ_*")
            yield found

    def processor(self, payload):
        """The seconds of processor time that a packed module takes, its interpreter's start included."""
        process = subprocess.Popen(
            [str(PEERS / "python"), str(payload)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        dummy, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{payload} failed")
        return usage.ru_utime + usage.ru_stime

    def command(self, command, expect=(0,), **environment):
        """Run a command that must end with one of the statuses; returns (seconds, its own peak RSS in MiB)."""
        began = time.monotonic()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
            dummy, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in expect:
                output.seek(0)
                raise SystemExit(
                    f"{' '.join(str(part) for part in command)}"
                    f" failed:\n{output.read().decode(errors='replace')[-3000:]}"
                )
        return time.monotonic() - began, usage.ru_maxrss / 1024

    def requests(self, tasks):
        """How many requests tasks make, those without a token (version documents) included: the cloud must be idle
        otherwise.
        """
        ids = {self.source.project_id, self.target.project_id, None}  # before the mark: asking for them may log in
        mark = self.control.mark()
        self.play(tasks)
        return len(
            [
                request
                for request in self.control.requests(since=mark)
                if request["project_id"] in ids or request.get("project") == self.project
            ]
        )


class PeakOf(threading.Thread):
    """The peak RSS in MiB of the processes whose command line has a word in it, looked at ten times a second."""

    def __init__(self, word):
        super().__init__(daemon=True)
        self.word, self.peak, self.over = word.encode(), 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *dummy):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(0.1):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    if self.word in (folder / "cmdline").read_bytes():
                        status = (folder / "status").read_text()
                        self.peak = max(self.peak, int(status.split("VmHWM:")[1].split()[0]) / 1024)
                except (OSError, IndexError):
                    continue  # gone meanwhile


def middle(values):
    """Median, and the spread from the smallest to the largest in parts of it: this machine's noise."""
    value = median(values)
    return value, (max(values) - min(values)) / value if value else 0
