# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration of servers as an operation: one plan a server, and their chains side by side, wave by wave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError, counted
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.turns import Turns
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.waves import boots_after, waves
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    carry_out,
    discovery,
    key_names,
    links,
    plan,
    preflight,
    refused,
    result,
    undoing,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import as_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import BACKWARD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered


@dataclass(frozen=True)
class Carried:
    """What a server's plan carries: the migration's own plan of it, and its place in the fleet."""

    item: dict[str, Any]
    plan: dict[str, Any]
    wave: int
    #: Its place among all: within a wave after those that boot before it, or these might never come to run.
    place: int
    #: The servers that boot before it, as sentences call them; see :func:`_who`.
    after: tuple[str, ...]


class ServerMigration(Operation):
    """One or many servers from ``cloud`` to ``destination``, up to a state."""

    returns = "migration"
    many = "servers"
    task_options = asked.TASK
    options = asked.MOVED

    def connect(self, params: dict) -> Cloud:
        return connect_pair(params)

    def wrong(self, params: dict) -> Iterator[str]:
        return asked.of_task(params)

    def problem(self, item: dict, params: dict) -> str | None:
        return asked.problem(item, params)

    def identity(self, item: dict) -> str | None:
        return item["server"].strip() if item["server"] else None

    def title(self, item: dict) -> str:
        return item["server"] or item["regex"] or ""

    def selected(self, context: Context, items: list) -> list:
        return preflight.selected(context.cloud, items, context.params["exclude"])

    # -- plan

    def plan_all(self, context: Context, items: list) -> list:
        """All that stands in the way of any of them is known before the first change."""
        if context.params["state"] in BACKWARD:
            return self._plan_back(context, items)
        self.once, options = Once(items), asked.options(context.params)
        seen = discovery.read(context.cloud, items, options, self.once)
        judged = plan.judge(items, seen, options)
        context.warnings += key_names.of_servers(context.cloud, seen, options)["warnings"]
        named = preflight.known(items, judged["plans"])
        places = {at: place for place, at in enumerate(at for wave in waves(named) for at in wave)}
        carried = [
            Carried(
                item,
                one,
                item["wave"] or 1,
                places[at],
                tuple(_who(judged["plans"][other]) for other in boots_after(named, at)),
            )
            for at, (item, one) in enumerate(zip(items, judged["plans"], strict=True))
        ]
        plans = [self._plan(context, one, judged) for one in carried]
        #: Those with nothing left to do have booted; those that can't be moved never will.
        self.settled = {_who(one.plan): isinstance(its, Plan) for one, its in zip(carried, plans, strict=True)}
        return plans

    @staticmethod
    def _plan_back(context, items):
        given = asked.options(context.params)
        options = undoing.as_it_is(given)

        def judge(items, options=options):
            seen = discovery.read(context.cloud, items, options)
            return seen, plan.judge(items, seen, options)["plans"]

        def look_at(at, id, unproven=False):
            return judge([{**items[at], "server": id}], undoing.as_unproven(given) if unproven else options)[1][0]

        seen, judged = judge(items)
        return undoing.plans(context, items, seen, judged, options, look_at)

    @staticmethod
    def _plan(context, carried, judged):
        if error := _refusal(carried.plan, judged):
            return error
        state, before = context.params["state"], result.migration(carried.plan)
        steps = links.steps(carried.plan, state, context.params["stop"])
        if not steps:
            return Plan(
                result.shown(before),
                result.shown(before),
                (),
                resource=before,
                facts=_facts([], None, None),
                carried=carried,
            )
        after = result.predicted(carried.plan, state)
        return Plan(
            result.shown(before),
            result.shown(after),
            steps,
            resource=after,
            facts=_facts(None, None, None),
            carried=carried,
        )

    def doubts(self, context: Context, plans: list) -> list[str]:
        if context.params["state"] not in BACKWARD:
            return []
        return [doubt for one in plans if isinstance(one, Plan) for doubt in one.carried.doubts]

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        if context.params["state"] in BACKWARD:
            return undoing.apply(context, plans)
        params, check = context.params, context.progress.check
        lanes = Lanes({lane: params[lane] for lane in carry_out.LANES} | {carry_out.OFF: params["copies"]}, check)
        measured = Measured(params["rate"] and params["rate"] * 2**20)
        turns, moving = Turns(lanes.check), {_who(one.carried.plan) for one in plans}
        for who, well in self.settled.items():
            if who not in moving:
                turns.had(who, well)
        outcomes: list[Outcome | OsnapError | None] = [None] * len(plans)
        bad = None
        for wave in sorted({one.carried.wave for one in plans}):
            here = [at for at, one in enumerate(plans) if one.carried.wave == wave]
            here.sort(key=lambda at: plans[at].carried.place)
            if bad:
                results = [NotSent(f"Not attempted: {bad}")] * len(here)
            else:
                chains = [self._chain(context, lanes, turns, measured, plans[at].carried, self.once) for at in here]
                who = [_who(plans[at].carried.plan) for at in here]
                results = lanes.run(chains, params["parallel"], lambda at, who=who: turns.had(who[at], False))
                bad = _too_bad(wave, results, params["max_fail_percentage"])
            for at, outcome in zip(here, results, strict=True):
                outcomes[at] = outcome
        return outcomes

    @staticmethod
    def _chain(context, lanes, turns, measured, carried, once):
        one = carried.plan
        look = Look(context, carried, once)

        def my_turn():
            if failed := turns.wait_for(carried.after):
                label = f"server '{one['server_name']}' ({one['server_id']})"
                problem = Problem(
                    f"The {label} is not booted, for it boots after {', '.join(failed)}, which did not. Its disks are copied",
                    "predecessor_failed",
                    label,
                    "run again",
                )
                raise refused.because([problem], one["server_id"])

        to_copy = sum(links.is_to_copy(disk) for disk in one["disks"])
        chain = carry_out.Chain(context, lanes, look, my_turn, measured, to_copy, carried.item.get("checks"))

        def go():
            well = False
            try:
                arrived = result.migration(chain.go())
                arrived["notices"] += map(str, chain.told)
                well = True
            except OsnapError as error:  # a link knows the object that it is about, and not the server
                raise error.of(f"The server '{one['server_name']}' ({one['server_id']})") from None
            finally:
                turns.had(_who(one), well)
            return Outcome(arrived, _facts(chain.timeline.entries, chain.timeline.off(), chain.forecast))

        return go


class Look:
    """Reads both clouds again for one server, by its ID: it may have been renamed since, and another of its name is another
    server. What is there beside it is read before it is stopped, and not again.
    """

    def __init__(self, context: Context, carried: Carried, once: Once):
        self.context, self.once, self.asked = context, once, carried.plan["server"]
        self.items = [{**carried.item, "server": carried.plan["server_id"]}]
        self.earlier: Discovered | None = None

    def __call__(self) -> dict[str, Any]:
        """Its plan as it is now, or an error that says what stands in its way."""
        return self._judged(self._read(asked.options(self.context.params)))

    def unfinished(self) -> dict[str, Any]:
        """Its plan as though it had not arrived yet, whatever stands in its way."""
        options = asked.options(self.context.params)._replace(as_unfinished=True)
        self.last = self._read(options)
        return {**plan.judge(self.items, self.last, options)["plans"][0], "server": self.asked}

    def arrived(self, id: str) -> dict[str, Any]:
        """Its plan once its successor is marked as complete, of what was read of it as unfinished."""
        made = [as_complete(row) if row["id"] == id else row for row in self.last.made]
        return self._judged(replace(self.last, made=made, since={}))

    def _read(self, options):
        seen = discovery.read(self.context.cloud, self.items, options, self.once, self.earlier)
        self.earlier = self.earlier or seen
        return seen

    def _judged(self, seen):
        judged = plan.judge(self.items, seen, asked.options(self.context.params))
        error = _refusal(judged["plans"][0], judged)
        if error is not None:
            raise error
        return {**judged["plans"][0], "server": self.asked}


def _who(one):
    """A server, in a word that no other one has; one that is not there has no ID."""
    return f"'{one['server_name']}' ({one['server_id']})" if one["server_id"] else f"'{one['server']}'"


def _refusal(one, judged):
    """Why a server is not moved, as an error; None where nothing stands in its way."""
    return refused.of_plan(one, judged, one["server_id"] or one["server"])


def _too_bad(wave, results, percentage):
    """Why no further wave is begun, as a clause; None where few enough have failed. One that is deferred has not."""
    failed = sum(isinstance(one, OsnapError) and not isinstance(one, NotSent) for one in results)
    if failed * 100 <= percentage * len(results):
        return None
    of = f"of the {counted(len(results), 'servers')} of wave {wave}, {failed} failed"
    return f"{of}; more than max_fail_percentage allows."


def _facts(timeline, off, forecast):
    seconds = None if forecast is None else round(forecast)
    return {"timeline": timeline, "off": off, "forecast_seconds": seconds, "removed": None, "retained": None}
