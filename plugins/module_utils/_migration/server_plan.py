# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of one server has to know before its first change: its plan, and what stands in its way. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    disks,
    earlier,
    links,
    phase,
    proof,
    report,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import same_project
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    REHEARSAL,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import nothing_stale
from ansible_collections.osnap.openstack.plugins.module_utils._migration.planned_boot import with_boot
from ansible_collections.osnap.openstack.plugins.module_utils._migration.planned_disks import with_disks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.planned_steps import steps
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    losses,
    power_of,
    state,
    was_on,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import is_ours

#: What a server as a whole is moved by: an image, or several disks.
IMAGE, DISKS = "image", "disks"


def plan_of(
    item: dict[str, Any],
    server: dict[str, Any] | OsnapError,
    gone: str | None,
    names: set[str],
    seen: Discovered,
    options: Options,
) -> tuple[dict[str, Any], list[Note]]:
    """``(plan, notes)``.

    :param server: its row in the source, or why there is none
    :param gone: the ID of one that is not there any more, as far as it is known
    :param names: those of the volumes that the plans before it make; its own are added
    """
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
        notes += with_disks(plan, server, made, names, seen, options) if made.disks else []
        notes += with_boot(plan, item, server, made, seen, options)
        notes += not_there(plan) if options.only_checks else []
        plan["server_power"] = {"server": server["id"]}
        plan["steps"] = list(steps(plan, seen, options))
    plan["disks"] = [report.shown_disk(disk) for disk in plan["disks"]]
    plan["summary"] = report.summary(plan, _rows(made), options)
    return plan, notes


def not_there(plan: dict[str, Any]) -> list[Note]:
    """Why a server can't be checked."""
    if not (left := list(links.unfinished(plan))):
        return []
    return [
        Problem(
            f"The server '{plan['server_name']}' is not there to be checked: {'; '.join(left)}",
            "not_arrived",
            remedy="cut it over first, up to its boot",
        )
    ]


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
    stale=nothing_stale(),
)
