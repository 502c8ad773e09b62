# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a new server, where it is to have what Nova gives none: made of those of its source. Pure.

Where all that a source's port has is what Nova gives a new one anyway, none is made beforehand, and Nova makes them.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import suggestions
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEVICE_TAGS,
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem, loss
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import in_order, interfaces
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import marks_of

#: What Nova gives a port that it makes.
_USUAL_TYPE = "normal"
#: Security groups that need not be named: Neutron gives a port the default one by itself.
_DEFAULT = ["default"]


def are_made(server: dict[str, Any], item: dict[str, Any], seen: Discovered, options: Options) -> bool:
    """Whether the ports of a server are made before it is booted."""
    if options.rehearses or item["networks"] is not None:
        return False
    rows = seen.source_ports.get(server["id"]) or []
    groups = {tuple(sorted(row["security_group_ids"] or [])) for row in rows}
    chosen = options.keep_addresses or options.keep_mac
    return bool(rows) and bool(chosen or len(groups) > 1 or any(_is_special(row) for row in rows))


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


# -- one port


def _port(number, row, item, server, seen, options):
    name = network_of(row, server, seen)
    wanted = mapped(name, row["network_id"], options.network_map)
    missing = network_missing(wanted, how_to_map(name, server, seen), server, seen)
    if missing:
        _port, told = _groups(row, None, item, server, seen, options)
        return None, [*missing, *told]
    network = meant(seen.place.networks, wanted)[0]
    port: dict[str, Any] = {**identity_of(options.run, server["id"], number), "network_id": network["id"]}
    if tag := tag_of(row["mac_address"], server, seen):
        port["tag"] = tag
    notes: list[Note] = []
    for part in (_addresses, _groups, _pairs, _security, _others):
        more, told = part(row, network, item, server, seen, options)
        port |= more
        notes += told
    return port, notes


def _addresses(row, network, item, server, seen, options):
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


def may_choose(network: dict[str, Any], seen: Discovered) -> bool:
    """Whether Neutron's policy, as it is delivered, lets the user choose what a port has on a network."""
    return seen.place.is_admin or network["project_id"] in (None, seen.place.project_id)


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


def _groups(row, network, item, server, seen, options):
    if row["is_port_security_enabled"] is False:
        return {"security_groups": []}, []
    ids: list[str] = []
    notes: list[Note] = []
    if item["security_groups"] is not None:
        names = [(name, None) for name in item["security_groups"]]
    else:
        names = [(seen.source_groups.get(id) or id, id) for id in row["security_group_ids"] or []]
    if [name for name, _id in names] == _DEFAULT and mapped(*names[0], options.security_group_map) == "default":
        return {}, []
    for name, id in names:
        wanted = mapped(name, id, options.security_group_map)
        rows = meant(seen.place.security_groups, wanted)
        ids += [rows[0]["id"]] if len(rows) == 1 else []
        notes += group_notes(wanted, len(rows), item["security_groups"] is not None, server, seen)
    if ids and network and network["is_port_security_enabled"] is False:
        notes.append(
            Problem(
                f"{label_of(server)}: the network '{network['name']}' of cloud {seen.destination} has port security off,"
                " and a port with security groups can't be on it; set security_groups to an empty list, or say with"
                " network_map which network it gets.",
                "misplaced",
            )
        )
    return {"security_groups": sorted(ids)} if ids or not names else {}, notes


def group_notes(
    name: str, count: int, is_asked: bool, server: dict[str, Any], seen: Discovered
) -> Iterator[Problem | Notice]:
    """The note on a security group that the destination has not, or more than once.

    :param is_asked: whether it was asked for of this server, and not merely found at the source
    """
    if count > 1:
        yield Problem(
            f"{label_of(server)}: {count} security groups are named '{name}' in cloud {seen.destination}; give the ID of"
            " the one that is meant in security_groups.",
            "security_group_missing",
        )
    if count == 0 and is_asked:
        yield Problem(
            f"{label_of(server)} shall have the security group '{name}', and cloud {seen.destination} has none of that"
            " name; make it there, or leave it out.",
            "security_group_missing",
        )
    elif count == 0:
        yield Notice(
            f"{label_of(server)} has the security group '{name}', and cloud {seen.destination} has none of that name; the"
            " new server goes without it.",
            "security_group_stays",
        )


def _pairs(row, network, item, server, seen, options):
    pairs = [
        {key: pair[key] for key in ("ip_address", "mac_address") if pair.get(key)}
        for pair in row["allowed_address_pairs"] or []
    ]
    if not options.keep_mac:  # one of the port's own MAC is of its own MAC there, too
        pairs = [
            {"ip_address": pair["ip_address"]} if pair.get("mac_address") == row["mac_address"] else pair
            for pair in pairs
        ]
    if not pairs or row["is_port_security_enabled"] is False:
        return {}, []
    if may_choose(network, seen):
        return {"allowed_address_pairs": pairs}, []
    listed = ", ".join(pair["ip_address"] for pair in pairs)
    return {}, [
        loss("address_pairs_stay", options.accept)(
            f"{label_of(server)} may use the addresses {listed} beside its own, and the network '{network['name']}' of"
            f" cloud {seen.destination} is another project's, whose owner alone may say so; let it be done there"
            " afterwards, and accept address_pairs_stay.",
            "address_pairs_stay",
        )
    ]


def _security(row, network, item, server, seen, options):
    if row["is_port_security_enabled"] is not False or network["is_port_security_enabled"] is False:
        return {}, []
    if may_choose(network, seen):
        return {"port_security": False}, []
    return {"security_groups": None}, [
        loss("port_security_on", options.accept)(
            f"{label_of(server)} has a port without port security, and the network '{network['name']}' of cloud"
            f" {seen.destination} is another project's, whose owner alone may switch it off; let it be done there"
            " afterwards, and accept port_security_on.",
            "port_security_on",
        )
    ]


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
