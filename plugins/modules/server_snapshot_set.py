#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_snapshot_set
short_description: Snapshot servers with all their disks, each as one set
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a snapshot set of a server is there and whole, or gone. A set is an image of the root disk, where that is Nova's own, and a Cinder
    snapshot of each volume of the server.
  - A set is known by its server and its name. Sets of several servers may have the same name.
  - Volumes that are all members of one volume group, which has no others, are taken as one group snapshot. Others are taken side by side, and how far they
    are apart is in RV(snapshot_set.spread_seconds).
  - A set is whole, or it is none. What an interrupted run has begun is completed if it is still true to its moment. That is so if nothing was done to the
    server since that matters, it has the same disks, and, of a server that runs, if it was begun less than O(max_spread) ago. Otherwise it is removed and
    taken anew; RV(outdated) says why. A set that has lost a member, or of which one has failed, is dealt with in the same way.
  - Each server goes through its own chain (stopped, taken, started again), and O(parallel) chains run side by side.
  - Of two tasks that take the same set at the same time the first one's stays, and both return it.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description:
        - Name or ID of the server. Several servers of that name are an error that lists them.
        - With O(state=absent) a server that is not there any more is named by its ID.
      type: str
    regex:
      description:
        - In place of O(server), in an item of O(servers), a regular expression. Each server whose whole name it matches has its own set.
      type: str
    server_metadata:
      description:
        - In place of O(server), in an item of O(servers), metadata. Each server that has them has its own set.
      type: dict
    name:
      description:
        - Name of the set, and of its image and snapshots. At most 255 characters and no emoji; white space around it does not count.
        - Required, at the top level or in each item.
      type: str
    consistency:
      description:
        - How consistent the data have to be. What was reached is in RV(snapshot_set.consistency).
        - V(crash) takes the server as it is. This is the default.
        - V(stop) stops the server, takes the set and starts the server again, also when that fails. A server that was off stays off. What a killed task has
          stopped, its next run starts.
        - V(quiesce) is for a running volume-backed server whose image has the properties C(os_require_quiesce) and C(hw_qemu_guest_agent), so that Nova
          fails when the guest does not freeze its file systems. Any other server that is not off is refused.
        - A set that is there already, and whose data are less consistent, is an error.
      type: str
      choices: [crash, quiesce, stop]
    policy:
      description: Name of the policy that the set is taken by. It is kept on the members as C(osnap_policy).
      type: str
    window:
      description: The window of the policy, such as a day. It is kept on the members as C(osnap_window).
      type: str
    hold:
      description:
        - Holds the set against removal, as C(osnap_hold) does. Until the end of a day if it is a date such as V(2026-12-31), for ever if it is
          anything else, such as V(true). V(false) holds nothing.
      type: str
    metadata:
      description: Metadata of the members, such as C(series). Others are left alone.
      type: dict
  servers:
    description:
      - A list of servers to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
    type: list
    elements: dict
    suboptions: *fields
  exclude:
    description: Names or IDs of servers, or items with O(servers[].regex) or C(metadata), that are left out.
    type: list
    elements: raw
    default: []
  state:
    description:
      - V(present) makes sure that the set is there and whole.
      - V(absent) makes sure that all of it is gone. One that is held is refused.
      - Some back ends refuse to delete a snapshot or an image that volumes or servers were made of. Nothing shows beforehand which back ends do, so check mode
        warns. What something was made of is tried first, so that nothing has gone where that is refused.
    type: str
    choices: [present, absent]
    default: present
  parallel:
    description: So many servers are dealt with at once.
    type: int
    default: 10
  max_spread:
    description:
      - So many seconds after it was begun a set of a running server is still completed by another run. After that it is taken anew.
    type: int
    default: 60
notes:
  - O(wait=false) is for O(state=absent) only, where it is of no effect. A set is known to be whole only when all of it is there.
seealso:
  - module: osnap.openstack.server_snapshot_set_info
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.snapshot_prune
"""

EXAMPLES = r"""
- name: Take a set of a server before a change
  osnap.openstack.server_snapshot_set:
    cloud: source
    server: db01
    name: before-upgrade
    metadata:
      ticket: CHG-1234

- name: Take sets of several servers, each stopped for it and started again
  osnap.openstack.server_snapshot_set:
    cloud: source
    name: at-rest
    consistency: stop
    servers:
      - server: db01
      - regex: web.*
    exclude: [web02]

- name: Remove one
  osnap.openstack.server_snapshot_set:
    cloud: source
    server: db01
    name: before-upgrade
    state: absent
"""

RETURN = r"""
snapshot_set:
  description:
    - The set as it is after the task; null when it is gone. Check mode has null for what only the services can know.
  returned: when O(servers) is not used
  type: dict
  contains: &set
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
outdated:
  description:
    - Why what an interrupted run had begun was removed, and the set taken anew. Empty otherwise.
  returned: when O(servers) is not used
  type: list
  elements: str
  sample: []
snapshot_sets:
  description: The sets, in the order of O(servers), those of a pattern by name; null for one that is gone or failed.
  returned: when O(servers) is used
  type: list
  elements: dict
  contains: *set
outcomes:
  description: What became of each server, in the same order.
  returned: when O(servers) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position among the servers, from 0.
      type: int
      sample: 0
    changed:
      description: Whether this one was changed.
      type: bool
      sample: true
    failed:
      description: Whether this one failed.
      type: bool
      sample: false
    attempted:
      description: False for one that was not begun because an earlier failure stopped the task.
      type: bool
      sample: true
    snapshot_set:
      description: The set, as in RV(snapshot_set).
      type: dict
    outdated:
      description: As in RV(outdated), for one that did not fail.
      type: list
      elements: str
      sample: []
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_set import ServerSnapshotSet


def main():
    run(ServerSnapshotSet())


if __name__ == "__main__":
    main()
