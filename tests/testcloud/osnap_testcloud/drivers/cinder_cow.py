# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend whose volumes are clones, as Ceph's are: what a volume was made of can't go before the volume does."""

from cinder import exception

from ..clones import Clones
from .cinder_file import FileDriver


class CowDriver(FileDriver):
    """The bytes are copied as anywhere; what depends on what is kept beside them and refused by."""

    CONSISTENT_GROUPS = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clones = Clones(self.folder)

    def create_volume_from_snapshot(self, volume, snapshot):
        super().create_volume_from_snapshot(volume, snapshot)
        self.clones.add(volume.name, self._snapshot(snapshot).name)

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        found, is_cloned = super().clone_image(context, volume, image_location, image_meta, image_service)
        if is_cloned:
            self.clones.add(volume.name, image_meta["id"])
        return found, is_cloned

    def delete_volume(self, volume):
        super().delete_volume(volume)
        self.clones.remove(volume.name)

    def delete_snapshot(self, snapshot):
        """Cinder answers a busy one as it does with Ceph's driver: the deletion is accepted, and the snapshot is
        available again.
        """
        if self.clones.of(self._snapshot(snapshot).name):
            raise exception.SnapshotIsBusy(snapshot_name=snapshot.name)
        super().delete_snapshot(snapshot)
