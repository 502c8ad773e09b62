# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the destination may stand for what it lacks: a flavor that fits, a network of the same range. Pure.

They are suggestions: they are told, and nothing goes by them until they stand in a map.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    flavor_of,
)


def flavor(server: Mapping[str, Any], seen: Discovered) -> str | None:
    """The name of the smallest flavor that has what the source's has; None where none has."""
    own, image = flavor_of(dict(server), seen), seen.images.get(server["image_id"]) or {}
    needs = {
        "vcpus": own.get("vcpus") or 0,
        "ram": max(own.get("ram") or 0, image.get("min_ram") or 0),
        "disk": max(own.get("disk") or 0, image.get("min_disk") or 0),
        "ephemeral": own.get("ephemeral") or 0,
    }
    fit = [row for row in seen.place.flavors if all((row.get(what) or 0) >= need for what, need in needs.items())]
    best = min(fit, key=lambda row: (row["ram"], row["vcpus"], row["disk"], *_further(row), row["name"]), default=None)
    return best["name"] if best else None


def _further(row):
    """The disks of a flavor that a server may do without, GiB and MiB; old clouds show no swap as an empty text."""
    return int(row.get("ephemeral") or 0), int(row.get("swap") or 0)


def network(name: str, server: Mapping[str, Any], seen: Discovered) -> str | None:
    """The name of the network that has the same ranges as the source's of that name; None where none has, or several."""
    ranges = _ranges(row for row in seen.source_subnets.values() if row["network_id"] in _ids(name, server, seen))
    if not ranges:
        return None
    fit = [
        row
        for row in seen.place.networks
        if _ranges(subnet for subnet in seen.place.subnets if subnet["network_id"] == row["id"]) >= ranges
    ]
    return (fit[0]["name"] or fit[0]["id"]) if len(fit) == 1 else None


def _ids(name, server, seen):
    """The source's networks of that name on which a server is."""
    macs = {entry.get("OS-EXT-IPS-MAC:mac_addr") for entry in server["addresses"].get(name) or []}
    rows = seen.source_ports.get(server["id"]) or []
    return {row["network_id"] for row in rows if row["mac_address"] in macs or row["network_id"] == name}


def _ranges(subnets):
    return {ipaddress.ip_network(row["cidr"]) for row in subnets}


def of(
    item: Mapping[str, Any], server: Mapping[str, Any], seen: Discovered, options: Options
) -> dict[str, dict[str, str | None]]:
    """``{flavor_map: {…}, network_map: {…}}`` for what a server needs and the destination lacks: maps to be edited, None
    where nothing is known that fits. Empty where it lacks nothing.
    """
    found: dict[str, dict[str, str | None]] = {}
    name = flavor_of(dict(server), seen).get("original_name") or flavor_of(dict(server), seen).get("name")
    if name and not item["flavor"] and len(meant(seen.place.flavors, options.flavor_map.get(name) or name)) != 1:
        found["flavor_map"] = {name: flavor(server, seen)}
    networks = missing_networks(item, server, seen.place.networks, options)
    if networks:
        found["network_map"] = {name: network(name, server, seen) for name in networks}
    return found


def missing_networks(
    item: Mapping[str, Any], server: Mapping[str, Any], networks: list[dict], options: Options
) -> list[str]:
    """The names of the networks of a server that stand for none of the destination's."""
    if item["networks"] is not None or options.rehearses:
        return []
    return [name for name in server["addresses"] if len(meant(networks, options.network_map.get(name) or name)) != 1]


def together(found: Iterable[Mapping[str, Mapping[str, str | None]]]) -> dict[str, dict[str, str | None]]:
    """The suggestions for all servers as one map of each kind."""
    merged: dict[str, dict[str, str | None]] = {}
    for one in found:
        for kind, mapping in one.items():
            known = merged.setdefault(kind, {})
            known.update({name: known.get(name) or value for name, value in mapping.items()})
    return merged
