#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_set_restore
short_description: Restore servers from their snapshot sets
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Restores a snapshot set, as M(osnap.openstack.server_snapshot_set) takes it. As a new server beside the one that the set is of, in place, or as volumes
    attached to another server.
  - Only a whole set is restored, and it stays as it is. Of a server that is not there any more, the sets are there as before.
  - What would be refused is told before anything is touched, also in check mode, as far as it can be known. That is the set's status, quotas, a missing
    flavor, locks, and names that are taken.
  - All that is made is marked in the request that makes it, with the set, the server and O(run). A task that was killed goes on by being run again, and
    makes nothing twice.
  - Servers are restored side by side, see O(parallel).
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description:
        - Name or ID of the server that the set is of, also of one that has gone. Its sets know its name.
        - Required, at the top level or in each item.
      type: str
    set:
      description:
        - Name or ID of the set. If neither this nor O(as_of) is set, the newest whole one is restored.
      type: str
    as_of:
      description:
        - Restores the newest whole set that was begun at that time or before. One goes back to what was there then, so no younger one is taken.
        - Times have whole seconds. A set that was begun in the very second is taken.
        - A time without a zone is UTC.
      type: str
    mode:
      description:
        - V(beside) makes a new server, which runs beside the old one. This is the default.
        - V(in_place) puts the disks of the server back. The server keeps its ID, its ports and its addresses. It is stopped for it, and started again if it
          was on. Its root disk is rebuilt from the image of the set, and in place of each volume it gets a new one, made of the snapshot. B(What is on its
          root disk is lost); the volumes that made room are kept, see O(replaced_volumes). As long as one restore of a server in place has not come to its
          end, no other one begins.
        - V(attach) makes volumes of the chosen O(disks) and attaches them to the server O(attach_to).
      type: str
      choices: [beside, in_place, attach]
    disks:
      description:
        - Which disks are restored, V(root), or a volume by its ID, its name or its device at that time. All of them, if this is not set.
        - A new server needs its root disk.
      type: list
      elements: str
    name:
      description:
        - Name of the new server. If not set, it is C(name~time), of the server's name and the time of the set; with a O(run) of another name this follows.
        - For O(mode=beside).
      type: str
    networks:
      description:
        - The networks to attach the new server to, in this order. If not set, those that the server had when the set was taken, without its addresses. An
          empty list is a server without a network.
        - For O(mode=beside).
      type: list
      elements: dict
      suboptions:
        network:
          description: Name or ID of a network.
          type: str
        fixed_ip:
          description: Address to take on O(networks[].network). It must be free, and in one of the network's subnets.
          type: str
        port:
          description: Name or ID of an existing port that is not in use, in place of O(networks[].network).
          type: str
        tag:
          description: The name under which the server finds the interface in its own metadata.
          type: str
    flavor:
      description: Name or ID of the new server's flavor; if not set, the one that the server had. For O(mode=beside).
      type: str
    security_groups:
      description: Names or IDs of the new server's security groups; if not set, those that the server had. For O(mode=beside).
      type: list
      elements: str
    key_name:
      description: Name of a key pair; if not set, the one that the server had. For O(mode=beside).
      type: str
    user_data:
      description: User data of the new server as plain text. That of the old one can't be read. For O(mode=beside).
      type: str
    config_drive:
      description: Whether the new server gets a configuration drive; if not set, as the server had. For O(mode=beside).
      type: bool
    availability_zone:
      description: Availability zone to boot in; if not set, Nova chooses. For O(mode=beside).
      type: str
    metadata:
      description: Metadata of the new server. Those of the old one are not taken over. For O(mode=beside).
      type: dict
    attach_to:
      description: Name or ID of the server that gets the volumes. Required by O(mode=attach) unless O(state=absent).
      type: str
    allow_server_replacement:
      description:
        - Whether a server that boots from a volume may be made anew in place. A root volume can't be taken off a server. So the server is deleted, its
          volumes outlive it, and a new one is booted from the restored volume, on the same ports, with the name, flavor, key pair, metadata, tags and
          floating IPs that it had. B(It has another ID then), and what only administrators may read, its user data, it has not any more.
        - Ports that Nova made go with the server; they are made again with the same address and MAC.
        - For O(mode=in_place).
      type: bool
    replaced_volumes:
      description:
        - What becomes of the volumes that make room, V(keep), the default, or V(delete).
        - Kept ones are marked, and named in RV(restore.replaced). A volume that has snapshots can't be deleted and is kept; so is each of which the set
          itself has a snapshot.
        - For O(mode=in_place).
      type: str
      choices: [keep, delete]
  servers:
    description:
      - A list of restores to do in one task, each with the options above. What an item leaves out is taken from the top level.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(present) makes sure that the set is restored. A new server that is there is left as it is, whatever it has written since. In place, a disk is
        restored where the server has the volume that this O(run) has made, or is of the image by Nova's word. Where somebody has put another disk there, or
        rebuilt the server, it is restored again. To go back once more to the same set, name another O(run).
      - V(absent) removes what this O(run) has made with O(mode=beside) or O(mode=attach), the servers and then their volumes, and nothing else. Neither the
        set nor the server has to be there any more. If neither O(set) nor O(as_of) is set, that is all that was made of any set of the server.
    type: str
    choices: [present, absent]
    default: present
  run:
    description:
      - Name of the restore, 1 to 64 letters, digits, C(.), C(_) and C(-). Everything that is made is marked with it, and one run restores once.
    type: str
    default: restore
  parallel:
    description: How many servers are restored at a time.
    type: int
    default: 5
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. Each step is always waited for, for the next one needs what it has made.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step of a server. After it the server fails with the last status seen; running the task again goes on from there.
    type: int
    default: 3600
notes:
  - Of a server that boots from a volume the other volumes can be restored in place without O(allow_server_replacement), if O(disks) names them.
  - Volumes are taken off and put on again, and never changed by Nova's volume swap, which would copy the old data over the restored ones. The hypervisor may
    name devices otherwise than before.
seealso:
  - module: osnap.openstack.server_snapshot_set
  - module: osnap.openstack.server_snapshot_set_info
  - module: osnap.openstack.server_restore
  - module: osnap.openstack.volume_restore
"""

EXAMPLES = r"""
- name: Restore the newest set beside the server
  osnap.openstack.server_set_restore:
    cloud: source
    server: web01
  register: restored

- name: Remove what was made for that
  osnap.openstack.server_set_restore:
    cloud: source
    server: web01
    state: absent

- name: Look at a disk as it was on the eve of the upgrade
  osnap.openstack.server_set_restore:
    cloud: source
    server: web01
    set: before-upgrade
    mode: attach
    disks: [web01-data]
    attach_to: helper

- name: Put the server back to what it was
  osnap.openstack.server_set_restore:
    cloud: source
    server: web01
    set: before-upgrade
    mode: in_place
"""

RETURN = r"""
restore:
  description: What was restored, and of what; null when it is gone. Check mode has null for what only the cloud can know.
  returned: when O(servers) is not used
  type: dict
  contains: &restore
    set:
      description: Name of the set.
      type: str
      sample: before-upgrade
    set_id:
      description: ID of the set.
      type: str
      sample: 0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11
    taken_at:
      description: When its taking began, UTC.
      type: str
      sample: "2026-11-30T02:00:00Z"
    consistency:
      description: How consistent its data are.
      type: str
      sample: "off"
    server_id:
      description: ID of the server that the set is of.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name of that server when the set was taken.
      type: str
      sample: web01
    mode:
      description: How it was restored.
      type: str
      sample: beside
    id:
      description: ID of the server that has the restored disks.
      type: str
      sample: 5f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a12
    name:
      description: Name of that server.
      type: str
      sample: web01~2026-11-30T02:00:00Z
    disks:
      description: What was restored, the root disk first.
      type: list
      elements: dict
      contains:
        disk:
          description: The disk, as the set calls it. V(root), or the ID that its volume had.
          type: str
          sample: root
        source_kind:
          description: What of it is in the set, V(image) or V(volume_snapshot).
          type: str
          sample: image
        source_id:
          description: ID of that.
          type: str
          sample: 1e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c12
        size_gib:
          description: Its size in GiB.
          type: int
          sample: 1
        volume_id:
          description: ID of the volume that was made of it; null for a root disk of Nova's own.
          type: str
          sample: null
        volume_name:
          description: Name of that volume.
          type: str
          sample: null
    replaced:
      description: The volumes that made room for restored ones, in place.
      type: list
      elements: dict
      sample: []
      contains:
        volume_id:
          description: ID of the volume.
          type: str
        volume_name:
          description: Name of the volume.
          type: str
        is_deleted:
          description: Whether it was deleted.
          type: bool
removed:
  description: The servers and volumes that were removed, with O(state=absent).
  returned: when O(servers) is not used
  type: list
  elements: dict
  sample: []
  contains: &removed
    kind:
      description: V(server) or V(volume).
      type: str
    id:
      description: Its ID.
      type: str
    name:
      description: Its name.
      type: str
restores:
  description: What RV(restore) has, of each item; null for one that is gone or failed.
  returned: when O(servers) is used
  type: list
  elements: dict
  contains: *restore
outcomes:
  description: What became of each item, in the order of O(servers).
  returned: when O(servers) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(servers), from 0.
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
    restore:
      description: What was restored, as in RV(restore).
      type: dict
    removed:
      description: What was removed, as in RV(removed).
      type: list
      elements: dict
      contains: *removed
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore import SetRestore


def main():
    run(SetRestore())


if __name__ == "__main__":
    main()
