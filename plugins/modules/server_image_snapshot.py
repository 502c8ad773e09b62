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
  - To copy such an image to another cloud, see M(osnap.openstack.image_copy).
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
      type: dict
    tags:
      description: Tags of the image, exactly these.
      type: list
      elements: str
    visibility:
      description: Who sees the image. Nova makes it private.
      type: str
      choices: [private, shared, community, public]
    protected:
      description: Whether the image is protected from deletion.
      type: bool
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
      - Of a server that is gone, an image cannot be told by the server's name. If there may be one, V(absent) fails and lists what is there. Give the
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
        name: web01-nightly
      - server: web02
        name: web02-nightly

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
        - What can be vouched for about the data. V(off), the server was off; V(crash), all disks at one moment, as if the power had failed;
          V(unknown), a running server with several volumes.
        - Null for an image that was not made by this collection.
      type: str
      sample: "off"
    volume_snapshots:
      description:
        - The Cinder snapshots that hold a volume-backed server's data, each as in M(osnap.openstack.volume_snapshot).
        - Empty for an image-backed server.
      type: list
      elements: dict
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

from ansible_collections.osnap.openstack.plugins.module_utils import _marks, _references
from ansible_collections.osnap.openstack.plugins.module_utils._errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._plan import identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import SNAPSHOTTABLE, ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers, is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._state import StateModule


class ServerImageSnapshot(StateModule):
    service = ServerImages
    many = "snapshots"
    fields = (
        identity("name", renamable=True),
        identity("server", refers_to="server"),
        mutable("properties", type="dict", grows=True),
        mutable("tags", type="list", elements="str", late=True),
        mutable("visibility", choices=["private", "shared", "community", "public"], late=True),
        mutable("protected", type="bool", attribute="is_protected", late=True),
    )
    references = {"server": Servers}
    rules = {"required_one_of": [("id", "name")]}

    def problem(self, item, params):
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the image a name, or the id of an existing one"
        if params["state"] == "absent":
            return None
        if not item["id"] and not item["server"]:
            return f"server is missing; say which server the image '{item['name']}' is of"
        ours = sorted(set(item["properties"] or {}) & {_marks.SOURCE, _marks.CONSISTENCY})
        if ours:
            return f"properties has {', '.join(ours)}, which this collection keeps for itself; leave it out"
        return text_problem("name", item["name"], "Nova") or metadata_problem("properties", item["properties"]) or _not_for_glance(item)

    def admit(self, context, plans):
        servers = _references.existing(Servers(context.cloud), [plan.desired["server_id"] for plan in plans])
        verdicts, taken = [], set()
        for plan in plans:
            server = servers[plan.desired["server_id"]]
            verdicts.append(_unfit(server, plan.desired["name"]) or (_second(server, plan.desired["name"]) if plan.desired["server_id"] in taken else None))
            taken.add(plan.desired["server_id"])
        return verdicts

    def strays(self, service, desired):
        images = service.find([{**desired, "server_id": None}])[0]
        there = Servers(service.cloud).poll(sorted({row["server_id"] for row in images if row["server_id"]}))
        return [row for row in images if row["server_id"] not in there]

    def retains(self, service, row):
        """Asked before the Cinder snapshots go, for Glance refuses only when they are gone."""
        if not row["is_protected"]:
            return None
        return OsnapError(f"The {service.noun} {service.label(row)} is protected from deletion; set protected to false first, then run again.",
                          resource=row["id"])


def _not_for_glance(item):
    """What Glance would refuse of properties and tags, as a sentence; None if nothing."""
    texts = [("properties", str(value)) for value in (item["properties"] or {}).values()] + [("tags", tag) for tag in item["tags"] or []]
    for option, text in texts:
        if option == "tags" and len(text) > 255:
            return f"tags has one of {len(text)} characters; 255 is the most"
        if rare := next((character for character in text if ord(character) > 0xFFFF), None):
            return f"{option} has the character {rare!r}, which Glance refuses: no emoji"
    return None


def _second(server, name):
    """Of a server's own disk Nova takes one image at a time: of two requests at once it fails one half-way."""
    if is_volume_backed(server):
        return None
    return OsnapError(f"The image '{name}' is not the only one that this task would make of the server '{server['name']}' ({server['id']}), and Nova takes one "
                      "at a time; make it in a task of its own.", resource=server["id"])


def _unfit(server, name):
    """Why Nova would not take an image of that name of a server now, or None."""
    if isinstance(server, OsnapError):
        return server
    if server["status"] not in SNAPSHOTTABLE:
        return OsnapError(f"The server '{server['name']}' ({server['id']}) is in status {server['status']}, and Nova takes an image only of one that is "
                          f"{', '.join(SNAPSHOTTABLE)}; bring it there, then run again.", resource=server["id"])
    if server["task_state"]:
        return OsnapError(f"The server '{server['name']}' ({server['id']}) is busy ({server['task_state']}); run again when Nova is done with it.",
                          resource=server["id"])
    problem = text_problem("name", f"snapshot for {name}") if is_volume_backed(server) else None
    if problem:
        return OsnapError(f"The image '{name}' of the server '{server['name']}' ({server['id']}) can't be made: Nova calls its Cinder snapshots "
                          f"'snapshot for …', and that {problem}.", resource=server["id"])
    return None


def main():
    ServerImageSnapshot().run()


if __name__ == "__main__":
    main()
