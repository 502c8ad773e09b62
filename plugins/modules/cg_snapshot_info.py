#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cg_snapshot_info
short_description: List snapshots of groups of Cinder volumes
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists a project's group snapshots with their members, those of consistency groups of the older API among them.
  - Cinder filters group snapshots only in newer versions, and the older API not at all, so that all but O(all_projects) are applied here.
  - Nothing found is an empty list, not an error; a O(group) that is not there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of one group snapshot.
    type: str
  name:
    description: Exact name of the group snapshots.
    type: str
  group:
    description: Name or ID of the group whose snapshots are listed.
    type: str
  status:
    description: Status of the group snapshots, such as V(available) or V(error).
    type: str
  consistent:
    description: Whether their members are certain to be of one moment, or certain not to be. Those of which nobody can tell are in neither list.
    type: bool
  all_projects:
    description:
      - Whether the group snapshots of all projects are listed. Administrators only.
      - For others it is an error, for the service would silently list only their own project's.
      - Of other projects the generic ones only, as the API of legacy ones lists no others than the project's own.
    type: bool
seealso:
  - module: osnap.openstack.cg_snapshot
"""

EXAMPLES = r"""
- name: List the snapshots of a group
  osnap.openstack.cg_snapshot_info:
    cloud: source
    group: db01
  register: found

- name: Show when each was taken
  ansible.builtin.debug:
    msg: "{{ found.cg_snapshots | items2dict(key_name='name', value_name='created_at') }}"

- name: List what has failed
  osnap.openstack.cg_snapshot_info:
    cloud: source
    status: error
"""

RETURN = r"""
cg_snapshots:
  description: The group snapshots, newest first; each as in M(osnap.openstack.cg_snapshot).
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: ID of the group snapshot.
      type: str
      sample: 6f519a48-3183-46cf-a32f-41815f813986
    name:
      description: Name of the group snapshot.
      type: str
      sample: before-upgrade
    description:
      description: Description of the group snapshot.
      type: str
      sample: Before the upgrade of the database
    status:
      description: Status of the group snapshot.
      type: str
      sample: available
    group_id:
      description: ID of the group.
      type: str
      sample: 6f519a48-3183-46cf-a32f-41815f816666
    group_type_id:
      description: ID of the group's type; null for a legacy consistency group.
      type: str
      sample: 29514915-5208-46ab-9ece-1cc4688ad0c1
    snapshots:
      description:
        - The members, one snapshot for each volume of the group, each as in M(osnap.openstack.volume_snapshot).
        - Empty on clouds before microversion 3.14, where a snapshot does not tell what it is a member of.
      type: list
      elements: dict
      sample: []
    consistent:
      description:
        - Whether the members are of one moment. V(true) only if it is certain, because there is one member, or because the group's type asks for it and
          the back end says that it does so. V(false) if it is certain that they are not.
        - Null if it can't be told. Types and back ends show this to administrators only, and not every back end says.
      type: bool
      sample: null
    is_legacy:
      description: Whether it is a C(cgsnapshot) of the older API.
      type: bool
      sample: false
    project_id:
      description: ID of the project it belongs to; shown to administrators, from microversion 3.58 on.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    created_at:
      description: When it was asked for, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.listing import InfoModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups


class CgSnapshotInfo(InfoModule):
    service = CgSnapshots
    filters = {
        "group": ({"type": "str"}, None),
        "status": ({"type": "str"}, None),
        "consistent": ({"type": "bool"}, None),
        "all_projects": ({"type": "bool"}, "all_tenants"),
    }
    attributes = {"group": "group_id"}
    references = {"group": VolumeGroups}


def main():
    CgSnapshotInfo().run()


if __name__ == "__main__":
    main()
