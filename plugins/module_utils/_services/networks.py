# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutron networks, ports and security groups, as far as a server needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW, Service

if TYPE_CHECKING:
    from collections.abc import Collection


class Networks(Service):
    resource = "network"
    noun = "network"
    api = "network"
    path = "/networks"
    collection = "networks"
    member = "network"
    attributes = {
        "id": "id",
        "name": "name",
        "status": "status",
        "created_at": "created_at",
        "project_id": "project_id",
        "is_shared": "shared",
        "is_admin_state_up": "admin_state_up",
        "is_port_security_enabled": "port_security_enabled",
        "is_router_external": "router:external",
        "subnet_ids": "subnets",
    }

    def allocates(self) -> bool:
        """Whether Neutron would make a network for a project that has none, as Nova asks it before it boots there."""
        path = f"/auto-allocated-topology/{self.cloud.project_id}"
        try:
            self.client.get(path, doing="ask for a network of the project's own", params={"fields": "dry-run"})
        except OsnapError as error:
            if error.status not in (403, 404, 409):
                raise
            return False
        return True


class SecurityGroups(Service):
    resource = "security_group"
    noun = "security group"
    api = "network"
    path = "/security-groups"
    collection = "security_groups"
    member = "security_group"
    attributes = {"id": "id", "name": "name", "created_at": "created_at", "project_id": "project_id"}

    def row(self, raw):
        return {**super().row(raw), "status": "available"}


class Ports(Service):
    resource = "port"
    noun = "port"
    api = "network"
    path = "/ports"
    collection = "ports"
    member = "port"
    attributes = {
        "id": "id",
        "name": "name",
        "status": "status",
        "created_at": "created_at",
        "project_id": "project_id",
        "network_id": "network_id",
        "fixed_ips": "fixed_ips",
        "mac_address": "mac_address",
        "device_id": "device_id",
        "device_owner": "device_owner",
        "ip_allocation": "ip_allocation",
        "description": "description",
        "security_group_ids": "security_groups",
        "allowed_address_pairs": "allowed_address_pairs",
        "is_port_security_enabled": "port_security_enabled",
        "binding_vnic_type": "binding:vnic_type",
        "dns_name": "dns_name",
        "tags": "tags",
        "qos_policy_id": "qos_policy_id",
        "trunk_details": "trunk_details",
    }

    def by_device(self, ids: Collection[str]) -> dict[str, list]:
        """``{device ID: rows}``, such as of servers: a request each for few, one list of the project's for many."""
        if len(ids) <= FEW:
            return {id: self.list(device_id=id) for id in ids}
        rows = self.list(project_id=self.cloud.project_id)
        return {id: [row for row in rows if row["device_id"] == id] for id in ids}


class Subnets(Service):
    resource = "subnet"
    noun = "subnet"
    api = "network"
    path = "/subnets"
    collection = "subnets"
    member = "subnet"
    attributes = {
        "id": "id",
        "name": "name",
        "network_id": "network_id",
        "cidr": "cidr",
        "ip_version": "ip_version",
        "ipv6_address_mode": "ipv6_address_mode",
        "created_at": "created_at",
        "project_id": "project_id",
    }

    def row(self, raw):
        return {**super().row(raw), "status": "available"}
