# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which type the new volumes have, and whether both clouds' quotas of volumes, images and ports have room for the
migration. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._images import refusals
from ansible_collections.osnap.openstack.plugins.module_utils._migration import ways
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    COPYING,
    DEEP,
    TRANSFER,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import LARGEST, needed
from ansible_collections.osnap.openstack.plugins.module_utils._services.network_quota import FLOATING_IPS, PORTS


def volume_type(disk: dict[str, Any], seen: Discovered, options: Options) -> tuple[str | None, list[Note]]:
    """The type of the volume that a disk becomes, None for the cloud's default; and notes."""
    own = disk["volume_type"]
    if own is None or seen.place is None:
        return None, []
    wanted = options.volume_type_map.get(own) or own
    if wanted in seen.place.volume_types:
        return wanted, []
    about = f"volume '{disk['volume_name'] or ''}' ({disk['id']})"
    if own in options.volume_type_map:
        return None, [
            Problem(
                f"The {about} shall become one of the volume type '{wanted}', and cloud {seen.destination} has none of"
                " that name that this project may use",
                "volume_type_missing",
                about,
                f"say with volume_type_map what '{own}' becomes",
            )
        ]
    usual = f"'{seen.place.usual_type}', which is" if seen.place.usual_type else "the one that is"
    return None, [
        Notice(
            f"The {about} is of the volume type '{own}', and cloud {seen.destination} has none of that name; it becomes one"
            f" of {usual} the default there. Say with volume_type_map if it shall be another.",
            "volume_type_default",
            about,
        )
    ]


def short(plans: Iterable[dict[str, Any]], seen: Discovered, options: Options) -> list[Note]:
    """The problems of all servers together with the quotas of volumes, images, ports and floating IPs."""
    plans = list(plans)
    disks = [
        disk
        for plan in {plan["server_id"]: plan for plan in plans if plan["server_power"]}.values()
        for disk in plan["disks"]
    ]
    return [*for_disks(disks, seen, options), *_of_network(plans, seen)]


def for_disks(disks: list[dict[str, Any]], seen: Discovered, options: Options) -> list[Note]:
    """The problems with the quotas of volumes and images that there are for disks together, whatever they are of."""
    return [
        *_at_the_source(disks, seen, options),
        *_at_the_destination(disks, seen, options),
        *_of_images(disks, seen.source_image_room, _lacks_source_image, seen.source),
        *_of_images(disks, seen.place.image_room if seen.place else {}, _lacks_copy, seen.destination),
    ]


def _of_network(plans, seen):
    """Ports, ours and those that Nova makes, and floating IPs of the servers that are still to be made."""
    place = seen.place
    if place is None or not place.network_room:
        return []
    making = {plan["server_id"]: plan for plan in plans if plan["server_restore"] and not plan["server_restore"]["id"]}
    wants = {
        PORTS: sum(_ports(plan, place) for plan in making.values()),
        FLOATING_IPS: sum(_is_new(one, place) for plan in making.values() for one in plan["floating_ips"]),
    }
    return _over(place.network_room, wants, "network_quota", seen.destination, "for its servers")


def _ports(plan, place):
    """How many ports are still to be made for a server. One that names no network gets one, as far as anybody knows."""
    if plan["ports"]:
        known = {(row["name"], row["network_id"]) for row in place.made_ports}
        return sum((port["name"], port["network_id"]) not in known for port in plan["ports"])
    networks = plan["server_restore"].get("networks")
    return 1 if networks is None else sum(not network.get("port") for network in networks)


def _is_new(one, place):
    """Whether a floating IP has to be made: none of that address is free, and none of ours has lost its port."""
    free = [row for row in place.floating_ips if not row["port_id"]]
    return one["new"] and not any(
        row["floating_ip_address"] == one["existing"] or row["description"] == one["description"] for row in free
    )


def _lacks_source_image(disk):
    return disk["method"] != TRANSFER and not disk["found"]["image" if disk["kind"] == VOLUME else "snapshot"]


def _lacks_copy(disk):
    return disk["method"] in COPYING and not disk["found"]["copied"]


def _of_images(disks, room, is_lacking, cloud):
    """Images that are still to be made, each as large as is known: a raw one of a volume is as large as that."""
    sizes = [_bytes_of(disk) for disk in disks if is_lacking(disk)]
    error = next(filter(None, refusals.over_quota(room, sizes)), None)
    return [Problem(f"Images in cloud {cloud}: {error}", "image_quota", f"cloud {cloud}")] if error else []


def _bytes_of(disk):
    image = disk["found"]["image" if disk["kind"] == VOLUME else "snapshot"]
    if image:
        return image["size"] or 0
    return disk["size"] * 2**30 if disk["kind"] == VOLUME and disk["disk_format"] == ways.RAW else 0


def _at_the_source(disks, seen, options):
    """At the peak each volume has its snapshot, and the largest of them a temporary volume of the same size beside."""
    volumes = [disk for disk in disks if disk["kind"] == VOLUME]
    snapshots = [(disk["size"], disk["volume_type"]) for disk in volumes if not disk["found"]["snapshot"]]
    temporary: dict[str | None, list] = {}
    for disk in volumes:
        key = "rehearsal_volume" if options.rehearses else "volume"
        done = disk["found"][key] if disk["method"] == TRANSFER else (disk["found"]["image"] or {}).get("is_complete")
        if not done:
            temporary.setdefault(disk["volume_type"], []).append(disk["size"])
    wants = Counter(needed("snapshots", snapshots))
    wants.update(needed("volumes", _at_a_time(temporary, options)))
    return _over(
        seen.source_room,
        wants,
        "source_quota",
        seen.source,
        "each volume is snapshotted, and becomes an image by a temporary volume",
    )


def _at_a_time(sizes_of, options):
    """So many of each type are converted at a time: those that need most."""
    return [
        (size, kind) for kind, sizes in sizes_of.items() for size in sorted(sizes, reverse=True)[: options.conversions]
    ]


def _at_the_destination(disks, seen, options):
    if seen.place is None:
        return []
    key = "rehearsal_volume" if options.rehearses else "volume"
    fresh = [disk for disk in disks if disk["volume_restore"] and not disk["found"][key]]
    sizes = [(disk["size"] or 1, disk["volume_restore"]["volume_type"] or seen.place.usual_type) for disk in fresh]
    wants = Counter(needed("volumes", sizes))
    if options.verification == DEEP:
        read_back: dict[str | None, list] = {}
        for disk, (size, kind) in zip(fresh, sizes, strict=True):
            if disk["kind"] == VOLUME:
                read_back.setdefault(kind, []).append(size)
        for kind in ("snapshots", "volumes"):
            wants.update(needed(kind, _at_a_time(read_back, options)))
    notes = _over(seen.place.volume_room, wants, "volume_quota", seen.destination, "for its volumes")
    most = seen.place.volume_room.get(LARGEST)
    notes += [
        Problem(
            f"The volume '{disk['volume_restore']['name']}' would have {disk['size']} GiB, and {most} is the most that cloud"
            f" {seen.destination} gives a single volume of this project",
            "volume_too_large",
            f"volume '{disk['volume_name'] or ''}' ({disk['id']})",
            "raise the quota, or leave its server out",
        )
        for disk in fresh
        if most is not None and (disk["size"] or 0) > most
    ]
    return notes


def _over(room, wants, code, cloud, why):
    lacking = [
        f"{count} more {what} are needed, and {max(left, 0)} are left"
        for what, count in wants.items()
        if count and (left := room.get(what)) is not None and count > left
    ]
    return (
        [
            Problem(
                f"The quota of cloud {cloud} is too small, {why}: {'; '.join(lacking)}",
                code,
                f"cloud {cloud}",
                "raise it, delete what is no longer needed, or move fewer at a time",
            )
        ]
        if lacking
        else []
    )
