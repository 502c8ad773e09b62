# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image of a server is made of: the data of a volume-backed one's are in Cinder snapshots, which it names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def backing_snapshots(row: dict) -> list[str]:
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


def in_images(cloud: Cloud) -> dict[str, list[str]]:
    """``{ID of a Cinder snapshot: IDs of the images}`` with their data in it, of all of the project's, whatever they
    are called and whoever made them.
    """
    images = Images(cloud)
    found: dict[str, list[str]] = {}
    for row in (row for hidden in ("false", "true") for row in images.list(owner=cloud.project_id, os_hidden=hidden)):
        for id in backing_snapshots(row):
            found.setdefault(id, []).append(row["id"])
    return found


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
