# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stopping and starting servers: what is to be done is decided by a pure function, and what was found is remembered on
the server.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    START,
    STOP,
    Plan,
    Statuses,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import may_be_done
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import TAKING_AN_IMAGE, Servers

if TYPE_CHECKING:
    from collections.abc import Mapping

#: state -> (status to reach, statuses it is reached from, Nova's action, that action's task states)
POWER = {
    "stopped": ("SHUTOFF", ("ACTIVE",), "os-stop", ("powering-off",)),
    "started": ("ACTIVE", ("SHUTOFF",), "os-start", ("powering-on",)),
}


def plan_power(server: Mapping[str, Any], state: str) -> Plan:
    """The plan that brings a server to ``stopped`` or ``started``. One that Nova is already bringing there is only
    waited for.
    """
    status, sources, action, on_the_way = POWER[state]
    before = {"status": server["status"]}
    if server["status"] == status and server["task_state"] in (None, *TAKING_AN_IMAGE):
        return Plan(before, before, (), server, _as_far_as_known(server) if server["task_state"] else server)
    if server["task_state"] in on_the_way:
        return Plan(before, before, (Step(AWAIT_READY),), server, {**_as_far_as_known(server), "status": status})
    if server["task_state"] or server["status"] not in sources:
        doing = f"busy ({server['task_state']})" if server["task_state"] else f"in status {server['status']}"
        raise OsnapError(
            f"The server '{server['name']}' ({server['id']}) is {doing} and can't be {state}; bring it to"
            f" {' or '.join(sources)} first, then run again.",
            resource=server["id"],
        )
    predicted = {**_as_far_as_known(server), "status": status, "metadata": _remembered(server, state)}
    return Plan(
        before,
        {"status": status},
        (Step(STOP if state == "stopped" else START, {"action": action}), Step(AWAIT_READY)),
        server,
        predicted,
    )


def switch(service: Servers, server: dict, state: str) -> None:
    """Send Nova's action. One that Nova refuses or does not answer is looked up: it may have been carried out, or
    somebody else, or the guest itself, may have brought the server there meanwhile. Of two at the same moment Nova
    answers one with 500 (UnexpectedTaskStateError).
    """
    try:
        service.act(server, POWER[state][2], doing="stop" if state == "stopped" else "start")
    except OsnapError as error:
        if not may_be_done(error, also=(409, 500)) or not is_on_the_way(service.get(server["id"]), state):
            raise


def is_on_the_way(server: dict | None, state: str) -> bool:
    """Whether nothing has to be sent for a server to be ``stopped`` or ``started``: it is, or will be."""
    try:
        return server is not None and not plan_power(server, state).changed
    except OsnapError:
        return False


def _as_far_as_known(server):
    """A server that Nova is at work on, or will be: what it makes of these only Nova knows."""
    return {**server, **dict.fromkeys(("task_state", "vm_state", "updated_at", "fault"))}


def _remembered(server, state):
    others = {key: value for key, value in server["metadata"].items() if key != _marks.POWER}
    return {**others, _marks.POWER: server["status"]} if state == "stopped" else others


class ServerPower(Operation):
    """Many servers stopped or started together: the requests in threads, then one wait for all."""

    service = Servers
    returns = "server"
    many = "servers"
    options = {"server": {"type": "str"}}
    task_options = {"state": {"type": "str", "choices": ["stopped", "started"], "required": True}}
    rules = {"required_one_of": [("server",)]}

    def identity(self, item):
        return item["server"].strip() if item["server"] else None

    def title(self, item):
        return item["server"]

    def resolved(self, item):
        return item["id"]

    def prepare(self, context, items):
        servers = lookup.existing(self.service(context.cloud), [item["server"] for item in items])
        return [servers[item["server"]] for item in items]

    def plan(self, context, item):
        state = context.params["state"]
        plan = plan_power(item, state)
        if plan.changed and item["is_locked"] and not context.cloud.is_admin:
            raise OsnapError(
                f"The server '{item['name']}' ({item['id']}) is locked and can't be {state}, but by an administrator;"
                " unlock it first, then run again.",
                resource=item["id"],
            )
        # Without a wait nobody knows how far Nova is when the task ends.
        return plan if context.wait or not plan.steps else replace(plan, resource={**plan.resource, "status": None})

    def apply_all(self, context, plans):
        state = context.params["state"]
        service = Servers(context.cloud)
        # Only the status that was asked for is ready here.
        service.statuses = Statuses(
            ready=frozenset({POWER[state][0]}), leaving=Servers.statuses.leaving, failed=Servers.statuses.failed
        )
        sent = context.map(lambda plan: self._send(service, plan, state), plans)
        goals = {
            plan.current["id"]: waiter.READY
            for plan, error in zip(plans, sent, strict=True)
            if not isinstance(error, OsnapError)
        }
        if context.wait:
            rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
        else:
            rows = self._now(service, list(goals))
        return [
            error if isinstance(error, OsnapError) else self._outcome(service, plan, rows[plan.current["id"]])
            for plan, error in zip(plans, sent, strict=True)
        ]

    @staticmethod
    def _send(service, plan, state):
        """The mark first: a job killed between the two has at worst remembered a state that is still there."""
        if not plan.changed:
            return
        server = plan.current
        if state == "stopped" and _marks.POWER not in server["metadata"]:
            service.set_metadata(server, {_marks.POWER: server["status"]})
        switch(service, server, state)
        if state == "started" and _marks.POWER in server["metadata"]:
            service.unset_metadata(server, _marks.POWER)

    @staticmethod
    def _now(service, ids):
        """``{id: row, None or error}``: few one by one, so that one that can't be read says nothing of the others; many
        by one list.
        """
        rows = {}
        for some in [ids] if len(ids) > FEW else [[id] for id in ids]:
            try:
                found = service.poll(some)
                rows |= {id: found.get(id) for id in some}
            except OsnapError as error:
                rows |= dict.fromkeys(some, error)
        return rows

    @staticmethod
    def _outcome(service, plan, row):
        if row is None:
            label = service.label(plan.current)
            return OsnapError(
                f"The {service.noun} {label} is not there any more; somebody has deleted it.",
                resource=plan.current["id"],
            )
        return row if isinstance(row, OsnapError) else Outcome(row)
