# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of servers has to know before its first change: the plan of each server, and everything that stands
in its way, at once.

Pure: rows of both clouds in, plans and sentences out. The same judgement verifies the result, for what has been made is
among what was read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    approval,
    destination_floating,
    destination_ports,
    disks,
    earlier,
    phase,
    proof,
    report,
    rooms,
    suggestions,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import (
    boot,
    foreign,
    misplaced,
    same_project,
    unfit,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEEP,
    LOST_WRITES,
    REHEARSAL,
    SHARE,
    TRANSFER,
    Discovered,
    Options,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import (
    Note,
    Notice,
    Problem,
    about,
    texts,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    losses,
    power_of,
    state,
    was_on,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import is_ours

#: What a server as a whole is moved by: an image, or several disks.
IMAGE, DISKS = "image", "disks"


def judge(items: list, seen: Discovered, options: Options) -> dict:
    """``{plans, problems, notices, findings, suggestions}`` of all servers; the plans in the order of the items.

    :param items: the servers as they were given, unset options None
    """
    if options.rehearses:
        options = options._replace(stop=False)
    gone = seen.gone or [None] * len(items)
    names: set[str] = set()
    plans, notes = [], []
    for item, server, id in zip(items, seen.servers, gone, strict=True):
        plan, own = _plan(item, server, id, names, seen, options)
        plans.append(plan)
        notes.append(own)
    _refuse_places(plans, notes, seen, options)
    _refuse_twins(plans, notes, seen)
    for plan, own in zip(plans, notes, strict=True):
        about(own, f"server '{plan['server_name'] or plan['server']}'")
    approved = _approve(items, plans, notes, seen, options)
    for plan, own in zip(plans, notes, strict=True):
        _tell(plan, about(own, f"server '{plan['server_name'] or plan['server']}'"))
    shared = about(_too_many(plans, seen), f"cloud {seen.destination}") + rooms.short(plans, seen, options)
    found = [*(note for own in notes for note in own), *shared]
    return {
        "plans": plans,
        "problems": texts(found, Problem),
        "notices": texts(found, Notice),
        "findings": [note.data() for note in found],
        "suggestions": suggestions.together(plan["suggestions"] for plan in plans),
        "plan_digest": None if any(isinstance(note, Problem) for note in shared) else approval.together(approved),
    }


def _tell(plan, notes):
    plan.update(problems=texts(notes, Problem), notices=texts(notes, Notice), findings=[note.data() for note in notes])


# -- one server


def _plan(item, server, gone, names, seen, options) -> tuple[dict[str, Any], list[Note]]:
    if isinstance(server, OsnapError):
        return _plan_of_gone(item, server, gone, seen, options)
    made = earlier.made_so_far(server, ways.disks_of(server, seen, options), seen, options)
    notes = list(made.notes)
    plan = _begun(item, server, made, seen, options)
    plan["unverified"] = proof.missing(server, made, seen, options)
    if not made.has_arrived:
        if LOST_WRITES not in options.accept:
            plan["unverified"] = "; ".join(made.why_stale) or plan["unverified"]
        if was_on(made.snapshots, options):
            plan["unverified"] = "its snapshot was taken while it was on, and it was to be off"
    plan["verified"] = plan["unverified"] is None
    if options.backward:
        plan["disks"] = [report.shown_disk(disk) for disk in plan["disks"]]
        return {**plan, "summary": report.summary(plan, _rows(made), options)}, notes
    unmoved = list(ways.unmovable(server, seen))
    if not any(isinstance(note, Problem) for note in unmoved):
        plan.update(_method(made))
    if not made.has_arrived:
        notes += [
            *unmoved,
            *same_project(server, seen),
            *state(server, bool(made.snapshots), seen, options),
            *losses(server, seen, options),
            *ways.changed_target(made.disks, server),
            *ways.refused(plan["disks"], server, seen, options),
            *ways.unproven(plan["disks"], server, options),
        ]
        notes += _with_disks(plan, server, made, names, seen, options) if made.disks else []
        notes += _with_boot(plan, item, server, made, seen, options)
        plan["server_power"] = {"server": server["id"]}
        plan["steps"] = list(_steps(plan, seen, options))
    plan["disks"] = [report.shown_disk(disk) for disk in plan["disks"]]
    plan["summary"] = report.summary(plan, _rows(made), options)
    return plan, notes


def _begun(item, server, made, seen, options):
    """What a plan says of how far its server is."""
    name = (item["name"] or server["name"]).strip()
    there = made.rehearsal if options.rehearses else made.server
    ports = [row for row in seen.place.used if is_ours(row, options.run, server["id"])] if seen.place else []
    at = phase.of(made, ports)
    return {
        **_EMPTY,
        "server": item["server"],
        "server_id": server["id"],
        "server_name": server["name"],
        "status": server["status"],
        # One that is there may have been renamed since.
        "name": there["name"] if there else f"{name[:244]}-{REHEARSAL}" if options.rehearses else name,
        "power": power_of(server, options),
        **at._asdict(),
        "found": _found(made),
        "complete": made.has_arrived,
        "stale": made.stale,
        "disks": made.disks,
    }


def _found(made):
    """What was found of the root disk, and of servers."""
    root = made.root
    kind = "volume_snapshot" if root["snapshot"] and "volume_id" in root["snapshot"] else "snapshot"
    return {
        "snapshot": report.shown(kind, root["snapshot"]),
        "image": report.shown("image", root["copied"]),
        "server": report.shown("server", made.server),
        "rehearsal": report.shown("server", made.rehearsal),
    }


def _rows(made):
    """What a summary is made of."""
    return {"snapshot": made.root["snapshot"], "image": made.root["copied"], "server": made.server}


def _method(made):
    """How the server as a whole is moved: by one image, if it has no volume and gets none."""
    if all(disk["kind"] == disk["target"] == disks.IMAGE for disk in made.disks):
        return {"method": IMAGE, "method_reason": ways.WHY_IMAGE}
    return {"method": DISKS, "method_reason": "it has volumes, or gets one, so each of its disks is moved by itself"}


def _with_disks(plan, server, made, names, seen, options):
    """The items of the disks; notes on the volumes that they become."""
    notes: list[Note] = []
    key = "rehearsal_volume" if options.rehearses else "volume"
    becoming = [disk for disk in plan["disks"] if disk["target"] == disks.VOLUME]
    going = {item["id"] for item in made.stale["volumes"]}
    taken = {row["name"] for row in seen.made_volumes if row["name"] and row["id"] not in going} | names
    fresh = [disk for disk in becoming if not disk["found"][key]]
    new_name = plan["name"].removesuffix(f"-{REHEARSAL}") if options.rehearses else plan["name"]
    chosen = {disk["id"]: disk["found"][key]["name"] for disk in becoming if disk["found"][key]}
    for disk, name in zip(fresh, disks.volume_names(fresh, new_name, taken, options), strict=True):
        chosen[disk["id"]] = name
        if not options.rehearses and disk["volume_name"] and name != disk["volume_name"].strip():
            notes.append(
                Notice(
                    f"The volume '{disk['volume_name']}' ({disk['id']}) of {label_of(server)[4:]} becomes '{name}', for"
                    f" that name is taken in cloud {seen.destination}.",
                    "volume_renamed",
                    f"volume '{disk['volume_name']}' ({disk['id']})",
                )
            )
    names |= set(chosen.values())
    planned = []
    for disk in plan["disks"]:
        # What is there may have been renamed or extended since.
        size = disk["size"] if disk["target"] == disks.IMAGE or disk in fresh else disk["found"][key]["size"]
        volume = {"name": chosen.get(disk["id"]), "size": size, "volume_type": None}
        if disk in fresh:
            volume["volume_type"], more = rooms.volume_type(disk, seen, options)
            notes += more
        planned.append(disks.with_items(disk, server, disk["found"], volume, seen, options))
    plan["disks"] = planned
    plan.update({key: planned[0][key] for key in ("server_image_snapshot", "image_copy")})
    return notes


def _with_boot(plan, item, server, made, seen, options):
    """The arguments of the boot; notes on them. Disks are added by who carries the plan out."""
    marks = {_marks.RUN: options.run, _marks.SERVER: server["id"], _marks.STEP: "boot"}
    there, notes = made.server, []
    if options.rehearses:
        if there:
            return [
                Problem(
                    f"{label_of(server)} has its successor '{there['name']}' ({there['id']}) in cloud"
                    f" {seen.destination} already, there is nothing to rehearse",
                    "rehearsed_too_late",
                    remedy="roll it back first, or leave it out",
                )
            ]
        there, marks[_marks.STEP] = made.rehearsal, REHEARSAL
        item = {**item, "networks": None}
    booted, fitted = _as_booted(server, made, seen), _fitted(made, seen)
    arguments, more = boot(item, booted, there, marks, plan["name"], fitted, options)
    plan["server_restore"] = arguments
    notes += [*more, *unfit(arguments, server)]
    plan["floating_ips"], more = destination_floating.of(item, server, seen, options)
    if there:
        return notes
    notes += more
    plan["ports"], more = destination_ports.of(item, server, seen, options)
    plan["suggestions"] = suggestions.of(item, booted, fitted, options)
    return [*notes, *more, *foreign(plan, seen)]


def _as_booted(server, made, seen):
    """A server as its successor's flavor has to fit it: what becomes a volume needs no room in the flavor."""
    own, root = flavor_of(server, seen), made.disks[0] if made.disks else None
    if root is None or root["kind"] == root["target"] == disks.IMAGE:
        return server
    size = (root["size"] or 0) if root["target"] == disks.IMAGE else 0
    return {**server, "flavor": {**own, "original_name": own.get("original_name") or own.get("name"), "disk": size}}


def _fitted(made, seen):
    """What was read, as the boot has to see it: no image has to fit on a disk that is a volume."""
    if not made.disks or made.disks[0]["target"] == disks.IMAGE:
        return seen
    images = {id: {**row, "min_disk": 0} for id, row in seen.images.items()}
    return replace(seen, images=images)


def _plan_of_gone(item, error, id, seen, options):
    """What this run has made of a server that is not there any more is told as before; a finished one lacks nothing."""
    plan = {**_EMPTY, "server": item["server"]}
    notes: list[Note] = [Problem(str(error), "server_missing")]
    if id is None:
        return plan, notes
    source = {
        "id": id,
        "name": item["server"],
        "status": None,
        "task_state": None,
        "metadata": {},
        "attached_volumes": [],
    }
    there = [{**disk, **ways.chosen(disk, seen, options)} for disk in disks.of_gone(id, seen, options)]
    made = earlier.made_so_far(source, there, seen, options)
    name = made.server["name"] if made.server else item["name"]
    plan.update(
        server_id=id,
        server_name=name or item["server"],
        name=name,
        **phase.of(made)._asdict(),
        found=_found(made),
        complete=made.has_arrived,
        disks=[report.shown_disk(disk) for disk in made.disks],
        unverified=f"it is not in cloud {seen.source} any more",
    )
    if made.has_arrived:
        notes = []
        plan.update(unverified=proof.missing(source, made, seen, options), **_method(made))
        plan["verified"] = plan["unverified"] is None
        plan["next"] = phase.NEXT_OF_GONE.get(plan["phase"], plan["next"])
    return {**plan, "summary": report.summary(plan, _rows(made), options)}, notes


_EMPTY: dict[str, Any] = dict.fromkeys(
    (
        "server",
        "server_id",
        "server_name",
        "status",
        "name",
        "power",
        "phase",
        "since",
        "next",
        "method",
        "method_reason",
        "server_power",
        "server_image_snapshot",
        "image_copy",
        "server_restore",
        "plan_digest",
    )
)
_EMPTY.update(
    ports=[],
    floating_ips=[],
    suggestions={},
    complete=False,
    verified=False,
    unverified=None,
    disks=[],
    steps=[],
    summary=None,
    found=dict.fromkeys(("snapshot", "image", "server", "rehearsal")),
    stale=earlier.nothing_stale(),
)


def _steps(plan, seen, options):
    """What is left to be done, in words."""
    found, stale = plan["found"], plan["stale"]
    there = found["rehearsal" if options.rehearses else "server"]
    for name in [disk["name"] for disk in plan["disks"] if disk["kind"] == disks.IMAGE and stale["snapshots"]]:
        yield f"remove the stale image '{name}' in cloud {seen.source}, and its copies in cloud {seen.destination}"
    if stale["servers"]:
        yield f"remove the server of its rehearsal in cloud {seen.destination}"
    if stale["volume_snapshots"] or stale["volumes"]:
        yield f"remove what is stale of its volumes, in cloud {seen.source} and in cloud {seen.destination}"
    if options.stop and plan["status"] != "SHUTOFF":
        yield f"stop it in cloud {seen.source}"
    for disk in plan["disks"]:
        yield from _disk_steps(disk, plan, there, seen, options)
    if plan["unverified"] and not there and plan["server_restore"]:
        source = "the copy" if len(plan["disks"]) < 2 else "the copies"
        yield f"boot the server '{plan['name']}' from {source}, with the flavor '{plan['server_restore']['flavor']}'"
        if plan["power"] == "off" and not options.rehearses:
            yield "stop the new server, as its source was off"
    if not options.rehearses:
        yield "compare both images and mark the new server as complete"


def _disk_steps(disk, plan, there, seen, options):
    found, name = disk["found"], disk["name"]
    if disk["method"] == TRANSFER:
        yield from _transfer_steps(disk, plan, there, seen)
        return
    if disk["kind"] == disks.IMAGE:
        what = "that image"
        if not found["snapshot"]:
            yield f"snapshot it into the image '{name}' in cloud {seen.source}"
    else:
        what = f"the image '{name}'"
        if not found["snapshot"]:
            yield f"snapshot its volume '{disk['volume_name'] or disk['id']}' in cloud {seen.source}"
        if not (found["image"] and earlier.is_finished(found["image"])) and not there:
            yield f"make {what} of that snapshot in cloud {seen.source}"
    if not plan["unverified"] or there:
        return
    if disk["method"] == SHARE:
        if not found["copied"]:
            yield f"share {what} with the project of cloud {seen.destination}"
    elif not found["copied"]:
        yield f"copy {what} to cloud {seen.destination}"
    else:
        yield f"make sure that its copy in cloud {seen.destination} is whole"
    if restore := disk["volume_restore"]:
        yield f"make the volume '{restore['name']}' of the copy"
        if options.verification == DEEP:
            yield "read it back into an image, and compare that with the copy"


def _transfer_steps(disk, plan, there, seen):
    if not disk["found"]["snapshot"]:
        yield f"snapshot its volume '{disk['volume_name'] or disk['id']}' in cloud {seen.source}"
    if plan["unverified"] and not there and (restore := disk["volume_restore"]):
        yield f"make the volume '{restore['name']}' of that snapshot, and hand it over to cloud {seen.destination}"


# -- all servers together


def _approve(items, plans, notes, seen, options):
    """What is to be approved of each plan that nothing stands in the way of; a problem where it was, and has changed.

    :returns: the texts of these plans, without what makes a digest of them
    """
    texts: list[str] = []
    if options.rehearses:  # which is of no consequence
        return texts
    for item, plan, own, server in zip(items, plans, notes, seen.servers, strict=True):
        if isinstance(server, OsnapError) or plan["complete"] or any(isinstance(note, Problem) for note in own):
            continue
        sections = approval.material(item, server, plan, own, seen, options)
        texts.append(approval.text_of(sections))
        plan["plan_digest"] = approval.together(texts[-1:])
        if options.plan_digest:
            own += approval.changed(options.plan_digest, server, sections, seen)
    return texts


def _refuse_twins(plans, notes, seen):
    """The same server twice in the list, or two new ones of one name."""
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, plan in enumerate(plans):
        if plan["server_id"] is None:
            continue
        first = ids.setdefault(plan["server_id"], index)
        if first != index:
            notes[index].append(
                Problem(
                    f"servers[{index}] ('{plan['server']}') is the same server as servers[{first}]",
                    "server_twice",
                    remedy="name each once",
                )
            )
            continue
        first = names.setdefault(plan["name"], index)
        if first != index:
            notes[index].append(
                Problem(
                    f"servers[{first}] and servers[{index}] would both be named '{plan['name']}' in cloud"
                    f" {seen.destination}",
                    "name_twice",
                    remedy="set name for one of them",
                )
            )


def _refuse_places(plans, notes, seen, options):
    """Zones and networks that servers can't have: not at all, or because one before them gets it."""
    taken: set[tuple] = set()
    judged = set()
    for plan, own, server in zip(plans, notes, seen.servers, strict=True):
        arguments = plan["server_restore"]
        if not arguments or arguments["id"] or plan["server_id"] in judged or any(unfit(arguments, server)):
            continue
        judged.add(plan["server_id"])
        own += misplaced(arguments, server, seen, taken, options, plan["ports"])


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
            Problem(
                f"The quota of cloud {seen.destination} is too small: the migration needs {'; it needs '.join(short)}",
                "quota",
                remedy="raise it, delete what is no longer needed, or move fewer at a time",
            )
        ]
        if short
        else []
    )
