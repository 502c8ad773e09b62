# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a volume goes back to its newest snapshot, step by step; the rules are in ``revert``, the module declares."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    REVERT,
    UPDATE,
    Plan,
    Statuses,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._services.named_snapshots import Named, meant
from ansible_collections.osnap.openstack.plugins.module_utils._services.reverted_volumes import RevertedVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import revert

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

#: Seconds in which Cinder gets from one status to the next of the two that it sets.
MOMENT = 1
#: Of the snapshot that Cinder keeps meanwhile: it is available until it is gone, which means no refusal.
OF_BACKUP = Statuses(ready=frozenset(), leaving=frozenset({"deleting"}), failed=frozenset({"error", "error_deleting"}))


@dataclass(frozen=True)
class Reverting:
    """What a revert needs beside its volume: the snapshot as it was when this was planned."""

    snapshot: dict


class VolumeSnapshotRevert(Operation):
    returns = "volume"

    def target(self, plan: Plan) -> str:
        return plan.current["id"]

    # -- plan

    def prepare(self, context: Context, items: list) -> list:
        """``(item, volume, snapshot or None)`` of each; a snapshot that is not named is not looked for yet."""
        volumes = RevertedVolumes(context.cloud)
        named = [item["volume"] for item in items if item["volume"]]
        found = lookup.existing(volumes, named) if named else {}
        rows = [found.get(item["volume"]) for item in items]
        snapshots = _snapshots(VolumeSnapshots(context.cloud), items, rows)
        others = volumes.poll(
            sorted(
                {
                    row["volume_id"]
                    for row, volume in zip(snapshots, rows, strict=True)
                    if volume is None and isinstance(row, dict)
                }
            )
        )
        prepared = []
        for item, volume, snapshot in zip(items, rows, snapshots, strict=True):
            volume = others.get(snapshot["volume_id"]) if volume is None and isinstance(snapshot, dict) else volume
            error = next((one for one in (volume, snapshot) if isinstance(one, OsnapError)), None)
            prepared.append(error or (item, volume, snapshot))
        return prepared

    def plan(self, context: Context, item: tuple) -> Plan:
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

    def apply(self, context: Context, plan: Plan) -> Outcome:
        volumes, service = RevertedVolumes(context.cloud), VolumeSnapshots(context.cloud)
        volume, snapshot = plan.current, plan.carried.snapshot
        if plan.does(REVERT):
            self._send(context, volumes, service, volume, snapshot, plan.desired["ignore_group"])
        if plan.does(AWAIT_READY):
            self._await(context, volumes, service, volume, snapshot)
        if plan.does(UPDATE):
            volume = _again(volumes, volume)
            volumes.set_metadata(volume, revert.after_marks(volume, snapshot))
        return Outcome(_again(volumes, volume), {"volume_snapshot": _again(service, snapshot)})

    @staticmethod
    def _send(context, volumes, service, volume, snapshot, ignore_group):
        """Mark, look once more, and send it; once more if it can be seen that the first request never arrived."""
        volumes.set_metadata(volume, revert.before_marks(volume, snapshot))

        def begun(volume, snapshot):
            """By the request whose answer got lost, or another job."""
            return True if revert.stage(volume, snapshot) in (revert.UNDER_WAY, revert.CARRIED_OUT) else None

        def send():
            now = _again(volumes, volume), _again(service, snapshot)
            if not begun(*now):
                _refuse(context, *now, revert.problems(*now, ignore_group=ignore_group))
                context.progress.check()
                volumes.revert(now[0], snapshot["id"])

        def look():
            return begun(_again(volumes, volume), _again(service, snapshot))

        try:
            send_once(send, look, lambda: waiter.pause(context, MOMENT))
        except OsnapError as error:
            if error.status != 409:
                raise
            _explain(context, volumes, service, volume, snapshot, error)

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
        _steps(stage, marks, wait),
        volume,
        predicted,
        item,
        {"volume_snapshot": shown},
        Reverting(snapshot),
    )


def _steps(stage, marks, wait):
    """What is left to do; who does not wait leaves the mark of the end to the next run."""
    begin = (Step(REVERT),) if stage == revert.OPEN else ()
    if not wait and stage != revert.CARRIED_OUT:
        return begin
    await_end = () if stage == revert.CARRIED_OUT else (Step(AWAIT_READY),)
    return *begin, *await_end, Step(UPDATE, {"metadata": marks})


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
    named = {}
    for index, (item, volume) in enumerate(zip(items, volumes, strict=True)):
        name = (item["volume_snapshot"] or "").strip()
        if name and not isinstance(volume, OsnapError):
            named[index] = Named(name, volume["id"], _label(volume)) if volume else Named(name)
    found = dict(zip(named, meant(service, list(named.values())), strict=True))
    return [found.get(index) for index in range(len(items))]
