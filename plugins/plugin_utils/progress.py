# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of progress: a FIFO that the module writes to and a thread that shows what comes.

The FIFO is also how a module learns that its job has gone. Since ansible-core 2.19 a worker is a session of its own and
outlives a killed controller, so the thread watches the worker's parent and closes the FIFO when that changes: the
module's next write then fails.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import select
import shutil
import tempfile
import threading

from ansible import constants as C
from ansible.plugins.action.normal import ActionModule as NormalActionModule
from ansible.utils.display import Display

from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import VARIABLE
from ansible_collections.osnap.openstack.plugins.plugin_utils import crash

_END = b"\0"
_PARENT_POLL_MS = 500


class ProgressActionModule(NormalActionModule):
    """Run the module as usual and show its progress while it works.

    A module on another machine can't reach the FIFO, and one under ``async`` is meant to outlive the controller: both
    run without.
    """

    def run(self, tmp=None, task_vars=None):
        if self._connection.transport != "local" or self._task.async_val:
            return super().run(tmp, task_vars)

        environment = self._task.environment
        inherited = environment if isinstance(environment, list) else [environment]
        with Listener(self._shower(task_vars or {})) as listener:
            self._task.environment = [*inherited, {VARIABLE: listener.path}]
            try:
                return _told(super().run(tmp, task_vars))
            finally:
                self._task.environment = environment

    def _shower(self, task_vars):
        """What is done with a line: shown after the host and the module; under ``no_log`` dropped, while a killed job
        is still noticed.
        """
        if self._task.no_log:
            return lambda line: None
        prefix = "[{0}] {1}".format(
            task_vars.get("inventory_hostname", "localhost"), self._task.action.rpartition(".")[2]
        )
        # Display doesn't flush. Standard error is line-buffered even in a pipe, and leaves machine-readable output
        # alone; ansible-runner flushes, but under core 2.16 takes only what is on standard output for its task's.
        stderr = C.DEFAULT_STDOUT_CALLBACK != "awx_display"
        return lambda line: Display().display("{0}: {1}".format(prefix, line), stderr=stderr)


class Listener:
    """Reads lines from a FIFO of its own and hands each to ``show``, until it is left or the controller has gone."""

    def __init__(self, show):
        self._show = show
        parent = multiprocessing.parent_process()
        self._controller = parent.pid if parent else os.getppid()

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="osnap-progress-", dir=C.DEFAULT_LOCAL_TMP)
        self.path = os.path.join(self._folder, "fifo")
        os.mkfifo(self.path, 0o600)
        self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        # A write end of our own ends the thread at once, and keeps poll() from reporting a hang-up whenever the
        # module's is closed.
        self._writer = os.open(self.path, os.O_WRONLY)
        self._thread = threading.Thread(target=self._listen, name="osnap-progress", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *unused):
        with contextlib.suppress(BrokenPipeError):  # the thread has left already, with the controller
            os.write(self._writer, _END)
        self._thread.join()
        os.close(self._writer)
        # A controller that ends takes its temporary folder, and so this one, with it.
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self):
        try:
            poll = select.poll()
            poll.register(self._reader, select.POLLIN)
            unfinished = b""
            while os.getppid() == self._controller:
                if not poll.poll(_PARENT_POLL_MS):
                    continue
                data, end, rest = os.read(self._reader, select.PIPE_BUF).partition(_END)
                *lines, unfinished = (unfinished + data).split(b"\n")
                for line in lines:
                    self._show(_printable(line))
                if end:
                    return
        finally:
            os.close(self._reader)


def _told(result):
    """With the message of a module that has crashed: under ``failed_when: false`` Ansible drops the exception."""
    if result.get("failed") and (why := crash.sentence(result)):
        result["msg"] = why
    return result


def _printable(line):
    """The line as text. Names in it come from a cloud: nothing of them may steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in line.decode("utf-8", "replace"))
