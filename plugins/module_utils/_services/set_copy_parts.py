# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the images of copied sets are, and which copies they make up: marks in, rows out. Pure.

A copy of a set is images alone, one of each disk. Each has the marks of the set's member under names of their own, and is
believed where `osnap_for` names the image itself: what is made of a copy inherits its marks, and is no part of it.
Rows have the shape of those of sets, so that whatever restores a set restores a copy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services import set_parts
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    IMAGE,
    KEYS,
    ROOT,
    in_pieces,
    member_of,
    set_of,
    together,
)

if TYPE_CHECKING:
    from datetime import datetime

    Row = dict[str, Any]

#: What the row of a copy has beside what that of a set has.
COPY_KEYS = (*KEYS, "copied_at", "source_project_id")


def told(row: Row | None) -> Row | None:
    """What a module returns of a copy."""
    of_set = set_parts.told(row)
    if row is None or of_set is None:
        return None
    return {**of_set, **{key: row[key] for key in COPY_KEYS if key not in of_set}}


def key_of(key: str) -> str:
    """What a mark of a set is called on a copy."""
    return _marks.COPIED + key.removeprefix("osnap_")


def is_of_the_set(key: str) -> bool:
    """Whether a mark says which set and which disk it is, or what that was."""
    return key in _marks.OF_SETS or re.sub(r"_\d+$", "", key) in _marks.LONG


def marks_of(row: Row, member: Row, metadata: Mapping[str, str], hold: str | None, project: str) -> dict[str, str]:
    """The marks and metadata of the image of one disk of a copy.

    :param row: of the set
    :param metadata: the user's, those of the set among them
    :param project: that the set is in
    """
    theirs = {key: value for key, value in member["marks"].items() if is_of_the_set(key) and value}
    kept = {_marks.POLICY: row["policy"], _marks.WINDOW: row["window"], _marks.HOLD: hold}
    own = {
        **dict.fromkeys(_marks.OF_POLICIES, ""),  # what an image would hand on: a copy has been tested by nobody yet
        _marks.HOLD: "",
        **{key: value for key, value in kept.items() if value},
        _marks.COPIED_FROM: project,
        _marks.COPIED_SPREAD: "" if row["spread_seconds"] is None else str(row["spread_seconds"]),
        _marks.COPIED_SIZE: str(member["size_gib"] or ""),
    }
    had = set(member["row"].get("properties") or ())
    own = {key: value for key, value in own.items() if value or key in had}
    without = {key: value for key, value in theirs.items() if re.sub(r"_\d+$", "", key) != _marks.SET_KEYS}
    keys = in_pieces(_marks.SET_KEYS, ",".join(sorted(metadata))) if metadata else {}
    return {**metadata, **own, **{key_of(key): value for key, value in (without | keys).items()}}


def marks_in(properties: Mapping[str, Any]) -> dict[str, str]:
    """The marks of an image of a copy by the names that they have on a set, and all else that it has."""
    found = {key: value for key, value in properties.items() if not is_of_the_set(key)}
    for key, value in properties.items():
        if key.startswith(_marks.COPIED):
            of_set = "osnap_" + key.removeprefix(_marks.COPIED)
            if is_of_the_set(of_set):
                found[of_set] = value
    return found


def of_image(row: Mapping[str, Any]) -> Row | None:
    """The member of a copy that an image is, or None. One that is not declared complete is unfinished."""
    if row["properties"].get(_marks.FOR) != row["id"]:
        return None
    marks = marks_in(row["properties"])
    if not marks.get(_marks.SET_ID) or not marks.get(_marks.SET_DISK):
        return None
    size = str(marks.get(_marks.COPIED_SIZE) or "")
    disk = marks[_marks.SET_DISK]
    return {
        **member_of(IMAGE, row, marks),
        "size_gib": int(size) if re.fullmatch(r"\d{1,9}", size) else None,
        "volume_id": None if disk == ROOT else disk,
        "group_snapshot_id": None,
        "hash": {row["hash_algo"]: row["hash_value"]} if row["hash_algo"] and row["hash_value"] else None,
        "marked": bool(marks.get(_marks.COMPLETE)),
        "is_protected": row["is_protected"],
    }


def copies_of(images: Iterable[Mapping[str, Any]], now: datetime) -> list[Row]:
    """The copies that images make up, that of the newest set first."""
    copies: dict[str, list[Row]] = {}
    for image in images:
        if member := of_image(image):
            copies.setdefault(member["marks"][_marks.SET_ID], []).append(member)
    found = [_copy(members, now) for members in copies.values()]
    return sorted(found, key=lambda row: (row["created_at"] or "", row["id"]), reverse=True)


def _copy(members, now):
    """One copy. Whether somebody is still at it shows by the last image that was begun, not by the moment of the set."""
    last = max((one["created_at"] or "" for one in members), default="")
    begun = [{**one, "marks": {**one["marks"], _marks.SET_AT: last}} for one in members]
    row = set_of(begun, now)
    # What is of no use is made again, and not one of two that are complete.
    marks = members[0]["marks"]
    spread = str(marks.get(_marks.COPIED_SPREAD) or "")
    first = next((one for one in row["members"] if one["marked"]), members[0])
    names = [name for name in together(first["marks"], _marks.SET_KEYS).split(",") if name in first["marks"]]
    return {
        **row,
        "created_at": marks.get(_marks.SET_AT),
        "spread_seconds": float(spread) if re.fullmatch(r"\d+(\.\d+)?", spread) and not row["missing"] else None,
        "metadata": {name: first["marks"][name] for name in names},
        "copied_at": last if time_of(last) else None,
        "source_project_id": marks.get(_marks.COPIED_FROM) or None,
    }
