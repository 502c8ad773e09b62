# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration of volumes rolled back or finalized: what is planned for each, and the chain that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    remains,
    undo,
    undoing,
    volume_plan,
    volume_result,
    volume_undo,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_chain import called
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import Source
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes


@dataclass(frozen=True)
class Carried:
    """What a volume's plan carries: the volume as the migration has judged it, and the look at it as it is then."""

    judged: dict[str, Any]
    look: Callable[[], dict[str, Any]]
    doubts: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.judged["id"]


# -- plan


def plans(
    context: Context,
    items: list[dict[str, Any]],
    seen: SeenVolumes,
    judged: list[dict[str, Any]],
    options: Options,
    look_at: Callable[[int, str], dict[str, Any]],
) -> list[Plan | OsnapError]:
    """One for each volume.

    :param seen: what was read of both clouds
    :param judged: the migration's own plans, whose problems stand in no way here
    :param look_at: judges one of them again, by its place and its ID
    """
    sources = {
        one["id"]: source.row if isinstance(source, Source) else None
        for one, source in zip(judged, seen.sources, strict=True)
        if one["id"]
    }
    there = remains.read_of_volumes(context.cloud, options.run, sources, _chosen(judged))
    found: list[Plan | OsnapError] = []
    for at in range(len(judged)):
        try:
            found.append(_plan(context, items, seen, at, judged, there, options, look_at))
        except OsnapError as error:
            found.append(error)
    return found


def _chosen(judged):
    return {one["id"] for one in judged if one["is_chosen"] and one["id"]}


def _plan(context, items, seen, at, judged, there, options, look_at):
    one, source = judged[at], seen.sources[at]
    id = one["id"]
    if id is None or (isinstance(source, OsnapError) and not any(there[id].made.values())):
        raise source
    todo = volume_undo.plan(there[id], context.params["state"], context.params["keep_copies"])
    before, steps = volume_result.migration(one), todo.steps()
    told = facts([part.shown() for part in todo.removed], [part.shown() for part in todo.retained], [])
    carried = Carried(one, lambda: look_at(at, id), tuple(undo.doubts(there[id], todo)))
    shown = volume_result.shown(before)
    if not steps:
        return Plan(shown, shown, (), resource=before, facts=told, carried=carried)
    after = _foreseen(items[at], source, one, there[id], todo, seen, options)
    left = [f"{step.verb} {step.values['what']} {step.values.get('id', '')}".strip() for step in steps]
    return Plan(
        {**shown, "left_to_do": left},
        {**volume_result.shown(after), "left_to_do": []},
        steps,
        resource=after,
        facts={**told, "timeline": None},
        carried=carried,
    )


def _foreseen(item, source, one, there, todo, seen, options):
    """What a task returns of a volume once that is done: judged as if what goes had gone."""
    marked = {row["id"]: (todo.server_set, ()) for row in there.made["volume"]}
    later = undoing.as_if_done(seen, todo, marked)
    gone = {part.row["id"] for part in todo.removed}
    later.sources, later.gone = [source], [one["id"]]
    later.taken = [row for row in seen.taken if row["id"] not in gone]
    return {**volume_result.migration(volume_plan.judge([item], later, options)["plans"][0]), "notices": None}


# -- apply


def chain(context: Context, lanes: Lanes, carried: Carried) -> Callable[[], Outcome]:
    """What takes one volume back, or ends it; it is read again first."""

    def go() -> Outcome:
        one = carried.judged
        undone = VolumeUndoing(context, lanes, lambda: _now(context, one), lambda: None, Measured(None))
        try:
            undone.go()
        except OsnapError as error:
            raise error.of(f"The {one['noun']} {called(one)}") from None
        return Outcome(
            volume_result.migration(carried.look()), facts(undone.removed, undone.retained, undone.timeline.entries)
        )

    return go


def _now(context, one):
    id, params = one["id"], context.params
    # Whether the source is still there was looked at before, and nothing is done to it.
    there = remains.read_of_volumes(context.cloud, params["run"], {id: {"id": id}}, _chosen([one]))[id]
    return there, volume_undo.plan(there, params["state"], params["keep_copies"])


class VolumeUndoing(undoing.Undoing):
    """The way of one volume back, or to its end."""

    service = Volumes

    @staticmethod
    def successor(there: undo.Remains) -> dict[str, Any] | None:
        return next(iter(there.made["volume"]), None)


def facts(removed: list | None, retained: list | None, timeline: list | None) -> dict[str, Any]:
    """What is told of a volume beside its migration."""
    return {"timeline": timeline, "removed": removed, "retained": retained}
