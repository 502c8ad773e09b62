# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets restored: beside their servers, in place, or attached to another. The operation; what is decided stands in
the pure files beside it.

All that would be refused is known before the first change: the links of every chain are planned together first, by the
operations that carry them out.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import is_id
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import foreseen
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_beside,
    set_beside_chain,
    set_choice,
    set_in_place,
    set_removal,
    set_restore_arguments,
    set_restored,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import IN_PLACE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore_arguments import BESIDE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values


class Seen:
    """What is there, each kind read once for a task, and only if it matters."""

    def __init__(self, cloud: Any):
        self.cloud = cloud

    @cached_property
    def sets(self) -> list[dict[str, Any]]:
        return SnapshotSets(self.cloud).list()

    @cached_property
    def servers(self) -> list[Row]:
        return Servers(self.cloud).list() or []

    @cached_property
    def volumes(self) -> dict[str, Row]:
        return {row["id"]: row for row in Volumes(self.cloud).list() or ()}


class SetRestore(Operation):
    """One item is one server, of which a set is restored."""

    returns = "restore"
    many = "servers"
    options = set_restore_arguments.OPTIONS
    task_options = set_restore_arguments.TASK
    rules = {"required_one_of": [("server",)], "mutually_exclusive": [("set", "as_of")]}

    def tidy(self, item: Values) -> Values:
        """What a template leaves empty is not set."""
        return {**item, **{key: (item[key] or "").strip() or None for key in ("name", "attach_to")}}

    def wrong(self, params: dict[str, Any]) -> Iterable[str]:
        return set_restore_arguments.of_task(params)

    def problem(self, item: Values, params: dict[str, Any]) -> str | None:
        return set_restore_arguments.problem(item, params["state"])

    def identity(self, item: Values) -> Hashable:
        mode = set_restore_arguments.mode_of(item)
        if mode == IN_PLACE:
            return (mode, (item["server"] or "").strip())
        return tuple((item[key] or "").strip() for key in ("server", "set", "as_of", "mode", "name", "attach_to"))

    def title(self, item: Values) -> str:
        return item["server"] or ""

    def target(self, plan: Plan) -> Hashable:
        chosen = plan.carried.chosen if hasattr(plan.carried, "chosen") else None
        if chosen is None:
            return None
        if chosen.mode == IN_PLACE:
            return (IN_PLACE, chosen.predecessor or chosen.there["id"])
        return (chosen.mode, chosen.name) if chosen.mode == BESIDE else None

    # -- plan

    def plan_all(self, context: Context, items: list[Values]) -> list[Plan | OsnapError]:
        seen = Seen(context.cloud)
        if context.params["state"] == "absent":
            return [_or_error(lambda item=item: set_removal.plan(item, context.params["run"], seen)) for item in items]
        found = [_or_error(lambda item=item: _chosen(item, context.params["run"], seen)) for item in items]
        good = [one for one in found if isinstance(one, Chosen)]
        foresee(context, good)
        return [
            one if isinstance(one, OsnapError) else _or_error(lambda one=one: _plan(context, one, seen))
            for one in found
        ]

    # -- apply

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
        lanes = Lanes({}, context.progress.check)
        chains = [_told(plan.carried, context) for plan in plans]
        return lanes.run(chains, context.params["parallel"])


def _told(carried, context):
    def go():
        try:
            return carried.go(context.of(context.cloud, context.params))
        except OsnapError as error:
            raise error.of(carried.label) from None

    return go


def _or_error(work):
    try:
        return work()
    except OsnapError as error:
        return error


def _chosen(item, run, seen):
    named, mode = item["server"].strip(), set_restore_arguments.mode_of(item)
    server, ids = set_choice.server_of(named, seen.servers, seen.sets, seen.cloud.name)
    row = set_choice.chosen(
        seen.sets, ids, named, item["set"], item["as_of"] and item["as_of"].strip(), seen.cloud.name
    )
    members = set_choice.members_of(row, item["disks"])
    chosen = Chosen(item, row, members, mode, run, server)
    if mode == BESIDE:
        chosen.there = set_beside.found(chosen, seen.servers, seen.volumes)
    elif mode == IN_PLACE:
        chosen.there = set_in_place.target(chosen, seen)
    else:
        chosen.there = _helper(item["attach_to"].strip(), seen)
    return chosen


def _helper(named, seen):
    rows = [row for row in seen.servers if named in (row["id"], (row["name"] or "").strip())]
    if len(rows) != 1:
        there = f"are {len(rows)} servers" if rows else "is no server"
        raise OsnapError(
            f"There {there} '{named}' in cloud {seen.cloud.name} to attach volumes to; check the name,"
            f" {'or give its ID' if rows and not is_id(named) else 'and the project of the credentials'}.",
            resource=named,
        )
    return rows[0]


def foresee(context: Context, chosen: list[Chosen]) -> None:
    """Plan the volumes, and the servers, of all of them together: what one takes of a quota the next can't have."""
    pairs = [(one, member) for one in chosen if not _is_made(one) for member in one.of_volumes]
    items = [_volume_item(one, member) for one, member in pairs]
    plans = foreseen(VolumeRestore(), items, within=context, cloud=context.cloud)
    for (one, member), plan in zip(pairs, plans, strict=True):
        one.volumes[member["disk"]] = plan
    booted = []
    for one in [one for one in chosen if one.mode == BESIDE]:
        one.boot = _or_error(lambda one=one: _server_item(one))
        if not isinstance(one.boot, OsnapError):
            booted.append(one)
    plans = foreseen(ServerRestore(), [one.boot for one in booted], within=context, cloud=context.cloud)
    for one, plan in zip(booted, plans, strict=True):
        one.boot = plan


def _is_made(one):
    """Whether nothing is made any more: the server is there, and lives on whatever has become of its volumes."""
    return one.mode == BESIDE and one.there is not None


def _volume_item(one, member):
    if one.mode == set_restore_arguments.ATTACH:
        return set_beside_chain.attached_item(one, member)
    return set_in_place.volume_item(one, member) if one.mode == IN_PLACE else set_restored.volume_item(one, member)


def _server_item(one):
    if one.there is not None:
        return {"id": one.there["id"]}
    known = {disk: set_beside.ready(plan) for disk, plan in one.volumes.items() if isinstance(plan, Plan)}
    return set_beside.server_item(one, known)


def _plan(context, one, seen):
    for plan in (*one.volumes.values(), one.boot):
        if isinstance(plan, OsnapError):
            raise plan.of(one.label)
    for plan in one.volumes.values():
        _refuse_foreign(one, plan.current)
    if one.mode == IN_PLACE:
        return set_in_place.plan(context, one, seen)
    if one.mode == BESIDE:
        return set_beside_chain.plan_beside(one, seen.volumes)
    return set_beside_chain.plan_attached(one)


def _refuse_foreign(one, row):
    if row is not None and not set_restored.is_of(row["metadata"], one.row, one.mode, one.run):
        raise OsnapError(
            f"The name '{row['name']}' is taken by the volume {row['id']}, which the run '{one.run}' has not made; rename it,"
            " or name another run.",
            resource=row["id"],
        )
