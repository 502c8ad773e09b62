# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of one server with volumes finds in both clouds, at each of its steps."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Discovered,
    Options,
    image_name,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.plan import judge

ITEM = {
    "server": "web01",
    **dict.fromkeys(
        ("name", "flavor", "networks", "security_groups", "key_name", "config_drive", "availability_zone", "metadata")
    ),
}
FLAVOR = {
    "original_name": "m1.small",
    "vcpus": 2,
    "ram": 2048,
    "disk": 20,
    "ephemeral": 0,
    "swap": 0,
    "extra_specs": {},
}
MARKS = {"osnap_run": "migration", "osnap_server": "s1"}
STEPS = ("planned", "snapshot", "image", "copied", "volumes", "booting", "moved", "complete")


def server(id="s1", volumes=(), image_id=None, **given):
    return {
        "id": id,
        "name": "web01",
        "status": "ACTIVE",
        "task_state": None,
        "image_id": image_id,
        "flavor": FLAVOR,
        "flavor_name": "m1.small",
        "addresses": {"private": [{"addr": "10.0.0.5", "OS-EXT-IPS-MAC:mac_addr": "m", "OS-EXT-IPS:type": "fixed"}]},
        "attached_volumes": list(volumes),
        "metadata": {},
        "key_name": None,
        "security_groups": [],
        "has_config_drive": False,
        "is_locked": False,
        "availability_zone": None,
        "server_groups": [],
        "description": None,
        "tags": [],
        "fault": None,
        "created_at": "2026-11-24T08:00:00",
        "project_id": None,
        **given,
    }


def volume(id, device, bootable=False, **given):
    return {
        "id": id,
        "name": f"name of {id}",
        "status": "in-use",
        "size": 2,
        "volume_type": None,
        "is_bootable": bootable,
        "is_encrypted": False,
        "is_multiattach": False,
        "attachments": [{"server_id": "s1", "device": device}],
        "metadata": {},
        "volume_image_metadata": {},
        "created_at": "2026-11-24T08:30:00",
        "project_id": None,
        **given,
    }


def image(id, name, **properties):
    return {
        "id": id,
        "name": name,
        "status": "active",
        "size": 100,
        "disk_format": "raw",
        "hash_algo": "sha512",
        "hash_value": "abc",
        "created_at": "2026-11-24T09:10:00",
        "updated_at": "2026-11-24T09:40:00",
        "is_hidden": False,
        "is_protected": False,
        "min_disk": 20,
        "min_ram": 0,
        "properties": {**MARKS, **properties},
    }


def place(disk=20, **given):
    network = {"id": "net", "name": "private", "is_port_security_enabled": None, "subnet_ids": ["sub"]}
    return Destination(
        **{
            "flavors": [{"id": "1", "name": "m1.small", "vcpus": 2, "ram": 2048, "disk": disk}],
            "networks": [network],
            "choice": [network],
            "security_groups": [],
            "key_pairs": set(),
            "room": dict.fromkeys(("instances", "cores", "ram")),
            "cloud": "'target'",
            "usual_type": "usual",
            **given,
        }
    )


def with_port(network=(), **given):
    """A server with Nova's own disk on a port that has more than Nova gives, and a network of another project there."""
    there = {
        "id": "net",
        "name": "private",
        "is_port_security_enabled": True,
        "subnet_ids": ["sub"],
        "project_id": "theirs",
    }
    there |= dict(network)
    subnet = {"id": "sub", "name": "", "network_id": "net", "cidr": "10.0.0.0/24", "ipv6_address_mode": None}
    row = {
        "id": "p1",
        "name": "",
        "network_id": "net-a",
        "mac_address": "m",
        "fixed_ips": [{"subnet_id": "sub-a", "ip_address": "10.0.0.5"}],
        "device_id": "s1",
        "description": "",
        "security_group_ids": [],
        "allowed_address_pairs": [],
        "is_port_security_enabled": True,
        "binding_vnic_type": "direct",
        "qos_policy_id": None,
        "trunk_details": None,
        **given,
    }
    at = seen(
        server(image_id="base"), place=place(networks=[there], choice=[there], subnets=[subnet], project_id="ours")
    )
    at.source_ports, at.source_subnets = {"s1": [row]}, {"sub-a": {**subnet, "id": "sub-a", "network_id": "net-a"}}
    return at


def seen(*rows, **given):
    """A server and its volumes."""
    base = {**image("base", "base"), "properties": {}}
    volumes = {row["id"]: row for row in rows[1:]}
    return Discovered(
        "'source'", "'target'", [rows[0]], **{"images": {"base": base}, "place": place(), "volumes": volumes, **given}
    )


def world(step, rehearsal=False, **marks):
    """A server with a root volume and a data volume, up to a step of :data:`STEPS`; off from the first snapshot on."""
    reached = STEPS.index(step)
    on = rehearsal or not reached
    row = server(volumes=["v1", "v2"], status="ACTIVE" if on else "SHUTOFF")
    row["metadata"] = {} if on else {"osnap_power_before": "ACTIVE"}
    at = seen(row, volume("v1", "/dev/vda", bootable=True), volume("v2", "/dev/vdb"))
    at.last = {"s1": "req-1"}
    part = {"osnap_step": "rehearsal_volume" if rehearsal else "volume"}
    for id in ("v1", "v2"):
        name = image_name("migration", id)
        if reached >= 1:
            told = {"osnap_consistency": "crash" if rehearsal else "off", "osnap_after": "req-1", **marks}
            at.volume_snapshots[name] = [
                {
                    "id": f"snap-{id}",
                    "name": name,
                    "status": "available",
                    "size": 2,
                    "volume_id": id,
                    "metadata": {**MARKS, **told},
                    "created_at": "2026-11-24T09:00:00",
                }
            ]
        if reached >= 2:
            at.source_images[name] = [image(f"image-{id}", name, osnap_source=f"snap-{id}", osnap_complete="true")]
        if reached >= 3:
            at.copies[name] = [image(f"copy-{id}", name, osnap_source=f"image-{id}", osnap_complete="true")]
        if reached >= 4:
            attached = [{"server_id": "n1"}] if reached >= 5 else []
            metadata = {**MARKS, **part, "osnap_source": f"copy-{id}", "osnap_disk": id}
            at.made_volumes.append(
                volume(
                    f"new-{id}",
                    None,
                    bootable=id == "v1",
                    status="in-use" if reached >= 5 else "available",
                    attachments=attached,
                    metadata=metadata,
                    created_at="2026-11-24T09:20:00",
                )
            )
    if reached >= 5:
        metadata = {**MARKS, "osnap_step": "rehearsal" if rehearsal else "boot"}
        metadata |= {"osnap_complete": "true"} if step == "complete" else {}
        at.made = [
            server(
                "n1",
                ["new-v1", "new-v2"],
                name="web01-rehearsal" if rehearsal else "web01",
                status="BUILD" if reached == 5 else "ACTIVE",
                metadata=metadata,
                created_at="2026-11-24T09:30:00",
            )
        ]
    return at


def copy_of(at, id):
    return at.copies[image_name("migration", id)][0]


def look(at, item=None, **options):
    return judge([item or ITEM], at, Options(**options))


def plan_of(at, **options):
    (plan,) = look(at, **options)["plans"]
    return plan
