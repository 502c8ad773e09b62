#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_transfer
short_description: Hand volumes with their snapshots over to another project
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a volume belongs to the project of O(destination). It is offered with the login of O(cloud) and accepted with that of O(destination),
    in one task. No data are copied, and the volume keeps its ID.
  - The key of the offer never leaves the task. Where it is lost, because the task was killed, the next run takes the offer back and makes another one.
    A volume is never left awaiting its transfer; if the destination does not accept it, the offer is taken back.
    An offer that somebody else has made is left alone, and the task fails. The module knows its own by their computed name, C(osnap-) and an ID.
  - A volume that is the destination's already is left alone.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.bulk
  - osnap.openstack.attributes
  - osnap.openstack.destination
options:
  <<: &fields
    volume:
      description:
        - Name or ID of the volume. It must be available, attached to nothing and a member of no group. Required.
        - By its name, a volume that has been handed over is found again at the destination by the mark that it got.
      type: str
    snapshots:
      description:
        - Whether the volume's snapshots are handed over with it, which all must be available then. V(true) if not set.
        - With V(false) they stay where they are. An encrypted volume can't go without them, and needs block storage API 3.70.
      type: bool
  volumes:
    description:
      - A list of volumes to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
notes:
  - O(destination) is a login to another project of the same cloud and region, which gets the volumes.
  - Before block storage API 3.55 only a volume without snapshots can be handed over, for these would be left behind.
  - A volume that is being migrated to another back end is refused, as far as the user of O(cloud) sees it. Cinder would give it back to its old project at
    the end of the migration.
  - The destination's quota must have room for the volumes and their snapshots; this is checked before the first one is offered.
  - The module writes C(osnap_transferred_from), the ID of the project that it came from, and C(osnap_transferred_for), the volume's own ID, into the
    volume's metadata. A volume that was restored from a backup has the marks of another, and is not taken for one that was handed over.
seealso:
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.volume_restore
"""

EXAMPLES = r"""
- name: Hand a volume and its snapshots over to another project
  osnap.openstack.volume_transfer:
    cloud: source
    volume: db01-data
    destination: "{{ other_project }}"

- name: Hand several volumes over, without their snapshots
  osnap.openstack.volume_transfer:
    cloud: source
    destination: "{{ other_project }}"
    snapshots: false
    volumes:
      - volume: web01-data
      - volume: web02-data
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
      sample: null
    status:
      description: Status of the volume.
      type: str
      sample: available
    size:
      description: Size of the volume in GiB.
      type: int
      sample: 10
    volume_type:
      description: Name of its type.
      type: str
      sample: ceph
    availability_zone:
      description: Availability zone of the volume.
      type: str
      sample: nova
    is_bootable:
      description: Whether servers may boot from it.
      type: bool
      sample: false
    is_encrypted:
      description: Whether it is encrypted.
      type: bool
      sample: false
    is_multiattach:
      description: Whether it may be attached to several servers.
      type: bool
      sample: false
    attachments:
      description: Its attachments as the service shows them.
      type: list
      elements: dict
      sample: []
    metadata:
      description: Metadata of the volume.
      type: dict
      sample: {osnap_transferred_from: 6d0c1a8e4f0b4c5f8d9b1b2c3d4e5f60, osnap_transferred_for: 8d0c1a8e-4f0b-4c5f-8d9b-1b2c3d4e5f60}
    volume_image_metadata:
      description: Properties of the image that it, or the volume of its snapshot, was made from.
      type: dict
      sample: null
    snapshot_id:
      description: ID of the snapshot that it was made from.
      type: str
      sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
    group_id:
      description: ID of the group it is a member of; null for one that can be handed over.
      type: str
      sample: null
    consistency_group_id:
      description: ID of the consistency group it is a member of; null for one that can be handed over.
      type: str
      sample: null
    migration_status:
      description: How far its migration to another back end is; null for none, and where only administrators see it.
      type: str
      sample: null
    created_at:
      description: When it was asked for, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    project_id:
      description: ID of the project it belongs to, which is that of O(destination).
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
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

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import transfer


class VolumeTransfer(transfer.VolumeTransfer):
    many = "volumes"
    options = {"volume": {"type": "str"}, "snapshots": {"type": "bool"}}
    task_options = {"destination": {"type": "dict", "required": True, "options": AUTH_OPTIONS}}

    def tidy(self, item):
        return {"volume": (item["volume"] or "").strip() or None, "snapshots": item["snapshots"] is not False}

    def problem(self, item, params):
        return None if item["volume"] else "volume is missing; say which volume is handed over"

    def identity(self, item):
        return item["volume"]

    def title(self, item):
        return item["volume"] or ""


def main():
    run(VolumeTransfer())


if __name__ == "__main__":
    main()
