# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run what our documents tell users to run, with the built collection and two clouds.

Takes the environment of the interpreter, the built collection, and a running test cloud.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / part) for part in ("documents", "testcloud", "integration/harness")]

from documents import command_lines, playbooks  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.cloud import Cloud  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.fixtures import in_parallel, server, snapshot, volume  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.purge import purge  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.target import HARNESS, warm_interpreter  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position

PROJECT = "documents"
PLAYBOOKS = playbooks()
TEN_LINES = "Rehearse the move of a server"
SNAPSHOT = "Snapshot a server, and boot another one from the snapshot"
#: These are run in check mode, which asks both clouds, and with the modules in a warm interpreter; their real runs are
#: those of the same roles in extensions/molecule. With what follows the name of the file.
CHECKED = {
    "Move servers from one cloud to another": "",
    "Rehearse the migration of the web servers": "-i hosts.yml",
    "Move the web servers": "-i hosts.yml",
    "Move servers from one OpenStack cloud to another": "-e migrate_servers_servers=web01",
    "Move a server": "",
    "Move an archive, and what the database was on the eve of its upgrade": "",
}
#: Takes a collection of somebody else, and an AWX. What it loads is loaded by tests/awx.
NOT_RUN = {"Make what a migration needs in AWX"}

INVENTORY = {"all": {"children": {"web": {"hosts": {"web01": None, "web02": None}}}}}


def test_each_playbook_of_our_documents_is_run():
    assert set(PLAYBOOKS) == {TEN_LINES, SNAPSHOT} | set(CHECKED) | NOT_RUN


def test_each_playbook_that_a_command_line_names_is_run_by_a_scenario():
    named = {line.split()[1].removeprefix("osnap.openstack.") for line in command_lines() if "osnap.openstack." in line}
    told = {path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")}
    scenarios = (REPOSITORY / "extensions" / "molecule").glob("*/*.yml")
    run = set(re.findall(r"import_playbook: osnap\.openstack\.(\w+)$", "".join(map(Path.read_text, scenarios)), re.M))
    assert named <= told
    assert told - run == set(), "no scenario runs these"


class Folder:
    """An empty folder of a user who has Ansible, an archive of ours, and a ``clouds.yaml`` where it belongs."""

    def __init__(self, path):
        self.path = path
        self.home = path / "home"
        instance = Path(os.environ.get("OSNAP_TESTCLOUD") or Instance.default_folder())
        command = [sys.executable, str(REPOSITORY / "tests" / "testcloud"), "project", PROJECT]
        environment = {**os.environ, "OSNAP_TESTCLOUD": str(instance)}
        subprocess.run(command, check=True, capture_output=True, env=environment)
        clouds = instance / "projects" / PROJECT / "clouds.yaml"
        (self.home / ".config" / "openstack").mkdir(parents=True)
        shutil.copy(clouds, self.home / ".config" / "openstack")
        known = yaml.safe_load(clouds.read_text())["clouds"]
        names = ("source", "target", "source-admin", "target-admin")
        self.source, self.target, *self.admins = (Cloud(name, known[name]["auth"]) for name in names)
        (archive,) = (REPOSITORY / ".tools" / "collections").resolve().glob("osnap-openstack-*.tar.gz")
        shutil.copy(archive, path)

        self.environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
        self.warm = {
            "PYTHONPATH": os.pathsep.join([str(HARNESS), str(REPOSITORY / "tests" / "testcloud")]),
            "ANSIBLE_CALLBACK_PLUGINS": str(HARNESS / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "warm_runs",
            "OSNAP_TESTCLOUD": str(instance),
            "OSNAP_PROJECT": PROJECT,
            "OS_CLIENT_CONFIG_FILE": str(clouds),
        }

    def run(self, line, environment=None):
        """What a command says; it ends well, and reaches nothing but the clouds of this machine."""
        env = environment or self.environment
        done = subprocess.run(
            line.split(), cwd=self.path, env=env, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, name, text):
        (self.path / name).write_text(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("user"))
    in_parallel(purge, folder.admins)
    in_parallel(lambda name: server(folder.source, name), ["web01", "web02"])
    volume(folder.source, "archive")
    snapshot(folder.source, "before-upgrade", volume(folder.source, "database")["id"])
    made = folder.target.post("network", "/v2.0/networks", {"network": {"name": "tenant-net"}})["network"]
    subnet = {"network_id": made["id"], "ip_version": 4, "cidr": "192.168.77.0/24"}
    folder.target.post("network", "/v2.0/subnets", {"subnet": subnet})
    yield folder
    in_parallel(purge, folder.admins)


def test_ten_lines_from_an_empty_folder_to_a_rehearsal_and_its_report(folder):
    text = PLAYBOOKS[TEN_LINES]
    assert len(text.splitlines()) <= 15
    folder.write("rehearse.yml", text)
    install, rehearse = (
        line for line in command_lines() if line.endswith((".tar.gz --offline", "ansible-playbook rehearse.yml"))
    )
    folder.run(install)
    folder.run(rehearse)
    (here,) = (one for one in folder.source.get("compute", "/servers/detail")["servers"] if one["name"] == "web01")
    (there,) = folder.target.get("compute", "/servers/detail")["servers"]
    assert (here["status"], there["name"], there["status"]) == ("ACTIVE", "web01-rehearsal", "ACTIVE")
    actions = folder.source.get("compute", f"/servers/{here['id']}/os-instance-actions")["instanceActions"]
    assert {action["action"] for action in actions} == {"create", "createImage"}
    page = (folder.path / "report" / "migration-rehearsed.html").read_text()
    assert "web01 was rehearsed" in page


def test_the_others_that_migrate_in_check_mode(folder):
    """Side by side: each asks the clouds, and changes nothing."""
    folder.write("hosts.yml", yaml.safe_dump(INVENTORY))
    names = enumerate(CHECKED.items())
    lines = [f"{_line(folder, number, name)} --check {arguments}" for number, (name, arguments) in names]
    before = statuses(folder.source), statuses(folder.target)
    environment = {**folder.environment, **folder.warm}
    with warm_interpreter(environment, folder.path, "2.21"), ThreadPoolExecutor(3) as pool:
        said = dict(zip(CHECKED, pool.map(lambda line: folder.run(line, environment), lines), strict=True))
    for name, output in said.items():
        assert re.search(r"changed=[1-9]", output), f"{name} would change nothing: {output}"
    assert (statuses(folder.source), statuses(folder.target)) == before


def test_a_snapshot_and_a_server_of_it(folder):
    folder.run(_line(folder, "snapshot", SNAPSHOT))
    assert statuses(folder.source) == {"web01": "ACTIVE", "web02": "ACTIVE", "web01-restored": "ACTIVE"}


def _line(folder, name, playbook):
    """Writes a playbook, and says how it is run. Tasks without a play get one."""
    text = PLAYBOOKS[playbook].replace("/var/lib/migrations", str(folder.path))
    steps = yaml.safe_load(text)
    if not {"hosts", "import_playbook"} & set(steps[0]):
        python = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": python, "tasks": steps}
        text = yaml.safe_dump([play])
    folder.write(f"{name}.yml", text)
    return f"ansible-playbook {name}.yml"


def statuses(cloud):
    """``{name: status}`` of the servers of a cloud."""
    return {one["name"]: one["status"] for one in cloud.get("compute", "/servers/detail")["servers"]}
