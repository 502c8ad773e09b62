#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_image_snapshot_info
short_description: List the snapshot images of servers
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Lists the snapshot images in a project, those that Nova or this collection has made of servers, with the Cinder snapshots behind volume-backed ones.
  - Nothing found is an empty list, not an error; a O(server) that is not there is one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  id:
    description: ID of one image.
    type: str
  name:
    description: Exact name of the images.
    type: str
  server:
    description:
      - Name or ID of the server whose images are listed.
      - The ID of a server that has been deleted is fine; its images may still be there.
    type: str
  status:
    description: Status of the images, such as V(active) or V(killed).
    type: str
  properties:
    description: Properties that the images must have, all of them; others do not matter.
    type: dict
seealso:
  - module: osnap.openstack.server_image_snapshot
"""

EXAMPLES = r"""
- name: List the snapshot images of a server
  osnap.openstack.server_image_snapshot_info:
    cloud: source
    server: web01
  register: found

- name: Show their names and sizes
  ansible.builtin.debug:
    msg: "{{ found.images | items2dict(key_name='name', value_name='size') }}"
"""

RETURN = r"""
images:
  description: The snapshot images, newest first.
  returned: success
  type: list
  elements: dict
  contains:
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
        - Status of the image, its Cinder snapshots considered; V(active) means that all of it is there.
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
      description: Algorithm of RV(images[].hash_value).
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
    server_id:
      description: ID of the server that it is a snapshot of.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    consistency:
      description:
        - What can be vouched for about the data. V(off), the server was off; V(frozen), its file systems were frozen; V(crash), all disks at
          one moment, as if the power had failed; V(unknown), a running server with several volumes.
        - Null for an image that was not made by this collection.
      type: str
      sample: "off"
    members:
      description: IDs of the projects that it is shared with; null where the cloud does not tell, and for an image of another project.
      type: list
      elements: str
      sample: []
    membership:
      description: What this project says to an image that another project shares with it; null for its own.
      type: str
      sample: null
    volume_snapshots:
      description:
        - The Cinder snapshots that hold a volume-backed server's data, each as in M(osnap.openstack.volume_snapshot).
        - Empty for an image-backed server.
      type: list
      elements: dict
      sample: []
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.listing import InfoModule
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages, is_snapshot
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers


class ServerImageSnapshotInfo(InfoModule):
    service = ServerImages
    filters = {
        "server": ({"type": "str"}, None),
        "status": ({"type": "str"}, None),
        "properties": ({"type": "dict"}, None),
    }
    attributes = {"server": "server_id"}
    references = {"server": Servers}

    def rows(self, service, cloud, params):
        rows = [row for row in super().rows(service, cloud, params) if is_snapshot(row)]
        return rows if params["id"] else service.with_members(rows)  # one that was asked for by its ID has them


def main():
    ServerImageSnapshotInfo().run()


if __name__ == "__main__":
    main()
