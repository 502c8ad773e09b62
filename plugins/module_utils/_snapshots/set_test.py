# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets tested by restoring them: the operation."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, DELETE, FINISH, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import foreseen
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_beside,
    set_choice,
    set_copy_leftovers,
    set_test_rules,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore import Seen, SetRestore
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_test_chain import (
    Carried,
    TestChain,
    removed,
    restore_item,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_test_rules import (
    ABSENT,
    BOOTED,
    FAILED,
    PLACE,
    RUN,
    TESTED,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


class SeenByTests(Seen):
    """What a restore sees, and what tests have left of their reading."""

    def __init__(self, cloud: Any):
        super().__init__(cloud)
        self.source = set_copy_leftovers.Source(cloud, SnapshotSets(cloud).has_volumes)
        self.now = datetime.now(timezone.utc)

    @property
    def images(self) -> set[str]:
        """The IDs of the images of all sets."""
        return {one["id"] for row in self.sets for one in row["members"] if one["kind"] == IMAGE}


class ServerSetTest(Operation):
    """One item is one server, of which a set is restored and looked at."""

    returns = "test"
    many = "servers"
    options = set_test_rules.OPTIONS
    task_options = {
        "state": {"type": "str", "choices": [BOOTED, TESTED, ABSENT], "default": TESTED},
        "compare": {"type": "str", "choices": ["data", "nothing"], "default": "data"},
        "parallel": {"type": "int", "default": 2},
        "timeout": {"type": "int", "default": 3600},
    }
    rules = {"required_one_of": [("server",)]}

    def wrong(self, params: Row) -> Iterable[str]:
        return below_one(params, "parallel")

    def problem(self, item: Row, params: Row) -> str | None:
        return set_test_rules.problem(item, params["state"])

    def identity(self, item: Row) -> Hashable:
        return item["server"].strip() if item["server"] else None

    def title(self, item: Row) -> str:
        return item["server"] or ""

    # -- plan

    def plan_all(self, context: Context, items: list[Row]) -> list[Any]:
        if not items:
            return []
        seen = SeenByTests(context.cloud)
        found = [_or_error(lambda item=item: _meant(context, item, seen)) for item in items]
        restoring = [one for one in found if isinstance(one, Carried) and one.row is not None]
        fresh = [one for one in restoring if not one.is_good]
        plans = foreseen(
            SetRestore(),
            [restore_item(one.item, one.row) for one in fresh],
            within=context,
            cloud=context.cloud,
            run=RUN,
        )
        restores = {id(one): plan for one, plan in zip(fresh, plans, strict=True)}
        return [
            one
            if not isinstance(one, Carried)
            else _or_error(lambda one=one: _plan(context, one, restores.get(id(one)), seen))
            for one in found
        ]

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
        return context.map(lambda plan: _applied(context, plan), plans, threads=context.params["parallel"])


def _or_error(work):
    try:
        return work()
    except OsnapError as error:
        return error


def _meant(context, item, seen):
    named = item["server"].strip()
    server, ids = set_choice.server_of(named, seen.servers, seen.sets, seen.cloud.name)
    own = [row for row in seen.sets if row["server_id"] in ids]
    left = set_copy_leftovers.Leftovers()
    for row in own:
        found = seen.source.left(row["id"], row["disks"], PLACE)
        left.images += found.images
        left.volumes += found.volumes
    if context.params["state"] == ABSENT:
        return Carried(item, None, None, None, left)
    up = _up(seen, ids)
    seed = set_test_rules.seed_of(item, seen.now)
    if up is None and (good := set_test_rules.good_one(own, ids, item, seen.now)):
        return Carried(item, good, seed, None, left, is_good=True)
    row = next((row for row in own if up and row["id"] == up["metadata"][_marks.RESTORED_SET]), None)
    is_failed = bool(up and up["metadata"].get(_marks.TESTED_RESULT) == FAILED)
    if row is None or is_failed:
        row = set_test_rules.chosen(seen.sets, ids, item, seen.cloud.name, seen.now)
    if up and row["id"] != up["metadata"][_marks.RESTORED_SET]:
        raise OsnapError(
            f"The server '{up['name']}' ({up['id']}) of an earlier test is still there; remove it with state absent, then run"
            " again.",
            resource=up["id"],
        )
    clauses = set_test_rules.doubts(row)
    rebuilt = set_test_rules.rebuilt_since(row, server, _actions(seen.cloud, server), seen.images)
    set_test_rules.refuse(row, [*clauses, *([rebuilt] if rebuilt else [])])
    return Carried(item, row, seed, up, left)


def _up(seen, ids):
    """The server that a test of this server's sets has restored, or None."""
    for row in seen.servers:
        marks = row["metadata"] or {}
        if (
            marks.get(_marks.RUN) == RUN
            and marks.get(_marks.RESTORED_SERVER) in ids
            and set_beside.is_believed(row, seen.volumes)
        ):
            return row
    return None


def _actions(cloud, server):
    if server is None:
        return []
    return ServerActions(cloud).told(server["id"]) or []


def _plan(context, carried, restore, seen):
    if context.params["state"] == ABSENT:
        return _absent(context, carried)
    row, item = carried.row, carried.item
    label = f"The snapshot set {SnapshotSets(seen.cloud).label(row)}"
    state = {"set": row["name"], "set_id": row["id"], "server_id": row["server_id"]}
    if carried.is_good:
        known = set_test_rules.of_marks(row)
        resource = set_test_rules.told(row, item, carried.seed, **known)
        state = {**state, "result": known["result"], "tested_at": known["tested_at"]}
        steps = (Step(DELETE),) if carried.left.ids else ()
        before = {**state, "unfinished": carried.left.ids} if steps else state
        return Plan(before, {**state, "unfinished": []} if steps else state, steps, row, resource, item, {}, carried)
    if isinstance(restore, OsnapError):
        raise restore.of(label)
    up = carried.up
    is_failed = bool(up and up["metadata"].get(_marks.TESTED_RESULT) == FAILED)
    if context.params["state"] == BOOTED:
        seconds = (up["metadata"] or {}).get(_marks.RESTORED_SECONDS) if up and not is_failed else None
        steps = () if seconds else (Step(CREATE, {"what": "server"}),)
        known = {"name": restore.resource["name"], "id": up["id"] if up and not is_failed else None}
        resource = set_test_rules.told(row, item, carried.seed, seconds=float(seconds) if seconds else None, **known)
        after = {**state, "state": BOOTED, "name": known["name"]}
        return Plan(after if seconds else {"state": "absent"}, after, steps, row, resource, item, {}, carried)
    steps = (Step(CREATE, {"what": "server"}), Step(FINISH, {"what": "set"}), Step(DELETE, {"what": "server"}))
    last = row["tested"] or {}
    before = {**state, "tested": last.get("at")}
    resource = set_test_rules.told(row, item, carried.seed)
    return Plan(before, {**state, "tested": "now"}, steps, row, resource, item, {}, carried)


def _absent(context, carried):
    item = {"server": carried.item["server"]}
    (gone,) = foreseen(SetRestore(), [item], within=context, cloud=context.cloud, state="absent", run=RUN)
    if isinstance(gone, OsnapError):
        raise gone
    ids = sorted([*carried.left.ids, *(one["id"] for one in gone.facts["removed"])])
    before = {"state": "present", "objects": ids} if ids else {"state": "absent"}
    return Plan(before, {"state": "absent"}, (Step(DELETE),) if ids else (), None, None, carried.item, {}, carried)


# -- apply


def _applied(context, plan):
    carried = plan.carried
    if context.params["state"] == ABSENT:
        return removed(context, carried)
    if carried.is_good:
        set_copy_leftovers.remove(context, carried.left)
        return Outcome(plan.resource, plan.facts)
    return TestChain(context, carried).go()
