# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A floating IP for an interface of a new server: one that the project has, or a new one, marked in its description.

An operation like those that are modules. It is known by the port that it is on, so that whoever comes after a killed run
finds it; a new one that lost its port is taken again, by its marks.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import ATTACH, CREATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import in_order
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps, outsides
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Networks, Ports
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class Wanted(NamedTuple):
    """What a plan is about: the port and its address, and whose the new one will be."""

    port: str
    address: str
    item: Mapping[str, Any]


class ServerFloatingIp(Operation):
    """An item is of one floating IP.

    - ``server``: ID of the server; ``interface``, ``address``: which of its interfaces, in their order, and which of its
      IPv4 addresses, from 0
    - ``existing``: the floating IP that is taken if the project has it free; ``new``: whether else a new one is made
    - ``description``: of :func:`floating_marks.description_of`
    """

    service = FloatingIps
    returns = "floating_ip"
    many = "floating_ips"
    options = {
        "server": {"type": "str"},
        "interface": {"type": "int"},
        "address": {"type": "int"},
        "existing": {"type": "str"},
        "new": {"type": "bool"},
        "description": {"type": "str"},
    }

    def plan(self, context: Context, item: Mapping[str, Any]) -> Plan:
        wanted = _wanted(context.cloud, item)
        service = FloatingIps(context.cloud)
        on_it = _on(service, wanted)
        if on_it:
            state = {"floating_ip": on_it["floating_ip_address"]}
            return Plan(state, state, (), on_it, on_it)
        after = {"floating_ip": item["existing"]}
        if row := self._free(service, item):
            resource = {**row, "port_id": wanted.port, "fixed_ip_address": wanted.address, "status": None}
            after = {"floating_ip": row["floating_ip_address"]}
            return Plan({"floating_ip": None}, after, (Step(ATTACH),), row, resource, carried=wanted)
        if not item["new"]:
            raise OsnapError(
                f"The project in cloud {context.cloud.name} has no free floating IP {item['existing']}; free it there, or"
                " let a new one be made.",
                resource=item["existing"],
            )
        network = _outside(context.cloud, wanted.port)
        resource = {
            **dict.fromkeys(service.keys()),
            "port_id": wanted.port,
            "fixed_ip_address": wanted.address,
            "floating_network_id": network,
            "description": item["description"],
        }
        step = Step(CREATE, {"floating_network_id": network})
        return Plan({"floating_ip": None}, {"floating_ip": None}, (step,), None, resource, carried=wanted)

    @staticmethod
    def _free(service, item):
        """That of the address; or one of ours that has lost its port, whatever its address is."""
        if item["existing"]:
            rows = service.list(floating_ip_address=item["existing"], project_id=service.cloud.project_id)
            if rows := [row for row in rows if not row["port_id"]]:
                return rows[0]
        if not item["new"]:
            return None
        rows = service.list(description=item["description"], project_id=service.cloud.project_id)
        rows = [row for row in rows if row["description"] == item["description"] and not row["port_id"]]
        return min(rows, key=lambda row: row["id"], default=None)

    def apply(self, context: Context, plan: Plan) -> Outcome:
        wanted = plan.carried
        service = bound(FloatingIps(context.cloud), context)

        def send():
            if not plan.does(CREATE):
                return service.associate(plan.current, wanted.port, wanted.address)
            values = {"port_id": wanted.port, "fixed_ip_address": wanted.address}
            values["description"] = wanted.item["description"]
            return service.create({**plan.step(CREATE).values, **values})

        try:
            return Outcome(send_once(send, lambda: _on(service, wanted), service.pause))
        except OsnapError as error:
            # Of two at the same moment Neutron refuses one.
            if error.status != 409 or not (row := _on(service, wanted)):
                raise
            return Outcome(row)


def _wanted(cloud, item):
    server = Servers(cloud).get(item["server"])
    rows = Ports(cloud).list(device_id=item["server"]) if server else []
    ports = in_order(rows, server) if server else []
    number = item["interface"] or 0
    addresses = [
        one["ip_address"]
        for one in (ports[number]["fixed_ips"] or [] if number < len(ports) else [])
        if ipaddress.ip_address(one["ip_address"]).version == 4
    ]
    which = item["address"] or 0
    if which >= len(addresses):
        raise OsnapError(
            f"The server {item['server']} in cloud {cloud.name} has no address for a floating IP on its interface"
            f" {number}; give it one, or leave the floating IP out.",
            resource=item["server"],
        )
    return Wanted(ports[number]["id"], addresses[which], item)


def _on(service, wanted):
    """The floating IP that an address has already."""
    rows = service.list(port_id=wanted.port)
    return next((row for row in rows if row["fixed_ip_address"] == wanted.address), None)


def _outside(cloud, port):
    """The ID of the external network that the network of a port leads to; where nobody tells, the only one there is."""
    network = Ports(cloud).get(port)["network_id"]
    found = outsides(cloud).get(network)
    if not found:
        found = {row["id"] for row in Networks(cloud).list(**{"router:external": True}) if row["is_router_external"]}
    if len(found) != 1:
        raise OsnapError(
            f"There are {len(found)} external networks in cloud {cloud.name} to which the network {network} may lead; make a"
            " router from it to one, or make the floating IP beforehand.",
            resource=network,
        )
    return next(iter(found))
