#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_protection
short_description: Protect servers by policy, each with all its disks
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Takes of each server what the window of its policy lacks, a set of all its disks, and removes the sets that no rule of the policy keeps any more. Run as
    often as you like; of each window it takes one. What a set is, M(osnap.openstack.server_snapshot_set) says.
  - A policy with C(copy_to) has the set copied to another project, region or cloud, as M(osnap.openstack.server_set_copy) does, before anything is removed.
    What is there already is not copied again. Then the copies that no rule of C(copy_keep) keeps are removed there, only those of sets that this policy has
    taken. Where a set could not be copied the server fails, and nothing of it is removed, here and there.
  - In check mode it tells all that, what would be taken, copied and removed, with its reasons.
  - Only what the policy itself has taken is counted and removed, and only whole. Its members have C(osnap_policy) and C(osnap_window) from the creating
    request on. The newest good one is never removed, and nothing of a server of which none could be taken.
  - A set that has lost a member is torn. It counts for nothing, and goes when it would have gone if it were whole. One that is torn in this window is taken
    anew.
  - A task may be killed at any moment. The next one goes on from there. What is unfinished is completed if that is still true to its moment, and taken anew
    if not; a server that was left off for it is started.
  - Right before anything is removed all is read again. What was put on hold (C(osnap_hold)) meanwhile, or is needed because others have gone, stays.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.policies
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description:
        - Name or ID of a server. It is required here or in O(servers), where patterns are possible, too.
        - A server that is named must have a policy.
      type: str
    regex:
      description:
        - In O(servers), a regular expression in place of O(server). Each server whose whole name it matches is meant, so V(.*) means all.
        - Servers that have no policy are left alone, and told of with O(policy) null.
      type: str
    metadata:
      description: In O(servers), in place of O(server). Each server that has this metadata is meant, so with C(osnap_policy) those of a policy.
      type: dict
    policy:
      description: Name of the policy, before what the server's metadata say.
      type: str
  servers:
    description:
      - A list of servers to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - An item of a pattern becomes one for each server that it has found, by their names, in what is returned, too.
    type: list
    elements: dict
    suboptions: *fields
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. What is taken is always waited for, for nothing is removed before it is good.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most, for all that is taken, and again for what is removed.
      - After it the server fails with the last status seen; running the task again goes on from there.
    type: int
    default: 3600
  parallel:
    description: How many servers are on their way at a time.
    type: int
    default: 10
  max_spread:
    description: As O(osnap.openstack.server_snapshot_set#module:max_spread).
    type: int
    default: 60
seealso:
  - module: osnap.openstack.server_protection_info
  - module: osnap.openstack.server_snapshot_set
  - module: osnap.openstack.server_set_copy
  - module: osnap.openstack.volume_protection
"""

EXAMPLES = r"""
- name: Protect all servers that name a policy, and by default each other one
  osnap.openstack.server_protection:
    cloud: source
    policies: &policies
      gold:
        every: 4h
        keep_hourly: 12
        keep_daily: 14
      bronze:
        keep_daily: 7
        keep_weekly: 4
    default_policy: bronze
    servers:
      - regex: "web.*"
  register: protected

- name: Show what was taken
  ansible.builtin.debug:
    msg: "{{ protected.protections | selectattr('is_new') | map(attribute='taken') }}"

- name: Protect a server, with copies in the cloud that clouds.yaml calls target
  osnap.openstack.server_protection:
    cloud: source
    server: web01
    policy: far
    policies:
      far:
        keep_daily: 7
        copy_to: target
        copy_keep:
          keep_daily: 14
          keep_monthly: 12

- name: See what would be taken of one server, and what would go
  osnap.openstack.server_protection:
    cloud: source
    policies: *policies
    server: web01
    policy: gold
  check_mode: true
"""

RETURN = r"""
protection:
  description: What has become of the server. In check mode what only a run can know is null.
  returned: when one server was given at the top level
  type: dict
  contains: &protection
    server_id:
      description: ID of the server.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    server_name:
      description: Name of the server.
      type: str
      sample: web01
    policy:
      description: Name of its policy, or null if it has none.
      type: str
      sample: gold
    policy_origin:
      description: Who says so, V(item), V(metadata) or V(default); null if nobody does.
      type: str
      sample: metadata
    kind:
      description: What its policy takes, V(set).
      type: str
      sample: set
    window:
      description: The window that it is in; null if the policy is paused, or there is none.
      type: str
      sample: "2026-11-30"
    paused:
      description: Why nothing was done, or null.
      type: str
      sample: null
    taken:
      description: The one of this window, which may have been there; null without a window.
      type: dict
      contains: &short
        id:
          description: Its ID.
          type: str
          sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
        name:
          description: Its name, of the policy and the window.
          type: str
          sample: gold-2026-11-30
        created_at:
          description: When it was made, UTC.
          type: str
          sample: "2026-11-30T02:00:04.000000"
    is_new:
      description: Whether it was taken by this task, or would be.
      type: bool
      sample: true
    kept:
      description: What the policy has of the server afterwards, the newest first.
      type: list
      elements: dict
      contains: &entry
        <<: *short
        reasons:
          description: Why.
          type: list
          elements: str
          sample: [keep_daily 2026-11-30]
    removed:
      description: What has gone, or would go.
      type: list
      elements: dict
      contains: *entry
    copies:
      description: What has become of its copies; null where its policy has no C(copy_to).
      type: dict
      contains:
        to:
          description: The cloud that they are in.
          type: str
          sample: target
        taken:
          description: The copy of this window's set, which may have been there. It has the ID and the name of the set.
          type: dict
          contains: *short
        is_new:
          description: Whether it was copied by this task, or would be.
          type: bool
          sample: true
        kept:
          description: The copies that the policy has afterwards, the newest first.
          type: list
          elements: dict
          contains: *entry
        removed:
          description: The copies that have gone, or would go.
          type: list
          elements: dict
          contains: *entry
protections:
  description: What has become of each server, in the order of O(servers), those of a pattern by name; null for one of which nothing could be taken.
  returned: when O(servers) was given
  type: list
  elements: dict
  contains: *protection
outcomes:
  description: What became of each item, in the order of RV(protections).
  returned: when O(servers) was given
  type: list
  elements: dict
  contains:
    index:
      description: Position in RV(protections), from 0.
      type: int
      sample: 0
    changed:
      description: Whether anything was, or would be, changed for it.
      type: bool
      sample: true
    failed:
      description: Whether it failed.
      type: bool
      sample: false
    attempted:
      description: Whether it was attempted; after some failures the rest is not.
      type: bool
      sample: true
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
    protection:
      description: As RV(protection).
      type: dict
      contains: *protection
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._protection.server_protection import ServerProtection


def main():
    run(ServerProtection())


if __name__ == "__main__":
    main()
