# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In a play, which modules run in the warm interpreter."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from osnap_harness import warm

sys.path.insert(0, str(Path(__file__).parents[1] / "callback_plugins"))
import warm_runs  # noqa: E402


@pytest.fixture
def warmed_up(monkeypatch):
    found = []
    monkeypatch.setattr(warm, "warm_up", found.append)
    return found


@pytest.mark.parametrize(
    "action, module, seconds, is_warm",
    [
        ("osnap.openstack.server_power", None, 0, True),
        ("osnap.openstack.server_power", None, 60, False),
        ("ansible.builtin.template", "osnap.openstack.server_power", 0, True),
        ("ansible.builtin.stat", None, 0, False),
    ],
)
def test_our_modules_are_run_in_it_unless_asynchronously(warmed_up, action, module, seconds, is_warm):
    given = []
    execute = warm_runs.warmed(lambda self, *args, **options: given.append((args, options)) or {"rc": 0})
    plugin = SimpleNamespace(_task=SimpleNamespace(action=action, async_val=seconds))
    assert execute(plugin, module, module_args={"state": "stopped"}) == {"rc": 0}
    assert given == [((module,), {"module_args": {"state": "stopped"}})]
    assert warmed_up == [plugin] * is_warm


def test_without_a_warm_interpreter_all_is_as_ansible_has_it(monkeypatch):
    monkeypatch.delenv(warm.SOCKET, raising=False)
    before = warm_runs.ActionBase._execute_module
    warm_runs.CallbackModule()
    assert warm_runs.ActionBase._execute_module is before
