# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets copied to another project, region or cloud, or such copies removed: the operation."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import COPY, DELETE, UPDATE, UPLOAD, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._images import refusals
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copies import SetCopies
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE, called
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_copy_leftovers,
    set_copy_rules,
    set_rules,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy_chain import (
    Carried,
    CopyChain,
    change,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


class Seen:
    """What is read once for all sets of a task."""

    def __init__(self, cloud: Any):
        service = SnapshotSets(cloud)
        self.cloud, self.sets = cloud, service.list()
        self.copies = SetCopies(cloud.peer).list()
        self.source = set_copy_leftovers.Source(cloud, service.has_volumes)
        self.place = place_of(cloud.peer)


def place_of(cloud: Any) -> str:
    """What tells a project in one region from all others: a project's ID is the same in all regions of a Keystone."""
    return f"{cloud.project_id} {cloud.client('image').endpoint}"


class ServerSetCopy(Operation):
    """One item is a set of one server."""

    returns = "copied_set"
    many = "sets"
    options = {
        "server": {"type": "str"},
        "name": {"type": "str"},
        "hold": {"type": "str"},
        "metadata": {"type": "dict"},
    }
    task_options = {
        "destination": {"type": "dict", "required": True, "options": AUTH_OPTIONS},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "parallel": {"type": "int", "default": 2},
        "timeout": {"type": "int", "default": 3600},
    }
    rules = {"required_one_of": [("server",)]}

    def wrong(self, params: Row) -> Iterable[str]:
        return below_one(params, "parallel")

    def problem(self, item: Row, params: Row) -> str | None:
        return set_copy_rules.problem(item, params["state"])

    def identity(self, item: Row) -> Hashable:
        return (item["server"].strip(), (item["name"] or "").strip()) if item["server"] else None

    def title(self, item: Row) -> str:
        return item["name"] or item["server"]

    def connect(self, params: Row) -> Any:
        return connect_pair(params)

    def target(self, plan: Plan) -> Hashable:
        row = plan.carried.row or plan.carried.copy
        return row["id"] if row else None

    # -- plan

    def prepare(self, context: Context, items: list[Row]) -> list[Any]:
        here, there = context.cloud, context.cloud.peer
        if place_of(here) == place_of(there):
            error = OsnapError(
                f"The destination {there.name} is the project that the sets are in; give another project, region or cloud."
            )
            return [error] * len(items)
        return items

    def plan_all(self, context: Context, items: list[Row]) -> list[Any]:
        if not items:
            return []
        seen, servers = Seen(context.cloud), _servers(context.cloud, items)
        plan = _absent if context.params["state"] == "absent" else _present
        plans = [_or_error(lambda item=item: plan(item, seen, servers)) for item in items]
        for judged in (_of_encrypted, _in_quota):
            plans = judged(context, plans)
        return plans

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Any]:
        return context.map(lambda plan: _applied(context, plan), plans, threads=context.params["parallel"])

    def doubts(self, context: Context, plans: list[Any]) -> list[str]:
        going = [row for plan in plans if isinstance(plan, Plan) for row in plan.carried.doomed]
        copies = SetCopies(context.cloud.peer)
        hanging = copies.hanging(going) if going else {}
        return [
            f"Deleting the copy {copies.label(row)} may be refused, for these were made of it: {', '.join(found)}."
            for row in going
            if (found := [one for member in row["members"] for one in hanging.get(member["id"], ())])
        ]


def _or_error(work):
    try:
        return work()
    except OsnapError as error:
        return error


def _servers(cloud, items):
    """``{name or ID: rows}`` of servers that are there."""
    names = sorted({item["server"].strip() for item in items})
    service = Servers(cloud)
    found = service.named(names)
    return {name: found[name] for name in names}


def _own(item, seen, servers):
    """``(sets, copies)`` that an item may mean."""
    named, name = item["server"].strip(), (item["name"] or "").strip() or None
    ids = set_copy_rules.server_ids(named, servers[named], [*seen.sets, *seen.copies], seen.cloud.name)
    return tuple(set_copy_rules.of_server(rows, ids, name) for rows in (seen.sets, seen.copies))


def _present(item, seen, servers):
    row, copy = set_copy_rules.meant(*_own(item, seen, servers), item, seen.cloud.name)
    if error := set_copy_rules.taken_away(copy):
        raise error
    of = row or copy
    left = seen.source.left(of["id"], of["disks"], seen.place)
    carried = Carried(item, row, copy, left, seen.place)
    there = set_copy_rules.finished(copy)
    todo = [member for member in row["members"] if member["disk"] not in there] if row else []
    useless = set_copy_rules.useless(copy)
    steps = (Step(DELETE),) if left.ids or useless else ()
    state = {"state": "present", "set": of["name"], "server_id": of["server_id"]}
    before = {**state, "disks": sorted(there)} if copy else {"state": "absent"}
    after = {**state, "disks": sorted(of["disks"])}
    if steps:
        ids = sorted([*left.ids, *(one["id"] for one in useless)])
        before, after = {**before, "unfinished": ids}, {**after, "unfinished": []}
    for member in todo:
        steps += () if member["kind"] == IMAGE else (Step(UPLOAD, {"disk": member["disk"]}),)
        steps += (Step(COPY, {"disk": member["disk"]}),)
    if todo:
        resource = set_copy_rules.predicted(row, copy, item, seen.cloud.project_id)
        return Plan(before, after, steps, copy, resource, item, {"transfers": None}, carried)
    carried.changes = set_copy_rules.changes(copy, item)
    if carried.changes:
        steps += (Step(UPDATE, carried.changes),)
        had = {
            key: sorted({str(one["row"]["properties"].get(key) or "") for one in copy["members"]})
            for key in carried.changes
        }
        before, after = {**before, "marks": had}, {**after, "marks": carried.changes}
    resource = set_copy_rules.changed(copy, carried.changes)
    return Plan(before, after, steps, copy, resource, item, {"transfers": []}, carried)


def _absent(item, seen, servers):
    sets, copies = _own(item, seen, servers)
    now = datetime.now(timezone.utc)
    for row in copies:
        _refuse_kept(row, now)
    left = set_copy_leftovers.Leftovers()
    for row in {one["id"]: one for one in [*copies, *sets]}.values():
        found = seen.source.left(row["id"], row["disks"], seen.place)
        left.images += found.images
        left.volumes += found.volumes
    carried = Carried(item, None, None, left, seen.place, doomed=copies)
    going = sorted([*left.ids, *(one["id"] for row in copies for one in row["members"] + row["surplus"])])
    steps = (Step(DELETE),) if going else ()
    before = {"state": "present", "objects": going} if going else {"state": "absent"}
    return Plan(before, {"state": "absent"}, steps, None, None, item, {"transfers": []}, carried)


def _refuse_kept(row, now, when=""):
    label = f"The copy of the snapshot set '{row['name']}' of the server {row['server_id']}"
    if why := set_rules.held(row, now):
        raise OsnapError(f"{label} is {why}{when}; take {_marks.HOLD} away first, then run again.", resource=row["id"])
    for one in row["members"] + row["surplus"]:
        if one["is_protected"]:
            raise OsnapError(
                f"{label} has the {called(one)}, which is protected from deletion{when}; take the protection away first,"
                " then run again.",
                resource=one["id"],
            )


# -- what would be refused


def _making(plans):
    """``[(index, plan, members that are still to be copied)]``."""
    found = []
    for index, plan in enumerate(plans):
        if isinstance(plan, Plan) and plan.does(COPY):
            disks = {step.values["disk"] for step in plan.steps if step.verb == COPY}
            found.append((index, plan, [one for one in plan.carried.row["members"] if one["disk"] in disks]))
    return found


def _of_encrypted(context, plans):
    """The key of an encrypted volume stays in its cloud's key manager, so that a copy could never be read."""
    making = _making(plans)
    ids = sorted({one["volume_id"] for _index, _plan, members in making for one in members if one["volume_id"]})
    volumes = Volumes(context.cloud).poll(ids) if ids else {}
    refused = {}
    for index, _plan, members in making:
        for one in members:
            if volumes.get(one["volume_id"], {}).get("is_encrypted"):
                refused[index] = OsnapError(
                    f"The {called(one)} is of an encrypted volume, whose key stays in the key manager of cloud"
                    f" {context.cloud.name}: a copy could never be read. Copy its data from inside the server.",
                    resource=one["id"],
                )
    return [refused.get(index) or plan for index, plan in enumerate(plans)]


def _in_quota(context, plans):
    """There must be room for the images there, and here for a temporary volume and a temporary image at a time."""
    making, refused = _making(plans), {}
    if not making:
        return plans
    sizes = [(index, _bytes(one)) for index, _plan, members in making for one in members]
    volumes = [
        (index, (one["id"], one["size_gib"], one["volume_type"]))
        for index, _plan, members in making
        for one in members
        if one["kind"] != IMAGE
    ]
    parallel = context.params["parallel"]
    over = refusals.over_quota(Images(context.cloud.peer).room(), [size for _index, size in sizes])
    for (index, _size), error in zip(sizes, over, strict=True):
        refused.setdefault(index, error)
    if volumes:
        found = TemporaryVolumes(context.cloud).over_quota([one for _index, one in volumes], parallel)
        for (index, _one), error in zip(volumes, found, strict=True):
            refused[index] = refused.get(index) or error
        largest = sorted((size * 2**30 for _index, (_id, size, _type) in volumes), reverse=True)[:parallel]
        error = next(filter(None, refusals.over_quota(Images(context.cloud).room(), largest)), None)
        for index, _one in volumes:
            refused[index] = refused.get(index) or error
    return [refused.get(index) or plan for index, plan in enumerate(plans)]


def _bytes(member):
    return member["row"]["size"] or 0 if member["kind"] == IMAGE else member["size_gib"] * 2**30


# -- apply


def _applied(context, plan):
    carried = plan.carried
    if context.params["state"] == "absent":
        return _removed(context, plan)
    return CopyChain(context, carried).go() if plan.does(COPY) else change(context, carried)


def _removed(context, plan):
    copies = waiter.bound(SetCopies(context.cloud.peer), context)
    for row in plan.carried.doomed:
        now = copies.reread(row)
        if now is None:
            continue
        _refuse_kept(now, datetime.now(timezone.utc), ", seen right before its deletion")
        copies.delete(now)
    set_copy_leftovers.remove(context, plan.carried.left)
    return Outcome(None, plan.facts)
