# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration of volumes as an operation: one plan a volume, and their chains side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    key_names,
    links,
    refused,
    undoing,
    volume_asked,
    volume_discovery,
    volume_plan,
    volume_preflight,
    volume_result,
    volume_seen,
    volume_undoing,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import LOST_WRITES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_way import CONVERSIONS, COPIES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_asked import BACKWARD, NOUNS
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_chain import VolumeChain, called

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options


@dataclass(frozen=True)
class Carried:
    """What a volume's plan carries: what was asked for, and the migration's own plan of it."""

    item: dict[str, Any]
    plan: dict[str, Any]

    @property
    def id(self) -> str:
        return self.plan["id"]


class VolumeMigration(Operation):
    """One or many volumes, or chosen snapshots of such, from ``cloud`` to ``destination``, up to a state."""

    returns = "migration"
    many = "volumes"
    task_options = volume_asked.TASK
    options = volume_asked.VOLUME

    def connect(self, params: dict) -> Cloud:
        return connect_pair(params)

    def tidy(self, item: dict) -> dict:
        """Empty names, as templates leave them, are none. An item that names nothing else is told so: it is no pattern."""
        given = {key: (item[key] or "").strip() or None for key in (*NOUNS, "volume_type", "availability_zone")}
        if not any(given[noun] for noun in NOUNS):
            given |= {noun: item[noun] for noun in NOUNS}
        return {**item, **given}

    def wrong(self, params: dict) -> Iterator[str]:
        return asked.of_task(params, NOUNS[0])

    def problem(self, item: dict, params: dict) -> str | None:
        return volume_asked.problem(item, params)

    def identity(self, item: dict) -> tuple | None:
        """None for a pattern: what two of them find is told apart by what each has found."""
        return (item["volume"], item["snapshot"]) if item["volume"] or item["snapshot"] else None

    def title(self, item: dict) -> str:
        return item["volume"] or item["snapshot"] or item["regex"] or ""

    def selected(self, context: Context, items: list) -> list:
        return volume_preflight.selected(context.cloud, items, context.params["exclude"])

    def target(self, plan: Plan) -> str:
        return plan.carried.id

    # -- plan

    def plan_all(self, context: Context, items: list) -> list:
        """All that stands in the way of any of them is known before the first change."""
        if context.params["state"] in BACKWARD:
            return _plans_back(context, items)
        self.once = Once(items)
        options = volume_asked.options(context.params)
        seen = volume_discovery.read(context.cloud, items, options, self.once)
        judged = volume_plan.judge(items, seen, options)
        context.warnings += key_names.of_volumes(context.cloud, seen, options)["warnings"]
        return [self._plan(context, item, one, judged) for item, one in zip(items, judged["plans"], strict=True)]

    @staticmethod
    def _plan(context, item, one, judged):
        if error := _refusal(one, judged):
            return error
        state, before, carried = context.params["state"], volume_result.migration(one), Carried(item, one)
        steps, shown = links.steps_of_volume(one, state), volume_result.shown(before)
        if not steps:
            facts = volume_undoing.facts(None, None, [])
            return Plan(shown, shown, (), resource=before, facts=facts, carried=carried)
        after = volume_result.predicted(one, state)
        facts = volume_undoing.facts(None, None, None)
        return Plan(shown, volume_result.shown(after), steps, resource=after, facts=facts, carried=carried)

    def doubts(self, context: Context, plans: list) -> list[str]:
        if context.params["state"] not in BACKWARD:
            return []
        return [doubt for one in plans if isinstance(one, Plan) for doubt in one.carried.doubts]

    # -- apply

    def apply_all(self, context: Context, plans: list) -> list:
        lanes = Lanes({lane: context.params[lane] for lane in (CONVERSIONS, COPIES)}, context.progress.check)
        measured, is_back = Measured(None), context.params["state"] in BACKWARD
        chains = [
            volume_undoing.chain(context, lanes, one.carried)
            if is_back
            else _chain(context, lanes, measured, one.carried, self.once)
            for one in plans
        ]
        return lanes.run(chains, context.params["parallel"])


def _chain(context, lanes, measured, carried, once) -> Callable[[], Outcome]:
    one = carried.plan

    chain = VolumeChain(context, lanes, Look(context, carried, once), lambda: None, measured)

    def go():
        try:
            arrived = volume_result.migration(chain.go())
        except OsnapError as error:  # a link knows the object that it is about, and not the volume
            raise error.of(f"The {one['noun']} {called(one)}") from None
        return Outcome(arrived, volume_undoing.facts(None, None, chain.timeline.entries))

    return go


class Look:
    """Reads both clouds again for one volume, by its ID."""

    def __init__(self, context: Context, carried: Carried, once: Once):
        self.context, self.plan, self.once = context, carried.plan, once
        self.items = [_by_id(carried.item, carried.plan["id"])]

    def __call__(self) -> dict[str, Any]:
        """Its plan as it is now, or an error that says what stands in its way."""
        return self._allowed(_judged(self.context, self.items, self.once))

    def unfinished(self) -> dict[str, Any]:
        """Its plan as though it had not arrived yet, whatever stands in its way."""
        options = volume_asked.options(self.context.params)._replace(as_unfinished=True)
        self.last = volume_discovery.read(self.context.cloud, self.items, options, self.once)
        return self._named(volume_plan.judge(self.items, self.last, options))

    def arrived(self, id: str) -> dict[str, Any]:
        """Its plan once its new volume is marked as complete, of what was read of it as unfinished."""
        now, options = volume_seen.with_complete(self.last, id), volume_asked.options(self.context.params)
        return self._allowed(volume_plan.judge(self.items, now, options))

    def _allowed(self, judged):
        error = _refusal(judged["plans"][0], judged)
        if error is not None:
            raise error
        return self._named(judged)

    def _named(self, judged):
        return {**judged["plans"][0], **{key: self.plan[key] for key in ("volume", "snapshot", "given")}}


def _by_id(item, id):
    """An item by its ID: it may have been renamed since, and another of its name is another one."""
    return {**item, "snapshot" if item["snapshot"] else "volume": id}


def _judged(context, items, once):
    options = volume_asked.options(context.params)
    return volume_plan.judge(items, volume_discovery.read(context.cloud, items, options, once), options)


def _refusal(one, judged):
    """Why a volume is not moved, as an error; None where nothing stands in its way."""
    return refused.of_plan(one, judged, one["id"] or one["given"])


def _plans_back(context, items):
    given = volume_asked.options(context.params)
    options = _as_it_is(given)

    def judge(items, options=options):
        seen = volume_discovery.read(context.cloud, items, options)
        return seen, volume_plan.judge(items, seen, options)["plans"]

    def look_at(at, id, unproven=False):
        now = judge([_by_id(items[at], id)], undoing.as_unproven(given) if unproven else options)[1][0]
        return {**now, **{key: items[at][key] for key in ("volume", "snapshot")}}

    seen, judged = judge(items)
    return volume_undoing.plans(context, items, seen, judged, options, look_at)


def _as_it_is(options: Options) -> Options:
    """Options with which a volume is judged as it is: what would be made anew is not stale here."""
    return options._replace(accept=(LOST_WRITES,))
