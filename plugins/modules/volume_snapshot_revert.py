#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_snapshot_revert
short_description: Revert a Cinder volume to its newest snapshot
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Gives a volume the data again that its newest snapshot holds. B(What was written to it since is lost.)
  - All that Cinder wants of it is looked at first, and all that is amiss is told at once, before anything is changed. The volume must be available, so
    attached to no server; its snapshot must be available, the newest, and of the volume's present size. Cinder tells the newest by whole seconds, so two
    snapshots of one second are refused.
  - While Cinder reverts it keeps the present data in a snapshot of its own. When a revert fails, the volume is in status C(error) and that snapshot is
    still there; its name begins with C([revert]).
  - B(Running it again.) The volume's metadata C(osnap_reverted_to) and C(osnap_reverted_at) say which snapshot it was reverted to, and what the volume's
    C(updated_at) was right after that. As long as that is so, nobody has attached the volume since, its data are the snapshot's, and nothing is
    changed. If the volume has been touched since, such as attached to a server, it is reverted again.
  - A run that was killed is gone on with. A revert that is under way is waited for, one that has ended is only noted down, and one that was not sent yet is
    sent.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    volume:
      description:
        - Name or ID of the volume.
        - Can be left out where O(volume_snapshot) alone says which snapshot is meant.
      type: str
    volume_snapshot:
      description:
        - Name or ID of the snapshot.
        - If not set it is the volume's newest one. Name it where another one may be taken meanwhile.
      type: str
    ignore_group:
      description:
        - Whether a volume that is a member of a volume group may be reverted, though the group's volumes are no longer of one moment then.
      type: bool
  volumes:
    description:
      - A list of volumes to revert in one task, each with the options above. What an item leaves out is taken from the top level.
      - A volume that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
seealso:
  - module: osnap.openstack.volume_snapshot
"""

EXAMPLES = r"""
- name: Give a volume the data back that it had before the upgrade
  osnap.openstack.volume_snapshot_revert:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade

- name: Revert several volumes to the newest snapshot of each
  osnap.openstack.volume_snapshot_revert:
    cloud: source
    volumes:
      - volume: db01-data
      - volume: db01-logs
"""

RETURN = r"""
volume:
  description:
    - The volume as it is after the task. Check mode has null for what only the service can know.
  returned: when O(volumes) is not used
  type: dict
  contains: &volume
    id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    name:
      description: Name of the volume.
      type: str
      sample: db01-data
    description:
      description: Description of the volume.
      type: str
      sample: Data of the database
    status:
      description: Status of the volume.
      type: str
      sample: available
    size:
      description: Size of the volume in GiB.
      type: int
      sample: 10
    volume_type:
      description: Name of its volume type.
      type: str
      sample: ssd
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    is_bootable:
      description: Whether a server can boot from it.
      type: bool
      sample: false
    is_encrypted:
      description: Whether it is encrypted.
      type: bool
      sample: false
    is_multiattach:
      description: Whether several servers may use it.
      type: bool
      sample: false
    attachments:
      description: What it is attached to.
      type: list
      elements: dict
      sample: []
    metadata:
      description: Its metadata, with the marks of the revert.
      type: dict
      sample: {osnap_reverted_to: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, osnap_reverted_at: "2026-11-24T09:00:01.000000"}
    volume_image_metadata:
      description: Properties of the image that it was made from.
      type: dict
      sample: null
    snapshot_id:
      description: ID of the snapshot that it was made from.
      type: str
      sample: null
    created_at:
      description: When it was made, UTC.
      type: str
      sample: "2026-11-24T08:00:00.000000"
    project_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    updated_at:
      description: When its status last changed, or it was changed otherwise, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    group_id:
      description: ID of the volume group that it is a member of.
      type: str
      sample: null
    consistency_group_id:
      description: ID of the legacy consistency group that it is a member of.
      type: str
      sample: null
volume_snapshot:
  description: The snapshot whose data the volume has, as in M(osnap.openstack.volume_snapshot).
  returned: when O(volumes) is not used
  type: dict
  sample: {id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, status: available}
volumes:
  description: The volumes, in the order of O(volumes); null for one that failed.
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains: *volume
outcomes:
  description: What became of each item, in the order of O(volumes).
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(volumes), from 0.
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
    volume:
      description: The volume, as in RV(volume).
      type: dict
    volume_snapshot:
      description: The snapshot, as in RV(volume_snapshot).
      returned: when the item did not fail
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
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import revert_steps


class VolumeSnapshotRevert(revert_steps.VolumeSnapshotRevert):
    many = "volumes"
    options = {"volume": {"type": "str"}, "volume_snapshot": {"type": "str"}, "ignore_group": {"type": "bool"}}
    rules = {"required_one_of": [("volume", "volume_snapshot")]}

    def problem(self, item, params):
        empty = [
            option for option in ("volume", "volume_snapshot") if item[option] is not None and not item[option].strip()
        ]
        return f"{' and '.join(empty)} is empty; give the name or the ID, or leave it out" if empty else None

    def identity(self, item):
        return tuple((item[option] or "").strip() for option in ("volume", "volume_snapshot"))

    def title(self, item):
        return item["volume"] or item["volume_snapshot"]


def main():
    run(VolumeSnapshotRevert())


if __name__ == "__main__":
    main()
