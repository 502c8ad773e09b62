# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's half of progress: one short line now and then to whoever listens, and an end when nobody does any more."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "OSNAP_PROGRESS"

#: What a module says whose job has gone, if anybody still hears it.
JOB_GONE = "The job that started this module is gone; stopped before the next request. Run again to go on from here."

_CHECK_EVERY = 0.5
_LONGEST_LINE = 240  # and far below PIPE_BUF in bytes, so that no line is torn


class JobGone(Exception):
    """The job that this module works for has been killed. Nobody will read a result; stop before the next change."""

    def __init__(self):
        super().__init__("the job that started this task has gone; running it again goes on from here")


class Progress:
    """Tells the action plugin how far the work is, and the work whether anyone still waits for it. Safe to share
    between threads.

    Without an action plugin (another machine, ``async``, a module called by hand) nothing is shown, and the job counts
    as gone when the process that started the module has. Under ``async`` that is Ansible's wrapper, which is meant to
    outlive the playbook.
    """

    def __init__(self, fifo: int | None = None, interval: float = 10.0, clock: Callable[[], float] = time.monotonic):
        self._fifo = fifo
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._next_line = clock() + interval
        self._next_check = clock()
        self._gone = False
        self._parent = os.getppid()

    @classmethod
    def open(cls, interval: float = 10.0) -> Progress:
        """Connect to the action plugin of this task, if it has one; at most one line every ``interval`` seconds, the
        first after one.
        """
        path = os.environ.get(VARIABLE)
        if not path:
            return cls(interval=interval)
        try:
            return cls(os.open(path, os.O_WRONLY | os.O_NONBLOCK), interval)
        except PermissionError:  # become: another user's FIFO
            return cls(interval=interval)
        except OSError as error:  # no reader, or no file: the job was killed while the module started
            raise JobGone() from error

    def tick(self, text: str) -> None:
        """Show the text if the last line is long enough ago; raises :class:`JobGone`, as ``check`` does, however often
        it is called.
        """
        self.check()
        if self._fifo is None:
            return
        with self._lock:
            if self._clock() < self._next_line:
                return
            self._next_line = self._clock() + self._interval
        try:
            os.write(self._fifo, _one_line(text))
        except BlockingIOError:  # a controller too busy to read: the work doesn't wait for it
            pass
        except BrokenPipeError as error:
            self._gone = True
            raise JobGone() from error

    def check(self) -> None:
        """Raise :class:`JobGone` if so. Cheap: call it before each request that changes something, and at each turn of
        a wait.
        """
        if not self.alive():
            raise JobGone()

    def alive(self) -> bool:
        """Whether the job still runs; looked up at most twice a second."""
        with self._lock:
            if not self._gone and self._clock() >= self._next_check:
                self._next_check = self._clock() + _CHECK_EVERY
                self._gone = os.getppid() != self._parent if self._fifo is None else _hung_up(self._fifo)
            return not self._gone

    def close(self) -> None:
        """Let go of the FIFO."""
        fifo, self._fifo = self._fifo, None
        if fifo is not None:
            os.close(fifo)


def _hung_up(fifo):
    poll = select.poll()
    poll.register(fifo, 0)  # errors and hang-ups are always reported
    return bool(poll.poll(0))


def _one_line(text):
    line = " ".join(text.split())
    if len(line) > _LONGEST_LINE:
        line = line[: _LONGEST_LINE - 1] + "…"
    return line.encode("utf-8", "replace") + b"\n"
