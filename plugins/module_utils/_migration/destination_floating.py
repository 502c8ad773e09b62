# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floating IPs of a new server, and whether it can have them. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    AUTO,
    EXISTING,
    NEW,
    SKIP,
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_marks import description_of
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import floating, interfaces


def are_wanted(server: dict[str, Any], options: Options) -> bool:
    """Whether a server is to have a floating IP; in a rehearsal none has."""
    if options.rehearses or options.floating_ip == SKIP:
        return False
    return bool(floating(server["addresses"])) or (options.floating_ip == NEW and bool(server["addresses"]))


def of(
    item: dict[str, Any], server: dict[str, Any], seen: Discovered, options: Options
) -> tuple[list[dict[str, Any]], list[Note]]:
    """The items of :class:`ServerFloatingIp`, without the new server's ID, and the problems with them. A server that is
    there needs no judgement any more.
    """
    if not are_wanted(server, options) or item["networks"] == []:
        return [], []
    own = floating(server["addresses"]) or [(0, 0, "")]
    order = _order(server, options) if item["networks"] is None else None
    items, notes = [], []
    for number, which, ip in own:
        here = order.index(number) if order else number
        chosen = {
            "interface": here,
            "address": which,
            "existing": ip if ip and options.floating_ip in (EXISTING, AUTO) else None,
            "new": options.floating_ip in (NEW, AUTO),
            "description": description_of(options.run, server["id"]),
        }
        items.append(chosen)
        if seen.place is not None and item["networks"] is None:
            notes += _unfit(chosen, number, server, seen, options)
    return items, notes


def _order(server, options):
    """The interfaces in the order in which Nova will show them: those of one network beside each other."""
    names = [options.network_map.get(name) or name for name, _mac in interfaces(server["addresses"])]
    first = [names.index(name) for name in names]
    return sorted(range(len(names)), key=lambda number: (first[number], number))


def _unfit(chosen, number, server, seen, options):
    """What is wrong with one, as far as it can be seen: others' routers are not."""
    name = [name for name, _mac in interfaces(server["addresses"])][number]
    rows = meant(seen.place.networks, options.network_map.get(name) or name)
    if len(rows) != 1:
        return  # told already
    network = rows[0]
    free = [
        row
        for row in seen.place.floating_ips
        if row["floating_ip_address"] == chosen["existing"] and not row["port_id"]
    ]
    if not free and not chosen["new"]:
        yield Problem(
            f"{label_of(server)} has the floating IP {chosen['existing']}, and the project in cloud {seen.destination} has"
            " none of that address that is free; make it there, or set floating_ip to auto.",
            "floating_ip_missing",
        )
        return
    outside = seen.place.outsides.get(network["id"]) or set()
    is_known = bool(outside) or network["project_id"] == seen.place.project_id
    if is_known and not outside & ({free[0]["floating_network_id"]} if free else outside):
        which = f"that the floating IP {chosen['existing']} is of" if free else "with floating IPs"
        yield Problem(
            f"{label_of(server)} is to have a floating IP, and no router of cloud {seen.destination} leads from the network"
            f" '{network['name']}' to the external network {which}; make one, or set floating_ip to skip.",
            "floating_ip_unreachable",
        )
