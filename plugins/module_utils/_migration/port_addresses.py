# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of a new server's port: its source's own, or some of the subnets that are meant. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import may_choose
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import marks_of


def addresses(
    row: dict[str, Any],
    network: Mapping[str, Any],
    item: dict[str, Any],
    server: dict[str, Any],
    seen: Discovered,
    options: Options,
) -> tuple[dict[str, Any], list[Note]]:
    """Its own addresses and MAC if they are kept; else as many as there are, in the subnets that are meant."""
    notes: list[Note] = []
    port: dict[str, Any] = {"mac_address": row["mac_address"]} if options.keep_mac else {}
    if options.keep_mac and (taken := _taken(row["mac_address"], network, server, seen, options)):
        notes.append(
            Problem(
                f"{label_of(server)}: the MAC {row['mac_address']} is taken on the network '{network['name']}' of cloud"
                f" {seen.destination} by the port {taken}; set keep_mac to false, or remove that port.",
                "mac_taken",
            )
        )
    fixed, subnets = [], []
    for one in row["fixed_ips"] or []:
        subnet = _subnet(one, network, seen, options)
        if subnet is None:
            notes.append(_no_subnet(one, network, server, seen, options))
        elif options.keep_addresses:
            fixed.append({"subnet_id": subnet["id"], "ip_address": one["ip_address"]})
        else:
            subnets.append(subnet["id"])
        if subnet and options.keep_addresses and subnet["ipv6_address_mode"] in ("slaac", "dhcpv6-stateless"):
            notes.append(
                Problem(
                    f"{label_of(server)}: the address {one['ip_address']} would be in the subnet {subnet['cidr']} of cloud"
                    f" {seen.destination}, whose addresses are made of the MAC; set keep_addresses to false.",
                    "address_unfit",
                )
            )
    if fixed:
        port["fixed_ips"] = fixed
    elif len(subnets) > 1:
        port["subnet_ids"] = sorted(subnets)
    if (fixed or options.keep_mac) and not may_choose(network, seen):
        notes.append(
            Problem(
                f"{label_of(server)}: the network '{network['name']}' of cloud {seen.destination} is another project's,"
                " and Neutron lets its owner alone choose addresses and MACs there; set keep_addresses and keep_mac to"
                " false, or say with network_map which network it gets.",
                "port_policy",
            )
        )
    return port, notes


def _subnet(one, network, seen, options):
    """The subnet of the destination for an address of the source, or None. The map goes before the address."""
    rows = [row for row in seen.place.subnets if row["network_id"] == network["id"]]
    theirs = seen.source_subnets.get(one["subnet_id"]) or {}
    chosen = options.subnet_map.get(theirs.get("name")) or options.subnet_map.get(one["subnet_id"])
    if chosen:
        found = meant(rows, chosen)
        return found[0] if len(found) == 1 else None
    address = ipaddress.ip_address(one["ip_address"])
    around = [row for row in rows if address in ipaddress.ip_network(row["cidr"])]
    if options.keep_addresses:
        return around[0] if around else None
    same = [row for row in rows if theirs and row["cidr"] == theirs["cidr"]]
    named = [row for row in rows if theirs and row["name"] and row["name"] == theirs["name"]]
    only = [row for row in rows if ipaddress.ip_network(row["cidr"]).version == address.version]
    for found in (named, same, only):
        if len(found) == 1:
            return found[0]
    return None


def _no_subnet(one, network, server, seen, options):
    ranges = sorted(row["cidr"] for row in seen.place.subnets if row["network_id"] == network["id"])
    has = f", which has {', '.join(ranges)}" if ranges else ""
    advice = (
        "set keep_addresses to false, or say" if options.keep_addresses else "say with subnet_map which it gets, or"
    )
    return Problem(
        f"{label_of(server)}: for the address {one['ip_address']} there is no subnet in the network '{network['name']}' of"
        f" cloud {seen.destination}{has}; {advice} with network_map which network it gets.",
        "address_unfit",
    )


def _taken(mac, network, server, seen, options):
    """The ID of another port that has a MAC on a network; None where there is none."""
    for row in seen.place.used:
        if row["network_id"] == network["id"] and row["mac_address"] == mac and not is_own(row, server, options):
            return row["id"]
    return None


def is_own(row: dict[str, Any], server: dict[str, Any], options: Options) -> bool:
    """Whether a port of the destination was made by an earlier try, or belongs to a server that it has made."""
    names = [identity_of(options.run, server["id"], 0, step)["description"] for step in ("port", "rehearsal_port")]
    return bool(marks_of(row["description"])) and row["description"] in names
