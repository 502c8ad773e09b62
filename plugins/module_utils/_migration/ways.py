# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a disk to another cloud, with the reason why it is that one; and what no way takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._migration import disks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options, label_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

#: The bytes of an image are read in one cloud and written in the other.
STREAM = "stream"
WHY_IMAGE = "its root disk is Nova's own and no volume, so an image of it holds the whole disk"
WHY_VOLUME = (
    "the clouds share no storage, so a snapshot of the volume becomes an image, which is read there and written here"
)
#: The formats that Cinder makes of a volume. Raw is the one that every back end makes, and that hides no conversion.
RAW = "raw"


def chosen(disk: dict[str, Any], options: Options) -> dict[str, Any]:
    """``{method, method_reason, disk_format}`` of a disk; the last is None where Nova chooses it."""
    if disk["kind"] == disks.IMAGE:
        return {"method": STREAM, "method_reason": WHY_IMAGE, "disk_format": None}
    return {
        "method": STREAM,
        "method_reason": WHY_VOLUME,
        "disk_format": RAW if options.disk_format == "auto" else options.disk_format,
    }


def unmovable(server: dict[str, Any], seen: Discovered) -> Iterator[Note]:
    """What keeps a server's disks from being moved at all."""
    if seen.project_id and (error := lookup.foreign(seen, "server", server)):  # an administrator sees those of others
        yield Problem(str(error), "server_foreign")
    label, known = f"{label_of(server)} in cloud {seen.source}", disks.volumes_of(server, seen)
    missing = sorted(set(server["attached_volumes"]) - {row["id"] for row in known})
    if missing:
        yield Problem(
            f"{label} has the volumes {', '.join(missing)}, which Cinder does not show this user",
            "volume_missing",
            remedy="ask an administrator what they are, or detach them",
        )
    if is_volume_backed(server) and not any(row["is_bootable"] for row in known) and not missing:
        yield Problem(
            f"{label} boots from a volume, and which one of its volumes nobody can tell: none is bootable",
            "root_unknown",
            remedy="make its root volume bootable",
        )
    for row in known:
        yield from _stuck(row, seen)


def bound(row: dict[str, Any], seen: Discovered, what: str) -> Iterator[Note]:
    """What keeps a volume where it is, or something of it, whether it is attached or not.

    :param what: what is left out where the volume can't be moved, as a sentence calls it
    """
    about = f"volume '{row['name'] or ''}' ({row['id']})"
    label = f"The {about} in cloud {seen.source}"
    if seen.project_id and (error := lookup.foreign(seen, "volume", row)):
        yield Problem(str(error), "volume_foreign", about)
    if row["is_encrypted"]:
        yield Problem(
            f"{label} is encrypted, and its key stays in that cloud's key manager",
            "volume_encrypted",
            about,
            f"leave {what} out, or move the data inside of the guest",
        )
    if refused := disks.metadata_of(row)[1]:
        yield Notice(
            f"{label} has metadata that Cinder takes no more, and that stay behind: {', '.join(refused)}.",
            "volume_metadata_stay",
            about,
        )


def _stuck(row, seen):
    """What keeps one volume of a server where it is."""
    yield from bound(row, seen, "its server")
    about = f"volume '{row['name'] or ''}' ({row['id']})"
    label = f"The {about} in cloud {seen.source}"
    if row["is_multiattach"]:
        yield Problem(
            f"{label} can be attached to several servers at once, and whether all of them have written is known to none",
            "volume_multiattach",
            about,
            "detach it, or leave its server out",
        )
    if row["status"] != "in-use":
        yield Problem(
            f"{label} is in status {row['status']}, and it must be in-use",
            "volume_status",
            about,
            "bring it there, then run again",
        )


def changed_target(found: list[dict[str, Any]], server: dict[str, Any]) -> Iterator[Note]:
    """What is told of a root disk that becomes another kind of disk."""
    for disk in found:
        if disk["boot_index"] == 0 and disk["target"] != disk["kind"]:
            was, becomes = (
                ("is Nova's own", "a volume") if disk["kind"] == disks.IMAGE else ("is a volume", "Nova's own")
            )
            yield Notice(f"{label_of(server)} has a root disk that {was}, and it becomes {becomes}.", "root_changes")
