# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a snapshot of a volume is made, managed and removed, and which one of a series is meant; the module declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    DELETE,
    UNMANAGE,
    Step,
    plan_update,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import needed, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import volume_snapshot_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


#: The statuses in which Cinder deletes and unmanages.
DELETABLE = ("available", "error")
#: Only the administrator's option: otherwise the status is the service's.
STATUS = mutable("status")


class VolumeSnapshot(StateModule):
    service = VolumeSnapshots
    states = ("present", "absent", "unmanaged")
    many = "snapshots"
    fields = (
        identity("name", renamable=True, aliases=["display_name"]),
        identity("volume", refers_to="volume"),
        mutable("description", aliases=["display_description"]),
        mutable("metadata", type="dict", purge="purge_metadata"),
        create_only("force", type="bool", readable=False),
    )
    references = {"volume": Volumes}
    extra_options = {
        "purge_metadata": {"type": "bool"},
        "min_interval": {"type": "int"},
        "status": {"type": "str", "choices": ["available", "error", "creating", "deleting", "error_deleting"]},
        "manage": {
            "type": "dict",
            "options": {
                "identifier": {"type": "str", "required": True},
                "id_type": {"type": "str", "default": "source-name"},
            },
        },
    }
    rules = {
        "required_one_of": [("id", "name")],
        "required_by": {"purge_metadata": "metadata"},
        "mutually_exclusive": [
            ("manage", "id"),
            ("manage", "min_interval"),
            ("manage", "status"),
            ("min_interval", "status"),
        ],
    }

    def problem(self, item: dict, params: dict) -> str | None:
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the snapshot a name, or the id of an existing one"
        if params["state"] == "present" and not item["id"] and not item["volume"] and not item["status"]:
            return f"volume is missing; say which volume the snapshot '{item['name']}' is of"
        if (item["min_interval"] or 0) < 0:
            return f"min_interval is {item['min_interval']}; it takes seconds, 0 or more"
        if item["manage"] and not item["manage"]["identifier"].strip():
            return "the identifier of manage is empty; give what the back end calls the snapshot"
        return (
            text_problem("name", item["name"])
            or text_problem("description", item["description"])
            or metadata_problem("metadata", item["metadata"])
        )

    def prepare(self, context: Context, items: list) -> list:
        desired = super().prepare(context, items)
        if context.params["state"] == "present" and (error := volume_snapshot_rules.one_is_enough(desired)):
            raise error
        return desired

    def sought(self, desired: dict) -> dict:
        return (
            {**desired, "name": None}
            if desired["min_interval"] and desired["volume_id"] and not desired["id"]
            else desired
        )

    def enough(self, desired: dict, rows: list) -> dict | None:
        """The volume's newest snapshot, if it is younger than ``min_interval``."""
        newest = volume_snapshot_rules.newest([row for row in rows if volume_snapshot_rules.counts(row)])
        return (
            newest
            if desired["min_interval"] and newest and volume_snapshot_rules.age(newest) < desired["min_interval"]
            else None
        )

    def _plan_one(self, service, context, desired, rows):
        """With ``min_interval`` the snapshots of one name are a series: the newest is the one that is meant, and an
        older one than that is none at all.
        """
        if desired["min_interval"] and not desired["id"] and context.params["state"] == "present":
            series = [row for row in rows if service.matches(row, desired)]
            others = [row for row in rows if not service.matches(row, desired)]
            newest = volume_snapshot_rules.newest(
                [row for row in series if row["status"] not in service.statuses.leaving]
            )
            young = self.enough(desired, series)
            failed = newest if newest and newest["status"] in service.statuses.failed else None
            one = young or (None if self.enough(desired, others) else failed)
            rows = [*others, *([one] if one else [])]
        return super()._plan_one(service, context, desired, rows)

    def contest(self, values: dict) -> dict | None:
        """A snapshot that the back end had already is managed by one only, and is never deleted."""
        if values.get("manage"):
            return None
        return {**values, "name": None} if values.get("min_interval") else values

    def rivals(self, service: Service, desired: dict, rows: list) -> list:
        """With ``min_interval``, those by any name."""
        young = desired["min_interval"] and not desired["id"]
        return self.contestants(desired, rows) if young else super().rivals(service, desired, rows)

    def contestants(self, values: dict, rows: list) -> list:
        """The older snapshots of a series are no twins."""
        return (
            [row for row in rows if volume_snapshot_rules.age(row) < values["min_interval"]]
            if values.get("min_interval")
            else rows
        )

    def plan_for(self, service: Service, context: Context, desired: dict, current: dict | None) -> Plan:
        state = context.params["state"]
        if state == "present" and desired["status"] and current:
            return plan_update((*self.fields, STATUS), desired, current, label=f"The {service.noun}")
        if state == "present" and desired["status"] and not desired["id"]:
            raise OsnapError(
                f"There is no volume snapshot '{desired['name']}' in cloud {context.cloud.name} whose status could be"
                " set; leave status out to make one.",
                resource=desired["name"],
            )
        plan = super().plan_for(service, context, desired, current)
        if state == "unmanaged" and current and current["status"] == "deleting":
            raise OsnapError(
                f"The volume snapshot {service.label(current)} is being deleted, and with it the back end's; it can't"
                " be unmanaged any more.",
                resource=current["id"],
            )
        if removal := plan.step(UNMANAGE) or plan.step(DELETE):
            done, force = ("unmanaged" if plan.does(UNMANAGE) else "deleted"), removal.values.get("force")
            if error := volume_snapshot_rules.stays(service, current, done, force):
                raise error
        return plan

    def removal(self, context: Context, desired: dict, current: dict | None) -> tuple:
        """Cinder deletes and unmanages only what is available or in error: what is on its way there is waited for,
        unless that is to be forced.
        """
        unmanage, deletable = context.params["state"] == "unmanaged", current["status"] in DELETABLE
        if desired["force"] and not unmanage and not deletable:
            return Step(DELETE, {"force": True}), Step(AWAIT_GONE)
        wait = () if deletable or current["status"] in VolumeSnapshots.statuses.failed else (Step(AWAIT_READY),)
        return *wait, Step(UNMANAGE if unmanage else DELETE), Step(AWAIT_GONE)

    def doubts(self, context: Context, plans: list) -> list:
        # Here, for a real run needs neither images nor servers.
        from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import dependents

        return dependents.doubts(
            VolumeSnapshots(context.cloud), plans, lambda rows: dependents.of_volume_snapshots(context.cloud)
        )

    def admit(self, context: Context, plans: list) -> list:
        service = VolumeSnapshots(context.cloud)
        volumes = lookup.existing(Volumes(context.cloud), [plan.desired["volume_id"] for plan in plans])
        verdicts = [
            volume_snapshot_rules.unfit(context.cloud, volumes[plan.desired["volume_id"]], plan.desired)
            for plan in plans
        ]
        verdicts = [
            verdict or volume_snapshot_rules.unmanageable(service, plan.desired)
            for plan, verdict in zip(plans, verdicts, strict=True)
        ]
        fresh = [plan for plan, verdict in zip(plans, verdicts, strict=True) if not verdict and not plan.does(DELETE)]
        disks = [volumes[plan.desired["volume_id"]] for plan in fresh]
        sizes = [(disk["size"], disk["volume_type"]) for disk in disks]
        over = over_quota(service.room(), needed("snapshots", sizes)) if fresh else None
        return [verdict or (over if plan in fresh else None) for plan, verdict in zip(plans, verdicts, strict=True)]
