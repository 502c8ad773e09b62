# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutron floating IPs, and the routers through which a network reaches the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import there
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: What owns the port by which a router is on a network: plain, distributed, or highly available.
_INTERFACES = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


class FloatingIps(Service):
    resource = "floating_ip"
    noun = "floating IP"
    api = "network"
    path = "/floatingips"
    collection = "floatingips"
    member = "floatingip"
    attributes = {
        "id": "id",
        "name": "floating_ip_address",
        "status": "status",
        "created_at": "created_at",
        "project_id": "project_id",
        "description": "description",
        "floating_ip_address": "floating_ip_address",
        "fixed_ip_address": "fixed_ip_address",
        "floating_network_id": "floating_network_id",
        "port_id": "port_id",
    }
    statuses = Statuses(ready=frozenset({"ACTIVE", "DOWN"}), leaving=frozenset(), failed=frozenset({"ERROR"}))

    def create(self, values: Mapping[str, Any]) -> dict:
        """A new one, on its port at once: so it is known by that, and no second one can be.

        :param values: ``floating_network_id``, ``port_id``, ``fixed_ip_address``, ``description`` with the marks
        """
        doing = f"create a floating IP for the address {values['fixed_ip_address']}"
        answer = self.client.write(
            "POST", "/floatingips", body={"floatingip": dict(values)}, doing=doing, resource=values["port_id"]
        )
        return self.row(self.client.created(answer, "floatingip", doing=doing, resource=values["port_id"]))

    def associate(self, row: dict, port: str, address: str) -> dict:
        """Put one onto an address of a port."""
        self.client.write(
            "PUT",
            f"/floatingips/{row['id']}",
            body={"floatingip": {"port_id": port, "fixed_ip_address": address}},
            doing=f"give the floating IP {self.label(row)} to the address {address}",
            resource=row["id"],
        )
        return there(self, row)

    def update(self, row: Row, values: Mapping[str, Any]) -> None:
        """Set attributes that have the API's own names, such as the description."""
        self.client.write(
            "PUT",
            f"/floatingips/{row['id']}",
            body={"floatingip": dict(values)},
            doing=f"change the floating IP {self.label(row)}",
            resource=row["id"],
        )

    def delete_marked(self, row: Row) -> bool:
        """Delete one if its description still holds the marks that it had; whether that was done."""
        now = self.get(row["id"])
        if now is None or now["description"] != row["description"]:
            return False
        self.delete(now)
        return True

    def delete(self, row: Row) -> None:
        self.remove(row)


class Routers(Service):
    resource = "router"
    noun = "router"
    api = "network"
    path = "/routers"
    collection = "routers"
    member = "router"
    attributes = {
        "id": "id",
        "name": "name",
        "status": "status",
        "created_at": "created_at",
        "project_id": "project_id",
        "external_gateway_info": "external_gateway_info",
    }


def outsides(cloud: Any) -> dict[str, set[str]]:
    """``{network ID: the IDs of the external networks}`` that its routers lead to, as far as the user sees them: three
    requests and one.
    """
    gateways = {row["id"]: (row["external_gateway_info"] or {}).get("network_id") for row in Routers(cloud).list()}
    ports = [port for owner in _INTERFACES for port in Ports(cloud).list(device_owner=owner)] if gateways else []
    return reached(gateways, ports)


def reached(gateways: Mapping[str, str | None], ports: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The same of what was read: ``{router ID: its external network}``, and the routers' ports."""
    found: dict[str, set[str]] = {}
    for port in ports:
        outside = gateways.get(port["device_id"])
        if outside:
            found.setdefault(port["network_id"], set()).add(outside)
    return found
