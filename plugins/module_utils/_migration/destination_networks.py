# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of the destination that a server's interfaces come to be on: by a map, or by their names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import suggestions
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEVICE_TAGS,
    Discovered,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import interfaces


def network_of(row: dict[str, Any], server: dict[str, Any], seen: Discovered) -> str:
    """What the network of a source's port is called there: by its name, as far as that is known."""
    names = {mac: name for name, mac in interfaces(server["addresses"])}
    id: str = row["network_id"]
    return names.get(row["mac_address"]) or seen.source_networks.get(id) or id


def tag_of(mac: str | None, server: dict[str, Any], seen: Discovered) -> str | None:
    """The tag of an interface, where the destination takes one."""
    tags = {} if DEVICE_TAGS in seen.place.lacks else seen.interface_tags.get(server["id"]) or {}
    return tags.get(mac)


def mapped(name: str, id: str | None, mapping: dict[str, Any]) -> str:
    """What a map says that something of the source becomes, by its name or its ID; else its own name."""
    return str(mapping.get(name) or (id and mapping.get(id)) or name)


def network_missing(wanted: str, advice: str, server: dict[str, Any], seen: Discovered) -> list[Note]:
    """The problem with a network of the destination that is named, if there is one."""
    rows = meant(seen.place.networks, wanted)
    if len(rows) == 1:
        return []
    there = f"{len(rows)} networks" if rows else "no network"
    ids = f" ({', '.join(row['id'] for row in rows)})" if rows else ""
    return [
        Problem(
            f"{label_of(server)} needs a network, and cloud {seen.destination} has {there} named '{wanted}'{ids};"
            f" {advice}.",
            "network_missing",
        )
    ]


def how_to_map(name: str, server: dict[str, Any], seen: Discovered) -> str:
    """What to do about a network that the destination has not, as a clause."""
    better = suggestions.network(name, server, seen)
    return f"say with network_map what '{name}' becomes" + (f", such as '{better}'" if better else "")


def may_choose(network: Mapping[str, Any], seen: Discovered) -> bool:
    """Whether Neutron's policy, as it is delivered, lets the user choose what a port has on a network."""
    return seen.place.is_admin or network["project_id"] in (None, seen.place.project_id)
