# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests need to be there: made over the API, waited for, returned as the service shows it."""

import random
from concurrent.futures import ThreadPoolExecutor

#: More at once would only queue in the services.
WORKERS = 8


def in_parallel(function, items):
    """Call *function* with every item, several at once; return the results in order."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(function, items))


def given(**values):
    """Return the values that are not null: the services reject null for what was left out."""
    return {key: value for key, value in values.items() if value is not None}


def volume(cloud, name, size=1, volume_type=None, image=None, metadata=None, description=None, group=None):
    """Make a volume and return it once it is available. *image* is an ID: the volume becomes bootable."""
    body = given(
        name=name,
        size=size,
        volume_type=volume_type,
        imageRef=image,
        metadata=metadata,
        description=description,
        group_id=group,
    )
    made = cloud.post("block-storage", "/volumes", {"volume": body})["volume"]
    return cloud.wait("block-storage", f"/volumes/{made['id']}", ["volume", "status"], ["available"], asked=True)[
        "volume"
    ]


def snapshot(cloud, name, volume, metadata=None, description=None, wanted="available"):
    """Make a snapshot of the volume with the ID *volume* and return it once its status is *wanted*."""
    body = given(name=name, volume_id=volume, metadata=metadata, description=description)
    made = cloud.post("block-storage", "/snapshots", {"snapshot": body})["snapshot"]
    return cloud.wait(
        "block-storage",
        f"/snapshots/{made['id']}",
        ["snapshot", "status"],
        [wanted],
        unwanted={"error"} - {wanted},
        asked=True,
    )["snapshot"]


def server(cloud, name, flavor="m1.tiny", image=None, volume=None, network="private", metadata=None):
    """Make a server and return it once it is active. It boots from *volume* (an ID) or from *image* (a name or an
    ID).
    """
    body = given(name=name, metadata=metadata, flavorRef=cloud_flavor(cloud, flavor))
    if volume:
        body["block_device_mapping_v2"] = [
            {"boot_index": 0, "uuid": volume, "source_type": "volume", "destination_type": "volume"}
        ]
    else:
        body["imageRef"] = cloud_image(cloud, image or "cirros-like")
    body["networks"] = (
        "none" if network == "none" else [{"uuid": cloud.find("network", "/v2.0/networks", "networks", network)["id"]}]
    )
    made = cloud.post("compute", "/servers", {"server": body})["server"]
    return cloud.wait(
        "compute", f"/servers/{made['id']}", ["server", "status"], ["ACTIVE"], unwanted=["ERROR"], asked=True
    )["server"]


def image(cloud, name, content=b"", **properties):
    """Make an image with the bytes *content* and return it once it is active."""
    body = {"name": name, "disk_format": "raw", "container_format": "bare", **properties}
    made = cloud.post("image", "/v2/images", body)
    cloud.request("image", "PUT", f"/v2/images/{made['id']}/file", content)
    return cloud.wait("image", f"/v2/images/{made['id']}", ["status"], ["active"], unwanted=["killed"])


def attach(cloud, server, volume):
    """Attach a volume to a server, both given by ID, and return the volume once it is in use."""
    cloud.post("compute", f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": volume}})
    return cloud.wait("block-storage", f"/volumes/{volume}", ["volume", "status"], ["in-use"], asked=True)["volume"]


def cloud_flavor(cloud, name):
    """Return the ID of the flavor called *name*."""
    return next(
        item["id"] for item in cloud.get("compute", "/flavors")["flavors"] if name in (item["name"], item["id"])
    )


def cloud_image(cloud, name):
    """Return the ID of the image called *name*, or *name* itself when it is an ID."""
    return name if len(name) == 36 and name.count("-") == 4 else cloud.find("image", "/v2/images", "images", name)["id"]


def noise(size, seed=0):
    """Return *size* bytes that look random and are the same for the same *seed*."""
    return random.Random(seed).randbytes(size)
