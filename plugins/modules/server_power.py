#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_power
short_description: Stop and start servers, remembering what they were
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that servers are off, or on.
  - Before it stops one, it writes the state that it found into the server's metadata (C(osnap_power_before)), so that a rollback can give it back even
    after the job was killed. Starting the server removes the mark.
  - A guest is asked to shut down; Nova cuts the power when it has not done so after the shutdown timeout of the compute host.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description:
        - Name or ID of the server. Required.
        - Several servers of that name are an error that lists them.
      type: str
  servers:
    description: A list of servers to deal with in one task, each with the options above.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description: Whether the servers are V(stopped) or V(started).
    type: str
    choices: [stopped, started]
    required: true
seealso:
  - module: osnap.openstack.server_image_snapshot
"""

EXAMPLES = r"""
- name: Stop a server, for a snapshot of a disk at rest
  osnap.openstack.server_power:
    cloud: source
    server: web01
    state: stopped

- name: Start two servers in one task
  osnap.openstack.server_power:
    cloud: source
    servers:
      - server: web01
      - server: web02
    state: started
"""

RETURN = r"""
server:
  description: The server as it is after the task. Check mode has null for what only the service can know.
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
  description: The servers, in the order of O(servers); null for one that failed.
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
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import ServerPower


def main():
    run(ServerPower())


if __name__ == "__main__":
    main()
