# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task returns of a volume's migration: as it is, or as it will be with null for what only a run can know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration import result

#: What of a disk is told of its volume.
_OF_DISK = ("method", "method_reason", "snapshot_id", "image_id", "copy_id", "size", "hash_algo", "hash_value")


def migration(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A volume's migration as it is now."""
    disk = plan["disks"][0] if plan["disks"] else None
    told = result.of_disk(disk) if disk else {}
    new = disk["found"]["volume"] or {} if disk else {}
    return {
        **{key: plan[key] for key in ("volume", "snapshot")},
        "source_id": plan["id"],
        **{key: plan[key] for key in ("source_name", "name", "phase", "verified")},
        "new_volume_id": new.get("id"),
        "new_volume_status": new.get("status"),
        "copy_name": told.get("name"),
        **{key: told.get(key) for key in _OF_DISK},
        "notices": [str(notice) for notice in plan["notices"]],
    }


def predicted(plan: Mapping[str, Any], state: str) -> dict[str, Any]:
    """The same once a state is reached."""
    unknown = dict.fromkeys(("snapshot_id", "image_id", "copy_id", "size", "hash_algo", "hash_value", "notices"))
    new = {} if state == "copied" else dict.fromkeys(("new_volume_id", "new_volume_status"))
    return {**migration(plan), "phase": state, "verified": None, **unknown, **new}


def shown(resource: Mapping[str, Any]) -> dict[str, Any]:
    """One side of a diff."""
    return {key: resource[key] for key in ("phase", "new_volume_id")}
