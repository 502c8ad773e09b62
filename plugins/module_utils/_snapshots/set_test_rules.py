# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which set of a server is tested by restoring it, and what can be told of it before. Pure."""

from __future__ import annotations

import hashlib
from datetime import timezone
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._servers import console_check
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import TAKING, WHOLE, called
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_choice,
    set_restore_arguments,
    set_truth,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.spans import Span

if TYPE_CHECKING:
    from datetime import datetime

    Row = dict[str, Any]

BOOTED, TESTED, ABSENT = "booted", "tested", "absent"
PASSED, FAILED = "passed", "failed"
LATEST, RANDOM = "latest", "random"
#: The run that everything is made by, and what tells its temporary images from those of copies.
RUN = PLACE = "test"
#: Seconds by which the clocks of two services may differ.
SLACK = 60

OPTIONS: dict[str, Any] = {
    "server": {"type": "str"},
    "set": {"type": "str"},
    "pick": {"type": "str", "choices": [LATEST, RANDOM]},
    "within": {"type": "str"},
    "seed": {"type": "str"},
    "tested_within": {"type": "str"},
    "networks": set_restore_arguments.OPTIONS["networks"],
    "flavor": {"type": "str"},
    "checks": {
        "type": "dict",
        "options": {key: option for key, option in console_check.OPTIONS.items() if key != "must_succeed"},
    },
    "keep_failed": {"type": "bool"},
    "failed_because": {"type": "str"},
}


def problem(item: Mapping[str, Any], state: str) -> str | None:
    """What is wrong with an item as a clause, or None."""
    if not (item["server"] or "").strip():
        return "server is empty; give the name or the ID of the server that the set is of"
    if item["set"] is not None and not item["set"].strip():
        return "set is empty; give the name of a snapshot set, or leave it out"
    if item["set"] is not None and (item["pick"] or item["within"] or item["seed"]):
        return "set names one, and pick, within and seed choose one; leave either out"
    if item["seed"] is not None and item["pick"] != RANDOM:
        return "seed is for pick: random; leave it out, or set pick to random"
    for option in ("within", "tested_within"):
        try:
            Span.parse(option, item[option] or "1d")
        except OsnapError as error:
            return str(error).rstrip(".")
    if item["failed_because"] is not None and state != TESTED:
        return "failed_because is for state tested, where a check of your own has failed; leave it out"
    return console_check.problem(item["checks"])


def seed_of(item: Mapping[str, Any], now: datetime) -> str | None:
    """What a random choice is made by: the day, if nothing is given."""
    if item["pick"] != RANDOM:
        return None
    return str(item["seed"] or now.astimezone(timezone.utc).date().isoformat())


def _since(option, item, now):
    text = item[option]
    return Span.parse(option, text).before(now, timezone.utc) if text else None


def chosen(sets: Sequence[Row], ids: set[str], item: Mapping[str, Any], cloud: str, now: datetime) -> Row:
    """The set that is tested.

    A torn one is chosen like a whole one, so that it is found.

    :raises OsnapError: where there is none, or the chosen one is not whole
    """
    named = item["server"].strip()
    if item["set"]:
        return dict(set_choice.chosen(sets, ids, named, item["set"], None, cloud))
    since = _since("within", item, now)
    own = [row for row in sets if row["server_id"] in ids and row["status"] != TAKING]
    found = sorted((row for row in own if _is_of(row, since)), key=lambda row: (row["created_at"] or "", row["id"]))
    if not found:
        if own and since:
            raise OsnapError(
                f"The server '{named}' has no snapshot set of the last {item['within']}; the newest is"
                f" '{own[0]['name']}' of {own[0]['created_at']}.",
                resource=named,
            )
        return dict(set_choice.chosen(sets, ids, named, None, None, cloud))  # says what is there
    seed = seed_of(item, now)
    row = found[-1 if seed is None else _drawn(f"{seed} {named}", len(found))]
    if row["status"] != WHOLE:
        raise OsnapError(
            f"The snapshot set '{row['name']}' of the server '{named}' of {row['created_at']} is {row['status']}:"
            f" {row['torn_because']}; it can't be restored. Take a new one, and remove it.",
            resource=row["id"],
        )
    return row


def _is_of(row, since):
    begun = time_of(row["created_at"])
    return since is None or (begun is not None and begun >= since)


def _drawn(text, most):
    """The same on every machine and every Python."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % most


def good_one(sets: Sequence[Row], ids: set[str], item: Mapping[str, Any], now: datetime) -> Row | None:
    """A set whose good test is young enough for none to be needed, or None."""
    since = _since("tested_within", item, now)
    if since is None:
        return None
    for row in sets:
        at = time_of((row["tested"] or {}).get("at"))
        wanted = item["set"] is None or item["set"].strip() in (row["name"], row["id"])
        if wanted and row["server_id"] in ids and at and at >= since and row["tested"]["result"] == PASSED:
            return row
    return None


# -- what the marks and the services tell


def doubts(row: Row) -> list[str]:
    """Why a set is not what it says, as clauses that name the member: one of another set, or marks that somebody has
    changed.
    """
    found = []
    for one in row["surplus"]:
        found.append(f"the {called(one)} claims to be of it as well as another one of the same disk")
    begun = time_of(row["created_at"])
    common = (_marks.SET_SERVER, _marks.SET_AT, _marks.SET_AFTER, _marks.SET_CONSISTENCY)
    first = row["members"][0]["marks"] if row["members"] else {}
    for one in row["members"]:
        label, made = called(one), time_of(one["created_at"])
        if not (one["name"] or "").strip().endswith(row["name"]):  # Nova puts "snapshot for " before it
            found.append(f"the {label} has another name than the set")
        elif any((one["marks"].get(key) or "") != (first.get(key) or "") for key in common):
            found.append(f"the {called(row['members'][0])} and the {label} have the marks of different takings")
        elif begun and made and (begun - made).total_seconds() > SLACK:
            found.append(f"the {label} was made at {one['created_at']}, before the set was begun")
        elif one["kind"] != "image" and one["row"]["volume_id"] != one["disk"]:
            found.append(f"the {label} is of another volume")
    return found


def rebuilt_since(row: Row, server: Row | None, actions: Sequence[Row], members: set[str]) -> str | None:
    """That the server was rebuilt since a set was taken, as a clause; not where it was put back from a set.

    :param members: IDs of the images of all sets
    """
    if server is None or server["image_id"] in members or _marks.RESTORED_SET in (server["metadata"] or {}):
        return None
    later = set_truth.since(actions, row["after"], row["consistency"])
    if later is None:  # Nova does not list it any more
        later = [one for one in actions if (one["start_time"] or "") > (row["created_at"] or "").rstrip("Z")]
    at = next((one["start_time"] for one in later if one["action"] == "rebuild"), None)
    return f"its server was rebuilt at {at}, so that it would bring back another system" if at else None


def refuse(row: Row, clauses: Sequence[str]) -> None:
    if clauses:
        raise OsnapError(
            f"The snapshot set '{row['name']}' of the server '{row['server_name'] or row['server_id']}' is not what it says:"
            f" {'; '.join(clauses)}. Take a new one, and remove it.",
            resource=row["id"],
        )


# -- what is told


def told(row: Row, item: Mapping[str, Any], seed: str | None, **known: Any) -> Row:
    """What a task returns of a test.

    :param known: what is known beside the set; all else is null
    """
    hashes = known.pop("hashes", {})
    found = {
        "set": row["name"],
        "set_id": row["id"],
        "taken_at": row["created_at"],
        "server_id": row["server_id"],
        "server_name": row["server_name"],
        "pick": "named" if item["set"] else item["pick"] or LATEST,
        "seed": seed,
        **dict.fromkeys(("id", "name", "result", "seconds", "tested_at")),
        "disks": [
            {
                "disk": one["disk"],
                "kind": one["kind"],
                "member_id": one["id"],
                "compared": hashes.get(one["disk"], {}).get("compared"),
                "hash": hashes.get(one["disk"], {}).get("hash"),
            }
            for one in row["members"]
        ],
    }
    return {**found, **known}


def of_marks(row: Row) -> dict[str, Any]:
    """What the marks of a tested set tell."""
    tested = row["tested"]
    return {"result": tested["result"], "seconds": tested["seconds"], "tested_at": tested["at"]}
