#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_set_copy_info
short_description: List copies of snapshot sets, and how far they are behind
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists the copies that M(osnap.openstack.server_set_copy) has made in another project, region or cloud, that of the newest set first, with their images
    and whether they are whole.
  - For each server that has whole sets RV(lags) says how far its newest copy is behind its newest set.
  - The number of requests does not depend on how many sets and copies there are, but for the pages of the lists.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
  - osnap.openstack.destination
options:
  server:
    description: Name or ID of the server; it need not be there any more.
    type: str
  name:
    description: Name or ID of the sets.
    type: str
  status:
    description: Status of the copies.
    type: str
    choices: [whole, taking, torn, failed]
seealso:
  - module: osnap.openstack.server_set_copy
  - module: osnap.openstack.server_snapshot_set_info
"""

EXAMPLES = r"""
- name: Read how far the copies of a server are behind
  osnap.openstack.server_set_copy_info:
    cloud: source
    server: web01
    destination:
      cloud: target
  register: copies

- name: Fail where the newest copy is more than a day older than the newest set
  ansible.builtin.assert:
    that: copies.lags[0].lag_seconds is not none and copies.lags[0].lag_seconds < 86400
"""

RETURN = r"""
copied_sets:
  description: The copies.
  returned: always
  type: list
  elements: dict
  contains:
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
lags:
  description: A line for each server that has whole sets in O(cloud), by the ID of the server.
  returned: always
  type: list
  elements: dict
  contains:
    server_id:
      description: ID of the server.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name that the server had.
      type: str
      sample: web01
    newest_set:
      description: Name of its newest whole set.
      type: str
      sample: night
    newest_set_at:
      description: When that was begun, UTC.
      type: str
      sample: "2026-11-24T09:00:00Z"
    newest_copy:
      description: Name of the newest set that has a whole copy; null where there is none.
      type: str
      sample: night
    newest_copy_at:
      description: When that set was begun, UTC; null where there is none.
      type: str
      sample: "2026-11-23T09:00:00Z"
    lag_seconds:
      description: Seconds between the two moments, 0 where the newest set is copied; null where there is no whole copy.
      type: float
      sample: 86400.0
    sets_behind:
      description: How many whole sets are newer than the newest whole copy.
      type: int
      sample: 1
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_copies_read


def main():
    Reader(set_copies_read.OPTIONS, {}, set_copies_read.look, set_copies_read.connect_pair).run()


if __name__ == "__main__":
    main()
