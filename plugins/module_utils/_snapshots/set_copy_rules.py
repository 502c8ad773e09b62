# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which set is copied, what there is of its copy, and how far copies are behind. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copy_parts import COPY_KEYS, told
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    IMAGE,
    MEMBER_KEYS,
    WHOLE,
    is_of_a_set,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    Row = dict[str, Any]

#: What tells the temporary image of a disk from others, and what Glance takes of a name.
STEP, LONGEST = "server_set_copy", 255


def problem(item: Mapping[str, Any], state: str) -> str | None:
    """What is wrong with an item as a clause, or None."""
    if not (item["server"] or "").strip():
        return "server is empty; give the name or the ID of the server that the set is of"
    if item["name"] is not None and not item["name"].strip():
        return "name is empty; give the name of a snapshot set, or leave it out for the newest"
    if state == "absent" and item["name"] is None:
        return "name is missing; say which copy is to be gone"
    metadata = {str(key): value for key, value in (item["metadata"] or {}).items()}
    if ours := sorted(key for key in metadata if is_of_a_set(key) or _marks.is_ours(key)):
        return f"metadata has {', '.join(ours)}, which this collection keeps for itself; leave it out"
    return metadata_problem("metadata", metadata)


def server_ids(named: str, servers: Sequence[Row], rows: Iterable[Row], cloud: str) -> set[str]:
    """Under which IDs a server is known; it may be gone, and be left in its sets and their copies alone."""
    ids = {row["id"] for row in servers} | {row["server_id"] for row in rows if named == row["server_id"]}
    ids = ids or {row["server_id"] for row in rows if (row["server_name"] or "").strip() == named}
    if len(ids) > 1:
        raise OsnapError(
            f"{len(ids)} servers are known as '{named}' in cloud {cloud}: {enumerated(sorted(ids))}; give the ID of the one"
            " that is meant.",
            resource=named,
        )
    return ids


def of_server(rows: Iterable[Row], ids: set[str], name: str | None) -> list[Row]:
    return [row for row in rows if row["server_id"] in ids and (name is None or name in (row["name"], row["id"]))]


def meant(
    sets: Sequence[Row], copies: Sequence[Row], item: Mapping[str, Any], cloud: str
) -> tuple[Row | None, Row | None]:
    """``(the set, what there is of its copy)``. Without the set a whole copy is enough: nothing is to be done about it.

    :param sets: of the server and, where it is given, of the name
    :param copies: likewise
    """
    of = f"of the server '{item['server'].strip()}'"
    whole = sorted((row for row in sets if row["status"] == WHOLE), key=_age)
    if len(whole) > 1 and item["name"]:
        raise OsnapError(
            f"{len(whole)} snapshot sets {of} are named '{item['name']}': {enumerated([row['id'] for row in whole])}; give"
            " the ID of the one that is meant.",
            resource=item["name"],
        )
    if whole:
        row = whole[-1]
        return row, next((one for one in copies if one["id"] == row["id"]), None)
    if sets:
        row = max(sets, key=_age)
        why = f": {row['torn_because']}" if row["torn_because"] else ""
        raise OsnapError(
            f"The snapshot set '{row['name']}' {of} is {row['status']}{why}; only a whole one is copied.",
            resource=row["id"],
        )
    there = sorted((row for row in copies if row["status"] == WHOLE), key=_age) if item["name"] else []
    if there:
        return None, there[-1]
    called = f"'{item['name'].strip()}' " if item["name"] else ""
    raise OsnapError(
        f"There is no snapshot set {called}{of} in cloud {cloud}; take one with server_snapshot_set, or check the name"
        " and the project of the credentials.",
        resource=item["name"] or item["server"],
    )


def _age(row):
    return row["created_at"] or "", row["id"]


# -- what is left to do


def image_name(row: Row, disk: str) -> str:
    """The name of the image of a disk: the server, the set, and where the disk stands in it."""
    tail = f"-{row['name']}-{row['disks'].index(disk)}"
    return (row["server_name"] or row["server_id"])[: max(1, LONGEST - len(tail))] + tail[-(LONGEST - 1) :]


def temporary_name(set_id: str, disk: str, place: str) -> str:
    """The name of the image through which a volume's disk goes to one place, and of nobody else's."""
    return "osnap-set-" + _marks.same_id(STEP, set_id, disk, place)


def finished(copy: Row | None) -> dict[str, Row]:
    """``{disk: image}`` of those that have arrived."""
    members = copy["members"] if copy else []
    return {one["disk"]: one for one in members if one["marked"] and one["status"] == "active"}


def useless(copy: Row | None) -> list[Row]:
    """Images that were begun, or are there twice."""
    if copy is None:
        return []
    return [one for one in copy["members"] + copy["surplus"] if one is not finished(copy).get(one["disk"])]


def taken_away(copy: Row | None) -> OsnapError | None:
    """The error of an image that was complete, and that somebody has switched off."""
    for one in copy["members"] if copy else ():
        if one["status"] == "deactivated":
            return OsnapError(
                f"The image '{one['name']}' ({one['id']}) of the copy is deactivated; make it active again, or delete it,"
                " then run again.",
                resource=one["id"],
            )
    return None


def metadata_of(row: Row, copy: Row | None, item: Mapping[str, Any]) -> dict[str, str]:
    """The metadata that all images of a copy have in the end; what was set on those that are there already stays."""
    asked = {str(key): str(value) for key, value in (item["metadata"] or {}).items()}
    return {**row["metadata"], **(copy["metadata"] if copy else {}), **asked}


def holds_of(copy: Row | None, item: Mapping[str, Any]) -> list[str]:
    """Its hold, likewise."""
    if item["hold"] is not None:
        return [item["hold"]] if item["hold"] else []
    return copy["holds"] if copy else []


def changes(copy: Row, item: Mapping[str, Any]) -> dict[str, str]:
    """What is asked for and differs on any image of a whole copy."""
    wanted = {str(key): str(value) for key, value in (item["metadata"] or {}).items()}
    if item["hold"] is not None:
        wanted[_marks.HOLD] = item["hold"]
    return {
        key: value
        for key, value in wanted.items()
        if any(str(one["row"]["properties"].get(key) or "") != value for one in copy["members"])
    }


def predicted(row: Row, copy: Row | None, item: Mapping[str, Any], project: str) -> Row:
    """The copy that there will be of a set, null for what only the services know."""
    there = finished(copy)
    shown = [
        {
            **{key: member[key] for key in MEMBER_KEYS},
            "kind": IMAGE,
            "id": there[member["disk"]]["id"] if member["disk"] in there else None,
            "name": image_name(row, member["disk"]),
            "status": "active",
            "created_at": there[member["disk"]]["created_at"] if member["disk"] in there else None,
            "group_snapshot_id": None,
            "hash": there[member["disk"]]["hash"] if member["disk"] in there else None,
        }
        for member in row["members"]
    ]
    changing = {
        "status": WHOLE,
        "holds": holds_of(copy, item),
        "metadata": metadata_of(row, copy, item),
        "tested": copy["tested"] if there and copy else None,
        "members": shown,
        "missing": [],
        "torn_because": None,
        "copied_at": None,
        "source_project_id": project,
    }
    return {key: changing[key] if key in changing else row[key] for key in COPY_KEYS}


def changed(copy: Row, new: Mapping[str, str]) -> Row:
    """A whole copy with other metadata."""
    row: Row = dict(told(copy) or {})
    own = {key: value for key, value in new.items() if key != _marks.HOLD}
    hold = new.get(_marks.HOLD)
    holds = row["holds"] if hold is None else [hold] if hold else []
    return {**row, "metadata": {**row["metadata"], **own}, "holds": holds}


# -- how far behind


def lags(sets: Sequence[Row], copies: Sequence[Row]) -> list[Row]:
    """A line for each server that has whole sets: its newest set here, its newest whole copy there, and how many seconds lie
    between the two moments.
    """
    good = [row for row in sets if row["status"] == WHOLE]
    found = []
    for id in sorted({row["server_id"] for row in good}):
        own = sorted((row for row in good if row["server_id"] == id), key=_age)
        there = sorted((row for row in copies if row["server_id"] == id and row["status"] == WHOLE), key=_age)
        last = there[-1] if there else None
        found.append(
            {
                "server_id": id,
                "server_name": own[-1]["server_name"],
                "newest_set": own[-1]["name"],
                "newest_set_at": own[-1]["created_at"],
                "newest_copy": last["name"] if last else None,
                "newest_copy_at": last["created_at"] if last else None,
                "lag_seconds": _between(last["created_at"], own[-1]["created_at"]) if last else None,
                "sets_behind": len([row for row in own if last is None or _age(row) > _age(last)]),
            }
        )
    return found


def _between(earlier, later):
    begun, ended = time_of(earlier), time_of(later)
    return max(0.0, (ended - begun).total_seconds()) if begun and ended else None
