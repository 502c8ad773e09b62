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
  - Lists the snapshots of a project's volumes, filtered by the service.
  - With O(manageable) it lists what a back end has, known to Cinder or not.
  - Nothing found is an empty list, not an error; a O(volume) or O(project) that is not there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  details:
    description: Taken for the sake of playbooks written for openstack.cloud; every row has all its details.
    type: bool
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
  availability_zone:
    description: Availability zone of the snapshots' volumes. Needs microversion 3.31.
    type: str
  consumes_quota:
    description: Whether the snapshots count against the quota; temporary ones that Cinder makes for itself do not. Needs microversion 3.65.
    type: bool
  filters:
    description:
      - More filters, as this cloud's operator allows them, such as C(name~) for a part of the name. They are sent as they are. Needs microversion 3.31,
        C(name~) and the like 3.34.
      - One that the cloud does not allow is an error. Only an administrator's filters are not checked by Cinder, it finds nothing with one that it
        does not know.
    type: dict
  all_projects:
    description:
      - Whether the snapshots of all projects are listed. Administrators only.
      - For others it is an error, for the service would silently list only their own project's.
    type: bool
  project:
    description: Name or ID of another project whose snapshots are listed. Administrators only.
    type: str
  sort:
    description:
      - How the service sorts, as C(key:asc) or C(key:desc), several separated by commas; a C(key) alone is descending, as it is to the service.
        Keys are, among others, C(created_at), C(id), C(name), C(size), C(status) and C(volume_id). With O(manageable) they are C(reference) and
        C(size).
      - If not set, the newest come first.
    type: str
  limit:
    description: How many are listed at most, the first ones of the order. If not set, all.
    type: int
  manageable:
    description:
      - Lists the snapshots that a back end has, whether Cinder knows them or not, instead of those that Cinder knows. Administrators only. Needs
        microversion 3.8.
      - One that Cinder does not know can be managed with O(osnap.openstack.volume_snapshot#module:manage).
      - A driver that can't tell lists none.
    type: dict
    suboptions:
      host:
        description: The back end, as C(host@backend#pool).
        type: str
      cluster:
        description: The cluster of back ends, as C(cluster@backend#pool). Needs microversion 3.17.
        type: str
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

- name: List the three newest that are usable
  osnap.openstack.volume_snapshot_info:
    cloud: source
    status: available
    limit: 3

- name: List the biggest ones of all projects, as an administrator
  osnap.openstack.volume_snapshot_info:
    cloud: source-admin
    all_projects: true
    sort: size:desc,name:asc
    limit: 10

- name: List what Cinder does not know yet
  osnap.openstack.volume_snapshot_info:
    cloud: source-admin
    manageable:
      host: "{{ back_end }}"
  register: there

- name: Show what can be managed
  ansible.builtin.debug:
    msg: "{{ there.manageable_snapshots | selectattr('safe_to_manage') | map(attribute='reference') }}"
"""

RETURN = r"""
volume_snapshots:
  description: The snapshots, newest first unless O(sort) says otherwise; each as in M(osnap.openstack.volume_snapshot).
  returned: when O(manageable) is not used
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
    is_forced:
      description: Always null, for the API does not tell. It is here for playbooks written for openstack.cloud.
      type: bool
      sample: null
    consumes_quota:
      description: Whether it counts against the quota; null on clouds before microversion 3.65.
      type: bool
      sample: true
manageable_snapshots:
  description: The snapshots of the back end, by their names there unless O(sort) says otherwise.
  returned: when O(manageable) is used
  type: list
  elements: dict
  contains:
    reference:
      description: What the back end calls the snapshot; its key is the C(id_type) and its value the C(identifier) to manage it with.
      type: dict
      sample: {source-name: snapshot-2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f}
    source_reference:
      description: What the back end calls the volume.
      type: dict
      sample: {source-name: volume-8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b}
    size:
      description: Size in GiB.
      type: int
      sample: 10
    safe_to_manage:
      description: Whether it can be managed.
      type: bool
      sample: true
    reason_not_safe:
      description: Why not, or null.
      type: str
      sample: null
    cinder_id:
      description: ID of the snapshot as which Cinder knows it, or null.
      type: str
      sample: null
    extra_info:
      description: What else the driver tells, or null.
      type: raw
      sample: null
"""

from ansible_collections.osnap.openstack.plugins.module_utils._services.projects import Projects
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import volume_snapshot_list


class VolumeSnapshotInfo(volume_snapshot_list.VolumeSnapshotInfo):
    filters = {
        "volume": ({"type": "str"}, "volume_id"),
        "status": ({"type": "str"}, "status"),
        "metadata": ({"type": "dict"}, None),
        "availability_zone": ({"type": "str"}, "availability_zone"),
        "consumes_quota": ({"type": "bool"}, "consumes_quota"),
        "filters": ({"type": "dict"}, "filters"),
        "all_projects": ({"type": "bool"}, "all_tenants"),
        "project": ({"type": "str"}, "project_id"),
    }
    references = {"volume": Volumes, "project": Projects}
    other_options = {
        "details": {"type": "bool"},
        "sort": {"type": "str"},
        "limit": {"type": "int"},
        "manageable": {
            "type": "dict",
            "options": {"host": {"type": "str"}, "cluster": {"type": "str"}},
            "mutually_exclusive": [("host", "cluster")],
            "required_one_of": [("host", "cluster")],
        },
    }
    rules = {"mutually_exclusive": [("manageable", option) for option in ("id", "name", *filters)]}


def main():
    VolumeSnapshotInfo().run()


if __name__ == "__main__":
    main()
