# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What we ship for AWX: a credential type, templates, and a migration under ansible-runner, which is AWX's engine.

Takes the environments beside the interpreter's own (.tools/ansible-*), the built collection, and a running test cloud.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / part) for part in ("awx", "testcloud", "integration/harness")]

from awx import Job, check, inject, load, path_with  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness import warm  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.cloud import Cloud  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.fixtures import noise, server  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.purge import purge  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.target import HARNESS, warm_interpreter  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.control import Control  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.server_disk import disk_path  # noqa: E402  pylint: disable=wrong-import-position

PATTERN = REPOSITORY / "extensions" / "patterns" / "migrate_servers"
INPUTS = load(PATTERN / "credential_type" / "inputs.yml")
INJECTORS = load(PATTERN / "credential_type" / "injectors.yml")
SURVEY = load(PATTERN / "template_surveys" / "migrate_servers.yml")
TEXT = load(PATTERN / "setup.yml")
TEMPLATES = {template["name"]: template for template in TEXT["controller_templates"]}
WORKFLOWS = {workflow["name"]: workflow for workflow in TEXT["controller_workflows"]}
MIGRATE = "osnap / Migrate servers"
TOOLS = Path(sys.prefix).parent
PROJECT = "awx"
#: A password may be anything.
NASTY = 'it\'s "100%" #1: {{ 7 * 7 }} {% raw %} \\n & \U0001f511 ü - [a, b] !x'


def clouds(values, folder):
    """The clouds in the clouds.yaml of a credential with these values."""
    return load(inject(INPUTS, INJECTORS, values, folder)["OS_CLIENT_CONFIG_FILE"])["clouds"]


# -- The credential type ---------------------------------------------------------------------------------------------


def test_awx_takes_the_credential_type():
    check(INPUTS, INJECTORS)


def test_each_side_is_asked_for_the_same():
    asked = {
        side: [field for field in INPUTS["fields"] if field["id"].startswith(side)] for side in ("source", "target")
    }
    assert len(asked["source"]) + len(asked["target"]) == len(INPUTS["fields"])
    assert [one["id"].partition("_")[2] for one in asked["source"]] == [
        one["id"].partition("_")[2] for one in asked["target"]
    ]
    secret = {field["id"].partition("_")[2] for field in INPUTS["fields"] if field.get("secret")}
    assert secret == {"password", "application_credential_secret"}


def test_a_user_and_an_application_credential_each_log_in_in_their_way(tmp_path):
    found = clouds(
        {
            "source_auth_url": "https://old:5000/v3",
            "source_username": "me",
            "source_password": NASTY,
            "source_project_name": "shop",
            "source_user_domain_name": "people",
            "source_insecure": True,
            "target_auth_url": "https://new/identity",
            "target_application_credential_id": "0123",
            "target_application_credential_secret": NASTY,
            "target_region_name": "eu-1",
            "target_cacert": "/etc/pki/ours.pem",
        },
        tmp_path,
    )
    assert found == {
        "source": {
            "auth": {
                "auth_url": "https://old:5000/v3",
                "username": "me",
                "password": NASTY,
                "project_name": "shop",
                "user_domain_name": "people",
                "project_domain_name": "people",
            },
            "verify": False,
        },
        "target": {
            "auth": {
                "auth_url": "https://new/identity",
                "application_credential_id": "0123",
                "application_credential_secret": NASTY,
            },
            "auth_type": "v3applicationcredential",
            "region_name": "eu-1",
            "cacert": "/etc/pki/ours.pem",
        },
    }


def test_what_was_left_empty_is_an_empty_text_or_the_usual_one(tmp_path):
    found = clouds({"source_auth_url": "https://old", "target_auth_url": "https://new"}, tmp_path)
    assert found["source"]["auth"]["password"] == ""
    assert found["source"]["auth"]["user_domain_name"] == found["source"]["auth"]["project_domain_name"] == "Default"


# -- The templates ---------------------------------------------------------------------------------------------------


def test_each_question_is_an_option_of_the_role_or_of_the_playbook():
    options = load(REPOSITORY / "roles" / "migrate_servers" / "meta" / "argument_specs.yml")["argument_specs"]["main"][
        "options"
    ]
    for question in SURVEY["spec"]:
        assert question["variable"] in {*options, "migrate_servers_hosts"}
        assert {"type", "question_name", "question_description", "variable", "required"} <= set(question)


#: Does with an object what the roles of infra.aap_configuration do with it.
AS_LOADED = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: ["{{ pattern.path }}"]
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - returned:
        injectors: >-
          {{ item.injectors | default({}, true)
          | regex_replace('{  {', '{_~~remove~~_{') | regex_replace('_~~remove~~_', '') }}
        inputs: "{{ item.inputs | default({}, true) }}"
      loop: "{{ controller_credential_types }}"
    - returned:
        survey_spec: "{{ item.survey_spec | default({}, true) }}"
        playbook: "{{ item.playbook | default('') }}"
      loop: "{{ controller_templates + controller_workflows }}"
"""
#: Its arguments are read as a module's are, but without an interpreter for each.
RETURNED = """
import json
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        kinds = {"injectors": "dict", "inputs": "dict", "survey_spec": "dict", "playbook": "str"}
        dummy, given = self.validate_argument_spec({name: {"type": kind} for name, kind in kinds.items()})
        with open("loaded", "a") as file:
            file.write(json.dumps(given) + "\\n")
        return {}
"""


@pytest.mark.parametrize("version", ["ansible-2.16", "ansible-2.21"])
def test_the_variables_arrive_as_they_are_written(version, tmp_path):
    """No template of the injectors is carried out on its way into AWX."""
    if not (TOOLS / version).is_dir():
        pytest.skip(f"there is no {version}: setup.py has said why")
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "returned.py").write_text(RETURNED)
    (tmp_path / "load.yml").write_text(AS_LOADED)
    pattern = json.dumps({"pattern": {"path": str(PATTERN / "setup.yml")}})
    done = subprocess.run(
        [TOOLS / version / "bin" / "ansible-playbook", "-i", "localhost,", "load.yml", "-e", pattern],
        cwd=tmp_path,
        env={"PATH": path_with(TOOLS / version / "bin"), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    credential, *templates = (json.loads(line) for line in (tmp_path / "loaded").read_text().splitlines())
    assert (credential["inputs"], credential["injectors"]) == (INPUTS, INJECTORS)
    assert [template["survey_spec"] for template in templates] == [SURVEY] * len(templates)
    assert [template["playbook"] for template in templates if template["playbook"]] == [
        template["playbook"] for template in TEMPLATES.values()
    ]


def test_each_template_has_its_playbook_and_that_calls_one_of_the_collection():
    shown = {template["playbook"] for template in TEMPLATES.values()}
    assert shown == {str(path.relative_to(REPOSITORY)) for path in (PATTERN / "playbooks").glob("*.yml")}
    for path in shown:
        (play,) = load(REPOSITORY / path)
        assert play["import_playbook"] == "osnap.openstack." + Path(path).stem
        assert (REPOSITORY / "playbooks" / Path(path).name).is_file()


def nodes_of(workflow):
    return {node["identifier"]: node for node in WORKFLOWS[workflow]["simplified_workflow_nodes"]}


def next_to(node, ends=("success_nodes", "failure_nodes", "always_nodes")):
    return [name for end in ends for name in node.get(end, [])]


def first_of(nodes):
    (first,) = set(nodes) - {name for node in nodes.values() for name in next_to(node)}
    return first


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_runs_templates_that_are_there(workflow):
    nodes = nodes_of(workflow)
    assert {node["unified_job_template"] for node in nodes.values() if "approval_node" not in node} <= set(TEMPLATES)
    assert {name for node in nodes.values() for name in next_to(node)} == set(nodes) - {first_of(nodes)}


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_no_server_is_stopped_or_removed_without_an_approval_and_no_failure_does_either(workflow):
    harmless = {"osnap / Look before a migration", "osnap / Rehearse a migration"}
    harmless |= {"osnap / Tell where a migration stands", "osnap / Finish a migration"}
    nodes = nodes_of(workflow)
    reached, waiting = set(), [first_of(nodes)]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        ends = ("failure_nodes",) if "approval_node" in nodes[name] else ("success_nodes", "always_nodes")
        waiting += next_to(nodes[name], ends)
    assert {nodes[name]["unified_job_template"] for name in reached if "approval_node" not in nodes[name]} <= harmless
    assert not any(node.get("failure_nodes") for node in nodes.values() if "approval_node" not in node)


# -- A migration under ansible-runner --------------------------------------------------------------------------------


class Place:
    """A project on both clouds, and jobs with a credential for it."""

    def __init__(self):
        self.instance = Path(os.environ.get("OSNAP_TESTCLOUD") or Instance.default_folder())
        command = [sys.executable, str(REPOSITORY / "tests" / "testcloud"), "project", PROJECT]
        environment = {**os.environ, "OSNAP_TESTCLOUD": str(self.instance)}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        known = load(self.instance / "projects" / PROJECT / "clouds.yaml")["clouds"]
        self.source, self.target = (Cloud(name, known[name]["auth"]) for name in ("source", "target"))
        self.admins = [Cloud(name, known[name]["auth"]) for name in ("source-admin", "target-admin")]
        self.values = {
            f"{side}_{key}": value
            for side in ("source", "target")
            for key, value in {**known[side]["auth"], "region_name": known[side]["region_name"]}.items()
        }
        self.control = Control(self.instance)
        #: In the environment of jobs whose modules run in a warm interpreter, if there is one.
        self.warm = {}

    def empty(self):
        for admin in self.admins:
            purge(admin)

    def servers(self, *names):
        """Servers at the source with bytes of their own; {name: ID}."""
        made = {name: server(self.source, name)["id"] for name in names}
        for name, id in made.items():
            with open(disk_path(self.instance, "source", id), "r+b") as disk:
                disk.write(noise(1 << 20, seed=name))
        return made

    def set_warm(self, socket):
        self.warm = {
            "PYTHONPATH": os.pathsep.join([str(HARNESS), str(REPOSITORY / "tests" / "testcloud")]),
            "ANSIBLE_CALLBACK_PLUGINS": str(HARNESS / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "warm_runs",
            "OSNAP_TESTCLOUD": str(self.instance),
            "OSNAP_PROJECT": PROJECT,
            **socket,
        }

    def job(self, folder, template=MIGRATE, hosts=(), limit="", **answers):
        """A job of a template, as it is launched: with these answers, and for a part of the hosts. Those that migrate
        leave the start of their modules to Ansible.
        """
        arguments = ["--check"] * (TEMPLATES[template]["job_type"] == "check") + [f"--limit={limit}"] * bool(limit)
        environment = {
            **inject(INPUTS, INJECTORS, self.values, folder),
            "ANSIBLE_COLLECTIONS_PATH": str(TOOLS / "collections"),
            "ANSIBLE_CONFIG": str(REPOSITORY / "tests" / "integration" / "harness" / "ansible.cfg"),
            "PATH": path_with(Path(sys.executable).parent),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            **({} if template == MIGRATE else self.warm),
        }
        asked = {question["variable"]: question["default"] for question in SURVEY["spec"]}
        playbook = REPOSITORY / TEMPLATES[template]["playbook"]
        return Job(folder, playbook, environment, {**asked, **answers}, hosts, " ".join(arguments))

    def walk(self, folder, workflow, **answers):
        """The jobs of a workflow's nodes one after another, as AWX launches them where all goes well and somebody
        approves.
        """
        nodes = nodes_of(workflow)
        name, jobs, handed_on = first_of(nodes), {}, {}
        while name:
            if "approval_node" not in nodes[name]:
                jobs[name] = self.job(folder / name, nodes[name]["unified_job_template"], **answers, **handed_on)
                assert jobs[name].run() == "successful", jobs[name].output
                handed_on |= jobs[name].artifacts
            name = next(iter(next_to(nodes[name], ("success_nodes", "always_nodes"))), None)
        return jobs

    def digest(self, side, id):
        with open(disk_path(self.instance, side, id), "rb") as disk:
            return hashlib.file_digest(disk, "sha512").hexdigest()

    def verify(self, made):
        """Each server is at the target once, runs, and has its own bytes."""
        moved = self.target.get("compute", "/servers/detail")["servers"]
        assert sorted((one["name"], one["status"]) for one in moved) == sorted((name, "ACTIVE") for name in made)
        for one in moved:
            assert self.digest("target", one["id"]) == self.digest("source", made[one["name"]])
        images = self.target.get("image", "/v2/images?visibility=private")["images"]
        assert len(images) == len(made)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = Place()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with warm_interpreter(environment, tmp_path_factory.mktemp("warm"), "2.21"):
        place.set_warm({warm.SOCKET: environment[warm.SOCKET]})
        yield place
    place.empty()


@pytest.fixture
def empty(place):
    place.empty()
    return place


def key(id):
    return "migrate_servers_" + id.replace("-", "_")


def test_workflows_move_the_servers_of_a_survey_leave_artifacts_and_take_one_back(empty, tmp_path):
    made = empty.servers("web01", "web02")
    answers = {"migrate_servers_servers": "web01\nweb02\n", "migrate_servers_run": "survey"}
    jobs = empty.walk(tmp_path, "osnap / Rehearse, ask, cut over", **answers)
    assert list(jobs) == ["rehearse", "cutover", "check"]
    empty.verify(made)
    artifacts = jobs["check"].artifacts
    assert set(artifacts) == {key(id) for id in made.values()}
    assert {one["server"] for one in artifacts.values()} == set(made)
    assert {one["phase"] for one in artifacts.values()} == {"complete"}
    assert all(len(json.dumps(one)) < 2000 for one in artifacts.values())
    secrets = {empty.values["source_password"], empty.values["target_password"]}
    events = [event for job in jobs.values() for event in job.events]
    assert not [event for event in events if any(secret in json.dumps(event["event_data"]) for secret in secrets)]
    answers["migrate_servers_servers"] = "web02"
    back = empty.walk(tmp_path, "osnap / Look, ask, roll back", **answers)
    assert re.search("web02 +complete", back["status"].output)
    assert [one["name"] for one in empty.target.get("compute", "/servers/detail")["servers"]] == ["web01"]
    here = {one["name"]: one["status"] for one in empty.source.get("compute", "/servers/detail")["servers"]}
    assert here == {"web01": "SHUTOFF", "web02": "ACTIVE"}


def test_two_slices_move_their_hosts_side_by_side(empty, tmp_path):
    made = empty.servers("web01", "web02")
    answers = {"migrate_servers_hosts": "web", "migrate_servers_run": "slices"}
    look = empty.job(tmp_path / "look", "osnap / Look before a migration", hosts=list(made), limit="web02", **answers)
    assert look.run() == "successful", look.output
    assert re.search(r"web02:.{,60}1\. stop it", look.output, re.S), look.output
    assert "web01" not in look.output, "the limit was not kept"
    # The slow half of each copy waits for that of the other: only jobs that are there together come to their ends.
    rule = empty.control.inject(
        {"cloud": "target", "service": "glance", "method": "PUT", "path": "/file$", "project": PROJECT, "delay": 600}
    )
    jobs = [empty.job(tmp_path / name, hosts=[name], **answers) for name in made]
    started = [job.start() for job in jobs]
    try:
        assert empty.control.wait_hits(rule, 2, timeout=600) == 2, "the slices did not copy at the same time"
    finally:
        empty.control.clear(rule)
    for process, job in zip(started, jobs, strict=True):
        process.wait()
        assert job.status == "successful", job.output
    empty.verify(made)
    # AWX merges the artifacts of slices by their keys.
    assert set(jobs[0].artifacts) ^ set(jobs[1].artifacts) == {key(id) for id in made.values()}


def test_a_job_shows_progress_and_after_its_cancellation_another_goes_on(empty, tmp_path):
    made = empty.servers("web01")
    rule = empty.control.inject(
        {"cloud": "target", "service": "glance", "method": "PUT", "path": "/file$", "project": PROJECT, "stop": "after"}
    )
    answers = {"migrate_servers_servers": "web01", "migrate_servers_run": "again"}
    first = empty.job(tmp_path / "first", **answers)
    process = first.start()
    try:
        assert empty.control.wait_stopped(rule, timeout=600)
        shown = first.wait_for(lambda event: re.search(r"^\[localhost\] \w+: ", event["stdout"]))
        process.terminate()
        process.wait()
    finally:
        empty.control.clear(rule)
    assert first.status == "canceled"
    tasks = {event["uuid"] for event in first.events if event["event"] == "playbook_on_task_start"}
    assert shown["event"] == "verbose" and shown["parent_uuid"] in tasks, "progress is shown with its task"
    second = empty.job(tmp_path / "second", **answers)
    assert second.run() == "successful", second.output
    empty.verify(made)
