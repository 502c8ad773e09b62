# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
import threading

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import progress as progress_module
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone, Progress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fifo(tmp_path, monkeypatch):
    """A FIFO with a listener, as the action plugin makes it."""
    path = tmp_path / "fifo"
    os.mkfifo(path, 0o600)
    monkeypatch.setenv("OSNAP_PROGRESS", str(path))

    class Fifo:
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        name = path

        def lines(self):
            try:
                return os.read(self.reader, 100_000).decode().splitlines()
            except BlockingIOError:
                return []

        def hang_up(self):
            os.close(self.reader)
            self.reader = None

    listener = Fifo()
    yield listener
    if listener.reader is not None:
        listener.hang_up()


@pytest.fixture
def progress(fifo, clock):
    progress = Progress(os.open(fifo.name, os.O_WRONLY | os.O_NONBLOCK), interval=10, clock=clock)
    yield progress
    progress.close()


def test_the_first_line_comes_after_one_interval_and_then_one_an_interval(progress, fifo, clock):
    for second in range(25):
        progress.tick("second {0}".format(second))
        clock.now += 1
    assert fifo.lines() == ["second 10", "second 20"]


def test_a_line_stays_one_short_line(progress, fifo, clock):
    clock.now += 10
    progress.tick("a\nb\t" + "x" * 500)
    (line,) = fifo.lines()
    assert line.startswith("a b xxx")
    assert line.endswith("x…")
    assert len(line) == 240


def test_a_line_is_dropped_when_the_listener_is_busy(progress, fifo, clock):
    capacity = fcntl.fcntl(fifo.reader, fcntl.F_SETPIPE_SZ, 4096)
    filler = os.open(fifo.name, os.O_WRONLY | os.O_NONBLOCK)
    os.write(filler, b"x" * (capacity - 1) + b"\n")
    os.close(filler)
    clock.now += 10
    progress.tick("dropped")
    assert [len(line) for line in fifo.lines()] == [capacity - 1]
    progress.tick("too soon")
    clock.now += 10
    progress.tick("shown")
    assert fifo.lines() == ["shown"]


def test_the_job_is_gone_when_nobody_listens_any_more(progress, fifo, clock):
    progress.check()
    fifo.hang_up()
    clock.now += 1
    assert not progress.alive()
    with pytest.raises(JobGone):
        progress.check()
    with pytest.raises(JobGone):
        progress.tick("anybody?")


def test_a_write_notices_before_the_next_look(progress, fifo, clock):
    clock.now += 10
    assert progress.alive()
    fifo.hang_up()
    with pytest.raises(JobGone):
        progress.tick("looked up a moment ago, yet gone")
    with pytest.raises(JobGone):
        progress.check()


def test_the_listener_is_looked_up_at_most_twice_a_second(progress, clock, monkeypatch):
    looks = []
    monkeypatch.setattr(progress_module, "_hung_up", looks.append)
    for dummy in range(100):
        progress.check()
        clock.now += 0.01
    assert len(looks) == 2


def test_open_connects_to_the_action_plugin(fifo):
    progress = Progress.open(interval=0)
    progress.tick("hello")
    progress.close()
    assert fifo.lines() == ["hello"]


@pytest.mark.parametrize("what", ["no reader", "no file"])
def test_open_notices_that_the_job_is_gone_already(fifo, what):
    fifo.hang_up()
    if what == "no file":
        fifo.name.unlink()
    with pytest.raises(JobGone):
        Progress.open()


def test_nobody_listens_without_an_action_plugin(monkeypatch):
    monkeypatch.delenv("OSNAP_PROGRESS", raising=False)
    progress = Progress.open(interval=0)
    progress.tick("into the void")
    assert progress.alive()
    progress.close()


def test_without_an_action_plugin_the_parent_is_watched(monkeypatch, clock):
    progress = Progress(clock=clock)
    assert progress.alive()
    another = os.getppid() + 1  # 1 is the parent of whoever runs this in the background
    monkeypatch.setattr(os, "getppid", lambda: another)
    clock.now += 1
    with pytest.raises(JobGone):
        progress.check()


def test_another_users_fifo_is_nobody_listening(monkeypatch, fifo):
    def refuse(*unused):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    progress = Progress.open(interval=0)
    monkeypatch.undo()
    progress.tick("not for you")
    assert fifo.lines() == []


def test_many_threads_share_one_interval(progress, fifo, clock):
    clock.now += 10
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        for dummy in range(50):
            progress.tick("worker {0}".format(number))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(fifo.lines()) == 1
