# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done to hand one volume over, and what keeps it from being handed over whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    ACCEPT,
    DELETE,
    OFFER,
    UPDATE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.transferable_volumes import (
    is_migrating,
    marks,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import ENCRYPTED
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

OFFERED = "awaiting-transfer"


@dataclass(frozen=True)
class Luggage:
    """What goes with a volume, and which way."""

    #: Whether its snapshots go with it, and which these are.
    with_snapshots: bool
    snapshots: tuple[dict, ...] = ()
    #: Through the API of clouds that know of no snapshots.
    of_old: bool = False


def plan_handover(item: dict, snapshots: list[dict], offers: list[dict], cloud: Cloud) -> Plan:
    """What is to be done about one volume.

    :param item: ``row``, the volume wherever it is, and the options
    :param snapshots: those that go with it
    :param offers: those of it that a run of ours has left, and whose key nobody has
    """
    row = item["row"]
    if row["project_id"] == cloud.peer.project_id:
        return plan_arrived(row)
    _refuse(item, snapshots, offers, cloud)
    metadata = {**(row["metadata"] or {}), **marks(row, cloud.project_id)}
    steps: tuple[Step, ...] = (Step(DELETE),) if offers else ()
    steps += (Step(UPDATE, {"metadata": metadata}),) if metadata != row["metadata"] else ()
    steps += (Step(OFFER), Step(ACCEPT))
    predicted = {
        **row,
        "project_id": cloud.peer.project_id,
        "status": "available",
        "metadata": metadata,
        "migration_status": None,
        "updated_at": None,
    }
    luggage = Luggage(item["snapshots"], tuple(snapshots))
    there = _described(row)
    after = {**there, "project_id": cloud.peer.project_id}
    return Plan(there, after, steps, row, predicted, carried=luggage)


def plan_arrived(row: dict) -> Plan:
    """The plan for a volume that is the destination's already: nothing is to be done."""
    return Plan(_described(row), _described(row), (), row, row)


def _described(row):
    return {"state": "present", "name": row["name"], "project_id": row["project_id"]}


def _refuse(item, snapshots, offers, cloud):
    """Raise for a volume that can't be handed over, or not whole."""
    row = item["row"]
    label = f"The volume '{row['name']}' ({row['id']}) in cloud {cloud.name}"
    if problem := _of_volume(row, offers, cloud) or _of_snapshots(item, snapshots):
        raise OsnapError(f"{label} {problem}.", resource=row["id"])
    if row["is_encrypted"]:
        cloud.client("block-storage").require(ENCRYPTED, doing=f"hand over the volume '{row['name']}' ({row['id']})")


def _of_volume(row, offers, cloud):
    if row["project_id"] != cloud.project_id:
        return f"belongs to the project {row['project_id']}; log in to that project to hand it over"
    if row["attachments"]:
        return f"is attached to {Volumes.attached_to(row)}; detach it first, then run again"
    if row["status"] not in ("available", OFFERED):
        return (
            f"is in status {row['status']}, and only an available one can be handed over; wait for it or repair it, then"
            " run again"
        )
    if row["status"] == OFFERED and not offers:
        return (
            "is offered to somebody already, and not by this module; have that offer accepted or take it back, then run"
            " again"
        )
    if is_migrating(row):
        # The end of a migration writes the project of its beginning back.
        return f"is being migrated ({row['migration_status']}); wait until that has ended, then run again"
    if group := row["group_id"] or row["consistency_group_id"]:
        return f"is a member of the group {group}, which stays; take it out of the group first, then run again"
    return None


def _of_snapshots(item, snapshots):
    if unready := [snapshot for snapshot in snapshots if snapshot["status"] != "available"]:
        return (
            f"has snapshots that are not available: {lookup.listing(unready)}; wait for them or remove them, or set"
            " snapshots to false, then run again"
        )
    if item["row"]["is_encrypted"] and not item["snapshots"]:
        return "is encrypted, and such a one travels only together with its snapshots; leave snapshots out"
    return None
