# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder over sparse files: volumes and snapshots are raw files in one folder a backend, of 32 MiB a GiB."""

import contextlib
import os
import time
from pathlib import Path

from cinder import context, exception, objects
from cinder.image import image_utils
from cinder.objects import fields
from cinder.volume import driver, volume_utils
from oslo_config import cfg

from osnap_testcloud.rules import Rules

SCALED_GIB = 32 * 2**20
CAPACITY = 100_000  # GiB that the scheduler is told of

OPTIONS = [
    cfg.StrOpt("testcloud_volumes", help="Folder of the volumes"),
    cfg.StrOpt("testcloud_instance", help="Folder of the test cloud's instance"),
    cfg.StrOpt("testcloud_cloud", help="Name of this cloud in the instance"),
]


def copy_sparse(source, target):
    """Copy a file without its holes; the target appears when it is complete."""
    partial = target.with_name(target.name + ".partial")
    with source.open("rb") as reader, partial.open("wb") as writer:
        size = os.fstat(reader.fileno()).st_size
        writer.truncate(size)
        position = 0
        while True:
            try:
                position = os.lseek(reader.fileno(), position, os.SEEK_DATA)
            except OSError:  # ENXIO: nothing but a hole up to the end
                break
            end = os.lseek(reader.fileno(), position, os.SEEK_HOLE)
            while position < end:
                copied = os.copy_file_range(reader.fileno(), writer.fileno(), end - position, position, position)
                if not copied:  # somebody shortened the source meanwhile
                    end = position
                position += copied
    partial.rename(target)


class FileDriver(driver.VolumeDriver):
    VERSION = "1.0"
    CONSISTENT_GROUPS = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.folder = Path(self.configuration.testcloud_volumes)

    def do_setup(self, _context):
        self.folder.mkdir(parents=True, exist_ok=True)
        for partial in self.folder.glob("*.partial"):
            partial.unlink()

    def check_for_setup_error(self):
        """A folder that could be made is all that is needed."""

    def get_volume_stats(self, refresh=False):
        name = self.configuration.volume_backend_name
        pool = {
            "pool_name": name,
            "total_capacity_gb": CAPACITY,
            "free_capacity_gb": CAPACITY,
            "reserved_percentage": 0,
            "consistent_group_snapshot_enabled": self.CONSISTENT_GROUPS,
            "consistencygroup_support": self.CONSISTENT_GROUPS,
            "multiattach": True,
        }
        return {
            "volume_backend_name": name,
            "vendor_name": "osnap",
            "driver_version": self.VERSION,
            "storage_protocol": "local",
            "consistent_group_snapshot_enabled": self.CONSISTENT_GROUPS,
            "pools": [pool],
        }

    # Files

    def local_path(self, volume):
        return str(self._volume(volume))

    def _volume(self, volume):
        return self.folder / volume.name

    def _snapshot(self, snapshot):
        return self.folder / f"{snapshot.volume_name}@{snapshot.name}"

    def _resize(self, volume, gib=None):
        """Grow a volume's file to its scaled size; an image may be larger than that already."""
        path = self._volume(volume)
        size = (gib or volume.size) * SCALED_GIB
        if path.stat().st_size < size:
            os.truncate(path, size)

    # Volumes

    def create_volume(self, volume):
        with self._volume(volume).open("xb") as file:
            file.truncate(volume.size * SCALED_GIB)

    def create_cloned_volume(self, volume, src_vref):
        copy_sparse(self._volume(src_vref), self._volume(volume))
        self._resize(volume)

    def create_volume_from_snapshot(self, volume, snapshot):
        copy_sparse(self._snapshot(snapshot), self._volume(volume))
        self._resize(volume)

    def delete_volume(self, volume):
        self._volume(volume).unlink(missing_ok=True)

    def extend_volume(self, volume, new_size):
        self._resize(volume, new_size)

    def retype(self, context, volume, new_type, diff, host):
        return False, None

    # Snapshots

    def create_snapshot(self, snapshot):
        copy_sparse(self.folder / snapshot.volume_name, self._snapshot(snapshot))

    def delete_snapshot(self, snapshot):
        self._snapshot(snapshot).unlink(missing_ok=True)

    def revert_to_snapshot(self, context, volume, snapshot):
        copy_sparse(self._snapshot(snapshot), self._volume(volume))
        self._resize(volume)

    # Images

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        """A raw image goes straight into the volume; other formats take Cinder's way through qemu-img."""
        if image_meta.get("disk_format") != "raw":
            return None, False
        with self._volume(volume).open("xb") as file:
            image_service.download(context, image_meta["id"], file)
        self._resize(volume)
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        path = self.local_path(volume)
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            path,
            self.configuration.volume_dd_blocksize,
            size=volume.size,
            run_as_root=False,
            disable_sparse=disable_sparse,
        )
        self._resize(volume)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        volume_utils.upload_volume(
            context, image_service, image_meta, self.local_path(volume), volume, run_as_root=False
        )

    # Attaching: the file's path is all that a client needs

    def ensure_export(self, context, volume):
        """Nothing is exported."""

    def create_export(self, context, volume, connector):
        """Nothing is exported."""

    def remove_export(self, context, volume):
        """Nothing is exported."""

    def create_export_snapshot(self, context, snapshot, connector):
        """Nothing is exported."""

    def remove_export_snapshot(self, context, snapshot):
        """Nothing is exported."""

    def initialize_connection(self, volume, connector, **kwargs):
        return {"driver_volume_type": "local", "data": {"device_path": self.local_path(volume), "volume_id": volume.id}}

    def initialize_connection_snapshot(self, snapshot, connector, **kwargs):
        return {
            "driver_volume_type": "local",
            "data": {"device_path": str(self._snapshot(snapshot)), "snapshot_id": snapshot.id},
        }

    def terminate_connection(self, volume, connector, **kwargs):
        """Nothing was connected."""

    def terminate_connection_snapshot(self, snapshot, connector, **kwargs):
        """Nothing was connected."""

    def _attach_volume(self, context, volume, properties, remote=False):
        return {
            "conn": self.initialize_connection(volume, None),
            "device": {"path": self.local_path(volume)},
            "connector": None,
        }, volume

    def _detach_volume(self, context, attach_info, volume, properties, force=False, remote=False, ignore_errors=False):
        """Nothing was attached."""

    # Groups

    def _only_with_groups(self):
        if not self.CONSISTENT_GROUPS:
            raise NotImplementedError

    def create_group(self, context, group):
        self._only_with_groups()
        return {"status": fields.GroupStatus.AVAILABLE}

    def update_group(self, context, group, add_volumes=None, remove_volumes=None):
        self._only_with_groups()
        return {"status": fields.GroupStatus.AVAILABLE}, None, None

    def delete_group(self, context, group, volumes):
        self._only_with_groups()
        for volume in volumes:
            self.delete_volume(volume)
        return {"status": fields.GroupStatus.DELETED}, [{"id": volume.id, "status": "deleted"} for volume in volumes]

    def create_group_snapshot(self, context, group_snapshot, snapshots):
        self._only_with_groups()
        return self._each(self.create_snapshot, snapshots, fields.SnapshotStatus.AVAILABLE)

    def delete_group_snapshot(self, context, group_snapshot, snapshots):
        self._only_with_groups()
        return self._each(self.delete_snapshot, snapshots, fields.SnapshotStatus.DELETED)

    def create_group_from_src(
        self, context, group, volumes, group_snapshot=None, snapshots=None, source_group=None, source_vols=None
    ):
        self._only_with_groups()
        for volume, snapshot in zip(volumes, snapshots or (), strict=False):
            self.create_volume_from_snapshot(volume, snapshot)
        for volume, source in zip(volumes, source_vols or (), strict=False):
            self.create_cloned_volume(volume, source)
        return None, None

    @staticmethod
    def _each(action, snapshots, status):
        for snapshot in snapshots:
            action(snapshot)
        return {"status": status}, [{"id": snapshot.id, "status": status} for snapshot in snapshots]

    # Managing what is there already

    def _existing(self, existing_ref):
        reference = existing_ref.get("source-name") if isinstance(existing_ref, dict) else existing_ref
        if not reference or os.sep in reference or not (self.folder / reference).is_file():
            raise exception.ManageExistingInvalidReference(
                existing_ref=existing_ref, reason="source-name must name a file of the backend"
            )
        return self.folder / reference

    def manage_existing_get_size(self, volume, existing_ref):
        return -(-self._existing(existing_ref).stat().st_size // SCALED_GIB)

    def manage_existing(self, volume, existing_ref):
        existing = self._existing(existing_ref)
        if volume_utils.check_already_managed_volume(volume_utils.extract_id_from_volume_name(existing.name)):
            raise exception.ManageExistingAlreadyManaged(volume_ref=existing.name)
        existing.rename(self._volume(volume))

    def unmanage(self, volume):
        """The file stays."""

    def get_manageable_volumes(self, cinder_volumes, marker, limit, offset, sort_keys, sort_dirs):
        known = {volume.name: volume.id for volume in cinder_volumes}
        entries = [self._manageable(path, known) for path in self._files() if "@" not in path.name]
        return volume_utils.paginate_entries_list(entries, marker, limit, offset, sort_keys, sort_dirs)

    def manage_existing_snapshot_get_size(self, snapshot, existing_ref):
        return self.manage_existing_get_size(snapshot, existing_ref)

    def manage_existing_snapshot(self, snapshot, existing_ref):
        existing = self._existing(existing_ref)
        parent, _at, name = existing.name.partition("@")
        if parent != snapshot.volume_name:
            raise exception.ManageExistingInvalidReference(
                existing_ref=existing_ref, reason=f"it is no snapshot of {snapshot.volume_name}"
            )
        known = volume_utils.extract_id_from_snapshot_name(name)
        if known and objects.Snapshot.exists(context.get_admin_context(), known):
            raise exception.ManageExistingAlreadyManaged(volume_ref=existing.name)
        existing.rename(self._snapshot(snapshot))

    def unmanage_snapshot(self, snapshot):
        """The file stays."""

    def get_manageable_snapshots(self, cinder_snapshots, marker, limit, offset, sort_keys, sort_dirs):
        known = {self._snapshot(snapshot).name: snapshot.id for snapshot in cinder_snapshots}
        entries = []
        for path in self._files():
            parent, at, _name = path.name.partition("@")
            if at:
                entries.append(dict(self._manageable(path, known), source_reference={"source-name": parent}))
        return volume_utils.paginate_entries_list(entries, marker, limit, offset, sort_keys, sort_dirs)

    def _files(self):
        return sorted(path for path in self.folder.iterdir() if path.is_file() and path.suffix != ".partial")

    @staticmethod
    def _manageable(path, known):
        managed = known.get(path.name)
        return {
            "reference": {"source-name": path.name},
            "size": -(-path.stat().st_size // SCALED_GIB),
            "cinder_id": managed,
            "extra_info": None,
            "safe_to_manage": managed is None,
            "reason_not_safe": "already managed" if managed else None,
        }


class RefusingDriver(FileDriver):
    """A backend that can be told to be busy, slow or broken by rules with ``backend`` in them, and that cannot snapshot
    a group at once.
    """

    CONSISTENT_GROUPS = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.cloud = self.configuration.testcloud_cloud
        self.rules = Rules(Path(self.configuration.testcloud_instance) / "control")

    @contextlib.contextmanager
    def _told(self, operation, resource, busy):
        """Do what the first rule for this operation says before the operation itself, which a refusal prevents."""
        names = [resource.display_name or ""]
        if hasattr(resource, "volume_id"):
            names.append(resource.volume.display_name or "")
        rule = self.rules.for_backend(operation, self.cloud, resource.project_id, names)
        if rule:
            time.sleep(rule.get("delay", 0))
            if rule.get("answer") == "busy":
                raise busy
            if rule.get("answer") == "error":
                raise exception.VolumeBackendAPIException(data=f"{operation}: refused, as the test asked for")
        yield

    def create_volume(self, volume):
        with self._told("create_volume", volume, exception.VolumeIsBusy(volume_name=volume.name)):
            super().create_volume(volume)

    def delete_volume(self, volume):
        with self._told("delete_volume", volume, exception.VolumeIsBusy(volume_name=volume.name)):
            super().delete_volume(volume)

    def create_volume_from_snapshot(self, volume, snapshot):
        with self._told("create_volume", volume, exception.SnapshotIsBusy(snapshot_name=snapshot.name)):
            super().create_volume_from_snapshot(volume, snapshot)

    def create_snapshot(self, snapshot):
        with self._told("create_snapshot", snapshot, exception.SnapshotIsBusy(snapshot_name=snapshot.name)):
            super().create_snapshot(snapshot)

    def delete_snapshot(self, snapshot):
        with self._told("delete_snapshot", snapshot, exception.SnapshotIsBusy(snapshot_name=snapshot.name)):
            super().delete_snapshot(snapshot)

    def revert_to_snapshot(self, context, volume, snapshot):
        with self._told("revert", snapshot, exception.SnapshotIsBusy(snapshot_name=snapshot.name)):
            super().revert_to_snapshot(context, volume, snapshot)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        with self._told("upload", volume, exception.VolumeIsBusy(volume_name=volume.name)):
            super().copy_volume_to_image(context, volume, image_service, image_meta)
