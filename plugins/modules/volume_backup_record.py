#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_backup_record
short_description: Import records of Cinder backups, so that they can be restored in another cloud
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes a cloud know backups that are in its store already, by the records that M(osnap.openstack.volume_backup_record_info) exports from the cloud that
    made them. No data are moved, so both must have the same store, such as one Swift, S3 or NFS.
  - A backup that this cloud knows is left as it is. It has the same ID in both.
  - What is built upon another backup needs that one to be restored. Where neither the cloud nor the task has it, that is an error. The order of the
    records does not matter.
  - The backup belongs to the project of the login.
  - This is for administrators, unless the cloud's policy says otherwise.
  - B(Two clouds know the data then.) A backup that is deleted in one of them is gone in the store, and can't be restored in the other.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    backup_service:
      description:
        - Which driver of Cinder has made the backup, as the record says.
        - It and O(backup_url) are required.
      type: str
    backup_url:
      description:
        - The record of the backup.
        - It has neither data nor passwords, but says where in the store the backup is, what it and its volume are called, and which key of Barbican an
          encrypted one needs. Keep it as you would keep an inventory.
      type: str
  records:
    description:
      - A list of records to import in one task, each with the options above, as RV(osnap.openstack.volume_backup_record_info#module:records) is.
      - A backup that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
seealso:
  - module: osnap.openstack.volume_backup_record_info
  - module: osnap.openstack.volume_restore
"""

EXAMPLES = r"""
- name: Read the record of a backup, and of what it is built upon, as an administrator
  osnap.openstack.volume_backup_record_info:
    cloud: source-admin
    backups: [db01-data-monday]
  register: exported

- name: Let the cloud that has the same store know it
  osnap.openstack.volume_backup_record:
    cloud: target-admin
    records: "{{ exported.records }}"

- name: Restore it there
  osnap.openstack.volume_restore:
    cloud: target
    name: db01-data
    backup: db01-data-monday
"""

RETURN = r"""
volume_backup:
  description:
    - The backup as it is after the task; null when it failed. Check mode has null for what only the service can know.
  returned: when O(records) is not used
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
  description: The backups, in the order of O(records); null for one that failed.
  returned: when O(records) is used
  type: list
  elements: dict
  contains: *backup
outcomes:
  description: What became of each item, in the order of O(records).
  returned: when O(records) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(records), from 0.
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import backup_record


class VolumeBackupRecord(backup_record.VolumeBackupRecord):
    returns = "volume_backup"
    many = "records"
    options = {"backup_service": {"type": "str"}, "backup_url": {"type": "str"}}


def main():
    run(VolumeBackupRecord())


if __name__ == "__main__":
    main()
