# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links that bring one disk from its snapshot to the destination, by the way that `ways` has chosen for it.

Whatever has disks, a server or a volume that is attached to none, sends each of them through here.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._images.copy import ImageCopy
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._images.imported import ImageImport
from ansible_collections.osnap.openstack.plugins.module_utils._images.share import ImageShare
from ansible_collections.osnap.openstack.plugins.module_utils._migration import deep
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEEP,
    GLANCE_DOWNLOAD,
    SHARE,
    TRANSFER,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.moved import VolumeMove
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes

#: The lanes of disks, for all servers together.
CONVERSIONS, COPIES = "conversions", "copies"

#: What a volume that is handed over gets of the options of the new one; it keeps its type and its zone.
HANDED_ON = ("name", "size", "metadata", "description", "bootable")


class Arrived(NamedTuple):
    """What a disk has become: the IDs of an image that the destination has or sees, and of a volume there."""

    disk: Mapping[str, Any]
    copy: str | None
    volume: str | None


class DiskWay:
    """The way of disks from one cloud to another.

    :param link: carries an operation out, as :meth:`carry_out.Chain.link`
    :param lanes: of the fleet
    :param here: the source's cloud, whose peer is ``there``
    :param verification: as the option
    :param making_room: for the time of a copy of so many bytes: its place is another one's then
    """

    def __init__(
        self,
        link: Callable[..., Any],
        lanes: Lanes,
        here: Any,
        there: Any,
        verification: str,
        making_room: Callable[[int | None], AbstractContextManager] = nullcontext,
    ):
        self.link, self.lanes, self.here, self.there = link, lanes, here, there
        self.verification, self.making_room = verification, making_room

    def go(self, disk: Mapping[str, Any], snapshot: Mapping[str, Any], only_copy: bool) -> Arrived:
        """
        :param disk: of a plan, with its items
        :param snapshot: of it, as it is there
        :param only_copy: whether no volume is made yet. Where volumes are handed over that is nothing: the snapshot is in
            the storage that both have
        """
        if disk["method"] == TRANSFER:
            return Arrived(disk, None, None if only_copy else self._handed_over(disk, snapshot)["id"])
        image = self._image(disk, snapshot)
        copy = self._there(disk, image)
        if only_copy or not disk["volume_restore"]:
            return Arrived(disk, copy["id"], None)
        item = {**disk["volume_restore"], "image": copy["id"]}
        volume = self.link("volume", VolumeRestore(), item, self.there, disk=disk["index"])
        if self.verification == DEEP and disk["kind"] == VOLUME:
            with self._conversion(disk):
                deep.prove(self.link, self.there, disk, volume, copy)
        return Arrived(disk, copy["id"], volume["id"])

    def _handed_over(self, disk, snapshot):
        restored = disk["volume_restore"]
        item = {key: restored[key] for key in HANDED_ON if key in restored}
        item |= {"snapshot": snapshot["id"], "image_metadata": disk.get("image_metadata")}
        with self._conversion(disk):
            return self.link("volume", VolumeMove(), item, self.here, disk=disk["index"])

    def _image(self, disk, snapshot):
        """The image in the source: of Nova's own disk it is the snapshot itself."""
        if disk["kind"] != VOLUME:
            return snapshot
        with self._conversion(disk):
            item = {**disk["image_from_snapshot"], "snapshot": snapshot["id"]}
            return self.link("image", ImageFromSnapshot(), item, self.here, disk=disk["index"])

    def _there(self, disk, image):
        """The image that the destination makes use of."""
        if disk["method"] == SHARE:
            return self._shared(disk, image)
        fetched = disk["method"] == GLANCE_DOWNLOAD
        if fetched and self.here.project_id != self.there.project_id:
            self._shared(disk, image)  # or the Glance there could not read it in the name of its project
        with self.lanes.lane(COPIES), self.making_room(image.get("size")):
            return self.link(
                "copy",
                ImageImport() if fetched else ImageCopy(),
                {**disk["image_copy"], "image": image["id"]},
                self.here,
                disk=disk["index"],
                verification=self.verification,
            )

    def _shared(self, disk, image):
        return self.link("share", ImageShare(), {"image": image["id"]}, self.here, disk=disk["index"])

    def _conversion(self, disk):
        """The back end of a volume type is one lane."""
        return self.lanes.lane(CONVERSIONS, str(disk["volume_type"]))
