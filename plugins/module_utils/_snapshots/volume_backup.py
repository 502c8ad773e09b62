# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a backup of a volume is made and removed; the module declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    DELETE,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services import backup_chains
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import (
    BACKUPS,
    GIGABYTES_OF_BACKUPS,
    needed,
    over_quota,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import MARKED, PLACED, Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import volume_backup_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service

#: What ``incremental`` says of a new backup; None is for the chain to say.
KINDS = {None: None, "true": True, "false": False, "auto": None}


class VolumeBackup(StateModule):
    service = Backups
    many = "backups"
    fields = (
        identity("name", renamable=True, aliases=["display_name"]),
        identity("volume", refers_to="volume"),
        create_only("snapshot", refers_to="volume_snapshot", aliases=["snapshot_id"]),
        create_only("incremental", type="bool", attribute="is_incremental"),
        mutable("description", aliases=["display_description"]),
        mutable("metadata", type="dict", purge="purge_metadata"),
        create_only("force", type="bool", readable=False),
        create_only("container"),
        create_only("availability_zone"),
    )
    references = {"volume": Volumes, "volume_snapshot": VolumeSnapshots}
    extra_options = {
        "incremental": {"type": "str", "choices": ["true", "false", "auto"]},
        "purge_metadata": {"type": "bool"},
        "with_dependents": {"type": "bool"},
    }
    rules = {"required_one_of": [("id", "name")], "required_by": {"purge_metadata": "metadata"}}

    def tidy(self, item: dict) -> dict:
        """An empty snapshot, as templates leave it, is none."""
        return {**super().tidy(item), "snapshot": (item["snapshot"] or "").strip() or None}

    def problem(self, item: dict, params: dict) -> str | None:
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the backup a name, or the id of an existing one"
        if params["state"] == "present" and not item["id"] and not item["volume"]:
            return f"volume is missing; say which volume the backup '{item['name']}' is of"
        return (
            text_problem("name", item["name"])
            or text_problem("description", item["description"])
            or metadata_problem("metadata", item["metadata"])
        )

    # -- plan

    def prepare(self, context: Context, items: list) -> list:
        prepared = super().prepare(context, items)
        ids = {one["snapshot_id"] for one in prepared if not isinstance(one, OsnapError) and one["snapshot_id"]}
        self._snapshots = lookup.existing(VolumeSnapshots(context.cloud), ids) if ids else {}
        return [
            one
            if isinstance(one, OsnapError)
            else {**one, "is_incremental": KINDS[item["incremental"]], "chosen": item["incremental"] == "auto"}
            for one, item in zip(prepared, items, strict=True)
        ]

    def sought(self, desired: dict) -> dict:
        """All of its volume where it may be built upon another one."""
        may_be = desired["is_incremental"] or desired["chosen"]
        return {**desired, "name": None} if may_be and desired["volume_id"] and not desired["id"] else desired

    def strays(self, service: Service, desired: dict) -> list:
        """A backup outlives its volume."""
        rows = service.find([{"name": desired["name"]}])[0]
        there = Volumes(service.cloud).by_id(sorted({row["volume_id"] for row in rows}))
        return [row for row in rows if row["volume_id"] not in there]

    def planned(self, service: Service, context: Context, desired: dict, rows: list) -> Plan:
        plan = super().planned(service, context, desired, rows)
        for wanted, microversion in (("metadata", MARKED), ("availability_zone", PLACED)):
            if plan.changed and any(step.values.get(wanted) for step in plan.steps):
                doing = f"set the {wanted} of the volume backup '{plan.desired['name'] or plan.desired['id']}'"
                service.client.require(microversion, doing=doing)
        return plan

    def _plan_one(self, service, context, desired, rows):
        if self.sought(desired)["name"] is None and not any(service.matches(row, desired) for row in rows):
            snapshot = self._snapshots.get(desired["snapshot_id"])
            base = backup_chains.base_for(rows, desired["volume_id"], snapshot)
            kind = base is not None if desired["chosen"] else desired["is_incremental"]
            desired = {**desired, "is_incremental": kind, "base": base}
        return super()._plan_one(service, context, desired, rows)

    def plan_all(self, context: Context, items: list) -> list:
        plans = super().plan_all(context, items)
        return self._within_chains(context, plans) if context.params["state"] != "present" else plans

    def removal(self, context: Context, desired: dict, current: dict) -> tuple:
        """Cinder deletes only what is available or in error: what is on its way there is waited for, unless that is to
        be forced.
        """
        deletable = current["status"] in backup_chains.DELETABLE
        if desired["force"] and not deletable:
            return Step(DELETE, {"force": True}), Step(AWAIT_GONE)
        wait = () if deletable or current["status"] in Backups.statuses.failed else (Step(AWAIT_READY),)
        return *wait, Step(DELETE), Step(AWAIT_GONE)

    def retains(self, service: Service, row: dict) -> OsnapError | None:
        """One that is replaced; of removals see :meth:`_within_chains`."""
        if self._leaving:
            return None
        why = backup_chains.keeps(row, service.of_volume(row), (), ())
        return _kept(service, row, why) if why else None

    def bound(self, context: Context) -> Service:
        self._leaving = context.params["state"] != "present"
        return super().bound(context)

    @staticmethod
    def _within_chains(context, plans):
        """The plans of removals, with what is built upon each; an error where that stays."""
        going = [plan for plan in plans if not isinstance(plan, OsnapError) and plan.does(DELETE)]
        if not going:
            return plans
        service, named = Backups(context.cloud), [plan.current["id"] for plan in going]
        found = []
        for plan in plans:
            found.append(plan if plan not in going else _in_its_chain(service, plan, named))
        return found

    def admit(self, context: Context, plans: list) -> list:
        cloud, wanted = context.cloud, [plan.desired for plan in plans]
        volumes = lookup.existing(Volumes(cloud), [one["volume_id"] for one in wanted])
        verdicts = [
            volume_backup_rules.unfit(cloud, volumes[one["volume_id"]], self._snapshots.get(one["snapshot_id"]), one)
            or volume_backup_rules.baseless(one)
            for one in wanted
        ]
        fresh = [plan for plan, verdict in zip(plans, verdicts, strict=True) if not verdict and not plan.does(DELETE)]
        sizes = [(volumes[plan.desired["volume_id"]]["size"], None) for plan in fresh]
        over = over_quota(Backups(cloud).room(), needed(BACKUPS, sizes, GIGABYTES_OF_BACKUPS)) if fresh else None
        return [verdict or (over if plan in fresh else None) for plan, verdict in zip(plans, verdicts, strict=True)]


def _in_its_chain(service, plan, named):
    row, desired = plan.current, plan.desired
    if row["status"] == "error_deleting" and not desired["force"]:
        reason = service.reason(row)
        return OsnapError(
            f"The volume backup {service.label(row)} is in status error_deleting{': ' + reason if reason else ''} and"
            f" can't be deleted; {service.remedy(row)}.",
            resource=row["id"],
        )
    chain = service.of_volume(row)
    built = backup_chains.built_upon(row, chain)
    going = [one["id"] for one in built if desired["with_dependents"] or one["id"] in named]
    if why := backup_chains.keeps(row, chain, going, named):
        return _kept(service, row, why)
    if not built:
        return plan
    values = {"dependents": tuple(going), "named": tuple(named)}
    steps = [Step(DELETE, {**step.values, **values}) if step.verb == DELETE else step for step in plan.steps]
    others = [backup_chains.label(one) for one in built if one["id"] not in named]
    before = {**plan.before, "dependents": others} if others else plan.before
    return replace(plan, steps=tuple(steps), before=before)


def _kept(service, row, why):
    return OsnapError(f"The volume backup {service.label(row)} can't be deleted: {why}.", resource=row["id"])
