# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server needs: an image, flavors, networks. Plain HTTP: importing an SDK would take longer than all of it."""

import hashlib
import time

from keystoneauth1 import adapter, session
from keystoneauth1.identity import v3

from .caller_header import HEADER
from .layout import PASSWORD

IMAGE = "cirros-like"
IMAGE_SIZE = 4 * 1024**2
FLAVORS = {  # name: (vcpus, ram in MB, disk in scaled GiB)
    "m1.tiny": (1, 64, 1),
    "m1.small": (1, 128, 2),
    "m1.volume": (1, 64, 0),  # for servers that boot from a volume
    "m1.big": (1, 128, 40),
}
#: Shared with every project; the project `demo` owns them, and so its member may choose a port's address.
NETWORKS = {"private": "10.10.0.0/16", "private2": "10.20.0.0/16"}


def seed(cloud):
    """Make what is missing, and wait for the hypervisor. Idempotent."""
    admin = session.Session(
        v3.Password(
            cloud.auth_url, username="admin", password=PASSWORD, user_domain_id="default", project_name="demo", project_domain_id="default"
        ),
        additional_headers={HEADER: "testcloud"},
    )
    _seed_image(_client(admin, cloud.url("glance", "/v2")))
    _seed_networks(_client(admin, cloud.url("neutron", "/v2.0")))
    nova = _client(admin, cloud.url("nova", "/v2.1"))
    _seed_flavors(nova)
    _wait_for_hypervisor(nova)


def image_bytes():
    """Looks random, is always the same, and is the header of no image format."""
    return hashlib.shake_256(IMAGE.encode()).digest(IMAGE_SIZE)


def _client(admin, endpoint):
    return adapter.Adapter(admin, endpoint_override=endpoint)


def _seed_image(glance):
    images = glance.get(f"/images?name={IMAGE}").json()["images"]
    for unfinished in (image for image in images if image["status"] != "active"):
        glance.delete(f"/images/{unfinished['id']}")
    if any(image["status"] == "active" for image in images):
        return
    body = {"name": IMAGE, "disk_format": "raw", "container_format": "bare", "visibility": "public", "min_disk": 0, "min_ram": 0}
    image = glance.post("/images", json=body).json()
    glance.put(f"/images/{image['id']}/file", data=image_bytes(), headers={"Content-Type": "application/octet-stream"})


def _seed_networks(neutron):
    networks = {network["name"]: network["id"] for network in neutron.get("/networks?shared=true&fields=id&fields=name").json()["networks"]}
    subnets = {subnet["network_id"] for subnet in neutron.get("/subnets?fields=network_id").json()["subnets"]}
    for name, cidr in NETWORKS.items():
        if name not in networks:
            networks[name] = neutron.post("/networks", json={"network": {"name": name, "shared": True}}).json()["network"]["id"]
        if networks[name] not in subnets:
            neutron.post("/subnets", json={"subnet": {"name": name, "network_id": networks[name], "ip_version": 4, "cidr": cidr}})


def _seed_flavors(nova):
    present = {flavor["name"] for flavor in nova.get("/flavors").json()["flavors"]}
    for name, (vcpus, ram, disk) in FLAVORS.items():
        if name not in present:
            nova.post("/flavors", json={"flavor": {"name": name, "vcpus": vcpus, "ram": ram, "disk": disk}})


def _wait_for_hypervisor(nova, seconds=120):
    """Compute starts behind the API; before it is there, the scheduler has no host for a server."""
    deadline = time.monotonic() + seconds
    while not nova.get("/os-hypervisors").json()["hypervisors"]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no hypervisor within {seconds} s: see the log of nova")
        time.sleep(0.1)
