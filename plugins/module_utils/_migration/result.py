# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task returns of a server's migration: as it is, or as it will be with null for what only a run can know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import COPIED, PHASE_OF

if TYPE_CHECKING:
    from collections.abc import Mapping


#: What only a run can know of a disk.
ONLY_A_RUN_KNOWS = (
    *("snapshot_id", "image_id", "copy_id", "volume_id"),
    *("size", "disk_format", "hash_algo", "hash_value"),
)


def migration(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A server's migration as it is now."""
    server = plan["found"]["server"] or plan["found"]["rehearsal"] or {}
    return {
        **{key: plan[key] for key in ("server", "server_id", "server_name", "name", "phase", "verified")},
        "new_server_id": server.get("id"),
        "new_server_status": server.get("status"),
        "addresses": _addresses(server),
        "disks": [of_disk(disk) for disk in plan["disks"]],
        "notices": [str(notice) for notice in plan["notices"]],
    }


def predicted(plan: Mapping[str, Any], state: str) -> dict[str, Any]:
    """The same once a state is reached."""
    boots = state != COPIED
    return {
        **migration(plan),
        "phase": PHASE_OF[state],
        "verified": None,
        **(dict.fromkeys(("new_server_id", "new_server_status", "addresses")) if boots else {}),
        "disks": [
            {
                **of_disk(disk),
                **dict.fromkeys(ONLY_A_RUN_KNOWS),
            }
            for disk in plan["disks"]
        ],
        "notices": None,
    }


def shown(resource: Mapping[str, Any]) -> dict[str, Any]:
    """One side of a diff."""
    return {key: resource[key] for key in ("phase", "new_server_id")}


def of_disk(disk: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a disk, and of what was made of it."""
    found = {key: row or {} for key, row in disk["found"].items()}
    image = found["copied"]
    of_source = found["image"] if disk["kind"] == "volume" else found["snapshot"]
    return {
        **{key: disk[key] for key in ("index", "kind", "id", "name", "method", "method_reason")},
        "gib": disk["size"],
        "snapshot_id": found["snapshot"].get("id"),
        "image_id": of_source.get("id"),
        "copy_id": image.get("id"),
        "volume_id": (found["volume"] or found["rehearsal_volume"]).get("id"),
        **{key: image.get(key) for key in ("size", "disk_format", "hash_algo", "hash_value")},
    }


def _addresses(server):
    return [entry["addr"] for entries in (server.get("addresses") or {}).values() for entry in entries]
