# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder and Nova would refuse of a volume made of a snapshot, an image or a backup, and of its attachment. Pure:
rows in, errors out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import RESTORING
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import least_disk
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: What Nova takes for a device.
DEVICE = re.compile(r"/dev/x?[a-z]?d?[a-z]+[0-9]*")
#: The largest number that Cinder takes for a size.
LARGEST_SIZE = 2**31 - 1
#: The states in which Nova attaches a volume.
ATTACHABLE = ("ACTIVE", "PAUSED", "SHUTOFF", "SHELVED", "SHELVED_OFFLOADED", "VERIFY_RESIZE")


def problem(item: dict, state: str) -> str | None:
    """What is wrong with an item, as a sentence without its end; None if nothing. Needs no request."""
    if not item["id"] and not item["name"].strip():
        return "name is empty; give the volume a name, or the id of an existing one"
    if state == "present" and not (item["id"] or item["snapshot"] or item["image"] or item["backup"]):
        return f"snapshot, image and backup are missing; say which of them the volume '{item['name']}' is made from"
    if item["overwrite"] and (wrong := _no_overwriting(item, state)):
        return wrong
    if item["size"] is not None and not 1 <= item["size"] <= LARGEST_SIZE:
        return f"size is {item['size']}; it takes GiB, 1 to {LARGEST_SIZE}"
    if item["device"] is not None and not DEVICE.fullmatch(item["device"]):
        return f"device is {item['device']!r}; it takes a name such as /dev/vdb"
    return (
        text_problem("name", item["name"])
        or text_problem("description", item["description"])
        or metadata_problem("metadata", item["metadata"])
    )


def _no_overwriting(item, state):
    if state != "present" or not item["backup"]:
        return "overwrite is for a backup that is restored into an existing volume; name the backup, or leave it out"
    given = [key for key in ("size", "volume_type", "availability_zone", "server") if item[key] is not None]
    if given:
        return f"overwrite takes a volume as it is, and {' and '.join(given)} can't go with it; leave that out"
    return None


def unfit(source: dict | OsnapError | None, desired: dict) -> OsnapError | None:
    """Why no volume can be made from a snapshot or an image as asked, or None."""
    if source is None:  # one given by its ID needs none, until it is to be made anew
        return OsnapError(
            f"snapshot, image and backup are missing; say which of them the volume '{desired['name']}' is made from.",
            resource=desired["name"],
        )
    if isinstance(source, OsnapError):
        return source
    what = source_kind(desired)
    ready = "active" if what == "image" else "available"
    label = f"The {what} '{source['name']}' ({source['id']})"
    if source["status"] != ready and not (what == "backup" and source["status"] == RESTORING):
        return OsnapError(
            f"{label} is in status {source['status']}, and only an {ready} one becomes a volume; wait for it or make it"
            " anew.",
            resource=source["id"],
        )
    if not source["size"]:
        return OsnapError(
            f"{label} holds no data: it is of a volume-backed server, whose data are in Cinder snapshots; make volumes"
            " from those.",
            resource=source["id"],
        )
    smallest = least(source, desired)
    if desired["size"] and desired["size"] < smallest:
        return OsnapError(
            f"{label} needs {smallest} GiB, and size is {desired['size']}; make it {smallest} or more, or leave size out.",
            resource=source["id"],
        )
    return None


def least(source: dict, desired: dict) -> int:
    """The least GiB of a volume that is made of a snapshot, an image or a backup."""
    return least_disk(source) if desired["image_id"] else source["size"]


def source_kind(desired: dict) -> str:
    """What a volume is made of, as a sentence calls it."""
    return next((kind for kind in ("snapshot", "backup") if desired[f"{kind}_id"]), "image")


def refuse_attached(row: dict, desired: dict, new: set) -> None:
    """Raise for a volume that is attached already, elsewhere or otherwise."""
    if not row["server_id"] and not row["attachments"]:
        return
    label = f"The volume '{row['name']}' ({row['id']}) is attached to {Volumes.attached_to(row)}"
    if row["server_id"] != desired["server_id"]:
        raise OsnapError(
            f"{label}, and {desired['server_id']} was asked for; detach it first, then run again.", resource=row["id"]
        )
    told = ", ".join(f"{key} is {row[key]!r} and {desired[key]!r} was asked for" for key in sorted(new))
    raise OsnapError(
        f"{label} already, and that can't be changed: {told}; detach it first, or leave {' and '.join(sorted(new))}"
        " out.",
        resource=row["id"],
    )


def refuse_server(server: dict, cloud: Cloud) -> None:
    """Raise for a server that takes no volume."""
    label = f"The server '{server['name']}' ({server['id']})"
    if server["status"] not in ATTACHABLE:
        raise OsnapError(
            f"{label} is in status {server['status']}, and Nova attaches volumes only to one that is"
            f" {', '.join(ATTACHABLE[:-1])} or {ATTACHABLE[-1]}.",
            resource=server["id"],
        )
    if server["is_locked"] and not cloud.is_admin:
        raise OsnapError(
            f"{label} is locked, and only an administrator attaches a volume to a locked one; unlock it first, then run"
            " again.",
            resource=server["id"],
        )
