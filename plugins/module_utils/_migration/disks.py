# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disks of a server, root first, and for each the items of the operations that move it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEVICE_TAGS,
    REHEARSAL,
    REHEARSAL_VOLUME,
    Discovered,
    Options,
    flavor_of,
    image_name,
    is_ours,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.rebuild import root_of
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

#: Where a disk is: Nova's own root disk, or a volume; and what the new server has in its place.
IMAGE, VOLUME = "image", "volume"
#: The items of a disk, by the modules that take them, in the order in which they are carried out.
ITEMS = ("server_image_snapshot", "volume_snapshot", "image_from_snapshot", "image_copy", "volume_restore")
#: What can be found of a disk.
MADE = ("snapshot", "image", "copied", "volume", "rehearsal_volume")
#: What Cinder shows among the metadata of a volume and says itself.
OF_CINDER = ("attached_mode", "readonly")
#: The mark of a snapshot of a server that nothing was done to since it was made.
NOTHING_YET = "none"


def of(server: dict[str, Any], seen: Discovered, options: Options) -> list[dict[str, Any]]:
    """The disks of a server as they are; nothing is planned for them yet. A volume that is not there any more, or that
    another project has, is left out: whoever judges tells of it.
    """
    volumes = volumes_of(server, seen)
    root = _root(server, volumes, seen)
    disks = [] if is_volume_backed(server) else [_own(server, seen)]
    disks += [_volume(server, row, row is root, seen) for row in ([root] if root else [])]
    disks += [_volume(server, row, False, seen) for row in volumes if row is not root]
    for index, disk in enumerate(disks):
        disk.update(index=index, name=image_name(options.run, disk["id"]), target=_target(disk, options))
    return disks


def of_gone(id: str, seen: Discovered, options: Options) -> list[dict[str, Any]]:
    """The disks of a server that is not there any more, as far as what this run has made of them tells."""
    run, volumes = options.run, {}
    for row in seen.made_volumes:
        if is_ours(row, id, run) and row["metadata"].get(_marks.STEP) == VOLUME:
            volumes[row["metadata"].get(_marks.DISK)] = row
    copied = [
        name.removeprefix(f"osnap-{run}-")
        for name, rows in seen.copies.items()
        if any(is_ours(row, id, run, "properties") for row in rows)
    ]
    ids = sorted({*copied, *volumes} - {None}, key=lambda one: (one != id, not _boots(volumes.get(one)), one))
    return [
        {
            **_EMPTY,
            "index": index,
            "kind": IMAGE if one == id else VOLUME,
            "id": one,
            "name": image_name(run, one),
            "target": VOLUME if one in volumes else IMAGE,
            "boot_index": -1 if index else 0,
        }
        for index, one in enumerate(ids)
    ]


def _boots(row):
    return bool(row and row["is_bootable"])


def volumes_of(server: dict[str, Any], seen: Discovered) -> list[dict[str, Any]]:
    """The rows of a server's volumes that are known, in the order of their devices."""
    rows = [seen.volumes[id] for id in server["attached_volumes"] if id in seen.volumes]
    return sorted(
        rows, key=lambda row: (_device(server, row, seen) or "~", server["attached_volumes"].index(row["id"]))
    )


def _root(server, volumes, seen):
    """The root volume. Nova's name of the device is asked first: Cinder's may be of an older attachment."""
    if not is_volume_backed(server):
        return None
    first = [row for row in volumes if row["is_bootable"] and (_device(server, row, seen) or "").endswith("da")]
    return first[0] if len(first) == 1 else root_of(volumes)


def _device(server, row, seen):
    known = (seen.attachments.get(server["id"]) or {}).get(row["id"]) or {}
    if known.get("device"):
        return known["device"]
    attached = [one for one in row["attachments"] or () if one.get("server_id") == server["id"]]
    return attached[0].get("device") if attached else None


def _own(server, seen):
    return {
        **_EMPTY,
        "kind": IMAGE,
        "id": server["id"],
        "size": flavor_of(server, seen).get("disk") or None,
        "boot_index": 0,
        "delete_on_termination": True,
        "bootable": True,
    }


def _volume(server, row, is_root, seen):
    known = (seen.attachments.get(server["id"]) or {}).get(row["id"]) or {}
    return {
        **_EMPTY,
        "kind": VOLUME,
        "id": row["id"],
        "volume_name": row["name"],
        "size": row["size"],
        "device": _device(server, row, seen),
        "tag": None if seen.place and DEVICE_TAGS in seen.place.lacks else known.get("tag"),
        "boot_index": 0 if is_root else -1,
        "delete_on_termination": bool(known.get("delete_on_termination")),
        "bootable": bool(row["is_bootable"]),
        "volume_type": row["volume_type"],
    }


def of_volume(row: dict[str, Any], snapshot: dict[str, Any] | None, options: Options) -> dict[str, Any]:
    """The disk that a volume is, which is moved by itself; or as it was at a snapshot of it that somebody has chosen."""
    id = snapshot["id"] if snapshot else row["id"]
    return {
        **_EMPTY,
        "index": 0,
        "kind": VOLUME,
        "target": VOLUME,
        "id": id,
        "name": image_name(options.run, id),
        "volume_name": row["name"],
        "size": (snapshot or row)["size"],
        "bootable": bool(row["is_bootable"]),
        "volume_type": row["volume_type"],
    }


_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "index",
        "kind",
        "id",
        "name",
        "volume_name",
        "size",
        "device",
        "tag",
        "boot_index",
        "delete_on_termination",
        "bootable",
        "volume_type",
        "target",
        "method",
        "method_reason",
        "disk_format",
        "disk_format_reason",
        "found",
        *ITEMS,
    )
)


def _target(disk, options):
    """What the new server has in the place of a disk; only the root disk has a choice."""
    if disk["boot_index"] != 0 or options.target_boot == "same":
        return disk["kind"]
    return options.target_boot


def with_items(
    disk: dict[str, Any],
    server: dict[str, Any],
    found: dict[str, Any],
    volume: dict[str, Any],
    seen: Discovered,
    options: Options,
) -> dict[str, Any]:
    """A disk with what is to be done for it. IDs that only the run will know are left out.

    :param found: the rows of what is there of it; see :data:`MADE`
    :param volume: the ``name``, the ``size`` and the ``volume_type`` of the volume that is made of it
    """

    told = (found["snapshot"] or {}).get("metadata") or {}
    consistency = told.get(_marks.CONSISTENCY) or _consistency_of(server, options)
    # Of one that is there nobody can say it any more.
    after = told.get(_marks.AFTER) if found["snapshot"] else seen.last.get(server["id"])
    own, _refused = metadata_of(seen.volumes.get(disk["id"]) or {})
    step = REHEARSAL_VOLUME if options.rehearses else VOLUME
    restored = {**volume, "availability_zone": None, "bootable": disk["bootable"], "metadata": own}
    marks = {_marks.RUN: options.run, _marks.SERVER: server["id"]}
    return with_marked_items(disk, marks, (consistency, after), restored, step)


def with_marked_items(
    disk: dict[str, Any],
    marks: dict[str, str],
    snapshot: tuple[str, str | None],
    volume: dict[str, Any],
    step: str = VOLUME,
) -> dict[str, Any]:
    """A disk with the items of the operations that carry it, whatever it is a disk of.

    :param marks: what all that is made of it is marked with, but for the step
    :param snapshot: of a volume, how consistent its snapshot is, and what the last thing was before it
    :param volume: the options of the volume that it becomes
    :param step: the mark of that volume
    """

    def marked(step: str) -> dict[str, str]:
        return {**marks, _marks.STEP: step}

    consistency, after = snapshot
    items: dict[str, Any] = {"image_copy": {"name": disk["name"], "properties": marked("copy")}}
    if disk["kind"] == IMAGE:
        properties = marked("snapshot")
        items["server_image_snapshot"] = {"server": disk["id"], "name": disk["name"], "properties": properties}
    else:
        metadata = {**marked("snapshot"), _marks.CONSISTENCY: consistency, **({_marks.AFTER: after} if after else {})}
        items["volume_snapshot"] = {"volume": disk["id"], "name": disk["name"], "metadata": metadata}
        items["image_from_snapshot"] = {
            "name": disk["name"],
            "disk_format": disk["disk_format"],
            "properties": {**marked("image"), _marks.CONSISTENCY: consistency},
        }
    if disk["target"] == VOLUME:
        items["volume_restore"] = {
            **volume,
            "metadata": {**volume["metadata"], **marked(step), _marks.DISK: disk["id"]},
        }
    return {**disk, **items}


def metadata_of(row: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The user's metadata of a volume, and the keys of what Cinder has taken once and takes no more."""
    metadata = row.get("metadata") or {}
    own = {key: metadata[key] for key in metadata if not _marks.is_ours(key) and key not in OF_CINDER}
    refused = sorted(key for key, value in own.items() if metadata_problem("metadata", {key: value}))
    return {key: value for key, value in own.items() if key not in refused}, refused


def _consistency_of(server, options):
    """What a volume snapshot that is taken now can be vouched for: whoever starts the server meanwhile is seen by
    :data:`_marks.AFTER`.
    """
    return "off" if options.stop or server["status"] == "SHUTOFF" else "crash"


def volume_names(disks: list[dict[str, Any]], new_name: str, taken: Collection[str], options: Options) -> list[str]:
    """The names of the volumes that disks become, one by one: those that they had, as far as no other has them.

    :param new_name: of the new server; a volume without a name is called after it
    :param taken: names that are in use at the destination, or are to be
    """
    used, names = set(taken), []
    for disk in disks:
        name = (
            disk["volume_name"] or ""
        ).strip() or f"{new_name}-{'root' if disk['boot_index'] == 0 else disk['index']}"
        if options.rehearses:
            name = f"{name[: 255 - len(REHEARSAL) - 1]}-{REHEARSAL}"
        if name in used:
            name = f"{name[:246]}-{disk['id'][:8]}"
        used.add(name)
        names.append(name)
    return names
