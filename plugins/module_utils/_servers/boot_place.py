# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a server that is to be booted may be: its zone and its networks, whatever it is booted from. Pure."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError


@dataclass
class Place:
    """What is there; read only as far as something is asked about."""

    images: dict = field(default_factory=dict)  # {ID: row or error}
    snapshots: dict = field(default_factory=dict)
    volumes: dict = field(default_factory=dict)
    ports: dict = field(default_factory=dict)
    used: list = field(default_factory=list)  # ports on the networks of fixed addresses
    choice: list = field(default_factory=list)  # networks that Nova chooses from for a server that names none
    is_provided: bool = False  # whether a server that names none boots though there is none to choose
    networks: list = field(default_factory=list)  # that the servers get, as far as they are known
    subnets: list = field(default_factory=list)
    key_pairs: set = field(default_factory=set)
    zones: set = field(default_factory=set)
    security_groups: list = field(default_factory=list)
    room: dict = field(default_factory=dict)  # {instances, cores, ram, metadata_items}
    disk_room: dict = field(default_factory=dict)  # {volumes, GIGABYTES}
    cloud: str = ""
    project_id: str | None = None


def misplaced(desired: dict, place: Place, taken: Set, replaced: str | None = None) -> Iterator[OsnapError]:
    """What is wrong with the place that a server is to have, its zone and its networks, whatever it is booted from.

    :param taken: the :func:`claims` of the servers before it
    :param replaced: ID of the server that goes for it
    """
    yield from _zone(desired["availability_zone"], place)
    if desired["networks"] is None and len(place.choice) > 1:
        names = ", ".join(sorted(row["name"] or row["id"] for row in place.choice))
        yield OsnapError(
            f"The server '{desired['name']}' names no network, and cloud {place.cloud} has {len(place.choice)} for"
            f" it, {names}; say in networks which, or that it gets none.",
            resource=desired["name"],
        )
    if desired["networks"] is None and not place.choice and not place.is_provided:
        yield OsnapError(
            f"The server '{desired['name']}' names no network, and cloud {place.cloud} has none for it; make one, or"
            " set networks to an empty list for a server without a network.",
            resource=desired["name"],
        )
    for network in desired["networks"] or []:
        yield from _network(network, replaced, place)
    yield from _unfit_networks(desired, place)
    claimed = Counter(_claimed(desired))
    for (kind, what, *_where), times in sorted(claimed.items()):
        if times > 1:
            yield OsnapError(
                f"The server '{desired['name']}' names the {kind} {what} {times} times; name it once.",
                resource=desired["name"],
            )
    for kind, what, *_where in sorted(claimed.keys() & taken):
        yield OsnapError(
            f"The server '{desired['name']}' can't have the {kind} {what}, which another server of this task"
            " gets; give it another.",
            resource=desired["name"],
        )


def _zone(zone, place):
    zone = (zone or "").partition(":")[0]  # an administrator may name a host of it: zone:host, or :host alone
    if zone and zone not in place.zones:
        there = (
            f"; there {'are' if len(place.zones) > 1 else 'is'} {', '.join(sorted(place.zones))}" if place.zones else ""
        )
        yield OsnapError(
            f"There is no availability zone '{zone}' in cloud {place.cloud} that servers can be booted in{there}.",
            resource=zone,
        )


def unfit_port(
    port: dict | OsnapError, replaced: str | None = None, project_id: str | None = None
) -> Iterator[OsnapError]:
    """A port that is not there, that another server than the one replaced has, or that has no address.

    :param project_id: the server's project; others' ports are seen by administrators, and by whom they are shared with
    """
    if isinstance(port, OsnapError):
        yield port
    elif project_id and port["project_id"] not in (None, project_id):
        yield OsnapError(
            f"The port '{port['name'] or ''}' ({port['id']}) belongs to the project {port['project_id']}, and Nova boots"
            f" a server of the project {project_id} on none but its own; name another.",
            resource=port["id"],
        )
    elif port["device_id"] and port["device_id"] != replaced:
        yield OsnapError(
            f"The port '{port['name'] or ''}' ({port['id']}) is in use by {port['device_id']}; take it from there,"
            " or name another.",
            resource=port["id"],
        )
    elif port["fixed_ips"] == [] and port["ip_allocation"] not in ("deferred", "none"):
        yield OsnapError(
            f"The port '{port['name'] or ''}' ({port['id']}) has no address, and Nova boots no server on it; give it"
            " one, or name another.",
            resource=port["id"],
        )


def _network(network, replaced, place):
    if "port" in network:
        yield from unfit_port(place.ports[network["port"]], replaced, place.project_id)
        return
    if "fixed_ip" not in network:
        return
    address, id = _address(network["fixed_ip"]), network["uuid"]
    ranges = [subnet["cidr"] for subnet in place.subnets if subnet["network_id"] == id]
    around = [net for net in map(ipaddress.ip_network, ranges) if ipaddress.ip_address(address) in net]
    for net in around:
        if net.version == 4 and net.prefixlen < 31 and address in (str(net[0]), str(net[-1])):
            yield OsnapError(
                f"The address {address} is the first or the last of the subnet {net}, which no server can have; give"
                " another.",
                resource=address,
            )
    if ranges and not around:
        yield OsnapError(
            f"The address {address} is not in a subnet of the network {id}, which has {', '.join(sorted(ranges))}; "
            "give one that is.",
            resource=address,
        )
    for port in place.used:
        if (
            port["network_id"] == id
            and not (replaced and port["device_id"] == replaced)
            and any(_address(ip["ip_address"]) == address for ip in port["fixed_ips"] or [])
        ):
            owner = f", of {port['device_id']}" if port["device_id"] else ""
            yield OsnapError(
                f"The address {address} is taken on the network {id} by the port {port['id']}{owner}; give another, or"
                " name that port.",
                resource=address,
            )


def _unfit_networks(desired, place):
    """Networks that Nova refuses on its hosts, one after the other, and then says that it has run out of hosts."""
    named = {network["uuid"] for network in desired["networks"] or [] if "uuid" in network}
    ports = [place.ports[network["port"]] for network in desired["networks"] or [] if "port" in network]
    if desired["networks"] is None and len(place.choice) == 1:
        named.add(place.choice[0]["id"])
    ids = named | {port["network_id"] for port in ports if not isinstance(port, OsnapError)}
    for row in place.networks:
        label = f"The network '{row['name'] or ''}' ({row['id']})"
        if row["id"] in ids and has_groups(desired) and row["is_port_security_enabled"] is False:
            yield OsnapError(
                f"{label} has port security off, and Nova boots no server with security groups on it; set"
                " security_groups to an empty list, or name another network.",
                resource=row["id"],
            )
        # A port that needs no address is fine on a network without any, but for what port security has to know.
        if row["id"] in (ids if row["is_port_security_enabled"] is not False else named) and row["subnet_ids"] == []:
            yield OsnapError(
                f"{label} has no subnet, and Nova boots no server on it; make one, or name another network.",
                resource=row["id"],
            )


def has_groups(desired: dict) -> bool:
    """Whether Nova puts security groups onto the ports; the default one alone it leaves to Neutron."""
    return (desired["security_groups"] or ["default"]) != ["default"]


def _address(text):
    """An address as it can be compared: one of IPv6 is written in many ways."""
    return str(ipaddress.ip_address(text))


def claims(desired: dict) -> set:
    """What no two servers can have: volumes, ports, and addresses, each on its network."""
    return set(_claimed(desired))


def _claimed(desired):
    claimed: list[tuple] = [("volume", disk["id"]) for disk in desired.get("disks") or [] if disk["kind"] == "volume"]
    for network in desired["networks"] or []:
        if "port" in network:
            claimed.append(("port", network["port"]))
        elif "fixed_ip" in network:
            claimed.append(("address", _address(network["fixed_ip"]), network["uuid"]))
    return claimed
