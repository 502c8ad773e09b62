# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of servers together: twins, places that only one can have, quotas. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import counted
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import misplaced, unfit
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem


def refuse_twins(plans: Sequence[dict[str, Any]], notes: Sequence[list[Note]], seen: Discovered) -> None:
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


def refuse_places(
    plans: Sequence[dict[str, Any]], notes: Sequence[list[Note]], seen: Discovered, options: Options
) -> None:
    """Zones and networks that servers can't have: not at all, or because one before them gets it."""
    taken: set[tuple] = set()
    judged = set()
    for plan, own, server in zip(plans, notes, seen.servers, strict=True):
        arguments = plan["server_restore"]
        if not arguments or arguments["id"] or plan["server_id"] in judged or any(unfit(arguments, server)):
            continue
        judged.add(plan["server_id"])
        own += misplaced(arguments, server, seen, taken, options, plan["ports"])


def too_many(plans: Sequence[dict[str, Any]], seen: Discovered) -> list[Note]:
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
