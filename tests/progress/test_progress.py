# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress and orphan control under the real ansible-playbook and ansible-runner, with a throw-away module in a
throw-away collection.

Takes the environments beside the interpreter's own (.tools/ansible-*), or those in the folder that OSNAP_TOOLS names.
No OpenStack is needed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("OSNAP_TOOLS", Path(sys.prefix).parent))
RUNNER = TOOLS / "ansible-2.21" / "bin" / "ansible-runner"
NOTICED_WITHIN = 3  # seconds; half a second to see that the parent changed, half a second until the module looks again

MODULE = r"""
import os, time
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import JobGone, Progress

def main():
    options = dict(name=dict(), seconds=dict(type="float"), witness=dict(type="path"))
    module = AnsibleModule(options, supports_check_mode=True)
    progress = Progress.open(interval=0.4)
    end = time.monotonic() + module.params["seconds"]
    with open(module.params["witness"], "a", buffering=1) as witness:
        witness.write(f"pid {os.getpid()}\n")
        try:
            while time.monotonic() < end:
                progress.tick("asleep as {0}".format(module.params["name"]))
                time.sleep(0.05)
        except JobGone:
            witness.write(f"gone {time.time()}\n")
            raise
        witness.write(f"done {time.time()}\n")
    if module.params["seconds"] < 0:
        raise ValueError("nobody sleeps backwards")
    module.exit_json(environment=dict(os.environ))

if __name__ == "__main__":
    main()
"""


@pytest.fixture(params=["ansible-2.16", "ansible-2.21"])
def ansible(request, tmp_path):
    """A folder with a collection that holds our progress files and a module that sleeps, and the means to run plays in
    it.
    """
    if not (TOOLS / request.param).is_dir():
        pytest.skip(f"there is no {request.param}: setup.py has said why")
    collection = tmp_path / "collections" / "ansible_collections" / "osnap" / "openstack" / "plugins"
    for path in ("module_utils/_core/progress.py", "plugin_utils/progress.py", "plugin_utils/crash.py"):
        (collection / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / "plugins" / path, collection / path)
    (collection / "modules").mkdir()
    (collection / "modules" / "sleeper.py").write_text(MODULE)
    (collection / "action").mkdir()
    shutil.copy(REPOSITORY / "plugins" / "action" / "image_copy.py", collection / "action" / "sleeper.py")
    return Ansible(TOOLS / request.param, tmp_path)


class Ansible:
    def __init__(self, environment, folder):
        self.folder = folder
        self.witness = folder / "witness"
        self.environ = {
            "PATH": "{0}:{1}".format(environment / "bin", os.environ["PATH"]),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        }

    def write(self, *tasks, hosts=1):
        """Write a play that runs the sleeper once a task, with these keywords and arguments, and keeps each result in a
        file.
        """
        steps = []
        for task in tasks:
            name = task.setdefault("register", "slept")
            arguments = {
                "name": "{{ item | default('one') }}",
                "seconds": 1,
                "witness": str(self.witness),
                **task.pop("arguments", {}),
            }
            result = {"content": "{{ %s }}" % name, "dest": "%s/%s-{{ inventory_hostname }}" % (self.folder, name)}
            steps += [
                {"name": "Sleep", "osnap.openstack.sleeper": arguments, **task},
                {"name": "Keep the result", "copy": result},
            ]
        python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        play = {"hosts": "all", "gather_facts": False, "connection": "local", "vars": python, "tasks": steps}
        (self.folder / "play.yml").write_text(json.dumps([play]))
        (self.folder / "inventory").write_text("".join("host{0}\n".format(number) for number in range(1, hosts + 1)))

    def start(self, *options):
        command = ["ansible-playbook", "-i", "inventory", "play.yml", *options]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *options):
        process = self.start(*options)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, output + errors
        assert not list((self.folder / "local").iterdir()), "temporary files left behind"
        return output, [line for line in errors.splitlines() if "asleep" in line]

    def result(self, name="slept"):
        return json.loads((self.folder / "{0}-host1".format(name)).read_text())

    def saw(self, word):
        """The numbers that the modules noted down behind the word."""
        lines = self.witness.read_text().splitlines() if self.witness.exists() else []
        return [float(line.split()[1]) for line in lines if line.split()[0] == word]


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited {0} s in vain".format(seconds)
        time.sleep(0.02)


def alive(pid):
    try:
        return Path("/proc/{0:.0f}/stat".format(pid)).read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_lines_are_shown_while_the_module_works(ansible):
    """Verify lines of every host and loop item, before their module ends."""
    ansible.write({"loop": ["red", "blue"], "environment": {"USERS_OWN": "kept"}}, hosts=2)
    process = ansible.start("--forks", "2")
    shown = [(line.strip(), time.time()) for line in process.stderr if "asleep" in line]
    assert process.wait(timeout=30) == 0
    for host in ("host1", "host2"):
        for item in ("red", "blue"):
            assert "[{0}] sleeper: asleep as {1}".format(host, item) in [line for line, when in shown]
    assert shown[0][1] < min(ansible.saw("done")) - 0.3
    environment = ansible.result()["results"][0]["environment"]
    assert environment["USERS_OWN"] == "kept"
    assert not Path(environment["OSNAP_PROGRESS"]).parent.exists()
    process.stdout.close()
    process.stderr.close()


def test_a_module_that_crashes_says_why_although_its_task_may_not_fail(ansible):
    ansible.write({"arguments": {"seconds": -1}, "failed_when": False})
    ansible.run()
    assert "nobody sleeps backwards" in ansible.result()["msg"]


def test_check_mode_shows_progress_while_no_log_and_async_do_not(ansible):
    """Verify that a killed job is noticed under no_log all the same, and that async, which is meant to outlive the
    playbook, gets no FIFO.
    """
    tasks = {"checked": {"check_mode": True}, "secret": {"no_log": True}, "detached": {"async": 30, "poll": 1}}
    ansible.write(
        *[{"register": name, "arguments": {"name": name, "seconds": 0.6}, **task} for name, task in tasks.items()]
    )
    output, shown = ansible.run("-vvv")
    assert shown == ["[host1] sleeper: asleep as checked"]
    assert [name for name in tasks if "OSNAP_PROGRESS" in ansible.result(name)["environment"]] == ["checked", "secret"]


def test_modules_stop_when_their_controller_is_killed(ansible):
    """Verify that a SIGKILL of ansible-playbook alone ends every module within seconds, and its worker with it, be it
    shown or not.
    """
    ansible.write({"no_log": "{{ inventory_hostname == 'host2' }}", "arguments": {"seconds": 60}}, hosts=2)
    process = ansible.start("--forks", "2")
    wait_until(lambda: len(ansible.saw("pid")) == 2 or process.poll() is not None, 20)
    time.sleep(0.5)
    modules = ansible.saw("pid")
    assert all(map(alive, modules))
    killed = time.time()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    wait_until(lambda: len(ansible.saw("gone")) == 2 and not any(map(alive, modules)), NOTICED_WITHIN)
    print("noticed after", ["{0:.2f} s".format(when - killed) for when in ansible.saw("gone")])
    assert ansible.saw("done") == []
    wait_until(lambda: not [pid for pid in session_members(ansible.folder) if alive(pid)], NOTICED_WITHIN)


def session_members(folder):
    """Every process that this test's playbook started, found by the HOME in its environment."""
    mark = "HOME={0}".format(folder).encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue


def test_under_ansible_runner_lines_are_events_of_their_task(ansible):
    ansible.write({}, hosts=2)
    (ansible.folder / "project").mkdir()
    shutil.move(ansible.folder / "play.yml", ansible.folder / "project")
    (ansible.folder / "inventory").rename(ansible.folder / "hosts")
    (ansible.folder / "inventory").mkdir()
    (ansible.folder / "hosts").rename(ansible.folder / "inventory" / "hosts")
    command = [str(RUNNER), "run", str(ansible.folder), "-p", "play.yml"]
    done = subprocess.run(
        command, env=ansible.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(path.read_text()) for path in ansible.folder.glob("artifacts/*/job_events/*-*.json")]
    (sleep,) = [
        event["uuid"]
        for event in events
        if event["event"] == "playbook_on_task_start" and event["event_data"]["name"] == "Sleep"
    ]
    progress = [event for event in events if "asleep" in event["stdout"]]
    assert {event["stdout"] for event in progress} == {
        "[host1] sleeper: asleep as one",
        "[host2] sleeper: asleep as one",
    }
    assert {(event["event"], event["parent_uuid"]) for event in progress} == {("verbose", sleep)}
