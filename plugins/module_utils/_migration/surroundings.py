# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what servers have beside their disks, and what the destination has for it: ports, groups, subnets. Each only
where something depends on it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    destination_floating,
    destination_ports,
    suggestions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import mapped, network_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import DEVICE_TAGS
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_lookup
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import interfaces
from ansible_collections.osnap.openstack.plugins.module_utils._services.availability_zones import AvailabilityZones
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps, outsides
from ansible_collections.osnap.openstack.plugins.module_utils._services.load_balancers import PoolMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import (
    Networks,
    Ports,
    SecurityGroups,
    Subnets,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_groups import ServerGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_interfaces import ServerInterfaces
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_versions import (
    DESCRIPTION,
    DEVICE_TAG,
    TAGS_AT_BOOT,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once

#: What an old Nova does not take, and from when on it does.
_TEXTS = {"description": DESCRIPTION, "tags": TAGS_AT_BOOT}


def read(cloud: Cloud, pairs: list[tuple[dict, dict]], seen: Discovered, options: Options, once: Once) -> None:
    """Complete what was read of both clouds.

    :param pairs: ``(item, server)`` of the servers that are there
    :param once: what was read for all servers of the task
    """
    there, place = cloud.peer, seen.place
    place.is_admin = there.is_admin
    servers = [server for _item, server in pairs]
    if any(server["addresses"] for server in servers):
        seen.pools = once("pools", PoolMembers(cloud).by_address)
    if any(server["server_groups"] for server in servers):
        seen.server_groups = once("groups", lambda: _names(ServerGroups(cloud)))
        place.server_groups = once("groups there", ServerGroups(there).list)
    place.lacks = {
        key
        for key, version in _TEXTS.items()
        if any(server[key] for server in servers) and not there.client("compute").offers(version)
    }
    if options.zone_map and not place.zones:
        place.zones = once("zones", AvailabilityZones(there).names)
    if any(destination_floating.are_wanted(server, options) for server in servers):
        place.floating_ips = FloatingIps(there).list(project_id=there.project_id)
        place.outsides = once("outsides", lambda: outsides(there))
    if not options.rehearses:
        _networks(cloud, pairs, seen, options, once)
    tagged = any(one.get("tag") for known in seen.attachments.values() for one in known.values())
    if (tagged or any(seen.interface_tags.values())) and not there.client("compute").offers(DEVICE_TAG):
        place.lacks.add(DEVICE_TAGS)


def _networks(cloud, pairs, seen, options, once):
    connected = [(item, server) for item, server in pairs if item["networks"] is None and server["addresses"]]
    if not connected:
        return
    ids = [server["id"] for _item, server in connected]
    seen.source_ports = Ports(cloud).by_device(ids)
    seen.interface_tags = dict(zip(ids, _interface_tags(cloud, ids, once), strict=True))
    making = [(item, server) for item, server in connected if destination_ports.are_made(server, item, seen, options)]
    rows = [row for _item, server in making for row in seen.source_ports[server["id"]]]
    if any(row["security_group_ids"] for row in rows):
        seen.source_groups = once("security groups", lambda: _names(SecurityGroups(cloud)))
    shown = {mac for _item, server in making for _name, mac in interfaces(server["addresses"])}
    if any(row["mac_address"] not in shown for row in rows):  # Nova shows no network of one without an address
        seen.source_networks = once("networks", lambda: _names(Networks(cloud)))
    lacking = any(
        suggestions.missing_networks(item, server, seen.place.networks, options) for item, server in connected
    )
    if making or lacking:
        seen.source_subnets = once("subnets", lambda: {row["id"]: row for row in Subnets(cloud).list()})
        seen.place.subnets = once("subnets there", Subnets(cloud.peer).list)
    if making and (options.keep_addresses or options.keep_mac):
        ids = {id for _item, server in making for id in _wanted(server, seen, options)}
        read = {row["network_id"] for row in seen.place.used}
        seen.place.used += boot_lookup.taken(cloud.peer, sorted(ids - read))


def _interface_tags(cloud, ids, once):
    """One request a server, once a task: no list of servers has them."""
    service = ServerInterfaces(cloud)
    with ThreadPoolExecutor(min(MAX_THREADS, len(ids))) as pool:
        return list(pool.map(lambda id: once(("interface_tags", id), lambda: service.tags(id)), ids))


def _names(service):
    return {row["id"]: row["name"] for row in service.list()}


def _wanted(server, seen, options):
    """The IDs of the destination's networks that a server gets ports on."""
    for row in seen.source_ports[server["id"]]:
        name = network_of(row, server, seen)
        for network in meant(seen.place.networks, mapped(name, row["network_id"], options.network_map)):
            yield network["id"]
