#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_snapshot_set_info
short_description: List snapshot sets of servers
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists the sets that M(osnap.openstack.server_snapshot_set) has made, the newest first, with their members, and whether they are whole.
  - The number of requests does not depend on how many sets there are, but for the pages of the lists.
  - A set whose server is not there any more is listed, too.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of a set. With it nothing else may be given.
    type: str
  name:
    description: Name of the sets.
    type: str
  server:
    description: Name or ID of the server; the ID of one that is gone is fine.
    type: str
  status:
    description: Status of the sets.
    type: str
    choices: [whole, taking, torn, failed]
  policy:
    description: The policy that they were taken by.
    type: str
  window:
    description: The window of that policy.
    type: str
seealso:
  - module: osnap.openstack.server_snapshot_set
"""

EXAMPLES = r"""
- name: List the sets of a server
  osnap.openstack.server_snapshot_set_info:
    cloud: source
    server: db01
  register: sets

- name: Show the newest one that is whole
  ansible.builtin.debug:
    msg: "{{ sets.snapshot_sets | selectattr('status', 'eq', 'whole') | first | default('none') }}"

- name: Look for sets that have lost a member
  osnap.openstack.server_snapshot_set_info:
    cloud: source
    status: torn
"""

RETURN = r"""
snapshot_sets:
  description: The sets, the newest first.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of this taking of the set; its members have it as C(osnap_set_id).
      type: str
      sample: 5d8f6f0a-3f0a-4f47-9a51-3c3d3a9a1b11
    name:
      description: Name of the set. Sets of several servers may have the same.
      type: str
      sample: before-upgrade
    server_id:
      description: ID of the server.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name that the server had.
      type: str
      sample: web01
    created_at:
      description: When the taking began, UTC.
      type: str
      sample: "2026-11-24T09:00:00Z"
    status:
      description:
        - V(whole), all disks are there and usable. V(taking), something is still being made.
          V(torn), a member is missing, or two of them name different disks of the set, and nobody is at it.
          V(failed), a member has failed.
        - What is missing of a set that was begun less than five minutes ago may be on its way, and the set is V(taking).
      type: str
      sample: whole
    consistency:
      description:
        - What can be vouched for about the data. V(off), the server was off; V(frozen), its file systems were frozen; V(crash), all disks at
          one moment, as if the power had failed; V(unknown), a running server whose disks were taken one after another.
      type: str
      sample: "off"
    spread_seconds:
      description: Seconds between the first member and the last, by the times that the services give them.
      type: float
      sample: 0.4
    size_gib:
      description: GiB of all members together, those of an image rounded up.
      type: int
      sample: 42
    policy:
      description: The policy that the set was taken by, or null.
      type: str
      sample: gold
    window:
      description: The window of that policy, or null.
      type: str
      sample: "2026-11-24"
    holds:
      description: The values of C(osnap_hold) on its members. See M(osnap.openstack.snapshot_prune).
      type: list
      elements: str
      sample: []
    metadata:
      description: The metadata that were set with it.
      type: dict
      sample: {ticket: CHG-1234}
    tested:
      description: The last test of restoring it, null where it has had none.
      type: dict
      contains:
        at:
          description: When it was tested, UTC.
          type: str
          sample: "2026-11-24T10:00:00Z"
        result:
          description: How the test ended.
          type: str
          sample: passed
        seconds:
          description: How long the restore took.
          type: float
          sample: 74.0
    members:
      description: The image and the snapshots, that of the disk which the server boots from first.
      type: list
      elements: dict
      contains:
        kind:
          description: V(image) or V(volume_snapshot).
          type: str
          sample: volume_snapshot
        id:
          description: ID of the image or of the volume snapshot.
          type: str
          sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
        name:
          description: Its name.
          type: str
          sample: before-upgrade
        disk:
          description: ID of the volume, or V(root) for the root disk that is Nova's own.
          type: str
          sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
        volume_id:
          description: ID of the volume, null for an image.
          type: str
          sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
        device:
          description: Name of the device that it was attached as, null where nobody tells.
          type: str
          sample: /dev/vda
        boot_index:
          description: V(0) for the disk that the server boots from, null for others.
          type: int
          sample: 0
        bootable:
          description: Whether the volume was bootable.
          type: bool
          sample: true
        size_gib:
          description: GiB of the volume, or of the data of the image, rounded up.
          type: int
          sample: 20
        status:
          description: Status of the image or of the volume snapshot.
          type: str
          sample: available
        created_at:
          description: When it was created, UTC.
          type: str
          sample: "2026-11-24T09:00:00.000000"
        group_snapshot_id:
          description: ID of the group snapshot that it belongs to, or null.
          type: str
          sample: null
        volume_type:
          description: Type of the volume.
          type: str
          sample: fast
        volume_name:
          description: Name of the volume, its first 60 characters.
          type: str
          sample: web01-root
        hash:
          description: Algorithm and hash of the data of an image, null where the service computes none.
          type: dict
          sample: {sha512: cf83e1357eefb8bd…}
    missing:
      description: The disks that no member is there of.
      type: list
      elements: str
      sample: []
    torn_because:
      description: Why it is torn or failed, or null.
      type: str
      sample: null
    boot:
      description:
        - What the server was booted with. Null for a set that is not marked yet.
      type: dict
      sample: {flavor: m1.small, availability_zone: nova, key_name: me, security_groups: [], config_drive: false, nets: {a: [[10.0.0.5, "fa:16:3e:0a:0b:0c"]]}}
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.listing import InfoModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import told
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets


class ServerSnapshotSetInfo(InfoModule):
    service = SnapshotSets
    filters = {
        "server": ({"type": "str"}, None),
        "status": ({"type": "str", "choices": ["whole", "taking", "torn", "failed"]}, None),
        "policy": ({"type": "str"}, None),
        "window": ({"type": "str"}, None),
    }
    attributes = {"server": "server_id"}
    references = {"server": Servers}

    def rows(self, service, cloud, params):
        return [told(row) for row in super().rows(service, cloud, params)]


def main():
    ServerSnapshotSetInfo().run()


if __name__ == "__main__":
    main()
