#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_migration
short_description: Migrate detached volumes, and chosen snapshots, to another cloud
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Brings volumes that no server has to another cloud, region or project, as new volumes there. Sources are never changed, and deleted by
    V(state=source_removed) alone. For volumes of servers there is M(osnap.openstack.server_migration).
  - Between two projects of one cloud, and between regions where their Glance offers it, no byte goes through the machine that runs the task, see
    O(method). To give a volume itself away with its snapshots, so that it is no longer in the source, there is M(osnap.openstack.volume_transfer).
  - In place of a volume a snapshot can be chosen. Then no new one is made, the new volume is what that snapshot holds, and the snapshot stays. Its volume
    may be attached.
  - All problems that can be known beforehand are known before the first change, of all volumes and on both sides. A volume with a problem is not
    touched; it fails, and the others go on. Each problem has a code, see M(osnap.openstack.volume_migration_info), which shows plans, problems and phases
    without changing anything.
  - Each volume goes through its own chain (snapshot, image, copy, volume, verification), and chains run side by side. What is scarce is bounded for all
    of them together, see O(copies) and O(conversions).
  - A task may be killed at any moment. The next one of the same O(run) goes on from there, whatever machine it runs on; everything needed is read from
    the clouds.
  - What was made of a volume before somebody has used it is stale, and is made anew. Cinder keeps no list of what was done to a volume, but the time of
    its last change, which each attachment sets. A volume whose time is as before its snapshot was not written to since. Another name or size sets it,
    too; that costs a copy more, and no data. Nothing keeps anybody from attaching the source, so what is written after the migration is complete stays
    behind.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.destination
  - osnap.openstack.volume_migration
  - osnap.openstack.attributes
options:
  <<: &fields
    volume:
      description:
        - Name or ID of a volume in O(cloud). It must be available, so attached to nothing.
        - Either this or O(snapshot) is required, here or in O(volumes), where patterns are possible, too.
      type: str
    snapshot:
      description:
        - Name or ID of a snapshot of a volume in O(cloud), in place of O(volume). It must be available.
      type: str
    regex:
      description:
        - In O(volumes), a regular expression in place of O(volume). Each volume of O(cloud) whose whole name it matches is meant, but for those that
          another item names; attached ones, too, which are a problem then. O(volumes[].metadata) alone means each volume that has this metadata.
      type: str
    name:
      description: Name of the new volume. If not set it is that of the volume or the snapshot, or its ID if it has none.
      type: str
    volume_type:
      description: Name of the new volume's type; if not set, what O(volume_type_map) says of the volume's own.
      type: str
    availability_zone:
      description: Availability zone of the new volume; if not set, what O(zone_map) says of the volume's own.
      type: str
    bootable:
      description: Whether servers may boot from the new volume; as from the volume if not set.
      type: bool
    metadata:
      description: Metadata of the new volume, beside the volume's own or in their place.
      type: dict
  volumes:
    description:
      - A list of volumes and snapshots to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is changed.
      - An item of a pattern becomes one for each volume that it has found, by their names, in what is returned, too.
    type: list
    elements: dict
    suboptions:
      <<: *fields
      method:
        description: As O(method), for this volume.
        type: str
        choices: [auto, stream, glance_download, share, transfer]
  state:
    description:
      - How far the volumes are brought. Each state includes what comes before it.
      - V(copied) makes snapshots of the volumes, and copies of these; the copies are images in O(destination), compared with the source by hash. Where an
        image is shared with O(destination) that is the copy. Of a volume that is handed over it is the snapshot, and of a chosen snapshot nothing.
      - V(complete) makes volumes of the copies, reads both clouds again, compares what is there with what was there, and marks the new volumes.
      - V(rolled_back) removes what the run has made, new volumes among them, whatever was written to them since. Verified copies stay, unless
        O(keep_copies) is V(false), and so do their snapshots, which prove them.
      - V(finalized) ends a migration that is complete, or copies that are not wanted. It removes what was only needed on the way - snapshots, images,
        temporary volumes, copies. What something was made of on a back end that keeps it for that stays, is listed in RV(retained), and goes with a later
        task of this state. A later task knows a finalized volume by C(osnap_run), C(osnap_disk) and C(osnap_complete), which therefore stay in its
        metadata.
      - V(source_removed) is as V(finalized), and then the volume in O(cloud) is deleted. It must be available, and must not have been attached or changed
        since its snapshot. The new volume must be complete and there, and is compared with that snapshot once more, as long as there is one. What keeps it
        has a code in RV(findings), and none that O(accept) takes. A volume that has snapshots which stay is not deleted; it is listed in
        RV(retained). Of a chosen snapshot nothing is removed; it fails.
      - There is no rehearsal, for a copy takes nothing from the source; and nothing between the two first states, for there is nothing to boot.
      - With the last three, what was found in the clouds by the marks of O(run) is all that is touched. What somebody else has made of it, such as a server
        that has the new volume, is not taken from them; that volume fails, and nothing is done for it. What it is refused for has a code in RV(findings).
    type: str
    choices: [copied, complete, rolled_back, finalized, source_removed]
    default: complete
  keep_copies:
    description: Whether verified copies stay when a volume is rolled back, so that they need not be made again.
    type: bool
    default: true
  parallel:
    description: How many volumes are on their way at a time.
    type: int
    default: 10
  copies:
    description: How many images are copied to O(destination) at a time, for all volumes together.
    type: int
    default: 2
  conversions:
    description: How many volumes of one type are made into images at a time. That is work for the storage of O(cloud).
    type: int
    default: 2
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. Each step is always waited for, for the next one needs what it has made.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step of a volume, but for copies, which take as long as they move.
      - After it the volume fails with the last status seen; running the task again goes on from there.
      - A C(timeout) in C(module_defaults) of the whole group is meant for shorter waits, and Ansible takes it instead of this default. Set O(timeout) in the
        task then, or in C(module_defaults) of this module, which go before those of the group.
    type: int
    default: 3600
seealso:
  - module: osnap.openstack.volume_migration_info
  - module: osnap.openstack.server_migration
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.image_from_snapshot
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.volume_restore
  - module: osnap.openstack.volume_transfer
"""

EXAMPLES = r"""
- name: Copy volumes whose names begin like that, but for one, and leave it at that
  osnap.openstack.volume_migration:
    cloud: source
    destination:
      cloud: target
    run: archive
    volumes:
      - regex: "archive.*"
    exclude: [archive-of-this-year]
    state: copied

- name: Bring it there, and with it what a database had on the eve of its upgrade
  osnap.openstack.volume_migration:
    cloud: source
    destination:
      cloud: target
    run: archive
    volumes:
      - volume: archive
      - snapshot: before-upgrade
        name: database-before-upgrade
  register: moved

- name: Show which way each went, and why
  ansible.builtin.debug:
    msg: "{{ item.name }} went by {{ item.method }}, for {{ item.method_reason }}"
  loop: "{{ moved.migrations }}"
  loop_control:
    label: "{{ item.source_id }}"

- name: Show what each has become
  ansible.builtin.debug:
    msg: "{{ moved.migrations | items2dict(key_name='name', value_name='new_volume_id') }}"

- name: Go back with one of them, and keep nothing of it
  osnap.openstack.volume_migration:
    cloud: source
    destination:
      cloud: target
    run: archive
    snapshot: before-upgrade
    state: rolled_back
    keep_copies: false

- name: End the migration of the other
  osnap.openstack.volume_migration:
    cloud: source
    destination:
      cloud: target
    run: archive
    volume: archive
    state: finalized
  register: ended

- name: Show what has stayed, for something was made of it
  ansible.builtin.debug:
    var: ended.retained

- name: Remove the volume in the source, of which nothing is needed any more
  osnap.openstack.volume_migration:
    cloud: source
    destination:
      cloud: target
    run: archive
    volume: archive
    state: source_removed
"""

RETURN = r"""
migration:
  description: The migration of the volume as it is after the task. In check mode what only a run can know is null.
  returned: when one volume or snapshot was given at the top level
  type: dict
  contains: &migration
    volume:
      description: The volume as O(volume) names it, or null.
      type: str
      sample: archive
    snapshot:
      description: The snapshot as O(snapshot) names it, or null.
      type: str
      sample: null
    source_id:
      description: ID of the volume or the snapshot.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    source_name:
      description: Name of the volume or the snapshot.
      type: str
      sample: archive
    name:
      description: Name of the new volume.
      type: str
      sample: archive
    phase:
      description: Where the migration stands, see M(osnap.openstack.volume_migration_info).
      type: str
      sample: complete
    verified:
      description: Whether the new volume is there, made of a finished copy with the bytes of the snapshot.
      type: bool
      sample: true
    new_volume_id:
      description: ID of the new volume, or null.
      type: str
      sample: 0b6cf1de-4f2c-4d8c-a4f4-0e8f7e1f6c7e
    new_volume_status:
      description: Status of the new volume, or null.
      type: str
      sample: available
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
    notices:
      description: What it loses or what changes, one sentence each.
      type: list
      elements: str
      sample: []
timeline:
  description: What this task has done for the volume, and when.
  returned: when one volume or snapshot was given at the top level
  type: list
  elements: dict
  contains: &timeline
    what:
      description: The link of the chain, such as V(snapshot), V(image), V(copy), V(volume), V(complete), V(remove).
      type: str
      sample: copy
    disk:
      description: V(0), or null for what is not of a link of the copy.
      type: int
      sample: 0
    began:
      description: When it began, UTC.
      type: str
      sample: "2026-05-04T02:00:00Z"
    ended:
      description: When it ended, or null if it failed.
      type: str
      sample: "2026-05-04T02:00:40Z"
    changed:
      description: Whether there was anything left to do.
      type: bool
      sample: true
removed:
  description: What has gone, in this order. Null unless O(state) is V(rolled_back), V(finalized) or V(source_removed).
  returned: when one volume or snapshot was given at the top level
  type: list
  elements: dict
  contains: &removed
    what:
      description: The kind of it, which is V(volume), V(copy), V(moving_volume), V(temporary_volume), V(image), V(volume_snapshot) or V(source_volume).
      type: str
      sample: copy
    id:
      description: ID of it.
      type: str
      sample: 5d0b3f53-9a1f-5c57-8f0a-6f4b0f0f2b6a
    name:
      description: Name of it.
      type: str
      sample: osnap-archive-8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    cloud:
      description: V(source) or V(destination).
      type: str
      sample: destination
retained:
  description: What was to go and has stayed. Null unless O(state) is V(rolled_back), V(finalized) or V(source_removed).
  returned: when one volume or snapshot was given at the top level
  type: list
  elements: dict
  contains:
    <<: *removed
    reason:
      description: Why it has stayed.
      type: str
      sample: it is protected from deletion
findings:
  description:
    - Why the volume was refused, or what the state that was asked for lacks, each with its code. A sentence of them is in C(msg), too.
  returned: when one volume or snapshot was given at the top level, and it failed for something that has a code
  type: list
  elements: dict
  contains: &finding
    code:
      description: Its code, which never changes; see R(the codes,ansible_collections.osnap.openstack.docsite.migration_problems).
      type: str
      sample: source_changed
    severity:
      description: V(blocks), or V(loses) for what may be accepted by its code in O(accept).
      type: str
      sample: blocks
    object:
      description: What it is about.
      type: str
      sample: volume 'archive'
    sentence:
      description: The sentence.
      type: str
      sample: The volume 'archive' (8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b) is not removed, for it was attached or changed since it was copied.
    remedy:
      description: What to do.
      type: str
      sample: Save what was written since, which is nowhere else, and remove the source yourself.
    stops:
      description: Whether it has stopped this; always V(true).
      type: bool
      sample: true
migrations:
  description: The migrations in the order of O(volumes); null for one that failed.
  returned: when O(volumes) was given
  type: list
  elements: dict
  contains: *migration
outcomes:
  description: What became of each item, in the order of O(volumes).
  returned: when O(volumes) was given
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(volumes), from 0.
      type: int
      sample: 0
    changed:
      description: Whether anything was, or would be, changed for it.
      type: bool
      sample: true
    failed:
      description: Whether it failed.
      type: bool
      sample: false
    attempted:
      description: Whether it was attempted; after some failures the rest is not.
      type: bool
      sample: true
    migration:
      description: As RV(migration).
      type: dict
      contains: *migration
    timeline:
      description: As RV(timeline). Only where it did not fail.
      type: list
      elements: dict
      contains: *timeline
    removed:
      description: As RV(removed). Only where it did not fail.
      type: list
      elements: dict
    retained:
      description: As RV(retained). Only where it did not fail.
      type: list
      elements: dict
    findings:
      description: As RV(findings).
      returned: when it failed for something that has a code
      type: list
      elements: dict
      contains: *finding
    msg:
      description: Why it failed, or null.
      type: str
      sample: null
    status:
      description: HTTP status of the answer that made it fail, or null.
      type: int
      sample: null
    request_id:
      description: ID of that request in the service's log, or null.
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
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_migration import VolumeMigration


def main():
    run(VolumeMigration())


if __name__ == "__main__":
    main()
