# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a migration of servers has to know, of both clouds and with few requests; `plan` judges it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import surroundings
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
    ids_of_gone,
    image_name,
    is_complete,
    is_made,
    is_marked_complete,
    living,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_lookup, staleness
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW
from ansible_collections.osnap.openstack.plugins.module_utils._services.availability_zones import AvailabilityZones
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.key_pairs import KeyPairs
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Networks, Ports, SecurityGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers


def read(cloud: Cloud, items: list, options: Options) -> Discovered:
    """Everything that is there. What only new servers need is read only if there are any to make."""
    rows = lookup.existing(Servers(cloud), [item["server"] for item in items])
    seen = Discovered(cloud.name, cloud.peer.name, [rows[item["server"]] for item in items])
    seen.administrator, seen.project_id = cloud.is_admin, cloud.project_id
    servers = [row for row in seen.servers if not isinstance(row, OsnapError)]
    if not servers and not any(isinstance(row, lookup.Missing) for row in seen.servers):
        return seen
    seen.made = Servers(cloud.peer).list()
    seen.gone = ids_of_gone(items, seen, options.run)
    ids = [row["id"] for row in servers] + list(filter(None, seen.gone))
    names = sorted({image_name(options.run, id) for id in ids})
    if not names:
        return seen
    seen.snapshots = ServerImages(cloud).named(names)
    seen.copies = _copies(cloud.peer, names, seen, options.run)
    if not servers:
        return seen
    seen.since = _since(cloud, servers, seen, options.run)
    if all(is_made(row, seen, options.run) for row in servers):
        return seen
    seen.images = Images(cloud).poll(sorted({row["image_id"] for row in servers if row["image_id"]}))
    if any("original_name" not in (row["flavor"] or {}) for row in servers):
        seen.flavors = {row["id"]: row for row in Flavors(cloud).list()}
    seen.place = place(cloud.peer, items)
    pairs = [(item, row) for item, row in zip(items, seen.servers, strict=True) if not isinstance(row, OsnapError)]
    surroundings.read(cloud, pairs, seen, options)
    return seen


def _since(cloud, servers, seen, run):
    """``{server ID: sentences}``. One request for each server that has a snapshot and has not arrived."""
    taken = {}
    for row in servers:
        snapshots = [one for one in seen.snapshots.get(image_name(run, row["id"]), []) if one["server_id"] == row["id"]]
        if snapshots and not is_complete(row, seen, run):
            taken[row["id"]] = min(one["created_at"] for one in snapshots)
    if not taken:
        return {}
    with ThreadPoolExecutor(min(MAX_THREADS, len(taken))) as pool:
        actions = list(pool.map(ServerActions(cloud).of, taken))
    return {
        id: staleness.sentences(staleness.since_image(rows, taken_at, taken_at), taken_at)
        for (id, taken_at), rows in zip(taken.items(), actions, strict=True)
    }


def _copies(cloud, names, seen, run):
    """``{name: rows}``. Where there must be one and none is listed, hidden ones are asked for; and what new servers were
    booted from is asked for by its ID: somebody may have renamed it.
    """
    found = _own_images(cloud, names)
    made = [row for row in living(seen) if row["metadata"].get(_marks.RUN) == run and not is_marked_complete(row)]
    booted = {row["image_id"]: image_name(run, row["metadata"].get(_marks.SERVER)) for row in made if row["image_id"]}
    lost = [name for name in names if not found[name] and (seen.snapshots[name] or name in booted.values())]
    hidden = Images(cloud).named(lost, owner=cloud.project_id, os_hidden="true") if lost else {}
    found |= {name: rows for name, rows in hidden.items() if rows}
    known = {row["id"] for rows in found.values() for row in rows}
    others = sorted(id for id, name in booted.items() if name in found and id not in known)
    for id, row in (Images(cloud).poll(others) if others else {}).items():
        found[booted[id]] = [*found[booted[id]], row]
    return found


def _own_images(cloud, names):
    """``{name: rows}`` of this project; what others share or publish under such a name is no copy of ours."""
    images = Images(cloud)
    if len(names) <= FEW:
        return {name: images.list(owner=cloud.project_id, name=name) for name in names}
    rows = images.list(owner=cloud.project_id)
    return {name: [row for row in rows if row["name"] == name] for name in names}


def place(cloud: Cloud, items: list) -> Destination:
    """What the destination has for new servers. Zones and addresses are read only if one is named."""
    named = [network for item in items for network in item["networks"] or []]
    ports = [network["port"] for network in named if network.get("port")]
    there = lookup.existing(Ports(cloud), ports) if ports else {}
    networks = Networks(cloud).list()
    choice = boot_lookup.choosable(cloud, networks)
    fixed = {
        row["id"]
        for network in named
        if network.get("fixed_ip")
        for row in lookup.meant(networks, network.get("network"))
    }
    return Destination(
        cloud=cloud.name,
        project_id=cloud.project_id,
        flavors=Flavors(cloud).list(),
        networks=networks,
        choice=choice,
        is_provided=not choice and boot_lookup.is_provided(cloud),
        ports=there | {row["id"]: row for row in there.values() if not isinstance(row, OsnapError)},
        **boot_lookup.addresses(cloud, sorted(fixed)),
        zones=AvailabilityZones(cloud).names() if any(item["availability_zone"] for item in items) else set(),
        key_pairs=KeyPairs(cloud).names(),
        security_groups=SecurityGroups(cloud).list(project_id=cloud.project_id),
        room=Servers(cloud).room(),
    )
