# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server's port lets through: security groups, allowed addresses, port security. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import mapped, may_choose
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem, loss

#: Security groups that need not be named: Neutron gives a port the default one by itself.
_DEFAULT = ["default"]


def groups(
    row: dict[str, Any],
    network: Mapping[str, Any] | None,
    item: dict[str, Any],
    server: dict[str, Any],
    seen: Discovered,
    options: Options,
) -> tuple[dict[str, Any], list[Note]]:
    """Its security groups: those that are asked for, or those of the same name.

    :param network: the one it will be on, None where that is not known
    """
    if row["is_port_security_enabled"] is False:
        return {"security_groups": []}, []
    ids: list[str] = []
    notes: list[Note] = []
    if item["security_groups"] is not None:
        names = [(name, None) for name in item["security_groups"]]
    else:
        names = [(seen.source_groups.get(id) or id, id) for id in row["security_group_ids"] or []]
    if [name for name, _id in names] == _DEFAULT and mapped(*names[0], options.security_group_map) == "default":
        return {}, []
    for name, id in names:
        wanted = mapped(name, id, options.security_group_map)
        rows = meant(seen.place.security_groups, wanted)
        ids += [rows[0]["id"]] if len(rows) == 1 else []
        notes += group_notes(wanted, len(rows), item["security_groups"] is not None, server, seen)
    if ids and network and network["is_port_security_enabled"] is False:
        notes.append(
            Problem(
                f"{label_of(server)}: the network '{network['name']}' of cloud {seen.destination} has port security off,"
                " and a port with security groups can't be on it; set security_groups to an empty list, or say with"
                " network_map which network it gets.",
                "misplaced",
            )
        )
    return {"security_groups": sorted(ids)} if ids or not names else {}, notes


def group_notes(
    name: str, count: int, is_asked: bool, server: dict[str, Any], seen: Discovered
) -> Iterator[Problem | Notice]:
    """The note on a security group that the destination has not, or more than once.

    :param is_asked: whether it was asked for of this server, and not merely found at the source
    """
    if count > 1:
        yield Problem(
            f"{label_of(server)}: {count} security groups are named '{name}' in cloud {seen.destination}; give the ID of"
            " the one that is meant in security_groups.",
            "security_group_missing",
        )
    if count == 0 and is_asked:
        yield Problem(
            f"{label_of(server)} shall have the security group '{name}', and cloud {seen.destination} has none of that"
            " name; make it there, or leave it out.",
            "security_group_missing",
        )
    elif count == 0:
        yield Notice(
            f"{label_of(server)} has the security group '{name}', and cloud {seen.destination} has none of that name; the"
            " new server goes without it.",
            "security_group_stays",
        )


def pairs(
    row: dict[str, Any],
    network: Mapping[str, Any],
    item: dict[str, Any],
    server: dict[str, Any],
    seen: Discovered,
    options: Options,
) -> tuple[dict[str, Any], list[Note]]:
    """The addresses that it may use beside its own."""
    allowed = [
        {key: pair[key] for key in ("ip_address", "mac_address") if pair.get(key)}
        for pair in row["allowed_address_pairs"] or []
    ]
    if not options.keep_mac:  # one of the port's own MAC is of its own MAC there, too
        allowed = [
            {"ip_address": pair["ip_address"]} if pair.get("mac_address") == row["mac_address"] else pair
            for pair in allowed
        ]
    if not allowed or row["is_port_security_enabled"] is False:
        return {}, []
    if may_choose(network, seen):
        return {"allowed_address_pairs": allowed}, []
    listed = ", ".join(pair["ip_address"] for pair in allowed)
    return {}, [
        loss("address_pairs_stay", options.accept)(
            f"{label_of(server)} may use the addresses {listed} beside its own, and the network '{network['name']}' of"
            f" cloud {seen.destination} is another project's, whose owner alone may say so; let it be done there"
            " afterwards, and accept address_pairs_stay.",
            "address_pairs_stay",
        )
    ]


def security(
    row: dict[str, Any],
    network: Mapping[str, Any],
    item: dict[str, Any],
    server: dict[str, Any],
    seen: Discovered,
    options: Options,
) -> tuple[dict[str, Any], list[Note]]:
    """Whether its port security is off."""
    if row["is_port_security_enabled"] is not False or network["is_port_security_enabled"] is False:
        return {}, []
    if may_choose(network, seen):
        return {"port_security": False}, []
    return {"security_groups": None}, [
        loss("port_security_on", options.accept)(
            f"{label_of(server)} has a port without port security, and the network '{network['name']}' of cloud"
            f" {seen.destination} is another project's, whose owner alone may switch it off; let it be done there"
            " afterwards, and accept port_security_on.",
            "port_security_on",
        )
    ]
