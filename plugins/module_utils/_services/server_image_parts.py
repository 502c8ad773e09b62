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
    """The IDs of the Cinder snapshots in an image's ``block_device_mapping``. Whoever may change the image can write
    anything there; what is no mapping names none, and neither does Nova boot from it.
    """
    mapping = row["properties"].get("block_device_mapping") or []
    try:
        disks = json.loads(mapping) if isinstance(mapping, str) else mapping
    except ValueError:
        return []
    ids = [disk.get("snapshot_id") for disk in disks if isinstance(disk, dict)] if isinstance(disks, list) else []
    return [id for id in ids if id and isinstance(id, str)]


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
