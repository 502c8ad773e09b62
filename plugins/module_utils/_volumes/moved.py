# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume of a snapshot that another project of the same block storage gets: made here, handed over, and found again by
its marks wherever a killed task has left it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import ACCEPT, CREATE, OFFER, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import RestoredVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import (
    TRANSFERS,
    VolumeTransfers,
)
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.transfer import VolumeTransfer
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.transfer_rules import OFFERED

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class VolumeMove(Operation):
    """One volume of a snapshot, for the project of the cloud's peer. Its marks tell it from all others."""

    returns = "volume"
    options = {
        "snapshot": {"type": "str"},
        "name": {"type": "str"},
        "size": {"type": "int"},
        "metadata": {"type": "dict"},
        "description": {"type": "str"},
        "bootable": {"type": "bool"},
        "image_metadata": {"type": "dict"},
    }

    def plan(self, context: Context, item: dict[str, Any]) -> Plan:
        if there := of(context.cloud.peer, item):
            return Plan({"state": "present"}, {"state": "present"}, (), there[0], there[0])
        here = [row for row in of(context.cloud, item) if row["status"] not in RestoredVolumes.statuses.failed]
        steps = (*([] if here else [Step(CREATE)]), Step(OFFER), Step(ACCEPT))
        return Plan({"state": "absent"}, {"state": "present"}, steps, None, None, carried=item)

    def apply(self, context: Context, plan: Plan) -> Outcome:
        item, cloud = plan.carried, context.cloud
        service = bound(RestoredVolumes(cloud), context)
        _clear_failed(service, item)
        own = None
        if not of(cloud, item):
            own = send_once(lambda: service.create(_values(item)), lambda: _first(of(cloud, item)), service.pause)
        # A twin may have made one at the same time, or handed its own over before ours was there: one stays, the oldest.
        rows, there = of(cloud, item), of(cloud.peer, item)
        kept = there[0] if there else rows[0] if rows else own
        if own and kept["id"] != own["id"]:
            service.wait_for(service, {own["id"]: waiter.READY})
            service.delete(own)
            service.wait_for(service, {own["id"]: waiter.GONE})
        if not there:
            if kept["status"] != OFFERED:  # one that is offered has had all of that before
                _complete(service, service.wait_for(service, {kept["id"]: waiter.READY})[kept["id"]], item)
            carry_out(VolumeTransfer(), {"volume": kept["id"], "snapshots": False}, within=context, cloud=cloud)
        arrived = RestoredVolumes(cloud.peer).get(kept["id"])
        if arrived is None:
            raise OsnapError(
                f"The volume '{item['name']}' ({kept['id']}) was handed over, but cloud {cloud.peer.name} does not have it;"
                " run again to see where it is.",
                resource=kept["id"],
            )
        return Outcome(arrived)


def of(cloud: Cloud, item: dict[str, Any]) -> list[dict[str, Any]]:
    """The volumes of this snapshot that have these marks, in one project; the oldest first."""
    marks = {key: value for key, value in item["metadata"].items() if _marks.is_ours(key)}
    rows = [
        row
        for row in RestoredVolumes(cloud).list()
        if row["snapshot_id"] == item["snapshot"]
        and row["status"] not in RestoredVolumes.statuses.leaving
        and marks.items() <= (row["metadata"] or {}).items()
    ]
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


def withdraw(cloud: Cloud, id: str) -> None:
    """Take back what is offered of a volume that is to go: as long as it is offered, Cinder does not delete it."""
    offers = VolumeTransfers(cloud, not cloud.client("block-storage").offers(TRANSFERS))
    for offer in offers.ours([id])[id]:
        offers.delete(offer["id"], id)


def _values(item):
    values = {"name": item["name"], "snapshot_id": item["snapshot"], "metadata": item["metadata"]}
    return {**values, **{key: item[key] for key in ("size", "description") if item[key]}}


def _complete(service, row, item):
    """What Cinder takes only of a volume that is there. Of a data volume's image metadata a snapshot has none."""
    there = row["volume_image_metadata"] or {}
    wanted = {key: value for key, value in (item["image_metadata"] or {}).items() if there.get(key) != value}
    if wanted:
        service.set_image_metadata(row, wanted)
    if item["bootable"] not in (None, row["is_bootable"]):
        service.update(row, {"is_bootable": item["bootable"]})


def _clear_failed(service, item):
    """What Cinder could not make is in the way of nothing, and counts against the quota."""
    failed = [row for row in of(service.cloud, item) if row["status"] in service.statuses.failed]
    for row in failed:
        service.delete(row)
    service.wait_for(service, {row["id"]: waiter.GONE for row in failed})


def _first(rows):
    return rows[0] if rows else None
