# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a migration of servers has to know, of both clouds and with few requests; `plan` judges it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import kin, surroundings
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
    as_unfinished,
    ids_of_gone,
    image_name,
    is_complete,
    is_made,
    is_marked_complete,
    is_ours,
    living,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.happened import last_of, since
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_lookup
from ansible_collections.osnap.openstack.plugins.module_utils._services import network_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.availability_zones import AvailabilityZones
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_imports import ImageImports
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.key_pairs import KeyPairs
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import marks_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Networks, Ports, SecurityGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import (
    RestoredVolumes as Restored,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import source_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: What a server has had volumes by that it has no more.
LOSES_A_VOLUME = ("detach_volume", "swap_volume")
#: What was read before a server was stopped, and is not read again on its way.
BEFOREHAND = (
    "images",
    "flavors",
    "place",
    "source_room",
    "source_image_room",
    "source_ports",
    "source_networks",
    "source_groups",
    "source_subnets",
    "server_groups",
    "disk_formats",
    "pools",
    "interface_tags",
)
#: What nobody has asked for otherwise.
UNSET = Options()


def read(
    cloud: Cloud, items: list, options: Options, once: Once | None = None, earlier: Discovered | None = None
) -> Discovered:
    """Everything that is there. What only new servers need is read only if there are any to make.

    :param once: what was read for all servers of the task
    :param earlier: what was read of the same servers before they were stopped: what they have beside their disks, and
        the place, were judged then, and stay as they were judged
    """
    once = once or Once(items)
    rows = lookup.existing(Servers(cloud), [item["server"] for item in items])
    seen = Discovered(cloud.name, cloud.peer.name, [rows[item["server"]] for item in items])
    seen.administrator, seen.project_id = cloud.is_admin, cloud.project_id
    servers = [row for row in seen.servers if not isinstance(row, OsnapError)]
    if not servers and not any(isinstance(row, lookup.Missing) for row in seen.servers):
        return seen
    seen.kin = once("kin", lambda: kin.read(cloud, kin.methods_of(once.items, options)))
    seen.made = Servers(cloud.peer).list()
    if options.as_unfinished:
        seen.made = [as_unfinished(row) for row in seen.made]
    seen.gone = ids_of_gone(items, seen, options.run)
    if not servers and not any(seen.gone):
        return seen
    with_volumes = _read_volumes(cloud, servers, seen, options)
    # Before the snapshots: what is done to a server between the two is later than none that is not there yet.
    moving = [row for row in with_volumes if not is_complete(row, seen, options.run)]
    actions = {id: rows for id, rows in _actions(cloud, moving, hidden_ok=True).items() if rows is not None}
    seen.last = {id: last_of(rows) for id, rows in actions.items()}
    _read_snapshots(cloud, servers, seen, options)
    read_of_ways(cloud, bool(with_volumes), seen, options.run)
    if not servers:
        return seen
    _read_what_has_happened(cloud, servers, actions, seen, options)
    if not with_volumes and any(row["action"] in LOSES_A_VOLUME for rows in actions.values() for row in rows):
        seen.made_volumes = Restored(cloud.peer).list()
        _read_of_volumes(cloud, seen, options.run)  # what was made of those that have gone
    if options.backward or all(is_made(row, seen, options.run) for row in servers):
        return seen
    makes_volumes = bool(with_volumes) or options.target_boot == VOLUME
    if earlier and earlier.place and (earlier.source_room or not with_volumes):
        return replace(seen, **{key: getattr(earlier, key) for key in BEFOREHAND})
    seen.images = once("images", dict)
    if lacking := {row["image_id"] for row in servers if row["image_id"]} - set(seen.images):
        seen.images |= Images(cloud).poll(sorted(lacking))  # for all who share it
    if any("original_name" not in (row["flavor"] or {}) for row in servers):
        seen.flavors = once("flavors", lambda: {row["id"]: row for row in Flavors(cloud).list()})
    seen.place = _own(once(("place", makes_volumes), lambda: place(cloud.peer, once.items, options, makes_volumes)))
    if with_volumes:
        seen.source_room = once("source_room", Volumes(cloud).room)
        seen.disk_formats = once("disk_formats", ImageImports(cloud.peer).disk_formats)
    seen.source_image_room = once("source_image_room", Images(cloud).room)
    pairs = [(item, row) for item, row in zip(items, seen.servers, strict=True) if not isinstance(row, OsnapError)]
    surroundings.read(cloud, pairs, seen, options, once)
    return seen


def _own(place):
    """A place that can be completed for one server, and stays as it is for the others."""
    return replace(place, used=list(place.used), subnets=list(place.subnets), lacks=set(place.lacks))


def _read_volumes(cloud, servers, seen, options):
    """The volumes of the servers and those that were made of them, each by one list; the servers that have any."""
    having = [row for row in servers if row["attached_volumes"]]
    if having:
        seen.volumes = Volumes(cloud).poll(sorted({id for row in having for id in row["attached_volumes"]}))
        seen.attachments = dict(
            zip([row["id"] for row in having], _side_by_side(Attachments(cloud).of, having), strict=True)
        )
    if having or options.target_boot == VOLUME or any(row["attached_volumes"] for row in _ours(seen, options.run)):
        seen.made_volumes = Restored(cloud.peer).list()
    return having


def _side_by_side(read_one, servers):
    """One request a server, where there is no list of all."""
    if not servers:
        return []
    with ThreadPoolExecutor(min(MAX_THREADS, len(servers))) as pool:
        return list(pool.map(lambda row: read_one(row["id"]), servers))


def _actions(cloud, servers, hidden_ok=False):
    """``{server ID: what was done to it, newest first}``; None with ``hidden_ok`` where the cloud keeps it from the user."""

    def of(id):
        try:
            return ServerActions(cloud).of(id)
        except OsnapError as error:
            if error.status == 403 and hidden_ok:
                return None
            raise

    return dict(zip([row["id"] for row in servers], _side_by_side(of, servers), strict=True))


def _ours(seen, run):
    return [row for row in living(seen) if row["metadata"].get(_marks.RUN) == run]


def _read_snapshots(cloud, servers, seen, options):
    """The snapshots and images of the run in the source, and the copies: by name, or all of the run by one list."""
    run = options.run
    names = sorted({image_name(run, id) for id in [*(row["id"] for row in servers), *filter(None, seen.gone)]})
    seen.snapshots = ServerImages(cloud).named(names)
    if seen.volumes or seen.made_volumes:
        _read_of_volumes(cloud, seen, run)
    seen.copies = _copies(cloud.peer, sorted({*names, *seen.source_images, *_names(run, seen.volumes)}), seen, run)


def read_of_ways(cloud: Cloud, has_volumes: bool, seen: Discovered, run: str) -> None:
    """What the ways between two projects of one cloud have left: members of images, and volumes that are to be handed
    over.

    :param has_volumes: whether any of what is moved is a volume, or has one
    """
    if not seen.kin.glance:
        return
    rows = [row for several in (*seen.snapshots.values(), *seen.source_images.values()) for row in several]
    members = ImageMembers(cloud)
    seen.members = {row["id"]: members.of(row) or {} for row in rows if row["visibility"] == "shared"}
    if has_volumes and seen.kin.cinder:
        seen.moving = [
            row for row in Restored(cloud).list() if is_of(row, run) and source_of(row) == row["snapshot_id"]
        ]


def _read_of_volumes(cloud, seen, run):
    """The volume snapshots and the images of this run, and what has their names."""
    names = _names(run, seen.volumes)
    found = VolumeSnapshots(cloud).list()
    seen.volume_snapshots = by_name(row for row in found if row["name"] in names or is_of(row, run))
    images = Images(cloud).list(owner=cloud.project_id, **{_marks.RUN: run})
    seen.source_images = by_name(row for row in images if row["name"] not in seen.snapshots)


def _names(run, ids):
    return {image_name(run, id) for id in ids}


def is_of(row: dict, run: str) -> bool:
    """Whether a snapshot of a volume was made by this run."""
    return (row["metadata"] or {}).get(_marks.RUN) == run


def by_name(rows: Iterable[dict]) -> dict[str, list]:
    found: dict = {}
    for row in rows:
        found.setdefault(row["name"], []).append(row)
    return found


def _read_what_has_happened(cloud, servers, actions, seen, options):
    """One request for each server that has a snapshot and has not arrived, unless it was read before."""
    run = options.run
    taken = {}
    for row in servers:
        images = [one for one in seen.snapshots.get(image_name(run, row["id"]), []) if one["server_id"] == row["id"]]
        volumes = [one for rows in seen.volume_snapshots.values() for one in rows if is_ours(one, row["id"], run)]
        if (images or volumes) and not is_complete(row, seen, run):
            taken[row["id"]] = images, volumes
    actions |= _actions(cloud, [row for row in servers if row["id"] in taken and row["id"] not in actions])
    seen.since = {id: since(images, volumes, actions[id]) for id, (images, volumes) in taken.items()}


def _copies(cloud, names, seen, run):
    """``{name: rows}``. Where there must be one and none is listed, hidden ones are asked for; and what new servers were
    booted from is asked for by its ID: somebody may have renamed it.
    """
    found = _own_images(cloud, names, run)
    made = [row for row in _ours(seen, run) if not is_marked_complete(row)]
    booted = {row["image_id"]: image_name(run, row["metadata"].get(_marks.SERVER)) for row in made if row["image_id"]}
    sources = {**seen.source_images, **{name: rows for name, rows in seen.snapshots.items() if rows}}
    lost = [name for name in names if not found.get(name) and (sources.get(name) or name in booted.values())]
    hidden = Images(cloud).named(lost, owner=cloud.project_id, os_hidden="true") if lost else {}
    found |= {name: rows for name, rows in hidden.items() if rows}
    known = {row["id"] for rows in found.values() for row in rows}
    others = sorted(id for id, name in booted.items() if name in names and id not in known)
    for id, row in (Images(cloud).poll(others) if others else {}).items():
        if row["owner_id"] == cloud.project_id:  # one that is shared is the source's
            found.setdefault(booted[id], []).append(row)
    return found


def _own_images(cloud, names, run):
    """``{name: rows}`` of this project and this run; what others share or publish under such a name is no copy of ours."""
    found = by_name(Images(cloud).list(owner=cloud.project_id, **{_marks.RUN: run}))
    return {name: found.get(name, []) for name in names} | {
        name: rows for name, rows in found.items() if name.startswith(image_name(run, ""))
    }


def place(cloud: Cloud, items: list, options: Options = UNSET, makes_volumes: bool = False) -> Destination:
    """What the destination has for new servers. Zones and addresses are read only if one is named, and what volumes
    need only for those that get one.
    """
    named = [] if options.rehearses else [network for item in items for network in item["networks"] or []]
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
        image_room=Images(cloud).room(),
        **_of_network(cloud),
        **(for_volumes(cloud) if makes_volumes else {}),
    )


def _of_network(cloud):
    """The quota, and the ports of ours that it counts already, if there is one."""
    room = network_quota.room(cloud)
    rows = Ports(cloud).list(project_id=cloud.project_id) if network_quota.PORTS in room else []
    return {"network_room": room, "made_ports": [row for row in rows if marks_of(row["description"])]}


def for_volumes(cloud: Cloud) -> dict:
    """What the destination has for new volumes, as fields of :class:`Destination`."""
    types = VolumeTypes(cloud)
    return {
        "volume_types": sorted(row["name"] for row in types.list()),
        "usual_type": types.usual(),
        "volume_room": Volumes(cloud).room(),
    }
