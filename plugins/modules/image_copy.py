#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_copy
short_description: Copy images from one cloud, region or project to another
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a verified copy of an image is in another cloud.
  - The bytes go from the source's Glance to the destination's in one pass, through this process and no file, in a few MiB of memory.
  - The copy counts as finished only after its hash has been found equal on both ends. Where a store keeps no hash (Ceph RBD), the copy is read back.
  - A copy is known by the ID of its source and its name (properties C(osnap_source) and C(osnap_for), the copy's own ID). A killed task's unfinished
    copy is removed and made anew; a finished one is never copied again, nor removed.
  - Properties that describe the place the image was in (such as C(instance_uuid), C(base_image_ref) or C(owner_specified.*)) stay behind. Disk and
    container format, C(min_disk), C(min_ram) and all others travel.
  - An image of an encrypted volume, and the empty image of a volume-backed server, are refused, for their copies would be useless.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.bulk
  - osnap.openstack.attributes
  - osnap.openstack.destination
options:
  <<: &fields
    image:
      description: Name or ID of the image in O(cloud). Required.
      type: str
    name:
      description: Name of the copy; the image's own if not set. In the image's own project it must be another, unless O(image) is an ID.
      type: str
    properties:
      description: Properties that the copy has beside those that travel, or in their place. Numbers and booleans are stored as text.
      type: dict
    tags:
      description: Tags of the copy, exactly these; those of the image if not set.
      type: list
      elements: str
    visibility:
      description: Who sees the finished copy. A new one is V(private) if this is not set. Until it is finished it is private in any case.
      type: str
      choices: [private, shared, community, public]
  images:
    description:
      - A list of images to copy in one task, each with the options above. What an item leaves out is taken from the top level.
    type: list
    elements: dict
    suboptions: *fields
  parallel:
    description: How many images are copied at a time.
    type: int
    default: 2
  verification:
    description:
      - V(image) compares the hash of the bytes on the way with those that both clouds have of theirs.
      - V(deep) reads the source a second time too, for sources that keep no hash and connections that you do not trust.
    type: str
    choices: [image, deep]
    default: image
notes:
  - There is no limit of time; a copy takes as long as it moves. A line of progress is shown every 10 seconds, and O(api_timeout) ends a connection that
    has fallen silent.
seealso:
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.server_restore
"""

EXAMPLES = r"""
- name: Copy a snapshot image to another cloud
  osnap.openstack.image_copy:
    cloud: source
    image: web01-before-upgrade
    destination:
      cloud: target
  register: copied

- name: Show how much went through, and its hash
  ansible.builtin.debug:
    var: copied.transfer

- name: Copy several images in one task
  osnap.openstack.image_copy:
    cloud: source
    destination:
      cloud: target
    tags: [migrated]
    images:
      - image: web01-nightly
      - image: web02-nightly
        name: web02-from-source
"""

RETURN = r"""
image:
  description:
    - The copy as it is after the task. Check mode has null for what only the service can know.
  returned: when O(images) is not used
  type: dict
  contains: &image
    id:
      description: ID of the image.
      type: str
      sample: 0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11
    name:
      description: Name of the image.
      type: str
      sample: before-upgrade
    status:
      description:
        - Status of the image, V(active) when it is complete.
      type: str
      sample: active
    size:
      description: Size of the image's data in bytes; 0 for one of a volume-backed server, whose data are in the Cinder snapshots.
      type: int
      sample: 2147483648
    virtual_size:
      description: Size of the disk in the image in bytes, where the service knows it.
      type: int
      sample: 2147483648
    disk_format:
      description: Format of the disk.
      type: str
      sample: raw
    container_format:
      description: Format of the container around the disk.
      type: str
      sample: bare
    checksum:
      description: MD5 of the data; null on back ends that compute none.
      type: str
      sample: d41d8cd98f00b204e9800998ecf8427e
    hash_algo:
      description: Algorithm of RV(image.hash_value).
      type: str
      sample: sha512
    hash_value:
      description: Hash of the data; null on back ends that compute none.
      type: str
      sample: cf83e1357eefb8bd…
    min_disk:
      description: Smallest root disk that it boots from, in GiB.
      type: int
      sample: 20
    min_ram:
      description: Least memory that it boots with, in MiB.
      type: int
      sample: 0
    visibility:
      description: Who sees the image.
      type: str
      sample: private
    is_protected:
      description: Whether the image is protected from deletion.
      type: bool
      sample: false
    is_hidden:
      description: Whether the image is left out of ordinary lists.
      type: bool
      sample: false
    owner_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    tags:
      description: Tags of the image, sorted.
      type: list
      elements: str
      sample: [nightly]
    properties:
      description: All other properties of the image, those that the cloud has set among them.
      type: dict
      sample: {ticket: CHG-1234}
    created_at:
      description: When it was created, UTC.
      type: str
      sample: "2026-11-24T09:00:00Z"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:05Z"
transfer:
  description: What went through; null when nothing had to be copied, and in check mode.
  returned: when O(images) is not used
  type: dict
  contains: &transfer
    bytes:
      description: Bytes that were copied.
      type: int
      sample: 2147483648
    seconds:
      description: Seconds that it took, verification included.
      type: float
      sample: 12.5
    hash_algo:
      description: Algorithm of RV(transfer.hash_value).
      type: str
      sample: sha512
    hash_value:
      description: Hash of the bytes, computed on the way and found equal at the destination, and at the source where that keeps one.
      type: str
      sample: cf83e1357eefb8bd…
    attempts:
      description: Transfers that were begun; more than 1 where one broke.
      type: int
      sample: 1
images:
  description: The copies, in the order of O(images); null for one that failed.
  returned: when O(images) is used
  type: list
  elements: dict
  contains: *image
outcomes:
  description: What became of each item, in the order of O(images).
  returned: when O(images) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(images), from 0.
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
    image:
      description: The copy, as in RV(image).
      type: dict
    transfer:
      description: What went through, as in RV(transfer).
      type: dict
      contains: *transfer
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
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy import ImageCopy


def main():
    run(ImageCopy())


if __name__ == "__main__":
    main()
