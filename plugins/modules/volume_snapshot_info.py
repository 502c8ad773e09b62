#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_snapshot_info
short_description: List Cinder volume snapshots
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists the snapshots of a project's volumes, filtered by the service where it can.
  - Nothing found is an empty list, not an error; a O(volume) that is not there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of one snapshot.
    type: str
  name:
    description: Exact name of the snapshots.
    type: str
  volume:
    description: Name or ID of the volume whose snapshots are listed.
    type: str
  status:
    description: Status of the snapshots, such as V(available) or V(error).
    type: str
  metadata:
    description: Metadata that the snapshots must have, all of it; other keys do not matter.
    type: dict
  all_projects:
    description:
      - Whether the snapshots of all projects are listed. Administrators only.
      - Other users get their own project's, as the service ignores it silently.
    type: bool
seealso:
  - module: osnap.openstack.volume_snapshot
"""

EXAMPLES = r"""
- name: List the snapshots of a volume
  osnap.openstack.volume_snapshot_info:
    cloud: source
    volume: db01-data
  register: found

- name: Show when each was taken
  ansible.builtin.debug:
    msg: "{{ found.volume_snapshots | items2dict(key_name='name', value_name='created_at') }}"

- name: List what has failed
  osnap.openstack.volume_snapshot_info:
    cloud: source
    status: error

- name: List a series of snapshots by its mark
  osnap.openstack.volume_snapshot_info:
    cloud: source
    metadata:
      series: nightly
"""

RETURN = r"""
volume_snapshots:
  description: The snapshots, newest first; each as in M(osnap.openstack.volume_snapshot).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the snapshot.
      type: str
      sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
    name:
      description: Name of the snapshot.
      type: str
      sample: before-upgrade
    description:
      description: Description of the snapshot.
      type: str
      sample: Before the upgrade of the database
    status:
      description: Status of the snapshot.
      type: str
      sample: available
    volume_id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    size:
      description: Size of the volume at that time, in GiB.
      type: int
      sample: 10
    metadata:
      description: Metadata of the snapshot.
      type: dict
      sample: {ticket: CHG-1234}
    created_at:
      description: When the snapshot was asked for, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    progress:
      description: How much of it is done, where the driver tells.
      type: str
      sample: 100%
    project_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    user_id:
      description: ID of the user who made it; null on clouds before microversion 3.41.
      type: str
      sample: 6a2b8f1f5f0c4b0f9b0f2d2c6f5a7e12
    group_snapshot_id:
      description: ID of the group snapshot it is a member of.
      type: str
      sample: null
    consumes_quota:
      description: Whether it counts against the quota; null on clouds before microversion 3.65.
      type: bool
      sample: true
"""

from ansible_collections.osnap.openstack.plugins.module_utils._info import InfoModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class VolumeSnapshotInfo(InfoModule):
    service = VolumeSnapshots
    filters = {
        "volume": ({"type": "str"}, "volume_id"),
        "status": ({"type": "str"}, "status"),
        "metadata": ({"type": "dict"}, None),
        "all_projects": ({"type": "bool"}, "all_tenants"),
    }
    references = {"volume": Volumes}


def main():
    VolumeSnapshotInfo().run()


if __name__ == "__main__":
    main()
