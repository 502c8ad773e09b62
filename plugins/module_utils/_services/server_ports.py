# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutron ports that are made for servers beforehand: known by their name, their network and the marks in their
description, for ports have no metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import there
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import marks_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Ports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: Attribute -> key in the API's JSON, of what a port can be given at any time.
SENT = {
    "name": "name",
    "description": "description",
    "fixed_ips": "fixed_ips",
    "mac_address": "mac_address",
    "security_group_ids": "security_groups",
    "allowed_address_pairs": "allowed_address_pairs",
    "is_port_security_enabled": "port_security_enabled",
    "binding_vnic_type": "binding:vnic_type",
}


class ServerPorts(Ports):
    allows_twins = True
    #: Neutron makes a port at once. It is DOWN until a server is on it, and stays so where that is off.
    statuses = Statuses(
        ready=frozenset({"ACTIVE", "DOWN", "BUILD", "N/A"}), leaving=frozenset(), failed=frozenset({"ERROR"})
    )

    def row(self, raw: dict) -> dict:
        row = super().row(raw)
        row["fixed_ips"] = addresses_of(row["fixed_ips"])
        row["allowed_address_pairs"] = pairs_of(row["allowed_address_pairs"], row["mac_address"])
        row["security_group_ids"] = None if row["security_group_ids"] is None else sorted(row["security_group_ids"])
        row["device_id"] = row["device_id"] or None  # "" of one that is free
        return row

    @staticmethod
    def matches(row: Row, one: Mapping[str, Any]) -> bool:
        if one.get("id"):
            return bool(row["id"] == one["id"])
        same = all(row[key] == one[key] for key in ("name", "network_id"))
        # Whatever else the description may say than our marks: a name may be anybody's.
        return same and bool(marks_of(row["description"])) and row["description"] == one["description"]

    def find(self, wanted: list) -> list:
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name, network_id, description}``."""
        by_id = self.known([one["id"] for one in wanted if one.get("id")])
        names = sorted({one["name"] for one in wanted if not one.get("id")})
        found = self.named(names, project_id=self.cloud.project_id) if names else {}
        rows = [row for rows in found.values() for row in rows]
        return [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]

    def create(self, values: Mapping[str, Any]) -> dict:
        """A port with its marks, which go into the creating request. ``subnet_ids`` are those in which Neutron chooses
        an address.
        """
        body = {"network_id": values["network_id"], **_sent(values)}
        if chosen := [{"subnet_id": id} for id in values.get("subnet_ids") or []]:
            body["fixed_ips"] = [*(body.get("fixed_ips") or []), *chosen]
        doing = f"create the port '{values['name']}'"
        answer = self.client.write("POST", "/ports", body={"port": body}, doing=doing, resource=values["name"])
        return self.row(self.client.created(answer, "port", doing=doing, resource=values["name"]))

    def update(self, row: dict, values: Mapping[str, Any]) -> dict:
        self.client.write(
            "PUT",
            f"/ports/{row['id']}",
            body={"port": _sent(values)},
            doing=f"change the port {self.label(row)}",
            resource=row["id"],
        )
        return there(self, row)

    def delete(self, row: Row) -> None:
        self.remove(row)

    def touched(self, then: Row, now: Row, **how: Any) -> str | None:
        if now["device_id"]:
            return f"it is in use by {now['device_id']}"
        if now["description"] != then["description"]:
            return f"its description is '{now['description'] or ''}'"
        return super().touched(then, now, **how)

    def dependents(self, row: Row) -> list[str]:
        return [f"the server {row['device_id']}"] if row["device_id"] else []


def addresses_of(fixed_ips: Iterable[Mapping[str, str]] | None) -> list[dict[str, str]] | None:
    """Addresses, each with its subnet, in an order in which they can be compared."""
    if fixed_ips is None:
        return None
    return sorted(
        ({"subnet_id": one["subnet_id"], "ip_address": one["ip_address"]} for one in fixed_ips),
        key=lambda one: (one["subnet_id"], one["ip_address"]),
    )


def pairs_of(pairs: Iterable[Mapping[str, str]] | None, mac: str | None) -> list[dict[str, str]] | None:
    """Address pairs as they can be compared: Neutron fills in the port's own MAC where a pair has none."""
    if pairs is None:
        return None
    own = (mac or "").lower()
    named = [
        {"ip_address": pair["ip_address"], "mac_address": (pair.get("mac_address") or "").lower()} for pair in pairs
    ]
    kept = [pair if pair["mac_address"] not in ("", own) else {"ip_address": pair["ip_address"]} for pair in named]
    return sorted(kept, key=lambda pair: (pair["ip_address"], pair.get("mac_address", "")))


def _sent(values: Mapping[str, Any]) -> dict[str, Any]:
    return {theirs: values[ours] for ours, theirs in SENT.items() if ours in values}
