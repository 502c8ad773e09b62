# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration of servers as an operation: one plan a server, and their chains side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    carry_out,
    discovery,
    links,
    options,
    plan,
    result,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class ServerMigration(Operation):
    """One or many servers from ``cloud`` to ``destination``, up to a state."""

    returns = "migration"
    many = "servers"
    options = options.SERVER
    task_options = options.TASK
    rules = {"required_one_of": [("server",)]}

    def connect(self, params: dict) -> Cloud:
        return connect_pair(params)

    def problem(self, item: dict, params: dict) -> str | None:
        return options.problem(item, params)

    def identity(self, item: dict) -> str | None:
        return item["server"].strip() if item["server"] else None

    def title(self, item: dict) -> str:
        return item["server"]

    # -- plan

    def plan_all(self, context: Context, items: list) -> list:
        """All that stands in the way of any of them is known before the first change."""
        judged = _judged(context, items)
        return [self._plan(context, one, judged) for one in judged["plans"]]

    def _plan(self, context, one, judged):
        if error := _refusal(one, judged):
            return error
        state, before = context.params["state"], result.migration(one)
        steps = links.steps(one, state, context.params["stop"])
        if not steps:
            return Plan(_shown(before), _shown(before), (), resource=before, facts=_facts([], None), carried=one)
        after = result.predicted(one, state)
        return Plan(_shown(before), _shown(after), steps, resource=after, facts=_facts(None, None), carried=one)

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        params = context.params
        lanes = Lanes(
            {
                carry_out.COPIES: params["copies"],
                carry_out.CONVERSIONS: params["conversions"],
                carry_out.BOOTS: params["boots"],
            },
            context.progress.check,
        )
        return lanes.run([self._chain(context, lanes, one.carried) for one in plans], params["parallel"])

    @staticmethod
    def _chain(context, lanes, one):
        def look():
            item = {**one["item"], "server": one["server_id"]}
            judged = _judged(context, [item])
            if error := _refusal(judged["plans"][0], judged):
                raise error
            return judged["plans"][0]

        chain = carry_out.Chain(context, lanes, look, context.params["state"], context.params["run"])

        def go():
            arrived = result.migration(chain.go())
            return Outcome(arrived, _facts(chain.timeline.entries, chain.timeline.off()))

        return go


def _judged(context, items):
    asked = options.asked(context.params)
    judged = plan.judge(items, discovery.read(context.cloud, items, asked), asked)
    for item, one in zip(items, judged["plans"], strict=True):
        one["item"] = item
    return judged


def _refusal(one, judged):
    """Why a server is not moved, as an error; None where nothing stands in its way."""
    own = [problem for other in judged["plans"] for problem in other["problems"]]
    of_all = [problem for problem in judged["problems"] if problem not in own]
    problems = one["problems"] + ([] if one["complete"] else of_all)
    return OsnapError(" ".join(map(str, problems)), resource=one["server_id"] or one["server"]) if problems else None


def _shown(resource):
    """One side of a diff."""
    return {key: resource[key] for key in ("phase", "new_server_id")}


def _facts(timeline, off):
    return {"timeline": timeline, "off": off}
