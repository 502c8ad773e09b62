# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets of servers as an operation: what is there, what is planned, and the chains of the servers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    AWAIT_READY,
    CREATE,
    DELETE,
    START,
    UPDATE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import needed, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import TAKING_AN_IMAGE, Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    FAILED,
    ROOT,
    TORN,
    in_pieces,
    told,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_members,
    set_prediction,
    set_rules,
    set_selection,
    set_truth,
    set_wanted,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_chain import Carried, SetChain
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_rivals import earliest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


@dataclass
class Seen:
    """What is read once for all servers of a task."""

    sets: list[Row]
    volumes: dict[str, Row]
    in_groups: dict[str, list[str]]


class ServerSnapshotSet(Operation):
    """A server with all its disks as one set, of one or many servers."""

    returns = "snapshot_set"
    many = "servers"
    options = {
        "server": {"type": "str"},
        "regex": {"type": "str"},
        "server_metadata": {"type": "dict"},
        "name": {"type": "str"},
        "consistency": {"type": "str", "choices": ["crash", "quiesce", "stop"]},
        "policy": {"type": "str"},
        "window": {"type": "str"},
        "hold": {"type": "str"},
        "metadata": {"type": "dict"},
    }
    task_options = {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "exclude": {"type": "list", "elements": "raw", "default": []},
        "parallel": {"type": "int", "default": 10},
        "max_spread": {"type": "int", "default": 60},
    }
    rules = {"required_one_of": [("name",)]}

    # -- arguments

    def tidy(self, item: Row) -> Row:
        return {**item, "name": (item["name"] or "").strip() or item["name"]}

    def wrong(self, params: Row) -> Iterator[str]:
        yield from below_one(params, "parallel")
        if params["max_spread"] < 0:
            yield f"max_spread is {params['max_spread']}; it takes seconds, 0 or more"
        yield from selection.wrong_exclude(params["exclude"])

    def problem(self, item: Row, params: Row) -> str | None:
        return set_rules.problem(item, params)

    def identity(self, item: Row) -> Any:
        return (item["server"].strip(), item["name"]) if item["server"] else None

    def title(self, item: Row) -> str:
        return item["server"] or item["regex"] or ""

    def selected(self, context: Context, items: list[Row]) -> list[Row]:
        return set_selection.selected(context.cloud, items, context.params["exclude"])

    def resolved(self, item: Row) -> Any:
        return item["server_id"], item["name"]

    def prepare(self, context: Context, items: list[Row]) -> list[Any]:
        return set_selection.with_servers(context.cloud, items, context.params["state"] == "absent")

    # -- plan

    def plan_all(self, context: Context, items: list[Row]) -> list[Any]:
        sets = SnapshotSets(context.cloud)
        seen = Seen(sets.list(), {}, {})
        if context.params["state"] == "absent":
            return [_absent(sets, item, [row for row in seen.sets if _is_of(row, item)]) for item in items]
        if sets.has_volumes and any(item["row"]["attached_volumes"] for item in items):
            rows = GroupableVolumes(context.cloud).list() or []
            seen.volumes = {row["id"]: row for row in rows}
            for row in rows:
                if row["group_id"]:
                    seen.in_groups.setdefault(row["group_id"], []).append(row["id"])
        plans = context.map(lambda item: self._planned(context, item, seen), items)
        return _within_quota(sets, plans)

    def _planned(self, context, item, seen):
        server = item["row"]
        rows = [row for row in seen.sets if _is_of(row, item)]
        carried = Carried(item, server, seen.in_groups)
        if whole := set_rules.whole(rows):
            left = [row for row in rows if row["status"] in (TORN, FAILED)]
            carried.doomed = [row for row in left if not set_rules.staying(row, "", datetime.now(timezone.utc))]
            return self._there(context, carried, min(whole, key=earliest))
        if error := set_rules.unfit(context.cloud, _idle(server, rows), item, seen.volumes):
            raise error
        wants = set_wanted.wanted(server, seen.volumes, seen.in_groups)
        now, actions = datetime.now(timezone.utc), ServerActions(context.cloud).told(server["id"]) or [] if rows else []
        current = None
        for row in sorted(rows, key=earliest):
            why = set_rules.unusable(row, server, wants.disks, actions, now, context.params["max_spread"])
            if why or current is not None:
                if error := set_rules.staying(row, f"The snapshot set {SnapshotSets(context.cloud).label(row)}", now):
                    raise error
                carried.outdated += why
                carried.doomed.append(row)
            else:
                current = row
                carried.rows.append(row)
        removal = (Step(DELETE), Step(AWAIT_GONE)) if carried.doomed else ()
        return Plan(
            set_prediction.side(current or (carried.doomed[0] if carried.doomed else None)),
            {"state": "present", "status": "whole", "disks": list(wants.disks)},
            (*removal, Step(CREATE), Step(AWAIT_READY)),
            None,
            set_prediction.predicted(item, server, wants, current),
            item,
            {"outdated": carried.outdated},
            carried,
        )

    def _there(self, context, carried, row):
        """The plan for a set that is whole: what differs of its marks, a server that a killed run has left off, and what
        another run has left of the same name.
        """
        item, label = carried.item, f"The snapshot set {SnapshotSets(context.cloud).label(row)}"
        if error := set_rules.shortfall(row, label, item["consistency"]):
            raise error
        carried.rows = [row]
        steps, before, after = (), set_prediction.side(row), set_prediction.side(row)
        changes = set_rules.changes(row, item)
        if left := [one["id"] for one in carried.doomed] + row["carriers"]:
            steps += (Step(DELETE), Step(AWAIT_GONE))
            before = {**before, "unfinished": left}
        if changes:
            steps += (Step(UPDATE, changes),)
            before = {**before, "marks": set_prediction.marks(row, changes)}
            after = {**after, "marks": changes}
        if _is_left_off(context, carried, row):
            steps += (Step(START),)
            before, after = (
                {**before, "server_status": carried.server["status"], "stopped_for": row["name"]},
                {**after, "server_status": "ACTIVE"},
            )
        resource = set_prediction.changed(told(row), item)
        return Plan(before, after, steps, row, resource, item, {"outdated": []}, carried)

    def doubts(self, context: Context, plans: list[Any]) -> list[str]:
        going = [row for plan in plans if isinstance(plan, Plan) and plan.does(DELETE) for row in _doomed(plan)]
        sets = SnapshotSets(context.cloud)
        hanging = sets.hanging(going) if going else {}
        return [
            f"Deleting the snapshot set {sets.label(row)} may be refused, or take the data of what hangs on it:"
            f" {enumerated(found)}. Whether it is refused depends on the back end; where it is, remove that first."
            for row in going
            if (found := [one for member in row["members"] for one in hanging.get(member["id"], ())])
        ]

    # -- apply

    def apply_all(self, context: Context, plans: list[Plan]) -> list[Any]:
        lanes = Lanes({}, context.progress.check)
        return lanes.run([self._chain(context, plan) for plan in plans], context.params["parallel"])

    def _chain(self, context, plan):
        if context.params["state"] == "absent":
            return lambda: _removed(context, plan)
        if plan.does(CREATE):
            return SetChain(context, plan.carried).go
        return lambda: self._changed(context, plan)

    def _changed(self, context, plan):
        sets = waiter.bound(SnapshotSets(context.cloud), context)
        row = plan.current
        for one in plan.carried.doomed:
            sets.delete(one)
        for id in row["carriers"]:
            sets.images.delete({"id": id, "name": ""})
        if update := plan.step(UPDATE):
            set_members.write_marks(context, row["members"], with_keys(row, dict(update.values)))
            row = sets.reread(row)
            if row is None:
                raise OsnapError(
                    f"The snapshot set {sets.label(plan.current)} vanished while it was changed. Run again."
                )
        if plan.does(START):
            id = plan.carried.server["id"]
            if still_off := off_for_image.start(context, {id: {plan.carried.name}}, {id}):
                raise set_rules.still_off(f"The snapshot set {sets.label(row)}", None, still_off[id])
        return Outcome(told(row), plan.facts)


def with_keys(row: Row, changes: dict[str, str]) -> dict[str, str]:
    """Changes with the names of the user's own metadata, where these have become more."""
    own = {key for key in changes if not _marks.is_ours(key)}
    if own <= set(row["metadata"]):
        return changes
    return {**changes, **in_pieces(_marks.SET_KEYS, ",".join(sorted(own | set(row["metadata"]))))}


# -- what is there


def _is_of(row, item):
    return row["server_id"] == item["server_id"] and row["name"] == item["name"]


def _idle(server, rows):
    """The server as it is to be judged: what Nova is at is the image of this very set."""
    ours = any(member["disk"] == ROOT for row in rows for member in row["members"])
    return {**server, "task_state": None} if ours and server["task_state"] in TAKING_AN_IMAGE else server


def _is_left_off(context, carried, row):
    """Whether a killed run has stopped the server for this set and nobody has started it since, or its mark is left."""
    server = carried.server
    if carried.item["consistency"] != "stop" or not off_for_image.is_stopped_for(server, carried.name):
        return False
    if server["status"] != "SHUTOFF":
        return True  # it runs; the mark of it goes, or the next stop by hand would be taken for a killed run's
    actions = ServerActions(context.cloud).told(server["id"]) or []
    later = set_truth.since(actions, row["after"], "off")
    if not any(one["action"] == "start" for one in later or ()):
        return True
    # Started since it was read, perhaps by the killed run, which may not come to remove its mark; or off again by hand.
    now = Servers(context.cloud).get(server["id"])
    if now is None or not off_for_image.is_stopped_for(now, carried.name):
        return False
    carried.server = now
    return now["status"] != "SHUTOFF" or bool(now["task_state"])


def _within_quota(sets, plans):
    """The plans, or the error of those that need more than the project may have: told before anything is taken."""
    fresh = [plan for plan in plans if isinstance(plan, Plan) and plan.does(CREATE)]
    sizes = [
        (member["size_gib"], member["volume_type"])
        for plan in fresh
        for member in plan.resource["members"]
        if member["volume_id"] and member["id"] is None
    ]
    over = over_quota(sets.snapshots.room(), needed("snapshots", sizes)) if sizes else None
    return [over if over and plan in fresh else plan for plan in plans]


# -- absent


def _absent(sets, item, rows):
    now = datetime.now(timezone.utc)
    for row in rows:
        if error := set_rules.staying(row, f"The snapshot set {sets.label(row)}", now):
            return error
    carried = Carried(item, item["row"], {}, doomed=list(rows))
    steps = (Step(DELETE), Step(AWAIT_GONE)) if rows else ()
    before = set_prediction.side(rows[0] if rows else None)
    return Plan(before, {"state": "absent"}, steps, rows[0] if rows else None, None, item, {"outdated": []}, carried)


def _doomed(plan):
    return plan.carried.doomed


def _removed(context, plan):
    sets = waiter.bound(SnapshotSets(context.cloud), context)
    for row in plan.carried.doomed:
        now = sets.reread(row)
        if now is None:
            continue
        if error := set_rules.staying(now, f"The snapshot set {sets.label(now)}", datetime.now(timezone.utc)):
            raise error
        try:
            sets.delete(now)
        except OsnapError as error:
            raise error.of(f"The snapshot set {sets.label(now)}") from None
    return Outcome(None, plan.facts)
