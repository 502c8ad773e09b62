# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interfaces of a server, in their order as far as Nova shows it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def interfaces(addresses: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """``(network's name, MAC)`` of each interface, in the order shown; an interface may have several addresses."""
    for name, entries in addresses.items():
        for mac in dict.fromkeys(entry.get("OS-EXT-IPS-MAC:mac_addr") for entry in entries) or [None]:
            yield name, mac


def in_order(rows: Iterable[dict[str, Any]], server: dict[str, Any]) -> list[dict[str, Any]]:
    """Ports in the order of the interfaces; those without an address are last."""
    macs = [mac for _name, mac in interfaces(server["addresses"])]
    return sorted(rows, key=lambda row: macs.index(row["mac_address"]) if row["mac_address"] in macs else len(macs))


def floating(addresses: dict[str, Any]) -> list[tuple[int, int, str]]:
    """``(number of the interface, number of its address, floating IP)`` of all that a server has. Nova does not show on
    which of several addresses one is: they are taken in their order.
    """
    found = []
    entries = [(name, entry) for name, many in addresses.items() for entry in many]
    for number, (name, mac) in enumerate(interfaces(addresses)):
        own = [entry for of, entry in entries if of == name and entry.get("OS-EXT-IPS-MAC:mac_addr") == mac]
        ips = [entry["addr"] for entry in own if entry.get("OS-EXT-IPS:type") == "floating"]
        found += [(number, which, ip) for which, ip in enumerate(ips)]
    return found
