# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to be done for a planned server, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration import disks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEEP,
    SHARE,
    TRANSFER,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import is_finished


def steps(plan: dict[str, Any], seen: Discovered, options: Options) -> Iterator[str]:
    """What is left to be done."""
    found, stale = plan["found"], plan["stale"]
    there = found["rehearsal" if options.rehearses else "server"]
    for name in [disk["name"] for disk in plan["disks"] if disk["kind"] == disks.IMAGE and stale["snapshots"]]:
        yield f"remove the stale image '{name}' in cloud {seen.source}, and its copies in cloud {seen.destination}"
    if stale["servers"]:
        yield f"remove the server of its rehearsal in cloud {seen.destination}"
    if stale["volume_snapshots"] or stale["volumes"]:
        yield f"remove what is stale of its volumes, in cloud {seen.source} and in cloud {seen.destination}"
    if options.stop and plan["status"] != "SHUTOFF":
        yield f"stop it in cloud {seen.source}"
    for disk in plan["disks"]:
        yield from _disk_steps(disk, plan, there, seen, options)
    if plan["unverified"] and not there and plan["server_restore"]:
        source = "the copy" if len(plan["disks"]) < 2 else "the copies"
        yield f"boot the server '{plan['name']}' from {source}, with the flavor '{plan['server_restore']['flavor']}'"
        if plan["power"] == "off" and not options.rehearses:
            yield "stop the new server, as its source was off"
    if not options.rehearses:
        yield "compare both images and mark the new server as complete"


def _disk_steps(disk, plan, there, seen, options):
    found, name = disk["found"], disk["name"]
    if disk["method"] == TRANSFER:
        yield from _transfer_steps(disk, plan, there, seen)
        return
    if disk["kind"] == disks.IMAGE:
        what = "that image"
        if not found["snapshot"]:
            yield f"snapshot it into the image '{name}' in cloud {seen.source}"
    else:
        what = f"the image '{name}'"
        if not found["snapshot"]:
            yield f"snapshot its volume '{disk['volume_name'] or disk['id']}' in cloud {seen.source}"
        if not (found["image"] and is_finished(found["image"])) and not there:
            yield f"make {what} of that snapshot in cloud {seen.source}"
    if not plan["unverified"] or there:
        return
    if disk["method"] == SHARE:
        if not found["copied"]:
            yield f"share {what} with the project of cloud {seen.destination}"
    elif not found["copied"]:
        yield f"copy {what} to cloud {seen.destination}"
    else:
        yield f"make sure that its copy in cloud {seen.destination} is whole"
    if restore := disk["volume_restore"]:
        yield f"make the volume '{restore['name']}' of the copy"
        if options.verification == DEEP:
            yield "read it back into an image, and compare that with the copy"


def _transfer_steps(disk, plan, there, seen):
    if not disk["found"]["snapshot"]:
        yield f"snapshot its volume '{disk['volume_name'] or disk['id']}' in cloud {seen.source}"
    if plan["unverified"] and not there and (restore := disk["volume_restore"]):
        yield f"make the volume '{restore['name']}' of that snapshot, and hand it over to cloud {seen.destination}"
