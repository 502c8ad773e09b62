# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``status``, by which administrators set what the service keeps as an object's status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import changes, describe
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values

STATUS = {"status": {"type": "str", "choices": ["available", "error", "creating", "deleting", "error_deleting"]}}


class ResettableModule(StateModule):
    """A state module that has ``status`` among its options. The status is set first: what else is asked for then meets
    the object as it is after that.
    """

    def plan_for(self, service: Service, context: Context, desired: Values, current: Row | None) -> Plan:
        wanted, ready = desired["status"], desired["status"] in service.statuses.ready
        if (
            not wanted
            or context.params["state"] == "absent"
            or (ready and (current is None or current["status"] == wanted))
        ):
            return super().plan_for(service, context, desired, current)
        if current is None:
            raise OsnapError(
                f"There is no {service.noun} '{desired['id'] or desired['name']}' in cloud {context.cloud.name} whose"
                f" status could be set to {wanted}; leave status out to make it.",
                resource=desired["id"] or desired["name"],
            )
        if current["is_legacy"] and current["status"] != wanted:
            raise OsnapError(
                f"The status of the {service.noun} {service.label(current)} can't be set: it is a legacy one, and their"
                " API has no such action; ask the cloud's administrator to repair it in the database.",
                resource=current["id"],
            )
        if ready:
            plan = super().plan_for(service, context, desired, {**current, "status": wanted})
        else:
            plan = self._of_another_status(service, desired, current, wanted)
        if current["status"] == wanted:
            return plan
        steps = (Step(UPDATE, {"status": wanted}), *plan.steps)
        return Plan(
            {**plan.before, "status": current["status"]},
            {**plan.after, "status": wanted},
            steps,
            current,
            plan.resource,
            plan.desired,
        )

    def _of_another_status(self, service, desired, current, wanted):
        """Nothing can be done to an object in such a status, so that nothing else may be asked for."""
        told = self._told(desired, current)
        if left := changes(self.fields, told, current, label=f"The {service.noun} {current['id']}"):
            raise OsnapError(
                f"The status of the {service.noun} {service.label(current)} can't be set to {wanted} while"
                f" {', '.join(sorted(left))} shall change; do one after the other.",
                resource=current["id"],
            )
        shown = {"state": "present", **describe(self.fields, current)}
        return Plan(shown, shown, (), current, {**current, "status": wanted}, told)
