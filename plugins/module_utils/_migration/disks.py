# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of a server, root first, and for each the items of the operations that move it. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    flavor_of,
    image_name,
)

#: Where a disk is: Nova's own root disk, or a volume; and what the new server has in its place.
IMAGE, VOLUME = "image", "volume"
#: The items of a disk, by the modules that take them, in the order in which they are carried out.
ITEMS = ("server_image_snapshot", "volume_snapshot", "image_from_snapshot", "image_copy", "volume_restore")


def of(server: dict[str, Any], seen: Discovered, options: Options) -> list[dict[str, Any]]:
    """The disks of a server as they are; nothing is planned for them yet."""
    return [
        {
            "index": 0,
            "kind": IMAGE,
            "id": server["id"],
            "name": image_name(options.run, server["id"]),
            "volume_name": None,
            "size": flavor_of(server, seen).get("disk"),
            "device": None,
            "boot_index": 0,
            "delete_on_termination": True,
            "bootable": True,
            "volume_type": None,
            "target": IMAGE,
            "method": None,
            "method_reason": None,
            "disk_format": None,
            "found": dict.fromkeys(("snapshot", "image", "copy", "volume", "rehearsal_volume")),
            **dict.fromkeys(ITEMS),
        }
    ]


def with_items(disk: dict[str, Any], server: dict[str, Any], options: Options) -> dict[str, Any]:
    """A disk with what is to be done for it. IDs that only the run will know are left out."""

    def marks(step: str) -> dict[str, str]:
        return {_marks.RUN: options.run, _marks.SERVER: server["id"], _marks.STEP: step}

    return {
        **disk,
        "server_image_snapshot": {"server": server["id"], "name": disk["name"], "properties": marks("snapshot")},
        "image_copy": {"name": disk["name"], "properties": marks("copy")},
    }
