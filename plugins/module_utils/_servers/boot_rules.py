# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Nova would boot a server, from what is there and what the same task takes before it. Pure.

Without this, most of it would be told by a server in status ERROR, and none of it in check mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import ADVICE, OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._servers.boot_place import Place, claims, misplaced
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import GIGABYTES
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_boot import booted_from
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import backing_snapshots

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Image, Row

GIB = 1024**3


class Booting(NamedTuple):
    """What the plan of a server carries: the row of the flavor that it is booted with, None where none was named."""

    flavor: dict | None


def refusals(plans: list[Plan], place: Place) -> list[OsnapError | None]:
    """``[None or error]`` for plans that boot servers; each takes from the room, the addresses and the disks what the
    next can't have.
    """
    left, verdicts = {**place.room, **place.disk_room}, []
    taken: set[tuple] = set()
    for plan in plans:
        error = next(_refusals(plan, place, left, taken), None)
        verdicts.append(error)
        if error is None:
            taken |= claims(plan.desired)
            needs = _needs(plan, place)
            left = {what: None if most is None else most - needs.get(what, 0) for what, most in left.items()}
    return verdicts


def _refusals(plan, place, left, taken):
    desired, replaced = plan.desired, plan.current and plan.current["id"]
    if plan.carried.flavor is None:  # one given by its ID needs none, until it is to be made anew
        yield OsnapError(
            f"flavor is missing; say which flavor the server '{desired['name']}' is booted with.",
            resource=desired["name"],
        )
        return
    if image := booted_from(desired):
        yield from _image(place.images[image], plan.carried.flavor, place)
    for disk in desired["disks"] or []:
        yield from _disk(disk, disk["boot_index"] == 0, place)
    yield from _named(desired, place)
    yield from too_much_metadata(desired["name"], {*(desired["metadata"] or {}), _marks.SOURCE}, place)
    yield from misplaced(desired, place, taken, replaced)
    yield from _quota(desired["name"], _needs(plan, place), left)


def _image(image, flavor, place):
    if isinstance(image, OsnapError):
        yield image
        return
    label = f"The image '{image['name']}' ({image['id']})"
    if image["status"] != "active":
        yield OsnapError(
            f"{label} is in status {image['status']}, and only an active one boots; wait for it or make it anew.",
            resource=image["id"],
        )
    behind = backing_snapshots(image)
    if not image["size"] and not behind:
        yield OsnapError(
            f"{label} holds no data, nor does it name Cinder snapshots that do; take another, or boot from disks.",
            resource=image["id"],
        )
    for id in behind:
        yield from _snapshot(place.snapshots[id], f"{label} needs the volume snapshot {id}, and it")
    yield from unfit_flavor(image, flavor, label, is_volume=bool(behind))


def unfit_flavor(image: Image, flavor: Row, label: str, is_volume: bool = False) -> Iterator[OsnapError]:
    """Memory and disk of a flavor that are too small for an image; a volume has a size of its own, and a disk of 0 has
    the image's.
    """
    measured = not is_volume and flavor["disk"]
    for what, needs, has, unit in (
        ("disk", image["min_disk"] if measured else 0, flavor["disk"], "GiB"),
        ("memory", image["min_ram"], flavor["ram"], "MiB"),
    ):
        if (needs or 0) > has:
            yield OsnapError(
                f"{label} needs {needs} {unit} of {what}, and the flavor {flavor['name']} has {has}; choose a larger"
                " flavor.",
                resource=image["id"],
            )
    if measured and (image["size"] or 0) > flavor["disk"] * GIB:
        yield OsnapError(
            f"{label} has {image['size']} bytes, and the disk of the flavor {flavor['name']} has {flavor['disk']} GiB;"
            " choose a larger flavor.",
            resource=image["id"],
        )


def _snapshot(row, label):
    if isinstance(row, OsnapError):
        yield OsnapError(f"{label} is not there: {row}", resource=row.fields["resource"])
    elif row["status"] != "available":
        yield OsnapError(f"{label} is in status {row['status']}; it must be available.", resource=row["id"])


def _disk(disk, is_root, place):
    row = (place.snapshots if disk["kind"] == "snapshot" else place.volumes)[disk["id"]]
    if isinstance(row, OsnapError):
        yield row
        return
    if disk["kind"] == "snapshot":
        yield from _snapshot(row, f"The volume snapshot '{row['name']}' ({row['id']})")
        if disk.get("size") is not None and disk["size"] < row["size"]:
            yield OsnapError(
                f"The volume snapshot '{row['name']}' ({row['id']}) has {row['size']} GiB, and a disk of {disk['size']}"
                " was asked for; give it at least as many.",
                resource=row["id"],
            )
        return
    label = f"The volume '{row['name']}' ({row['id']})"
    if row["status"] != "available":
        yield OsnapError(
            f"{label} is in status {row['status']}, and only an available one can be a server's disk; detach it or wait"
            " for it.",
            resource=row["id"],
        )
    if is_root and not row["is_bootable"]:
        yield OsnapError(
            f"{label} is not bootable, and it is to be the root disk; set it bootable, or name the right one first.",
            resource=row["id"],
        )


def _named(desired, place):
    """What is known by name: a key pair, security groups."""
    if desired["key_name"] and desired["key_name"] not in place.key_pairs:
        yield OsnapError(
            f"There is no key pair '{desired['key_name']}' of this user in cloud {place.cloud}; import it, or leave"
            " key_name out.",
            resource=desired["key_name"],
        )
    known = [row[key] for row in place.security_groups for key in ("name", "id")]
    for name in desired["security_groups"] or []:
        if known.count(name) == 0:
            yield OsnapError(
                f"There is no security group '{name}' in cloud {place.cloud}; check the name and the project of the"
                " credentials.",
                resource=name,
            )
        elif known.count(name) > 1:
            yield OsnapError(
                f"{known.count(name)} security groups are named '{name}' in cloud {place.cloud}; give the ID of the one"
                " that is meant.",
                resource=name,
            )


def too_much_metadata(name: str, keys: set, place: Place) -> Iterator[OsnapError]:
    """More items of metadata than the quota lets one server have."""
    most = place.room.get("metadata_items")
    if most is not None and len(keys) > most:
        yield OsnapError(
            f"The server '{name}' would have {len(keys)} items of metadata, and the quota in cloud {place.cloud} is"
            f" {most}; leave some out.",
            resource=name,
        )


def _needs(plan, place):
    """What a server takes of the quotas; one that replaces another has that one's."""
    flavor, old = plan.carried.flavor, (plan.current or {}).get("flavor") or {}
    needs = {
        "instances": 0 if plan.current else 1,
        "cores": flavor["vcpus"] - (old.get("vcpus") or 0),
        "ram": flavor["ram"] - (old.get("ram") or 0),
    }
    rows = [
        (disk.get("size"), place.snapshots.get(disk["id"]))
        for disk in plan.desired["disks"] or []
        if disk["kind"] == "snapshot"
    ]
    image = place.images.get(booted_from(plan.desired))
    if image and not isinstance(image, OsnapError):
        rows += [(None, place.snapshots.get(id)) for id in backing_snapshots(image)]
    sizes = [size or row["size"] for size, row in rows if row and not isinstance(row, OsnapError)]
    return {**needs, "volumes": len(sizes), GIGABYTES: sum(sizes)}


def _quota(name, needs, left):
    for what, unit in (
        ("instances", "servers"),
        ("cores", "cores"),
        ("ram", "MiB of memory"),
        ("volumes", "volumes"),
        (GIGABYTES, "GiB of volumes"),
    ):
        if left.get(what) is not None and needs[what] > 0 and left[what] < needs[what]:
            yield OsnapError(
                f"The server '{name}' needs {counted(needs[what], unit)}, and the project's quota leaves {max(0, left[what])};"
                f" {ADVICE[413]}.",
                resource=name,
            )
