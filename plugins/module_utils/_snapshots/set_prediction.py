# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set will be, as far as that is known before it is taken. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    IMAGE,
    MEMBER_KEYS,
    ROOT,
    VOLUME_SNAPSHOT,
    WHOLE,
    as_json,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_wanted

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_wanted import Wanted

    Row = Mapping[str, Any]


def side(row: Row | None) -> dict[str, Any]:
    """One side of a diff."""
    if row is None:
        return {"state": "absent"}
    return {"state": "present", "status": row["status"], "disks": list(row["disks"])}


def marks(row: Row, keys: Mapping[str, str]) -> dict[str, list[str]]:
    """What the members of a set have under some keys."""
    found = {}
    for key in keys:
        values = {
            str((member["row"].get("properties") or member["row"].get("metadata") or {}).get(key) or "")
            for member in row["members"]
        }
        found[key] = sorted(values)
    return found


def predicted(item: Row, server: Row, wants: Wanted, current: Row | None) -> dict[str, Any]:
    """The set that will be there, null for what only the services know."""
    is_stopped = item["consistency"] == "stop" or server["status"] in _consistency.OFF
    consistency: str | None = "off" if is_stopped else set_wanted.reached(server, wants)
    if item["consistency"] == "quiesce" and not is_stopped:
        consistency = "frozen"
    if current:
        consistency = current["consistency"]
    elif wants.group_id and consistency == "unknown":
        consistency = None  # whether all were taken at once, shows afterwards
    there = {member["disk"]: member for member in current["members"]} if current else {}
    metadata = {str(key): str(value) for key, value in (item["metadata"] or {}).items()}
    members = [_member(item["name"], wants, disk, there.get(disk)) for disk in wants.disks]
    return {
        "id": current["id"] if current else None,
        "name": item["name"],
        "server_id": server["id"],
        "server_name": set_wanted.plain(server["name"] or ""),
        "created_at": current["created_at"] if current else None,
        "status": WHOLE,
        "consistency": consistency,
        "spread_seconds": None,
        "size_gib": None if wants.has_image else sum(row["size"] for row in wants.volumes.values()),
        "policy": item["policy"] or (current["policy"] if current else None),
        "window": item["window"] or (current["window"] if current else None),
        "holds": [item["hold"]] if item["hold"] else current["holds"] if current else [],
        "metadata": metadata or (dict(current["metadata"]) if current else {}),
        "tested": current["tested"] if current else None,
        "members": members,
        "missing": [],
        "torn_because": None,
        "boot": (current["boot"] if current else None) or as_json(set_wanted.boot_text(server)),
    }


def _member(name, wants, disk, there):
    about, volume = wants.about[disk], wants.volumes.get(disk)
    return {
        **dict.fromkeys(MEMBER_KEYS),
        "kind": IMAGE if disk == ROOT else VOLUME_SNAPSHOT,
        "id": there["id"] if there else None,
        "name": name,
        "disk": disk,
        "volume_id": None if disk == ROOT else disk,
        "device": about.get("device"),
        "boot_index": about.get("boot_index"),
        "bootable": about.get("bootable"),
        "volume_type": about.get("type"),
        "volume_name": about.get("name"),
        "size_gib": volume["size"] if volume else None,
        "group_snapshot_id": there["group_snapshot_id"] if there else None,
        "status": "active" if disk == ROOT else "available",
    }


def changed(row: dict[str, Any], item: Row) -> dict[str, Any]:
    """A whole set once its marks are what is asked for."""
    metadata = {str(key): str(value) for key, value in (item["metadata"] or {}).items()}
    return {
        **row,
        "policy": item["policy"] or row["policy"] if item["policy"] != "" else None,
        "window": item["window"] or row["window"] if item["window"] != "" else None,
        "holds": row["holds"] if item["hold"] is None else [item["hold"]] if item["hold"] else [],
        "metadata": {**row["metadata"], **metadata},
    }
