# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration rolled back or finalized: what is planned for each server, and the chain that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    carry_out,
    finalization,
    proof,
    refused,
    remains,
    removal_checks,
    result,
    rollback,
    source_belongings,
    source_removal,
    undo_prediction,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import LOST_WRITES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.finalization_chain import FinalizationChain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.rollback_chain import RollbackChain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import power_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import ROLLED_BACK, SOURCE_REMOVED
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.undo import Remains, Undo


@dataclass(frozen=True)
class Carried:
    """What a plan carries: the server, or the volume, as the migration has judged it, the look at it as it is then, and
    the one at it as though it had not arrived.
    """

    judged: dict[str, Any]
    look: Callable[[], dict[str, Any]]
    prove: Callable[[], dict[str, Any]]
    doubts: tuple[str, ...]


# -- plan


def as_unproven(options: Options) -> Options:
    """Options with which a server is compared once more, before its source is removed."""
    return options._replace(as_unfinished=True, accept=(), plan_digest=None)


def as_it_is(options: Options) -> Options:
    """Options with which a server is judged as it is: what would be made anew by a migration is not stale here."""
    return options._replace(backward=True, stop=False, accept=(*options.accept, LOST_WRITES), plan_digest=None)


def plans(
    context: Context,
    items: list[dict[str, Any]],
    seen: Discovered,
    judged: list[dict[str, Any]],
    options: Options,
    look_at: Callable[..., dict[str, Any]],
) -> list[Plan | OsnapError]:
    """One for each server.

    :param seen: what was read of both clouds
    :param judged: the migration's own plans, whose problems stand in no way here
    :param look_at: judges one of them again, by its place and its ID; with ``unproven`` as though it had not arrived
    """
    rows = {one["id"]: one for one in seen.servers if not isinstance(one, OsnapError)}
    ids = [one["server_id"] for one in judged]
    there = remains.read(context.cloud, options.run, {id: rows.get(id) for id in ids if id})
    return of_each(lambda at: _plan(context, items[at], seen, at, judged[at], there, options, look_at), len(judged))


def of_each(plan: Callable[[int], Plan], count: int) -> list[Plan | OsnapError]:
    """The plan of each of several, or why there is none."""
    found: list[Plan | OsnapError] = []
    for at in range(count):
        try:
            found.append(plan(at))
        except OsnapError as error:
            found.append(error)
    return found


def _plan(context, item, seen, at, one, there, options, look_at):
    server, id = seen.servers[at], one["server_id"]
    if id is None or (isinstance(server, OsnapError) and not any(there[id].made.values())):
        raise refused.coded(server, "server_missing", f"server '{one['server']}'")
    if error := refused.of_codes(one, ("server_twice",), id):
        raise error

    def prove():
        return look_at(at, id, unproven=True)

    todo = _todo(context, there[id], prove)
    doubts = tuple(removal_checks.doubts(there[id], todo))
    return plan_of(
        todo,
        result.migration(one),
        lambda: undo_prediction.predicted(item, one, server, there[id], todo, seen, options),
        result.shown,
        _facts,
        Carried(one, lambda: {**look_at(at, id), "server": one["server"]}, prove, doubts),
    )


def plan_of(
    todo: Undo,
    before: dict[str, Any],
    after: Callable[[], dict[str, Any]],
    shown: Callable[[dict[str, Any]], dict[str, Any]],
    facts: Callable[[list | None, list | None, list | None], dict[str, Any]],
    carried: object,
) -> Plan:
    """What is to be done, as a plan.

    :param before: what a task returns as it is
    :param after: the same once it is done
    :param shown: makes one side of a diff of that
    :param facts: what is told beside it, of what is removed, what is retained and a timeline
    """
    steps, one = todo.steps(), shown(before)
    removed, retained = ([part.shown() for part in parts] for parts in ([*todo.removed, *todo.source], todo.retained))
    if not steps:
        return Plan(one, one, (), resource=before, facts=facts(removed, retained, []), carried=carried)
    later = after()
    return Plan(
        {**one, "left_to_do": todo.left_to_do()},
        {**shown(later), "left_to_do": []},
        steps,
        resource=later,
        facts=facts(removed, retained, None),
        carried=carried,
    )


def _todo(context, there, prove):
    params, cloud = context.params, context.cloud
    todo = rollback.plan(there, params["keep_copies"]) if params["state"] == ROLLED_BACK else finalization.plan(there)
    if params["state"] == SOURCE_REMOVED:
        judged = prove() if source_removal.needs_proof(there) else None
        power = power_of(there.source, asked.options(params)) if there.source else "on"
        has = source_belongings.read(cloud, there.source)
        source_removal.add(todo, there, has, judged, proof.STATUSES[power])
    return todo


# -- apply


def apply(context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
    """Server by server, side by side; each is read again first."""
    lanes = Lanes({lane: context.params[lane] for lane in carry_out.LANES}, context.progress.check)
    return lanes.run([_chain(context, lanes, plan.carried) for plan in plans], context.params["parallel"])


def _chain(context, lanes, carried):
    def go():
        id = carried.judged["server_id"]
        chain = chain_of(context, lanes, lambda: _now(context, id, carried.prove), FinalizationChain)
        try:
            chain.go()
        except OsnapError as error:
            raise error.of(f"The server '{carried.judged['server_name']}' ({id})") from None
        facts = _facts(chain.removed, chain.retained, chain.timeline.entries)
        return Outcome(result.migration(carried.look()), facts)

    return go


def chain_of(
    context: Context, lanes: Lanes, look: Callable[[], tuple[Remains, Undo]], end: type[FinalizationChain]
) -> RollbackChain | FinalizationChain:
    """The way back, or the one to the end."""
    way = RollbackChain if context.params["state"] == ROLLED_BACK else end
    return way(context, lanes, look, lambda: None, Measured(None))


def _now(context, id, prove):
    row = Servers(context.cloud).get(id)
    there = remains.read(context.cloud, context.params["run"], {id: row})[id]
    return there, _todo(context, there, prove)


def _facts(removed, retained, timeline):
    return {"timeline": timeline, "off": None, "forecast_seconds": None, "removed": removed, "retained": retained}
