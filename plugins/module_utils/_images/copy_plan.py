# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about one copy of an image. Pure.

An image at the destination is ours by marks that name it (see `_marks`), and finished only by ``osnap_complete``, which
is set after the verification.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, DELETE, FINISH, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._images import finished
from ansible_collections.osnap.openstack.plugins.module_utils._images.portable import travelling_properties
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: No bytes go through when nothing is copied.
NOTHING_SENT = {"transfer": None}


@dataclass(frozen=True)
class Copy:
    """A copy that is to be made, and what there is of it."""

    item: dict
    source: dict
    #: The attributes that it gets.
    wanted: dict
    #: Images that were begun and are of no use.
    leftovers: tuple[dict, ...]
    #: One that has all bytes and lacks only the declaration.
    whole: dict | None


def refuse(row: dict, cloud: Cloud) -> None:
    """Raise for an image that can't be copied, or not without becoming useless."""
    label = f"The image '{row['name']}' ({row['id']}) in cloud {cloud.name}"
    if row["status"] != "active":
        raise OsnapError(
            f"{label} is in status {row['status']}, and only an active one can be copied; wait for it or make it anew.",
            resource=row["id"],
        )
    if any(key.startswith("cinder_encryption_") for key in row["properties"]):
        raise OsnapError(
            f"{label} is of an encrypted volume, and its key stays in that cloud's key manager: the copy could never be"
            " read. Copy the data from inside the server, or move the disk unencrypted.",
            resource=row["id"],
        )
    if "block_device_mapping" in row["properties"] and not row["size"]:
        raise OsnapError(
            f"{label} is of a volume-backed server: it holds no data, they are in Cinder snapshots, which don't travel."
            " Make images of the volumes and copy those.",
            resource=row["id"],
        )
    if not row["size"]:
        raise OsnapError(f"{label} holds no data (0 bytes); there is nothing to copy.", resource=row["id"])


def is_whole(row: dict, source: dict) -> bool:
    """Whether an image holds exactly the source's bytes, as far as the two services' own figures say; no hash, no
    proof.
    """
    return (
        row["status"] == "active"
        and row["size"] == source["size"]
        and source["hash_value"] is not None
        and (row["hash_algo"], row["hash_value"]) == (source["hash_algo"], source["hash_value"])
    )


def is_ours(row: dict, source: dict, cloud: Cloud) -> bool:
    """Whether an image is a copy of the source that belongs to the destination's project."""
    return row["owner_id"] == cloud.peer.project_id and _marks.is_copy(row, source["id"])


def kept(row: dict, source: dict, cloud: Cloud) -> str | None:
    """Why an image stays that was of no use when it was looked at: the plan of now would not remove it."""
    if not is_ours(row, source, cloud):
        return "it is no copy of this image any more"
    return finished.kept(row) or ("it has all its data by now" if is_whole(row, source) else None)


def plan_copy(item: dict, rows: list[dict], cloud: Cloud) -> Plan:
    """What is to be done about one copy.

    :param item: ``source`` (a row), ``name``, and the options
    :param rows: the images of that name at the destination, hidden ones too
    """
    source = item["source"]
    refuse(source, cloud)
    ours = [row for row in rows if is_ours(row, source, cloud)]
    wanted = _wanted(item, source)
    if done := _finished_one(ours, item, cloud):
        described = {"name": done["name"], "source_image_id": source["id"], "size": done["size"]}
        return replace(finished.plan_finished(done, _asked(item, wanted), described), facts=NOTHING_SENT)
    whole = next((row for row in ours if is_whole(row, source)), None)
    leftovers = tuple(row for row in ours if not is_whole(row, source))
    steps = ((Step(DELETE),) if leftovers else ()) + ((Step(FINISH),) if whole else (Step(COPY, wanted),))
    after = {"state": "present", "name": item["name"], "source_image_id": source["id"], "size": source["size"]}
    # The declared options in the diff, but for those that Glance gives a default.
    after.update({key: wanted[key] for key in ("tags", "visibility") if item[key] is not None})
    predicted = {
        **dict.fromkeys(Images.keys()),
        **wanted,
        "properties": None,
        "size": source["size"],
        "status": "active",
        "owner_id": cloud.peer.project_id,
    }
    carried = Copy(item, source, wanted, leftovers, whole)
    return Plan({"state": "absent"}, after, steps, None, predicted, facts=NOTHING_SENT, carried=carried)


def _finished_one(ours, item, cloud):
    """The finished copy, or None; raises for one that can't be taken for it."""
    source, there = item["source"], f"in cloud {cloud.peer.name}"
    found = finished.only_one(
        ours,
        name=item["name"],
        what=f"copies of the image {source['id']}",
        label=lambda row: f"The finished copy {row['id']} {there}",
        where=f" {there}",
    )
    if found and found["is_hidden"]:
        raise OsnapError(
            f"The finished copy {found['id']} {there} is hidden from lists; show it, delete it, or give this one another"
            " name.",
            resource=found["id"],
        )
    if found and _differ(found, source):
        raise OsnapError(
            f"The image {found['id']} {there} is marked as the finished copy of the image {source['id']} and holds other"
            " data; find out what has happened to it, delete it, or give this copy another name.",
            resource=found["id"],
        )
    return found


def _differ(row, source) -> bool:
    """Whether the two services' own figures say that an image holds other bytes than the source."""
    hashes = [one["hash_value"] for one in (row, source)]
    return row["size"] != source["size"] or (
        all(hashes) and row["hash_algo"] == source["hash_algo"] and hashes[0] != hashes[1]
    )


def _wanted(item, source):
    """The attributes of the copy; of the source whatever is not said otherwise, but for marks of something else."""
    return {
        "name": item["name"],
        "disk_format": source["disk_format"],
        "container_format": source["container_format"],
        "min_disk": source["min_disk"],
        "min_ram": source["min_ram"],
        "visibility": item["visibility"] or "private",
        "tags": sorted(set(item["tags"] if item["tags"] is not None else source["tags"])),
        "properties": {**travelling_properties(source), **as_text(item["properties"] or {})},
    }


def _asked(item, wanted):
    """Of a finished copy only the options that are set count."""
    return {
        **{key: wanted[key] for key in ("tags", "visibility") if item[key] is not None},
        "properties": as_text(item["properties"] or {}),
    }
