#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: retention_simulation_info
short_description: See what a retention policy would leave, day by day
version_added: 0.2.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Takes a policy and a history of snapshots, and tells of each on which day it would be deleted and why it stays until then. Each day of the history
    the same function is asked as by M(osnap.openstack.snapshot_prune).
  - The history is a list of times, of snapshots as modules return them, a pattern such as every day from January to June, or both together.
  - No cloud is asked and nobody logs in; the options of a login are taken for the sake of C(module_defaults) of the whole group, and without effect here.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.attributes.info
options:
  history:
    description:
      - The snapshots that there are. Each is a time such as V(2026-12-31T02:00:00Z), or a snapshot with its C(created_at) as a module returns it; a time
        without a zone is UTC.
      - Of a snapshot count its C(id), its C(name), what it is of (C(volume_id), C(group_id), C(server_id) or C(source)), its C(status), C(osnap_hold) in
        its C(metadata) or C(properties), its C(holds), and C(needs), a list of the IDs that it is built upon.
      - A row of M(osnap.openstack.snapshot_prune) that stays for another reason than a rule stays in the simulation, too.
    type: list
    elements: raw
  every:
    description:
      - Adds a snapshot every so often, such as V(1d) or V(6h), from O(start) to O(end).
      - With a O(history) it adds one of each of its sources, so that the future of what there is can be seen.
    type: str
  start:
    description: The first time of O(every), by the clock of O(time_zone), such as V(2026-01-01T02:00).
    type: str
  end:
    description: The last time of O(every).
    type: str
  pruned_from:
    description:
      - The first day at whose end is pruned. What was taken before is there until then.
      - If not set, the day of the first snapshot.
    type: str
  until:
    description: The last day that is simulated. If not set, the day of the last snapshot.
    type: str
  keep_last:
    description:
      - Keeps so many, the newest ones; V(-1) keeps all.
      - At least one of the C(keep_) options is required, as a policy that keeps nothing is an error.
    type: int
  keep_hourly:
    description:
      - Of the last so many hours that have a snapshot, keeps the newest of each; V(-1) means all hours.
      - As long as there are fewer such hours than that, the oldest snapshot is kept, too.
    type: int
  keep_daily:
    description: As O(keep_hourly), for days.
    type: int
  keep_weekly:
    description: As O(keep_hourly), for weeks of ISO 8601, which begin on Monday.
    type: int
  keep_monthly:
    description: As O(keep_hourly), for months.
    type: int
  keep_yearly:
    description: As O(keep_hourly), for years.
    type: int
  keep_within:
    description:
      - Keeps all that are younger than this, such as V(14d12h) or V(1y6m).
      - It has years (C(y)), months (C(m)), weeks (C(w)), days (C(d)) and hours (C(h)), in this order.
    type: str
  min_keep:
    description: So many usable snapshots of each source are kept in any case, the newest ones.
    type: int
    default: 1
  delete_failed:
    description:
      - Deletes snapshots in status C(error), or images in status C(killed), that are older than this, such as V(7d).
      - If not set, they are left alone.
    type: str
  time_zone:
    description: The time zone in which hours, days, weeks, months and years begin, such as V(Europe/Vienna).
    type: str
    default: UTC
seealso:
  - module: osnap.openstack.snapshot_prune
"""

EXAMPLES = r"""
- name: See what a week of days and a quarter of weeks leave of a year of nights
  osnap.openstack.retention_simulation_info:
    every: 1d
    start: 2026-01-01T02:00
    end: 2026-12-31T02:00
    keep_daily: 7
    keep_weekly: 13
  register: simulation

- name: Show how many there are at the end, and of which nights
  ansible.builtin.debug:
    msg: "{{ simulation.days[-1].remaining }}"

- name: See what a policy would do to these, from New Year on
  osnap.openstack.retention_simulation_info:
    history: ["2026-12-24T02:00:00Z", "2026-12-25T02:00:00Z", "2026-12-31T02:00:00Z"]
    pruned_from: "2027-01-01"
    until: "2027-01-31"
    keep_within: 14d
"""

RETURN = r"""
snapshots:
  description: What becomes of each snapshot, the oldest first.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: Its ID; its time where the history has no other.
      type: str
      sample: 2026-11-24T02:00
    name:
      description: Its name, or its ID.
      type: str
      sample: nightly
    source:
      description: What it is of; empty where the history does not say.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    created_at:
      description: When it was taken, UTC.
      type: str
      sample: "2026-11-24T02:00:00.000000"
    deleted_on:
      description: The day at whose end it is deleted; null for one that remains.
      type: str
      sample: "2026-12-01"
    reasons:
      description: Why it stays, and at last why it goes. C(from) and C(until) are the days for which C(reasons) are the same.
      type: list
      elements: dict
      sample: [{from: "2026-11-24", until: "2026-11-30", reasons: [keep_daily 2026-11-24]}]
days:
  description: Each day, with the IDs of what was C(taken), C(deleted) at its end, and C(remaining) after that.
  returned: always
  type: list
  elements: dict
  sample: [{day: "2026-11-24", taken: [2026-11-24T02:00], deleted: [], remaining: [2026-11-24T02:00]}]
first_day:
  description: The first day.
  returned: always
  type: str
  sample: "2026-11-24"
last_day:
  description: The last day.
  returned: always
  type: str
  sample: "2026-12-31"
pruned_from:
  description: The first day at whose end is pruned.
  returned: always
  type: str
  sample: "2026-11-24"
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import COUNTS
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.simulation import simulated

OPTIONS = {
    "history": {"type": "list", "elements": "raw"},
    **{name: {"type": "str"} for name in ("every", "start", "end", "pruned_from", "until")},
    **{name: {"type": "int"} for name in COUNTS},
    "keep_within": {"type": "str"},
    "min_keep": {"type": "int", "default": 1},
    "delete_failed": {"type": "str"},
    "time_zone": {"type": "str", "default": "UTC"},
}


def main():
    Reader(OPTIONS, {}, lambda cloud, params: simulated(params), connect=lambda params: None).run()


if __name__ == "__main__":
    main()
