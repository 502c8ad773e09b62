#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_set_copy
short_description: Copy snapshot sets of servers to another project, region or cloud
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a whole copy of a snapshot set is in another project, region or cloud, or gone from there. Sets are those of
    M(osnap.openstack.server_snapshot_set).
  - A copy is images, one of each disk. That of a root disk that is Nova's own is copied as it is. A Cinder snapshot becomes an image by a temporary volume
    and a temporary image, which are removed again. All bytes go through this process and no file, and each image counts only after its hash has been found
    equal on both ends, as with M(osnap.openstack.image_copy).
  - What is there already is not copied again. A task that was killed is gone on with by the next one. With O(state=absent) also goes what a copy that was
    given up has left in the cloud of the set.
  - The images have marks of their own (C(osnap_copied_set) and others), so that a copy is never taken for a set of a server there. C(osnap_policy) and
    C(osnap_window) go with it; holds do not, and neither does what a test has found. M(osnap.openstack.snapshot_prune) prunes copies by themselves.
  - Only whole sets are copied. Two tasks at once make one copy.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.bulk
  - osnap.openstack.attributes
  - osnap.openstack.destination
options:
  <<: &fields
    server:
      description: Name or ID of the server that the set is of; it need not be there any more. Required, at the top level or in each item.
      type: str
    name:
      description: Name or ID of the set. The newest whole set of the server if not set; with O(state=absent) it is required.
      type: str
    hold:
      description:
        - Holds the copy against removal, as C(osnap_hold) does. Until the end of a day if it is a date such as V(2026-12-31), for ever if it is
          anything else, such as V(true). V(false) holds nothing.
      type: str
    metadata:
      description: Metadata of the copy, beside those of the set. Others are left alone.
      type: dict
  sets:
    description:
      - A list of sets to copy in one task, each with the options above. What an item leaves out is taken from the top level.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that a whole copy is there.
      - V(absent) makes sure that all of it is gone, also what was left unfinished, here and there. One that is held or protected is refused.
    type: str
    choices: [present, absent]
    default: present
  parallel:
    description: So many sets are copied at once, the disks of each one after another.
    type: int
    default: 2
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. A copy is always waited for.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step of a disk but the copy itself, which takes as long as it moves.
      - A C(timeout) in C(module_defaults) of the whole group is meant for shorter waits, and Ansible takes it instead of this default. Set O(timeout) in the
        task then, or in C(module_defaults) of this module, which go before those of the group.
    type: int
    default: 3600
notes:
  - A set whose snapshots are of encrypted volumes is refused, for a copy could never be read.
  - The temporary volumes and images are in the project of the set, and its quota must leave room for O(parallel) of each; this is checked first.
seealso:
  - module: osnap.openstack.server_set_copy_info
  - module: osnap.openstack.server_snapshot_set
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.snapshot_prune
"""

EXAMPLES = r"""
- name: Copy the newest set of a server to another cloud
  osnap.openstack.server_set_copy:
    cloud: source
    server: web01
    destination:
      cloud: target

- name: Copy the sets of a night
  osnap.openstack.server_set_copy:
    cloud: source
    name: night
    metadata:
      ticket: CHG-1234
    destination:
      cloud: target
    sets:
      - server: web01
      - server: web02

- name: Remove a copy
  osnap.openstack.server_set_copy:
    cloud: source
    server: web01
    name: night
    state: absent
    destination:
      cloud: target
"""

RETURN = r"""
copied_set:
  description:
    - The copy as it is after the task; null when it is gone. Check mode has null for what only the services can know.
  returned: when O(sets) is not used
  type: dict
  contains: &copy
    id:
      description: ID of the set; the images of its copies have it as C(osnap_copied_set_id).
      type: str
      sample: 5d8f6f0a-3f0a-4f47-9a51-3c3d3a9a1b11
    name:
      description: Name of the set.
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
      description: When the taking of the set began, UTC; the moment of the data.
      type: str
      sample: "2026-11-24T09:00:00Z"
    status:
      description:
        - V(whole), all disks are there, and each was found equal. V(taking), an image is still being filled. V(torn), an image is missing, and none was
          begun for five minutes; copy the set again, which goes on from there. V(failed), an image has failed.
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
      description: The images, that of the disk which the server boots from first.
      type: list
      elements: dict
      contains:
        kind:
          description: V(image); a copy has nothing else.
          type: str
          sample: image
        id:
          description: ID of the image.
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
          description: ID of the volume that it has the data of, null for the root disk that is Nova's own.
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
          description: GiB of the volume; of Nova's own root disk, GiB of the data of the image, rounded up.
          type: int
          sample: 20
        status:
          description: Status of the image.
          type: str
          sample: active
        created_at:
          description: When it was created, UTC.
          type: str
          sample: "2026-11-24T09:00:00.000000"
        group_snapshot_id:
          description: Always null; a copy has no group snapshot.
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
    copied_at:
      description: When the last image of it was begun, UTC; null in check mode where one is still to be made.
      type: str
      sample: "2026-11-24T09:20:00Z"
    source_project_id:
      description: ID of the project that the set is in.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
transfers:
  description: What went through, a line for each disk that was copied; null in check mode where there is something to copy.
  returned: when O(sets) is not used
  type: list
  elements: dict
  contains: &transfer
    disk:
      description: ID of the volume, or V(root).
      type: str
      sample: root
    bytes:
      description: Bytes that were copied.
      type: int
      sample: 2147483648
    seconds:
      description: Seconds that it took, verification included.
      type: float
      sample: 12.5
copied_sets:
  description: The copies, in the order of O(sets); null for one that is gone or failed.
  returned: when O(sets) is used
  type: list
  elements: dict
  contains: *copy
outcomes:
  description: What became of each item, in the order of O(sets).
  returned: when O(sets) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(sets), from 0.
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
    copied_set:
      description: The copy, as in RV(copied_set).
      type: dict
    transfers:
      description: What went through, as in RV(transfers).
      type: list
      elements: dict
      contains: *transfer
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy import ServerSetCopy


def main():
    run(ServerSetCopy())


if __name__ == "__main__":
    main()
