# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the disks of a planned server become: the items of their links, and the names of their volumes. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration import disks, rooms
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL,
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice


def with_disks(
    plan: dict[str, Any], server: dict[str, Any], made: Made, names: set[str], seen: Discovered, options: Options
) -> list[Note]:
    """Put the items of the disks into a plan; notes on the volumes that they become.

    :param names: those of the volumes that the plans before it make; its own are added
    """
    notes: list[Note] = []
    key = "rehearsal_volume" if options.rehearses else "volume"
    becoming = [disk for disk in plan["disks"] if disk["target"] == disks.VOLUME]
    going = {item["id"] for item in made.stale["volumes"]}
    taken = {row["name"] for row in seen.made_volumes if row["name"] and row["id"] not in going} | names
    fresh = [disk for disk in becoming if not disk["found"][key]]
    new_name = plan["name"].removesuffix(f"-{REHEARSAL}") if options.rehearses else plan["name"]
    chosen = {disk["id"]: disk["found"][key]["name"] for disk in becoming if disk["found"][key]}
    for disk, name in zip(fresh, disks.volume_names(fresh, new_name, taken, options), strict=True):
        chosen[disk["id"]] = name
        if not options.rehearses and disk["volume_name"] and name != disk["volume_name"].strip():
            notes.append(
                Notice(
                    f"The volume '{disk['volume_name']}' ({disk['id']}) of {label_of(server)[4:]} becomes '{name}', for"
                    f" that name is taken in cloud {seen.destination}.",
                    "volume_renamed",
                    f"volume '{disk['volume_name']}' ({disk['id']})",
                )
            )
    names |= set(chosen.values())
    planned = []
    for disk in plan["disks"]:
        # What is there may have been renamed or extended since.
        size = disk["size"] if disk["target"] == disks.IMAGE or disk in fresh else disk["found"][key]["size"]
        volume = {"name": chosen.get(disk["id"]), "size": size, "volume_type": None}
        if disk in fresh:
            volume["volume_type"], more = rooms.volume_type(disk, seen, options)
            notes += more
        planned.append(disks.with_items(disk, server, disk["found"], volume, seen, options))
    plan["disks"] = planned
    plan.update({key: planned[0][key] for key in ("server_image_snapshot", "image_copy")})
    return notes
