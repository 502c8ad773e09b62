#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: volume_snapshot_revert
short_description: Revert a Cinder volume to its newest snapshot
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Gives a volume the data again that its newest snapshot holds. B(What was written to it since is lost.)
  - All that Cinder wants of it is looked at first, and all that is amiss is told at once, before anything is changed. The volume must be available, so
    attached to no server; its snapshot must be available, the newest, and of the volume's present size. Cinder tells the newest by whole seconds, so two
    snapshots of one second are refused.
  - While Cinder reverts it keeps the present data in a snapshot of its own. When a revert fails, the volume is in status C(error) and that snapshot is
    still there; its name begins with C([revert]).
  - B(Running it again.) The volume's metadata C(osnap_reverted_to) and C(osnap_reverted_at) say which snapshot it was reverted to, and what the volume's
    C(updated_at) was right after that. As long as that is so, nobody has attached the volume since, its data are the snapshot's, and nothing is
    changed. If the volume has been touched since, such as attached to a server, it is reverted again.
  - A run that was killed is gone on with. A revert that is under way is waited for, one that has ended is only noted down, and one that was not sent yet is
    sent.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    volume:
      description:
        - Name or ID of the volume.
        - Can be left out where O(volume_snapshot) alone says which snapshot is meant.
      type: str
    volume_snapshot:
      description:
        - Name or ID of the snapshot.
        - If not set it is the volume's newest one. Name it where another one may be taken meanwhile.
      type: str
    ignore_group:
      description:
        - Whether a volume that is a member of a volume group may be reverted, though the group's volumes are no longer of one moment then.
      type: bool
  volumes:
    description:
      - A list of volumes to revert in one task, each with the options above. What an item leaves out is taken from the top level.
      - A volume that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
seealso:
  - module: osnap.openstack.volume_snapshot
"""

EXAMPLES = r"""
- name: Give a volume the data back that it had before the upgrade
  osnap.openstack.volume_snapshot_revert:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade

- name: Revert several volumes to the newest snapshot of each
  osnap.openstack.volume_snapshot_revert:
    cloud: source
    volumes:
      - volume: db01-data
      - volume: db01-logs
"""

RETURN = r"""
volume:
  description:
    - The volume as it is after the task. Check mode has null for what only the service can know.
  returned: when O(volumes) is not used
  type: dict
  contains: &volume
    id:
      description: ID of the volume.
      type: str
      sample: 8cb9e1ae-3bfb-4d16-9a5c-0bf5f0c6ab5b
    name:
      description: Name of the volume.
      type: str
      sample: db01-data
    description:
      description: Description of the volume.
      type: str
      sample: Data of the database
    status:
      description: Status of the volume.
      type: str
      sample: available
    size:
      description: Size of the volume in GiB.
      type: int
      sample: 10
    volume_type:
      description: Name of its volume type.
      type: str
      sample: ssd
    availability_zone:
      description: Its availability zone.
      type: str
      sample: nova
    is_bootable:
      description: Whether a server can boot from it.
      type: bool
      sample: false
    is_encrypted:
      description: Whether it is encrypted.
      type: bool
      sample: false
    is_multiattach:
      description: Whether several servers may use it.
      type: bool
      sample: false
    attachments:
      description: What it is attached to.
      type: list
      elements: dict
      sample: []
    metadata:
      description: Its metadata, with the marks of the revert.
      type: dict
      sample: {osnap_reverted_to: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, osnap_reverted_at: "2026-11-24T09:00:01.000000"}
    volume_image_metadata:
      description: Properties of the image that it was made from.
      type: dict
      sample: null
    snapshot_id:
      description: ID of the snapshot that it was made from.
      type: str
      sample: null
    created_at:
      description: When it was made, UTC.
      type: str
      sample: "2026-11-24T08:00:00.000000"
    project_id:
      description: ID of the project it belongs to.
      type: str
      sample: 0b4b8f1f5f0c4b0f9b0f2d2c6f5a7e11
    updated_at:
      description: When its status last changed, or it was changed otherwise, UTC.
      type: str
      sample: "2026-11-24T09:00:01.000000"
    group_id:
      description: ID of the volume group that it is a member of.
      type: str
      sample: null
    consistency_group_id:
      description: ID of the legacy consistency group that it is a member of.
      type: str
      sample: null
volume_snapshot:
  description: The snapshot whose data the volume has, as in M(osnap.openstack.volume_snapshot).
  returned: when O(volumes) is not used
  type: dict
  sample: {id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, status: available}
volumes:
  description: The volumes, in the order of O(volumes); null for one that failed.
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains: *volume
outcomes:
  description: What became of each item, in the order of O(volumes).
  returned: when O(volumes) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(volumes), from 0.
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
    volume:
      description: The volume, as in RV(volume).
      type: dict
    volume_snapshot:
      description: The snapshot, as in RV(volume_snapshot).
      returned: when the item did not fail
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

import time

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Statuses, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._services.reverted_volumes import RevertedVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import revert

#: Seconds in which Cinder gets from one status to the next of the two that it sets.
MOMENT = 1
#: Of the snapshot that Cinder keeps meanwhile: it is available until it is gone, which means no refusal.
OF_BACKUP = Statuses(ready=frozenset(), leaving=frozenset({"deleting"}), failed=frozenset({"error", "error_deleting"}))


class VolumeSnapshotRevert(Operation):
    returns = "volume"
    many = "volumes"
    options = {"volume": {"type": "str"}, "volume_snapshot": {"type": "str"}, "ignore_group": {"type": "bool"}}
    rules = {"required_one_of": [("volume", "volume_snapshot")]}

    def problem(self, item, params):
        empty = [
            option for option in ("volume", "volume_snapshot") if item[option] is not None and not item[option].strip()
        ]
        return f"{' and '.join(empty)} is empty; give the name or the ID, or leave it out" if empty else None

    def identity(self, item):
        return tuple((item[option] or "").strip() for option in ("volume", "volume_snapshot"))

    def target(self, plan):
        return plan.current["id"]

    def title(self, item):
        return item["volume"] or item["volume_snapshot"]

    # -- plan

    def prepare(self, context, items):
        """``(item, volume, snapshot or None)`` of each; a snapshot that is not named is not looked for yet."""
        volumes = RevertedVolumes(context.cloud)
        named = [item["volume"] for item in items if item["volume"]]
        found = lookup.existing(volumes, named) if named else {}
        rows = [found.get(item["volume"]) for item in items]
        snapshots = _snapshots(VolumeSnapshots(context.cloud), items, rows)
        others = volumes.poll(
            sorted(
                {row["volume_id"] for row, volume in zip(snapshots, rows) if volume is None and isinstance(row, dict)}
            )
        )
        prepared = []
        for item, volume, snapshot in zip(items, rows, snapshots):
            volume = others.get(snapshot["volume_id"]) if volume is None and isinstance(snapshot, dict) else volume
            error = next((one for one in (volume, snapshot) if isinstance(one, OsnapError)), None)
            prepared.append(error or (item, volume, snapshot))
        return prepared

    def plan(self, context, item):
        item, volume, snapshot = item
        volumes, service = RevertedVolumes(context.cloud), VolumeSnapshots(context.cloud)
        if snapshot is None:
            snapshot = revert.newest(volume, service.list(volume_id=volume["id"]))
        if snapshot is None:
            raise OsnapError(
                f"The volume {volumes.label(volume)} has no snapshot that it could be reverted to.",
                resource=volume["id"],
            )
        if (
            volume["status"] == "reverting" and snapshot["status"] == "available"
        ):  # between two statuses that Cinder sets one after the other?
            time.sleep(MOMENT)
            volume, snapshot = _again(volumes, volume), _again(service, snapshot)
        stage = revert.stage(volume, snapshot)
        if stage == revert.OPEN:
            others, offered = service.list(volume_id=volume["id"]), volumes.missing_microversion()
            _refuse(
                context,
                volume,
                snapshot,
                revert.problems(volume, snapshot, others, ignore_group=item["ignore_group"], offered=offered),
            )
        return _plan(volume, snapshot, stage, item, context.wait)

    # -- apply

    def apply(self, context, plan):
        volumes, service = RevertedVolumes(context.cloud), VolumeSnapshots(context.cloud)
        volume, snapshot = plan.current, plan.facts["volume_snapshot"]
        if plan.steps[0].values["stage"] == revert.OPEN:
            self._send(context, volumes, service, volume, snapshot, plan.desired["ignore_group"])
        if plan.steps[0].values["stage"] != revert.CARRIED_OUT:
            if not context.wait:
                return Outcome(_again(volumes, volume), {"volume_snapshot": _again(service, snapshot)})
            self._await(context, volumes, service, volume, snapshot)
        volume = _again(volumes, volume)
        volumes.set_metadata(volume, revert.after_marks(volume, snapshot))
        return Outcome(_again(volumes, volume), {"volume_snapshot": _again(service, snapshot)})

    @staticmethod
    def _send(context, volumes, service, volume, snapshot, ignore_group):
        """Mark, look once more, and send it; once more if it can be seen that the first request never arrived."""
        volumes.set_metadata(volume, revert.before_marks(volume, snapshot))
        for last in (False, True):
            volume, snapshot = _again(volumes, volume), _again(service, snapshot)
            if revert.stage(volume, snapshot) in (
                revert.UNDER_WAY,
                revert.CARRIED_OUT,
            ):  # by the request whose answer got lost, or another job
                return
            _refuse(context, volume, snapshot, revert.problems(volume, snapshot, ignore_group=ignore_group))
            context.progress.check()
            try:
                volumes.revert(volume, snapshot["id"])
                return
            except Unanswered:
                raise
            except OsnapError as error:
                if error.status == 409:
                    _explain(context, volumes, service, volume, snapshot, error)
                    return
                if last or not (isinstance(error, Ambiguous) or error.status == 503):
                    raise
                time.sleep(MOMENT)

    @staticmethod
    def _await(context, volumes, service, volume, snapshot):
        """Wait for the volume, then for the snapshot, and until the one is gone that Cinder has kept meanwhile."""

        def waited(service, id, goal):
            row = waiter.wait(service, {id: goal}, timeout=context.timeout, progress=context.progress)[id]
            if isinstance(row, OsnapError):
                raise row

        try:
            waited(volumes, volume["id"], waiter.READY)
        except OsnapError as error:
            backup = [
                row["id"] for row in service.list(volume_id=volume["id"]) if row["name"] == revert.backup_name(volume)
            ]
            if not backup or _again(volumes, volume)["status"] not in volumes.statuses.failed:
                raise
            raise OsnapError(
                f"{str(error).rstrip('.')}; the data of before the revert are in the snapshot {backup[0]}.",
                resource=volume["id"],
            ) from error
        waited(service, snapshot["id"], waiter.READY)
        backups = VolumeSnapshots(context.cloud)
        backups.statuses = OF_BACKUP
        for row in service.list(volume_id=volume["id"]):
            if row["name"] == revert.backup_name(volume):
                waited(backups, row["id"], waiter.GONE)


def _plan(volume, snapshot, stage, item, wait):
    """The diff says which snapshot the data are of, as far as that is known."""
    after = {"data_of_snapshot": snapshot["id"]}
    if stage == revert.DONE or (stage == revert.UNDER_WAY and not wait):
        return Plan(after, after, (), volume, volume, item, {"volume_snapshot": snapshot})
    marks = {_marks.REVERTED_TO: snapshot["id"], _marks.REVERTED_AT: None}
    predicted = {
        **volume,
        "status": "available" if wait else None,
        "updated_at": None,
        "metadata": {**(volume["metadata"] or {}), **marks},
    }
    shown = {**snapshot, "status": "available" if wait else None, "updated_at": None}
    return Plan(
        {"data_of_snapshot": None},
        after,
        (Step(UPDATE, {"stage": stage}),),
        volume,
        predicted,
        item,
        {"volume_snapshot": shown},
    )


def _refuse(context, volume, snapshot, problems):
    if problems:
        raise OsnapError(
            f"The volume {_label(volume)} in cloud {context.cloud.name} can't be reverted to the snapshot"
            f" {_label(snapshot)}: {'; '.join(problems)}. Nothing was reverted.",
            resource=volume["id"],
        )


def _explain(context, volumes, service, volume, snapshot, error):
    """After a 409: fine if it is under way after all; a volume that Cinder has left half-way is told as such."""
    time.sleep(MOMENT)
    volume, snapshot = _again(volumes, volume), _again(service, snapshot)
    if revert.stage(volume, snapshot) in (revert.UNDER_WAY, revert.CARRIED_OUT):
        return
    if volume["status"] == "reverting":
        raise OsnapError(
            f"Cinder refused to revert the volume {_label(volume)} in cloud {context.cloud.name} half-way, for the"
            f" snapshot {_label(snapshot)} was not available, and has left the volume in status reverting; its data are"
            " untouched, and an administrator has to reset its status to available.",
            resource=volume["id"],
            status=409,
            service=error.fields["service"],
        ) from error
    raise error


def _label(row):
    return f"'{row['name']}' ({row['id']})" if row["name"] else row["id"]


def _again(service, row):
    found = service.get(row["id"])
    if found is None:
        raise OsnapError(
            f"The {service.noun} {service.label(row)} is gone; somebody deleted it meanwhile.", resource=row["id"]
        )
    return found


def _snapshots(service, items, volumes):
    """The row, or the error, of each item's snapshot; None for an item that names none, or whose volume is not there."""
    wanted = []
    for item, volume in zip(items, volumes):
        name = (item["volume_snapshot"] or "").strip()
        sought = name and not isinstance(volume, OsnapError)
        wanted.append(
            ({"id": name} if lookup.is_id(name) else {"name": name, "volume_id": volume and volume["id"]})
            if sought
            else None
        )
    found = iter(service.find([one for one in wanted if one]))
    return [_only(service, one, volume, next(found)) if one else None for one, volume in zip(wanted, volumes)]


def _only(service, one, volume, rows):
    name = one.get("id") or one["name"]
    of = f" of the volume {_label(volume)}" if volume else ""
    if len(rows) > 1:
        give = "the ID of the one that is meant" if volume else "volume, or the ID of the one that is meant"
        return OsnapError(
            f"{len(rows)} {service.noun}s{of} match '{name}': {lookup.listing(rows)}; give {give}.", resource=name
        )
    if not rows or (volume and rows[0]["volume_id"] != volume["id"]):
        other = f", it is one of the volume {rows[0]['volume_id']}" if rows else ""
        return OsnapError(
            f"There is no {service.noun} '{name}'{of} in cloud {service.cloud.name}{other}; check the name and the"
            " project of the credentials.",
            resource=name,
        )
    return rows[0]


def main():
    VolumeSnapshotRevert().run()


if __name__ == "__main__":
    main()
