#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_image_snapshot
short_description: Snapshot a server into a Glance image
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Makes sure that a snapshot image of a server is there and usable, or gone.
  - A snapshot image is known by its ID, or by its server and its name. An image of the same name of another server is never taken for it.
  - The image of an image-backed server holds its whole root disk, user data included. Ephemeral disks, swap and attached volumes are not in it.
  - The image of a volume-backed server is empty; the data are in Cinder snapshots of all its volumes. These are waited for, returned,
    and removed with the image.
  - An image that an interrupted run has not finished is waited for, and not made twice. If the server was started, rebooted or otherwise changed since it
    was begun, it is removed and another is made; RV(outdated) says why. A finished image is never replaced for that.
  - To copy such an image to another cloud, see M(osnap.openstack.image_copy).
  - Of another project's server an administrator gets no image, for it would not belong to that project. Log in to the server's own.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    id:
      description:
        - ID of an existing image. With it, O(name) renames the image, and O(server) only checks that it is that server's.
      type: str
    name:
      description:
        - Name of the image, at most 255 characters and no emoji, as Nova has it; white space around it does not count.
        - Required if O(id) is not given.
      type: str
    server:
      description:
        - Name or ID of the server.
        - Required to make an image. To remove one it narrows the search; without it the name must be the only one of its kind.
        - Several servers of that name are an error that lists them.
      type: str
    properties:
      description:
        - Properties of the image. Numbers and booleans are stored as text; other properties are left alone.
        - Beside C(series) and C(osnap_hold) the image gets C(osnap_series_for) and C(osnap_hold_for), its own ID, for servers that are made of it
          hand all of them on to their images. See M(osnap.openstack.snapshot_prune).
      type: dict
    tags:
      description: Tags of the image, exactly these.
      type: list
      elements: str
    visibility:
      description:
        - Who sees the image. Nova makes it private; O(members) make it V(shared) if this is not set.
        - Who may make one V(public) or V(community) says the cloud's policy, by default administrators for V(public). It can't be read, so that check
          mode does not know. Where it is refused the image is there, and private.
      type: str
      choices: [private, shared, community, public]
    protected:
      description: Whether the image is protected from deletion.
      type: bool
    members:
      description:
        - IDs of the projects that the image is shared with. It is no longer shared with others, unless O(purge_members=false).
        - Glance does not look whether there is such a project.
        - The image of a volume-backed server can't be shared in this way, for the Cinder snapshots that hold its data can't.
      type: list
      elements: str
    purge_members:
      description: Whether the image is shared with O(members) only. V(true) if not set.
      type: bool
    membership:
      description:
        - What this project says to an image that another project shares with it. It needs O(id).
        - An accepted image is in this project's lists; others can be used by their ID.
      type: str
      choices: [accepted, rejected, pending]
    consistency:
      description:
        - How consistent the data in the image have to be. What was reached is in RV(image.consistency).
        - V(crash) takes the server as it is. This is the default.
        - V(stop) stops the server, takes the image and starts the server again, also when the image fails. A server that was off stays off.
          What a killed task has stopped, its next run starts. It needs O(wait). Nova stops a guest by ACPI, and cuts its power when it takes too long.
        - V(quiesce) is for a running volume-backed server whose image has the properties C(os_require_quiesce) and C(hw_qemu_guest_agent), so that Nova
          fails when the guest does not freeze its file systems. Any other server that is not off is refused.
        - An image that is there already, and whose data are less consistent, is an error.
      type: str
      choices: [crash, quiesce, stop]
    rotation:
      description:
        - Makes the image with Nova's C(createBackup), which deletes the oldest images of the same server and type when there are more than so many.
        - For image-backed servers only. What goes is in RV(rotated), also in check mode.
        - Nova knows no C(osnap_hold). An image that would go and is on hold, or protected, is an error before anything is made.
        - Nova tries once and says nothing when an image can't go, as on back ends that copy on write (Ceph) when a server was booted from it. Such
          an image is tried once more; if it stays, that is an error that names what holds it. Check mode warns of it. With O(wait=false) nobody looks.
      type: dict
      suboptions:
        type:
          description: Type of the backup, such as V(daily). Each type is counted for itself.
          type: str
          required: true
        keep:
          description: How many images of this server and type to keep, the new one among them; 1 or more.
          type: int
          required: true
  snapshots:
    description:
      - A list of snapshot images to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the image is there, with all its data.
      - V(absent) makes sure that it is gone, and with it the Cinder snapshots behind it. They go first, so that the image of a
        killed task still tells what is left of them.
      - Some back ends refuse to delete an image that servers or volumes were made of. Nothing shows beforehand which back ends do, so check mode warns.
        Cinder snapshots that volumes were made of are tried first, so that nothing has gone where that is refused.
      - A Cinder snapshot in which another image has its data, too, stays for that one.
      - The name of a server that no longer exists does not identify its images. If images of that name exist, V(absent) fails and lists them. Give the
        server's ID, or the O(id) of the image.
    type: str
    choices: [present, absent]
    default: present
  on_error:
    description:
      - What to do about an existing image that has failed, or that lacks one of its Cinder snapshots.
      - V(replace) deletes it and makes it anew.
    type: str
    choices: [fail, replace]
    default: fail
seealso:
  - module: osnap.openstack.server_image_snapshot_info
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.server_restore
"""

EXAMPLES = r"""
- name: Snapshot a server before a change
  osnap.openstack.server_image_snapshot:
    cloud: source
    server: web01
    name: web01-before-upgrade
    properties:
      ticket: CHG-1234
  register: before_upgrade

- name: Snapshot several servers in one task
  osnap.openstack.server_image_snapshot:
    cloud: source
    tags: [nightly]
    snapshots:
      - server: web01
        name: web01-nightly-{{ now(utc=true).strftime('%F') }}
      - server: web02
        name: web02-nightly-{{ now(utc=true).strftime('%F') }}

- name: Stop a server, snapshot it, and start it again
  osnap.openstack.server_image_snapshot:
    cloud: source
    server: web01
    name: web01-at-rest
    consistency: stop

- name: Keep the last three nightly images of a server
  osnap.openstack.server_image_snapshot:
    cloud: source
    server: web02
    name: web02-{{ now(utc=true).strftime('%F') }}
    rotation:
      type: nightly
      keep: 3

- name: Share an image with another project
  osnap.openstack.server_image_snapshot:
    cloud: source
    id: "{{ before_upgrade.image.id }}"
    members:
      - 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11

- name: Show what can be vouched for about the data
  ansible.builtin.debug:
    var: before_upgrade.image.consistency

- name: Remove a snapshot image, and the Cinder snapshots behind it if there are any
  osnap.openstack.server_image_snapshot:
    cloud: source
    server: web01
    name: web01-before-upgrade
    state: absent
"""

RETURN = r"""
image:
  description:
    - The image as it is after the task; null when it is gone. Check mode has null for what only the service can know.
  returned: when O(snapshots) is not used
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
rotated:
  description: IDs of the images that went by O(rotation), oldest first.
  returned: when O(snapshots) is not used
  type: list
  elements: str
  sample: []
outdated:
  description:
    - What had happened to the server since an interrupted run had begun its image. That unfinished image was removed, and another made. Empty otherwise.
    - Check mode can't tell it of an image that Nova has not registered yet.
  returned: when O(snapshots) is not used
  type: list
  elements: str
  sample: []
images:
  description: The images, in the order of O(snapshots); null for one that is gone or failed.
  returned: when O(snapshots) is used
  type: list
  elements: dict
  contains: *image
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
    image:
      description: The image, as in RV(image).
      type: dict
    rotated:
      description: As in RV(rotated), for an item that did not fail.
      type: list
      elements: str
      sample: []
    outdated:
      description: As in RV(outdated), for an item that did not fail.
      type: list
      elements: str
      sample: []
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot


def main():
    run(ServerImageSnapshot())


if __name__ == "__main__":
    main()
