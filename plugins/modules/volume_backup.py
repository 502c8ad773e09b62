#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_backup
short_description: Make, change and remove Cinder backups of volumes
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a backup of a volume is there and usable, or gone.
  - A backup is kept apart from its volume, in the store that the cloud has for it. It outlives the volume, and the loss of the volume's back end.
  - A backup is known by its ID, or by its volume and its name. One of the same name of another volume is never taken for it.
  - A backup that is still being made is waited for. One that is being deleted is waited out and made anew. One in status C(error) fails the task with
    the service's own reason, unless O(on_error=replace).
  - Cinder makes one backup of a volume at a time. Where it is at another one, that is waited for.
  - What is built upon a backup keeps it. Its deletion is refused with the names of these, unless O(with_dependents=true).
  - Of another project's volume an administrator gets no backup, for it would not belong to that project. Log in to the volume's own.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing backup. With it, O(name) renames the backup, and O(volume) only checks that it is that volume's.
      type: str
    name:
      description:
        - Name of the backup, at most 255 characters; white space around it does not count.
        - Required if O(id) is not given.
      type: str
      aliases: [display_name]
    volume:
      description:
        - Name or ID of the volume. Of a volume that is gone, only the ID will do.
        - Required to make a backup. To remove one it narrows the search; without it the name must be the only one of its kind.
      type: str
    snapshot:
      description:
        - Name or ID of a snapshot of that volume. Its data are backed up, instead of what the volume has by now.
      type: str
      aliases: [snapshot_id]
    incremental:
      description:
        - Whether only what has changed since the volume's newest available backup is stored. Such a backup is built upon that one and needs it. Of a
          O(snapshot), the one before that snapshot counts.
        - With V(true), a volume that has no backup to build upon is an error. With V(auto) its first one is a full one.
        - If not set, the backup is a full one. It can't be changed later.
      type: str
      choices: ["true", "false", "auto"]
    description:
      description:
        - Description of the backup, at most 255 characters, no line breaks.
        - An existing description is left alone if this is not set, and removed by V("").
      type: str
      aliases: [display_description]
    metadata:
      description:
        - Metadata of the backup. Numbers and booleans are stored as text. Needs microversion 3.43.
        - Keys that are not named are left alone, unless O(purge_metadata=true). But Cinder takes all of them or none, so that a key which somebody else
          sets at the same moment may get lost.
      type: dict
    purge_metadata:
      description:
        - Whether metadata keys that O(metadata) does not name are removed.
      type: bool
    force:
      description:
        - To make a backup, whether its volume may be in use. Such a backup is crash-consistent, as if the power had failed. If not set it may. With
          V(false), a volume in use is an error.
        - To remove one, V(true) also removes what is in a status in which Cinder does not delete, such as C(error_deleting) or a C(creating) that
          never ends. This is for administrators, where the store can do it.
      type: bool
    container:
      description:
        - Where in the store the backup is put, such as a container of Swift or a folder. If not set, the service chooses. It can't be changed later.
      type: str
    availability_zone:
      description:
        - Availability zone of the backup service that makes it. Needs microversion 3.51. It can't be changed later.
      type: str
    with_dependents:
      description:
        - To remove a backup, whether the incremental ones that are built upon it go, too, the newest first.
        - One that is on hold by C(osnap_hold) in its metadata stays, and with it all that it is built upon.
      type: bool
  backups:
    description:
      - A list of backups to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the backup is there, as declared and available.
      - V(absent) makes sure that it is gone.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing backup in status C(error).
      - V(replace) deletes it and makes it anew.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.volume_backup_info
  - module: osnap.openstack.volume_restore
  - module: osnap.openstack.snapshot_prune
"""

EXAMPLES = r"""
- name: Back up a volume
  osnap.openstack.volume_backup:
    cloud: source
    volume: db01-data
    name: before-upgrade
    metadata:
      ticket: CHG-1234

- name: Back up several volumes in one task, each time only what has changed since the last one
  osnap.openstack.volume_backup:
    cloud: source
    incremental: auto
    metadata:
      series: nightly
    backups:
      - volume: db01-data
        name: nightly-0001
      - volume: db01-logs
        name: nightly-0001

- name: Back up what a snapshot has, while the volume goes on
  osnap.openstack.volume_backup:
    cloud: source
    volume: db01-data
    snapshot: db01-data-nightly
    name: of-the-night

- name: Remove a backup, and what is built upon it
  osnap.openstack.volume_backup:
    cloud: source
    volume: db01-data
    name: before-upgrade
    with_dependents: true
    state: absent
"""

RETURN = r"""
volume_backup:
  description:
    - The backup as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(backups) is not used
  type: dict
  contains: &backup
    id:
      description: ID of the backup.
      type: str
      sample: 3b6c1de8-6b53-4a5a-9d43-5dbb2c4a6a10
    name:
      description: Name of the backup.
      type: str
      sample: before-upgrade
    description:
      description: Description of the backup.
      type: str
      sample: Before the upgrade of the database
    status:
      description: Status of the backup.
      type: str
      sample: available
    volume_id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    snapshot_id:
      description: ID of the snapshot whose data it has; null for the volume's own.
      type: str
      sample: null
    size:
      description: Size of the volume at that time, in GiB.
      type: int
      sample: 10
    metadata:
      description: Metadata of the backup; null on clouds before microversion 3.43.
      type: dict
      sample: {ticket: CHG-1234}
    created_at:
      description: When the backup was asked for, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    data_timestamp:
      description: When the data were on the volume, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    is_incremental:
      description: Whether it is built upon an earlier one.
      type: bool
      sample: false
    has_dependent_backups:
      description: Whether others are built upon it.
      type: bool
      sample: false
    fail_reason:
      description: Why it failed, in the service's words.
      type: str
      sample: null
    container:
      description: Where in the store it is.
      type: str
      sample: volume_backups
    object_count:
      description: Of how many objects it consists in the store.
      type: int
      sample: 12
    availability_zone:
      description: Availability zone of the backup service.
      type: str
      sample: nova
    project_id:
      description: ID of the project it belongs to; told to administrators only.
      type: str
      sample: null
    user_id:
      description: ID of the user who made it; told to administrators only, from microversion 3.56 on.
      type: str
      sample: null
volume_backups:
  description: The backups, in the order of O(backups); null for one that is gone or failed.
  returned: when O(backups) is used
  type: list
  elements: dict
  contains: *backup
outcomes:
  description: What became of each item, in the order of O(backups).
  returned: when O(backups) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(backups), from 0.
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
    volume_backup:
      description: The backup, as in RV(volume_backup).
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_backup import VolumeBackup


def main():
    run(VolumeBackup())


if __name__ == "__main__":
    main()
