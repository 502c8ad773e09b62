# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What policies take: planned together and carried out together, by the operation of what is taken."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import work
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class Taking:
    """All that is to be taken of one kind."""

    def __init__(
        self,
        operation: Operation,
        context: Context,
        wanted: Sequence[tuple[Carried, dict[str, Any]]],
        rows: Sequence[Row],
        source: str,
        **params: Any,
    ):
        """``wanted``: each object, and what the operation is asked for; ``rows``: all that there are of the kind.

        :param source: the key of the rows that has the object's ID
        :param params: options of the operation's task
        """
        self.operation = operation
        self.context = work.inner(operation, {}, within=context, cloud=context.cloud, timeout=context.timeout, **params)
        self.plans: dict[str, Plan | OsnapError] = {}
        items = {}
        for carried, asked in wanted:
            if error := _namesake(carried, [row for row in rows if row[source] == carried.id]) or on_hold(carried):
                self.plans[carried.id] = error
            else:
                items[carried.id] = operation.tidy({**dict.fromkeys(operation.options), **asked})
        given = list(items.values())
        plans = work.plan_items(operation, self.context, given, lambda things, identity: None) if given else []
        self.plans.update(zip(items, plans, strict=True))

    def carry_out(self, ids: Sequence[str]) -> dict[str, work.Done]:
        """``{ID of the object: what has become of it}`` for those of these that are taken."""
        ids = [id for id in ids if id in self.plans]
        plans = [self.plans[id] for id in ids]
        outcomes = work.apply_plans(self.operation, self.context, plans)
        changed = work.are_changed(plans, outcomes)
        return {id: work.Done(*both) for id, *both in zip(ids, outcomes, changed, strict=True)}


def _namesake(carried, rows):
    """The error where somebody else's has the name: it must not become the policy's, which would remove it one day."""
    own = {one.id for one in carried.taken if one.window == carried.need.window}
    subject = carried.subject
    for row in rows:
        if (row["name"] or "").strip() == carried.name and row["id"] not in own and row["status"] not in LEAVING:
            return OsnapError(
                f"{subject.label[0].upper()}{subject.label[1:]} has something of the name '{carried.name}'"
                f" ({row['id']}) that the policy {subject.policy.name} has not taken for this window; rename or remove"
                " that, then run again.",
                resource=subject.id,
            )
    return None


def on_hold(carried: Carried) -> OsnapError | None:
    """The error where what is to be replaced has failed, and somebody wants it kept, perhaps to find out why."""
    failed, subject, now = carried.need.failed, carried.subject, datetime.now(timezone.utc)
    holds = failed.item.holds if failed else ()
    why = next((why for hold in holds if (why := held(hold, now, carried.policy.zone))), None)
    if why is None:
        return None
    return OsnapError(
        f"{subject.label[0].upper()}{subject.label[1:]} has '{carried.name}' ({failed.id}) of this window, which has failed"
        f" and is {why}; take {_marks.HOLD} away, then run again, which replaces it.",
        resource=subject.id,
    )


#: What is on its way out has given its name away.
LEAVING = ("deleting", "unmanaging", "deleted", "pending_delete")
