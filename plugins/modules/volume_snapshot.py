#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_snapshot
short_description: Take, change, remove, manage and unmanage Cinder volume snapshots
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a snapshot of a volume is there and usable, or gone.
  - A snapshot is known by its ID, or by its volume and its name. One of the same name of another volume is never taken for it.
  - A snapshot that is still being made is waited for. One that is being deleted is waited out and made anew. One in status C(error) fails the task with
    the service's own reason, unless O(on_error=replace).
  - Where only administrators may do something, others get the service's refusal. Check mode can't foretell that one, for no service says beforehand what
    its policy allows.
  - A deletion that the service refuses names the volumes that were made of the snapshot, for on copy-on-write back ends they keep it.
    Whether a back end is one nothing tells beforehand, so check mode warns of them, and of images that have their data in the snapshot.
  - Other writers of the metadata are respected, only keys that differ are sent. Cinder itself may lose one of two changes made at the same moment, so each
    is looked at afterwards, and asked for again if it got lost.
  - To snapshot a server into an image, see M(osnap.openstack.server_image_snapshot).
  - Of another project's volume an administrator gets no snapshot, for it would not belong to that project. Log in to the volume's own.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing snapshot. With it, O(name) renames the snapshot, and O(volume) only checks that it is that volume's.
      type: str
    name:
      description:
        - Name of the snapshot, at most 255 characters; white space around it does not count.
        - Required if O(id) is not given.
      type: str
      aliases: [display_name]
    volume:
      description:
        - Name or ID of the volume.
        - Required to make a snapshot. To remove one it narrows the search; without it the name must be the only one of its kind.
        - Several volumes of that name are an error that lists them.
      type: str
    description:
      description:
        - Description of the snapshot, at most 255 characters, no line breaks.
        - An existing description is left alone if this is not set, and removed by V("").
      type: str
      aliases: [display_description]
    metadata:
      description:
        - Metadata of the snapshot. Numbers and booleans are stored as text.
        - Keys that are not named are left alone, unless O(purge_metadata=true).
      type: dict
    purge_metadata:
      description:
        - Whether metadata keys that O(metadata) does not name are removed.
      type: bool
    force:
      description:
        - To make a snapshot, whether its volume may be in use. Such a snapshot is crash-consistent, as if the power had failed.
          If not set it may, as the API has it since microversion 3.66. With V(false), a volume in use is an error.
        - To remove one, V(true) also removes what is in a status in which Cinder does not delete, such as C(error_deleting) or a C(creating) that
          never ends. This is for administrators. A member of a group snapshot stays all the same.
      type: bool
    status:
      description:
        - Status that Cinder's database is to say, for administrators and for snapshots that got stuck. Nothing is done at the back end, so look
          there first.
        - Such a snapshot is taken as it is, neither waited for nor replaced. One that is not there is an error.
        - Only for O(state=present).
      type: str
      choices: [available, error, creating, deleting, error_deleting]
    manage:
      description:
        - Make Cinder know a snapshot that its back end has already, instead of taking a new one. This is for administrators, from microversion 3.8 on.
        - A snapshot of that O(volume) and O(name) which Cinder knows is left as it is, so that nothing is managed twice. One that Cinder knows by another
          name is an error that gives its ID.
        - B(A snapshot managed by an administrator belongs to the administrator's project.) The owner of the volume would not see it, and could not delete
          the volume as long as it is there. So a volume of another project is refused; log in to the owner's project.
        - What is there is listed by O(osnap.openstack.volume_snapshot_info#module:manageable).
      type: dict
      suboptions:
        identifier:
          description: What the back end calls the snapshot.
          type: str
          required: true
        id_type:
          description: In which way it is called so, depending on the driver.
          type: str
          default: source-name
    min_interval:
      description:
        - Seconds. If the volume has a snapshot that is younger, by whatever name, no new one is made and that one is returned. One that is still being
          made is waited for.
        - Two items with it that name different snapshots of one volume are an error before anything is sent, for one is enough.
        - Otherwise a new one is made, beside the older ones of that O(name). These become a series, in which only the newest counts; a failed one is
          dealt with as O(on_error) says. M(osnap.openstack.snapshot_prune) removes the old ones.
        - To remove, rename or unmanage one of several of that name, give its O(id).
      type: int
  snapshots:
    description:
      - A list of snapshots to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the snapshot is there, as declared and available.
      - V(absent) makes sure that it is gone. Removing the snapshot of a volume that is not there is no error.
      - V(unmanaged) makes Cinder forget the snapshot, which stays at the back end. This is for administrators, and not for members of a group snapshot.
    type: str
    choices: [present, absent, unmanaged]
    default: present
  on_error:
    description:
      - What to do about an existing snapshot in status C(error).
      - V(replace) deletes it and makes it anew. It does not help one in C(error_deleting), which only an administrator can remove.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.volume_snapshot_info
  - module: osnap.openstack.server_image_snapshot
"""

EXAMPLES = r"""
- name: Snapshot a volume before a change
  osnap.openstack.volume_snapshot:
    cloud: source
    volume: db01-data
    name: before-upgrade
    description: Before the upgrade of the database
    metadata:
      ticket: CHG-1234
  register: before_upgrade

- name: Snapshot several volumes in one task; run each night, this makes a series, which snapshot_prune keeps short
  osnap.openstack.volume_snapshot:
    cloud: source
    min_interval: 72000
    metadata:
      series: nightly
    snapshots:
      - volume: db01-data
        name: nightly
      - volume: db01-logs
        name: nightly

- name: Take a snapshot unless there is one of the last hour
  osnap.openstack.volume_snapshot:
    cloud: source
    volume: db01-data
    name: hourly
    min_interval: 3600

- name: Rename a snapshot
  osnap.openstack.volume_snapshot:
    cloud: source
    id: "{{ before_upgrade.volume_snapshot.id }}"
    name: before-upgrade-of-july

- name: Remove a snapshot of one volume; other volumes' snapshots of that name stay
  osnap.openstack.volume_snapshot:
    cloud: source
    volume: db01-data
    name: before-upgrade-of-july
    state: absent

- name: Take a snapshot that got stuck out of its status, as an administrator
  osnap.openstack.volume_snapshot:
    cloud: source-admin
    id: "{{ stuck_snapshot }}"
    status: error

- name: Remove it, whatever its status
  osnap.openstack.volume_snapshot:
    cloud: source-admin
    id: "{{ stuck_snapshot }}"
    state: absent
    force: true

- name: Let Cinder forget a snapshot that stays at the back end
  osnap.openstack.volume_snapshot:
    cloud: source-admin
    volume: db01-data
    name: archived
    state: unmanaged

- name: Let it know that snapshot again
  osnap.openstack.volume_snapshot:
    cloud: source-admin
    volume: db01-data
    name: archived
    manage:
      identifier: "{{ name_at_the_back_end }}"
"""

RETURN = r"""
volume_snapshot:
  description:
    - The snapshot as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(snapshots) is not used
  type: dict
  contains: &snapshot
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
volume_snapshots:
  description: The snapshots, in the order of O(snapshots); null for one that is gone or failed.
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
    volume_snapshot:
      description: The snapshot, as in RV(volume_snapshot).
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot


def main():
    run(VolumeSnapshot())


if __name__ == "__main__":
    main()
