# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios of roles: all modules of ours run in the warm interpreter, where there is one."""

import sys
from pathlib import Path

import pytest
from osnap_harness import warm

sys.path.insert(0, str(Path(__file__).parents[1] / "callback_plugins"))
import warm_runs  # noqa: E402


@pytest.mark.parametrize("socket, is_warm", [("/some/socket", [True]), (None, [])])
def test_our_tasks_run_in_it_where_there_is_one(monkeypatch, socket, is_warm):
    told = []
    monkeypatch.setattr(warm, "warm_tasks", lambda decide: told.append(decide(None)))
    monkeypatch.delenv(warm.SOCKET, raising=False)
    if socket:
        monkeypatch.setenv(warm.SOCKET, socket)
    warm_runs.CallbackModule().v2_playbook_on_start(None)
    assert told == is_warm
