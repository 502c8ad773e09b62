# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of servers has to know before its first change: the plan of each server, and everything that stands
in its way, at once.

Pure: rows of both clouds in, plans and sentences out. The same judgement verifies the result, for what has been made is
among what was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import listing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import (
    boot,
    flavors_meant,
    foreign,
    misplaced,
    unfit,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Notice,
    Problem,
    image_name,
    is_ours,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    are_accepted,
    later,
    losses,
    state,
    unmovable,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options, Seen
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Server, Values
    from ansible_collections.osnap.openstack.plugins.module_utils._servers.boot_rules import Claim

#: The only way that this version knows.
IMAGE = "image"
WHY_IMAGE = "its root disk is Nova's own and no volume, so an image of it holds the whole disk"


def judge(items: Sequence[Values], seen: Seen, options: Options) -> dict[str, Any]:
    """``{plans, problems, notices}`` of all servers; the plans in the order of the items.

    :param items: the servers as they were given, unset options None
    """
    plans = [_plan(item, server, seen, options) for item, server in zip(items, seen.servers)]
    _refuse_places(plans, seen)
    _refuse_twins(plans, seen)
    problems = [problem for plan in plans for problem in plan["problems"]] + _too_many(plans, seen)
    return {"plans": plans, "problems": problems, "notices": [notice for plan in plans for notice in plan["notices"]]}


# -- one server


def _plan(item: Values, server: Server | OsnapError, seen: Seen, options: Options) -> dict[str, Any]:
    if isinstance(server, OsnapError):
        return {**_EMPTY, "server": item["server"], "problems": [str(server)], "notices": []}
    name = image_name(options.run, server["id"])
    found, notes, stale = _found(server, name, seen, options)
    plan = {
        **_EMPTY,
        "server": item["server"],
        "server_id": server["id"],
        "server_name": server["name"],
        "status": server["status"],
        "name": (item["name"] or server["name"]).strip(),
        "found": {key: _shown(key, row) for key, row in found.items()},
        "complete": _is_complete(found),
        "stale": stale,
    }
    plan["unverified"] = _unverified(found, seen)
    if not plan["complete"] and LOST_WRITES not in options.accept:
        plan["unverified"] = "; ".join(later(server, found["snapshot"], seen, options)) or plan["unverified"]
    plan["verified"] = plan["unverified"] is None
    if found["server"]:
        plan["name"] = found["server"]["name"]  # it may have been renamed since
    unmoved = list(unmovable(server, seen))
    if not unmoved:
        plan.update(method=IMAGE, method_reason=WHY_IMAGE)
    if not plan["complete"]:
        notes += [*unmoved, *state(server, found["snapshot"], seen, options), *losses(server, seen, options)]
        marks = {_marks.RUN: options.run, _marks.SERVER: server["id"]}
        plan["server_power"] = {"server": server["id"]}
        plan["server_image_snapshot"] = {
            "server": server["id"],
            "name": name,
            "properties": {**marks, _marks.STEP: "snapshot"},
        }
        plan["image_copy"] = {"name": name, "properties": {**marks, _marks.STEP: "copy"}}
        plan["server_restore"], more = boot(
            item, server, found["server"], {**marks, _marks.STEP: "boot"}, plan["name"], seen, options
        )
        notes += [*more, *unfit(plan["server_restore"], server)]
        notes += [] if found["server"] else list(foreign(plan, seen))
        plan["steps"] = list(_steps(plan, seen, options))
    plan["summary"] = _summary(plan, found, options)
    plan["problems"] = [str(note) for note in notes if isinstance(note, Problem)]
    plan["notices"] = [str(note) for note in notes if isinstance(note, Notice)]
    return plan


_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "server",
        "server_id",
        "server_name",
        "status",
        "name",
        "method",
        "method_reason",
        "server_power",
        "server_image_snapshot",
        "image_copy",
        "server_restore",
    )
)
_EMPTY.update(
    complete=False,
    verified=False,
    unverified=None,
    steps=[],
    summary=None,
    found={"snapshot": None, "image": None, "server": None},
    stale={"snapshots": [], "copies": []},
)
_SHOWN = {
    "snapshot": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "consistency", "created_at"),
    "image": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "created_at"),
    "server": ("id", "name", "status", "image_id", "flavor_name", "addresses", "created_at"),
}


def _shown(kind: str, row: Row | None) -> dict[str, Any] | None:
    return {key: row[key] for key in _SHOWN[kind]} if row else None


def _steps(plan: Values, seen: Seen, options: Options) -> Iterator[str]:
    """What is left to be done, in words."""
    found, name = plan["found"], plan["server_image_snapshot"]["name"]
    if plan["stale"]["snapshots"]:
        yield f"remove the stale image '{name}' in cloud {seen.source}, and its copies in cloud {seen.destination}"
    if options.stop and plan["status"] != "SHUTOFF":
        yield f"stop it in cloud {seen.source}"
    if not found["snapshot"]:
        yield f"snapshot it into the image '{name}' in cloud {seen.source}"
    if plan["unverified"] and not found["server"]:
        yield (
            f"copy that image to cloud {seen.destination}"
            if not found["image"]
            else f"make sure that its copy in cloud {seen.destination} is whole"
        )
        yield f"boot the server '{plan['name']}' from the copy, with the flavor '{plan['server_restore']['flavor']}'"
    yield "compare both images and mark the new server as complete"


def _summary(plan: Values, found: Values, options: Options) -> dict[str, Any]:
    """What a report says of a server: the same however often the finished migration is run again, also when the
    snapshot is gone, of which the copy tells.
    """
    snapshot, image, server = ((found[key] or {}) for key in ("snapshot", "image", "server"))
    marks = image.get("properties", {})
    addresses = [address["addr"] for entries in (server.get("addresses") or {}).values() for address in entries]
    return {
        "run": options.run,
        "state": "migrated" if plan["complete"] or plan["verified"] else "pending",
        "server": plan["server_name"],
        "server_id": plan["server_id"],
        "method": plan["method"],
        "consistency": snapshot.get("consistency") or marks.get(_marks.CONSISTENCY),
        "snapshot_id": snapshot.get("id") or marks.get(_marks.SOURCE),
        "image_id": image.get("id"),
        "size": image.get("size"),
        "hash_algo": image.get("hash_algo"),
        "hash_value": image.get("hash_value"),
        "new_server": plan["name"],
        "new_server_id": server.get("id"),
        "new_addresses": addresses,
    }


def _found(
    server: Server, name: str, seen: Seen, options: Options
) -> tuple[dict[str, Any], list[Problem | Notice], dict[str, Any]]:
    """What earlier tries of this run have made, by marks, and what is wrong with it."""
    notes: list[Problem | Notice] = []
    run = options.run
    snapshots = [row for row in seen.snapshots.get(name, []) if row["server_id"] == server["id"]]
    copies = [row for row in seen.copies.get(name, []) if is_ours(row, server["id"], run, "properties")]
    made = [row for row in seen.made if is_ours(row, server["id"], run) and row["status"] != "DELETED"]
    for noun, cloud, rows in (("snapshot images", seen.source, snapshots), ("servers", seen.destination, made)):
        if len(rows) > 1:
            notes.append(
                Problem(
                    f"{len(rows)} {noun} in cloud {cloud} are of the run '{run}' and the server '{server['name']}'"
                    f" ({server['id']}): {listing(rows)}; remove all but one, then run again."
                )
            )
    snapshot, server_there = snapshots[0] if snapshots else None, made[0] if made else None
    of_this_run = copies
    copies = [row for row in copies if snapshot is None or row["properties"].get(_marks.SOURCE) == snapshot["id"]]
    copies.sort(key=lambda row: not row["properties"].get(_marks.COMPLETE))
    found: dict[str, Any] = {"snapshot": snapshot, "image": copies[0] if copies else None, "server": server_there}
    nothing = _EMPTY["stale"]
    if _is_complete(found):
        return found, notes, nothing
    clauses = later(server, snapshot, seen, options)
    if clauses and LOST_WRITES not in options.accept:
        return _begin_anew(server, found, of_this_run, clauses, notes, seen)
    notes += [are_accepted(server, clauses, seen)] if clauses else []
    return found, [*notes, *_broken(found, seen, run)], nothing


def _is_complete(found: Values) -> bool:
    return bool(found["server"] and found["server"]["metadata"].get(_marks.COMPLETE))


def _begin_anew(
    server: Server,
    found: dict[str, Any],
    copies: Sequence[Row],
    clauses: Sequence[str],
    notes: list[Problem | Notice],
    seen: Seen,
) -> tuple[dict[str, Any], list[Problem | Notice], dict[str, Any]]:
    """What is done about a stale snapshot: it and its copies go, unless somebody lives on them already."""
    label, why = f"{label_of(server)} in cloud {seen.source}", "; ".join(clauses)
    gone = {row["id"] for row in copies}
    living = [row for row in seen.made if row["image_id"] in gone and row["status"] != "DELETED"]
    if found["server"] or living:
        names = ", ".join(f"'{row['name']}' ({row['id']})" for row in living or [found["server"]])
        problem = Problem(
            f"{label} has changed since its snapshot: {why}. Of that snapshot there is the server {names} in cloud"
            f" {seen.destination}; remove it to move the server anew, or set accept to {LOST_WRITES} to keep it as it"
            " is, then run again."
        )
        return found, [*notes, problem], _EMPTY["stale"]
    notice = Notice(
        f"{label} has changed since its snapshot: {why}. The image '{found['snapshot']['name']}'"
        f" ({found['snapshot']['id']}) and its copies are removed, and the server is snapshotted and copied anew; set"
        f" accept to {LOST_WRITES} to go on with the old one."
    )
    stale = {"snapshots": [{"id": found["snapshot"]["id"]}], "copies": [{"id": id} for id in sorted(gone)]}
    return dict.fromkeys(found), [*notes, notice], stale


def _broken(found: Values, seen: Seen, run: str) -> Iterator[Problem]:
    """Leftovers of earlier tries that can't be gone on from."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if snapshot and snapshot["status"] in ("killed", "deactivated"):
        yield Problem(
            f"The snapshot image '{snapshot['name']}' ({snapshot['id']}) in cloud {seen.source} is"
            f" {snapshot['status']}; remove it, then run again."
        )
    if copy and not snapshot:
        yield Problem(
            f"The image '{copy['name']}' ({copy['id']}) in cloud {seen.destination} is a copy of a snapshot that is"
            f" gone; remove the copy, or give the run another name than '{run}'."
        )
    if server and server["status"] == "ERROR":
        why = (server["fault"] or {}).get("message")
        yield Problem(
            f"The server '{server['name']}' ({server['id']}) that this run has made in cloud {seen.destination} is in"
            f" status ERROR{': ' + why.rstrip('.') if why else ''}; remove it, then run again."
        )
    elif server and not (copy and server["image_id"] == copy["id"]):
        yield Problem(
            f"The server '{server['name']}' ({server['id']}) that this run has made in cloud {seen.destination} was"
            f" booted from the image {server['image_id']}, which is no finished copy any more; remove the server, then"
            " run again."
        )


def _unverified(found: Values, seen: Seen) -> str | None:
    """What is missing to the proof that the server has arrived with its data, as a clause; None if nothing."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if not server:
        return f"there is no server of it in cloud {seen.destination}"
    if server["status"] != "ACTIVE":
        return f"the server {server['id']} in cloud {seen.destination} is in status {server['status']} and not ACTIVE"
    if not copy or not copy["properties"].get(_marks.COMPLETE) or copy["status"] != "active":
        return f"there is no finished copy of its image in cloud {seen.destination}"
    if server["image_id"] != copy["id"]:
        return (
            f"the server {server['id']} in cloud {seen.destination} was booted from the image {server['image_id']} and"
            f" not from the copy {copy['id']}"
        )
    if not snapshot:
        return f"its snapshot image in cloud {seen.source} is gone, there is nothing to compare with"
    if snapshot["size"] != copy["size"]:
        return f"the image {snapshot['id']} has {snapshot['size']} bytes and its copy {copy['id']} has {copy['size']}"
    both_hashed = snapshot["hash_value"] and copy["hash_value"] and snapshot["hash_algo"] == copy["hash_algo"]
    if both_hashed and snapshot["hash_value"] != copy["hash_value"]:
        return f"the image {snapshot['id']} and its copy {copy['id']} differ in their {snapshot['hash_algo']}"
    return None


# -- all servers together


def _refuse_twins(plans: Sequence[dict[str, Any]], seen: Seen) -> None:
    """The same server twice in the list, or two new ones of one name."""
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, plan in enumerate(plans):
        if plan["server_id"] is None:
            continue
        first = ids.setdefault(plan["server_id"], index)
        if first != index:
            plan["problems"].append(
                f"servers[{index}] ('{plan['server']}') is the same server as servers[{first}]; name each once."
            )
            continue
        first = names.setdefault(plan["name"], index)
        if first != index:
            plan["problems"].append(
                f"servers[{first}] and servers[{index}] would both be named '{plan['name']}' in cloud"
                f" {seen.destination}; set name for one of them."
            )


def _refuse_places(plans: Sequence[dict[str, Any]], seen: Seen) -> None:
    """Zones and networks that servers can't have: not at all, or because one before them gets it."""
    taken: set[Claim] = set()
    judged = set()
    for plan, server in zip(plans, seen.servers):
        arguments = plan["server_restore"]
        if not arguments or isinstance(server, OsnapError):
            continue
        if arguments["id"] or plan["server_id"] in judged or any(unfit(arguments, server)):
            continue
        judged.add(plan["server_id"])
        plan["problems"] += map(str, misplaced(arguments, server, seen, taken))


def _too_many(plans: Sequence[Values], seen: Seen) -> list[str]:
    """Quota problems of all the servers that are still to be made."""
    if seen.place is None:
        return []
    making = {
        plan["server_id"]: plan["server_restore"]["flavor"]
        for plan in plans
        if plan["server_restore"] and plan["server_restore"]["id"] is None
    }
    flavors = [rows[0] for wanted in making.values() if (rows := flavors_meant(seen.place, wanted))]
    needs = {
        "instances": (len(making), "servers"),
        "cores": (sum(row["vcpus"] for row in flavors), "cores"),
        "ram": (sum(row["ram"] for row in flavors), "MiB of memory"),
    }
    short = [
        f"{counted(need, unit)}, and {max(room, 0)} are left"
        for what, (need, unit) in needs.items()
        if (room := seen.place.room.get(what)) is not None and need > room
    ]
    return (
        [
            f"The quota of cloud {seen.destination} is too small: the migration needs {'; it needs '.join(short)};"
            " raise it, delete what is no longer needed, or move fewer at a time."
        ]
        if short
        else []
    )
