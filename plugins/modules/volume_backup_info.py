#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_backup_info
short_description: List Cinder backups of volumes
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists the backups of a project's volumes, those of volumes that are gone among them.
  - Nothing found is an empty list, not an error; a O(volume) or O(snapshot) that is not there is one, where it is given by name.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of one backup.
    type: str
  name:
    description: Exact name of the backups.
    type: str
  volume:
    description: Name or ID of the volume whose backups are listed; of one that is gone, the ID.
    type: str
  snapshot:
    description: Name or ID of the snapshot whose data the backups have; of one that is gone, the ID.
    type: str
  status:
    description: Status of the backups, such as V(available) or V(error).
    type: str
  incremental:
    description: Whether the backups are built upon earlier ones.
    type: bool
  metadata:
    description: Metadata that the backups must have, all of it; other keys do not matter.
    type: dict
  all_projects:
    description:
      - Whether the backups of all projects are listed. Administrators only.
      - For others it is an error, for the service would silently list only their own project's.
    type: bool
  sort:
    description:
      - How the service sorts, as C(key:asc) or C(key:desc), several separated by commas; a C(key) alone is descending, as it is to the service.
        Keys are, among others, C(created_at), C(id), C(name), C(size), C(status) and C(volume_id).
      - If not set, the newest come first.
    type: str
  limit:
    description: How many are listed at most, the first ones of the order. If not set, all.
    type: int
seealso:
  - module: osnap.openstack.volume_backup
"""

EXAMPLES = r"""
- name: List the backups of a volume
  osnap.openstack.volume_backup_info:
    cloud: source
    volume: db01-data
  register: found

- name: Show when the data of each were on the volume
  ansible.builtin.debug:
    msg: "{{ found.volume_backups | items2dict(key_name='name', value_name='data_timestamp') }}"

- name: List what has failed
  osnap.openstack.volume_backup_info:
    cloud: source
    status: error

- name: Find the newest usable full one of a series
  osnap.openstack.volume_backup_info:
    cloud: source
    status: available
    incremental: false
    metadata:
      series: nightly
    limit: 1
"""

RETURN = r"""
volume_backups:
  description: The backups, newest first unless O(sort) says otherwise; each as in M(osnap.openstack.volume_backup).
  returned: always
  type: list
  elements: dict
  contains:
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
"""

from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import volume_backup_list


class VolumeBackupInfo(volume_backup_list.VolumeBackupInfo):
    filters = {
        "volume": ({"type": "str"}, "volume_id"),
        "snapshot": ({"type": "str"}, None),
        "status": ({"type": "str"}, "status"),
        "incremental": ({"type": "bool"}, None),
        "metadata": ({"type": "dict"}, None),
        "all_projects": ({"type": "bool"}, "all_tenants"),
    }
    attributes = {"snapshot": "snapshot_id", "incremental": "is_incremental"}
    references = {"volume": Volumes, "snapshot": VolumeSnapshots}
    other_options = {"sort": {"type": "str"}, "limit": {"type": "int"}}


def main():
    VolumeBackupInfo().run()


if __name__ == "__main__":
    main()
