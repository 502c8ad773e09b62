# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of servers has to know before its first change: the plan of each server, and everything that stands
in its way, at once.

Pure: rows of both clouds in, plans and sentences out. The same judgement verifies the result, for what has been made is
among what was read.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import disks, earlier, report
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import (
    boot,
    foreign,
    misplaced,
    same_project,
    unfit,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Discovered,
    Notice,
    Options,
    Problem,
    image_name,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    later,
    losses,
    state,
    unmovable,
    was_on,
)

#: The only way that this version knows.
IMAGE, STREAM = "image", "stream"
WHY_IMAGE = "its root disk is Nova's own and no volume, so an image of it holds the whole disk"


def judge(items: list, seen: Discovered, options: Options) -> dict:
    """``{plans, problems, notices}`` of all servers; the plans in the order of the items.

    :param items: the servers as they were given, unset options None
    """
    gone = seen.gone or [None] * len(items)
    plans = [_plan(item, server, id, seen, options) for item, server, id in zip(items, seen.servers, gone, strict=True)]
    _refuse_places(plans, seen)
    _refuse_twins(plans, seen)
    problems = [problem for plan in plans for problem in plan["problems"]] + _too_many(plans, seen)
    return {"plans": plans, "problems": problems, "notices": [notice for plan in plans for notice in plan["notices"]]}


# -- one server


def _plan(item, server, gone, seen, options):
    if isinstance(server, OsnapError):
        return _plan_of_gone(item, server, gone, seen, options)
    name = image_name(options.run, server["id"])
    found, notes, stale = earlier.made_so_far(server, name, seen, options)
    plan = {
        **_EMPTY,
        "server": item["server"],
        "server_id": server["id"],
        "server_name": server["name"],
        "status": server["status"],
        "name": (item["name"] or server["name"]).strip(),
        "found": {key: report.shown(key, row) for key, row in found.items()},
        "complete": earlier.has_arrived(found),
        "stale": stale,
    }
    plan["unverified"] = earlier.unverified(found, seen)
    if not plan["complete"] and LOST_WRITES not in options.accept:
        plan["unverified"] = "; ".join(later(server, found["snapshot"], seen, options)) or plan["unverified"]
    if not plan["complete"] and was_on(found["snapshot"], options):
        plan["unverified"] = "its snapshot was taken while it was on, and it was to be off"
    plan["verified"] = plan["unverified"] is None
    if found["server"]:
        plan["name"] = found["server"]["name"]  # it may have been renamed since
    unmoved = list(unmovable(server, seen))
    if not unmoved:
        plan.update(method=IMAGE, method_reason=WHY_IMAGE)
    plan["disks"] = [
        {**disk, "method": STREAM, "method_reason": WHY_IMAGE, "found": _found(found)}
        for disk in disks.of(server, seen, options)
    ]
    if not plan["complete"]:
        notes += [
            *unmoved,
            *same_project(server, seen),
            *state(server, found["snapshot"], seen, options),
            *losses(server, seen, options),
        ]
        marks = {_marks.RUN: options.run, _marks.SERVER: server["id"]}
        plan["server_power"] = {"server": server["id"]}
        plan["disks"] = [disks.with_items(disk, server, options) for disk in plan["disks"]]
        root = plan["disks"][0]
        plan.update({key: root[key] for key in ("server_image_snapshot", "image_copy")})
        plan["server_restore"], more = boot(
            item, server, found["server"], {**marks, _marks.STEP: "boot"}, plan["name"], seen, options
        )
        notes += [*more, *unfit(plan["server_restore"], server)]
        notes += [] if found["server"] else list(foreign(plan, seen))
        plan["steps"] = list(_steps(plan, seen, options))
    plan["summary"] = report.summary(plan, found, options)
    plan["problems"] = [str(note) for note in notes if isinstance(note, Problem)]
    plan["notices"] = [str(note) for note in notes if isinstance(note, Notice)]
    return plan


def _found(found):
    """What was made of Nova's own disk: its snapshot is an image already."""
    return {
        "snapshot": report.shown("snapshot", found["snapshot"]),
        "copy": report.shown("image", found["image"]),
        **dict.fromkeys(("image", "volume", "rehearsal_volume")),
    }


def _plan_of_gone(item, error, id, seen, options):
    """What this run has made of a server that is not there any more is told as before; a finished one lacks nothing."""
    plan = {**_EMPTY, "server": item["server"], "problems": [str(error)], "notices": []}
    if id is None:
        return plan
    source = {"id": id, "name": item["server"], "status": None, "task_state": None}
    found, _notes, _stale = earlier.made_so_far(source, image_name(options.run, id), seen, options)
    name = found["server"]["name"] if found["server"] else item["name"]
    plan.update(
        server_id=id,
        server_name=name or item["server"],
        name=name,
        found={key: report.shown(key, row) for key, row in found.items()},
        complete=earlier.has_arrived(found),
        unverified=f"it is not in cloud {seen.source} any more",
    )
    if plan["complete"]:
        plan.update(problems=[], unverified=earlier.unverified(found, seen), method=IMAGE, method_reason=WHY_IMAGE)
        plan["verified"] = plan["unverified"] is None
    return {**plan, "summary": report.summary(plan, found, options)}


_EMPTY = dict.fromkeys(
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
    disks=[],
    complete=False,
    verified=False,
    unverified=None,
    steps=[],
    summary=None,
    found={"snapshot": None, "image": None, "server": None},
    stale=earlier.NOTHING_STALE,
)


def _steps(plan, seen, options):
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


# -- all servers together


def _refuse_twins(plans, seen):
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


def _refuse_places(plans, seen):
    """Zones and networks that servers can't have: not at all, or because one before them gets it."""
    taken: set[tuple] = set()
    judged = set()
    for plan, server in zip(plans, seen.servers, strict=True):
        arguments = plan["server_restore"]
        if not arguments or arguments["id"] or plan["server_id"] in judged or any(unfit(arguments, server)):
            continue
        judged.add(plan["server_id"])
        plan["problems"] += map(str, misplaced(arguments, server, seen, taken))


def _too_many(plans, seen):
    """Quota problems of all the servers that are still to be made."""
    if seen.place is None:
        return []
    making = {
        plan["server_id"]: plan["server_restore"]["flavor"]
        for plan in plans
        if plan["server_restore"] and plan["server_restore"]["id"] is None
    }
    flavors = [rows[0] for wanted in making.values() if (rows := meant(seen.place.flavors, wanted))]
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
