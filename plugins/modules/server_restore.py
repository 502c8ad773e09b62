#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_restore
short_description: Boot a server from a snapshot image
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a server that was booted from a given image is there and running, or gone.
  - A restored server is known by its ID, or by its name and its image. However often the task runs, or is killed and run again, there is one such server.
  - A server of the same name that was booted from another image is never touched.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing server. With it, O(name) renames the server, and O(image) only checks that it was booted from that image.
      type: str
    name:
      description:
        - Name of the server, at most 255 characters and no emoji, as Nova has it; white space around it does not count.
        - Required if O(id) is not given.
      type: str
    image:
      description:
        - Name or ID of the image to boot from. It must be active and hold data; the empty image of a volume-backed server is refused.
        - Required to make a server. To remove one it narrows the search; without it the name must be the only one of its kind.
      type: str
    flavor:
      description:
        - Name or ID of the flavor. Its disk and memory must be large enough for the image.
        - Required to make a server.
      type: str
    networks:
      description:
        - The networks to attach the server to, in this order.
        - If not set, Nova chooses (C(auto)).
      type: list
      elements: dict
      suboptions:
        network:
          description: Name or ID of a network.
          type: str
        fixed_ip:
          description: Address to take on O(networks[].network).
          type: str
        port:
          description: Name or ID of an existing port, in place of O(networks[].network).
          type: str
    security_groups:
      description: Names of the security groups of the ports that Nova makes.
      type: list
      elements: str
    key_name:
      description: Name of a key pair. The image holds the keys that were in the server before.
      type: str
    user_data:
      description: User data as plain text; it is sent base64-encoded.
      type: str
    config_drive:
      description: Whether the server gets a configuration drive.
      type: bool
    availability_zone:
      description: Availability zone to boot in.
      type: str
    metadata:
      description:
        - Metadata of the server. Numbers and booleans are stored as text; keys that are not named are left alone.
      type: dict
  servers:
    description:
      - A list of servers to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the server is there. One that exists already is left in whatever power state it is.
      - V(absent) makes sure that it is gone.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing server in status C(ERROR).
      - V(replace) deletes it and makes it anew.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.image_copy
"""

EXAMPLES = r"""
- name: Boot a server from a snapshot image
  osnap.openstack.server_restore:
    cloud: source
    name: web01-restored
    image: web01-before-upgrade
    flavor: m1.small
    networks:
      - network: private
  register: restored

- name: Boot two servers in one task
  osnap.openstack.server_restore:
    cloud: source
    flavor: m1.small
    networks:
      - network: private
    servers:
      - name: web01-a
        image: web01-before-upgrade
      - name: web01-b
        image: web01-before-upgrade

- name: Remove a restored server
  osnap.openstack.server_restore:
    cloud: source
    id: "{{ restored.server.id }}"
    state: absent
"""

RETURN = r"""
server:
  description:
    - The server as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(servers) is not used
  type: dict
  contains: &server
    id:
      description: ID of the server.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    name:
      description: Name of the server.
      type: str
      sample: web01
    status:
      description: Status of the server.
      type: str
      sample: ACTIVE
    task_state:
      description: What Nova is doing with it, or null.
      type: str
      sample: null
    vm_state:
      description: State of the virtual machine.
      type: str
      sample: active
    image_id:
      description: ID of the image that it was booted from; null for a volume-backed server.
      type: str
      sample: 0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11
    flavor:
      description: The flavor as the service shows it.
      type: dict
      sample: {original_name: m1.small, vcpus: 1, ram: 2048, disk: 20}
    flavor_name:
      description: Name of the flavor.
      type: str
      sample: m1.small
    addresses:
      description: Addresses by network.
      type: dict
      sample: {private: [{addr: 10.0.0.5, version: 4}]}
    attached_volumes:
      description: IDs of the attached volumes.
      type: list
      elements: str
      sample: []
    metadata:
      description: Metadata of the server.
      type: dict
      sample: {}
    key_name:
      description: Name of its key pair.
      type: str
      sample: null
    security_groups:
      description: Names of its security groups.
      type: list
      elements: str
      sample: [default]
    availability_zone:
      description: Availability zone that it runs in.
      type: str
      sample: nova
    has_config_drive:
      description: Whether it has a configuration drive.
      type: bool
      sample: false
    is_locked:
      description: Whether it is locked.
      type: bool
      sample: false
    fault:
      description: Why it is in status ERROR, or null.
      type: dict
      sample: null
    created_at:
      description: When it was created, UTC.
      type: str
      sample: "2026-11-24T09:00:00Z"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:05Z"
    project_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    user_id:
      description: ID of the user who made it.
      type: str
      sample: 6a2b8f1f5f0c4b0f9b0f2d2c6f5a7e12
servers:
  description: The servers, in the order of O(servers); null for one that is gone or failed.
  returned: when O(servers) is used
  type: list
  elements: dict
  contains: *server
outcomes:
  description: What became of each item, in the order of O(servers).
  returned: when O(servers) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(servers), from 0.
      type: int
      sample: 0
    changed:
      description: Whether this item was changed.
      type: bool
      sample: true
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
    attempted:
      description: False for an item that was not begun because an earlier failure stopped the task.
      type: bool
      sample: true
    server:
      description: The server, as in RV(server).
      type: dict
    msg:
      description: Why it failed, or null.
      type: str
      sample: null
    status:
      description: HTTP status of the answer that made it fail, or null.
      type: int
      sample: null
    request_id:
      description: The cloud's ID of that request, or null.
      type: str
      sample: null
    service:
      description: The service that answered, or null.
      type: str
      sample: null
    resource:
      description: Name or ID of the object that the failure is about, or null.
      type: str
      sample: null
"""

import base64

from ansible_collections.osnap.openstack.plugins.module_utils import _marks, _references
from ansible_collections.osnap.openstack.plugins.module_utils._errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._plan import create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Networks, Ports
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._state import StateModule

NETWORK = {"network": {"type": "str"}, "fixed_ip": {"type": "str"}, "port": {"type": "str"}}


class ServerRestore(StateModule):
    service = Servers
    many = "servers"
    fields = (
        identity("name", renamable=True),
        identity("image", refers_to="image"),
        create_only("flavor", attribute="flavor_name"),
        create_only("networks", type="list", elements="dict", options=NETWORK, readable=False),
        create_only("security_groups", type="list", elements="str", readable=False),
        create_only("key_name"),
        create_only("user_data", readable=False),
        create_only("config_drive", type="bool", attribute="has_config_drive"),
        create_only("availability_zone"),
        mutable("metadata", type="dict", grows=True),
    )
    references = {"image": Images}
    rules = {"required_one_of": [("id", "name")]}

    def problem(self, item, params):
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the server a name, or the id of an existing one"
        if params["state"] == "absent":
            return None
        if not item["id"]:
            for option in ("image", "flavor"):
                if not item[option]:
                    return f"{option} is missing; say which {option} the server '{item['name']}' is booted with"
        for index, network in enumerate(item["networks"] or []):
            if bool(network.get("network")) == bool(network.get("port")):
                return f"networks[{index}] needs either network or port"
            if network.get("port") and network.get("fixed_ip"):
                return f"networks[{index}] has a port and a fixed_ip; a port has its address already, leave fixed_ip out"
        if _marks.SOURCE in (item["metadata"] or {}):
            return f"metadata has {_marks.SOURCE}, which this collection keeps for itself; leave it out"
        if len(base64.b64encode((item["user_data"] or "").encode())) > 65535:
            return "user_data is longer than the 49149 bytes that Nova takes"
        return text_problem("name", item["name"], "Nova") or metadata_problem("metadata", item["metadata"])

    def prepare(self, context, items):
        """Flavors, networks and ports by name too; a server that is to be gone needs none of them."""
        desired = super().prepare(context, items)
        if context.params["state"] == "absent":
            return desired
        flavors = Flavors(context.cloud).meant({item["flavor"] for item in items if item["flavor"]})
        wanted = [network for item in items for network in item["networks"] or []]
        networks = _references.resolve(Networks(context.cloud), [network["network"] for network in wanted if network.get("network")])
        ports = _references.resolve(Ports(context.cloud), [network["port"] for network in wanted if network.get("port")])
        return [_with_ids(one, item, flavors, networks, ports, context.cloud) if not isinstance(one, OsnapError) else one for one, item in zip(desired, items)]

    def admit(self, context, plans):
        images = _references.existing(Images(context.cloud), [plan.desired["image_id"] for plan in plans])
        return [_unfit(images[plan.desired["image_id"]], plan.desired) for plan in plans]

    def retains(self, service, row):
        if not row["is_locked"] or service.cloud.is_admin:
            return None
        return OsnapError(f"The {service.noun} {service.label(row)} is locked, and only an administrator deletes a locked one; unlock it first, then "
                          "run again.",
                          resource=row["id"])


def _with_ids(one, item, flavors, networks, ports, cloud):
    """An item with the flavor and the networks as Nova wants them, or the error of the first that is not there."""
    if item["flavor"]:
        found = flavors[item["flavor"]]
        if len(found) != 1:
            there = f"are {len(found)} flavors" if found else "is no flavor"
            return OsnapError(f"There {there} '{item['flavor']}' in cloud {cloud.name}; give the name or ID of one that this project may use.",
                              resource=item["flavor"])
        one = {**one, "flavor_name": found[0]["name"], "flavor_id": found[0]["id"], "_flavor": found[0]}
    wanted = []
    for network in item["networks"] or []:
        id = networks[network["network"]] if network.get("network") else ports[network["port"]]
        if isinstance(id, OsnapError):
            return id
        address = {"fixed_ip": network["fixed_ip"]} if network.get("fixed_ip") else {}
        wanted.append({"uuid": id, **address} if network.get("network") else {"port": id})
    text = {"user_data": base64.b64encode(item["user_data"].encode()).decode()} if item["user_data"] else {}
    return {**one, "networks": wanted or None, **text}


def _unfit(image, desired):
    """Why Nova would not boot from an image with this flavor, or None."""
    if isinstance(image, OsnapError):
        return image
    if "_flavor" not in desired:  # one given by its ID needs none, until it is to be made anew
        return OsnapError(f"flavor is missing; say which flavor the server '{desired['name']}' is booted with.", resource=desired["name"])
    flavor, label = desired["_flavor"], f"The image '{image['name']}' ({image['id']})"
    if image["status"] != "active":
        return OsnapError(f"{label} is in status {image['status']}, and only an active one boots; wait for it or make it anew.", resource=image["id"])
    if not image["size"]:
        return OsnapError(f"{label} holds no data: it is of a volume-backed server, whose data are in Cinder snapshots; boot from volumes made of those.",
                          resource=image["id"])
    for what, needs, has, unit in (("disk", image["min_disk"], flavor["disk"], "GiB"), ("memory", image["min_ram"], flavor["ram"], "MiB")):
        if (needs or 0) > has:
            return OsnapError(f"{label} needs {needs} {unit} of {what}, and the flavor {flavor['name']} has {has}; choose a larger flavor.",
                              resource=image["id"])
    return None


def main():
    ServerRestore().run()


if __name__ == "__main__":
    main()
