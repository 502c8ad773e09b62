# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image of a server is made of: the data of a volume-backed one's are in Cinder snapshots, which it names."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def backing_snapshots(row: Mapping[str, Any]) -> list[str]:
    """The IDs of the Cinder snapshots in an image's ``block_device_mapping``; none in one that is no mapping of Nova's,
    for the property is anybody's to write.
    """
    mapping = row["properties"].get("block_device_mapping")
    if isinstance(mapping, str):
        try:
            mapping = json.loads(mapping)
        except ValueError:
            return []
    disks = [disk for disk in mapping if isinstance(disk, dict)] if isinstance(mapping, list) else []
    return [disk["snapshot_id"] for disk in disks if disk.get("snapshot_id") and isinstance(disk["snapshot_id"], str)]


def in_images(cloud: Cloud, project: str | None = None) -> dict[str, list[str]]:
    """``{ID of a Cinder snapshot: IDs of the images}`` with their data in it, of all of the project's, whatever they
    are called and whoever made them.

    :param project: another one's than the cloud's own, such as that of an image which an administrator deletes
    """
    images = Images(cloud)
    found: dict[str, list[str]] = {}
    for row in (
        row for hidden in ("false", "true") for row in images.list(owner=project or cloud.project_id, os_hidden=hidden)
    ):
        for id in backing_snapshots(row):
            found.setdefault(id, []).append(row["id"])
    return found


class Uses:
    """Who else has data in the Cinder snapshots behind images. Images are deleted by the hundred, and each look lists all
    that the project has: what was seen is good for a moment, but for the images that have gone since.
    """

    #: Seconds; a look of as many images takes about as long.
    MOMENT = 5

    def __init__(self, cloud: Cloud):
        self._cloud, self._lock = cloud, threading.Lock()
        self._seen: dict[tuple, tuple[float, dict]] = {}

    def images_of(self, snapshot: str, project: str | None) -> set[str]:
        """The IDs of the project's images that have data in it."""
        with self._lock:
            return set(
                self._of_a_moment(("images", project), lambda: in_images(self._cloud, project)).get(snapshot, ())
            )

    def has_volumes(self, snapshot: str) -> bool:
        """Whether volumes were made of it."""
        with self._lock:
            made = self._of_a_moment(
                ("volumes", None), lambda: dict.fromkeys(row["snapshot_id"] for row in Volumes(self._cloud).list())
            )
            return snapshot in made

    def forget(self, image: str, project: str | None, snapshots: Iterable[str]) -> None:
        """An image of a project that has just been deleted, and the Cinder snapshots that it named."""
        with self._lock:
            _at, seen = self._seen.get(("images", project), (None, {}))
            for snapshot in snapshots:
                seen[snapshot] = [id for id in seen.get(snapshot, ()) if id != image]

    def _of_a_moment(self, what, look):
        now = time.monotonic()
        at, seen = self._seen.get(what, (None, {}))
        if at is None or now - at > self.MOMENT:
            seen = look()
            self._seen[what] = now, seen
        return seen


def is_snapshot(row: dict) -> bool:
    """Whether an image is a snapshot or a backup that Nova made of a server, an image-backed or a volume-backed one; a
    copy of one is none.
    """
    return row["properties"].get("image_type") in ("snapshot", "backup") or "block_device_mapping" in row["properties"]


def together(statuses: Iterable[str]) -> str:
    """An active image's status, its Cinder snapshots considered, in Glance's words."""
    if all(status == "available" for status in statuses):
        return "active"
    return (
        "killed"
        if any(status == "missing" or status in VolumeSnapshots.statuses.failed for status in statuses)
        else "saving"
    )
