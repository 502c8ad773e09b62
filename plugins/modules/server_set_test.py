#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: server_set_test
short_description: Test snapshot sets of servers by restoring them
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Restores a snapshot set of a server in isolation, looks whether the server boots, compares the data with what they were, measures the time, removes all
    that it has made, and keeps the result on the set. Sets are those of M(osnap.openstack.server_snapshot_set).
  - The restored server is beside the one that the set is of, in no network unless O(networks) names one. Neither the set nor its server is touched.
  - A test fails if the set is torn, if a member is of another set or its marks were changed, if the server was rebuilt since, if it can't be restored, if
    its console does not show what O(checks) asks for, or if the data of a member are not what they were. The error says which.
  - Of an image the hash is known from its upload. That of a Cinder snapshot is known from its first test, or from its copy by
    M(osnap.openstack.server_set_copy), and is kept on it as C(osnap_hash).
  - The result is on all members, as C(osnap_tested_at), C(osnap_tested_result) and C(osnap_tested_seconds), and
    M(osnap.openstack.server_snapshot_set_info) shows it. What is seen before anything is restored (a torn set, changed marks) fails the task and is not
    written onto it. A test that could not be made for want of a login or a quota says nothing of the set.
  - A task that was killed goes on by being run again, and leaves nothing.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    server:
      description: Name or ID of the server that the set is of, also of one that has gone. Required, at the top level or in each item.
      type: str
    set:
      description: Name or ID of the set, in place of O(pick).
      type: str
    pick:
      description: Which set of the server is tested, its newest or any of them. V(latest) if not set.
      type: str
      choices: [latest, random]
    within:
      description:
        - Only sets that were begun so long ago at most, such as V(7d). Years, months, weeks, days and hours, in this order.
      type: str
    seed:
      description: What a random choice is made by, so that it can be made again. The day, in UTC, if not set. It is returned.
      type: str
    tested_within:
      description:
        - Nothing is done where a set of the server has passed its test so long ago at most, such as V(7d).
        - Without it a test is made each time the task runs.
      type: str
    networks:
      description: The networks to attach the restored server to, in this order. None if not set.
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
      description: Name or ID of the restored server's flavor; if not set, the one that the server had.
      type: str
    checks:
      description: What the restored server has to show on its console. Without it, a server that Nova calls active has booted.
      type: dict
      suboptions:
        console:
          description: A regular expression that has to be found, such as V(login:).
          type: str
        console_not:
          description: A regular expression that must not be found, such as V(Kernel panic).
          type: str
        timeout:
          description: Seconds to wait for that, 300 if not set.
          type: int
    keep_failed:
      description: Whether what a failed test has restored stays, to be looked at. The next test, and O(state=absent), remove it.
      type: bool
    failed_because:
      description:
        - Why a check of your own has failed, between O(state=booted) and O(state=tested). The test then ends as failed, for this reason.
      type: str
  servers:
    description:
      - A list of servers whose sets are tested in one task, each with the options above. What an item leaves out is taken from the top level.
    type: list
    elements: dict
    suboptions: *fields
  state:
    description:
      - V(tested), the whole test. A server that is up from V(booted) is gone on with.
      - V(booted), the set is restored and has shown what O(checks) asks for, and its server stays up, for checks of your own.
      - V(absent), what tests of the server have left is gone.
    type: str
    choices: [booted, tested, absent]
    default: tested
  compare:
    description:
      - V(data) reads all data of the members and compares them. A Cinder snapshot is read by a temporary volume and a temporary image.
      - V(nothing) reads none.
    type: str
    choices: [data, nothing]
    default: data
  parallel:
    description: So many servers are dealt with at once.
    type: int
    default: 2
  wait:
    description: Taken for the sake of C(module_defaults) of the whole group. A test is always waited for.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait at most for each step.
      - A C(timeout) in C(module_defaults) of the whole group is meant for shorter waits, and Ansible takes it instead of this default. Set O(timeout) in the
        task then, or in C(module_defaults) of this module, which go before those of the group.
    type: int
    default: 3600
notes:
  - What is compared are the data in the image and in the snapshots. What a restored server has written on its own disks since it was booted is its own.
seealso:
  - module: osnap.openstack.server_snapshot_set
  - module: osnap.openstack.server_set_restore
"""

EXAMPLES = r"""
- name: Test the newest set of a server
  osnap.openstack.server_set_test:
    cloud: source
    server: web01
    checks:
      console: "login:"
  register: tested

- name: Show how long the restore took
  ansible.builtin.debug:
    msg: "{{ tested.test.set }} was restored in {{ tested.test.seconds }} s"

- name: Test any set of the last month of each server, once a week
  osnap.openstack.server_set_test:
    cloud: source
    pick: random
    within: 30d
    tested_within: 7d
    servers:
      - server: web01
      - server: web02

- name: Restore the newest set, and leave it up for checks of your own
  osnap.openstack.server_set_test:
    cloud: source
    server: web01
    state: booted

- name: Remove it again
  osnap.openstack.server_set_test:
    cloud: source
    server: web01
    state: absent
"""

RETURN = r"""
test:
  description: The test; null with O(state=absent). Check mode has null for what only the test can know.
  returned: when O(servers) is not used
  type: dict
  contains: &test
    set:
      description: Name of the set.
      type: str
      sample: nightly
    set_id:
      description: ID of the set.
      type: str
      sample: 5d8f6f0a-3f0a-4f47-9a51-3c3d3a9a1b11
    taken_at:
      description: When its taking began, UTC.
      type: str
      sample: "2026-11-24T02:00:00Z"
    server_id:
      description: ID of the server that the set is of.
      type: str
      sample: 4f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a11
    server_name:
      description: Name that the server had.
      type: str
      sample: web01
    pick:
      description: How the set was chosen, V(latest), V(random), or V(named).
      type: str
      sample: latest
    seed:
      description: What a random choice was made by; null for others.
      type: str
      sample: "2026-11-30"
    id:
      description: ID of the restored server, with O(state=booted); null once it is gone.
      type: str
      sample: 5f0ad0e3-0a5a-4a38-9a2c-9c6f8f2f0a12
    name:
      description: Name of the restored server, with O(state=booted).
      type: str
      sample: web01~2026-11-24T02:00:00Z~test
    result:
      description: V(passed), also where O(tested_within) is enough; null with O(state=booted). A failed test fails the task.
      type: str
      sample: passed
    seconds:
      description: How long the restore took, from the first request until the console showed what was asked for.
      type: float
      sample: 74.2
    tested_at:
      description: When it was tested, UTC.
      type: str
      sample: "2026-11-30T10:00:00Z"
    disks:
      description: The members of the set.
      type: list
      elements: dict
      contains:
        disk:
          description: ID of the volume, or V(root).
          type: str
          sample: root
        kind:
          description: V(image) or V(volume_snapshot).
          type: str
          sample: image
        member_id:
          description: ID of the image or of the snapshot.
          type: str
          sample: 0e7a1b52-9d0a-4b8c-9a57-7d5e6a1f3c11
        compared:
          description:
            - V(equal), its data are what they were. V(recorded), nothing was known of them, and is now. Null where they were not read.
          type: str
          sample: equal
        hash:
          description: Algorithm and hash of its data, as they were read; null where they were not.
          type: dict
          sample: {sha512: cf83e1357eefb8bd…}
tests:
  description: What RV(test) has, of each item; null for one that failed.
  returned: when O(servers) is used
  type: list
  elements: dict
  contains: *test
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
    test:
      description: The test, as in RV(test).
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
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_test import ServerSetTest


def main():
    run(ServerSetTest())


if __name__ == "__main__":
    main()
