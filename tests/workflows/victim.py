# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook run, and how it is killed."""

import contextlib
import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

#: In the environment of a run and, inherited, of all its processes: workers lead sessions of their own, so no process
#: group holds them all.
MARK = "OSNAP_SWEEP"


class Victim:
    """One run of the playbook, its output in a file."""

    def __init__(self, command, environment, log):
        self.mark = uuid.uuid4().hex
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                command,
                env={**environment, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def alive(self):
        """The PIDs of all its processes that still run."""
        wanted = f"{MARK}={self.mark}".encode()
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _carries(pid, wanted)]

    def kill_all(self):
        """SIGKILL every process, until none is left: one may just be starting another."""
        while pids := self.alive():
            for pid in pids:
                _kill(pid)
            time.sleep(0.01)
        self.process.wait()

    def kill_controller(self):
        """SIGKILL ansible-playbook alone, as when somebody's terminal or an AWX pod goes: workers and modules live
        on.
        """
        _kill(self.process.pid)
        self.process.wait()

    def ended(self, timeout):
        """Whether nothing of it is alive within so many seconds."""
        deadline = time.monotonic() + timeout
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _carries(pid, wanted):
    try:
        return (
            wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
        )
    except OSError:
        return False  # gone meanwhile


def _kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
