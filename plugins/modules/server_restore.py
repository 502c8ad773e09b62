#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_restore
short_description: Boot a server from a snapshot, or put one back onto a server
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a server that was booted from a given image, or from given Cinder snapshots or volumes, is there and running, or gone.
  - A restored server is known by its ID, or by its name and what it was booted from. However often the task runs, or is killed and run again, there
    is one such server.
  - A server of the same name that was booted from something else is never touched, unless it is to be rebuilt in place.
  - What the cloud would refuse is told before anything is sent, as far as it can be known, also in check mode. What is in use on a network that others
    share, and which host has room, only the cloud knows.
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
    mode:
      description:
        - V(boot) makes a server. This is the default.
        - V(rebuild) puts O(image) onto the root disk of the server of this O(id) or O(name), which keeps its ID, its ports, its addresses and its other
          volumes. B(What is on its root disk is lost.)
        - A server is rebuilt once with an image. That it was is in its metadata, so that another run leaves it alone.
        - It has to be active, off or in error, and not locked. One that boots from a volume can be rebuilt from Nova 2.93 and Cinder 3.68 on.
      type: str
      choices: [boot, rebuild]
    image:
      description:
        - Name or ID of the image to boot from. It must be active. The image of a volume-backed server, which is empty, boots from the Cinder snapshots
          that it names; Nova makes volumes of them.
        - To make a server, either this or O(disks) is required. To remove one it narrows the search; without both the name must be the only one of its
          kind.
      type: str
    disks:
      description:
        - Volumes of the server. Without O(image), the first is the root disk, unless O(disks[].boot_index) says otherwise.
      type: list
      elements: dict
      suboptions:
        snapshot:
          description: Name or ID of a Cinder snapshot, of which Nova makes a volume.
          type: str
        volume:
          description: Name or ID of a volume that is available, in place of O(disks[].snapshot). It is attached as it is.
          type: str
        size:
          description: Size of the volume made of O(disks[].snapshot), in GiB; that of the snapshot, if this is not set.
          type: int
        volume_type:
          description: Type of the volume made of O(disks[].snapshot).
          type: str
        delete_on_termination:
          description:
            - Whether the volume is deleted with the server. If not set, one that was made of a snapshot is, and one that was there before is not.
            - A volume that shall outlive its server also outlives one that failed to start.
          type: bool
        device:
          description:
            - The device that the server gets the disk as, such as V(/dev/vdb).
            - It is passed on to Nova. Its driver for KVM names the devices in their order, whatever is asked for; inside the server, use the volume's ID
              as the disk's serial number, or O(disks[].tag).
          type: str
        boot_index:
          description:
            - The disk's place in the order in which the server tries to boot from its disks. The root disk's is 0, and V(-1) is a disk that is not
              booted from.
            - If not set, the root disk's is 0, and that of the others -1. The image of O(image) has 0.
          type: int
        tag:
          description:
            - The name under which the server finds the disk in its own metadata, at most 60 characters without comma and slash. It needs Nova 2.42.
          type: str
    flavor:
      description:
        - Name or ID of the flavor. Its disk and memory must be large enough for the image.
        - Required to make a server.
      type: str
    networks:
      description:
        - The networks to attach the server to, in this order.
        - If not set, Nova chooses (C(auto)), which it can where there is one, or where there is none and Neutron makes one. An empty list is a server
          without a network.
      type: list
      elements: dict
      suboptions:
        network:
          description: Name or ID of a network.
          type: str
        fixed_ip:
          description: Address to take on O(networks[].network). It must be free, and in one of the network's subnets.
          type: str
        port:
          description: Name or ID of an existing port that is not in use, in place of O(networks[].network).
          type: str
        tag:
          description: As O(disks[].tag), of the network's interface.
          type: str
    security_groups:
      description:
        - Names or IDs of the security groups of the ports that Nova makes. On a network whose port security is off there can be none but C(default).
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
    server_group:
      description: Name or ID of the server group that the server joins.
      type: str
    hostname:
      description:
        - The name that the server is told to call itself. If not set, Nova makes one of O(name).
        - It is set when the server is made, and needs Nova 2.90, with a domain Nova 2.94.
      type: str
    description:
      description:
        - Description of the server, at most 255 characters without line breaks and emoji. It needs Nova 2.19.
      type: str
    tags:
      description:
        - Tags of the server; it has exactly these then. At most 50, of at most 60 characters without comma and slash.
        - To make a server with tags needs Nova 2.52, and to change them Nova 2.26.
      type: list
      elements: str
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
      - V(absent) makes sure that it is gone, and with it the volumes that are to go with it.
      - The name of an image or a snapshot that no longer exists does not identify the servers made from it. If servers of that name exist, V(absent)
        fails and lists them. Give the O(id) of the server.
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

- name: Boot a server from snapshots of its disks, on the port that it had
  osnap.openstack.server_restore:
    cloud: source
    name: db01-restored
    flavor: m1.small
    disks:
      - snapshot: db01-root-nightly
      - snapshot: db01-data-nightly
        delete_on_termination: false
    networks:
      - port: db01-port

- name: Put a server back to what it was, in place
  osnap.openstack.server_restore:
    cloud: source
    mode: rebuild
    name: web01
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
    description:
      description: Description of the server, or null.
      type: str
      sample: null
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
    source_id:
      description:
        - ID of what it was booted from; an image, or of a volume-backed server that this collection has made the image, snapshot or volume of its root disk.
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
    tags:
      description: Tags of the server; null where the cloud does not tell.
      type: list
      elements: str
      sample: []
    key_name:
      description: Name of its key pair.
      type: str
      sample: null
    security_groups:
      description: Names of its security groups.
      type: list
      elements: str
      sample: [default]
    server_groups:
      description: IDs of the server groups that it is in; null where the cloud does not tell.
      type: list
      elements: str
      sample: []
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

from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore


def main():
    run(ServerRestore())


if __name__ == "__main__":
    main()
