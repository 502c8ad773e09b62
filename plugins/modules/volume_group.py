#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_group
short_description: Make, change and remove groups of Cinder volumes
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a group of volumes is there with exactly these members, or gone. A snapshot of a group is taken with M(osnap.openstack.cg_snapshot).
  - A group is known by its ID or its name. Several of one name are an error that lists them.
  - On a cloud that has generic volume groups (microversion 3.14) these are made. Groups of the older kind, consistency groups, are found, changed and
    removed as well, and are made where the cloud has nothing else.
  - What Cinder would refuse of a member is told before anything is sent, with the name of the volume, its type, its status, its group and its zone.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing group. With it, O(name) renames the group.
      type: str
    name:
      description:
        - Name of the group, at most 255 characters; white space around it does not count.
        - Required if O(id) is not given.
      type: str
    description:
      description:
        - Description of the group, at most 255 characters, no line breaks.
        - An existing description is left alone if this is not set, and removed by V("").
      type: str
    group_type:
      description:
        - Name or ID of the group's type. It can't be changed later.
        - Required to make a group, unless it is made of O(group_snapshot) or O(source_group), or the cloud has only consistency groups.
        - Snapshots of the group are of one moment only if its type says C(consistent_group_snapshot_enabled) and the back end can do it.
      type: str
    volume_types:
      description:
        - Names or IDs of the volume types that members may have. They can't be changed later.
        - Required to make a group, unless it is made of O(group_snapshot) or O(source_group).
      type: list
      elements: str
    availability_zone:
      description:
        - Availability zone of the group, and so of its members. It can't be changed later.
      type: str
    volumes:
      description:
        - Names or IDs of the members. Volumes that are not named leave the group, unless O(purge_volumes=false); they are never deleted.
        - With an empty list the group becomes empty.
        - Changes of the members are waited for even with O(wait=false), as the group takes no other request meanwhile.
      type: list
      elements: str
    purge_volumes:
      description:
        - With V(false), members that O(volumes) does not name stay.
        - If not set, the members are exactly those of O(volumes).
      type: bool
    group_snapshot:
      description:
        - Name or ID of a group snapshot that a new group is made of, with a new volume for each of its members.
      type: str
    source_group:
      description:
        - Name or ID of a group that a new group is made of, with a copy of each of its members.
      type: str
    delete_volumes:
      description:
        - Whether the members are deleted with the group, for O(state=absent). Without it a group with members is an error.
      type: bool
    force:
      description:
        - Whether O(state=absent) removes a group in a status from which Cinder would not, such as C(updating) or C(error_deleting).
        - It does not take members along, which needs O(delete_volumes=true).
      type: bool
    status:
      description:
        - Sets the status of an existing group, as far as Cinder's database is concerned. For administrators, to free a group that got stuck.
        - With V(available) the other options are dealt with afterwards; with another status nothing else can be changed.
      type: str
      choices: [available, error, creating, deleting, error_deleting]
  groups:
    description:
      - A list of groups to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the group is there, as declared and available.
      - V(absent) makes sure that it is gone.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing group in status C(error).
      - V(replace) deletes it and makes it anew. A group with members is not replaced, for they would be deleted with it.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.volume_group_info
  - module: osnap.openstack.cg_snapshot
"""

EXAMPLES = r"""
- name: Put the volumes of a database into a group
  osnap.openstack.volume_group:
    cloud: source
    name: db01
    group_type: consistent
    volume_types:
      - file
    volumes:
      - db01-data
      - db01-logs
  register: db01

- name: Add a volume and leave the others in
  osnap.openstack.volume_group:
    cloud: source
    name: db01
    volumes:
      - db01-archive
    purge_volumes: false

- name: Copy the group with its volumes
  osnap.openstack.volume_group:
    cloud: source
    name: db01-copy
    source_group: "{{ db01.volume_group.id }}"

- name: Remove the copy with its volumes
  osnap.openstack.volume_group:
    cloud: source
    name: db01-copy
    state: absent
    delete_volumes: true

- name: Empty the group and keep the volumes
  osnap.openstack.volume_group:
    cloud: source
    name: db01
    volumes: []

- name: Remove the empty group
  osnap.openstack.volume_group:
    cloud: source
    name: db01
    state: absent
"""

RETURN = r"""
volume_group:
  description:
    - The group as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(groups) is not used
  type: dict
  contains: &group
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
volume_groups:
  description: The groups, in the order of O(groups); null for one that is gone or failed.
  returned: when O(groups) is used
  type: list
  elements: dict
  contains: *group
outcomes:
  description: What became of each item, in the order of O(groups).
  returned: when O(groups) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(groups), from 0.
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
    volume_group:
      description: The group, as in RV(volume_group).
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

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._core.status_reset import STATUS
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_types import GroupTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import volume_group

SOURCES = ("group_snapshot", "source_group")


class VolumeGroup(volume_group.VolumeGroup):
    many = "groups"
    fields = (
        identity("name", renamable=True),
        mutable("description"),
        create_only("group_type", refers_to="group_type", attribute="group_type"),
        create_only("volume_types", type="list", refers_to="volume_type", attribute="volume_types", elements="str"),
        create_only("availability_zone"),
        create_only("group_snapshot", refers_to="group_snapshot"),
        create_only("source_group", refers_to="volume_group"),
        mutable("volumes", type="list", refers_to="volume", purge="purge_volumes", late=True, elements="str"),
    )
    references = {
        "group_type": GroupTypes,
        "volume_type": VolumeTypes,
        "group_snapshot": CgSnapshots,
        "volume_group": VolumeGroups,
        "volume": GroupableVolumes,
    }
    extra_options = {
        "purge_volumes": {"type": "bool"},
        "delete_volumes": {"type": "bool"},
        "force": {"type": "bool"},
        **STATUS,
    }
    rules = {
        "required_one_of": [("id", "name")],
        "required_by": {"purge_volumes": "volumes"},
        "mutually_exclusive": [
            SOURCES,
            *(
                (source, given)
                for source in SOURCES
                for given in ("group_type", "volume_types", "availability_zone", "volumes")
            ),
        ],
    }


def main():
    run(VolumeGroup())


if __name__ == "__main__":
    main()
