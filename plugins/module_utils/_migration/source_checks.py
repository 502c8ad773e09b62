# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server can leave: how its disk is moved, whether its state allows it, and what stays behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    EPHEMERAL,
    LOST_WRITES,
    VTPM,
    Discovered,
    Notice,
    Options,
    Problem,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import SNAPSHOTTABLE
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import TAKING_AN_IMAGE, is_volume_backed


def unmovable(server: dict, seen: Discovered) -> Iterator[Problem]:
    """What keeps its disk from being moved by an image."""
    if seen.project_id and (error := lookup.foreign(seen, "server", server)):  # an administrator sees those of others
        yield Problem(str(error))
    if is_volume_backed(server):
        yield Problem(
            f"{label_of(server)} in cloud {seen.source} boots from a volume, and this version moves only servers whose"
            " root disk is Nova's own; leave it out."
        )
    elif server["attached_volumes"]:
        volumes = ", ".join(server["attached_volumes"])
        yield Problem(
            f"{label_of(server)} in cloud {seen.source} has attached volumes ({volumes}), which this version does not"
            " move; detach them first, or leave the server out."
        )


def state(server: dict, snapshot: dict | None, seen: Discovered, options: Options) -> Iterator[Problem | Notice]:
    """Whether it can be stopped and snapshotted now, or already has been."""
    label, status, task = f"{label_of(server)} in cloud {seen.source}", server["status"], server["task_state"]
    takes = ("ACTIVE", "SHUTOFF") if options.stop else SNAPSHOTTABLE
    if snapshot and was_on(snapshot, options):
        yield Problem(
            f"The snapshot image '{snapshot['name']}' ({snapshot['id']}) of the run '{options.run}' was taken while the"
            " server was on, and this time it shall be stopped first; give the run another name, or remove that image."
        )
    if snapshot and not options.stop:
        return
    expected = (("powering-off",) if options.stop else ()) + (TAKING_AN_IMAGE if snapshot else ())
    if task and task not in expected:
        yield Problem(f"{label} is busy ({task}); run again when Nova is done with it.")
    elif status not in takes:
        yield Problem(
            f"{label} is in status {status}, and it must be {' or '.join(takes)}; bring it there, then run again."
        )
    elif server["is_locked"] and options.stop and status != "SHUTOFF" and not seen.administrator:
        yield Problem(f"{label} is locked and can't be stopped, but by an administrator; unlock it, then run again.")
    elif status == "ACTIVE" and not options.stop:
        yield Notice(f"{label} is not stopped; what it writes after its snapshot stays behind.")


def was_on(snapshot: dict | None, options: Options) -> bool:
    """Whether a snapshot is of a server that was on, and was to be off: somebody may have started it in between."""
    return bool(snapshot and options.stop and snapshot["consistency"] not in (None, "off"))


def later(server: dict, snapshot: dict | None, seen: Discovered, options: Options) -> list:
    """What has happened to a server since its snapshot, as clauses: the snapshot is stale then."""
    if not snapshot:
        return []
    told = seen.since.get(server["id"]) or []
    was_off = options.stop and snapshot["consistency"] in (None, "off")
    if not told and was_off and server["status"] == "ACTIVE" and not server["task_state"]:
        # Such as by its host, which Nova's list of actions does not tell.
        return [f"the server is running, and was off for its snapshot of {snapshot['created_at']}"]
    return told


def are_accepted(server: dict, clauses: list, seen: Discovered) -> Notice:
    """The notice about going on with a stale snapshot all the same."""
    return Notice(
        f"{label_of(server)} in cloud {seen.source}: {'; '.join(clauses)}; what it has written since stays behind, as"
        f" {LOST_WRITES} is accepted."
    )


def losses(server: dict, seen: Discovered, options: Options) -> Iterator[Problem | Notice]:
    """What is not in an image of the root disk."""
    label, flavor = f"{label_of(server)} in cloud {seen.source}", flavor_of(server, seen)
    properties = (seen.images.get(server["image_id"]) or {}).get("properties", {})
    specs = flavor.get("extra_specs") or {}
    if flavor.get("ephemeral"):
        kind = Notice if EPHEMERAL in options.accept else Problem
        yield kind(
            f"{label} has an ephemeral disk of {flavor['ephemeral']} GiB, whose data are in no image of it"
            + (
                "."
                if kind is Notice
                else f"; save them elsewhere and set accept to {EPHEMERAL}, or leave the server out."
            )
        )
    if flavor.get("swap"):
        yield Notice(f"{label} has a swap disk, which stays behind; the new server has the one of its own flavor.")
    if properties.get("hw_tpm_version") or specs.get("hw:tpm_version"):
        kind = Notice if VTPM in options.accept else Problem
        yield kind(
            f"{label} has a virtual TPM, whose secrets stay behind"
            + (
                "."
                if kind is Notice
                else (
                    f"; disks sealed with it can't be read there. Unseal them and set accept to {VTPM}, or leave the"
                    " server out."
                )
            )
        )
    if properties.get("hw_firmware_type") == "uefi":
        yield Notice(
            f"{label} boots by UEFI, and its boot entries (NVRAM) stay behind; the new server takes the default one of"
            " the disk."
        )
    if str(properties.get("hw_ephemeral_encryption") or specs.get("hw:ephemeral_encryption") or "").lower() == "true":
        yield Problem(f"{label} has an encrypted disk, whose key stays in that cloud's key manager; leave it out.")
    if any(
        address.get("OS-EXT-IPS:type") == "floating"
        for addresses in server["addresses"].values()
        for address in addresses
    ):
        yield Notice(f"{label} has a floating IP, which stays with it.")
