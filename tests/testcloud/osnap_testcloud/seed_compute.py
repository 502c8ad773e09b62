# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server needs: an image, flavors, networks."""

import hashlib
import time

from .api import Api

IMAGE = "cirros-like"
IMAGE_SIZE = 4 * 1024**2
FLAVOR_FIELDS = ("vcpus", "ram", "disk", "OS-FLV-EXT-DATA:ephemeral", "swap")
FLAVORS = {  # ram and swap in MiB, disks in scaled GiB; what is left out is 0
    "m1.tiny": (1, 64, 1),
    "m1.small": (1, 128, 2),
    "m1.volume": (1, 64, 0),  # for servers that boot from a volume
    "m1.big": (1, 128, 40),
    "m1.ephemeral": (1, 64, 1, 1, 32),  # with disks that no snapshot takes
}
#: Shared with every project; the project `demo` owns them, and so its member may choose a port's address.
NETWORKS = {"private": "10.10.0.0/16", "private2": "10.20.0.0/16"}
#: The external network, where floating IPs come from: two clouds have never the same addresses there.
PUBLIC = "public"
PUBLIC_CIDRS = {"source": "172.24.0.0/16"}
OTHER_PUBLIC_CIDR = "172.25.0.0/16"
#: The network whose ports can have a floating IP: its router has a gateway to the external one.
ROUTED, ROUTER = "private", "router"


def seed(cloud):
    """Make what is missing, and wait for the hypervisor. Idempotent."""
    api = Api(cloud, project="demo")
    _seed_image(api)
    _seed_networks(api, PUBLIC_CIDRS.get(cloud.name, OTHER_PUBLIC_CIDR))
    _seed_flavors(api)
    _wait_for_hypervisor(api)


def image_bytes():
    """Looks random, is always the same, and is the header of no image format."""
    return hashlib.shake_256(IMAGE.encode()).digest(IMAGE_SIZE)


def _seed_image(api):
    images = api.get("image", f"/v2/images?name={IMAGE}")["images"]
    for unfinished in (image for image in images if image["status"] != "active"):
        api.delete("image", f"/v2/images/{unfinished['id']}")
    if any(image["status"] == "active" for image in images):
        return
    description = {
        "name": IMAGE,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
        "min_disk": 0,
        "min_ram": 0,
    }
    image = api.post("image", "/v2/images", description)
    api.put("image", f"/v2/images/{image['id']}/file", image_bytes())


def _seed_networks(api, public_cidr):
    for name, cidr in NETWORKS.items():
        _ensure_network(api, cidr, {"name": name, "shared": True})
    _ensure_network(api, public_cidr, {"name": PUBLIC, "router:external": True}, enable_dhcp=False)
    _seed_router(api)


def _ensure_network(api, cidr, attributes, **subnet_attributes):
    name = attributes["name"]
    network_id = _find(api, "network", name) or _make(api, "network", attributes)
    if not _find(api, "subnet", name):
        subnet = {"name": name, "network_id": network_id, "ip_version": 4, "cidr": cidr, **subnet_attributes}
        _make(api, "subnet", subnet)


def _seed_router(api):
    router_id = _find(api, "router", ROUTER) or _make(
        api, "router", {"name": ROUTER, "external_gateway_info": {"network_id": _find(api, "network", PUBLIC)}}
    )
    interfaces = f"/v2.0/ports?device_id={router_id}&device_owner=network:router_interface&fields=id"
    if not api.get("network", interfaces)["ports"]:
        api.put(
            "network", f"/v2.0/routers/{router_id}/add_router_interface", {"subnet_id": _find(api, "subnet", ROUTED)}
        )


def _find(api, kind, name):
    """The ID of what the project `demo` has under this name, or None."""
    found = api.get("network", f"/v2.0/{kind}s?name={name}&project_id={api.project_id}&fields=id")[f"{kind}s"]
    return found[0]["id"] if found else None


def _make(api, kind, attributes):
    return api.post("network", f"/v2.0/{kind}s", {kind: attributes})[kind]["id"]


def _seed_flavors(api):
    present = {flavor["name"] for flavor in api.get("compute", "/flavors")["flavors"]}
    for name, sizes in FLAVORS.items():
        if name not in present:
            flavor = {"name": name, **dict(zip(FLAVOR_FIELDS, sizes, strict=False))}
            api.post("compute", "/flavors", {"flavor": flavor})


def _wait_for_hypervisor(api, seconds=120):
    """Compute starts behind the API; before it is there, the scheduler has no host for a server."""
    deadline = time.monotonic() + seconds
    while not api.get("compute", "/os-hypervisors")["hypervisors"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no hypervisor within {seconds} s: see the log of nova")
        time.sleep(0.1)
