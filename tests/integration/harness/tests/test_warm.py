# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run in the warm interpreter is a process of its own, with what a module's process has."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible.plugins.action import ActionBase
from osnap_harness import warm

MODULE = """
import atexit, os, sys
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"way": {"type": "str"}}, supports_check_mode=True)
atexit.register(lambda: os.path.exists(os.environ["LEFT"]) and os.remove(os.environ["LEFT"]))
os.environ["SET_BY_A_RUN"] = "yes"
sys.stderr.write("an error\\n")
if module.params["way"] == "crash":
    raise ValueError("crashed")
if module.params["way"] == "fail":
    module.fail_json(msg="failed")
module.exit_json(check=module.check_mode, folder=os.getcwd(), environment=dict(os.environ))
"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    modules = tmp_path / "ansible_collections/osnap/openstack/plugins/modules"
    modules.mkdir(parents=True)
    (modules / "tried.py").write_text(MODULE)
    path = tmp_path / "s"
    process = subprocess.Popen(
        [sys.executable, "-m", "osnap_harness.warm", os.path.relpath(path), str(tmp_path)],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(warm.__file__).parents[1])},
    )
    monkeypatch.setenv(warm.SOCKET, os.path.relpath(path))
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.02)
    yield process
    process.stdin.close()
    assert process.wait(10) == 0


def run(tmp_path, way="well", **variables):
    left = tmp_path / "left"
    left.touch()
    given = warm.parameters({"way": way, "_ansible_check_mode": True, "_ansible_remote_tmp": str(tmp_path)})
    request = {
        "module": "osnap.openstack.tried",
        "parameters": given,
        "environment": {"LEFT": str(left), **variables},
        "folder": str(tmp_path),
        "shares_login": False,
    }
    status, output, errors = warm.ask(request)
    return status, json.loads(output) if output else None, errors, left.exists()


def test_a_module_is_run_with_its_arguments_environment_and_folder(server, tmp_path):
    status, result, errors, left = run(tmp_path, GIVEN="yes")
    assert status == 0
    assert result["check"] is True
    assert result["folder"] == str(tmp_path)
    assert result["environment"]["GIVEN"] == "yes"
    assert errors == "an error\n"
    assert not left, "what a module removes at its end was not removed"


def test_a_run_leaves_nothing_to_the_next(server, tmp_path):
    run(tmp_path, GIVEN="yes")
    result = run(tmp_path)[1]
    assert "GIVEN" not in result["environment"]


@pytest.mark.parametrize("way, message", [("fail", "failed"), ("crash", "crashed")])
def test_a_failure_has_its_status_and_its_message(server, tmp_path, way, message):
    status, result, errors, dummy = run(tmp_path, way)
    assert status == 1
    assert message in json.dumps(result) + errors


def test_which_tasks_run_warm(monkeypatch):
    """Ours, on this machine, that do not outlive the controller, and that nobody has decided about."""

    class Action:
        def __init__(self, module="osnap.openstack.tried", transport="local", async_val=0):
            self._task = SimpleNamespace(action=module, async_val=async_val)
            self._connection = SimpleNamespace(transport=transport)

    monkeypatch.setattr(ActionBase, "_execute_module", lambda action: "_configure_module" in vars(action))
    asked = []
    warm.warm_tasks(lambda task: asked.append(task) or len(asked) > 1)

    def is_warm(action):
        return ActionBase._execute_module(action)

    assert not is_warm(Action()), "the first one is Ansible's own"
    assert is_warm(Action())
    decided = Action()
    decided.is_decided = True
    others = [decided, Action("ansible.builtin.copy"), Action(transport="ssh"), Action(async_val=10)]
    assert not any(map(is_warm, others))
    assert len(asked) == 2
