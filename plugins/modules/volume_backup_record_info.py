#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_backup_record_info
short_description: Export records of Cinder backups
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Returns the records of backups, with which another cloud that has the same store can restore them, or this one after its database was lost.
  - This is for administrators, unless the cloud's policy says otherwise.
  - Cinder changes C(updated_at) of a backup when its record is read, and the record has that time.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  backups:
    description: Names or IDs of the backups. They must be available.
    type: list
    elements: str
    required: true
  with_bases:
    description: Whether the records of what an incremental backup is built upon are returned, too. Without these it can't be restored elsewhere.
    type: bool
    default: true
seealso:
  - module: osnap.openstack.volume_backup_record
"""

EXAMPLES = r"""
- name: Read the record of a backup, and of what it is built upon
  osnap.openstack.volume_backup_record_info:
    cloud: source-admin
    backups: [db01-data-monday]
  register: exported
"""

RETURN = r"""
backup_ids:
  description: The IDs of the backups, in the order of RV(records).
  returned: always
  type: list
  elements: str
  sample: [3b6c1de8-6b53-4a5a-9d43-5dbb2c4a6a10]
records:
  description: The records, each after those of what it is built upon.
  returned: always
  type: list
  elements: dict
  contains:
    backup_service:
      description: Which driver of Cinder has made the backup.
      type: str
      sample: cinder.backup.drivers.swift.SwiftBackupDriver
    backup_url:
      description: The record. See O(osnap.openstack.volume_backup_record#module:backup_url) for what stands in it.
      type: str
      sample: eyJpZCI6ICIzYjZjMWRlOCJ9
"""

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.backup_record_list import (
    VolumeBackupRecordInfo,
)


def main():
    VolumeBackupRecordInfo().run()


if __name__ == "__main__":
    main()
