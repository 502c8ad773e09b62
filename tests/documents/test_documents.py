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
#: Of an environment that has openstack.cloud: a large one that `make setup` leaves out, and `make benchmark` makes.
PEERS = REPOSITORY / ".tools" / "peers" / "bin" / "ansible-playbook"
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
    "Protect all volumes each night": "",
    "Protect all servers each night": "",
    "Take sets before an upgrade": "",
}
#: As those, and they would change nothing: the project of these tests has no snapshot to prune.
CHANGING_NOTHING = {
    "Keep a week of nights and a month of weeks": "",
    "See what the policy would leave of a year of nights": "",
    "Test what has not been tested lately": "",
}
#: Takes a collection of somebody else, and an AWX. What it loads is loaded by tests/awx.
NOT_RUN = {"Make what a migration needs in AWX"}

INVENTORY = {"all": {"children": {"web": {"hosts": {"web01": None, "web02": None}}}}}


def test_each_playbook_of_our_documents_is_run():
    assert set(PLAYBOOKS) == {TEN_LINES, SNAPSHOT} | set(CHECKED) | set(CHANGING_NOTHING) | NOT_RUN


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


def test_the_others_in_check_mode(folder):
    """Side by side: each asks the clouds, and changes nothing."""
    folder.write("hosts.yml", yaml.safe_dump(INVENTORY))
    plays = {**CHECKED, **CHANGING_NOTHING}
    names = enumerate(plays.items())
    lines = [f"{_line(folder, number, name)} --check {arguments}" for number, (name, arguments) in names]
    before = statuses(folder.source), statuses(folder.target)
    environment = {**folder.environment, **folder.warm}
    with warm_interpreter(environment, folder.path, "2.21"), ThreadPoolExecutor(3) as pool:
        said = dict(zip(plays, pool.map(lambda line: folder.run(line, environment), lines), strict=True))
    for name in CHECKED:
        output = said[name]
        assert re.search(r"changed=[1-9]", output), f"{name} would change nothing: {output}"
    assert (statuses(folder.source), statuses(folder.target)) == before


def test_a_snapshot_and_a_server_of_it(folder):
    folder.run(_line(folder, "snapshot", SNAPSHOT))
    assert statuses(folder.source) == {"web01": "ACTIVE", "web02": "ACTIVE", "web01-restored": "ACTIVE"}


#: A flavor is seen by the whole cloud: none that anybody else would take for a smaller one.
FLAVOR = {"name": "documents-lacking", "vcpus": 3, "ram": 3000, "disk": 3}
SPECS = {"quota:disk_read_bytes_sec": "1048576"}
KEY = "documents-lacking"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHc4Jevf3yAQbsoCnthqoH6WBJa6vndUsZZZEtUEoD3Q nobody's"
OPTIONS = {
    "migrate_servers_servers": ["lacking"],
    "migrate_servers_destination": {"cloud": "target-admin"},  # who may make flavors
    "migrate_servers_go_on": True,
}
SUBNETS = (
    {
        "name": "lacking-4",
        "ip_version": 4,
        "cidr": "192.168.88.0/24",
        "gateway_ip": None,
        "enable_dhcp": False,
        "dns_nameservers": ["192.168.88.2"],
        "host_routes": [{"destination": "10.9.0.0/16", "nexthop": "192.168.88.3"}],
    },
    {
        "name": "",
        "ip_version": 6,
        "cidr": "fd00:88::/64",
        "ipv6_ra_mode": "slaac",
        "ipv6_address_mode": "slaac",
    },
)
GROUPS = ("front", "middle", "rear")
RULE = {"direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "port_range_min": 443, "port_range_max": 443}


@pytest.fixture
def lacking(folder):
    """A server, of whose belongings the destination has nothing but the image."""
    _forget_the_lacking(folder)
    source, admin = folder.source, folder.admins[0]
    flavor = admin.post("compute", "/flavors", {"flavor": FLAVOR})["flavor"]["id"]
    admin.post("compute", f"/flavors/{flavor}/os-extra_specs", {"extra_specs": SPECS})
    network = source.post("network", "/v2.0/networks", {"network": {"name": "{{ lacking }}"}})["network"]["id"]
    for subnet in SUBNETS:
        source.post("network", "/v2.0/subnets", {"subnet": {**subnet, "network_id": network}})
    groups = [
        source.post("network", "/v2.0/security-groups", {"security_group": {"name": name}})["security_group"]["id"]
        for name in GROUPS
    ]
    # One that the server has not, either, and two that speak of each other.
    remotes = (
        (0, {"remote_group_id": groups[1]}),
        (1, {"remote_group_id": groups[0]}),
        (1, {"remote_group_id": groups[2]}),
    )
    for at, more in (*remotes, (2, {"remote_ip_prefix": "10.0.0.0/8"})):
        rule = {**RULE, "security_group_id": groups[at], **more}
        source.post("network", "/v2.0/security-group-rules", {"security_group_rule": rule})
    source.post("compute", "/os-keypairs", {"keypair": {"name": KEY, "public_key": PUBLIC_KEY}})
    body = {
        "name": "lacking",
        "flavorRef": flavor,
        "imageRef": source.find("image", "/v2/images", "images", "cirros-like")["id"],
        "networks": [{"uuid": network}],
        "security_groups": [{"name": name} for name in GROUPS[:2]],
        "key_name": KEY,
    }
    made = source.post("compute", "/servers", {"server": body})["server"]["id"]
    source.wait("compute", f"/servers/{made}", ["server", "status"], ["ACTIVE"], unwanted=["ERROR"], asked=True)
    yield
    in_parallel(purge, folder.admins)
    _forget_the_lacking(folder)


def _forget_the_lacking(folder):
    """What a project does not end with."""
    for cloud in folder.admins:
        for flavor in cloud.get("compute", "/flavors")["flavors"]:
            if flavor["name"] == FLAVOR["name"]:
                cloud.request("compute", "DELETE", f"/flavors/{flavor['id']}")
    for cloud in (folder.source, *folder.admins):
        for one in cloud.get("compute", "/os-keypairs")["keypairs"]:
            if one["keypair"]["name"] == KEY:
                cloud.request("compute", "DELETE", f"/os-keypairs/{KEY}")


@pytest.mark.skipif(not PEERS.exists(), reason="openstack.cloud is in the environment `peers` alone")
def test_what_the_destination_lacks_is_made_by_the_playbook_that_is_written(folder, lacking):
    def preflight(name):
        folder.write("options.yml", yaml.safe_dump({**OPTIONS, "migrate_servers_playbook": str(folder.path / name)}))
        return folder.run("ansible-playbook osnap.openstack.migrate_servers_preflight -e @options.yml")

    assert "has no flavor named 'documents-lacking'" in preflight("lacking.yml")
    folder.run(f"{PEERS} lacking.yml")
    assert described(folder.admins[1]) == described(folder.admins[0])
    assert "boot the server 'lacking' from the copy" in preflight("again.yml")
    assert not (folder.path / "again.yml").exists(), "nothing is lacking any more"


def described(cloud):
    """What a cloud has of what was lacking, without what is its own."""
    flavors = cloud.get("compute", "/flavors/detail")["flavors"]
    (flavor,) = (one for one in flavors if one["name"] == FLAVOR["name"])
    specs = cloud.get("compute", f"/flavors/{flavor['id']}/os-extra_specs")["extra_specs"]
    network = cloud.find("network", "/v2.0/networks", "networks", "{{ lacking }}")["id"]
    subnets = cloud.get("network", f"/v2.0/subnets?network_id={network}")["subnets"]
    groups = cloud.get("network", f"/v2.0/security-groups?project_id={cloud.project_id}")["security_groups"]
    names = {one["id"]: one["name"] for one in groups}
    keys = (*(key for subnet in SUBNETS for key in subnet if key != "name"), "gateway_ip")
    return {
        "flavor": {key: flavor[key] for key in FLAVOR} | specs,
        "subnets": sorted(({key: one[key] for key in keys} for one in subnets), key=str),
        "rules": {
            one["name"]: sorted((_rule(rule, names) for rule in one["security_group_rules"]), key=str)
            for one in groups
            if one["name"] in GROUPS
        },
    }


def _rule(rule, names):
    found = {key: rule[key] for key in (*RULE, "remote_ip_prefix")}
    return {**found, "remote": names.get(rule["remote_group_id"])}


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
