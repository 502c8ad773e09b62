#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_metadata
short_description: Set and remove metadata of volume snapshots and snapshot images
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Merges keys into the metadata of snapshots, removes keys, or replaces them all.
  - A snapshot is a Cinder snapshot of a volume, or a Glance image, such as the one that a server was snapshotted into. An image's metadata are its properties.
  - Other writers are respected, only keys that differ are sent. The services themselves may lose one of two changes made at the same moment, so each
    is looked at afterwards, and asked for again if it got lost.
  - Keys that begin with C(osnap_) are this collection's own and can be neither set nor removed, but for C(osnap_hold), which keeps a snapshot from
    M(osnap.openstack.snapshot_prune). Beside it and C(series) on an image of a server stand C(osnap_hold_for) and C(osnap_series_for), the image's own ID,
    for Nova hands properties on to later images.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    volume_snapshot:
      description: Name or ID of a volume snapshot.
      type: str
    volume:
      description: Name or ID of the volume that O(volume_snapshot) is of, where the name alone does not say which snapshot is meant.
      type: str
    image:
      description: Name or ID of an image.
      type: str
    metadata:
      description:
        - Keys and their values. Numbers and booleans are stored as text.
        - Keys that are not named are left alone, unless O(purge=true).
      type: dict
    unset:
      description: Keys to remove. One that is not there is fine.
      type: list
      elements: str
    purge:
      description:
        - Whether O(metadata) replaces all keys, so that an empty one removes them.
        - What begins with C(osnap_) stays, a hold too; O(unset) takes that away.
        - An image keeps the properties that services have written and need, such as C(hw_disk_bus), C(os_type) or C(block_device_mapping).
      type: bool
  snapshots:
    description:
      - A list of snapshots to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - A snapshot that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
seealso:
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.server_image_snapshot
"""

EXAMPLES = r"""
- name: Say what a snapshot is good for
  osnap.openstack.snapshot_metadata:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade
    metadata:
      ticket: CHG-1234
      keep: true

- name: Take a key away, of a volume snapshot and of an image
  osnap.openstack.snapshot_metadata:
    cloud: source
    unset: [keep]
    snapshots:
      - volume_snapshot: before-upgrade
        volume: db01-data
      - image: web01-before-upgrade

- name: Hold a snapshot, whatever a policy says, to the end of the year
  osnap.openstack.snapshot_metadata:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade
    metadata:
      osnap_hold: "2026-12-31"

- name: Have exactly this metadata and no other
  osnap.openstack.snapshot_metadata:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade
    metadata:
      series: yearly
    purge: true
"""

RETURN = r"""
snapshot:
  description:
    - The volume snapshot as in M(osnap.openstack.volume_snapshot), or the image as in M(osnap.openstack.image_copy), as it is after the task.
  returned: when O(snapshots) is not used
  type: dict
  sample: {id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, metadata: {ticket: CHG-1234}}
metadata:
  description: The metadata after the task, whichever kind of snapshot it is.
  returned: when O(snapshots) is not used
  type: dict
  sample: {ticket: CHG-1234}
snapshots:
  description: The snapshots, in the order of O(snapshots); null for one that failed.
  returned: when O(snapshots) is used
  type: list
  elements: dict
  sample: [{id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, metadata: {ticket: CHG-1234}}]
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
    snapshot:
      description: The snapshot, as in RV(snapshot).
      type: dict
    metadata:
      description: The metadata after the task, as in RV(metadata).
      returned: when the item did not fail
      type: dict
      sample: {ticket: CHG-1234}
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import metadata


class SnapshotMetadata(metadata.SnapshotMetadata):
    many = "snapshots"
    options = {
        "volume_snapshot": {"type": "str"},
        "volume": {"type": "str"},
        "image": {"type": "str"},
        "metadata": {"type": "dict"},
        "unset": {"type": "list", "elements": "str"},
        "purge": {"type": "bool"},
    }
    rules = {
        "required_one_of": [("volume_snapshot", "image"), ("metadata", "unset")],
        "mutually_exclusive": [("volume_snapshot", "image"), ("volume", "image"), ("purge", "unset")],
        "required_by": {"purge": "metadata"},
    }


def main():
    run(SnapshotMetadata())


if __name__ == "__main__":
    main()
