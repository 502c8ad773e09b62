# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demonstration behind ``make demo``: a server with data on its disk leaves one OpenStack and comes up in another.

Everything around the migration speaks plain HTTP to the clouds and reads the disks' files: what shows the result is
none of the collection's code.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests" / "integration" / "harness"), str(REPOSITORY / "tests" / "testcloud")]

from osnap_harness import fixtures
from osnap_harness.cloud import Cloud, CloudError
from osnap_testcloud.control import Control
from osnap_testcloud.layout import Instance
from osnap_testcloud.server_disk import disk_path

NAME = "demo-web01"
RUN = "demo"
FLAVOR = "m1.small"
LETTER = b"If you read this in the other cloud, the disk has moved with everything on it.\n"
LETTER_AT = 10 * 1024**2
NOISE_AT, NOISE_SIZE = 16 * 1024**2, 16 * 1024**2

BIN = REPOSITORY / ".tools" / "ansible-2.21" / "bin"
REPORT = REPOSITORY / "tests" / "output" / "demo"
BEGAN = time.monotonic()


def say(text=""):
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}" if text else "", flush=True)


def title(text):
    say()
    print(f"== {text} ".ljust(100, "="), flush=True)


def expect(holds, text):
    """End the demonstration when something does not hold."""
    if not holds:
        sys.exit(f"demo: {text}")


class Side:
    """One cloud, and where its servers' disks lie."""

    def __init__(self, instance, name, auth):
        self.name, self.instance, self.cloud = name, instance, Cloud(name, auth)

    def disk(self, server_id):
        return disk_path(self.instance, self.name, server_id)

    def sha512(self, server_id):
        with self.disk(server_id).open("rb") as disk:
            return hashlib.file_digest(disk, "sha512").hexdigest()

    def servers(self):
        return [server for server in self.cloud.get("compute", "/servers/detail")["servers"] if server["name"] == NAME]

    def images(self):
        found = self.cloud.get("image", "/v2/images?visibility=private")["images"]
        return [image for image in found if image.get("osnap_run") == RUN]

    def empty(self):
        """Remove what an earlier demonstration has left."""
        for server in self.servers():
            say(f"removing the server {server['id']} of an earlier demonstration from {self.name}")
            self.cloud.request("compute", "DELETE", f"/servers/{server['id']}")
            self.cloud.wait("compute", f"/servers/{server['id']}", ["server", "status"], ["gone"], unwanted=["ERROR"])
        for image in self.images():
            say(f"removing the image {image['name']} of an earlier demonstration from {self.name}")
            self.cloud.request("image", "DELETE", f"/v2/images/{image['id']}")


def main():
    title("Two OpenStacks, each of Keystone, Glance, Placement, Cinder, Neutron and Nova")
    subprocess.run([sys.executable, "tests/testcloud", "up"], cwd=REPOSITORY, check=True)
    instance = Instance.default_folder()
    clouds = yaml.safe_load((instance / "clouds.yaml").read_text())["clouds"]
    source, target = (Side(instance, name, clouds[name]["auth"]) for name in ("source", "target"))
    for side in (source, target):
        side.empty()

    title("A server with data")
    server = fixtures.server(source.cloud, NAME, flavor=FLAVOR)
    say(f"{NAME} ({server['id']}) is {server['status']} in source")
    write_data(source.disk(server["id"]))
    say(
        f"its disk, {source.disk(server['id']).stat().st_size:,} bytes, now has a letter and {NOISE_SIZE:,} bytes of"
        " noise on it"
    )

    title("The migration: ansible-playbook tests/demo/migrate.yml")
    first = migrate(instance)
    expect(first.status == 0, "the migration failed")
    expect(first.changed > 0, "the migration says that it changed nothing")
    show(source, target, server)
    first.show()

    title("The same once more: nothing is left to be done")
    second = migrate(instance)
    expect(second.status == 0, "the second run failed")
    expect(second.changed == 0, f"the second run changed {second.changed} things")
    expect(second.writes() == 0, f"the second run sent {second.writes()} writes to the clouds")
    second.show()
    say(f"first run: changed={first.changed}, second run: changed={second.changed}")

    title("It holds. The clouds stay up; to look around:")
    where = os.path.relpath(instance, REPOSITORY)
    print(f"""
  # for your own tools: openstack --os-cloud target server list
  export OS_CLIENT_CONFIG_FILE=$PWD/{where}/clouds.yaml
  python3 tests/testcloud requests --project demo | tail     # what was asked of the clouds
  {REPORT.relative_to(REPOSITORY) / RUN}.html                             # the report, a page for your browser

  make cloud-down                                            # ends the clouds
""")


def write_data(path):
    """What a user would have on a disk, written below the guest's feet."""
    with path.open("r+b") as disk:
        disk.seek(LETTER_AT)
        disk.write(LETTER)
        disk.seek(NOISE_AT)
        disk.write(os.urandom(NOISE_SIZE))


class Run:
    """One run of the playbook, and what it asked of the clouds."""

    def __init__(self, status, changed, seconds, requests):
        self.status, self.changed, self.seconds, self.requests = status, changed, seconds, requests

    def count(self, kind, cloud):
        return sum(kind_of(request) == kind and request["cloud"] == cloud for request in self.requests)

    def writes(self):
        return self.count("write", "source") + self.count("write", "target")

    def show(self):
        for cloud in ("source", "target"):
            logins, reads, writes = (self.count(kind, cloud) for kind in ("login", "read", "write"))
            say(f"asked of {cloud}: {logins} logins, {reads} reads, {writes} writes")
        say(f"it took {self.seconds:.1f} s")


def kind_of(request):
    if request["path"].endswith("/auth/tokens"):
        return "login"
    return "read" if request["method"] in ("GET", "HEAD") else "write"


def migrate(instance):
    """The playbook as a user runs it, with the built and installed collection, its output on the screen."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "OS_"))}
    environment.update(
        OS_CLIENT_CONFIG_FILE=str(instance / "clouds.yaml"),
        # Resolved: a build meanwhile points the link elsewhere, and Ansible, which looks twice, then finds a role that
        # it has not loaded.
        ANSIBLE_COLLECTIONS_PATH=str((REPOSITORY / ".tools" / "collections").resolve()),
        ANSIBLE_HOME=str(REPOSITORY / ".tools" / "ansible-home"),
        ANSIBLE_LOCALHOST_WARNING="0",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="0",
        ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
        ANSIBLE_DISPLAY_SKIPPED_HOSTS="0",
        PYTHONUNBUFFERED="1",
        **({"ANSIBLE_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}),
    )
    control, began = Control(instance), time.monotonic()
    mark = control.mark()
    command = [str(BIN / "ansible-playbook"), "tests/demo/migrate.yml", "-e", f"migrate_servers_report_dir={REPORT}"]
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    for line in process.stdout:
        print(line, end="", flush=True)
        output.append(line)
    status = process.wait()
    recap = re.findall(r"changed=(\d+)", "".join(output))
    asked = [
        request for request in control.requests(mark, "demo") if request["user_agent"].startswith("osnap.openstack")
    ]
    return Run(status, int(recap[-1]) if recap else 0, time.monotonic() - began, asked)


def show(source, target, server):
    """Both sides beside each other, as the clouds and the disks themselves tell it."""
    title("Both sides")
    arrived = target.servers()
    expect(len(arrived) == 1, f"{len(arrived)} servers are named {NAME} in target")
    image_here, image_there = (
        only(side.images(), f"images of the demonstration in {side.name}") for side in (source, target)
    )
    here, there = source.cloud.get("compute", f"/servers/{server['id']}")["server"], arrived[0]
    with target.disk(there["id"]).open("rb") as disk:
        disk.seek(LETTER_AT)
        letter = disk.read(len(LETTER))
    hashes = source.sha512(here["id"]), target.sha512(there["id"])
    rows = [
        ("", "source", "target"),
        ("server", here["id"], there["id"]),
        ("status", here["status"], there["status"]),
        ("addresses", addresses(here), addresses(there)),
        ("booted from image", here["image"]["id"], there["image"]["id"]),
        ("snapshot image / copy", image_here["id"], image_there["id"]),
        ("bytes", f"{image_here['size']:,}", f"{image_there['size']:,}"),
        ("sha512 of the image", short(image_here["os_hash_value"]), short(image_there["os_hash_value"])),
        ("sha512 of the disk", short(hashes[0]), short(hashes[1])),
    ]
    for row in rows:
        print("  {:24}{:40}{}".format(*row))
    print(f"  at byte {LETTER_AT:,} of the disk in target: {letter.decode(errors='replace').strip()}\n", flush=True)
    expect(letter == LETTER, "the letter has not arrived")
    expect(hashes[0] == hashes[1], "the disks differ")
    expect(image_here["os_hash_value"] == image_there["os_hash_value"] == hashes[0], "an image does not hold the disk")
    expect(there["image"]["id"] == image_there["id"], "the new server was booted from another image")
    expect(
        (here["status"], there["status"]) == ("SHUTOFF", "ACTIVE"),
        "the servers are not in the states in which they should be",
    )


def only(found, what):
    expect(len(found) == 1, f"there are {len(found)} {what} instead of one")
    return found[0]


def addresses(server):
    return ", ".join(address["addr"] for entries in server["addresses"].values() for address in entries)


def short(value):
    return f"{value[:16]}…{value[-16:]}"


if __name__ == "__main__":
    try:
        main()
    except (CloudError, subprocess.CalledProcessError) as error:
        sys.exit(f"demo: {error}")
