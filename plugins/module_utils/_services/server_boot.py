# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request that creates a server: what it is booted from, its disks, networks and marks. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks


def creating_request(values: dict) -> dict:
    """The body of the request that creates a server, of planned values by attribute. Nova is always told of networks:
    ``auto`` where nobody says which.
    """
    server = {
        key: values[ours]
        for key, ours in (
            ("name", "name"),
            ("description", "description"),
            ("tags", "tags"),
            ("hostname", "hostname"),
            ("key_name", "key_name"),
            ("user_data", "user_data"),
            ("availability_zone", "availability_zone"),
            ("config_drive", "has_config_drive"),
        )
        if ours in values
    }
    image = booted_from(values)
    server |= {"imageRef": image} if image else {}
    server |= {"block_device_mapping_v2": _mapping(image, values["disks"])} if values.get("disks") else {}
    server["flavorRef"] = values["flavor_id"]
    server["metadata"] = {**values.get("metadata", {}), _marks.SOURCE: values["source_id"]}
    server["networks"] = "auto" if values.get("networks") is None else values["networks"] or "none"
    if "security_groups" in values:
        server["security_groups"] = [{"name": name} for name in values["security_groups"]]
    hints = {"os:scheduler_hints": {"group": values["server_group_id"]}} if values.get("server_group_id") else {}
    return {"server": server, **hints}


def booted_from(values: dict) -> str | None:
    """The ID of the image in a server's creating request; None for one whose disks are all volumes."""
    return values.get("image_id") or (None if values.get("disks") else values["source_id"])


def _mapping(image, disks):
    """Nova's block devices; an image's, which is no volume, comes first. Of disks without a number the first is the root
    if there is no image.
    """
    mapping = (
        [
            {
                "boot_index": 0,
                "uuid": image,
                "source_type": "image",
                "destination_type": "local",
                "delete_on_termination": True,
            }
        ]
        if image
        else []
    )
    for disk in disks:
        known = {
            theirs: disk[ours]
            for theirs, ours in (
                ("volume_size", "size"),
                ("volume_type", "volume_type"),
                ("device_name", "device"),
                ("tag", "tag"),
            )
            if disk.get(ours) is not None
        }
        mapping.append(
            {
                "boot_index": disk.get("boot_index", -1 if mapping else 0),
                "uuid": disk["id"],
                "source_type": disk["kind"],
                "destination_type": "volume",
                "delete_on_termination": disk["delete_on_termination"],
                **known,
            }
        )
    return mapping
