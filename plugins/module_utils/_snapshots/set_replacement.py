# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a server whose root volume is restored: volumes, then the server goes and is booted anew on its ports.

From the deletion on, all that is needed stands on the new root volume, so that a killed chain goes on without the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    CREATE,
    DELETE,
    FINISH,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_ips import ServerFloatingIp
from ansible_collections.osnap.openstack.plugins.module_utils._servers.ports import ServerPort
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import ServerPower
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import CHANGE, Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.key_pairs import KeyPairs
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Networks
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_interfaces import ServerInterfaces
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import ServerPorts
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_in_place_rules,
    set_replacement_rules,
    set_restored,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside import predicted
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside_chain import link, made, named
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_claim import claim
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_replaced import as_told, deletable, remove

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen


def read(chosen: Chosen, seen: Any) -> None:
    """What the new server is booted with: of the server as long as it is there, and of the new root volume from then on."""
    chosen.boots_with = set_replacement_rules.recorded(set_replacement_rules.root_volume(chosen, seen.volumes))
    server = chosen.server
    if chosen.boots_with or server is None:
        return
    ports = ServerPorts(seen.cloud).list(device_id=server["id"]) or []
    tags = ServerInterfaces(seen.cloud).tags(server["id"])
    now = {one["disk"]: set_in_place_rules.at(chosen, one, chosen.attached) for one in chosen.members}
    chosen.boots_with = {
        **set_replacement_rules.record(chosen, server, ports, tags, chosen.places),
        "replaced": {disk: row["id"] for disk, row in now.items() if row},
    }


def target(chosen: Chosen, seen: Any) -> Row | None:
    """The server that was made anew by an earlier try, else the one that goes; None where a killed run has removed it.

    :raises OsnapError: if it has gone otherwise
    """
    read(chosen, seen)
    chosen.predecessor = chosen.server["id"] if chosen.server else chosen.row["server_id"]
    new = set_replacement_rules.successor(chosen, seen.servers, seen.volumes)
    if new is not None:
        chosen.predecessor = chosen.row["server_id"] if new["id"] == chosen.predecessor else chosen.predecessor
        return new
    if chosen.server is None and not chosen.boots_with:
        raise OsnapError(
            f"{chosen.label} is not there any more, and can't be restored in place; restore it beside, which makes a new"
            " one.",
            resource=chosen.row["server_id"],
        )
    return chosen.server


@dataclass
class Replacement:
    """A server that is made anew, as a plan carries it."""

    chosen: Chosen
    going: list[Row]
    deleted: list[Row]

    @property
    def label(self) -> str:
        return self.chosen.label

    def go(self, context: Context) -> Outcome:
        chosen, cloud = self.chosen, context.cloud
        volumes = made(context, chosen, volume_item)
        known = chosen.boots_with
        new = chosen.there if is_new(chosen) else None
        if new is None:
            if (old := Servers(cloud).get(chosen.predecessor or "")) is not None:
                self._remove(context, old)
            networks = [self._port(context, number, port) for number, port in enumerate(known["ports"])]
            keys = KeyPairs(cloud).names() if known.get("key_name") else ()
            new = link(
                context, ServerRestore(), set_replacement_rules.server_item(chosen, known, volumes, networks, keys)
            )
        else:
            new = link(context, ServerRestore(), {"id": new["id"]})
        for interface, address, ip in known["floating_ips"]:
            item = {"server": new["id"], "interface": interface, "address": address, "existing": ip, "new": False}
            link(context, ServerFloatingIp(), item)
        if known["power"] != "ACTIVE":
            link(context, ServerPower(), {"server": new["id"]}, state="stopped")
        # From now on its power and its floating IPs are its owner's.
        Servers(cloud).set_metadata(new, {_marks.COMPLETE: "true"})
        remove(context, self.deleted)
        replaced = as_told(self.going, self.deleted)
        resource = set_restored.told(chosen, id=new["id"], name=new["name"], volumes=volumes, replaced=replaced)
        return Outcome(resource, {"removed": []})

    def _remove(self, context, server):
        chosen, cloud = self.chosen, context.cloud
        key = set_in_place_rules.key_of(chosen)
        claim(context, server, key)
        errors = off_for_image.stop(context, {server["id"]: key}, set())
        for error in errors.values():
            raise error
        service, attachments = Volumes(cloud), Attachments(cloud)
        for row in self.going:
            service.set_metadata(row, set_in_place_rules.replaced_marks(chosen))
        for id, place in attachments.of(server["id"]).items():
            if place["delete_on_termination"]:
                attachments.let_live(server["id"], id, id)
        link(context, ServerRestore(), {"id": server["id"]}, state="absent")

    def _port(self, context, number, port):
        row = ServerPorts(context.cloud).get(port["id"])
        if row is None:
            row = link(context, ServerPort(), set_replacement_rules.port_item(self.chosen, number, port))
        return {"port": row["id"], **({"tag": port["tag"]} if port.get("tag") else {})}


def volume_item(chosen: Chosen, member: Any) -> dict[str, Any]:
    item = set_restored.volume_item(chosen, member)
    if member is chosen.root:
        return {**item, "metadata": {**item["metadata"], **set_replacement_rules.marks(chosen.boots_with)}}
    places, now = (chosen.boots_with.get(key) or {} for key in ("volumes", "replaced"))
    place = places.get(now.get(member["disk"]))
    return {**item, "metadata": {**item["metadata"], **set_in_place_rules.place_mark(place)}}


def is_new(chosen: Chosen) -> bool:
    """Whether the server that is there is the one that was made anew."""
    return chosen.there is not None and chosen.there["id"] != chosen.predecessor


def is_left(chosen: Chosen) -> bool:
    """Whether there is anything left to do of making the server anew."""
    new = chosen.there
    return not is_new(chosen) or new is None or new["metadata"].get(_marks.COMPLETE) != "true"


def plan(context: Context, chosen: Chosen, seen: Any) -> Plan:
    new, known = chosen.there, chosen.boots_with
    server = None if is_new(chosen) else chosen.server
    if server is not None:
        _refuse(context, chosen, server, known, seen)
    replaced = [row for row in seen.volumes.values() if set_in_place_rules.is_replaced(chosen, row)]
    making_room = [seen.volumes[id] for id in (known.get("replaced") or {}).values() if id in seen.volumes]
    going = list({row["id"]: row for row in [*replaced, *making_room]}.values())
    gone = deletable(chosen, going, seen)
    volumes = {disk: predicted(one) for disk, one in chosen.volumes.items()}
    steps = [step for one in chosen.volumes.values() for step in one.steps]
    if is_new(chosen):
        steps += [Step(FINISH, {"what": "server"})]
    else:
        steps += [Step(DELETE, {"what": "server"})] if server is not None else []
        steps += [Step(CREATE, {"what": "server"})]
    steps += [Step(DELETE, {"volume": row["id"]}) for row in gone]
    resource = set_restored.told(
        chosen,
        id=new["id"] if is_new(chosen) and new else None,
        name=new["name"] if is_new(chosen) and new else known["name"],
        volumes=named(chosen, volumes),
        replaced=as_told(going, gone),
    )
    done = {"set": chosen.row["name"], "disks": [one["disk"] for one in chosen.members]}
    before = done if is_new(chosen) else {**done, "disks": []}
    return Plan(
        before, done, tuple(steps), server, resource, facts={"removed": []}, carried=Replacement(chosen, going, gone)
    )


def _refuse(context, chosen, server, known, seen):
    networks = {row["id"]: row for row in Networks(seen.cloud).list() or ()} if known["ports"] else {}
    cloud = context.cloud
    todo = set_in_place_rules.Left(root=True)
    error = set_replacement_rules.refusal(
        chosen, server, known, networks, cloud.is_admin, cloud.project_id
    ) or set_in_place_rules.refusal(chosen, server, todo, cloud.is_admin)
    if error:
        raise error
    found = Flavors(cloud).meant([known["flavor"]])[known["flavor"]] if known["flavor"] else []
    if len(found) != 1:
        raise OsnapError(
            f"{chosen.label} can't be made anew: there {'are ' + str(len(found)) + ' flavors' if found else 'is no flavor'}"
            f" '{known['flavor']}' in cloud {cloud.name} any more; restore it beside, with another.",
            resource=server["id"],
        )
    if any(place.get("delete_on_termination") for place in chosen.places.values()):
        cloud.client("compute").require(CHANGE, doing=f"let the volumes of the server '{server['name']}' outlive it")
