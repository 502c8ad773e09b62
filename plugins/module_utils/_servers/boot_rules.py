# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether Nova would boot a server, from what is there and what the same task takes before it. Pure.

Without this, most faults would show as a server in status ERROR, and none in check mode.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence
from typing import AbstractSet as Set

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import ADVICE, OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import GIGABYTES
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import backing_snapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import booted_from

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import (
        Image,
        Network,
        Port,
        Row,
        SecurityGroup,
        Subnet,
        Values,
        Volume,
        VolumeSnapshot,
    )

    #: What no two servers can have: its kind, its name or ID, and where.
    Claim = tuple[str, ...]

GIB = 1024**3


@dataclass
class Place:
    """What is there; read only as far as something is asked about."""

    images: dict[Any, Image | OsnapError] = field(default_factory=dict)
    snapshots: dict[Any, VolumeSnapshot | OsnapError] = field(default_factory=dict)
    volumes: dict[str, Volume | OsnapError] = field(default_factory=dict)
    ports: dict[str, Port | OsnapError] = field(default_factory=dict)
    used: list[Port] = field(default_factory=list)  # ports on the networks of fixed addresses
    choice: list[Network] = field(default_factory=list)  # networks that Nova chooses from for a server that names none
    is_provided: bool = False  # whether a server that names none boots though there is none to choose
    networks: list[Network] = field(default_factory=list)  # that the servers get, as far as they are known
    subnets: list[Subnet] = field(default_factory=list)
    key_pairs: set[str] = field(default_factory=set)
    zones: set[str] = field(default_factory=set)
    security_groups: list[SecurityGroup] = field(default_factory=list)
    room: dict[str, int | None] = field(default_factory=dict)  # {instances, cores, ram}
    disk_room: dict[str, int | None] = field(default_factory=dict)  # {volumes, GIGABYTES}
    cloud: str = ""


def refusals(plans: Sequence[Plan], place: Place) -> list[OsnapError | None]:
    """``[None or error]`` for plans that boot servers; each takes from the room, the addresses and the disks what the
    next can't have.
    """
    left, verdicts = {**place.room, **place.disk_room}, []
    taken: set[Claim] = set()
    for plan in plans:
        error = next(_refusals(plan, place, left, taken), None)
        verdicts.append(error)
        if error is None:
            taken |= claims(plan.desired)
            needs = _needs(plan, place)
            left = {what: None if most is None else most - needs.get(what, 0) for what, most in left.items()}
    return verdicts


def _refusals(plan: Plan, place: Place, left: Mapping[str, int | None], taken: Set[Claim]) -> Iterator[OsnapError]:
    desired, replaced = plan.desired, plan.current["id"] if plan.current else None
    if "_flavor" not in desired:  # one given by its ID needs none, until it is to be made anew
        yield OsnapError(
            f"flavor is missing; say which flavor the server '{desired['name']}' is booted with.",
            resource=desired["name"],
        )
        return
    if image := booted_from(desired):
        yield from _image(place.images[image], desired["_flavor"], place)
    for number, disk in enumerate(desired["disks"] or []):
        yield from _disk(disk, number == 0 and not image, place)
    yield from _named(desired, place)
    yield from misplaced(desired, place, taken, replaced)
    yield from _quota(desired["name"], _needs(plan, place), left)


def misplaced(desired: Values, place: Place, taken: Set[Claim], replaced: str | None = None) -> Iterator[OsnapError]:
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


def _image(image: Image | OsnapError, flavor: Row, place: Place) -> Iterator[OsnapError]:
    if isinstance(image, OsnapError):
        yield image
        return
    label = f"The image '{image['name']}' ({image['id']})"
    if image["status"] != "active":
        yield OsnapError(
            f"{label} is in status {image['status']}, and only an active one boots; wait for it or make it anew.",
            resource=image["id"],
        )
    behind = backing_snapshots(image)
    if not image["size"] and not behind:
        yield OsnapError(
            f"{label} holds no data, nor does it name Cinder snapshots that do; take another, or boot from disks.",
            resource=image["id"],
        )
    for id in behind:
        yield from _snapshot(place.snapshots[id], f"{label} needs the volume snapshot {id}, and it")
    yield from unfit_flavor(image, flavor, label, is_volume=bool(behind))


def unfit_flavor(image: Image, flavor: Row, label: str, is_volume: bool = False) -> Iterator[OsnapError]:
    """Memory and disk of a flavor that are too small for an image; a volume has a size of its own, and a disk of 0 has
    the image's.
    """
    measured = not is_volume and flavor["disk"]
    for what, needs, has, unit in (
        ("disk", image["min_disk"] if measured else 0, flavor["disk"], "GiB"),
        ("memory", image["min_ram"], flavor["ram"], "MiB"),
    ):
        if (needs or 0) > has:
            yield OsnapError(
                f"{label} needs {needs} {unit} of {what}, and the flavor {flavor['name']} has {has}; choose a larger"
                " flavor.",
                resource=image["id"],
            )
    if measured and (image["size"] or 0) > flavor["disk"] * GIB:
        yield OsnapError(
            f"{label} has {image['size']} bytes, and the disk of the flavor {flavor['name']} has {flavor['disk']} GiB;"
            " choose a larger flavor.",
            resource=image["id"],
        )


def _snapshot(row: VolumeSnapshot | OsnapError, label: str) -> Iterator[OsnapError]:
    if isinstance(row, OsnapError):
        yield OsnapError(f"{label} is not there: {row}", resource=row.fields["resource"])
    elif row["status"] != "available":
        yield OsnapError(f"{label} is in status {row['status']}; it must be available.", resource=row["id"])


def _disk(disk: Values, is_root: bool, place: Place) -> Iterator[OsnapError]:
    row: Any = (place.snapshots if disk["kind"] == "snapshot" else place.volumes)[disk["id"]]
    if isinstance(row, OsnapError):
        yield row
        return
    if disk["kind"] == "snapshot":
        yield from _snapshot(row, f"The volume snapshot '{row['name']}' ({row['id']})")
        if disk.get("size") is not None and disk["size"] < row["size"]:
            yield OsnapError(
                f"The volume snapshot '{row['name']}' ({row['id']}) has {row['size']} GiB, and a disk of {disk['size']}"
                " was asked for; give it at least as many.",
                resource=row["id"],
            )
        return
    label = f"The volume '{row['name']}' ({row['id']})"
    if row["status"] != "available":
        yield OsnapError(
            f"{label} is in status {row['status']}, and only an available one can be a server's disk; detach it or wait"
            " for it.",
            resource=row["id"],
        )
    if is_root and not row["is_bootable"]:
        yield OsnapError(
            f"{label} is not bootable, and it is to be the root disk; set it bootable, or name the right one first.",
            resource=row["id"],
        )


def _named(desired: Values, place: Place) -> Iterator[OsnapError]:
    """What is known by name: a key pair, security groups."""
    if desired["key_name"] and desired["key_name"] not in place.key_pairs:
        yield OsnapError(
            f"There is no key pair '{desired['key_name']}' of this user in cloud {place.cloud}; import it, or leave"
            " key_name out.",
            resource=desired["key_name"],
        )
    known = [row[key] for row in place.security_groups for key in ("name", "id")]
    for name in desired["security_groups"] or []:
        if known.count(name) == 0:
            yield OsnapError(
                f"There is no security group '{name}' in cloud {place.cloud}; check the name and the project of the"
                " credentials.",
                resource=name,
            )
        elif known.count(name) > 1:
            yield OsnapError(
                f"{known.count(name)} security groups are named '{name}' in cloud {place.cloud}; give the ID of the one"
                " that is meant.",
                resource=name,
            )


def _zone(zone: str | None, place: Place) -> Iterator[OsnapError]:
    if zone and zone not in place.zones:
        there = (
            f"; there {'are' if len(place.zones) > 1 else 'is'} {', '.join(sorted(place.zones))}" if place.zones else ""
        )
        yield OsnapError(
            f"There is no availability zone '{zone}' in cloud {place.cloud} that servers can be booted in{there}.",
            resource=zone,
        )


def unfit_port(port: Port | OsnapError, replaced: str | None = None) -> Iterator[OsnapError]:
    """A port that is not there, or that another server than the one replaced has."""
    if isinstance(port, OsnapError):
        yield port
    elif port["device_id"] and port["device_id"] != replaced:
        yield OsnapError(
            f"The port '{port['name'] or ''}' ({port['id']}) is in use by {port['device_id']}; take it from there,"
            " or name another.",
            resource=port["id"],
        )


def _network(network: Values, replaced: str | None, place: Place) -> Iterator[OsnapError]:
    if "port" in network:
        yield from unfit_port(place.ports[network["port"]], replaced)
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


def _unfit_networks(desired: Values, place: Place) -> Iterator[OsnapError]:
    """Networks that Nova refuses on its hosts, one after the other, and then says that it has run out of hosts."""
    ids = {network["uuid"] for network in desired["networks"] or [] if "uuid" in network}
    ports = [place.ports[network["port"]] for network in desired["networks"] or [] if "port" in network]
    ids |= {port["network_id"] for port in ports if not isinstance(port, OsnapError)}
    if desired["networks"] is None and len(place.choice) == 1:
        ids.add(place.choice[0]["id"])
    for row in place.networks:
        label = f"The network '{row['name'] or ''}' ({row['id']})"
        if row["id"] in ids and has_groups(desired) and row["is_port_security_enabled"] is False:
            yield OsnapError(
                f"{label} has port security off, and Nova boots no server with security groups on it; set"
                " security_groups to an empty list, or name another network.",
                resource=row["id"],
            )
        if row["id"] in ids and row["subnet_ids"] == []:
            yield OsnapError(
                f"{label} has no subnet, and Nova boots no server on it; make one, or name another network.",
                resource=row["id"],
            )


def has_groups(desired: Values) -> bool:
    """Whether Nova puts security groups onto the ports; the default one alone it leaves to Neutron."""
    return (desired["security_groups"] or ["default"]) != ["default"]


def _address(text: str) -> str:
    """An address as it can be compared: one of IPv6 is written in many ways."""
    return str(ipaddress.ip_address(text))


def claims(desired: Values) -> set[Claim]:
    """What no two servers can have: volumes, ports, and addresses, each on its network."""
    return set(_claimed(desired))


def _claimed(desired: Values) -> list[Claim]:
    claimed: list[Claim] = [("volume", disk["id"]) for disk in desired.get("disks") or [] if disk["kind"] == "volume"]
    for network in desired["networks"] or []:
        if "port" in network:
            claimed.append(("port", network["port"]))
        elif "fixed_ip" in network:
            claimed.append(("address", _address(network["fixed_ip"]), network["uuid"]))
    return claimed


def _needs(plan: Plan, place: Place) -> dict[str, int]:
    """What a server takes of the quotas; one that replaces another has that one's."""
    flavor, old = plan.desired["_flavor"], (plan.current or {}).get("flavor") or {}
    needs = {
        "instances": 0 if plan.current else 1,
        "cores": flavor["vcpus"] - (old.get("vcpus") or 0),
        "ram": flavor["ram"] - (old.get("ram") or 0),
    }
    rows = [
        (disk.get("size"), place.snapshots.get(disk["id"]))
        for disk in plan.desired["disks"] or []
        if disk["kind"] == "snapshot"
    ]
    image = place.images.get(booted_from(plan.desired))
    if image and not isinstance(image, OsnapError):
        rows += [(None, place.snapshots.get(id)) for id in backing_snapshots(image)]
    sizes = [size or row["size"] for size, row in rows if row and not isinstance(row, OsnapError)]
    return {**needs, "volumes": len(sizes), GIGABYTES: sum(sizes)}


def _quota(name: str, needs: Mapping[str, int], left: Mapping[str, int | None]) -> Iterator[OsnapError]:
    for what, unit in (
        ("instances", "servers"),
        ("cores", "cores"),
        ("ram", "MiB of memory"),
        ("volumes", "volumes"),
        (GIGABYTES, "GiB of volumes"),
    ):
        room = left.get(what)
        if room is not None and needs[what] > 0 and room < needs[what]:
            yield OsnapError(
                f"The server '{name}' needs {counted(needs[what], unit)}, and the project's quota leaves {max(0, room)};"
                f" {ADVICE[413]}.",
                resource=name,
            )
