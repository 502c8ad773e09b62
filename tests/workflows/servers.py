# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that are moved: one whose root disk is Nova's own, one that boots from a volume and has another.

What is on a disk is read from the files of the test cloud, and nothing else is asked of whoever has moved it.
"""

import hashlib
from typing import NamedTuple

from osnap_harness.fixtures import attach, noise, server, volume
from osnap_testcloud.server_disk import disk_path

OWN, VOLUMES = "web01", "db01"


class Disk(NamedTuple):
    """A disk of a server and what is on it. ``device`` is Nova's word, ``root`` for Nova's own."""

    device: str
    digest: str


class Site:
    """One cloud of a project, and its files.

    :param home: the cloud whose files these are, if the project is known by another name
    """

    def __init__(self, cloud, admin, instance, home=None):
        self.cloud, self.admin, self.instance = cloud, admin, instance
        self.home = home or cloud.name

    # -- servers

    def named(self, name):
        """The servers of that name, as Nova shows them."""
        return [row for row in self.servers() if row["name"] == name]

    def servers(self):
        return self.cloud.get("compute", "/servers/detail")["servers"]

    def server(self, id):
        """A server, or None."""
        answer = self.cloud.request("compute", "GET", f"/servers/{id}", expect=[200, 404])
        return answer.json["server"] if answer.status == 200 else None

    def act(self, id, body, status=None):
        """Nova's action, by an administrator, whom no lock stops; waits until Nova is done."""
        self.admin.request("compute", "POST", f"/servers/{id}/action", body)
        self.settled(id, status)

    def settled(self, id, status=None):
        path = f"/servers/{id}"
        self.cloud.wait("compute", path, ["server", "OS-EXT-STS:task_state"], [None])
        if status:
            self.cloud.wait("compute", path, ["server", "status"], [status], unwanted=["ERROR"])

    # -- what is on their disks

    def volume_file(self, id):
        """The file of a volume, whatever its type."""
        (found,) = (self.instance / self.home / "cinder" / "volumes").glob(f"*/volume-{id}")
        return found

    def files(self, row):
        """``{device: file}`` of a server's disks."""
        found = {} if not row["image"] else {"root": disk_path(self.instance, self.home, row["id"])}
        attached = self.cloud.get("compute", f"/servers/{row['id']}/os-volume_attachments")["volumeAttachments"]
        return found | {one["device"]: self.volume_file(one["volumeId"]) for one in attached}

    def digests(self, row):
        """``{device: hash}`` of what is on a server's disks."""
        return {device: digest(path) for device, path in self.files(row).items()}

    # -- the stage

    def make_own(self, name=OWN):
        row = server(self.cloud, name)
        write(disk_path(self.instance, self.home, row["id"]), name)
        return row["id"]

    def make_with_volumes(self, name=VOLUMES, network="private"):
        image = self.cloud.find("image", "/v2/images", "images", "cirros-like")["id"]
        root = volume(self.cloud, f"{name}-root", image=image)
        data = volume(self.cloud, f"{name}-data")
        row = server(self.cloud, name, flavor="m1.volume", volume=root["id"], network=network)
        attach(self.cloud, row["id"], data["id"])
        for one in (root, data):
            write(self.volume_file(one["id"]), one["name"])
        return row["id"]


def write(path, seed, offset=1 << 16, size=1 << 16):
    """Bytes that a user has written onto a disk."""
    with open(path, "r+b") as opened:
        opened.seek(offset)
        opened.write(noise(size, seed=seed))


def digest(path):
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha512").hexdigest()
