# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hypervisor whose guests are folders: a root disk that is a real file, a power state that survives a restart.

No guest runs. What is written into ``<cloud>/nova/instances/<server>/disk`` is the user's data on the disk: it is in
the image of a snapshot, and in the disk of a server that boots from that image.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from nova import exception
from nova.compute import power_state, task_states
from nova.image import glance
from nova.virt import driver, fake
from nova.virt import node as local_node
from oslo_config import cfg

from osnap_testcloud import server_console

#: What a GiB of a flavor's disk is worth here: small enough that a test moves it in a moment.
SCALED_GIB = 32 * 1024**2


class Guest:
    """What Nova's fake driver keeps in memory, kept in a folder: its name and its power state."""

    def __init__(self, folder):
        self._folder = folder

    @classmethod
    def create(cls, folder, name, state):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(name, encoding="utf-8")
        guest = cls(folder)
        guest.state = state
        return guest

    @property
    def name(self):
        return (self._folder / "name").read_text(encoding="utf-8")

    @property
    def state(self):
        return int((self._folder / "state").read_text(encoding="ascii"))

    @state.setter
    def state(self, state):
        # Replaced as a whole: a process killed in the middle leaves the old state, not an empty file.
        fresh = self._folder / "state.new"
        fresh.write_text(str(state), encoding="ascii")
        fresh.replace(self._folder / "state")


class FileDriver(fake.FakeDriver):
    """Nova's fake driver, with disks."""

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        self._images = glance.API()
        self._instances_folder = Path(cfg.CONF.instances_path)

    # -- the host

    def init_host(self, host):
        super().init_host(host)
        self._instances_folder.mkdir(parents=True, exist_ok=True)
        self.instances.update(
            (state.parent.name, Guest(state.parent)) for state in self._instances_folder.glob("*/state")
        )

    def get_nodenames_by_uuid(self, refresh=False):
        # The fake driver makes new identifiers at every start, and Nova would take this for another host.
        return {local_node.get_local_node_uuid(): self.get_available_nodes()[0]}

    def get_available_resource(self, nodename):
        return {**super().get_available_resource(nodename), "uuid": local_node.get_local_node_uuid()}

    # -- the disk

    def _folder(self, instance):
        return self._instances_folder / instance.uuid

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        folder = self._folder(instance)
        folder.mkdir(parents=True, exist_ok=True)
        if not self._root_volume(block_device_info):
            self._make_disk(context, instance, image_meta, folder / "disk")
        for name, size in (
            ("disk.eph0", instance.flavor.ephemeral_gb * SCALED_GIB),
            ("disk.swap", instance.flavor.swap * 1024**2),
        ):
            if size:  # as libvirt calls them; no snapshot takes them
                with (folder / name).open("wb") as file:
                    file.truncate(size)
        super().spawn(
            context,
            instance,
            image_meta,
            injected_files,
            admin_password,
            allocations,
            network_info,
            block_device_info,
            power_on,
            accel_info,
        )
        self.instances[instance.uuid] = Guest.create(folder, instance.name, self.instances[instance.uuid].state)
        if power_on:
            self._boot(instance, network_info, block_device_info)

    @staticmethod
    def _root_volume(block_device_info):
        """The mapping of the volume that a server boots from; None where it boots from a disk of its own."""
        mappings = driver.block_device_info_get_mapping(block_device_info)
        return next((mapping for mapping in mappings if mapping.get("boot_index") == 0), None)

    def _make_disk(self, context, instance, image_meta, disk):
        """The image's bytes, its zeros as holes, and behind them a hole up to the size of the flavor's disk."""
        with disk.open("wb") as file:
            for chunk in self._images.download(context, instance.image_ref, trusted_certs=instance.trusted_certs):
                if chunk != bytes(len(chunk)):
                    file.write(chunk)
                else:
                    file.seek(len(chunk), os.SEEK_CUR)
            file.truncate()
        if image_meta.disk_format == "qcow2":
            converted = disk.with_suffix(".raw")
            subprocess.run(
                ["qemu-img", "convert", "-f", "qcow2", "-O", "raw", disk, converted], check=True, capture_output=True
            )
            converted.replace(disk)
        os.truncate(disk, max(disk.stat().st_size, instance.flavor.root_gb * SCALED_GIB))

    def destroy(
        self, context, instance, network_info, block_device_info=None, destroy_disks=True, destroy_secrets=True
    ):
        super().destroy(context, instance, network_info, block_device_info, destroy_disks, destroy_secrets)
        if destroy_disks:
            shutil.rmtree(self._folder(instance), ignore_errors=True)

    # -- the snapshot, in the steps and with the properties of Nova's libvirt driver

    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        if instance.image_meta.properties.get("os_require_quiesce"):
            self.quiesce(context, instance, instance.image_meta)
        image = self._images.get(context, image_id)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        metadata = {
            "status": "active",
            "name": image["name"],
            "disk_format": "raw",
            "container_format": "bare",
            "properties": {"image_location": "snapshot", "image_state": "available", "owner_id": instance.project_id},
        }
        if instance.os_type:
            metadata["properties"]["os_type"] = instance.os_type
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        with (self._folder(instance) / "disk").open("rb") as disk:
            self._images.update(context, image_id, metadata, disk, purge_props=False)

    def quiesce(self, context, instance, image_meta):
        # The fake driver always succeeds; a hypervisor needs the image to promise an agent.
        if not image_meta.properties.get("hw_qemu_guest_agent"):
            raise exception.QemuGuestAgentNotEnabled()

    # -- the console: a file that each boot begins anew, as libvirt's

    def _boot(self, instance, network_info, block_device_info):
        root, disk = f"image {instance.image_ref}", self._folder(instance) / "disk"
        volume = self._root_volume(block_device_info)
        if volume:
            connected = volume["connection_info"]["data"]
            root, disk = f"volume {connected['volume_id']}", Path(connected["device_path"])
        interfaces = [(vif["address"], [ip["address"] for ip in vif.fixed_ips()]) for vif in network_info or []]
        text = server_console.boot_text(instance.hostname, root, interfaces, server_console.outcome_of(disk))
        (self._folder(instance) / "console.log").write_text(text, encoding="ascii", errors="replace")

    def get_console_output(self, context, instance):
        log = self._folder(instance) / "console.log"
        if not log.exists():
            return ""
        since_boot = time.time() - log.stat().st_mtime
        return server_console.text_after(log.read_text(encoding="ascii"), since_boot)

    # -- power

    # reboot() of the fake driver is this, too
    def power_on(self, context, instance, network_info, block_device_info=None, accel_info=None, share_info=None):
        super().power_on(context, instance, network_info, block_device_info, accel_info, share_info)
        self._boot(instance, network_info, block_device_info)

    def pause(self, instance):
        self.instances[instance.uuid].state = power_state.PAUSED

    def unpause(self, instance):
        self.instances[instance.uuid].state = power_state.RUNNING

    def suspend(self, context, instance):
        self.instances[instance.uuid].state = power_state.SUSPENDED

    def resume(self, context, instance, network_info, block_device_info=None, share_info=None):
        self.instances[instance.uuid].state = power_state.RUNNING
