#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_prune
short_description: Delete old snapshots by a retention policy
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Keeps what a policy says of the snapshots that are selected, deletes the others, and tells of each why. In check mode the table is the same and nothing
    is deleted.
  - The policy is applied to each source, a volume, a group or a server, by itself. The rules are those of restic and borg. Each counts by itself, and what
    any of them keeps stays.
  - Only usable snapshots count as kept. What has failed is left alone unless O(delete_failed) is set.
  - What can't go stays, and says so. That is a snapshot of which a volume or a server was made and still is there, one that an image has its data in, a
    member of a group snapshot, a protected image, or a backup that a kept one is built upon.
  - A snapshot whose metadata or properties have C(osnap_hold) is kept, until the end of that day if it is a date such as V(2026-12-31), until that moment
    if it has a time, and for ever if it is anything else, such as V(true). V(false) and an empty one hold nothing.
  - Nova hands the properties of an image on to the images of all servers that were made of it, C(series) and C(osnap_hold) among them. On an image of a
    server they count only where they differ from what was handed on, or where C(osnap_for), C(osnap_series_for) or C(osnap_hold_for) is the image's own ID.
    Where what the server was made of is gone and nobody can tell, a hold holds and a series does not select.
  - Right before a deletion each is read again. What was put on hold or protected meanwhile, has left O(series), or got a dependent stays, and its reason
    says so. What another task has begun to delete is waited for, and is no change of this one.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.attributes
options:
  kind:
    description:
      - What is pruned.
      - V(volume_snapshot) is for Cinder's snapshots of volumes, by volume.
      - V(group_snapshot) is for snapshots of volume groups, by group, with their members. Cinder keeps no metadata of them; those of their members count,
        which M(osnap.openstack.snapshot_metadata) sets. One member that has C(series) is enough. Where members have differing ones, the group snapshot is of
        none of them, stays, and says so.
      - V(server_image) is for Nova's snapshot images of servers, by server, with the Cinder snapshots behind those of volume-backed servers. Hidden images
        are left alone.
      - V(volume_backup) is for Cinder's backups of volumes, by volume.
      - V(server_snapshot_set) is for sets of M(osnap.openstack.server_snapshot_set), by server, each removed whole. A set that has lost a member counts for
        none, and goes when it would have gone whole.
      - V(server_set_copy) is for copies of such sets, in the project that M(osnap.openstack.server_set_copy) has copied them to, likewise.
    type: str
    choices: [volume_snapshot, group_snapshot, server_image, volume_backup, server_snapshot_set, server_set_copy]
    required: true
  sources:
    description:
      - Names or IDs of the volumes, groups or servers whose snapshots are selected. The ID of one that is gone is fine.
      - One of this, O(series) and O(name_prefix) is required; of several, a snapshot must meet all.
    type: list
    elements: str
  series:
    description: Selects the snapshots that have C(series) with this value in their metadata or properties.
    type: str
  name_prefix:
    description: Selects the snapshots whose name begins with this.
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
    description:
      - So many usable snapshots of each source are kept in any case, the newest ones.
      - With V(0) the last snapshot of a source may be deleted.
    type: int
    default: 1
  max_delete:
    description:
      - If more than this were to be deleted, the task fails and nothing is.
      - It is the fuse for a policy or a selection that is wrong.
    type: int
  delete_failed:
    description:
      - Deletes snapshots in status C(error), or images in status C(killed), that are older than this, such as V(7d).
      - If not set, they are left alone.
    type: str
  time_zone:
    description: The time zone in which hours, days, weeks, months and years begin, such as V(Europe/Vienna).
    type: str
    default: UTC
notes:
  - Of the backups of a volume, those that are built upon others go first. The API does not tell what an incremental backup is built upon; it is found as
    Cinder chose it, the newest one with older data.
seealso:
  - module: osnap.openstack.cg_snapshot
  - module: osnap.openstack.server_image_snapshot
  - module: osnap.openstack.server_snapshot_set
  - module: osnap.openstack.server_set_copy
  - module: osnap.openstack.volume_snapshot
"""

EXAMPLES = r"""
- name: Take the snapshots of this night, once even if the job runs twice
  osnap.openstack.volume_snapshot:
    cloud: source
    name: nightly
    min_interval: 72000
    metadata:
      series: nightly
    snapshots:
      - volume: db01-data
      - volume: db01-logs

- name: Keep a week of nightly snapshots of two volumes, and one for each of four weeks
  osnap.openstack.snapshot_prune:
    cloud: source
    kind: volume_snapshot
    sources: [db01-data, db01-logs]
    series: nightly
    keep_daily: 7
    keep_weekly: 4
    max_delete: 20
  register: pruned

- name: Show what became of each and why
  ansible.builtin.debug:
    msg: "{{ pruned.snapshots | map(attribute='reasons') }}"

- name: See what would go, without deleting anything
  osnap.openstack.snapshot_prune:
    cloud: source
    kind: server_image
    name_prefix: before-
    keep_within: 14d12h
  check_mode: true

- name: Clear away what has failed, and nothing else
  osnap.openstack.snapshot_prune:
    cloud: source
    kind: volume_snapshot
    series: nightly
    keep_last: -1
    delete_failed: 7d
"""

RETURN = r"""
snapshots:
  description: Every snapshot that was selected, source by source, the newest first.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: ID of the snapshot.
      type: str
      sample: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f
    name:
      description: Name of the snapshot.
      type: str
      sample: nightly
    created_at:
      description: When it was made, UTC.
      type: str
      sample: "2026-11-24T09:00:00.000000"
    source:
      description: ID of the volume, group or server that it is of; null for an image that does not say.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    status:
      description: Its status before the task.
      type: str
      sample: available
    verdict:
      description: V(keep) or V(delete).
      type: str
      sample: keep
    reasons:
      description: Why, one reason or several; for a rule of the calendar with the period that it stands for.
      type: list
      elements: str
      sample: [keep_last, keep_daily 2026-11-24]
    deleted:
      description:
        - Whether it is gone after the task; check mode says what would be.
        - Null for one whose deletion was only asked for, with O(wait=false).
      type: bool
      sample: false
    msg:
      description: Why its deletion failed, or null.
      type: str
      sample: null
"""

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import run
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.kinds import KINDS
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import COUNTS, Policy

SELECTORS = ("sources", "series", "name_prefix")


class SnapshotPrune(prune.SnapshotPrune):
    task_options = {
        "kind": {"type": "str", "choices": list(KINDS), "required": True},
        "sources": {"type": "list", "elements": "str"},
        "series": {"type": "str"},
        "name_prefix": {"type": "str"},
        **{name: {"type": "int"} for name in COUNTS},
        "keep_within": {"type": "str"},
        "min_keep": {"type": "int", "default": 1},
        "max_delete": {"type": "int"},
        "delete_failed": {"type": "str"},
        "time_zone": {"type": "str", "default": "UTC"},
    }

    def problem(self, item, params):
        given = {
            name: params[name] if name == "sources" else [params[name]]
            for name in SELECTORS
            if params[name] is not None
        }
        for name, parts in given.items():
            if not parts or not all(
                part.strip() for part in parts
            ):  # a template that came out empty must not select everything
                return f"{name} is empty; say what is to be pruned, or leave it out"
        if not given:
            return f"one of {', '.join(SELECTORS)} is required; say what is to be pruned"
        try:
            Policy.of(params)
        except OsnapError as error:
            return str(error)
        return None


def main():
    run(SnapshotPrune())


if __name__ == "__main__":
    main()
