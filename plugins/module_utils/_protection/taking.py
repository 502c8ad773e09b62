# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a policy takes of volumes: the operations of snapshots and backups, with the marks of policy and window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import work
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import SNAPSHOT
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._core.work import Done
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Need, Taken
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.subjects import Subject
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

OPERATIONS: dict[str, type[Operation]] = {SNAPSHOT: VolumeSnapshot}


def name_of(policy: Policy, window: str) -> str:
    """The name of what is taken. It is the same for all runs, so that two at once make one."""
    return f"{policy.name}-{window}"


class Taking:
    """All that is to be taken of one kind, planned together and carried out together."""

    def __init__(
        self, context: Context, kind: str, wanted: Sequence[tuple[Subject, Need, Sequence[Taken]]], rows: Sequence[Row]
    ):
        """``wanted``: the volumes, what the window of each lacks, and what its policy has taken; ``rows``: all there
        are.
        """
        self.operation = OPERATIONS[kind]()
        self.context = work.inner(
            self.operation, {}, within=context, cloud=context.cloud, on_error="replace", timeout=context.timeout
        )
        self.plans: dict[str, Plan | OsnapError] = {}
        items = {}
        for subject, need, own in wanted:
            if error := namesake(rows, [one.id for one in own if one.window == need.window], subject, need.window):
                self.plans[subject.id] = error
            else:
                items[subject.id] = self._item(subject, need.window)
        given = list(items.values())
        plans = work.plan_items(self.operation, self.context, given, lambda things, identity: None) if given else []
        self.plans.update(zip(items, plans, strict=True))

    def _item(self, subject, window):
        policy = subject.policy
        given = {
            "name": name_of(policy, window),
            "volume": subject.id,
            "description": f"Taken by the policy {policy.name} for {window}",
            "metadata": {_marks.POLICY: policy.name, _marks.WINDOW: window},
        }
        return self.operation.tidy({**dict.fromkeys(self.operation.options), **given})

    def carry_out(self, ids: Sequence[str]) -> dict[str, Done]:
        """``{ID of the volume: what has become of it}`` for those of these that are taken."""
        ids = [id for id in ids if id in self.plans]
        plans = [self.plans[id] for id in ids]
        outcomes = work.apply_plans(self.operation, self.context, plans)
        changed = work.are_changed(plans, outcomes)
        return {id: work.Done(*both) for id, *both in zip(ids, outcomes, changed, strict=True)}


def namesake(rows: Sequence[Row], own: Sequence[str], subject: Subject, window: str) -> OsnapError | None:
    """The error where somebody else's has the name: it must not become the policy's, which would remove it one day."""
    name = name_of(subject.policy, window)
    for row in rows:
        if row["volume_id"] == subject.id and (row["name"] or "").strip() == name and row["id"] not in own:
            return OsnapError(
                f"{subject.label[0].upper()}{subject.label[1:]} has something of the name '{name}' ({row['id']}) that the"
                f" policy {subject.policy.name} has not taken for this window; rename or remove that, then run again.",
                resource=subject.id,
            )
    return None
