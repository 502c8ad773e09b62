#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_capabilities_info
short_description: Tell what can be done with snapshots in a cloud
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Returns what a cloud offers to this user. That is the versions of its services, quotas and what is used of them, types, zones, the stores and import
    methods of images, and for each thing that this collection does, whether it can be done here.
  - It only reads, and tries nothing out. Whether the cloud's own policy allows a change can only be known by trying it. The verdicts in
    RV(capabilities.features) go by the services, their versions and what OpenStack's default policy allows to the user's roles.
  - What can't be read, as a service is missing or refuses it, is null, and RV(capabilities.unread) says why. The module fails only where it can't log in.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options: {}
seealso:
  - module: osnap.openstack.server_migration_info
"""

EXAMPLES = r"""
- name: Ask a cloud what it can do
  osnap.openstack.cloud_capabilities_info:
    cloud: source
  register: asked

- name: Stop early where volumes can't be reverted
  ansible.builtin.assert:
    that: asked.capabilities.features.volume_snapshot_revert.available
    fail_msg: "No volume can be reverted here: {{ asked.capabilities.features.volume_snapshot_revert.reason }}"

- name: Show how many snapshots may still be taken; nothing means no limit
  ansible.builtin.debug:
    var: asked.capabilities.quotas.block_storage.snapshots.left
"""

RETURN = r"""
capabilities:
  description: What the cloud offers to this user.
  returned: success
  type: dict
  contains:
    project_id:
      description: ID of the project that the credentials are for.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    roles:
      description: The user's roles in this project.
      type: list
      elements: str
      sample: [member, reader]
    services:
      description: The services C(block-storage), C(compute), C(image) and C(network), by their type in the catalog.
      type: dict
      sample:
        block-storage: {endpoint: "https://cloud.example.com:8776/v3", min_version: "3.0", max_version: "3.71"}
        image: {endpoint: "https://cloud.example.com:9292", min_version: null, max_version: null}
    quotas:
      description:
        - Limits of the project and what is used of them. Each has C(limit), C(used) and C(left); of an unlimited one C(limit) and C(left) are null.
        - Null for what this cloud does not limit or does not tell.
      type: dict
      contains:
        block_storage:
          description:
            - The limits on C(volumes), C(snapshots), C(gigabytes) of both together, C(backups), C(backup_gigabytes) and C(groups).
            - In C(per_volume_gigabytes) the size that a volume may have at most. In C(volume_types) the same for each volume type that has them.
          type: dict
          sample:
            snapshots: {limit: 10, used: 3, left: 7}
        compute:
          description: The limits on C(instances), C(cores) and C(ram) in MiB.
          type: dict
          sample:
            instances: {limit: 10, used: 3, left: 7}
        image:
          description: The limits on images, by Glance's names; sizes in MiB.
          type: dict
          sample: {}
    import_methods:
      description: Ways in which Glance imports images.
      type: list
      elements: str
      sample: [glance-direct, web-download]
    stores:
      description: Glance's stores; null where it has a single one and does not name it.
      type: list
      elements: dict
      contains:
        id:
          description: ID of the store.
          type: str
          sample: fs
        description:
          description: What its operator says of it.
          type: str
          sample: null
        is_default:
          description: Whether images go there if nothing else is said.
          type: bool
          sample: true
    volume_types:
      description: Volume types that this user may use, by name.
      type: list
      elements: dict
      contains: &type
        id:
          description: ID of the type.
          type: str
          sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
        name:
          description: Name of the type.
          type: str
          sample: fast
        description:
          description: What its operator says of it.
          type: str
          sample: null
        is_public:
          description: Whether all projects may use it.
          type: bool
          sample: true
    group_types:
      description: Types of volume groups that this user may use, by name; not the one of legacy consistency groups.
      type: list
      elements: dict
      contains: *type
    availability_zones:
      description: The zones of C(block_storage) and C(compute), each a list of C(name) and C(is_available).
      type: dict
      sample:
        block_storage:
          - {name: nova, is_available: true}
        compute:
          - {name: nova, is_available: true}
    features:
      description:
        - For each thing that this collection does, C(available) and C(reason). The names are those of modules, some with what they do appended.
        - V(true) means that the services, their versions and the user's roles allow it; C(reason) is null. V(false) means that one of these does not,
          and C(reason) says which. Null means that only trying would tell; C(reason) says why.
      type: dict
      sample:
        volume_snapshot: {available: true, reason: null}
        volume_snapshot_revert: {available: false, reason: "it needs block-storage API 3.40, and this cloud offers 3.27 at the most"}
        image_from_volume_in_use: {available: null, reason: "the cloud's setting enable_force_upload can't be read; it is off by default"}
    unread:
      description: What could not be read, with the reason as a sentence.
      type: dict
      sample: {}
"""

from ansible_collections.osnap.openstack.plugins.module_utils._capabilities import look
from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader


def main():
    Reader({}, {}, look).run()


if __name__ == "__main__":
    main()
