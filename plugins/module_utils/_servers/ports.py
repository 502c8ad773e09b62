# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a server, made before it is booted, where it is to have what Nova does not give a port: its own
addresses or MAC, several addresses, address pairs, no port security.

An operation like those that are modules. A port is known by its name, its network and the marks in its description, so
that a killed run's is found again; whoever changes the description keeps the port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field, create_only, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import identity as identity_field
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import marks_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import (
    ServerPorts,
    addresses_of,
    pairs_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class ServerPort(StateModule):
    """An item has IDs alone: what names mean is known to whoever has planned it.

    - ``name``, ``network_id``, ``description``: of :func:`port_names.identity_of`
    - ``fixed_ips``: addresses with their subnets; ``subnet_ids``: in which Neutron chooses one each
    - ``allowed_address_pairs``: ``{ip_address, mac_address}``, the MAC only where it is not the port's own
    """

    service = ServerPorts
    many = "ports"
    fields = (
        identity_field("name"),
        identity_field("network_id"),
        identity_field("description"),
        mutable("fixed_ips", type="raw"),
        create_only("subnet_ids", type="list", elements="str", readable=False),
        mutable("mac_address"),
        Field("security_groups", "mutable", "list", attribute="security_group_ids", spec=(("elements", "str"),)),
        mutable("allowed_address_pairs", type="raw"),
        mutable("port_security", type="bool", attribute="is_port_security_enabled"),
        mutable("vnic_type", attribute="binding_vnic_type"),
    )

    def problem(self, item: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
        if not item["id"] and not marks_of(item["description"]):
            return f"the port '{item['name']}' has no marks in its description, by which it is found again"
        return None

    def prepare(self, context: Context, items: list) -> list:
        return [
            {
                **one,
                "fixed_ips": addresses_of(one["fixed_ips"]),
                "mac_address": one["mac_address"] and one["mac_address"].lower(),
                "allowed_address_pairs": pairs_of(one["allowed_address_pairs"], one["mac_address"]),
            }
            for one in super().prepare(context, items)
        ]

    def retains(self, service: ServerPorts, row: Row) -> OsnapError | None:
        """A port in use is not deleted, by whomever it is used."""
        if not row["device_id"]:
            return None
        return OsnapError(
            f"The port {service.label(row)} is in use by {row['device_id']}; remove that server first, then run again.",
            resource=row["id"],
        )
