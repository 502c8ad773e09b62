#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_migration_info
short_description: Plan a migration of volumes to another cloud, and tell how far it is
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Tells what M(osnap.openstack.volume_migration) would do for volumes and chosen snapshots, what stands in its way, and where each of them stands.
    Everything is read from both clouds, and nothing is changed.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.destination
  - osnap.openstack.volume_migration
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  volumes:
    description: The volumes and snapshots that are meant, as in O(osnap.openstack.volume_migration#module:volumes).
    type: list
    elements: dict
    required: true
    suboptions:
      volume:
        description: Name or ID of a volume in O(cloud). Either this, O(volumes[].snapshot) or a pattern is required.
        type: str
      snapshot:
        description: Name or ID of a snapshot of a volume in O(cloud).
        type: str
      regex:
        description: A regular expression in place of O(volumes[].volume), for each volume whose whole name it matches. O(volumes[].metadata) alone means
          each volume that has this metadata.
        type: str
      name:
        description: Name of the new volume.
        type: str
      volume_type:
        description: Name of the new volume's type.
        type: str
      availability_zone:
        description: Availability zone of the new volume.
        type: str
      bootable:
        description: Whether servers may boot from the new volume.
        type: bool
      metadata:
        description: Metadata of the new volume, beside the volume's own or in their place.
        type: dict
      method:
        description: As O(method), for this volume.
        type: str
        choices: [auto, stream, glance_download, share, transfer]
  state:
    description: How far they shall be brought, as in O(osnap.openstack.volume_migration#module:state).
    type: str
    choices: [copied, complete]
    default: complete
seealso:
  - module: osnap.openstack.volume_migration
"""

EXAMPLES = r"""
- name: Look whether volumes can be moved
  osnap.openstack.volume_migration_info:
    cloud: source
    destination:
      cloud: target
    run: archive
    volumes:
      - volume: archive
      - snapshot: before-upgrade
        name: database-before-upgrade
  register: archive

- name: Show what stands in the way
  ansible.builtin.debug:
    var: archive.problems

- name: Show where each stands, and what comes next
  ansible.builtin.debug:
    msg: "{{ item.source_name }}: {{ item.phase }}; {{ item.next }}"
  loop: "{{ archive.plans }}"
  loop_control:
    label: "{{ item.source_id }}"
"""

RETURN = r"""
plans:
  description: The plan of each volume, in the order of O(volumes); those of a pattern by name.
  returned: success
  type: list
  elements: dict
  contains:
    volume:
      description: The volume as it was given, or null.
      type: str
      sample: archive
    snapshot:
      description: The snapshot as it was given, or null.
      type: str
      sample: null
    source_id:
      description: ID of the volume or the snapshot; null where there is none.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    source_name:
      description: Name of the volume or the snapshot.
      type: str
      sample: archive
    status:
      description: Its status.
      type: str
      sample: available
    name:
      description: Name of the new volume.
      type: str
      sample: archive
    phase:
      description:
        - Where the migration stands. V(planned), V(copying), V(copied), V(restoring), where the copy becomes a volume, V(complete), V(finalized), or
          V(failed), where something that was made is broken.
        - One that was rolled back is V(copied), or V(planned) where its copy has gone as well.
        - One that is handed over is V(copied) as soon as it has its snapshot, unless somebody has chosen that; then it is V(planned).
      type: str
      sample: copied
    since:
      description: When that began, as the clouds tell, or null.
      type: str
      sample: "2026-05-04T02:00:40Z"
    next:
      description: What comes next.
      type: str
      sample: move it, or finalize to remove its copy
    complete:
      description: Whether it was moved, and that was verified.
      type: bool
      sample: false
    verified:
      description: Whether the new volume is there, made of a finished copy with the bytes of the snapshot.
      type: bool
      sample: false
    unverified:
      description: What is missing to that, or null.
      type: str
      sample: there is no volume of it in cloud 'target'
    new_volume_id:
      description: ID of the new volume, or null.
      type: str
      sample: null
    new_volume_status:
      description: Status of the new volume, or null.
      type: str
      sample: null
    copy_name:
      description: Name of the snapshot, unless one was chosen, and of the images in both clouds.
      type: str
      sample: osnap-archive-8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    method:
      description: How the volume is moved, as O(method) has it; of one of which something is there already, how that was.
      type: str
      sample: stream
    method_reason:
      description: Why it is moved that way.
      type: str
      sample: the clouds share no storage, so a snapshot of the volume becomes an image, which is read there and written here
    snapshot_id:
      description: ID of the snapshot in O(cloud), or null.
      type: str
      sample: 7f2f1a53-4a8e-4a0e-8a43-1b53a5cb3d2f
    image_id:
      description: ID of the image in O(cloud), or null.
      type: str
      sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
    copy_id:
      description: ID of the image in O(destination), or of the one in O(cloud) that is shared with it; or null.
      type: str
      sample: 5d0b3f53-9a1f-5c57-8f0a-6f4b0f0f2b6a
    size:
      description: Size of the copy in bytes.
      type: int
      sample: 1073741824
    hash_algo:
      description: Algorithm of the copy's hash.
      type: str
      sample: sha512
    hash_value:
      description: Hash of the copy.
      type: str
      sample: 9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7
    volume_restore:
      description:
        - The item for M(osnap.openstack.volume_restore), so what the new volume becomes, but for the image, whose ID the copy gives. Null if nothing is left
          to be done. One that is handed over becomes the same, of the snapshot and by itself.
      type: dict
      sample: {name: archive, size: 10, volume_type: fast, availability_zone: null, bootable: false, metadata: {tier: archive}}
    steps:
      description: What is left to be done.
      type: list
      elements: str
      sample: [create volume, finish volume]
    problems:
      description: What stops its migration, one sentence each.
      type: list
      elements: str
      sample: []
    notices:
      description: What it loses or what changes, one sentence each.
      type: list
      elements: str
      sample: []
    findings:
      description: The problems and the notices as data, each with its code.
      type: list
      elements: dict
      contains: &finding
        code:
          description: Its code, which never changes; see R(the codes,ansible_collections.osnap.openstack.docsite.migration_problems).
          type: str
          sample: volume_in_use
        severity:
          description: V(blocks) can't be moved like that, V(loses) may be accepted by its code in O(accept), V(changes) is only told.
          type: str
          sample: blocks
        object:
          description: What it is about.
          type: str
          sample: volume 'archive'
        sentence:
          description: The sentence, as it is in the lists.
          type: str
          sample: >-
            The volume 'archive' (8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b) in cloud 'source' is attached to 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11; detach it,
            move its server, or choose a snapshot of it.
        remedy:
          description: What to do.
          type: str
          sample: Detach it, move its server, or choose a snapshot of it.
        stops:
          description: Whether it stops the migration.
          type: bool
          sample: true
problems:
  description: The problems of all volumes, and those of all of them together, such as the quota.
  returned: success
  type: list
  elements: str
  sample: []
notices:
  description: The notices of all volumes.
  returned: success
  type: list
  elements: str
  sample: []
unused_keys:
  description:
    - The keys of maps that nothing goes by, by map, for no selected volume has what they name. Each with the name that may be meant, one that a selected
      volume has and that is no key itself; or null.
    - A map that several batches share has keys that one batch does not need. So this is only told here, and there is a warning where a name may be meant
      and O(cloud) has none of the name of the key, as if it is misspelt.
    - Empty if there are none, and where nothing new is to be made.
  returned: success
  type: dict
  sample: {volume_type_map: {ssdd: ssd, tape: null}}
findings:
  description: The problems and the notices as data, each with its code.
  returned: success
  type: list
  elements: dict
  contains: *finding
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._migration import volume_preflight


def main():
    Reader(volume_preflight.OPTIONS, {}, volume_preflight.look, volume_preflight.connect).run()


if __name__ == "__main__":
    main()
