#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_protection_info
short_description: Tell how well volumes are protected
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Tells of each volume its policy, the newest good one that the policy has taken, its age against the policy, what has failed and what is on hold, and
    whether a restore was tested. What is wrong is an alarm, as data and as a sentence.
  - Everything is read from the cloud in a few requests, however many volumes there are, and nothing is changed.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.policies
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  volumes:
    description: The volumes that are meant, as in O(osnap.openstack.volume_protection#module:volumes). If not set, all volumes of the project are.
    type: list
    elements: dict
    suboptions:
      volume:
        description: Name or ID of a volume.
        type: str
      regex:
        description: A regular expression in place of O(volumes[].volume), for each volume whose whole name it matches.
        type: str
      metadata:
        description: In place of O(volumes[].volume), for each volume that has this metadata.
        type: dict
      policy:
        description: Name of the policy, before what the volume's metadata say.
        type: str
seealso:
  - module: osnap.openstack.volume_protection
"""

EXAMPLES = r"""
- name: Look how well all volumes are protected
  osnap.openstack.volume_protection_info:
    cloud: source
    policies:
      gold:
        every: 4h
        keep_hourly: 12
        keep_daily: 14
      bronze:
        keep_daily: 7
    default_policy: bronze
  register: protection

- name: Show it as a table
  ansible.builtin.debug:
    msg: "{{ protection.volumes | osnap.openstack.protection_table }}"

- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ protection.alarms | map(attribute='sentence') }}"
"""

RETURN = r"""
volumes:
  description: The status of each volume, in the order of O(volumes), those of a pattern by name.
  returned: success
  type: list
  elements: dict
  contains:
    volume_id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    volume_name:
      description: Name of the volume.
      type: str
      sample: db01-data
    policy:
      description: Name of its policy, or null if it has none.
      type: str
      sample: gold
    policy_origin:
      description: Who says so, V(item), V(metadata) or V(default); null if nobody does.
      type: str
      sample: metadata
    kind:
      description: What its policy takes, V(snapshot) or V(backup).
      type: str
      sample: snapshot
    every:
      description: How long a window of its policy is.
      type: str
      sample: 4h
    window:
      description: The window that it is in.
      type: str
      sample: 2026-11-30T08
    is_done:
      description: Whether there is a good one of this window.
      type: bool
      sample: true
    newest:
      description: The newest good one, or null. Where there is no policy, of any.
      type: dict
      contains: &short
        id:
          description: Its ID.
          type: str
          sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
        name:
          description: Its name.
          type: str
          sample: gold-2026-11-30T08
        created_at:
          description: When it was made, UTC.
          type: str
          sample: "2026-11-30T08:00:04.000000"
        status:
          description: Its status.
          type: str
          sample: available
    max_age:
      description: The age in seconds at which it is overdue.
      type: int
      sample: 21600
    is_overdue:
      description: Whether it is. A volume that is younger than RV(volumes[].max_age) is not, nor one whose policy is paused.
      type: bool
      sample: false
    good:
      description: How many good ones its policy has.
      type: int
      sample: 24
    failed:
      description: Those of its policy that have failed, the newest first.
      type: list
      elements: dict
      contains: *short
    holds:
      description: Those of its policy that are on hold.
      type: list
      elements: dict
      contains:
        <<: *short
        reason:
          description: Why.
          type: str
          sample: on hold until 2026-12-31
    hold:
      description: Why nothing is removed of it, or null.
      type: str
      sample: null
    paused:
      description: Why nothing is done for it, or null.
      type: str
      sample: null
    tested:
      description: The last test of a restore, or null.
      type: dict
      contains:
        id:
          description: ID of what was restored.
          type: str
          sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
        name:
          description: Its name.
          type: str
          sample: gold-2026-11-30T04
        at:
          description: When, UTC.
          type: str
          sample: "2026-11-30T05:00:00Z"
        result:
          description: What came of it, such as V(passed).
          type: str
          sample: passed
        seconds:
          description: How many seconds the restore took, or null.
          type: int
          sample: 42
    alarms:
      description: The codes of its alarms.
      type: list
      elements: str
      sample: []
alarms:
  description: What is wrong, volume by volume.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description:
        - V(overdue) has no good one that is young enough. V(unprotected) has no policy, or one that is in no dictionary.
        - V(failed) has what has failed. V(torn) has a set that lacks members. V(untested) has no passed test of a restore that is young enough.
        - V(paused) is left alone just now.
      type: str
      sample: overdue
    id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    name:
      description: Name of the volume.
      type: str
      sample: db01-data
    sentence:
      description: What is wrong, and what to do.
      type: str
      sample: >-
        The volume 'db01-data' (8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b) is overdue: it has none that is good, and the policy gold wants one that is at most
        6 hours old.
summary:
  description: How many volumes there are, and how many have each alarm.
  returned: success
  type: dict
  sample: {all: 12, overdue: 1, unprotected: 2, failed: 0, torn: 0, lagging: 0, untested: 0, paused: 0}
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._protection.reading import Reading
from ansible_collections.osnap.openstack.plugins.module_utils._protection.volume_protection import VolumeProtection


def main():
    reading = Reading(VolumeProtection())
    Reader(reading.options, {}, reading.read, reading.connect).run()


if __name__ == "__main__":
    main()
