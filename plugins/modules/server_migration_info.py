#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_migration_info
short_description: Plan and verify the migration of servers to another cloud
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Reads both clouds and writes to neither. Returns what each later step of a migration needs, and all problems of all servers on both sides at once.
  - Run before the first change it says what would stop a migration; run after the last one it says whether the servers have arrived with their data.
  - What earlier tries of the same O(run) have made is known by its marks (C(osnap_run), C(osnap_server)), so that a killed migration goes on where it was.
  - Problems are results and not failures of this module. It fails only where it can't read a cloud.
  - The role C(osnap.openstack.migrate_servers) does the migration.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.destination
  - osnap.openstack.migration
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  servers:
    description: The servers to move, from O(cloud).
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description: Name or ID of the server in O(cloud).
        type: str
      regex:
        description:
          - A regular expression, in place of O(servers[].server). Each server of O(cloud) whose whole name it matches is meant, but for those that another
            item names.
        type: str
      name:
        description: Name of the new server; the server's own if not set.
        type: str
      flavor:
        description: Name or ID of the new server's flavor; what O(flavor_map) says of the server's own if not set.
        type: str
      networks:
        description: The networks of the new server, in this order; if not set, the server's own, as O(network_map) translates them.
        type: list
        elements: dict
        suboptions:
          network:
            description: Name or ID of a network.
            type: str
          fixed_ip:
            description: Address to take on O(servers[].networks[].network).
            type: str
          port:
            description: Name or ID of an existing port, in place of O(servers[].networks[].network).
            type: str
      security_groups:
        description: Names of the new server's security groups; if not set, the server's own as far as they are there.
        type: list
        elements: str
      key_name:
        description: Name of a key pair; if not set, the server's own if the user has one of that name there.
        type: str
      config_drive:
        description: Whether the new server gets a configuration drive; as the server if not set.
        type: bool
      availability_zone:
        description: Availability zone of the new server.
        type: str
      metadata:
        description:
          - Metadata of the new server, beside the server's own or in their place.
          - Without O(servers[].server) and O(servers[].regex), each server of O(cloud) that has this metadata is meant.
        type: dict
      wave:
        description: Number of the wave that the server is moved in, see M(osnap.openstack.server_migration).
        type: int
      boot_after:
        description: Names or IDs of servers that have to be booted before this one, see M(osnap.openstack.server_migration).
        type: list
        elements: str
      checks:
        description: What the new server is to show on its console. Taken for the sake of M(osnap.openstack.server_migration), and not looked at here.
        type: dict
        suboptions:
          console:
            description: See M(osnap.openstack.server_migration).
            type: str
          console_not:
            description: See M(osnap.openstack.server_migration).
            type: str
          timeout:
            description: See M(osnap.openstack.server_migration).
            type: int
          must_succeed:
            description: See M(osnap.openstack.server_migration).
            type: bool
      method:
        description: As O(method), for the disks of this server.
        type: str
        choices: [auto, stream, glance_download, share, transfer]
      disk_methods:
        description:
          - Ways of single disks, which go before O(method) and O(servers[].method).
          - The keys are V(root) and names or IDs of volumes that the server has; the values are those of O(method).
        type: dict
  state:
    description:
      - What is planned for.
      - V(rehearsed) is a server beside its source, which stays as it is, of the same name with C(-rehearsal) behind it; the others are its move.
    type: str
    choices: [rehearsed, copied, moved, checked, complete]
    default: complete
seealso:
  - module: osnap.openstack.server_migration
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.image_copy
  - module: osnap.openstack.server_restore
"""

EXAMPLES = r"""
- name: See what would stop a migration of two servers
  osnap.openstack.server_migration_info:
    cloud: source
    destination:
      cloud: target
    servers:
      - server: web01
      - server: web02
        name: web02-moved
    flavor_map:
      m1.tiny: m1.small
  register: migration

- name: Show all problems at once
  ansible.builtin.debug:
    var: migration.problems

- name: Show what somebody is to approve, for plan_digest of the task that moves them
  ansible.builtin.debug:
    var: migration.plan_digest
"""

RETURN = r"""
plans:
  description:
    - The plan of each server, in the order of O(servers); those of a pattern by name.
    - All but C(server), C(problems) and C(notices) is null or empty for a server that is not there. Of one that was given by its ID, or that this run
      has finished under that name, C(server_id), C(found) and C(summary) are told all the same; a finished one is complete and no problem.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: The server as O(servers[].server) names it.
      type: str
      sample: web01
    server_id:
      description: ID of the server.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name of the server.
      type: str
      sample: web01
    status:
      description: Status of the server.
      type: str
      sample: ACTIVE
    name:
      description: Name of the new server; what it is called now, if it is there.
      type: str
      sample: web01
    power:
      description: Whether the new server is V(on) or V(off) in the end.
      type: str
      sample: "on"
    phase:
      description:
        - How far it is, by what is in both clouds.
        - One of V(planned), V(copying), V(copied), V(rehearsing), V(rehearsed), V(cutting_over), V(cut_over), V(complete), V(rolled_back), V(finalized)
          and V(failed).
      type: str
      sample: copied
    since:
      description: Since when, as the clouds tell.
      type: str
      sample: "2026-11-24T09:00:00Z"
    next:
      description: What comes next.
      type: str
      sample: cut it over
    method:
      description:
        - How it is moved as a whole. V(image) is a server without volumes, V(disks) one each of whose disks is moved by itself.
        - Null means that no way is known.
      type: str
      sample: image
    method_reason:
      description: Why it is moved that way.
      type: str
      sample: its root disk is Nova's own and no volume, so an image of it holds the whole disk
    complete:
      description: Whether this run has moved it and verified that. Nothing is left to be done then.
      type: bool
      sample: false
    verified:
      description: Whether the new server is there and active, booted from a finished copy with the bytes of the snapshot.
      type: bool
      sample: false
    unverified:
      description: What is missing to that, or null.
      type: str
      sample: there is no server of it in cloud 'target'
    found:
      description: What this run has made of it, each with its main attributes, or null for what is not there.
      type: dict
      contains:
        snapshot:
          description: The snapshot of the root disk in O(cloud), an image or a volume snapshot.
          type: dict
        image:
          description: The copy of it in O(destination).
          type: dict
        server:
          description: The new server.
          type: dict
        rehearsal:
          description: The server of a rehearsal.
          type: dict
    stale:
      description:
        - What an earlier try of this run has made before the server changed, to be removed before it is made anew.
        - Only what is marked as this run's is in it, and no server of the destination lives on it but that of a rehearsal, which goes as well.
      type: dict
      contains:
        snapshots:
          description: The snapshot images in O(cloud), as items for M(osnap.openstack.server_image_snapshot).
          type: list
          elements: dict
        copies:
          description: The copies in O(destination), likewise.
          type: list
          elements: dict
        images:
          description: The images of volume snapshots in O(cloud), likewise.
          type: list
          elements: dict
        volume_snapshots:
          description: The volume snapshots in O(cloud), as items for M(osnap.openstack.volume_snapshot).
          type: list
          elements: dict
        volumes:
          description: The volumes in O(destination), as items for M(osnap.openstack.volume_restore).
          type: list
          elements: dict
        moving:
          description: The volumes in O(cloud) that were to be handed over, likewise.
          type: list
          elements: dict
        servers:
          description: The server of a rehearsal in O(destination), as an item for M(osnap.openstack.server_restore).
          type: list
          elements: dict
    server_power:
      description: The item for M(osnap.openstack.server_power). Null if nothing is left to be done, as are the following three.
      type: dict
    server_image_snapshot:
      description: The item for M(osnap.openstack.server_image_snapshot).
      type: dict
    image_copy:
      description: The item for M(osnap.openstack.image_copy), but for the image, whose ID the snapshot gives.
      type: dict
    server_restore:
      description: The item for M(osnap.openstack.server_restore), but for the image, whose ID the copy gives.
      type: dict
    ports:
      description:
        - The ports that are made for the new server before it is booted, in the order of its interfaces. Empty where Nova makes them.
        - C(tag) is that of the interface, which Nova gets when the server is booted.
      type: list
      elements: dict
      sample: []
    floating_ips:
      description: The floating IPs that the new server gets, each with the number of the interface and of its address.
      type: list
      elements: dict
      sample: []
    suggestions:
      description: What may stand for what O(destination) lacks for this server, as RV(suggestions).
      type: dict
      sample: {}
    disks:
      description: The disks of the server, root first, each with the items of what moves it.
      type: list
      elements: dict
      contains:
        index:
          description: Number of the disk; the root disk is the first one.
          type: int
          sample: 0
        kind:
          description: V(image) for Nova's own root disk, V(volume) for a volume.
          type: str
          sample: image
        id:
          description: ID of the volume; of Nova's own disk, of the server.
          type: str
          sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
        name:
          description: Name of the disk's snapshot and of its images in both clouds.
          type: str
          sample: osnap-migration-4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
        volume_name:
          description: Name of the volume, which the new one gets as well.
          type: str
        size:
          description: Size of the disk in GiB.
          type: int
          sample: 20
        device:
          description: Name of the device as Nova tells it.
          type: str
        tag:
          description: The tag by which the server knows the disk, or null.
          type: str
        boot_index:
          description: V(0) for the root disk, V(-1) for others.
          type: int
          sample: 0
        delete_on_termination:
          description: Whether the disk goes with its server.
          type: bool
          sample: true
        bootable:
          description: Whether servers may boot from it.
          type: bool
          sample: true
        volume_type:
          description: Type of the volume.
          type: str
        target:
          description: V(image) if the new server boots from the copy, V(volume) if it gets a volume made of it.
          type: str
          sample: image
        method:
          description: How the disk is moved, as O(method) has it; of one of which something is there already, how that was.
          type: str
          sample: stream
        method_reason:
          description: Why it is moved that way.
          type: str
          sample: its root disk is Nova's own and no volume, so an image of it holds the whole disk
        disk_format:
          description: Format of the image that is made of a volume's snapshot; null where Nova chooses it, and where there is no image.
          type: str
          sample: raw
        disk_format_reason:
          description: Why it has that format.
          type: str
          sample: it is asked for with disk_format
        found:
          description: What this run has made of it, each with its main attributes, or null for what is not there.
          type: dict
          contains:
            snapshot:
              description: The snapshot in O(cloud); of Nova's own disk an image, of a volume a volume snapshot.
              type: dict
            image:
              description: The image of a volume's snapshot in O(cloud).
              type: dict
            copied:
              description: The copy in O(destination), or the image in O(cloud) that is shared with it.
              type: dict
            volume:
              description: The volume that was made of the copy.
              type: dict
            rehearsal_volume:
              description: The one that was made of it for a rehearsal.
              type: dict
        server_image_snapshot:
          description: The item for M(osnap.openstack.server_image_snapshot), of Nova's own disk. Null if nothing is left to be done, as are the others.
          type: dict
        volume_snapshot:
          description: The item for M(osnap.openstack.volume_snapshot), of a volume.
          type: dict
        image_from_snapshot:
          description: The item for M(osnap.openstack.image_from_snapshot), of a volume, but for the snapshot, whose ID is known once it is made.
          type: dict
        image_copy:
          description: The item for M(osnap.openstack.image_copy), but for the image.
          type: dict
        volume_restore:
          description: The item for M(osnap.openstack.volume_restore), of a disk that becomes a volume, but for the image, whose ID the copy gives.
          type: dict
    plan_digest:
      description: What is to be approved of it, as RV(plan_digest). Null where something stands in its way, and of a server that is complete.
      type: str
    steps:
      description: What is left to be done, in words.
      type: list
      elements: str
      sample: [compare both images and mark the new server as complete]
    summary:
      description: What a report says of it; the same however often a finished migration is run again.
      type: dict
      contains:
        run:
          description: The O(run).
          type: str
        state:
          description: V(migrated) when the server has arrived and this was verified, else V(pending).
          type: str
        server:
          description: Name of the server.
          type: str
        server_id:
          description: ID of the server.
          type: str
        method:
          description: How its disk was moved.
          type: str
        consistency:
          description: What can be vouched for about the data, see M(osnap.openstack.server_image_snapshot).
          type: str
        snapshot_id:
          description: ID of the snapshot image in O(cloud).
          type: str
        image_id:
          description: ID of the copy in O(destination).
          type: str
        size:
          description: Size of the copy in bytes.
          type: int
        hash_algo:
          description: Algorithm of the copy's hash.
          type: str
        hash_value:
          description: Hash of the copy.
          type: str
        new_server:
          description: Name of the new server.
          type: str
        new_server_id:
          description: ID of the new server.
          type: str
        new_addresses:
          description: Addresses of the new server.
          type: list
          elements: str
    problems:
      description: What stops its migration, one sentence each.
      type: list
      elements: str
      sample: []
    notices:
      description: What it loses or what changes, one sentence each.
      type: list
      elements: str
      sample: []
    findings:
      description: Both as data, each with its code.
      type: list
      elements: dict
      contains: &finding
        code:
          description: What it is, in one word that never changes.
          type: str
          sample: volume_encrypted
        severity:
          description: V(blocks) can't be moved like that, V(loses) may be accepted by its code in O(accept), V(changes) is only told.
          type: str
          sample: blocks
        object:
          description: What it is about.
          type: str
          sample: server 'web01'
        sentence:
          description: The sentence, as it is in the lists.
          type: str
        remedy:
          description: What to do.
          type: str
        stops:
          description: Whether it stops the migration.
          type: bool
          sample: true
problems:
  description: The problems of all servers, and those of all of them together, such as the quota.
  returned: success
  type: list
  elements: str
  sample: []
notices:
  description: The notices of all servers.
  returned: success
  type: list
  elements: str
  sample: []
plan_digest:
  description:
    - What is to be approved, as one short text for O(plan_digest). It stands for the plans of all servers in whose way nothing stands; null if there is
      none, if something stands in the way of all of them together, and for V(rehearsed).
    - It holds hashes of what each server is and of what it becomes, about 75 characters a server, and no values. It does not change while the plan is
      carried out, until the new server is there.
    - Not in it are times and phases, what the run itself has made, names that new volumes get because others are taken, how much of a quota is left,
      and how many servers go at a time.
  returned: success
  type: str
suggestions:
  description:
    - Maps to be edited for what O(destination) lacks. C(flavor_map) has the smallest flavor that has what the server's has, C(network_map) the network
      of the same ranges; null where there is none.
  returned: success
  type: dict
  sample: {flavor_map: {m1.small: c1.medium}, network_map: {private: null}}
playbook:
  description:
    - What O(destination) lacks altogether, as a playbook that makes it there with C(openstack.cloud) as it is in O(cloud). Flavors, networks with their
      subnets, security groups with their rules and those that rules speak of, and key pairs, by the names that they are to have there.
    - It is made to be reviewed, and written to a file with C(to_nice_yaml). Flavors need an administrator. Nothing of it is carried out here. Empty if
      nothing is lacking.
  returned: success
  type: list
  elements: dict
  sample: []
unused_keys:
  description:
    - The keys of maps that nothing goes by, by map, for no selected server has what they name. Each with the name that may be meant, one that a selected
      server has and that is no key itself; or null.
    - A map that several batches share has keys that one batch does not need. So this is only told here, and there is a warning where a name may be meant
      and O(cloud) has none of the name of the key, as if it is misspelt.
    - Empty if there are none, and where nothing new is to be made.
  returned: success
  type: dict
  sample: {network_map: {privat: private, dmz: null}}
findings:
  description: The problems and the notices as data, each with its code.
  returned: success
  type: list
  elements: dict
  contains: *finding
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._migration import asked, preflight

OPTIONS = {
    "servers": {"type": "list", "elements": "dict", "required": True, "options": asked.MOVED},
    **asked.MIGRATION,
    "state": asked.STATE,
}


def main():
    Reader(OPTIONS, {}, preflight.look, preflight.connect).run()


if __name__ == "__main__":
    main()
