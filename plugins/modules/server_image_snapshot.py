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
      type: dict
    tags:
      description: Tags of the image, exactly these.
      type: list
      elements: str
    visibility:
      description: Who sees the image. Nova makes it private; O(members) make it V(shared) if this is not set.
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
    force:
      description:
        - With O(state=absent), removes the image of a volume-backed server even if volumes were made from its Cinder snapshots.
        - Some back ends refuse that, others make such volumes independent first. Without it they are told, and nothing is removed.
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
  description: IDs of the images that O(rotation) has deleted, oldest first.
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

from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
    identity,
    mutable,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import plan_power
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import (
    metadata_problem,
    text_problem,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import (
    SNAPSHOTTABLE,
    ServerImages,
    backing_snapshots,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers, is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

ROTATION = {"type": {"type": "str", "required": True}, "keep": {"type": "int", "required": True}}


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
        mutable("members", type="list", elements="str", late=True, purge="purge_members"),
        mutable("membership", choices=["accepted", "rejected", "pending"], late=True),
    )
    extra_options = {
        "purge_members": {"type": "bool"},
        "consistency": {"type": "str", "choices": ["crash", "quiesce", "stop"]},
        "rotation": {"type": "dict", "options": ROTATION},
        "force": {"type": "bool"},
    }
    references = {"server": Servers}
    rules = {"required_one_of": [("id", "name")]}

    # -- arguments

    def bound(self, context):
        service = super().bound(context)
        service.everywhere = context.params["state"] != "present"
        return service

    def tidy(self, item):
        item = super().tidy(item)
        members = item["members"] and sorted({member.strip() for member in item["members"]})
        return {
            **item,
            "members": members if members else item["members"],
            "visibility": item["visibility"] or ("shared" if members else None),
        }

    def problem(self, item, params):
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the image a name, or the id of an existing one"
        if params["state"] == "absent":
            return None
        if not item["id"] and item["membership"]:
            return "membership is about an image that another project shares; give its id"
        if not item["id"] and not item["server"]:
            return f"server is missing; say which server the image '{item['name']}' is of"
        ours = sorted(set(item["properties"] or {}) & (_marks.RESERVED | {_marks.CONSISTENCY}))
        if ours:
            return f"properties has {', '.join(ours)}, which this collection keeps for itself; leave it out"
        return (
            text_problem("name", item["name"], "Nova")
            or metadata_problem("properties", item["properties"])
            or _not_for_glance(item)
            or _not_shared(item)
            or _not_rotated(item)
            or _not_stopped(item, params)
        )

    # -- plan

    def plan_all(self, context, items):
        plans = [self._checked(plan) if isinstance(plan, Plan) else plan for plan in super().plan_all(context, items)]
        return _kept_by_dependents(context, _with_rotation(context, _with_start(context, plans)))

    @staticmethod
    def _checked(plan):
        """A plan for an image that is there, or why it can't become what is wanted; with what only this kind of
        resource knows.
        """
        desired, current = plan.desired, plan.current
        if desired.get("nowhere") or current is None or plan.resource is None or _makes(plan):
            return plan
        label = f"The server image '{current['name']}' ({current['id']})"
        if desired["membership"] and current["membership"] is None:
            return OsnapError(
                f"{label} is not shared with this project by another one, so there is no membership to be"
                f" {desired['membership']}; leave membership out.",
                resource=current["id"],
            )
        if desired["members"] and backing_snapshots(current):
            return _unshareable(label, current["id"])
        if desired["rotation"] and current["properties"].get("backup_type") != desired["rotation"]["type"]:
            return OsnapError(
                f"{label} is no backup of the type {desired['rotation']['type']}; leave rotation out, or take another"
                " name.",
                resource=current["id"],
            )
        return _consistency.shortfall(current, label, desired["consistency"]) or _with_members(plan)

    def admit(self, context, plans):
        servers = lookup.existing(Servers(context.cloud), [plan.desired["server_id"] for plan in plans])
        volumes = _volumes_to_freeze(context, plans, servers)
        verdicts, taken = [], set()
        for plan in plans:
            desired, server = plan.desired, servers[plan.desired["server_id"]]
            verdicts.append(
                _unfit(context.cloud, server, desired, volumes)
                or (_second(server, desired["name"]) if desired["server_id"] in taken else None)
            )
            taken.add(desired["server_id"])
        return verdicts

    def strays(self, service, desired):
        images = service.find([{**desired, "server_id": None}])[0]
        there = Servers(service.cloud).poll(sorted({row["server_id"] for row in images if row["server_id"]}))
        return [row for row in images if row["server_id"] not in there]

    def retains(self, service, row):
        """Asked before the Cinder snapshots go, for Glance refuses only when they are gone."""
        if not row["is_protected"]:
            return None
        return OsnapError(
            f"The {service.noun} {service.label(row)} is protected from deletion; set protected to false first, then"
            " run again.",
            resource=row["id"],
        )

    # -- apply

    def apply_all(self, context, plans):
        """Stop what has to be off, make the images, and start again what was stopped, whatever has become of its image."""
        of = [_server_of(plan) if plan.desired["consistency"] == "stop" and plan.resource else None for plan in plans]
        stopped = set()
        halted = off_for_image.stop(
            context,
            {server: plan.desired["name"] for server, plan in zip(of, plans) if server and _makes(plan)},
            stopped,
        )
        going = [(server, plan) for server, plan in zip(of, plans) if server not in halted]
        try:
            done = iter(super().apply_all(context, [plan for _server, plan in going]))
        except OsnapError as error:  # from a step for all of them
            done = iter([error] * len(going))
        outcomes = [halted[server] if server in halted else next(done) for server in of]
        for server, outcome in zip(of, outcomes):
            if server and isinstance(outcome, OsnapError):
                outcome.changed_nothing = False  # its server was stopped for it
        outcomes = [_rotated(self, context, plan, outcome) for plan, outcome in zip(plans, outcomes)]
        names = {}
        for server, plan in zip(of, plans):
            names.setdefault(server, set()).add(plan.desired["name"] or plan.current["name"])
        names.pop(None, None)
        still_off = off_for_image.start(context, names, stopped)
        return [_both(outcome, still_off.get(server)) for server, outcome in zip(of, outcomes)]

    def _verified(self, service, context, job):
        outcome = super()._verified(service, context, job)
        if isinstance(outcome, OsnapError) or outcome.resource is None or context.params["state"] == "absent":
            return outcome
        return (
            _consistency.shortfall(
                outcome.resource, f"The server image {service.label(outcome.resource)}", job.plan.desired["consistency"]
            )
            or outcome
        )


def _makes(plan):
    return any(step.verb == CREATE for step in plan.steps)


def _server_of(plan):
    return plan.desired["server_id"] or (plan.current or {}).get("server_id")


# -- what is wrong with an item


def _not_for_glance(item):
    """What Glance would refuse of properties and tags, as a sentence; None if nothing."""
    texts = [("properties", str(value)) for value in (item["properties"] or {}).values()] + [
        ("tags", tag) for tag in item["tags"] or []
    ]
    for option, text in texts:
        if option == "tags" and len(text) > 255:
            return f"tags has one of {len(text)} characters; 255 is the most"
        if rare := next((character for character in text if ord(character) > 0xFFFF), None):
            return f"{option} has the character {rare!r}, which Glance refuses: no emoji"
    return None


def _not_shared(item):
    members = item["members"] or []
    if item["purge_members"] is not None and item["members"] is None:
        return "purge_members needs members; give an empty list to share the image with nobody"
    if members and item["visibility"] != "shared":
        return (
            f"members are for an image whose visibility is shared, and {item['visibility']} was asked for; leave one of"
            " them out"
        )
    if wrong := [member for member in members if not 0 < len(member) <= 255 or "/" in member]:
        return f"members has {wrong[0]!r}, which is no project's ID"
    return None


def _not_rotated(item):
    rotation = item["rotation"]
    if rotation and rotation["keep"] < 1:
        return "rotation.keep is less than 1; keep at least the image that is made"
    if rotation and not 0 < len(rotation["type"].strip()) <= 255:
        return "rotation.type is empty or longer than 255 characters; give one such as daily"
    return None


def _not_stopped(item, params):
    if item["consistency"] == "stop" and not params["wait"]:
        return "consistency: stop needs wait, for the server is started again when the image is done; leave wait out"
    return None


# -- what is added to a plan


def _with_members(plan):
    """Members are of a shared image only, and Glance remembers them while it is not."""
    update = next((step for step in plan.steps if step.verb == UPDATE), None)
    if update is None or not {"members", "visibility"} & set(update.values):
        return plan
    seen, values, resource = (
        plan.current["visibility"],
        {**update.values, "purge_members": plan.desired["purge_members"]},
        dict(plan.resource),
    )
    if "visibility" in values and values["visibility"] != "shared":
        resource["members"] = []
    elif "visibility" in values and seen != "shared":
        resource["members"] = None
    return replace(
        plan, resource=resource, steps=tuple(Step(UPDATE, values) if step is update else step for step in plan.steps)
    )


def _with_start(context, plans):
    """Servers that a killed run has left off are started, though their images are there."""
    stopped = [
        plan
        for plan in plans
        if isinstance(plan, Plan)
        and plan.resource
        and plan.current
        and not _makes(plan)
        and plan.desired["consistency"] == "stop"
        and plan.current["server_id"]
    ]
    servers = Servers(context.cloud).poll(sorted({plan.current["server_id"] for plan in stopped})) if stopped else {}
    left = {
        id(plan): servers[plan.current["server_id"]]
        for plan in stopped
        if plan.current["server_id"] in servers
        and off_for_image.is_stopped_for(
            servers[plan.current["server_id"]], plan.desired["name"] or plan.current["name"]
        )
    }
    return [
        (
            replace(
                plan,
                before={**plan.before, "server_status": left[id(plan)]["status"]},
                after={**plan.after, "server_status": "ACTIVE"},
                steps=(*plan.steps, Step(UPDATE)),
            )
            if id(plan) in left
            else plan
        )
        for plan in plans
    ]


def _with_rotation(context, plans):
    """What Nova's rotation will delete is told before, and what it could not delete is an error."""
    told = []
    for plan in plans:
        if isinstance(plan, Plan):
            rotation, going = plan.desired["rotation"], []
            if rotation and _makes(plan):
                there = [
                    row
                    for row in ServerImages(context.cloud).backups(_server_of(plan), rotation["type"].strip())
                    if row["id"] != (plan.current or {}).get("id")
                ]
                going = there[: max(0, len(there) + 1 - rotation["keep"])]
            kept = next((row for row in going if row["is_protected"]), None)
            plan = (
                replace(plan, facts={"rotated": [row["id"] for row in going]})
                if not kept
                else OsnapError(
                    f"The image '{plan.desired['name']}' can't be made: rotation would delete '{kept['name']}'"
                    f" ({kept['id']}), which is protected, and Nova leaves it without a word; take its protection away,"
                    " or keep more.",
                    resource=kept["id"],
                )
            )
        told.append(plan)
    return told


def _rotated(module, context, plan, outcome):
    """The outcome, once Nova has deleted what rotation was to delete: it does so when the image is done."""
    going = plan.facts.get("rotated", [])
    if isinstance(outcome, OsnapError):
        return outcome
    if going and context.wait:
        service = module.bound(context)
        try:
            service.wait_for(service, dict.fromkeys(going, GONE))
        except OsnapError as error:
            return error
    return replace(outcome, facts={**outcome.facts, **plan.facts})


def _kept_by_dependents(context, plans):
    """An image whose Cinder snapshots have volumes is not removed, unless it is asked for."""
    going = [
        plan
        for plan in plans
        if isinstance(plan, Plan)
        and not plan.desired["force"]
        and any(step.verb == DELETE for step in plan.steps)
        and backing_snapshots(plan.current)
    ]
    volumes = Volumes(context.cloud).list() if going else []
    kept = {id(plan): _depended_on(plan.current, volumes) for plan in going}
    return [kept.get(id(plan)) or plan for plan in plans]


def _depended_on(image, volumes):
    snapshots = set(backing_snapshots(image))
    made = [volume for volume in volumes if volume["snapshot_id"] in snapshots]
    if not made:
        return None
    servers = sorted({attachment["server_id"] for volume in made for attachment in volume["attachments"] or []})
    run = (
        f", and the server{'s' if len(servers) > 1 else ''} {', '.join(servers)} run{'' if len(servers) > 1 else 's'}"
        " from it"
        if servers
        else ""
    )
    named = ", ".join(f"'{volume['name'] or ''}' ({volume['id']})" for volume in made[:5]) + (
        f" and {len(made) - 5} more" if len(made) > 5 else ""
    )
    return OsnapError(
        f"The server image '{image['name']}' ({image['id']}) is in use: of its Cinder snapshots the"
        f" volume{'s' if len(made) > 1 else ''} {named} {'were' if len(made) > 1 else 'was'} made{run}; remove these"
        " first, or set force to true where the back end can do without.",
        resource=image["id"],
    )


def _both(outcome, error):
    """An outcome with what has become of the server's start."""
    if error is None:
        return outcome
    if isinstance(outcome, OsnapError):
        return OsnapError(
            f"{str(outcome).rstrip('.')}; and its server is still off: {error}",
            **outcome.fields,
            stops_work=outcome.stops_work,
        )
    return OsnapError(
        f"The image '{outcome.resource['name']}' ({outcome.resource['id']}) is there, but its server is still off:"
        f" {error}",
        **error.fields,
    )


# -- why Nova would not take an image


def _volumes_to_freeze(context, plans, servers):
    """``{ID: volume}`` of the servers that are to be frozen: a volume tells what was promised of its guest."""
    frozen = [servers[plan.desired["server_id"]] for plan in plans if plan.desired["consistency"] == "quiesce"]
    ids = sorted({id for server in frozen if not isinstance(server, OsnapError) for id in server["attached_volumes"]})
    return Volumes(context.cloud).poll(ids) if ids else {}


def _second(server, name):
    """Of a server's own disk Nova takes one image at a time: of two requests at once it fails one half-way."""
    if is_volume_backed(server):
        return None
    return OsnapError(
        f"The image '{name}' is not the only one that this task would make of the server '{server['name']}'"
        f" ({server['id']}), and Nova takes one at a time; make it in a task of its own.",
        resource=server["id"],
    )


def _unshareable(label, resource):
    return OsnapError(
        f"{label} can't be shared by members: its data are in Cinder snapshots, which are not shared with it; transfer"
        " volumes made of them.",
        resource=resource,
    )


def _unfit(cloud, server, desired, volumes):
    """Why Nova would not take such an image of a server now, or None."""
    if isinstance(server, OsnapError):
        return server
    if error := lookup.foreign(cloud, "server", server):
        return error
    name, stop = desired["name"], desired["consistency"] == "stop"
    if server["status"] not in SNAPSHOTTABLE:
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is in status {server['status']}, and Nova takes an image"
            f" only of one that is {', '.join(SNAPSHOTTABLE)}; bring it there, then run again.",
            resource=server["id"],
        )
    if server["task_state"] and not (stop and server["task_state"] == "powering-off"):
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is busy ({server['task_state']}); run again when Nova is"
            " done with it.",
            resource=server["id"],
        )
    if stop and (problem := _unstoppable(server, cloud.is_admin)):
        return problem
    if desired["consistency"] == "quiesce":
        problem = _consistency.no_freeze(server, [volumes[id] for id in server["attached_volumes"] if id in volumes])
        if problem:
            return problem
    if not is_volume_backed(server):
        return None
    label = f"The image '{name}' of the server '{server['name']}' ({server['id']})"
    if desired["members"]:
        return _unshareable(label, server["id"])
    if desired["rotation"]:
        return OsnapError(
            f"{label} can't be made: Nova rotates no images of a server that boots from a volume; leave rotation out.",
            resource=server["id"],
        )
    if problem := text_problem("name", f"snapshot for {name}"):
        return OsnapError(
            f"{label} can't be made: Nova calls its Cinder snapshots 'snapshot for …', and that {problem}.",
            resource=server["id"],
        )
    return None


def _unstoppable(server, is_admin):
    try:
        plan = plan_power(server, "stopped")
    except OsnapError as error:
        return error
    if plan.changed and server["is_locked"] and not is_admin:
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is locked and can't be stopped, but by an administrator;"
            " unlock it first, then run again.",
            resource=server["id"],
        )
    return None


def main():
    ServerImageSnapshot().run()


if __name__ == "__main__":
    main()
