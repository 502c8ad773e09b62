# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a migration: each server's summary, and what is shown of its images and its successor."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem, texts

_SHOWN = {
    "snapshot": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "consistency", "created_at"),
    "image": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "created_at"),
    "server": ("id", "name", "status", "image_id", "flavor_name", "addresses", "created_at"),
    "volume": ("id", "name", "status", "size", "volume_type", "is_bootable", "attachments", "created_at"),
    "volume_snapshot": ("id", "name", "status", "size", "volume_id", "metadata", "created_at"),
}


def shown(kind: str, row: dict | None) -> dict | None:
    if not row:
        return row
    told = {key: row[key] for key in _SHOWN[kind]}
    return {**told, "is_complete": bool(row["properties"].get(_marks.COMPLETE))} if kind == "image" else told


def shown_disk(disk: dict) -> dict:
    """A disk with what is shown of what was found of it."""
    kinds = {"volume": "volume", "rehearsal_volume": "volume"}
    if disk["kind"] == "volume":
        kinds["snapshot"] = "volume_snapshot"
    else:
        kinds["snapshot"] = "snapshot"
    return {**disk, "found": {key: shown(kinds.get(key, "image"), row) for key, row in disk["found"].items()}}


def told(notes: Iterable[Note]) -> dict[str, list]:
    """``{problems, notices, findings}`` of what was found: the sentences of both kinds, and all of them as data."""
    notes = list(notes)
    return {
        "problems": texts(notes, Problem),
        "notices": texts(notes, Notice),
        "findings": [note.data() for note in notes],
    }


def summary(plan: dict, found: dict, options: Options) -> dict:
    """What a report says of a server: the same however often the finished migration is run again, also when the
    snapshot is gone, of which the copy tells.
    """
    snapshot, image, server = ((found[key] or {}) for key in ("snapshot", "image", "server"))
    marks = image.get("properties", {})
    addresses = [address["addr"] for entries in (server.get("addresses") or {}).values() for address in entries]
    return {
        "run": options.run,
        "state": "migrated" if plan["complete"] or plan["verified"] else "pending",
        "server": plan["server_name"],
        "server_id": plan["server_id"],
        "method": plan["method"],
        "consistency": (
            snapshot.get("consistency")
            or (snapshot.get("metadata") or {}).get(_marks.CONSISTENCY)
            or marks.get(_marks.CONSISTENCY)
        ),
        "snapshot_id": snapshot.get("id") or marks.get(_marks.SOURCE),
        "image_id": image.get("id"),
        "size": image.get("size"),
        "hash_algo": image.get("hash_algo"),
        "hash_value": image.get("hash_value"),
        "new_server": plan["name"],
        "new_server_id": server.get("id"),
        "new_addresses": addresses,
    }
