# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a group of volumes is snapshotted: when it may be, what is vouched for, how it goes; the module declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, DELETE, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.status_reset import ResettableModule
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import needed, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.group_evidence import Evidence
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_groups import VolumeGroups
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import group_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class CgSnapshot(ResettableModule):
    service = CgSnapshots

    def problem(self, item: dict, params: dict) -> str | None:
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the group snapshot a name, or the id of an existing one"
        if params["state"] == "present" and not item["id"] and not item["group"]:
            return f"group is missing; say which group the snapshot '{item['name']}' is of"
        return text_problem("name", item["name"]) or text_problem("description", item["description"])

    def removal(self, context: Context, desired: dict, current: dict | None) -> tuple:
        steps = super().removal(context, desired, current)
        settled = current["status"] in ("available", "error") and not CgSnapshots(context.cloud).is_busy(current)
        if current["status"] == "error_deleting":
            raise OsnapError(
                f"{group_rules.label(current, 'group snapshot')} is in status error_deleting, from which Cinder does"
                " not delete it; once the cause is gone, an administrator has to set status: error, then run again.",
                resource=current["id"],
            )
        # While the service is still at it, it would refuse.
        return steps if settled else (Step(AWAIT_READY), *steps)

    def doubts(self, context: Context, plans: list) -> list:
        # Here, for a real run needs neither images nor servers.
        from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import dependents

        return dependents.doubts(
            CgSnapshots(context.cloud), plans, lambda rows: dependents.of_group_snapshots(context.cloud, rows)
        )

    def plan_for(self, service: Service, context: Context, desired: dict, current: dict | None) -> Plan:
        plan = super().plan_for(service, context, desired, current)
        stays = plan.resource is not None and current is not None and plan.resource["id"] == current["id"]
        if (
            desired["require_consistent"]
            and stays
            and plan.resource["status"] == "available"
            and current["consistent"] is not True
        ):
            raise group_rules.inconsistent(
                f"The members of the group snapshot {service.label(current)}",
                current["consistent"],
                current["id"],
                context.cloud,
            )
        return plan

    def _verified(self, service, context, job):
        """What was waited for is looked at again: somebody else may have begun it."""
        outcome = super()._verified(service, context, job)
        row = None if isinstance(outcome, OsnapError) or context.params["state"] == "absent" else outcome.resource
        if (
            row
            and job.plan.desired["require_consistent"]
            and row["status"] == "available"
            and row["consistent"] is not True
        ):
            return group_rules.inconsistent(
                f"The members of the group snapshot {service.label(row)}", row["consistent"], row["id"], context.cloud
            )
        return outcome

    def admit(self, context: Context, plans: list) -> list:
        rows = VolumeGroups(context.cloud).poll(sorted({plan.desired["group_id"] for plan in plans}))
        members = {id for row in rows.values() for id in row["volumes"]}
        volumes = GroupableVolumes(context.cloud).poll(sorted(members)) if members else {}
        evidence = Evidence(context.cloud)
        verdicts = [
            _unfit(context.cloud, rows.get(plan.desired["group_id"]), volumes, plan.desired, evidence) for plan in plans
        ]
        fresh = [plan for plan, verdict in zip(plans, verdicts, strict=True) if not verdict and not plan.does(DELETE)]
        disks = [volumes[id] for plan in fresh for id in rows[plan.desired["group_id"]]["volumes"] if id in volumes]
        sizes = [(disk["size"], disk["volume_type"]) for disk in disks]
        over = over_quota(CgSnapshots(context.cloud).room(), needed("snapshots", sizes)) if fresh else None
        return [verdict or (over if plan in fresh else None) for plan, verdict in zip(plans, verdicts, strict=True)]


def _unfit(cloud, group, volumes, desired, evidence):
    """Why a group can't be snapshotted as asked, or None."""
    if group is None:
        return OsnapError(
            f"There is no volume group with the ID {desired['group_id']} in cloud {cloud.name}; check the ID and the"
            " project of the credentials.",
            resource=desired["group_id"],
        )
    if error := lookup.foreign(cloud, "volume group", group):
        return error
    members = [volumes[id] for id in group["volumes"] if id in volumes]
    if error := group_rules.unready(group, members):
        return error
    consistent = evidence.consistency(group["group_type"], group["volumes"]) if desired["require_consistent"] else True
    return (
        None
        if consistent
        else group_rules.inconsistent(
            f"The members of a snapshot of the group '{group['name']}' ({group['id']})", consistent, group["id"], cloud
        )
    )
