# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing volumes over to another project of the same cloud: which ones, and whether all of them can go."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import needed, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services.transferable_volumes import TransferableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import (
    TRANSFERS,
    VolumeTransfers,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.handover import Handover
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.transfer_rules import OFFERED, plan_handover

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome


class VolumeTransfer(Operation):
    """One or many volumes from the project of ``cloud`` to that of ``destination``."""

    returns = "volume"

    def connect(self, params: dict) -> Cloud:
        source = connect_pair(params)
        if source.project_id == source.peer.project_id:
            raise OsnapError(
                f"cloud {source.name} and destination {source.peer.name} log in to one project ({source.project_id}); a"
                " volume is handed over to another one.",
                resource=source.project_id,
                stops_work=True,
            )
        return source

    def prepare(self, context: Context, items: list) -> list:
        rows = _whereabouts(context.cloud, [item["volume"] for item in items])
        return [
            (
                rows[item["volume"]]
                if isinstance(rows[item["volume"]], OsnapError)
                else {**item, "row": rows[item["volume"]]}
            )
            for item in items
        ]

    def resolved(self, item: dict) -> str:
        return item["row"]["id"]

    def plan_all(self, context: Context, items: list) -> list:
        cloud = context.cloud
        moving = [item for item in items if item["row"]["project_id"] == cloud.project_id]
        snapshots = _snapshots(cloud, [item["row"]["id"] for item in moving if item["snapshots"]])
        offers = _offers(cloud, [item["row"]["id"] for item in moving if item["row"]["status"] == OFFERED])
        plans: list[Plan | OsnapError] = []
        for item in items:
            id = item["row"]["id"]
            try:
                plans.append(plan_handover(item, snapshots.get(id, []), offers.get(id, []), cloud))
            except OsnapError as error:
                plans.append(error)
        going = [plan for plan in plans if isinstance(plan, Plan) and plan.steps]
        if not going:
            return plans
        problem = _impossible(cloud) or _over_quota(cloud.peer, going)
        if not problem and _is_of_old(cloud):
            return _of_old(cloud, plans)
        return [problem if problem and isinstance(plan, Plan) and plan.steps else plan for plan in plans]

    def apply(self, context: Context, plan: Plan) -> Outcome:
        return Handover(context, plan).run()


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
        ours = [row for row in named.get(value, ()) if _marks.came_from(row, cloud.project_id)]
        if len(ours) > 1:
            found[value] = OsnapError(
                f"{len(ours)} volumes named '{value}' came from cloud {cloud.name} to cloud {cloud.peer.name}: "
                f"{lookup.listing(ours)}; give the ID of the one that is meant.",
                resource=value,
            )
        elif row := arrived.get(value) or next(iter(ours), None):
            found[value] = row
    return found


def _is_of_old(cloud):
    return not cloud.client("block-storage").offers(TRANSFERS)


def _offers(cloud, volumes) -> dict:
    """``{volume ID: [offers of ours]}``."""
    return VolumeTransfers(cloud, _is_of_old(cloud)).ours(volumes) if volumes else {}


def _snapshots(cloud, volumes) -> dict:
    """``{volume ID: [snapshots]}``."""
    service = VolumeSnapshots(cloud)
    rows = (
        [row for volume in volumes for row in service.list(volume_id=volume)] if len(volumes) <= 3 else service.list()
    )
    return {volume: [row for row in rows if row["volume_id"] == volume] for volume in volumes}


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
            found.append(_the_old_way(plan) if isinstance(plan, Plan) and plan.steps else plan)
        except OsnapError as error:
            found.append(error)
    return found


def _the_old_way(plan):
    return replace(plan, carried=replace(plan.carried, of_old=True))


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
    volumes = [(plan.current["size"], plan.current["volume_type"]) for plan in plans]
    snapshots = [
        (snapshot["size"], plan.current["volume_type"]) for plan in plans for snapshot in plan.carried.snapshots
    ]
    counts = Counter(needed("volumes", volumes))
    counts.update(needed("snapshots", snapshots))  # the GiB of both are one sum
    return over_quota(
        TransferableVolumes(cloud).room(), counts, quota=f"the quota of destination {cloud.name}", undone="offered"
    )
