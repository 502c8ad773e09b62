# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the members of snapshot sets are, and what they make up together: marks in, rows of sets out. Pure.

A member is believed where what its service says agrees with its marks: an image of Nova's is of the server that it is
marked for, a volume snapshot is of the volume. Nova copies the properties of an image into the images of whatever was
booted from it, so that a finished member names itself: `osnap_for` is its own ID.

Snapshots that Cinder or Nova makes together can't be marked in the request: until they have marks of their own they are
known by what was asked for, the description of a group snapshot, or the image of a server that boots from a volume.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services import marked_text
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_image_parts import backing_snapshots

if TYPE_CHECKING:
    from datetime import datetime

    Row = dict[str, Any]

IMAGE, VOLUME_SNAPSHOT = "image", "volume_snapshot"
#: The disk that is Nova's own; and in place of a disk on an image that only names the snapshots of all volumes.
ROOT, ALL = "root", "all"
WHOLE, TAKING, TORN, FAILED = "whole", "taking", "torn", "failed"
#: Seconds after which what nobody has finished is held to be a killed run's.
STILL_AT_IT = 300
#: Of one value, in Cinder's metadata and in Nova's request of an image.
MOST = 255
GIB = 2**30

_READY = {IMAGE: ("active",), VOLUME_SNAPSHOT: ("available",)}
_BAD = {IMAGE: ("killed", "deactivated"), VOLUME_SNAPSHOT: ("error", "error_deleting")}
_LEAVING = {IMAGE: ("deleted", "pending_delete"), VOLUME_SNAPSHOT: ("deleting", "unmanaging")}
_MARKS = (*_marks.OF_SETS, *_marks.OF_POLICIES, _marks.HOLD)
#: What a set returns, beside what only its own work needs.
KEYS = (
    "id",
    "name",
    "server_id",
    "server_name",
    "created_at",
    "status",
    "consistency",
    "spread_seconds",
    "size_gib",
    "policy",
    "window",
    "holds",
    "metadata",
    "tested",
    "members",
    "missing",
    "torn_because",
    "boot",
)
MEMBER_KEYS = (
    "kind",
    "id",
    "name",
    "disk",
    "volume_id",
    "device",
    "boot_index",
    "bootable",
    "size_gib",
    "status",
    "created_at",
    "group_snapshot_id",
    "volume_type",
    "volume_name",
    "hash",
)


def told(row: Row | None) -> Row | None:
    """What a module returns of a set."""
    if row is None:
        return None
    members = [{key: member[key] for key in MEMBER_KEYS} for member in row["members"]]
    return {**{key: row[key] for key in KEYS}, "members": members}


# -- texts that are longer than a value may be


def in_pieces(key: str, text: str) -> dict[str, str]:
    pieces = [text[at : at + MOST] for at in range(0, len(text), MOST)]
    return {key if number == 1 else f"{key}_{number}": piece for number, piece in enumerate(pieces, 1)}


def together(marks: Mapping[str, str], key: str) -> str:
    pieces, number = [marks.get(key) or ""], 2
    while piece := marks.get(f"{key}_{number}"):
        pieces.append(piece)
        number += 1
    return "".join(pieces)


def as_json(text: str) -> dict[str, Any]:
    """A mark's dictionary; empty for what is none, for anybody may write to it."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def is_of_a_set(key: str) -> bool:
    """Whether a key of metadata belongs to a set, and is no user's."""
    return key in _MARKS or re.sub(r"_\d+$", "", key) in _marks.LONG


# -- members


def of_image(row: Mapping[str, Any]) -> Row | None:
    """The member that an image is, or None. One that does not name itself yet is unfinished."""
    marks = row["properties"]
    server, meant = marks.get("instance_uuid"), marks.get(_marks.FOR)
    if not server or marks.get(_marks.SET_SERVER) != server or "block_device_mapping" in marks:
        return None
    if not marks.get(_marks.SET_ID) or marks.get(_marks.SET_DISK) != ROOT or meant not in (row["id"], server):
        return None
    size = row["size"] or 0
    hashed = {row["hash_algo"]: row["hash_value"]} if row["hash_algo"] and row["hash_value"] else None
    return {
        **member_of(IMAGE, row, marks),
        "size_gib": -(-size // GIB) if row["status"] == "active" else None,
        "volume_id": None,
        "group_snapshot_id": None,
        "hash": hashed,
        "marked": meant == row["id"],
        "is_protected": row["is_protected"],
    }


def carriers_of(
    images: Iterable[Mapping[str, Any]], snapshots: Sequence[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]]
) -> dict[str, dict[str, str]]:
    """``{ID of a volume snapshot: the marks that it has by what was asked for}``."""
    found: dict[str, dict[str, str]] = {}
    volumes = {row["id"]: row["volume_id"] for row in snapshots}
    for image in images:
        if is_carrier(image) and image["properties"].get(_marks.FOR) in {
            volumes.get(id) for id in backing_snapshots(image)
        }:
            marks = {key: value for key, value in image["properties"].items() if _marks.is_ours(key) and value}
            found |= dict.fromkeys(backing_snapshots(image), marks)
    for group in groups:
        marks = marked_text.marks_of(group["description"])
        if marks.get(_marks.SET_ID):
            named = {**marks, _marks.SET: (group["name"] or "").strip()}
            found |= {row["id"]: named for row in snapshots if row["group_snapshot_id"] == group["id"]}
    return found


def is_carrier(row: Mapping[str, Any]) -> bool:
    """Whether an image has no data, and names the snapshots of a set: Nova has frozen a server for them."""
    marks = row["properties"]
    return "block_device_mapping" in marks and marks.get(_marks.SET_DISK) == ALL and bool(marks.get(_marks.SET_ID))


def of_snapshot(row: Mapping[str, Any], carriers: Mapping[str, Mapping[str, str]]) -> Row | None:
    """The member that a volume snapshot is, or None.

    :param carriers: as of :func:`carriers_of`
    """
    marks = row["metadata"] or {}
    marked = bool(marks.get(_marks.SET_ID)) and marks.get(_marks.SET_DISK) == row["volume_id"]
    if not marked:
        if row["id"] not in carriers or marks.get(_marks.SET_ID):
            return None
        marks = {**marks, **carriers[row["id"]], _marks.SET_DISK: row["volume_id"]}
    return {
        **member_of(VOLUME_SNAPSHOT, row, marks),
        "size_gib": row["size"],
        "volume_id": row["volume_id"],
        "group_snapshot_id": row["group_snapshot_id"],
        "hash": None,
        "marked": marked,
        "is_protected": False,
    }


def member_of(kind: str, row: Mapping[str, Any], marks: Mapping[str, str]) -> Row:
    """What all members have, by their marks."""
    about = as_json(marks.get(_marks.SET_ABOUT) or "")
    return {
        "kind": kind,
        "id": row["id"],
        "name": row["name"],
        "disk": marks[_marks.SET_DISK],
        "device": about.get("device"),
        "boot_index": about.get("boot_index"),
        "bootable": about.get("bootable"),
        "volume_type": about.get("type"),
        "volume_name": about.get("name"),
        "status": row["status"],
        "created_at": row["created_at"],
        "marks": marks,
        "row": row,
    }


# -- sets


def sets_of(
    images: Sequence[Mapping[str, Any]],
    snapshots: Sequence[Mapping[str, Any]],
    groups: Iterable[Mapping[str, Any]],
    now: datetime,
) -> list[Row]:
    """The sets that these make up, the newest first."""
    carriers = carriers_of(images, snapshots, groups)
    found = [of_image(row) for row in images] + [of_snapshot(row, carriers) for row in snapshots]
    takings: dict[tuple[str, str, str], list[Row]] = {}
    for member in found:
        if member is not None:
            marks = member["marks"]
            key = (marks.get(_marks.SET_SERVER) or "", marks.get(_marks.SET) or "", marks[_marks.SET_ID])
            takings.setdefault(key, []).append(member)
    sets = [set_of(members, now) for members in takings.values()]
    for row in sets:  # an image of Nova's that is not needed any more goes with the set
        row["carriers"] = [
            one["id"] for one in images if is_carrier(one) and one["properties"][_marks.SET_ID] == row["id"]
        ]
    return sorted(sets, key=lambda row: (row["created_at"] or "", row["id"]), reverse=True)


def set_of(members: Sequence[Row], now: datetime) -> Row:
    """One set, of the members of one taking."""
    ordered = sorted(members, key=lambda one: (_is_bad(one), not one["marked"], one["created_at"] or "", one["id"]))
    first = next((one for one in ordered if one["marked"]), ordered[0])
    marks = first["marks"]
    wanted = together(marks, _marks.SET_DISKS).split()
    chosen: dict[str, Row] = {}
    for one in ordered:
        chosen.setdefault(one["disk"], one)
    if not wanted:  # a group snapshot whose members have no marks yet: what it has is what is wanted
        wanted = sorted(chosen)
    surplus = [one for one in ordered if chosen[one["disk"]] is not one or one["disk"] not in wanted]
    there = [chosen[disk] for disk in wanted if disk in chosen]
    missing = [disk for disk in wanted if disk not in chosen]
    status, why = _status(there, surplus, missing, marks, now)
    times = [time for one in there if (time := time_of(one["created_at"]))]
    sizes = [one["size_gib"] for one in there]
    return {
        "id": marks[_marks.SET_ID],
        "name": marks.get(_marks.SET) or "",
        "server_id": marks.get(_marks.SET_SERVER),
        "server_name": marks.get(_marks.SET_SERVER_NAME),
        "created_at": marks.get(_marks.SET_AT),
        "status": status,
        "consistency": marks.get(_marks.SET_CONSISTENCY) or "unknown",
        "spread_seconds": round((max(times) - min(times)).total_seconds(), 3) if times and not missing else None,
        "size_gib": sum(sizes) if sizes and None not in sizes and not missing else None,
        "policy": marks.get(_marks.POLICY) or None,
        "window": marks.get(_marks.WINDOW) or None,
        "holds": sorted({one["marks"][_marks.HOLD] for one in members if one["marks"].get(_marks.HOLD)}),
        "metadata": _users(first),
        "tested": _tested(there),
        "members": there,
        "missing": missing,
        "torn_because": why,
        "boot": next((boot for one in there if (boot := as_json(together(one["marks"], _marks.SET_BOOT)))), None),
        # What only the work on a set needs.
        "disks": wanted,
        "after": marks.get(_marks.SET_AFTER) or None,
        "surplus": surplus,
        "marked": all(one["marked"] for one in there),
        "carriers": [],
        "groups": sorted({one["group_snapshot_id"] for one in members if one["group_snapshot_id"]}),
    }


def _is_bad(member):
    return member["status"] in _BAD[member["kind"]] + _LEAVING[member["kind"]]


def is_ready(member: Row) -> bool:
    return bool(member["status"] in _READY[member["kind"]])


def _status(there, surplus, missing, marks, now):
    """``(status, why it is not whole)``."""
    for one in there:
        if one["status"] in _BAD[one["kind"]]:
            return FAILED, f"its member {called(one)} is in status {one['status']}"
    for one in there:
        if one["status"] in _LEAVING[one["kind"]]:
            return TORN, f"its member {called(one)} is being deleted"
    making = [one for one in there if not is_ready(one)]
    at_odds = _at_odds([*there, *surplus])
    if not missing and not making and not at_odds and all(one["marked"] for one in there):
        return WHOLE, None
    begun = time_of(marks.get(_marks.SET_AT))
    fresh = begun is not None and abs((now - begun).total_seconds()) < STILL_AT_IT
    if making or fresh:
        return TAKING, None
    if at_odds:
        return TORN, f"{' and '.join(f'its member {called(one)}' for one in at_odds)} say different disks of it"
    if missing:
        return TORN, f"it lacks {' and '.join(disk_named(disk) for disk in missing)}"
    return TORN, "whoever took it has not finished it"


def _at_odds(members):
    """Two members that list different disks of the set, or none: somebody has altered a mark, and which of them is right
    nobody can tell.
    """
    lists: dict[frozenset[str], Row] = {}
    for one in members:
        if one["marked"]:
            lists.setdefault(frozenset(together(one["marks"], _marks.SET_DISKS).split()), one)
    return list(lists.values())[:2] if len(lists) > 1 else []


def called(member: Row) -> str:
    """As a sentence calls a member."""
    noun = "image" if member["kind"] == IMAGE else "volume snapshot"
    return f"{noun} '{member['name'] or ''}' ({member['id']})"


def disk_named(disk: str) -> str:
    return "the image of the root disk" if disk == ROOT else f"the snapshot of the volume {disk}"


def _users(member):
    """The user's own metadata of a member: on an image everything else is Nova's as well."""
    source = member["row"]["properties"] if member["kind"] == IMAGE else member["row"]["metadata"] or {}
    names = [name for name in (*together(source, _marks.SET_KEYS).split(","), _marks.SERIES) if name in source]
    return {name: source[name] for name in names}


def _tested(members):
    found = next((one["marks"] for one in members if one["marks"].get(_marks.TESTED_AT)), None)
    if not found:
        return None
    seconds = found.get(_marks.TESTED_SECONDS) or ""
    return {
        "at": found[_marks.TESTED_AT],
        "result": found.get(_marks.TESTED_RESULT) or None,
        "seconds": float(seconds) if re.fullmatch(r"\d+(\.\d+)?", seconds) else None,
    }
