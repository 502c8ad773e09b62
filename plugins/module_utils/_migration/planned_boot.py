# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a planned server is booted: its arguments, ports and floating IPs. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    destination_floating,
    destination_ports,
    disks,
    suggestions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.boot_arguments import boot
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_checks import foreign, unfit
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL,
    Discovered,
    Options,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem


def with_boot(
    plan: dict[str, Any], item: dict[str, Any], server: dict[str, Any], made: Made, seen: Discovered, options: Options
) -> list[Note]:
    """Put the arguments of the boot into a plan; notes on them. Disks are added by who carries the plan out."""
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
