# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose root volume is restored: the volume can't be taken off, so that the server is deleted and booted anew on
its own ports. What it is booted with is written down on the new root volume, before the old server goes. Pure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import floating, in_order
from ansible_collections.osnap.openstack.plugins.module_utils._servers.port_names import identity_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import as_json, in_pieces, together
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_in_place_rules, set_restored
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import IN_PLACE, is_root

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen

STEP = "restored_port"
#: What of a port is made again, where Nova's own goes with its server.
_OF_PORT = {
    "mac_address": "mac_address",
    "fixed_ips": "fixed_ips",
    "security_groups": "security_group_ids",
    "allowed_address_pairs": "allowed_address_pairs",
    "port_security": "is_port_security_enabled",
    "vnic_type": "binding_vnic_type",
}


def record(
    chosen: Chosen,
    server: dict[str, Any],
    ports: Sequence[dict[str, Any]],
    tags: Mapping[str, str],
    places: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """What the new server is booted with.

    :param ports: those of the server
    :param tags: those of its interfaces, by MAC
    :param places: how its volumes are attached, by ID
    """
    stopped = server["metadata"].get(_marks.STOPPED_FOR) == set_in_place_rules.key_of(chosen)
    kept = {key: value for key, value in server["metadata"].items() if not _marks.is_ours(key)}
    return {
        "name": server["name"],
        "flavor": server["flavor_name"],
        "key_name": server["key_name"],
        "config_drive": server["has_config_drive"] or None,
        "availability_zone": server["availability_zone"],
        "description": server["description"] or None,
        "tags": server["tags"] or None,
        "server_group": next(iter(server["server_groups"] or []), None),
        "metadata": kept,
        "power": "ACTIVE" if stopped else server["status"],
        "ports": [_port(row, tags) for row in in_order(ports, server)],
        "floating_ips": [list(one) for one in floating(server["addresses"])],
        "volumes": {
            id: {key: place[key] for key in set_in_place_rules.PLACE if place.get(key) is not None}
            for id, place in places.items()
        },
    }


def _port(row, tags):
    known = {ours: row[theirs] for ours, theirs in _OF_PORT.items() if row[theirs] not in (None, [], "normal")}
    return {"id": row["id"], "network_id": row["network_id"], "tag": tags.get(row["mac_address"]), **known}


def marks(known: Mapping[str, Any]) -> dict[str, str]:
    return in_pieces(_marks.RESTORED_BOOT, json.dumps(known, separators=(",", ":")))


def recorded(volume: Row | None) -> dict[str, Any]:
    """What a root volume says that its server is booted with; empty where it says nothing."""
    return as_json(together((volume or {}).get("metadata") or {}, _marks.RESTORED_BOOT))


def root_volume(chosen: Chosen, volumes: Mapping[str, Row]) -> Row | None:
    """The volume that an earlier try of this run has made of the root disk."""
    root = chosen.root
    found = [row for row in volumes.values() if root and set_in_place_rules.is_mine(chosen, root, row)]
    return min(found, key=lambda row: (row["created_at"] or "", row["id"]), default=None)


def successor(chosen: Chosen, servers: Sequence[Row], volumes: Mapping[str, Row]) -> Row | None:
    """The server that an earlier try of this run has booted: by its marks, and by the root volume that it has."""
    root = root_volume(chosen, volumes)
    for row in servers:
        has = root and (root["id"] in row["attached_volumes"] or row["metadata"].get(_marks.SOURCE) == root["id"])
        if has and set_restored.is_of(row["metadata"], chosen.row, IN_PLACE, chosen.run):
            return row
    return None


def port_item(chosen: Chosen, number: int, port: Mapping[str, Any]) -> dict[str, Any]:
    """The item of :class:`ServerPort` for a port that has gone with its server."""
    made = {key: port[key] for key in _OF_PORT if port.get(key) is not None}
    return {**identity_of(chosen.run, chosen.row["server_id"], number, STEP), "network_id": port["network_id"], **made}


def server_item(
    chosen: Chosen,
    known: Mapping[str, Any],
    volumes: Mapping[str, Row],
    networks: Sequence[Mapping[str, Any]],
    keys: Any,
) -> dict[str, Any]:
    """The item of :class:`ServerRestore`.

    :param known: see :func:`record`
    :param volumes: what was made, by disk
    :param networks: its ports
    :param keys: names of the user's key pairs: one that is another user's can't be given again, and is in the disk
    """
    given = ("name", "flavor", "config_drive", "availability_zone", "description", "tags", "server_group")
    item = {key: known[key] for key in given if known.get(key) is not None}
    if known.get("key_name") in keys:
        item["key_name"] = known["key_name"]
    metadata = {**(known.get("metadata") or {}), **set_restored.marks(chosen.row, IN_PLACE, chosen.run)}
    return {**item, "metadata": metadata, "networks": list(networks), "disks": list(_disks(chosen, known, volumes))}


def _disks(chosen: Chosen, known: Mapping[str, Any], volumes: Mapping[str, Row]) -> Iterator[dict[str, Any]]:
    """The root disk, then the restored and the others in the order of their devices."""
    places, now = known.get("volumes") or {}, known.get("replaced") or {}
    new = [(one, volumes[one["disk"]]) for one in chosen.members]
    for member, row in new:
        if is_root(member):
            yield {"volume": row["id"], "boot_index": 0, **_kept(places.get(now.get(member["disk"])) or {}, True)}
    others = [(row["id"], set_in_place_rules.place_of(row, member, ())) for member, row in new if not is_root(member)]
    others += [(id, place) for id, place in places.items() if id not in now.values()]
    for id, place in sorted(others, key=lambda one: (len(one[1].get("device") or ""), one[1].get("device") or "")):
        yield {"volume": id, **_kept(place)}


def _kept(place, is_root=False):
    keys = [key for key in set_in_place_rules.PLACE if not (is_root and key == "device")]
    return {"delete_on_termination": False, **{key: place[key] for key in keys if place.get(key) is not None}}


def refusal(
    chosen: Chosen, server: Row, known: Mapping[str, Any], networks: Mapping[str, Row], is_admin: bool, project: Any
) -> OsnapError | None:
    """Why a server can't be made anew, or None."""
    label = f"The server '{server['name']}' ({server['id']}) can't be restored in place"
    if not chosen.item["allow_server_replacement"]:
        return OsnapError(
            f"{label}: it boots from a volume, which can't be taken off it, so that it would be deleted and booted anew on"
            " its ports, with another ID; set allow_server_replacement to true, or restore it beside.",
            resource=server["id"],
        )
    for port in known["ports"]:
        network = networks.get(port["network_id"])
        if not is_admin and network is not None and network["project_id"] not in (None, project):
            return OsnapError(
                f"{label}: its port {port['id']} is on the network '{network['name']}' of another project; where Nova has"
                " made it, it goes with the server, and none with its address may be made again; restore it beside.",
                resource=port["id"],
            )
    return None
