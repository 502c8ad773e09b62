# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a new server, where it is to have what Nova gives none: made of those of its source. Pure.

Where all that a source's port has is what Nova gives a new one anyway, none is made beforehand, and Nova makes them.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import (
    how_to_map,
    mapped,
    network_missing,
    network_of,
    tag_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.port_addresses import addresses
from ansible_collections.osnap.openstack.plugins.module_utils._migration.port_security import groups, pairs, security
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, loss
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import in_order
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of

#: What Nova gives a port that it makes.
_USUAL_TYPE = "normal"


def are_made(server: dict[str, Any], item: dict[str, Any], seen: Discovered, options: Options) -> bool:
    """Whether the ports of a server are made before it is booted."""
    if options.rehearses or item["networks"] is not None:
        return False
    rows = seen.source_ports.get(server["id"]) or []
    sets = {tuple(sorted(row["security_group_ids"] or [])) for row in rows}
    chosen = options.keep_addresses or options.keep_mac
    return bool(rows) and bool(chosen or len(sets) > 1 or any(_is_special(row) for row in rows))


def _is_special(row):
    versions = Counter(ipaddress.ip_address(one["ip_address"]).version for one in row["fixed_ips"] or [])
    return (
        any(count > 1 for count in versions.values())
        or bool(row["allowed_address_pairs"])
        or row["is_port_security_enabled"] is False
        or row["binding_vnic_type"] not in (None, _USUAL_TYPE)
    )


def of(
    item: dict[str, Any], server: dict[str, Any], seen: Discovered, options: Options
) -> tuple[list[dict[str, Any]], list[Note]]:
    """The items of :class:`ServerPort` in the order of the interfaces, and the notes on them; none where Nova makes the
    ports.
    """
    if not are_made(server, item, seen, options):
        return [], []
    ports, notes = [], []
    for number, row in enumerate(in_order(seen.source_ports[server["id"]], server)):
        port, more = _port(number, row, item, server, seen, options)
        ports += [port] if port else []
        notes += more
    return ports, list(dict.fromkeys(notes))


# -- one port


def _port(number, row, item, server, seen, options):
    name = network_of(row, server, seen)
    wanted = mapped(name, row["network_id"], options.network_map)
    missing = network_missing(wanted, how_to_map(name, server, seen), server, seen)
    if missing:
        _port, told = groups(row, None, item, server, seen, options)
        return None, [*missing, *told]
    network = meant(seen.place.networks, wanted)[0]
    port: dict[str, Any] = {**identity_of(options.run, server["id"], number), "network_id": network["id"]}
    if tag := tag_of(row["mac_address"], server, seen):
        port["tag"] = tag
    notes: list[Note] = []
    for part in (addresses, groups, pairs, security, _others):
        more, told = part(row, network, item, server, seen, options)
        port |= more
        notes += told
    return port, notes


def _others(row, network, item, server, seen, options):
    """Its type, and what stays behind."""
    port = {} if row["binding_vnic_type"] in (None, _USUAL_TYPE) else {"vnic_type": row["binding_vnic_type"]}
    notes: list[Note] = []
    if row["qos_policy_id"]:
        notes.append(
            Notice(
                f"{label_of(server)} has a port with the QoS policy {row['qos_policy_id']}, which stays behind.",
                "qos_stays",
            )
        )
    if row["trunk_details"]:
        notes.append(
            loss("trunk_stays", options.accept)(
                f"{label_of(server)} has a trunk port, whose subports stay behind; make them there, and accept trunk_stays.",
                "trunk_stays",
            )
        )
    return port, notes


# -- as the rules of a server's place know them


def as_networks(ports: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """What planned ports take of the networks: :mod:`boot_place` judges it like what Nova would be asked for."""
    return [
        {"uuid": port["network_id"], **({"fixed_ip": one["ip_address"]} if one else {})}
        for port in ports
        for one in port.get("fixed_ips") or [None]
    ]
