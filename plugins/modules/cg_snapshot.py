#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cg_snapshot
short_description: Take and remove snapshots of groups of Cinder volumes
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a snapshot of all volumes of a group is there and usable, or gone. Groups are made with M(osnap.openstack.volume_group).
  - A group snapshot is known by its ID, or by its group and its name. One of the same name of another group is never taken for it.
  - Whether its members are of one moment depends on the group's type and on the back end, and Cinder does not say. RV(cg_snapshot.consistent) says what can be
    known about it, and O(require_consistent=true) makes sure of it.
  - One that is still being made is waited for. One that is being deleted is waited out and made anew. One in status C(error) fails the task with the
    service's own reason, unless O(on_error=replace).
  - Cinder offers no change of a group snapshot, so that a name or a description other than asked for is an error; metadata it has none.
  - Snapshots of consistency groups, the older kind of groups, are taken and removed by their own API.
  - Of another project's group an administrator gets no group snapshot, for it would not belong to that project. Log in to the group's own.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing group snapshot. With it, O(name) and O(group) only check that it is that one.
      type: str
    name:
      description:
        - Name of the group snapshot, at most 255 characters; white space around it does not count. The members get it, too.
        - Required if O(id) is not given.
      type: str
    group:
      description:
        - Name or ID of the group.
        - Required to take a snapshot. To remove one it narrows the search; without it the name must be the only one of its kind.
      type: str
    description:
      description:
        - Description of the group snapshot, at most 255 characters, no line breaks. It can't be changed later.
      type: str
    require_consistent:
      description:
        - Whether it is an error if the members of the snapshot are not certain to be of one moment. For a new one this is told before anything is made.
        - For a group of several volumes that needs the eyes of an administrator, see RV(cg_snapshot.consistent).
      type: bool
    status:
      description:
        - Sets the status of an existing group snapshot, as far as Cinder's database is concerned; its members keep theirs. For administrators, to free one that
          got stuck.
      type: str
      choices: [available, error, creating, deleting, error_deleting]
  snapshots:
    description:
      - A list of group snapshots to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the group snapshot is there, as declared and available.
      - V(absent) makes sure that it is gone with its members. Removing the snapshot of a group that is not there is no error.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing group snapshot in status C(error).
      - V(replace) deletes it and takes it anew.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.cg_snapshot_info
  - module: osnap.openstack.volume_group
  - module: osnap.openstack.volume_snapshot
"""

EXAMPLES = r"""
- name: Snapshot all volumes of a group
  osnap.openstack.cg_snapshot:
    cloud: source
    group: db01
    name: before-upgrade
    description: Before the upgrade of the database
  register: taken

- name: Say whether the members are of one moment
  ansible.builtin.debug:
    msg: "{{ {true: 'yes', false: 'no', none: 'nobody can tell'}[taken.cg_snapshot.consistent] }}"

- name: Take one only if they are, as an administrator
  osnap.openstack.cg_snapshot:
    cloud: source-admin
    group: db01
    name: nightly-{{ now(utc=true).strftime('%F') }}
    require_consistent: true

- name: Remove both
  osnap.openstack.cg_snapshot:
    cloud: source
    group: db01
    state: absent
    snapshots:
      - name: before-upgrade
      - name: nightly-{{ now(utc=true).strftime('%F') }}
"""

RETURN = r"""
cg_snapshot:
  description:
    - The group snapshot as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(snapshots) is not used
  type: dict
  contains: &snapshot
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
cg_snapshots:
  description: The group snapshots, in the order of O(snapshots); null for one that is gone or failed.
  returned: when O(snapshots) is used
  type: list
  elements: dict
  contains: *snapshot
outcomes:
  description: What became of each item, in the order of O(snapshots).
  returned: when O(snapshots) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(snapshots), from 0.
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
    cg_snapshot:
      description: The group snapshot, as in RV(cg_snapshot).
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

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import create_only, identity
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._core.status_reset import STATUS
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import cg_snapshot


class CgSnapshot(cg_snapshot.CgSnapshot):
    many = "snapshots"
    fields = (identity("name"), identity("group", refers_to="volume_group"), create_only("description"))
    references = {"volume_group": VolumeGroups}
    extra_options = {"require_consistent": {"type": "bool"}, **STATUS}
    rules = {"required_one_of": [("id", "name")]}


def main():
    run(CgSnapshot())


if __name__ == "__main__":
    main()
