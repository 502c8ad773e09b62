# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers that are to be booted name: by ID, and as it is there. Each kind is read once for all servers of a task,
and only if one names it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_place
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore_arguments import boot_indexes
from ansible_collections.osnap.openstack.plugins.module_utils._services.availability_zones import AvailabilityZones
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.key_pairs import KeyPairs
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import (
    Networks,
    Ports,
    SecurityGroups,
    Subnets,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_boot import booted_from
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_groups import ServerGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import backing_snapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_versions import NETWORKS_AUTO
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan


def root_disk(item: dict) -> dict | None:
    """The disk that a server without an image boots from, or None."""
    if item["image"] or not item["disks"]:
        return None
    indexes = boot_indexes(item)
    return item["disks"][indexes.index(0) if 0 in indexes else 0]


class Named:
    """What the items of a task name, looked up once for all of them."""

    def __init__(self, cloud: Cloud, items: list[dict], absent: bool):
        self.cloud, self.absent = cloud, absent
        disks = [
            disk
            for item in items
            for disk in (([root_disk(item)] if root_disk(item) else []) if absent else item["disks"] or [])
        ]
        self.snapshots = self._ids(VolumeSnapshots, [disk.get("snapshot") for disk in disks])
        self.volumes = self._ids(Volumes, [disk.get("volume") for disk in disks])
        if not absent:
            networks = [network for item in items for network in item["networks"] or []]
            self.flavors = Flavors(cloud).meant({item["flavor"] for item in items if item["flavor"]})
            self.networks = self._ids(Networks, [network.get("network") for network in networks])
            self.ports = self._ids(Ports, [network.get("port") for network in networks])
            self.groups = self._ids(ServerGroups, [item["server_group"] for item in items])

    def _ids(self, service, values):
        values = [value for value in values if value]
        return lookup.resolve(service(self.cloud), values) if values else {}

    def replaced(self, one: dict, item: dict) -> dict | OsnapError:
        """An item with IDs in place of names, or the error of the first that is not there."""
        root = root_disk(item)
        if self.absent:
            id = self._disk_id(root) if root else None
            if isinstance(id, lookup.Missing):
                return {**one, "nowhere": not item["id"]}
            return id if isinstance(id, OsnapError) else {**one, "source_id": id or one["source_id"]}
        try:
            return {**one, **self._origin(one, item, root), **self._flavor(item), **self._rest(item)}
        except OsnapError as error:
            return error

    def _disk_id(self, disk):
        return self.snapshots[disk["snapshot"]] if disk.get("snapshot") else self.volumes[disk["volume"]]

    def _origin(self, one, item, root):
        disks = None
        for disk, boot_index in zip(item["disks"] or [], boot_indexes(item), strict=True):
            kind = "snapshot" if disk.get("snapshot") else "volume"
            goes = (
                disk["delete_on_termination"] if disk.get("delete_on_termination") is not None else kind == "snapshot"
            )
            disks = [
                *(disks or []),
                {
                    "kind": kind,
                    "id": _found(self._disk_id(disk)),
                    "size": disk.get("size"),
                    "volume_type": disk.get("volume_type"),
                    "delete_on_termination": goes,
                    "boot_index": boot_index,
                    **{key: disk[key] for key in ("device", "tag") if disk.get(key)},
                },
            ]
        source = _found(self._disk_id(root)) if root else one["source_id"]
        return {"disks": disks, "image_id": one["source_id"], "source_id": source}

    def _flavor(self, item):
        if not item["flavor"]:
            return {}
        found = self.flavors[item["flavor"]]
        if len(found) != 1:
            there = f"are {len(found)} flavors" if found else "is no flavor"
            raise OsnapError(
                f"There {there} '{item['flavor']}' in cloud {self.cloud.name}; give the name or ID of one that this"
                " project may use.",
                resource=item["flavor"],
            )
        return {"flavor_name": found[0]["name"], "flavor_id": found[0]["id"]}

    def flavor(self, desired: dict) -> dict | None:
        """The row of the flavor that an item got by :meth:`replaced`; None where it names none."""
        id = None if self.absent else desired.get("flavor_id")
        return next((row for rows in self.flavors.values() for row in rows if row["id"] == id), None) if id else None

    def _rest(self, item):
        networks = None if item["networks"] is None else []
        for network in item["networks"] or []:
            given = {key: network[key] for key in ("fixed_ip", "tag") if network.get(key)}
            networks.append(
                {"uuid": _found(self.networks[network["network"]]), **given}
                if network.get("network")
                else {"port": _found(self.ports[network["port"]]), **given}
            )
        text = {"user_data": base64.b64encode(item["user_data"].encode()).decode()} if item["user_data"] else {}
        group = {"server_group_id": _found(self.groups[item["server_group"]])} if item["server_group"] else {}
        return {"networks": networks, **text, **group}


def _found(id):
    if isinstance(id, OsnapError):
        raise id
    return id


def place_of(cloud: Cloud, plans: list[Plan]) -> boot_place.Place:
    """Of what is there, all that these servers name."""
    desired = [plan.desired for plan in plans]
    networks = [network for one in desired for network in one["networks"] or []]
    disks = [disk for one in desired for disk in one["disks"] or []]
    images = _existing(Images(cloud), [booted_from(one) for one in desired])
    behind = [id for image in images.values() if not isinstance(image, OsnapError) for id in backing_snapshots(image)]
    fixed = sorted({network["uuid"] for network in networks if "fixed_ip" in network})
    chosen = any(one["networks"] is None for one in desired)
    choice = choosable(cloud, Networks(cloud).list()) if chosen else []
    ports = _existing(Ports(cloud), [network["port"] for network in networks if "port" in network])
    from_snapshots = behind or any(disk["kind"] == "snapshot" for disk in disks)
    return boot_place.Place(
        cloud=cloud.name,
        project_id=cloud.project_id,
        images=images,
        room=Servers(cloud).room(),
        disk_room=Volumes(cloud).room() if from_snapshots else {},
        snapshots=_existing(
            VolumeSnapshots(cloud), behind + [disk["id"] for disk in disks if disk["kind"] == "snapshot"]
        ),
        volumes=_existing(Volumes(cloud), [disk["id"] for disk in disks if disk["kind"] == "volume"]),
        ports=ports,
        choice=choice,
        is_provided=chosen and not choice and is_provided(cloud),
        networks=choice + _named_networks(cloud, desired, ports),
        **addresses(cloud, fixed),
        key_pairs=KeyPairs(cloud).names() if any(one["key_name"] for one in desired) else set(),
        zones=AvailabilityZones(cloud).names() if any(one["availability_zone"] for one in desired) else set(),
        security_groups=(
            SecurityGroups(cloud).list(project_id=cloud.project_id)
            if any(one["security_groups"] for one in desired)
            else []
        ),
    )


def _named_networks(cloud, desired, ports):
    """The networks of servers with security groups: of others nothing is asked."""
    named = [network for one in desired if boot_place.has_groups(one) for network in one["networks"] or []]
    ids = [network["uuid"] for network in named if "uuid" in network]
    behind = [ports[network["port"]] for network in named if "port" in network]
    ids += [port["network_id"] for port in behind if not isinstance(port, OsnapError)]
    return [row for row in _existing(Networks(cloud), ids).values() if not isinstance(row, OsnapError)]


def choosable(cloud: Cloud, networks: list[dict]) -> list[dict]:
    """Of all networks, those that Nova chooses from for a server that names none: the project's and those that others
    share, whoever asks. One of the project's own that is down counts before 2.37 only.
    """
    theirs = [row for row in networks if row["is_shared"] or row["project_id"] == cloud.project_id]
    up = [row for row in theirs if row["is_shared"] or row["is_admin_state_up"] is not False]
    return up if len(up) < len(theirs) and cloud.client("compute").offers(NETWORKS_AUTO) else theirs


def is_provided(cloud: Cloud) -> bool:
    """Whether a server that names no network boots where Nova has none to choose: Neutron makes one, or an old Nova
    boots it without.
    """
    return Networks(cloud).allocates() or not cloud.client("compute").offers(NETWORKS_AUTO)


def addresses(cloud: Cloud, network_ids: Iterable[str]) -> dict[str, list[dict]]:
    """What there is of addresses on networks, as :class:`boot_place.Place` has it: two requests for each."""
    return {
        "used": taken(cloud, network_ids),
        "subnets": [subnet for id in network_ids for subnet in Subnets(cloud).list(network_id=id)],
    }


def taken(cloud: Cloud, network_ids: Iterable[str]) -> list[dict]:
    """The ports on networks, as far as the user sees them."""
    return [port for id in network_ids for port in Ports(cloud).list(network_id=id)]


def _existing(service, ids):
    ids = [id for id in ids if id]
    return lookup.existing(service, ids) if ids else {}
