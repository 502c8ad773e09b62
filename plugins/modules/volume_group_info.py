#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_group_info
short_description: List groups of Cinder volumes
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists a project's groups of volumes with their members, consistency groups of the older API among them.
  - Cinder's own filters of groups depend on its version and on the operator, and the older API has none, so that all but O(all_projects) are applied here.
  - Nothing found is an empty list, not an error; a O(volume) or O(group_type) that is not there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of one group.
    type: str
  name:
    description: Exact name of the groups.
    type: str
  volume:
    description: Name or ID of a volume; lists the group that it is a member of.
    type: str
  group_type:
    description: Name or ID of the type of the groups.
    type: str
  status:
    description: Status of the groups, such as V(available) or V(error).
    type: str
  availability_zone:
    description: Availability zone of the groups.
    type: str
  all_projects:
    description:
      - Whether the groups of all projects are listed. Administrators only.
      - For others it is an error, for the service would silently list only their own project's.
    type: bool
seealso:
  - module: osnap.openstack.volume_group
"""

EXAMPLES = r"""
- name: List all groups
  osnap.openstack.volume_group_info:
    cloud: source
  register: found

- name: Show their members
  ansible.builtin.debug:
    msg: "{{ found.volume_groups | items2dict(key_name='name', value_name='volumes') }}"

- name: Find the group of a volume
  osnap.openstack.volume_group_info:
    cloud: source
    volume: db01-data
"""

RETURN = r"""
volume_groups:
  description: The groups, newest first; each as in M(osnap.openstack.volume_group).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the group.
      type: str
      sample: 6f519a48-3183-46cf-a32f-41815f816666
    name:
      description: Name of the group.
      type: str
      sample: db01
    description:
      description: Description of the group.
      type: str
      sample: The volumes of the database
    status:
      description: Status of the group.
      type: str
      sample: available
    availability_zone:
      description: Availability zone of the group.
      type: str
      sample: nova
    group_type:
      description: ID of the group's type; null for a legacy consistency group.
      type: str
      sample: 29514915-5208-46ab-9ece-1cc4688ad0c1
    volume_types:
      description: IDs of the volume types that members may have.
      type: list
      elements: str
      sample: [4e9e6d23-eed0-426d-b90a-28f87a94b6fe]
    volumes:
      description: IDs of the members.
      type: list
      elements: str
      sample: [8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b]
    group_snapshot_id:
      description: ID of the group snapshot that it was made of.
      type: str
      sample: null
    source_group_id:
      description: ID of the group that it was made of.
      type: str
      sample: null
    replication_status:
      description: Status of its replication; null on clouds before microversion 3.38.
      type: str
      sample: disabled
    is_legacy:
      description: Whether it is a consistency group of the older API.
      type: bool
      sample: false
    project_id:
      description: ID of the project it belongs to; shown to administrators, from microversion 3.58 on.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    created_at:
      description: When it was made, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.listing import InfoModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_types import GroupTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups


class VolumeGroupInfo(InfoModule):
    service = VolumeGroups
    filters = {
        "volume": ({"type": "str"}, None),
        "group_type": ({"type": "str"}, None),
        "status": ({"type": "str"}, None),
        "availability_zone": ({"type": "str"}, None),
        "all_projects": ({"type": "bool"}, "all_tenants"),
    }
    attributes = {"volume": "volumes"}
    references = {"volume": GroupableVolumes, "group_type": GroupTypes}


def main():
    VolumeGroupInfo().run()


if __name__ == "__main__":
    main()
