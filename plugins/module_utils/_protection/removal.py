# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no rule keeps any more goes: after one more look at all of it, and one right before each deletion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._protection import history, survey
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune, prune_plan
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import by_itself

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken


class Removal:
    """The removal of what plans have chosen, of all volumes together."""

    def __init__(self, context: Context, carried: Sequence[Carried]):
        self.context, self.carried = context, carried
        self._results: dict[str, object] = {}
        self._why: dict[str, str] = {}
        self._going: dict[str, list[Taken]] = {}

    def carry_out(self) -> None:
        for kind in sorted({one.policy.kind for one in self.carried}):
            own = [one for one in self.carried if one.policy.kind == kind]
            try:
                self._remove(kind, own)
            except OsnapError as error:  # of the look: nothing of this kind goes
                for one in own:
                    self._results.update(dict.fromkeys((taken.id for taken in one.doomed), error))

    def _remove(self, kind, own):
        looked = survey.History(self.context.cloud)
        looked.look([kind])
        ids = {one.id for one in own}
        there = looked.tied(kind, [taken for taken in looked.taken(kind) if taken.item.source in ids])
        now = datetime.now(timezone.utc)
        chosen, kept = [], {}
        for one in own:
            for taken, why in self._still(one, there, now):
                if why:
                    self._why[taken.id] = f"{why}, seen right before its deletion"
                else:
                    chosen.append(taken)
                    kept[taken.id] = _kept(one.policy, looked.kind(kind), taken)
        service = bound(looked.kind(kind).service(self.context.cloud), self.context)
        needs = {taken.id: taken.item.needs for taken in chosen}
        for wave in prune_plan.waves([taken.id for taken in chosen], needs):
            self._wave(service, [taken.row for taken in chosen if taken.id in wave], kept)

    def _still(self, one, there, now):
        """``(taken, why it stays)`` of what the plan has chosen and is there: somebody may have removed, since the plan,
        what made this one superfluous.
        """
        policy, source = one.policy, one.id
        fresh = history.of_policy(policy, source, there)
        verdicts = history.verdicts(policy, source, fresh, None, now)
        by_id = {taken.id: taken for taken in fresh}
        for taken in one.doomed:
            if taken.id in by_id:
                verdict = verdicts[taken.id]
                yield by_id[taken.id], ", ".join(verdict.reasons) if verdict.keep else None

    def _wave(self, service, rows, kept):
        asked = self.context.map(lambda row: prune.delete_row(service, row, kept[row["id"]]), rows)
        awaited = {}
        for row, result in zip(rows, asked, strict=True):
            self._results[row["id"]] = result
            if isinstance(result, Stays):
                self._why[row["id"]] = f"{result.why}, seen right before its deletion"
            elif not isinstance(result, OsnapError):
                awaited[row["id"]] = waiter.GONE
        gone = (
            waiter.wait(service, awaited, timeout=self.context.timeout, progress=self.context.progress)
            if awaited
            else {}
        )
        self._results.update({id: result for id, result in gone.items() if isinstance(result, OsnapError)})

    # -- what came of it

    def of(self, id: str) -> tuple[list[Taken], dict[str, str], OsnapError | None]:
        """``(what has gone, {ID: why it stayed}, error)`` of one volume."""
        one = next((one for one in self.carried if one.id == id), None)
        if one is None:
            return [], {}, None
        failed = {
            taken.id: error for taken in one.doomed if isinstance(error := self._results.get(taken.id), OsnapError)
        }
        stayed = {taken.id: self._why[taken.id] for taken in one.doomed if taken.id in self._why}
        gone = [taken for taken in one.doomed if taken.id not in failed and taken.id not in stayed]
        stayed.update({id: str(error) for id, error in failed.items()})
        return gone, stayed, _summary(one, list(failed.values()))

    def wrote(self, id: str) -> bool:
        """Whether anything may have been removed of one volume by this task."""
        one = next((one for one in self.carried if one.id == id), None)
        results = [self._results.get(taken.id) for taken in one.doomed] if one else []
        return any(
            result == prune.ASKED_FOR or (isinstance(result, OsnapError) and not result.changed_nothing)
            for result in results
        )


def _kept(policy, kind, taken):
    """Why one stays that was to be deleted: what has happened to it at the last moment."""

    def kept(row):
        marks = kind.marks(row)
        if marks.get(_marks.POLICY) != policy.name or marks.get(_marks.WINDOW) != taken.window:
            return f"no longer of the policy {policy.name}"
        return ", ".join(by_itself(policy.keep, kind.items([row], {})[0], datetime.now(timezone.utc)))

    return kept


def _summary(one, errors):
    if not errors:
        return None
    tried = [error for error in errors if not isinstance(error, NotSent)] or errors
    told = enumerated([str(error) for error in tried], 3)
    error = OsnapError(
        f"{one.subject.label[0].upper()}{one.subject.label[1:]} is protected, but {len(errors)} of"
        f" {len(one.doomed)} that no rule keeps could not be removed: {told}",
        **{**tried[0].fields, "resource": one.id},
        stops_work=tried[0].stops_work,
    )
    error.changed_nothing = all(one.changed_nothing for one in errors)
    return error
