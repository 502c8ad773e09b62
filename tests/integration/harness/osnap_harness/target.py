# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One integration target: its OpenStack project, its plays, its process, its figures."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from osnap_testcloud.control import Control

from . import surroundings, warm
from .cloud import Cloud, CloudError
from .compare import TOKEN
from .fixtures import in_parallel
from .purge import purge

REPOSITORY = Path(__file__).resolve().parents[4]
INTEGRATION = REPOSITORY / "tests" / "integration"
HARNESS = INTEGRATION / "harness"
TARGETS = INTEGRATION / "targets"
TESTCLOUD = REPOSITORY / "tests" / "testcloud"
OUTPUT = REPOSITORY / "tests" / "output" / "integration"
COLLECTIONS = REPOSITORY / ".tools" / "collections"
#: In the names of the projects: several work trees may share one test cloud.
TREE = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:6]

#: Seconds after which the process of a target is ended.
PATIENCE = 1200


@dataclass(frozen=True)
class Options:
    """How the targets are run."""

    ansible: str
    mode: str
    instance: Path
    documentation: dict
    keep: bool = False
    verbosity: int = 1
    cold: bool = False
    examples: bool = False  #: these only


@dataclass
class Outcome:
    """What came of a target."""

    target: str
    log: Path
    seconds: float = 0
    ledger: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    @property
    def counted(self):
        """The ledger's entries that are tests: a fixture that failed fails the target, and is none."""
        return [entry for entry in self.ledger if entry["kind"] != "task"]

    @property
    def passed(self):
        return sum(entry["ok"] for entry in self.counted) + (not self.failed)

    @property
    def failed(self):
        steps = sum(not entry["ok"] for entry in self.counted)
        return steps + 1 if steps or self.problems else 0


def names():
    """Return the names of all targets."""
    return sorted(path.parent.parent.name for path in TARGETS.glob("*/tasks/test.yml"))


def run(target, options):
    """Run one target from an empty project to an empty project, and return its Outcome.

    Two runs of one target wait for each other: they would share the project and the log.
    """
    work = OUTPUT / options.ansible / target
    work.parent.mkdir(parents=True, exist_ok=True)
    with open(work.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        return _run(target, options, work)


def _run(target, options, work):
    outcome = Outcome(target, work / "log.txt")
    began = time.monotonic()
    try:
        project = f"it-{target}-{options.ansible}-{TREE}"
        is_new = not any(project in known for known in Control(options.instance).projects().values())
        environment = _environment(target, options, work, _make_project(project, options.instance), project)
        if (TARGETS / target / "meta" / "neighbour.yml").is_file():
            environment[surroundings.NEIGHBOUR] = _add_neighbour(
                f"{project}-neighbour", Path(environment[surroundings.CLOUDS_YAML]), options.instance
            )
        if not is_new:  # or an earlier run may have been killed
            outcome.problems += _tidy(environment, project, options)
        with contextlib.nullcontext() if options.cold else warm_interpreter(environment, work, options.ansible):
            playbooks = _playbooks(target, work, options.documentation)
            if options.examples:
                playbooks = [playbook for playbook in playbooks if playbook.stem != "test"]
            for playbook in playbooks:
                outcome.problems += _play(playbook, environment, outcome.log, options)
                if not options.keep:
                    is_last = playbook == playbooks[-1]
                    outcome.problems += _tidy(environment, project, options, last_look=not is_last)
    except (CloudError, OSError, subprocess.SubprocessError) as error:
        outcome.problems.append(f"{type(error).__name__}: {error}")
    ledger = work / "ledger.jsonl"
    if ledger.is_file():
        outcome.ledger = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    if not any(
        entry["kind"] in ("quartet", "step", *(["example"] if options.examples else [])) for entry in outcome.ledger
    ):
        outcome.problems.append("it tested nothing")
    outcome.problems += _look_through(outcome.log)
    outcome.seconds = time.monotonic() - began
    return outcome


def _make_project(project, instance):
    """Make the target's OpenStack project and return the path of its clouds.yaml."""
    command = [sys.executable, str(TESTCLOUD), "project", project]
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, surroundings.INSTANCE: str(instance)},
    )
    if made.returncode:
        raise CloudError(f"the project {project} could not be made: {(made.stderr or made.stdout).strip()}")
    return instance / "projects" / project / "clouds.yaml"


def _add_neighbour(project, clouds_yaml, instance):
    """Make another project in the same clouds, known to the target as the clouds ``neighbour`` and ``neighbour-admin``;
    its name.
    """
    theirs = yaml.safe_load(_make_project(project, instance).read_text(encoding="utf-8"))["clouds"]
    ours = yaml.safe_load(clouds_yaml.read_text(encoding="utf-8"))["clouds"]
    known = {**ours, "neighbour": theirs["source"], "neighbour-admin": theirs["source-admin"]}
    clouds_yaml.write_text(yaml.safe_dump({"clouds": known}, sort_keys=False), encoding="utf-8")
    return project


def _environment(target, options, work, clouds_yaml, project):
    """Return the environment of the target's process: ours without what could lead it to another cloud or another
    Ansible.

    Modules import a thousand files: Python may keep them compiled, whatever our caller has told it.
    """
    foreign = ("OS_", "ANSIBLE_", "OSNAP_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    documentation = work / "documentation.json"
    documentation.write_text(json.dumps(options.documentation), encoding="utf-8")
    return {
        **kept,
        surroundings.CLOUDS_YAML: str(clouds_yaml),
        surroundings.INSTANCE: str(options.instance),
        surroundings.PROJECT: project,
        surroundings.TARGET: target,
        surroundings.MODE: options.mode,
        surroundings.DOCUMENTATION: str(documentation),
        surroundings.LEDGER: str(work / "ledger.jsonl"),
        "PYTHONPATH": os.pathsep.join([str(HARNESS), str(TESTCLOUD)]),
        "ANSIBLE_CONFIG": str(HARNESS / "ansible.cfg"),
        "ANSIBLE_HOME": str(work / "home"),
        "ANSIBLE_REMOTE_TEMP": str(work / "tmp"),
        "ANSIBLE_ASYNC_DIR": str(work / "async"),  # or its two halves disagree where HOME is not the user's home folder
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_ROLES_PATH": str(TARGETS),
        "ANSIBLE_ACTION_PLUGINS": str(HARNESS / "action_plugins"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HARNESS / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "ledger",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_INJECT_INVOCATION": "1",  # so that a secret among a module's arguments is seen
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        "ANSIBLE_DEVEL_WARNING": "0",
    }


def _playbooks(target, work, documentation):
    """Write the plays of a target: its tests, and the EXAMPLES of the modules it names, as they stand in their
    documentation.
    """
    tasks = TARGETS / target / "tasks"

    def part(name):
        return (
            [{"ansible.builtin.import_role": {"name": target, "tasks_from": name}}]
            if (tasks / f"{name}.yml").is_file()
            else []
        )

    def write(name, body, variables=None):
        block = {"name": name, "block": body}
        if part("cleanup"):
            block["always"] = part("cleanup")
        config = INTEGRATION / "integration_config.yml"
        play = {
            "name": f"{target}: {name}",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", **(variables or {})},
            "vars_files": [str(config)] if config.is_file() else [],
            "tasks": [block],
        }
        path = work / f"{name}.yml"
        path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        return path

    playbooks = [write("test", part("prepare") + part("test"))]
    declared = TARGETS / target / "meta" / "examples.yml"
    modules = (yaml.safe_load(declared.read_text(encoding="utf-8")) or {}) if declared.is_file() else {}
    if modules:
        (work / "examples").mkdir()
        imports, variables = [], {}
        for module, needs in modules.items():
            path = work / "examples" / f"{module}.yml"
            path.write_text(documentation[f"osnap.openstack.{module}"]["examples"], encoding="utf-8")
            imports.append({"ansible.builtin.import_tasks": str(path)})
            variables.update((needs or {}).get("vars", {}))
        playbooks.append(write("examples", (part("examples") or part("prepare")) + imports, variables))
    return playbooks


@contextlib.contextmanager
def warm_interpreter(environment, work, ansible):
    """Have a warm interpreter beside the plays; it ends with its standard input, also when we are killed."""
    python = REPOSITORY / ".tools" / f"ansible-{ansible}" / "bin" / "python"
    # The path of a socket may have a hundred characters, no more.
    with tempfile.TemporaryDirectory(prefix="osnap-warm.") as folder, open(work / "warm.txt", "wb") as log:
        path = os.path.join(folder, "socket")
        server = subprocess.Popen(
            [python, "-m", "osnap_harness.warm", path, os.path.realpath(COLLECTIONS)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=work,
            start_new_session=True,
        )
        try:
            while not os.path.exists(path):
                if server.poll() is not None:
                    raise CloudError(f"the warm interpreter ended with {server.returncode}: see {work / 'warm.txt'}")
                time.sleep(0.02)
            environment[warm.SOCKET] = path
            yield
        finally:
            environment.pop(warm.SOCKET, None)
            server.stdin.close()
            server.wait()


def _play(playbook, environment, log, options):
    """Run one playbook in a session of its own, its output going to the log; return the problems."""
    binary = REPOSITORY / ".tools" / f"ansible-{options.ansible}" / "bin" / "ansible-playbook"
    command = [
        str(binary),
        "-i",
        "localhost,",
        *(["-" + "v" * options.verbosity] if options.verbosity else []),
        str(playbook),
    ]
    with open(log, "a", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=playbook.parent,
            start_new_session=True,
        )
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return [f"{playbook.stem}: ended after {PATIENCE} s"]
    return [f"{playbook.stem}: ansible-playbook ended with {status}"] if status else []


def _tidy(environment, project, options, last_look=True):
    """Take back the faults of the project and remove everything it has, in all clouds; see :func:`purge`."""
    clouds_yaml = Path(environment[surroundings.CLOUDS_YAML])
    entries = yaml.safe_load(clouds_yaml.read_text(encoding="utf-8"))["clouds"]
    has_region = (TARGETS / environment[surroundings.TARGET] / "meta" / "region.yml").is_file()
    administrators = [
        Cloud(name, entry["auth"], entry["region_name"], clouds_yaml.parent)
        for name, entry in entries.items()
        if name.endswith("-admin") and (has_region or "region2" not in name)
    ]
    control = Control(options.instance)
    for rule in control.rules():
        if rule.get("project") in (project, environment.get(surroundings.NEIGHBOUR)):
            control.clear(rule["id"])
    try:
        in_parallel(lambda cloud: purge(cloud, last_look=last_look), administrators)
    except CloudError as error:
        return [f"what it left behind can't be removed: {error}"]
    return []


def _look_through(log):
    """Look for what must not be in any output."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    problems = []
    if TOKEN.search(text):
        problems.append("a token stands in the log")
    if "[DEPRECATION WARNING]" in text:
        problems.append("the log has deprecation warnings")
    return problems
