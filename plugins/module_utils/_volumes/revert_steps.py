# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a volume goes back to its newest snapshot, step by step; the rules are in ``revert``, the module declares."""

from __future__ import annotations

import time

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Statuses, Step
from ansible_collections.osnap.openstack.plugins.module_utils._services.reverted_volumes import RevertedVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import revert

#: Seconds in which Cinder gets from one status to the next of the two that it sets.
MOMENT = 1
#: Of the snapshot that Cinder keeps meanwhile: it is available until it is gone, which means no refusal.
OF_BACKUP = Statuses(ready=frozenset(), leaving=frozenset({"deleting"}), failed=frozenset({"error", "error_deleting"}))


class VolumeSnapshotRevert(Operation):
    returns = "volume"

    def target(self, plan):
        return plan.current["id"]

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
