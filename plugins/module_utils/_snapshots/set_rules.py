# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a server's snapshot set, before anything is sent. Pure: items and rows in, sentences out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import FAILED, WHOLE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    retention,
    server_image_rules,
    set_truth,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    Row = Mapping[str, Any]

#: Options of an item that are written on the members.
TEXTS = ("policy", "window", "hold")


def problem(item: Row, params: Row) -> str | None:
    """What is wrong with a merged item; None if nothing."""
    chosen = {"server": item["server"], "regex": item["regex"], "metadata": item["server_metadata"]}
    if clause := selection.problem(chosen):
        return clause.replace("metadata", "server_metadata")
    if not params["servers"] and item["server"] is None:
        return "a pattern may find several servers; give it as an item of servers"
    if not (item["name"] or "").strip():
        return "name is empty; give the set a name"
    if clause := text_problem("name", item["name"], "Nova") or text_problem("name", item["name"]):
        return clause
    if params["state"] == "absent":
        return None
    if not params["wait"]:
        return "wait is false, and a set is whole only when all of it is there; leave wait out"
    metadata = item["metadata"] or {}
    if ours := sorted(key for key in metadata if _marks.is_ours(str(key))):
        return f"metadata has {', '.join(ours)}, which this collection keeps for itself; leave it out"
    for key in metadata:
        if "," in str(key):
            return f"metadata has the key '{key}'; a key has no comma"
    for option in TEXTS:
        if item[option] is not None and (clause := text_problem(option, item[option])):
            return clause
    rare = server_image_rules.not_for_glance({"properties": metadata, "tags": None})
    return metadata_problem("metadata", metadata) or (rare and rare.replace("properties", "metadata", 1))


# -- servers


def unfit(cloud: Any, server: Any, item: Row, volumes: Mapping[str, Any]) -> OsnapError | None:
    """Why no set can be taken of a server now, or None."""
    error = server_image_rules.unfit(
        cloud,
        server,
        {"name": item["name"], "consistency": item["consistency"], "members": None, "rotation": None},
        volumes,
    )
    if error:
        return error
    for id in server["attached_volumes"]:
        volume = volumes.get(id)
        if volume is None:
            return OsnapError(
                f"The server '{server['name']}' ({server['id']}) has the volume {id}, which is not there; detach it"
                " first, then run again.",
                resource=server["id"],
            )
        if volume["status"] not in ("available", "in-use"):
            return OsnapError(
                f"The volume '{volume['name'] or ''}' ({id}) of the server '{server['name']}' ({server['id']}) is in"
                f" status {volume['status']}, and a snapshot needs it in use; wait for it or repair it, then run again.",
                resource=id,
            )
    return None


# -- what is there


def age(row: Row) -> float:
    return age_of(row["created_at"])


def unusable(
    row: Row, server: Row, disks: Sequence[str], actions: Sequence[Row], now: datetime, most: float
) -> list[str]:
    """Why what is there of a set is not gone on with, as sentences."""
    if row["status"] == FAILED:
        return [f"the set of {row['created_at']} has failed: {row['torn_because']}"]
    why = set_truth.untrue(row, server, disks, actions, now, most)
    return [f"the set of {row['created_at']} was not whole, and can't be completed: {clause}" for clause in why]


def shortfall(row: Row, label: str, asked: str | None) -> OsnapError | None:
    """The error of a set whose data are not as consistent as was asked for, or None."""
    enough = _consistency.SATISFIED_BY[asked]
    if enough is None or row["consistency"] in enough:
        return None
    return OsnapError(
        f"{label} is there, and its consistency is {row['consistency']}; consistency: {asked} wants"
        f" {' or '.join(enough)}. Remove it, or take another name.",
        resource=row["id"],
    )


def held(row: Row, now: datetime) -> str | None:
    """Why a set is held, or None."""
    return next((why for hold in row["holds"] if (why := retention.held(hold, now))), None)


def staying(row: Row, label: str, now: datetime) -> OsnapError | None:
    """Why a set must not be removed, as an error; or None. It is asked before any of it goes."""
    if why := held(row, now):
        return OsnapError(f"{label} is {why}; take {_marks.HOLD} away first, then run again.", resource=row["id"])
    protected = next((one for one in [*row["members"], *row["surplus"]] if one["is_protected"]), None)
    if protected:
        return OsnapError(
            f"{label} has the image {protected['id']}, which is protected from deletion; set protected to false first,"
            " then run again.",
            resource=row["id"],
        )
    return None


def still_off(label: str, error: OsnapError | None, of_start: OsnapError) -> OsnapError:
    """The error of a server that was stopped for its set and could not be started again."""
    if error is None:
        return OsnapError(f"{label} is there, but its server is still off: {of_start}", **of_start.fields)
    return OsnapError(
        f"{str(error).rstrip('.')}; and its server is still off: {of_start}",
        **error.fields,
        stops_work=error.stops_work,
    )


def changes(row: Row, item: Row) -> dict[str, str]:
    """The marks and metadata of a whole set that differ from what is asked for, on any member."""
    given = {_marks.POLICY: item["policy"], _marks.WINDOW: item["window"], _marks.HOLD: item["hold"]}
    wanted = {key: str(value) for key, value in given.items() if value is not None}
    wanted |= {str(key): str(value) for key, value in (item["metadata"] or {}).items()}
    return {key: value for key, value in wanted.items() if any(_has(member, key) != value for member in row["members"])}


def _has(member: Row, key: str) -> str:
    source = member["row"].get("properties") or member["row"].get("metadata") or {}
    return str(source.get(key) or "")


def whole(rows: Collection[Row]) -> list[Row]:
    return [row for row in rows if row["status"] == WHOLE]
