# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does compute do what a migration needs? Asked of a running test cloud through openstacksdk, none of it our own code.

.tools/testcloud/bin/python tests/testcloud/smoke_compute.py [cloud ...]
"""

import base64
import hashlib
import json
import os
import random
import sys
import time
import traceback
import uuid
from contextlib import contextmanager

import openstack
from osnap_testcloud import ports, projects
from osnap_testcloud.layout import Instance
from osnap_testcloud.seed_compute import IMAGE, image_bytes
from osnap_testcloud.server_console import RECORD_OFFSET, boot_record
from osnap_testcloud.server_disk import disk_path, guest_state

INSTANCE = Instance.default_folder()
USER_DATA = b"what the user wrote" * 1000


class OneCloud:
    """One cloud, as the member of a project meets it, and what the checks need there."""

    def __init__(self, name, project=None):
        path = projects.ensure(ports.load(INSTANCE), project) if project else INSTANCE / "clouds.yaml"
        os.environ["OS_CLIENT_CONFIG_FILE"] = str(path)
        self.name = name
        self.cloud = openstack.connect(cloud=name)
        self.admin = openstack.connect(cloud=f"{name}-admin")
        self.run = f"smoke-{uuid.uuid4().hex[:8]}"
        self.image = self.cloud.image.find_image(IMAGE, ignore_missing=False)
        self.network = self.cloud.network.find_network("private", ignore_missing=False)

    def flavor(self, name):
        return self.cloud.compute.find_flavor(name, ignore_missing=False).id

    def disk(self, server):
        return disk_path(INSTANCE, self.name, server.id)

    @contextmanager
    def server(self, flavor="m1.tiny", networks=None, **attributes):
        server = self.cloud.compute.create_server(
            name=f"{self.run}-server",
            flavor_id=self.flavor(flavor),
            networks=networks or [{"uuid": self.network.id}],
            **attributes,
        )
        try:
            yield self.wait(server, "ACTIVE")
        finally:
            self.cloud.compute.delete_server(server)
            self.cloud.compute.wait_for_delete(server, interval=0.2, wait=60)

    def console(self, server):
        return self.cloud.compute.get_server_console_output(server)["output"]

    def wait(self, server, status):
        self.cloud.compute.wait_for_server(server, status=status, interval=0.1, wait=60)
        wait_until(lambda: self.cloud.compute.get_server(server.id).task_state is None, f"{status} without a task")
        return self.cloud.compute.get_server(server.id)

    @contextmanager
    def image_of(self, server):
        image_id = self.cloud.compute.create_server_image(server, f"{self.run}-image").id
        try:
            yield self.cloud.image.wait_for_status(
                self.cloud.image.get_image(image_id), "active", interval=0.1, wait=60
            )
        finally:
            self.cloud.image.delete_image(image_id)


class Smoke(OneCloud):
    """Each `test_` method is a check; what it makes is removed at its end."""

    def test_image_backed_server(self):
        """User data in the disk is in the snapshot image, and in a server that boots from it with a port of its own."""
        with self.server(image_id=self.image.id) as server:
            original = self.disk(server).read_bytes()
            equal(original[: len(image_bytes())], image_bytes(), "the disk starts with the image's bytes")
            equal(len(original), 32 * 1024**2, "the disk has the size of the flavor's, in scaled GiB")
            with self.disk(server).open("r+b") as disk:
                disk.seek(5 * 1024**2)
                disk.write(USER_DATA)
            expected = sha512(self.disk(server).read_bytes())
            with self.image_of(server) as image:
                equal(image.hash_value, expected, "the image's sha512 is that of the disk")
                equal((image.disk_format, image.container_format), ("raw", "bare"), "the image's formats")
                equal(image.properties["image_type"], "snapshot", "Nova's properties are kept")
                equal(image.instance_uuid, server.id, "the image names its server")
                subnet = self.network.subnet_ids[0]
                address = f"10.10.200.{random.randint(1, 250)}"
                port = self.cloud.network.create_port(
                    network_id=self.network.id, fixed_ips=[{"subnet_id": subnet, "ip_address": address}]
                )
                try:
                    with self.server(image_id=image.id, networks=[{"port": port.id}]) as copy:
                        equal(sha512(self.disk(copy).read_bytes()), expected, "the copy's disk has the same bytes")
                        equal(copy.addresses["private"][0]["addr"], address, "the copy has the chosen address")
                        bound = self.cloud.network.get_port(port.id)
                        equal((bound.status, bound.device_id), ("ACTIVE", copy.id), "the port is bound")
                finally:
                    self.cloud.network.delete_port(port)

    def test_power_and_rebuild(self):
        """Stop, start, pause, suspend, reboot, lock; rebuild gives the image's bytes back."""
        compute = self.cloud.compute
        with self.server(image_id=self.image.id) as server:
            for action, undo, status, state in (
                (compute.stop_server, compute.start_server, "SHUTOFF", 4),
                (compute.pause_server, compute.unpause_server, "PAUSED", 3),
                (compute.suspend_server, compute.resume_server, "SUSPENDED", 7),
            ):
                action(server)
                self.wait(server, status)
                equal(guest_state(INSTANCE, self.name, server.id), state, f"the guest's state when {status}")
                undo(server)
                self.wait(server, "ACTIVE")
            compute.reboot_server(server, "HARD")
            self.wait(server, "ACTIVE")
            compute.lock_server(server, locked_reason="smoke")
            locked = compute.get_server(server.id)
            equal((locked.is_locked, locked.locked_reason), (True, "smoke"), "locked, with the reason")
            compute.unlock_server(server)
            with self.disk(server).open("r+b") as disk:
                disk.write(USER_DATA)
            compute.rebuild_server(server, image=self.image.id)
            self.wait(server, "ACTIVE")
            equal(self.disk(server).read_bytes()[: len(image_bytes())], image_bytes(), "a rebuilt disk is the image's")
            actions = {action.action for action in compute.server_actions(server)}
            require(
                {"create", "stop", "start", "rebuild", "reboot", "lock"} <= actions,
                f"instance actions: {sorted(actions)}",
            )
            folder = self.disk(server).parent
        require(not folder.exists(), "a deleted server leaves no folder")

    def test_console(self):
        """Each boot writes the console anew; the record in the disk decides how it ends, also in a copy."""
        compute = self.cloud.compute
        with self.server(image_id=self.image.id) as server:
            console = self.console(server)
            require(console.endswith(f"{server.hostname} login: "), f"a boot ends with a login prompt: {console!r}")
            require(self.image.id in console, f"the image is named: {console!r}")
            for address in server.addresses["private"]:
                require(address["addr"] in console, f"the guest has its address: {console!r}")
            last = compute.get_server_console_output(server, length=1)["output"]
            equal(last, f"{server.hostname} login: ", "the last line")
            with self.disk(server).open("r+b") as disk:
                disk.seek(RECORD_OFFSET)
                disk.write(boot_record("panic"))
            equal(self.console(server), console, "what is written into a disk shows at the next boot")
            with self.image_of(server) as image, self.server(image_id=image.id) as copy:
                require("Kernel panic" in self.console(copy), "the copy's kernel panics")
                require("login:" not in self.console(copy), "the copy never shows a login prompt")
            for outcome, expected in (("slow 2", True), ("hang", False), ("silent", False)):
                with self.disk(server).open("r+b") as disk:
                    disk.seek(RECORD_OFFSET)
                    disk.write(boot_record(outcome))
                compute.reboot_server(server, "HARD")
                self.wait(server, "ACTIVE")
                if outcome != "silent":
                    require("login:" not in self.console(server) and "Booting" in self.console(server), outcome)
                if expected:
                    wait_until(lambda: "login:" in self.console(server), f"{outcome} ends with a login prompt", 10)
            equal(self.console(server), "", "a silent guest's console")

    def test_belongings(self):
        """What a server can have besides its disk: name, description, tags, user data, a group, tagged devices."""
        compute = self.cloud.compute
        group = compute.create_server_group(name=self.run, policy="soft-anti-affinity")
        key = compute.create_keypair(name=self.run)
        volume = self.cloud.block_storage.create_volume(name=self.run, size=1)
        try:
            self.cloud.block_storage.wait_for_status(volume, "available", interval=0.1, wait=60)
            disks = [
                {"boot_index": 0, "uuid": self.image.id, "source_type": "image", "destination_type": "local"},
                {
                    "boot_index": -1,
                    "uuid": volume.id,
                    "source_type": "volume",
                    "destination_type": "volume",
                    "tag": "data",
                    "delete_on_termination": True,
                },
            ]
            with self.server(
                "m1.ephemeral",
                image_id=self.image.id,
                networks=[{"uuid": self.network.id, "tag": "front"}],
                block_device_mapping=disks,
                description="of the smoke test",
                hostname="smoke-host",
                tags=["blue", "green"],
                metadata={"role": "web"},
                user_data=base64.b64encode(b"#cloud-config").decode(),
                key_name=key.name,
                scheduler_hints={"group": group.id},
            ) as server:
                shown = {name: server[name] for name in ("description", "hostname", "tags", "metadata", "key_name")}
                expected = {
                    "description": "of the smoke test",
                    "hostname": "smoke-host",
                    "tags": ["blue", "green"],
                    "metadata": {"role": "web"},
                    "key_name": key.name,
                }
                equal(shown, expected, "what Nova shows of the server")
                equal(server.server_groups, [group.id], "its group")
                equal(compute.get_server_group(group.id).member_ids, [server.id], "the group's member")
                equal([found.tag for found in compute.volume_attachments(server)], ["data"], "the volume's tag")
                flavor = {name: server.flavor[name] for name in ("ephemeral", "swap")}
                equal(flavor, {"ephemeral": 1, "swap": 32}, "the flavor's other disks")
                equal((self.disk(server).parent / "disk.swap").stat().st_size, 32 * 1024**2, "the swap disk")
                require((self.disk(server).parent / "disk.eph0").exists(), "the ephemeral disk")
                require("smoke-host login: " in self.console(server), "the guest knows its name")
                compute.update_server(server, description="another", hostname="smoke-other")
                compute.remove_tag_from_server(server, "blue")
                changed = compute.get_server(server.id)
                equal(
                    (changed.description, changed.hostname, changed.tags),
                    ("another", "smoke-other", ["green"]),
                    "what can be changed",
                )
        finally:
            compute.delete_server_group(group)
            compute.delete_keypair(key)
            if self.cloud.block_storage.find_volume(volume.id):
                self.cloud.block_storage.delete_volume(volume)

    def test_shelve(self):
        """A shelved server is an image and no guest; unshelved it has its bytes again."""
        compute = self.cloud.compute
        with self.server(image_id=self.image.id) as server:
            with self.disk(server).open("r+b") as disk:
                disk.write(USER_DATA)
            expected = sha512(self.disk(server).read_bytes())
            compute.shelve_server(server)
            self.wait(server, "SHELVED_OFFLOADED")
            require(not self.disk(server).exists(), "an offloaded server has no disk")
            compute.unshelve_server(server)
            self.wait(server, "ACTIVE")
            equal(sha512(self.disk(server).read_bytes()), expected, "the unshelved disk has the same bytes")

    def test_backup_rotation(self):
        """createBackup keeps as many images as it is told."""
        compute = self.cloud.compute
        name = f"{self.run}-backup"
        with self.server(image_id=self.image.id) as server:
            for dummy in range(3):
                compute.backup_server(server, name, "daily", 2)
                wait_until(lambda: compute.get_server(server.id).task_state is None, "backup ends")
            wait_until(lambda: len(list(self.cloud.image.images(name=name))) == 2, "two backups are left")
        for image in self.cloud.image.images(name=name):
            self.cloud.image.delete_image(image)

    def test_volume_backed_server(self):
        """Boots from a volume; its image is empty and lists a Cinder snapshot of each attached volume."""
        storage, compute = self.cloud.block_storage, self.cloud.compute
        root = storage.create_volume(name=f"{self.run}-root", size=1, image_id=self.image.id)
        data = storage.create_volume(name=f"{self.run}-data", size=1)
        try:
            for volume in (root, data):
                storage.wait_for_status(volume, "available", interval=0.1, wait=60)
            mapping = [
                {
                    "boot_index": 0,
                    "uuid": root.id,
                    "source_type": "volume",
                    "destination_type": "volume",
                    "delete_on_termination": False,
                }
            ]
            with self.server("m1.volume", block_device_mapping=mapping) as server:
                require(not self.disk(server).exists(), "a volume-backed server has no disk of its own")
                equal(storage.get_volume(root.id).status, "in-use", "the root volume is in use")
                require(f"from volume {root.id}" in self.console(server), "the console names the volume")
                compute.create_volume_attachment(server, volume_id=data.id)
                storage.wait_for_status(storage.get_volume(data.id), "in-use", interval=0.1, wait=60)
                with self.image_of(server) as image:
                    equal(image.size, 0, "the image is empty")
                    listed = {entry["snapshot_id"] for entry in block_device_mapping(image)}
                    snapshots = {
                        s.id for volume in (root, data) for s in storage.snapshots(details=True, volume_id=volume.id)
                    }
                    equal(listed, snapshots, "the image lists the snapshots of both volumes")
                    equal(len(snapshots), 2, "one snapshot a volume")
                    with self.server("m1.volume", image_id=image.id) as copy:
                        equal(len(list(compute.volume_attachments(copy))), 2, "the copy has both volumes")
                        copies = [attachment.volume_id for attachment in compute.volume_attachments(copy)]
                for volume_id in copies:
                    storage.delete_volume(volume_id)
                    wait_until(lambda gone=volume_id: storage.find_volume(gone) is None, "a copied volume is gone")
                for snapshot in snapshots:
                    storage.delete_snapshot(snapshot)
                    wait_until(lambda gone=snapshot: storage.find_snapshot(gone) is None, "a snapshot is gone")
                compute.delete_volume_attachment(server, data)
                storage.wait_for_status(storage.get_volume(data.id), "available", interval=0.1, wait=60)
            storage.wait_for_status(storage.get_volume(root.id), "available", interval=0.1, wait=60)
        finally:
            for volume in (root, data):
                storage.delete_volume(volume)

    def test_refusals(self):
        """What Nova refuses: an administrator's call to a member, an action that the server's state does not allow."""
        compute = self.cloud.compute
        with self.server(image_id=self.image.id) as server:
            refused(lambda: compute.reset_server_state(server, "error"), 403)
            compute.pause_server(server)
            self.wait(server, "PAUSED")
            refused(lambda: compute.start_server(server), 409)


def block_device_mapping(image):
    mapping = image.properties.get("block_device_mapping") or image.block_device_mapping
    return json.loads(mapping) if isinstance(mapping, str) else mapping


def sha512(data):
    return hashlib.sha512(data).hexdigest()


def equal(found, expected, what):
    require(found == expected, f"{what}: {str(found)[:200]} instead of {str(expected)[:200]}")


def require(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(call, status):
    try:
        call()
    except openstack.exceptions.HttpException as answer:
        equal(answer.status_code, status, "refused")
    else:
        raise AssertionError(f"not refused with {status}")


def wait_until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < deadline, f"not within {seconds} s: {what}")
        time.sleep(0.1)


def main(smoke_class, clouds):
    failed = 0
    for name in clouds or ["source", "target"]:
        smoke = smoke_class(name)
        for test in [attribute for attribute in dir(smoke) if attribute.startswith("test_")]:
            began = time.monotonic()
            try:
                getattr(smoke, test)()
                result = "ok"
            except Exception:
                traceback.print_exc(limit=-4, chain=False)
                result, failed = "FAILED", failed + 1
            print(f"{name}: {test} {result} {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Smoke, sys.argv[1:]))
