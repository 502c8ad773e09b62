# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server can leave: whether its state allows it, what has happened since its snapshots, and what stays behind.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    EPHEMERAL,
    LOST_WRITES,
    SKIP,
    VTPM,
    Discovered,
    Options,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem, loss
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import floating
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import SNAPSHOTTABLE
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import TAKING_AN_IMAGE

#: What Heat writes into the metadata of the servers of its groups.
OF_HEAT = ("metering.stack", "metering.stack_id", "metering.server_group")


def state(server: dict, has_snapshot: bool, seen: Discovered, options: Options) -> Iterator[Note]:
    """Whether it can be stopped and snapshotted now, or already has been."""
    label, status, task = f"{label_of(server)} in cloud {seen.source}", server["status"], server["task_state"]
    takes = ("ACTIVE", "SHUTOFF") if options.stop else SNAPSHOTTABLE
    if has_snapshot and not options.stop:
        return
    expected = (("powering-off",) if options.stop else ()) + (TAKING_AN_IMAGE if has_snapshot else ())
    if task and task not in expected:
        yield Problem(f"{label} is busy ({task})", "server_busy", remedy="run again when Nova is done with it")
    elif status not in takes:
        yield Problem(
            f"{label} is in status {status}, and it must be {' or '.join(takes)}",
            "server_status",
            remedy="bring it there, then run again",
        )
    elif server["is_locked"] and options.stop and status != "SHUTOFF" and not seen.administrator:
        yield Problem(
            f"{label} is locked and can't be stopped, but by an administrator",
            "server_locked",
            remedy="unlock it, then run again",
        )
    elif status == "ACTIVE" and not options.stop:
        yield Notice(f"{label} is not stopped; what it writes after its snapshot stays behind.", "not_stopped")


def power_of(server: dict, options: Options) -> str:
    """``on`` or ``off``: what the new server shall be. What it was before we stopped it is what the mark says."""
    if options.power != "auto":
        return options.power
    return "off" if (server["metadata"].get(_marks.POWER) or server["status"]) == "SHUTOFF" else "on"


def consistency_of(row: dict) -> str | None:
    """That of a snapshot: of an image as it is told, of a volume snapshot what our mark says."""
    return row["consistency"] if "consistency" in row else (row["metadata"] or {}).get(_marks.CONSISTENCY)


def was_on(snapshots: Iterable[dict], options: Options) -> bool:
    """Whether a snapshot is of a server that was on, and was to be off: somebody may have started it in between."""
    return options.stop and any(consistency_of(row) not in (None, "off") for row in snapshots)


def later(server: dict, snapshots: list, disks: list, seen: Discovered, options: Options) -> list:
    """What has happened to a server since its snapshots, as clauses: the snapshots are stale then.

    :param snapshots: the rows of all of them; they belong to one moment
    :param disks: those that the server has now, each with its snapshot under ``found``
    """
    if not snapshots:
        return []
    told = list(seen.since.get(server["id"]) or [])
    was_off = options.stop and not was_on(snapshots, options)
    taken_at = min(row["created_at"] for row in snapshots)
    if not told and was_off and server["status"] == "ACTIVE" and not server["task_state"]:
        # Such as by its host, which Nova's list of actions does not tell.
        told.append(f"the server is running, and was off for its snapshot of {taken_at}")
    for disk in disks:
        row = disk["found"]["snapshot"]
        if row and disk["kind"] == VOLUME and row["size"] != disk["size"]:
            told.append(f"the volume {disk['id']} has {disk['size']} GiB, and its snapshot {row['size']}")
    lacking = [disk["id"] for disk in disks if not disk["found"]["snapshot"]]
    if not told and lacking and any(consistency_of(row) not in (None, "off") for row in snapshots):
        # What is snapshotted while the server is on would be of another moment.
        told.append(f"the server was on for its snapshot of {taken_at}, and {', '.join(lacking)} has none yet")
    return told


def are_accepted(server: dict, clauses: list, seen: Discovered) -> Notice:
    """The notice about going on with a stale snapshot all the same."""
    return Notice(
        f"{label_of(server)} in cloud {seen.source}: {'; '.join(clauses)}; what it has written since stays behind, as"
        f" {LOST_WRITES} is accepted.",
        LOST_WRITES,
    )


def losses(server: dict, seen: Discovered, options: Options) -> Iterator[Note]:
    """What is not in an image of the root disk, nor in a volume."""
    label, flavor = f"{label_of(server)} in cloud {seen.source}", flavor_of(server, seen)
    properties = _properties(server, seen)
    specs = flavor.get("extra_specs") or {}
    if flavor.get("ephemeral"):
        kind = loss(EPHEMERAL, options.accept)
        told = f"{label} has an ephemeral disk of {flavor['ephemeral']} GiB, whose data are in no image of it"
        yield (
            kind(f"{told}.", EPHEMERAL)
            if kind is Notice
            else kind(
                told, EPHEMERAL, remedy=f"save them elsewhere and set accept to {EPHEMERAL}, or leave the server out"
            )
        )
    if flavor.get("swap"):
        yield Notice(
            f"{label} has a swap disk, which stays behind; the new server has the one of its own flavor.", "swap"
        )
    if properties.get("hw_tpm_version") or specs.get("hw:tpm_version"):
        kind = loss(VTPM, options.accept)
        told = f"{label} has a virtual TPM, whose secrets stay behind"
        yield (
            kind(f"{told}.", VTPM)
            if kind is Notice
            else kind(
                f"{told}; disks sealed with it can't be read there. Unseal them and set accept to {VTPM}, or leave the"
                " server out.",
                VTPM,
            )
        )
    if properties.get("hw_firmware_type") == "uefi":
        yield Notice(
            f"{label} boots by UEFI, and its boot entries (NVRAM) stay behind; the new server takes the default one of"
            " the disk.",
            "uefi_variables",
        )
    if str(properties.get("hw_ephemeral_encryption") or specs.get("hw:ephemeral_encryption") or "").lower() == "true":
        yield Problem(
            f"{label} has an encrypted disk, whose key stays in that cloud's key manager; leave it out.",
            "disk_encrypted",
        )
    if options.floating_ip == SKIP and floating(server["addresses"]):
        yield Notice(f"{label} has a floating IP, which stays with it.", "floating_ip")
    addresses = {one["addr"] for entries in (server["addresses"] or {}).values() for one in entries}
    if pools := {address: seen.pools[address] for address in sorted(addresses) if address in seen.pools}:
        told = ", ".join(f"{address} of the pool '{name}'" for address, names in pools.items() for name in names)
        yield Notice(
            f"{label} is a member of a load balancer, which knows nothing of the new one: {told}; add the new address there"
            " when it has arrived, and take the old one out.",
            "load_balancer",
        )
    if stack := next((value for key, value in server["metadata"].items() if key in OF_HEAT), None):
        yield Notice(
            f"{label} is of the Heat stack {stack}, which neither knows the new server nor may miss the old one; take it out"
            " of the stack before you remove it.",
            "heat_stack",
        )


def _properties(server, seen):
    """Those of the image that a server was made of; one that boots from a volume has them on its bootable volumes."""
    if row := seen.images.get(server["image_id"]):
        return row["properties"]
    volumes = [seen.volumes[id] for id in server["attached_volumes"] if id in seen.volumes]
    found: dict = {}
    for row in volumes:
        found |= (row["volume_image_metadata"] or {}) if row["is_bootable"] else {}
    return found
