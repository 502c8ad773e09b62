# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import select
import stat
import threading
import time
from types import SimpleNamespace

import pytest
from ansible.plugins.action.normal import ActionModule as NormalActionModule

from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import Progress
from ansible_collections.osnap.openstack.plugins.plugin_utils import progress as plugin
from ansible_collections.osnap.openstack.plugins.plugin_utils.progress import Listener, ProgressActionModule


def writer(listener):
    return Progress(os.open(listener.path, os.O_WRONLY | os.O_NONBLOCK), interval=0)


def test_lines_are_handed_over_in_order_and_the_last_ones_before_the_end():
    shown = []
    with Listener(shown.append) as listener:
        module = writer(listener)
        for number in range(300):
            module.tick(str(number))
        module.close()
    assert shown == [str(number) for number in range(300)]


def test_the_fifo_is_private_and_gone_afterwards():
    with Listener(print) as listener:
        folder = os.path.dirname(listener.path)
        assert stat.S_IMODE(os.stat(listener.path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert not os.path.exists(folder)


def test_leaving_wakes_the_thread_instead_of_waiting_for_its_poll():
    started = time.monotonic()
    for dummy in range(20):
        with Listener(print):
            pass
    assert time.monotonic() - started < 20 * plugin._PARENT_POLL_MS / 1000 / 5
    assert not [thread for thread in threading.enumerate() if thread.name == "osnap-progress"]


def test_a_module_that_closes_the_fifo_and_opens_it_again_is_still_heard():
    shown = []
    with Listener(shown.append) as listener:
        for text in ("one", "two"):
            module = writer(listener)
            module.tick(text)
            module.close()
            time.sleep(0.05)
    assert shown == ["one", "two"]


def test_names_cannot_steer_the_terminal():
    shown = []
    with Listener(shown.append) as listener:
        module = os.open(listener.path, os.O_WRONLY)
        os.write(module, b"image '\x1b[2Jx' \xff ok\n")
        os.close(module)
    assert shown == ["image '?[2Jx' \ufffd ok"]


def test_the_fifo_hangs_up_when_the_controller_has_gone(monkeypatch):
    with Listener(print) as listener:
        module = os.open(listener.path, os.O_WRONLY | os.O_NONBLOCK)
        another = os.getppid() + 1  # 1 is the parent of whoever runs this in the background
        monkeypatch.setattr(os, "getppid", lambda: another)
        poll = select.poll()
        poll.register(module, 0)
        assert poll.poll(2000)
        with pytest.raises(BrokenPipeError):
            os.write(module, b"anybody?\n")
        os.close(module)


def test_a_failing_display_hangs_up_rather_than_letting_the_module_believe_it_is_heard():
    def fail(line):
        raise BrokenPipeError()

    threading.excepthook, hook = lambda args: None, threading.excepthook
    try:
        with Listener(fail) as listener:
            module = os.open(listener.path, os.O_WRONLY | os.O_NONBLOCK)
            os.write(module, b"a line\n")
            poll = select.poll()
            poll.register(module, 0)
            assert poll.poll(2000)
            os.close(module)
    finally:
        threading.excepthook = hook


@pytest.fixture
def run(monkeypatch):
    """Run the action on a task and return the environment that its module would have had, and the task."""

    def run(transport="local", async_val=0, environment=None, fails=False):
        seen = {}

        def execute(self, tmp=None, task_vars=None):
            seen["environment"] = self._task.environment
            if fails:
                raise RuntimeError("module")
            return {}

        monkeypatch.setattr(NormalActionModule, "run", execute)
        action = ProgressActionModule.__new__(ProgressActionModule)
        action._connection = SimpleNamespace(transport=transport)
        action._task = SimpleNamespace(
            async_val=async_val, environment=environment, no_log=False, action="osnap.openstack.image_copy"
        )
        if fails:
            with pytest.raises(RuntimeError):
                action.run(task_vars={})
        else:
            action.run(task_vars={"inventory_hostname": "db01"})
        return seen["environment"], action._task

    return run


@pytest.mark.parametrize("environment", [None, [], [{"A": "1"}, None], {"A": "1"}])
def test_the_module_gets_the_fifo_beside_the_users_environment(run, environment):
    for fails in (False, True):
        seen, task = run(environment=environment, fails=fails)
        *before, ours = seen
        assert before == (environment if isinstance(environment, list) else [environment])
        assert list(ours) == ["OSNAP_PROGRESS"]
        assert task.environment is environment


@pytest.mark.parametrize("task", [{"transport": "ssh"}, {"async_val": 60}])
def test_no_fifo_on_another_machine_and_under_async(run, task):
    seen, task = run(environment=[{"A": "1"}], **task)
    assert seen == [{"A": "1"}]
