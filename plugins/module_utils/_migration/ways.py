# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a disk to another cloud, with the reason why it is that one; and what no way takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._migration import disks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    AUTO,
    COPYING,
    DEEP,
    GLANCE_DOWNLOAD,
    SHARE,
    STREAM,
    TRANSFER,
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

#: What is taken of them if nothing is said: the first that can be. The fewer bytes are moved the better.
BEST_FIRST = (TRANSFER, SHARE, GLANCE_DOWNLOAD, STREAM)
WHY = {
    TRANSFER: "both projects have the same block storage, so a volume of the snapshot is handed over and nothing is copied",
    SHARE: "both projects have the same Glance, so the image is shared and no byte of it goes through this machine",
    GLANCE_DOWNLOAD: (
        "both regions have the same Keystone, so the Glance there fetches the image and no byte goes through this machine"
    ),
}
THERE_ALREADY = "what was made of it before is there"
ASKED_FOR, ASKED_FOR_DISK = "it is asked for with method", "it is asked for with disk_methods"
#: The root disk, in `disk_methods`.
ROOT = "root"
WHY_IMAGE = "its root disk is Nova's own and no volume, so an image of it holds the whole disk"
WHY_VOLUME = (
    "the clouds share no storage, so a snapshot of the volume becomes an image, which is read there and written here"
)
#: The formats that Cinder makes of a volume. Raw is the one that every back end makes, and that hides no conversion.
RAW, QCOW2 = "raw", "qcow2"


def of_item(item: Mapping[str, Any], options: Options) -> Options:
    """The options for one of several: the methods that it asks for itself go before that of all."""
    return options._replace(**{key: item[key] for key in ("method", "disk_methods") if item.get(key)})


def disks_of(server: dict[str, Any], seen: Discovered, options: Options) -> list[dict[str, Any]]:
    """The disks of a server, each with its way."""
    return [{**disk, **_chosen_of_several(disk, seen, options)} for disk in disks.of(server, seen, options)]


def called(disk: Mapping[str, Any]) -> set[str]:
    """What a disk of a server is called by who asks for its way: :data:`ROOT`, or a volume's ID or name."""
    own = {disk["id"], disk["volume_name"]} if disk["kind"] == disks.VOLUME else set()
    return (own | ({ROOT} if disk["index"] == 0 else set())) - {None}


def _chosen_of_several(disk, seen, options):
    method = next((options.disk_methods[name] for name in options.disk_methods if name in called(disk)), None)
    if method is None:
        return chosen(disk, seen, options)
    found = chosen(disk, seen, options._replace(method=method))
    return found if method == AUTO else {**found, "method_reason": ASKED_FOR_DISK}


def chosen(disk: dict[str, Any], seen: Discovered, options: Options) -> dict[str, Any]:
    """``{method, method_reason, disk_format, disk_format_reason}`` of a disk; the last two are None where nobody here
    chooses it. A server's, or a volume that has none.
    """
    if options.method != AUTO:
        method, why = options.method, ASKED_FOR
    else:
        method = next(one for one in BEST_FIRST if not impossible(one, disk, seen, options))
        why = WHY.get(method) or _why_stream(disk, seen)
    return {"method": method, "method_reason": why, **_format(method, disk, seen, options)}


def _why_stream(disk, seen):
    why = WHY_IMAGE if disk["kind"] == disks.IMAGE else WHY_VOLUME
    if seen.kin.region and not seen.kin.glance:
        return f"{why}; the Glance there does not offer glance-download"
    return why


def impossible(method: str, disk: dict[str, Any], seen: Discovered, options: Options) -> str | None:
    """Why a disk can't go that way, as a clause; None if it can."""
    if method == STREAM:
        return None
    if method == SHARE:
        return None if seen.kin.glance else "the two logins have not the same Glance"
    if method == GLANCE_DOWNLOAD:
        if not seen.kin.region:
            return "the destination's catalog does not name the source's Glance"
        return None if seen.kin.imports else "the destination's Glance does not offer the import method glance-download"
    if disk["kind"] == disks.IMAGE:
        return "it is Nova's own and no volume"
    if disk["target"] == disks.IMAGE:
        return "it becomes Nova's own and no volume"
    if options.verification == DEEP:
        return "there is no image of it, with which verification deep could compare it"
    if disk.get("zone"):
        return f"it goes to the availability zone '{disk['zone']}', and a volume that is handed over stays in its own"
    return None if _may_keep_type(disk, seen, options) else _no_transfer(seen)


def _no_transfer(seen):
    if not seen.kin.cinder or seen.kin.project:
        return "the two logins are not to two projects of the same block storage"
    return "its volume type becomes another one, and a volume that is handed over keeps its own"


def _may_keep_type(disk, seen, options):
    """Whether a volume can be handed over as what it is."""
    own = disk["volume_type"]
    known = own is None or seen.place is None or own in seen.place.volume_types
    return seen.kin.cinder and not seen.kin.project and known and options.volume_type_map.get(own or "", own) == own


def _format(method, disk, seen, options):
    """The format of the image that is made of a volume, and why. How much of a volume is written no API tells."""
    if disk["kind"] == disks.IMAGE or method == TRANSFER:
        return {"disk_format": None, "disk_format_reason": None}
    if options.disk_format != AUTO:
        return {"disk_format": options.disk_format, "disk_format_reason": "it is asked for with disk_format"}
    if method in COPYING and seen.disk_formats and RAW not in seen.disk_formats and QCOW2 in seen.disk_formats:
        return {"disk_format": QCOW2, "disk_format_reason": "the destination's Glance takes no raw images"}
    why = "every back end makes it as it is, and how much of a volume is written, so that qcow2 would pay, no API tells"
    return {"disk_format": RAW, "disk_format_reason": why}


def settled(disk: dict[str, Any], server: dict[str, Any] | None) -> dict[str, Any]:
    """The way of a disk of which something is at the destination already: a choice of now changes nothing of that.

    :param disk: with its way, and what was found of it
    :param server: that was booted from it, None where there is none
    """
    method = _taken(disk, server)
    return disk if method in (None, disk["method"]) else {**disk, "method": method, "method_reason": THERE_ALREADY}


def _taken(disk, server):
    found = disk["found"]
    made_of = {
        *(row["metadata"].get(_marks.SOURCE) for row in (found["volume"], found["rehearsal_volume"]) if row),
        *([server["image_id"]] if server and disk["target"] == disks.IMAGE else []),
    }
    ids = {key: (found[key] or {}).get("id") for key in ("snapshot", "image", "copied")}
    if disk["kind"] == disks.VOLUME and ids["snapshot"] in made_of - {None}:
        return TRANSFER
    source = ids["image"] if disk["kind"] == disks.VOLUME else ids["snapshot"]
    if source in made_of - {None}:
        return SHARE
    if ids["copied"] and ids["copied"] != source:
        return disk["method"] if disk["method"] in COPYING else STREAM
    return None


def _about(disk, moved):
    """What a sentence calls a disk; a volume that is moved by itself is its own."""
    if disk["kind"] == disks.IMAGE:
        return f"root disk of {label_of(moved)[4:]}"
    if disk["id"] == moved["id"]:
        return label_of(moved)[4:]
    return f"volume '{disk['volume_name'] or ''}' ({disk['id']}) of {label_of(moved)[4:]}"


def unproven(found: list[dict[str, Any]], server: dict[str, Any], options: Options) -> Iterator[Note]:
    """The disks whose bytes can't be proven as asked for; of a server, or of the volume that is moved by itself."""
    if options.verification != DEEP:
        return
    for disk in found:
        own = disk["kind"] == disks.IMAGE
        if disk["target"] != disks.VOLUME or not (own or disk["disk_format"] == QCOW2):
            continue
        why = (
            "its image is Nova's, which says nothing of the bytes of a whole volume"
            if own
            else "no two qcow2 images have the same bytes"
        )
        about = _about(disk, server)
        yield Problem(
            f"The {about} can't be proven by verification deep, for {why}",
            "deep_impossible",
            about,
            "leave target_boot and disk_format out, or set verification to image",
        )


def refused(found: list[dict[str, Any]], server: dict[str, Any], seen: Discovered, options: Options) -> Iterator[Note]:
    """What of that which is asked for can't be done with disks, and what a way means for the new server.

    :param server: what is moved; a volume that is moved by itself is its own
    """
    names = {name for disk in found for name in called(disk)} if options.disk_methods else set()
    for name in sorted(set(options.disk_methods) - names):
        yield Problem(
            f"{label_of(server)} has no disk '{name}', of which disk_methods says how it is to be moved",
            "disk_unknown",
            remedy=f"give the name or the ID of one of its volumes, or {ROOT}; or leave it out",
        )
    for disk in found:
        about = _about(disk, server)
        if disk["method_reason"] in (ASKED_FOR, ASKED_FOR_DISK) and (
            why := impossible(disk["method"], disk, seen, options)
        ):
            yield Problem(
                f"The {about} can't go by method {disk['method']}: {why}",
                "method_impossible",
                about,
                "choose another method, or leave it out",
            )
        elif disk["method"] == SHARE and disk["target"] == disks.IMAGE:
            yield Notice(
                f"The {about} boots from an image that stays the source's, shared with cloud {seen.destination}; when the"
                " migration is finalized, it goes.",
                "image_shared",
                about,
            )
        elif disk["method"] in COPYING and seen.disk_formats and disk["disk_format"] not in (None, *seen.disk_formats):
            yield Problem(
                f"The {about} would become an image of the format {disk['disk_format']}, and the Glance of cloud"
                f" {seen.destination} takes {', '.join(seen.disk_formats)}",
                "disk_format_refused",
                about,
                "choose another disk_format, or leave it out",
            )


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
