#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_restore
short_description: Make volumes from Cinder snapshots, backups or Glance images, and attach them
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a volume that was made from a given snapshot, image or backup is there, and attached to a server if one is named; or that it is gone.
  - With O(overwrite=true) a backup is restored into a volume that is there.
  - A restored volume is known by its ID, or by its name and its source. However often the task runs, or is killed and run again, there is one such volume.
  - A volume of the same name that was made from something else is never taken for it, and never touched; it is an error.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing volume. With it, O(name) renames the volume, and O(snapshot), O(image) or O(backup) only checks that it was
          made from that.
      type: str
    name:
      description:
        - Name of the volume, at most 255 characters; white space around it does not count.
        - Required if O(id) is not given.
      type: str
      aliases: [display_name]
    snapshot:
      description:
        - Name or ID of the volume snapshot to make the volume from. It must be available.
        - To make a volume, either this, O(image) or O(backup) is required. To remove one it narrows the search.
      type: str
      aliases: [snapshot_id]
    image:
      description:
        - Name or ID of the image to make the volume from. It must be active and hold data; the empty image of a volume-backed server is refused.
      type: str
    backup:
      description:
        - Name or ID of the volume backup to make the volume from. One that is being restored to another volume is waited for. Needs microversion 3.47.
        - Cinder gives the volume the metadata and the image metadata of the one that was backed up. O(metadata) are put over these.
      type: str
    overwrite:
      description:
        - Restore O(backup) into the volume that O(id) or O(name) says, whatever it was made from. All that it has is lost, its metadata too if the volume
          that was backed up had any.
        - The volume must be available, attached to nothing, and as large as the backup or larger.
        - It is not done again as long as nothing has happened to the volume since, attaching it included, by the volume's C(updated_at). After that it is
          done again.
      type: bool
    description:
      description:
        - Description of the volume, at most 255 characters, no line breaks.
        - An existing description is left alone if this is not set, and removed by V("").
      type: str
      aliases: [display_description]
    metadata:
      description:
        - Metadata of the volume. Numbers and booleans are stored as text; keys that are not named are left alone.
      type: dict
    size:
      description:
        - Size of the volume in GiB, at least that of the snapshot or backup, or what the image needs. If not set, it is just that.
        - The size of an existing volume is not changed; another one is an error.
      type: int
    volume_type:
      description:
        - Name or ID of the volume type.
        - If not set, it is that of the snapshot's volume, or the cloud's default for an image or a backup. It can't be changed later.
      type: str
    availability_zone:
      description: Availability zone of the volume. It can't be changed later.
      type: str
    bootable:
      description:
        - Whether servers may boot from the volume.
        - Cinder makes every volume that comes from an image bootable. A new one of O(image) is bootable only if this is V(true), so that a data disk is
          none by accident.
        - If not set, a new volume of a snapshot or a backup is as bootable as the one that it was taken of, and an existing volume is left as it is.
      type: bool
      aliases: [is_bootable]
    server:
      description:
        - Name or ID of a server to attach the volume to. The task waits until Cinder and Nova both say that it is attached.
        - A volume that is attached to another server is an error. If not set, attachments are left alone.
      type: str
    device:
      description:
        - Name of the device in the server, such as V(/dev/vdc). Some hypervisors choose it themselves; another one than asked for is an error.
        - It can't be changed while the volume is attached.
      type: str
    delete_on_termination:
      description:
        - Whether the volume is deleted together with O(server). Needs compute API 2.79. It can't be changed while the volume is attached.
      type: bool
  volumes:
    description:
      - A list of volumes to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the volume is there, as declared and usable.
      - V(absent) makes sure that it is gone. One that is attached or has snapshots is an error; these must go first. Without O(id), O(snapshot), O(image)
        and O(backup), only a volume that this module has made is removed.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing volume in status C(error).
      - V(replace) deletes it and makes it anew.
    type: str
    choices: [fail, replace]
    default: fail
notes:
  - The module writes C(osnap_source), the ID of the snapshot, image or backup, into the volume's metadata. By this mark a killed run finds its volume
    again. For a backup it also writes C(src_backup_id), as Cinder does, and into one that was overwritten C(osnap_overwritten_with) and
    C(osnap_overwritten_at).
  - Of an encrypted volume's backup only a volume of the same type can be made.
seealso:
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.volume_backup
  - module: osnap.openstack.server_restore
"""

EXAMPLES = r"""
- name: Make a volume from a snapshot and attach it to a server
  osnap.openstack.volume_restore:
    cloud: source
    name: db01-data-restored
    snapshot: db01-data-nightly
    server: rescue
  register: restored

- name: Make several volumes in one task
  osnap.openstack.volume_restore:
    cloud: source
    metadata:
      purpose: drill
    volumes:
      - name: drill-data
        snapshot: db01-data-nightly
      - name: drill-logs
        snapshot: db01-logs-nightly
        size: 2

- name: Make a bootable volume from an image
  osnap.openstack.volume_restore:
    cloud: source
    name: web01-root
    image: web01-before-upgrade
    bootable: true

- name: Make a volume from a backup
  osnap.openstack.volume_restore:
    cloud: source
    name: db01-data-of-monday
    backup: db01-data-monday

- name: Put a detached volume back to what a backup has
  osnap.openstack.volume_restore:
    cloud: source
    name: db01-data-of-monday
    backup: db01-data-monday
    overwrite: true

- name: Remove a restored volume
  osnap.openstack.volume_restore:
    cloud: source
    name: drill-data
    snapshot: db01-data-nightly
    state: absent
"""

RETURN = r"""
volume:
  description:
    - The volume as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(volumes) is not used
  type: dict
  contains: &volume
    id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    name:
      description: Name of the volume.
      type: str
      sample: db01-data-restored
    description:
      description: Description of the volume.
      type: str
      sample: null
    status:
      description: Status of the volume.
      type: str
      sample: available
    size:
      description: Size of the volume in GiB.
      type: int
      sample: 10
    volume_type:
      description: Name of its type.
      type: str
      sample: ceph
    availability_zone:
      description: Availability zone of the volume.
      type: str
      sample: nova
    is_bootable:
      description: Whether servers may boot from it.
      type: bool
      sample: false
    is_encrypted:
      description: Whether it is encrypted.
      type: bool
      sample: false
    is_multiattach:
      description: Whether it may be attached to several servers.
      type: bool
      sample: false
    attachments:
      description: Its attachments as the service shows them.
      type: list
      elements: dict
      sample: []
    metadata:
      description: Metadata of the volume.
      type: dict
      sample: {osnap_source: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f}
    volume_image_metadata:
      description: Properties of the image that it, or the volume of its snapshot, was made from.
      type: dict
      sample: null
    snapshot_id:
      description: ID of the snapshot that it was made from.
      type: str
      sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
    image_id:
      description: ID of the image that it was made from; null for one of a snapshot.
      type: str
      sample: null
    backup_id:
      description: ID of the backup that was restored to it last, unless it was made of something else.
      type: str
      sample: null
    server_id:
      description: ID of the server that it is attached to.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    device:
      description: Name of the device in that server.
      type: str
      sample: /dev/vdb
    delete_on_termination:
      description: Whether it is deleted together with that server; null where O(server) is not used, and before compute API 2.79.
      type: bool
      sample: false
    created_at:
      description: When it was asked for, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    project_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
volumes:
  description: The volumes, in the order of O(volumes); null for one that is gone or failed.
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains: *volume
outcomes:
  description: What became of each item, in the order of O(volumes).
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(volumes), from 0.
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
    volume:
      description: The volume, as in RV(volume).
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
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore


def main():
    run(VolumeRestore())


if __name__ == "__main__":
    main()
