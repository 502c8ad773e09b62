# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and their ports as rows, and what is planned of them, for the tests of ports and what belongs to them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration import destination_ports
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem

ITEM = dict.fromkeys(
    (
        "name",
        "flavor",
        "networks",
        "security_groups",
        "key_name",
        "config_drive",
        "availability_zone",
        "metadata",
    )
)
MACS = ["fa:16:3e:00:00:01", "fa:16:3e:00:00:02"]


def port(number=0, network="net-a", address="10.0.0.5", **given):
    return {
        "id": f"p{number}",
        "name": "",
        "network_id": network,
        "mac_address": MACS[number],
        "fixed_ips": [{"subnet_id": "sub-a", "ip_address": address}] if address else [],
        "device_id": "s1",
        "description": "",
        "security_group_ids": ["g-default"],
        "allowed_address_pairs": [],
        "is_port_security_enabled": True,
        "binding_vnic_type": "normal",
        "qos_policy_id": None,
        "trunk_details": None,
        **given,
    }


def server(**given):
    return {
        "id": "s1",
        "name": "web01",
        "status": "SHUTOFF",
        "task_state": None,
        "image_id": "base",
        "flavor": {"original_name": "m1.small", "vcpus": 2, "ram": 2048, "disk": 20, "ephemeral": 0, "swap": 0},
        "flavor_name": "m1.small",
        "addresses": {"private": [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": MACS[0], "version": 4}]},
        "attached_volumes": [],
        "metadata": {},
        "key_name": None,
        "security_groups": ["default"],
        "server_groups": [],
        "description": None,
        "tags": [],
        "availability_zone": "nova",
        "has_config_drive": False,
        "is_locked": False,
        "fault": None,
        "created_at": "then",
        **given,
    }


def network(name, id=None, **given):
    row = {"id": id or f"id-{name}", "name": name, "is_port_security_enabled": True, "subnet_ids": ["x"]}
    return {**row, "project_id": "ours", **given}


def subnet(id, network, cidr, name="", **given):
    return {"id": id, "name": name, "network_id": network, "cidr": cidr, "ipv6_address_mode": None, **given}


def flavor(name="m1.small", **given):
    return {"id": f"id-{name}", "name": name, "vcpus": 2, "ram": 2048, "disk": 20, **given}


def place(**given):
    return Destination(
        **{
            "flavors": [flavor()],
            "networks": [network("private"), network("other")],
            "subnets": [subnet("there", "id-private", "10.0.0.0/24"), subnet("there2", "id-other", "10.1.0.0/24")],
            "security_groups": [{"id": "id-default", "name": "default"}, {"id": "id-web", "name": "web"}],
            "room": dict.fromkeys(("instances", "cores", "ram")),
            "cloud": "'target'",
            "project_id": "ours",
            **given,
        }
    )


def seen(*ports, servers=(), at=None, **given):
    return Discovered(
        "'source'",
        "'target'",
        list(servers) or [server()],
        place=at or place(),
        source_ports={"s1": list(ports or [port()])},
        source_groups={"g-default": "default", "g-web": "web", "g-none": "none"},
        source_subnets={
            "sub-a": subnet("sub-a", "net-a", "10.0.0.0/24", "front"),
            "sub-b": subnet("sub-b", "net-x", "10.9.0.0/24", "back"),
            "sub-6": subnet("sub-6", "net-x", "fd00::/64", "six"),
        },
        **given,
    )


def planned(at, item=None, **options):
    """The ports, and the notes."""
    row = at.servers[0]
    return destination_ports.of({**ITEM, **(item or {})}, row, at, Options(**options))


def codes(notes):
    return [(note.code, isinstance(note, Problem)) for note in notes]


def look(at, *items, **options):
    return judge([{**ITEM, "server": "web01", **item} for item in items or [{}]], at, Options(**options))
