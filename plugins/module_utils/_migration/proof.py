# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server has arrived with its data: what both clouds say of each of its disks. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import TRANSFER, Discovered, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import is_finished, source_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import power_of

#: What a new server may be when it has arrived, by the power that it shall have. One that was off is booted like any
#: other and stopped then: that it is not off yet says nothing of its data.
STATUSES = {"on": ("ACTIVE",), "off": ("SHUTOFF", "ACTIVE")}


def missing(server: dict[str, Any], made: Made, seen: Discovered, options: Options) -> str | None:
    """What is missing to the proof that the server, or that of its rehearsal, is there with its data, as a clause; None
    if nothing.
    """
    there = made.rehearsal if options.rehearses and not made.server else made.server
    if not there:
        return f"there is no server of it in cloud {seen.destination}"
    right = STATUSES["on" if options.rehearses else power_of(server, options)]
    if there["status"] not in right and not made.has_arrived:
        return f"the server {there['id']} in cloud {seen.destination} is in status {there['status']} and not {right[0]}"
    if not made.disks:
        return f"there is no finished copy of its disks in cloud {seen.destination}"
    for disk in made.disks:
        if clause := _of_disk(disk, there, made, seen):
            return clause
    return None


def _of_disk(disk, there, made, seen):
    found = disk["found"]
    copy, what = found["copied"], "its image" if disk["kind"] == IMAGE else f"its volume {disk['id']}"
    if disk["method"] == TRANSFER:
        return _of_handed_over(disk, there, made, seen)
    if not copy or not is_finished(copy) or copy["status"] != "active":
        return f"there is no finished copy of {what} in cloud {seen.destination}"
    if disk["target"] == IMAGE:
        if there["image_id"] != copy["id"]:
            return (
                f"the server {there['id']} in cloud {seen.destination} was booted from the image {there['image_id']} and"
                f" not from the copy {copy['id']}"
            )
    elif clause := _of_volume(disk, copy, there, made, seen):
        return clause
    return of_bytes(disk, copy, seen)


def of_bytes(disk: dict[str, Any], copy: dict[str, Any], seen: Discovered) -> str | None:
    """What is missing to the proof that a copy holds what the snapshot of a disk does, as a clause; None if nothing."""
    found, source = disk["found"], source_of(disk)
    if not found["snapshot"]:
        noun = "snapshot image" if disk["kind"] == IMAGE else "snapshot"
        return f"its {noun} in cloud {seen.source} is gone, there is nothing to compare with"
    if not source:
        return f"the image of its volume {disk['id']} in cloud {seen.source} is gone, there is nothing to compare with"
    if source["size"] != copy["size"]:
        return f"the image {source['id']} has {source['size']} bytes and its copy {copy['id']} has {copy['size']}"
    both_hashed = source["hash_value"] and copy["hash_value"] and source["hash_algo"] == copy["hash_algo"]
    if both_hashed and source["hash_value"] != copy["hash_value"]:
        return f"the image {source['id']} and its copy {copy['id']} differ in their {source['hash_algo']}"
    return None


def _of_handed_over(disk, there, made, seen):
    """What is missing to a volume that was handed over. No byte of it was copied by anybody but the storage, which says
    itself of which snapshot it is.
    """
    row = _volume_of(disk, there, made)
    return of_snapshot(row, disk, seen) or _of_attached(disk, row, there, seen)


def of_snapshot(row: dict[str, Any] | None, disk: dict[str, Any], seen: Discovered) -> str | None:
    """What is missing to the proof that a volume that was handed over is of the snapshot of a disk, as a clause; None if
    nothing.
    """
    snapshot = disk["found"]["snapshot"]
    if not snapshot:
        return f"its snapshot in cloud {seen.source} is gone, there is nothing to compare with"
    if row and row["snapshot_id"] != snapshot["id"]:
        return f"the volume {row['id']} in cloud {seen.destination} is not of the snapshot {snapshot['id']}"
    return _of_size(disk, row, seen) if row else None


def _volume_of(disk, there, made):
    return disk["found"]["rehearsal_volume" if there is made.rehearsal else "volume"]


def _of_volume(disk, copy, there, made, seen):
    """What is missing to a volume that the new server has in the place of a disk."""
    row = _volume_of(disk, there, made)
    return of_origin(row, disk, copy, seen) or _of_attached(disk, row, there, seen)


def of_origin(row: dict[str, Any] | None, disk: dict[str, Any], copy: dict[str, Any], seen: Discovered) -> str | None:
    """What is missing to the proof that a volume was made of the copy of a disk, as a clause; None if nothing."""
    if not row:
        return f"there is no volume of its disk {disk['id']} in cloud {seen.destination}"
    if row["metadata"].get(_marks.SOURCE) != copy["id"]:
        return (
            f"the volume {row['id']} in cloud {seen.destination} was made of the image {row['metadata'].get(_marks.SOURCE)}"
            f" and not of the copy {copy['id']}"
        )
    return _of_size(disk, row, seen)


def _of_attached(disk, row, there, seen):
    if not row:
        return f"there is no volume of its disk {disk['id']} in cloud {seen.destination}"
    if row["status"] != "in-use" or row["id"] not in there["attached_volumes"]:
        return (
            f"the volume {row['id']} in cloud {seen.destination} is in status {row['status']} and not attached to the"
            f" server {there['id']}"
        )
    return _of_size(disk, row, seen)


def _of_size(disk, row, seen):
    if disk["size"] and row["size"] < disk["size"]:
        return f"the volume {row['id']} in cloud {seen.destination} has {row['size']} GiB and not {disk['size']}"
    return None
