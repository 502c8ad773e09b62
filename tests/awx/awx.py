# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX does before and while it runs a job, as far as it concerns us: it checks a credential type, renders its
injectors, and runs ansible-runner in a private folder.

Written after awx/main/fields.py, the injector of awx_plugins.credentials, and `RunJob` of awx/main/tasks/jobs.py.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import yaml
from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
_FIELD = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "ask_at_runtime"}


def check(inputs, injectors):
    """Raise AssertionError where AWX would refuse the credential type."""
    assert set(inputs) <= {"fields", "required"} and set(injectors) <= {"file", "env", "extra_vars"}
    names = [field["id"] for field in inputs["fields"]]
    assert len(set(names)) == len(names) and set(inputs["required"]) <= set(names) and "tower" not in names
    for field in inputs["fields"]:
        assert set(field) <= _FIELD and field["label"] and _NAME.fullmatch(field["id"])
        assert field["type"] in ("string", "boolean")
        assert field["type"] == "string" or not {"choices", "multiline", "format", "secret"} & set(field)
    assert set(injectors["file"]) == {"template"}, "with several files, none is tower.filename"
    namespace = {**dict.fromkeys(names, "EXAMPLE"), "tower": SimpleNamespace(filename="EXAMPLE_FILENAME")}
    for kind in injectors.values():
        for name, template in kind.items():
            assert _NAME.fullmatch(name)
            Environment(undefined=StrictUndefined).from_string(template).render(namespace)


def inject(inputs, injectors, values, folder):
    """Write the files of a credential with these values below ``folder``/env, and return the variables of the
    environment. A text that was left empty is undefined, a tick that was never set is false.
    """
    ticks = [field["id"] for field in inputs["fields"] if field["type"] == "boolean"]
    namespace = {**dict.fromkeys(ticks, False), **{name: value for name, value in values.items() if value}}
    sandbox = ImmutableSandboxedEnvironment()
    env = Path(folder) / "env"
    env.mkdir(parents=True, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=env)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(sandbox.from_string(injectors["file"]["template"]).render(**namespace))
    namespace["tower"] = SimpleNamespace(filename=path)
    return {name: sandbox.from_string(template).render(**namespace) for name, template in injectors["env"].items()}


class Job:
    """One job in a private folder of its own: its answers to the survey, its part of the inventory, its environment,
    and what follows the command.
    """

    def __init__(self, folder, playbook, environment, answers, hosts=(), arguments=""):
        self.folder = Path(folder)
        for name in ("project", "inventory", "env"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "project" / playbook.name).write_text(playbook.read_text())
        groups = {"web": {"hosts": dict.fromkeys(hosts, {})}} if hosts else {}
        (self.folder / "inventory" / "hosts.yml").write_text(json.dumps({"all": {"children": groups}}))
        # AWX marks what a launch has given as unsafe, so that no answer is a template.
        lines = [f"{name}: !unsafe {json.dumps(value)}" for name, value in answers.items()]
        (self.folder / "env" / "extravars").write_text("\n".join(lines) + "\n")
        (self.folder / "env" / "envvars").write_text(json.dumps(environment))
        (self.folder / "env" / "cmdline").write_text(arguments)
        self.playbook = playbook.name

    def start(self):
        """Start it; SIGTERM makes the runner do what AWX's button for cancelling does."""
        runner = str(Path(sys.executable).with_name("ansible-runner"))
        command = [runner, "run", str(self.folder), "-p", self.playbook, "--ident", "job", "--quiet"]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def run(self):
        """Run it to its end; returns its status as AWX shows it."""
        self.start().wait()
        return self.status

    @property
    def status(self):
        return (self.folder / "artifacts" / "job" / "status").read_text()

    @property
    def events(self):
        """The events so far, in their order."""
        found = (self.folder / "artifacts" / "job" / "job_events").glob("[0-9]*-*[0-9a-f].json")
        return sorted((json.loads(path.read_text()) for path in found), key=lambda event: event["counter"])

    def wait_for(self, wanted, timeout=300):
        """The first event that is wanted, as soon as it is there."""
        deadline = time.monotonic() + timeout
        while not (found := [event for event in self.events if wanted(event)]):
            assert time.monotonic() < deadline, "no such event within %d s, but:\n%s" % (timeout, self.output)
            time.sleep(0.2)
        return found[0]

    @property
    def output(self):
        return "\n".join(event["stdout"] for event in self.events)

    @property
    def artifacts(self):
        """What the next node of a workflow gets as extra variables."""
        (end,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return end["event_data"].get("artifact_data", {})


def load(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def path_with(folder):
    return os.pathsep.join([str(folder), os.environ["PATH"]])
