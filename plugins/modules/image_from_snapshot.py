#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image_from_snapshot
short_description: Make Glance images of Cinder volume snapshots
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that there is an image with the data of a volume snapshot. OpenStack has no such request; the way is a temporary volume made from the
    snapshot, which is uploaded and deleted again.
  - The temporary volume does not outlive the task. Where the task is killed, the next run goes on from there, and removes what is left. A volume that was
    attached or changed since is not gone on with; it is replaced, and the diff says so. One that is attached is left alone.
  - An image counts as this snapshot's by its mark, and as finished only once it is active and has its data. However often the task runs, or is killed
    and run again, there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    snapshot:
      description: Name or ID of the volume snapshot. It must be available. Required.
      type: str
    name:
      description: Name of the image, at most 255 characters. Required.
      type: str
    disk_format:
      description:
        - Format of the disk in the image; V(raw) if not set. V(qcow2) leaves out empty space, and costs the cloud a conversion.
        - An encrypted volume can only become V(raw). It can't be changed later.
      type: str
      choices: [raw, qcow2]
    container_format:
      description: Format of the container around the disk; V(bare) if not set. It can't be changed later.
      type: str
      choices: [bare, compressed]
    properties:
      description:
        - Properties of the image. Numbers and booleans are stored as text; keys that are not named are left alone.
        - A snapshot of a volume that was made from an image passes on that image's properties, but for those that describe a place or another snapshot.
      type: dict
    tags:
      description: Tags of the image, exactly these.
      type: list
      elements: str
    visibility:
      description: Who sees the finished image. A new one is V(private) if this is not set.
      type: str
      choices: [private, shared, community, public]
    protected:
      description: Whether the finished image is protected from deletion.
      type: bool
    min_disk:
      description: Smallest root disk that the image boots from, in GiB.
      type: int
  images:
    description:
      - A list of images to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  parallel:
    description:
      - How many images are made at a time. Uploads are work for the storage.
      - The project's quota must leave room for as many temporary volumes; this is checked first.
    type: int
    default: 2
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. The image is always waited for, for its temporary volume goes when it is done.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step of an image, which are its volume, its upload and the removal of the volume.
      - After it the task fails with the last status seen; the service goes on, and running the task again goes on waiting from there.
      - A C(timeout) in C(module_defaults) of the whole group is meant for shorter waits, and Ansible takes it instead of this default. Set O(timeout) in the
        task then, or in C(module_defaults) of this module, which go before those of the group.
    type: int
    default: 3600
notes:
  - The image has the properties C(osnap_source), the ID of the snapshot, and C(osnap_for), its own ID, and C(osnap_complete), once it is finished. An image
    that has inherited these of another is not taken for it. The temporary volume is called
    C(osnap-) and a computed ID, and has C(osnap_source) and C(osnap_step) in its metadata.
seealso:
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.volume_restore
  - module: osnap.openstack.image_copy
"""

EXAMPLES = r"""
- name: Make an image of a volume snapshot
  osnap.openstack.image_from_snapshot:
    cloud: source
    snapshot: db01-data-nightly
    name: db01-data
    properties:
      ticket: CHG-1234
  register: made

- name: Make images of several snapshots in one task
  osnap.openstack.image_from_snapshot:
    cloud: source
    tags: [archive]
    images:
      - snapshot: db01-data-nightly
        name: db01-data-archive
      - snapshot: db01-logs-nightly
        name: db01-logs-archive
"""

RETURN = r"""
image:
  description:
    - The image as it is after the task. Check mode has null for what only the service can know.
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
      sample: db01-data
    status:
      description:
        - Status of the image, V(active) when it is complete.
      type: str
      sample: active
    size:
      description: Size of the image's data in bytes.
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
      sample: {osnap_source: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, osnap_complete: "true"}
    created_at:
      description: When it was created, UTC.
      type: str
      sample: "2026-11-24T09:00:00Z"
    updated_at:
      description: When it was last changed, UTC.
      type: str
      sample: "2026-11-24T09:00:05Z"
images:
  description: The images, in the order of O(images); null for one that failed.
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
      description: The image, as in RV(image).
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
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot


def main():
    run(ImageFromSnapshot())


if __name__ == "__main__":
    main()
