# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration of volumes rolled back or finalized: what is planned for each, and the chain that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import Missing
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    refused,
    remains,
    removal_checks,
    source_removal,
    undo,
    undo_prediction,
    undoing,
    volume_plan,
    volume_removal,
    volume_result,
    volume_undo,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.finalization_chain import FinalizationChain
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import SOURCE_REMOVED
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_chain import called
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import Source
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes


class Carried(undoing.Carried):
    """What a volume's plan carries."""

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
    look_at: Callable[..., dict[str, Any]],
) -> list[Plan | OsnapError]:
    """One for each volume.

    :param seen: what was read of both clouds
    :param judged: the migration's own plans, whose problems stand in no way here
    :param look_at: judges one of them again, by its place and its ID; with ``unproven`` as though it had not arrived
    """
    sources = {
        one["id"]: source.row if isinstance(source, Source) else None
        for one, source in zip(judged, seen.sources, strict=True)
        if one["id"]
    }
    there = remains.read_of_volumes(context.cloud, options.run, sources, _chosen(judged))
    return undoing.of_each(lambda at: _plan(context, items, seen, at, judged, there, options, look_at), len(judged))


def _chosen(judged):
    return {one["id"] for one in judged if one["is_chosen"] and one["id"]}


def _plan(context, items, seen, at, judged, there, options, look_at):
    one, source = judged[at], seen.sources[at]
    id = one["id"]
    if id is None or (isinstance(source, OsnapError) and not any(there[id].made.values())):
        raise refused.coded(source, "volume_unknown", f"{one['noun']} '{one['given']}'")
    if error := refused.of_codes(one, ("volume_twice",), id):
        raise error

    def prove():
        return look_at(at, id, unproven=True)

    todo = _todo(context, there[id], one, prove)
    return undoing.plan_of(
        todo,
        volume_result.migration(one),
        lambda: _foreseen(items[at], source, one, there[id], todo, seen, options),
        volume_result.shown,
        facts,
        Carried(one, lambda: look_at(at, id), prove, tuple(removal_checks.doubts(there[id], todo))),
    )


def _todo(context, there, judged, prove):
    params = context.params
    todo = volume_undo.plan(there, params["state"], params["keep_copies"])
    if params["state"] == SOURCE_REMOVED:
        proof = prove() if volume_removal.needs_proof(there) else None
        rows = VolumeSnapshots(context.cloud).list() if there.source else []
        own = [row for row in rows if row["volume_id"] == judged["id"]]
        volume_removal.add(todo, there, own, proof, judged["is_chosen"])
    return todo


def _foreseen(item, source, one, there, todo, seen, options):
    """What a task returns of a volume once that is done: judged as if what goes had gone."""
    marked = {row["id"]: (todo.server_set, ()) for row in there.made["volume"]}
    later = undo_prediction.as_if_done(seen, todo, marked)
    gone = {part.row["id"] for part in todo.removed}
    later.sources, later.gone = [Missing("It has gone.") if todo.source else source], [one["id"]]
    later.taken = [row for row in seen.taken if row["id"] not in gone]
    return {**volume_result.migration(volume_plan.judge([item], later, options)["plans"][0]), "notices": None}


# -- apply


def chain(context: Context, lanes: Lanes, carried: Carried) -> Callable[[], Outcome]:
    """What takes one volume back, or ends it; it is read again first."""

    def go() -> Outcome:
        one = carried.judged
        undone = undoing.chain_of(context, lanes, lambda: _now(context, one, carried.prove), VolumeFinalizationChain)
        try:
            undone.go()
        except OsnapError as error:
            raise error.of(f"The {one['noun']} {called(one)}") from None
        return Outcome(
            volume_result.migration(carried.look()), facts(undone.removed, undone.retained, undone.timeline.entries)
        )

    return go


def _now(context, one, prove):
    id, params = one["id"], context.params
    # Whether the source is still there was looked at before, and by no other state anything is done to it.
    row = Volumes(context.cloud).get(id) if params["state"] == SOURCE_REMOVED else {"id": id}
    there = remains.read_of_volumes(context.cloud, params["run"], {id: row}, _chosen([one]))[id]
    return there, _todo(context, there, one, prove)


class VolumeFinalizationChain(FinalizationChain):
    """The way of one volume to its end."""

    service = Volumes

    @staticmethod
    def successor(there: undo.Remains) -> dict[str, Any] | None:
        return next(iter(there.made["volume"]), None)

    def _remove(self, part):
        """A snapshot that its back end keeps keeps its volume."""
        kept = [one for one in self.retained if one["what"] == "volume_snapshot"]
        if part.kind == "source_volume" and kept:
            self.retained.append(part._replace(why=f"it has {source_removal.named('the snapshot', kept)}").shown())
        else:
            super()._remove(part)


def facts(removed: list | None, retained: list | None, timeline: list | None) -> dict[str, Any]:
    """What is told of a volume beside its migration."""
    return {"timeline": timeline, "removed": removed, "retained": retained}
