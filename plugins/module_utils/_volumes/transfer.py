# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing volumes over to another project of the same cloud: marked, offered, accepted.

The key of an offer is shown once. Where it is lost, with a killed run or an answer that never came, the offer is worth
nothing: it is taken back and another one made. No volume is left awaiting its transfer.
"""

from __future__ import annotations

import time
from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, DELETE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import GIGABYTES, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services.transferable_volumes import TransferableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import (
    ENCRYPTED,
    TRANSFERS,
    VolumeTransfers,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes

OFFERED = "awaiting-transfer"
#: Seconds that another run, which has taken our offer for an unfinished one, gets to hand the volume over.
PATIENCE = 5


class VolumeTransfer(Operation):
    """One or many volumes from the project of ``cloud`` to that of ``destination``."""

    returns = "volume"

    def connect(self, params):
        source = connect_pair(params)
        if source.project_id == source.peer.project_id:
            raise OsnapError(
                f"cloud {source.name} and destination {source.peer.name} log in to one project ({source.project_id}); a"
                " volume is handed over to another one.",
                resource=source.project_id,
                stops_work=True,
            )
        return source

    def prepare(self, context, items):
        rows = _whereabouts(context.cloud, [item["volume"] for item in items])
        return [
            (
                rows[item["volume"]]
                if isinstance(rows[item["volume"]], OsnapError)
                else {**item, "row": rows[item["volume"]]}
            )
            for item in items
        ]

    def resolved(self, item):
        return item["row"]["id"]

    def plan_all(self, context, items):
        cloud = context.cloud
        moving = [item for item in items if item["row"]["project_id"] == cloud.project_id]
        snapshots = _snapshots(cloud, [item["row"]["id"] for item in moving if item["snapshots"]])
        plans = []
        for item in items:
            try:
                plans.append(plan_handover(item, snapshots.get(item["row"]["id"], []), cloud))
            except OsnapError as error:
                plans.append(error)
        going = [plan for plan in plans if isinstance(plan, Plan) and plan.steps]
        if not going:
            return plans
        problem = _impossible(cloud) or _over_quota(cloud.peer, going)
        if not problem and not cloud.client("block-storage").offers(TRANSFERS):
            return _of_old(cloud, plans)
        return [problem if problem and isinstance(plan, Plan) and plan.steps else plan for plan in plans]

    def apply(self, context, plan):
        return _Handover(context, plan).run()


def _whereabouts(cloud, values) -> dict:
    """``{name or ID: row}``, in whichever of the two projects the volume is; an error where it is in neither."""
    found = lookup.existing(TransferableVolumes(cloud), values)
    elsewhere = [value for value, row in found.items() if isinstance(row, lookup.Missing)]
    ids = [value for value in elsewhere if lookup.is_id(value)]
    names = [value for value in elsewhere if not lookup.is_id(value)]
    there = TransferableVolumes(cloud.peer)
    arrived = there.poll(sorted(ids)) if ids else {}
    named = there.named(sorted(names)) if names else {}
    for value in elsewhere:
        ours = [row for row in named.get(value, ()) if (row["metadata"] or {}).get(_marks.FROM) == cloud.project_id]
        if len(ours) > 1:
            found[value] = OsnapError(
                f"{len(ours)} volumes named '{value}' came from cloud {cloud.name} to cloud {cloud.peer.name}: "
                f"{lookup.listing(ours)}; give the ID of the one that is meant.",
                resource=value,
            )
        elif row := arrived.get(value) or next(iter(ours), None):
            found[value] = row
    return found


def _snapshots(cloud, volumes) -> dict:
    """``{volume ID: [snapshots]}``."""
    service = VolumeSnapshots(cloud)
    rows = (
        [row for volume in volumes for row in service.list(volume_id=volume)] if len(volumes) <= 3 else service.list()
    )
    return {volume: [row for row in rows if row["volume_id"] == volume] for volume in volumes}


def plan_handover(item, snapshots, cloud) -> Plan:
    """What is to be done about one volume.

    :param item: ``row``, the volume wherever it is, and the options
    :param snapshots: those that go with it
    """
    row = item["row"]
    there = {"state": "present", "name": row["name"], "project_id": row["project_id"]}
    if row["project_id"] == cloud.peer.project_id:
        return Plan(there, there, (), row, row, item)
    _refuse(item, snapshots, cloud)
    steps = ((Step(DELETE),) if row["status"] == OFFERED else ()) + (Step(CREATE),)
    metadata = {**(row["metadata"] or {}), _marks.FROM: cloud.project_id}
    predicted = {
        **row,
        "project_id": cloud.peer.project_id,
        "status": "available",
        "metadata": metadata,
        "updated_at": None,
    }
    return Plan(
        there, {**there, "project_id": cloud.peer.project_id}, steps, row, predicted, {**item, "travelling": snapshots}
    )


def _refuse(item, snapshots, cloud):
    """Raise for a volume that can't be handed over, or not whole."""
    row = item["row"]
    label = f"The volume '{row['name']}' ({row['id']}) in cloud {cloud.name}"
    if row["project_id"] != cloud.project_id:
        raise OsnapError(
            f"{label} belongs to the project {row['project_id']}; log in to that project to hand it over.",
            resource=row["id"],
        )
    if row["attachments"]:
        servers = ", ".join(one["server_id"] for one in row["attachments"])
        raise OsnapError(
            f"{label} is attached to the server {servers}; detach it first, then run again.", resource=row["id"]
        )
    if row["status"] not in ("available", OFFERED):
        raise OsnapError(
            f"{label} is in status {row['status']}, and only an available one can be handed over; wait for it or repair"
            " it, then run again.",
            resource=row["id"],
        )
    if row["status"] == OFFERED and (row["metadata"] or {}).get(_marks.FROM) != cloud.project_id:
        raise OsnapError(
            f"{label} is offered to somebody already, and not by this module; have that offer accepted or take it back,"
            " then run again.",
            resource=row["id"],
        )
    if row["group_id"] or row["consistency_group_id"]:
        raise OsnapError(
            f"{label} is a member of the group {row['group_id'] or row['consistency_group_id']}, which stays; take it"
            " out of the group first, then run again.",
            resource=row["id"],
        )
    if unready := [snapshot for snapshot in snapshots if snapshot["status"] != "available"]:
        raise OsnapError(
            f"{label} has snapshots that are not available: {lookup.listing(unready)}; wait for them or remove them, or"
            " set snapshots to false, then run again.",
            resource=row["id"],
        )
    if row["is_encrypted"]:
        if not item["snapshots"]:
            raise OsnapError(
                f"{label} is encrypted, and such a one travels only together with its snapshots; leave snapshots out.",
                resource=row["id"],
            )
        cloud.client("block-storage").require(ENCRYPTED, doing=f"hand over the volume '{row['name']}' ({row['id']})")


def _of_old(cloud, plans):
    """The plans at an old cloud: there a volume leaves its snapshots behind, where nobody is asked, so that only one
    without any can go.
    """
    ids = [plan.current["id"] for plan in plans if isinstance(plan, Plan) and plan.steps]
    there, found = _snapshots(cloud, ids), []
    for plan in plans:
        try:
            if isinstance(plan, Plan) and plan.steps and there[plan.current["id"]]:
                doing = f"hand over the volume '{plan.current['name']}' ({plan.current['id']}), which has snapshots"
                cloud.client("block-storage").require(TRANSFERS, doing=doing)
            found.append(replace(plan, desired={**plan.desired, "of_old": True}) if isinstance(plan, Plan) else plan)
        except OsnapError as error:
            found.append(error)
    return found


def _impossible(cloud):
    """The error where the two logins are to different clouds, or None."""
    if VolumeTypes(cloud).ids() & VolumeTypes(cloud.peer).ids():  # no two clouds have an ID in common
        return None
    return OsnapError(
        f"cloud {cloud.name} and destination {cloud.peer.name} are not the same cloud: they have no volume type in"
        " common. A volume can be handed over only within one cloud and region; to another one, copy an image of it.",
        resource=cloud.peer.name,
        stops_work=True,
    )


def _over_quota(cloud, plans):
    """The error where the destination's quota has no room for all of them and their snapshots, or None. Nothing is
    offered before it is known.
    """
    sizes = [plan.current["size"] for plan in plans]
    travelling = [snapshot["size"] for plan in plans for snapshot in plan.desired["travelling"]]
    needed = {"volumes": len(sizes), "snapshots": len(travelling), GIGABYTES: sum(sizes) + sum(travelling)}
    return over_quota(
        TransferableVolumes(cloud).room(), needed, quota=f"the quota of destination {cloud.name}", undone="offered"
    )


class _Handover:
    """The way of one volume."""

    def __init__(self, context, plan):
        self.context, self.cloud, self.row = context, context.cloud, plan.current
        self.snapshots, self.encrypted = plan.desired["snapshots"], plan.current["is_encrypted"]
        self.of_old = plan.desired.get("of_old", False)
        self.offers, self.volumes = VolumeTransfers(context.cloud, self.of_old), TransferableVolumes(context.cloud)
        self.offered_before = plan.does(DELETE)

    def run(self) -> Outcome:
        if self.offered_before:
            self._take_back_all()
        if (self.row["metadata"] or {}).get(_marks.FROM) != self.cloud.project_id:
            self.volumes.mark(self.row, self.cloud.project_id)
        offer = None
        try:
            # Nothing that can stop this work stands between the offer and its acceptance.
            offer, key = self._offer()
            self._accept(offer, key)
        except OsnapError as error:
            # By an acceptance that nobody heard of, or by another run, which has taken our offer back for its own.
            if not self._arrives(PATIENCE if offer and error.status == 404 else 0):
                raise self._told(error, offer) from error
        return Outcome(self._arrived() or self._raise_lost())

    def _offer(self):
        """An offer and its key. Where no answer came the key is lost: whatever was offered is taken back before the
        second and last try.
        """
        for attempt in (1, 2):
            try:
                id, key = self.offers.create(self.row, snapshots=self.snapshots, encrypted=self.encrypted)
            except OsnapError as error:
                if (
                    attempt == 2
                    or isinstance(error, Unanswered)
                    or not (isinstance(error, Ambiguous) or error.status == 503)
                ):
                    raise
                time.sleep(1)
                self._take_back_all()
                continue
            self.context.keep_secret(key)
            return id, key
        return None

    def _accept(self, offer, key):
        """Accept it; where no answer came, look whether it has arrived before the second and last try."""
        for attempt in (1, 2):
            try:
                return VolumeTransfers(self.cloud.peer, self.of_old).accept(offer, key, self.row)
            except OsnapError as error:
                if not (isinstance(error, Ambiguous) or error.status == 503):
                    raise
                time.sleep(1)
                if self._arrived():
                    return None
                if attempt == 2 or isinstance(error, Unanswered):
                    raise
        return None

    def _arrives(self, seconds):
        """Whether it arrives by the hand of whoever else is at it."""
        while not self._arrived():
            if seconds <= 0:
                return False
            seconds -= 1
            time.sleep(1)
            self.context.progress.check()
        return True

    def _arrived(self):
        """The volume as the destination sees it, once it is the destination's."""
        row = TransferableVolumes(self.cloud.peer).get(self.row["id"])
        return row if row and row["project_id"] == self.cloud.peer.project_id else None

    def _is_offered(self):
        row = self.volumes.get(self.row["id"])
        return row is not None and row["status"] == OFFERED

    def _raise_lost(self):
        raise OsnapError(
            f"The volume '{self.row['name']}' ({self.row['id']}) was accepted, but the destination"
            f" {self.cloud.peer.name} does not have it; run again to see where it is.",
            resource=self.row["id"],
        )

    def _take_back_all(self):
        for offer in self.offers.of([self.row["id"]])[self.row["id"]]:
            self.offers.delete(offer["id"], self.row["id"])

    def _told(self, error, offer):
        """The error; offer and mark go with it, or it is said that the next run takes the offer back."""
        try:
            if offer is None and not isinstance(error, Ambiguous) and self._is_offered():
                return error  # another run's offer, made since ours was planned: neither it nor its mark is touched
            if offer is None:
                self._take_back_all()
            if offer is None or self.offers.delete(offer, self.row["id"]):
                self.volumes.unmark(self.row)
        except OsnapError as second:
            return OsnapError(
                f"{str(error).rstrip('.')}. The offer could not be taken back either ({str(second).rstrip('.')}): run"
                " again, which does so.",
                **error.fields,
                stops_work=error.stops_work,
            )
        return error
