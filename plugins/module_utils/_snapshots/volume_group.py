# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a group of volumes is made, changed and removed, and what its members say to that; the module declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.status_reset import ResettableModule
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import misplaced
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import GROUPS, needed, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_types import GroupTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import group_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class VolumeGroup(ResettableModule):
    service = VolumeGroups

    def problem(self, item: dict, params: dict) -> str | None:
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the group a name, or the id of an existing one"
        return text_problem("name", item["name"]) or text_problem("description", item["description"])

    def untold(self, row: dict) -> tuple:
        return ("group_type", "group_snapshot_id", "source_group_id") if row["is_legacy"] else ()

    def removal(self, context: Context, desired: dict, current: dict | None) -> tuple:
        steps = (
            Step(DELETE, {"delete_volumes": bool(desired["delete_volumes"]), "force": bool(desired["force"])}),
            Step(AWAIT_GONE),
        )
        if desired["force"] or current["status"] in ("available", "error"):
            return steps
        if current["status"] in VolumeGroups.statuses.failed:
            raise OsnapError(
                f"{group_rules.label(current, 'volume group')} is in status {current['status']}, from which Cinder does"
                " not delete it; once the cause is gone, set force: true.",
                resource=current["id"],
            )
        return (Step(AWAIT_READY), *steps)  # the service is still at it, and would refuse

    def refined(self, context: Context, plan: Plan) -> Plan:
        """A group that is made of a legacy one is of that kind, and does not tell what it was made of."""
        source = MadeOf.meant(context.cloud, plan.desired) if plan.does(CREATE) else None
        if not source:
            return plan
        plan = replace(plan, carried=source)
        if not source.row or not source.row["is_legacy"]:
            return plan
        return replace(
            plan, resource={**plan.resource, "is_legacy": True, "group_snapshot_id": None, "source_group_id": None}
        )

    # -- what Cinder would refuse

    def plan_all(self, context: Context, items: list) -> list:
        plans = super().plan_all(context, items)
        looked = _Look(context.cloud, [plan for plan in plans if isinstance(plan, Plan)])
        return [plan if isinstance(plan, OsnapError) else looked.verdict(plan) or plan for plan in plans]

    def admit(self, context: Context, plans: list) -> list:
        service = self.service(context.cloud)
        new = [plan.desired for plan in plans if not plan.carried]
        seen = {
            "generic": service.offers_generic() if any(not one["group_type"] for one in new) else True,
            "zones": service.zones() if any(one["availability_zone"] for one in new) else set(),
            "group_types": (
                {row["id"] for row in GroupTypes(context.cloud).list()}
                if any(one["group_type"] for one in new)
                else set()
            ),
            "volume_types": {row["id"] for row in VolumeTypes(context.cloud).list()} if new else set(),
        }
        verdicts = [
            plan.carried.unfit(context.cloud) if plan.carried else self._unfit(context.cloud, plan.desired, seen)
            for plan in plans
        ]
        fresh = [plan for plan, verdict in zip(plans, verdicts, strict=True) if not verdict and not plan.does(DELETE)]
        sources = [plan.carried for plan in fresh if plan.carried]
        members = needed("volumes", _disks(context.cloud, sources)) if sources else {}
        over = over_quota(service.room(), {GROUPS: len(fresh), **members}) if fresh else None
        return [verdict or (over if plan in fresh else None) for plan, verdict in zip(plans, verdicts, strict=True)]

    @staticmethod
    def _unfit(cloud, desired, seen):
        """Why a group can't be made as asked, or None."""
        name = desired["name"]
        if not desired["group_type"] and seen["generic"]:
            return OsnapError(f"group_type is missing; say which type the group '{name}' is made with.", resource=name)
        if desired["group_type"] and desired["group_type"] not in seen["group_types"]:
            return OsnapError(
                f"There is no group type with the ID {desired['group_type']} in cloud {cloud.name}; check the ID.",
                resource=desired["group_type"],
            )
        if not desired["volume_types"]:
            return OsnapError(
                f"volume_types is missing; say which types of volumes the group '{name}' takes.", resource=name
            )
        if unknown := sorted(set(desired["volume_types"]) - seen["volume_types"]):
            return OsnapError(
                f"There is no volume type with the ID {unknown[0]} in cloud {cloud.name}; check the ID.",
                resource=unknown[0],
            )
        return misplaced(cloud, desired["availability_zone"], seen["zones"])


@dataclass(frozen=True)
class MadeOf:
    """The group snapshot or the group that a new group is made of; no row where there is none of that ID."""

    service: type
    id: str
    row: dict | None

    @classmethod
    def meant(cls, cloud: Cloud, desired: dict) -> MadeOf | None:
        for service, key in ((CgSnapshots, "group_snapshot_id"), (VolumeGroups, "source_group_id")):
            if id := desired[key]:
                return cls(service, id, service(cloud).get(id))
        return None

    @property
    def members(self) -> list:
        """``[(ID of a volume, GiB or None)]``: a snapshot has a size of its own."""
        if self.service is CgSnapshots:
            return [(snapshot["volume_id"], snapshot["size"]) for snapshot in self.row["snapshots"]]
        return [(id, None) for id in self.row["volumes"]]

    def unfit(self, cloud: Cloud) -> OsnapError | None:
        """Why no group can be made of it, or None."""
        if self.row is None:
            return OsnapError(
                f"There is no {self.service.noun} with the ID {self.id} in cloud {cloud.name}; check the ID and the"
                " project of the credentials.",
                resource=self.id,
            )
        return group_rules.unusable(self.row, self.members, self.service.noun)


def _disks(cloud, sources):
    """``[(GiB, volume type)]`` of the volumes that Cinder makes for new groups, as far as their sources are to be seen."""
    members = [member for source in sources for member in source.members]
    volumes = GroupableVolumes(cloud).poll(sorted({id for id, _size in members}))
    return [(size or volumes[id]["size"], volumes[id]["volume_type"]) for id, size in members if id in volumes]


class _Look:
    """What the members of the groups of a task have to say to its plans; each list is asked for once, and only if it
    matters.
    """

    def __init__(self, cloud, plans):
        self.cloud = cloud
        self.taken = {}  # volume -> the plan that takes it
        moves = [_moves(plan) for plan in plans]
        coming, going = ({id for move in moves for id in move[side]} for side in (0, 1))
        self.deletions = [plan for plan in plans if plan.does(DELETE)]
        touched = coming | going | {id for plan in self.deletions for id in plan.current["volumes"]}
        self.volumes = GroupableVolumes(cloud).poll(sorted(touched)) if touched else {}
        self.types = {row["name"]: row["id"] for row in VolumeTypes(cloud).list()} if coming else {}
        self.snapshots = (
            VolumeSnapshots(cloud).list() if any(self._takes_members(plan) for plan in self.deletions) else []
        )
        self.group_snapshots = CgSnapshots(cloud).list() if self.deletions else []

    @staticmethod
    def _takes_members(plan):
        return bool(plan.current["volumes"] and plan.desired["delete_volumes"] and plan.after["state"] == "absent")

    def verdict(self, plan: Plan) -> OsnapError | None:
        return (plan in self.deletions and self._of_deletion(plan)) or self._of_members(plan)

    def _of_deletion(self, plan):
        group, ids = plan.current, set(plan.current["volumes"])
        return group_rules.tied(
            group,
            [self.volumes[id] for id in sorted(ids) if id in self.volumes],
            [row for row in self.snapshots if row["volume_id"] in ids],
            [row for row in self.group_snapshots if row["group_id"] == group["id"]],
            self._takes_members(plan),
            replacing=plan.after["state"] == "present",
        )

    def _of_members(self, plan):
        made_anew = plan.does(CREATE)
        group = plan.desired if made_anew else plan.current
        coming, going = _moves(plan)
        for id in coming:
            volume = self.volumes.get(id)
            if volume is None:
                return OsnapError(
                    f"There is no volume with the ID {id} in cloud {self.cloud.name}; check the ID and the project of"
                    " the credentials.",
                    resource=id,
                )
            error = group_rules.stranger(volume, {**group, "id": None if made_anew else group["id"]}, self.types)
            if not error and self.taken.setdefault(id, plan) is not plan:
                error = OsnapError(
                    f"{group_rules.label(volume, 'volume')} is wanted as a member of two groups; a volume is in one at"
                    " the most.",
                    resource=id,
                )
            if error:
                return error
        return next(
            (error for id in going if id in self.volumes and (error := group_rules.stayer(self.volumes[id]))), None
        )


def _moves(plan):
    """``(coming, going)``: the IDs of the volumes that a plan adds and removes."""
    wanted = next(
        (step.values["volumes"] for step in plan.steps if step.verb == UPDATE and "volumes" in step.values), None
    )
    if wanted is None:
        return [], []
    there = set() if plan.does(CREATE) else set(plan.current["volumes"])
    return sorted(set(wanted) - there), sorted(there - set(wanted))
