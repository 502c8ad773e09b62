# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers, images and a destination as rows, and what is judged of them, for the tests of plans and checks."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
    image_name,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge

ITEM = dict.fromkeys(
    (
        "server",
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
FLAVOR = {
    "original_name": "m1.small",
    "vcpus": 2,
    "ram": 2048,
    "disk": 20,
    "ephemeral": 0,
    "swap": 0,
    "extra_specs": {},
}
NAME = image_name("migration", "s1")
MARKS = {"osnap_run": "migration", "osnap_server": "s1"}


def item(server="web01", **given):
    return {**ITEM, "server": server, **given}


def server(id="s1", name="web01", **given):
    return {
        "id": id,
        "name": name,
        "status": "ACTIVE",
        "task_state": None,
        "image_id": "base",
        "flavor": FLAVOR,
        "flavor_name": "m1.small",
        "addresses": {"private": [address("m1")]},
        "attached_volumes": [],
        "metadata": {},
        "key_name": None,
        "security_groups": [],
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


def off(**given):
    """A server that was on, and that an earlier try has stopped."""
    return server(**{"status": "SHUTOFF", "metadata": {"osnap_power_before": "ACTIVE"}, **given})


def stale(**given):
    kinds = ("servers", "volumes", "moving", "copies", "images", "volume_snapshots", "snapshots")
    return {kind: [{"id": id} for id in given.get(kind, ())] for kind in kinds}


def address(mac, kind="fixed", addr="10.0.0.5"):
    return {"addr": addr, "OS-EXT-IPS-MAC:mac_addr": mac, "OS-EXT-IPS:type": kind}


def image(id, **given):
    row = {
        "id": id,
        "name": NAME,
        "status": "active",
        "size": 100,
        "disk_format": "raw",
        "hash_algo": "sha512",
        "hash_value": "abc",
        "created_at": "then",
        "server_id": "s1",
        "consistency": "off",
        "min_disk": 20,
        "min_ram": 0,
        "is_hidden": False,
        "is_protected": False,
        "properties": {},
    }
    return {**row, **given}


def snapshot(**given):
    return image(**{"id": "snap", "properties": dict(MARKS), **given})


def copy(**given):
    return image(**{"id": "copy", "properties": {**MARKS, "osnap_source": "snap", "osnap_complete": "true"}, **given})


def moved(**given):
    return server(**{"id": "n1", "image_id": "copy", "metadata": dict(MARKS), **given})


def flavor(name="m1.small", **given):
    return {"id": f"id-{name}", "name": name, "vcpus": 2, "ram": 2048, "disk": 20, **given}


def network(name="private", id=None, **given):
    return {
        "id": id or f"id-{name}",
        "name": name,
        "is_port_security_enabled": None,
        "subnet_ids": [f"subnet-{name}"],
        **given,
    }


def port(id, name="", **given):
    row = {
        "id": id,
        "name": name,
        "device_id": "",
        "network_id": "id-private",
        "ip_allocation": None,
        "description": "",
    }
    return {**row, "fixed_ips": [{"ip_address": "10.0.0.99"}], **given}


def place(**given):
    room = dict.fromkeys(("instances", "cores", "ram"))
    return Destination(
        **{
            "flavors": [flavor()],
            "networks": [network()],
            "choice": [network()],
            "security_groups": [],
            "key_pairs": set(),
            "room": room,
            "cloud": "'target'",
            **given,
        }
    )


def seen(*servers, snapshots=(), copies=(), **given):
    return Discovered(
        "'source'",
        "'target'",
        list(servers) or [server()],
        snapshots={NAME: list(snapshots)},
        copies={NAME: list(copies)},
        **{"images": {"base": image("base")}, "place": place(), **given},
    )


def look(*items, at=None, **options):
    return judge(list(items) or [item()], at or seen(), Options(**options))


def problem(*items, at=None, **options):
    """The only problem that there is."""
    (only,) = look(*items, at=at, **options)["problems"]
    assert only.endswith(".")
    return only


def notices(**given):
    result = look(at=seen(server(**given)))
    assert not result["problems"]
    return result["notices"]
