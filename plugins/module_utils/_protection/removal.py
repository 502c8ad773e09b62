# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no rule keeps any more goes: after one more look at all of it, and one right before each deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._protection import history
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Stays
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import prune
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.retention import (
    FAILED,
    LOST,
    USABLE,
    by_itself,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken

_LATE = "seen right before its deletion"


class Removal:
    """The removal of what plans have chosen, of all objects together."""

    def __init__(self, context: Context, carried: Sequence[Carried], look: Any):
        """``look``: the class of what is read, :class:`volume_history.VolumeHistory` or that of sets."""
        self.context, self.carried, self._look = context, carried, look
        self._results: dict[str, object] = {}
        self._why: dict[str, str] = {}

    def carry_out(self) -> None:
        for kind in sorted({one.kind for one in self.carried}):
            own = [one for one in self.carried if one.kind == kind]
            try:
                looked, there = self._looked(kind, {one.id for one in own})
            except OsnapError as error:  # nothing of this kind goes
                error.changed_nothing = True
                for one in own:
                    self._results.update(dict.fromkeys((taken.id for taken in one.doomed), error))
            else:
                self._remove(kind, own, looked, there)

    def _looked(self, kind, ids):
        looked = self._look(self.context.cloud)
        looked.look([kind])
        return looked, looked.tied(kind, [taken for taken in looked.taken(kind) if taken.item.source in ids])

    def _remove(self, kind, own, looked, there):
        chosen, kept = [], {}
        for one in own:
            for taken, why in _still(one, there):
                if why:
                    self._why[taken.id] = f"{why}, {_LATE}"
                else:
                    chosen.append(taken)
                    kept[taken.id] = _kept(one.policy, looked, kind, taken)
        self._results.update(looked.remove(self.context, kind, chosen, kept))
        for id, result in self._results.items():
            if isinstance(result, Stays):
                self._why[id] = f"{result.why}, {_LATE}"

    # -- what came of it

    def of(self, id: str) -> tuple[list[Taken], dict[str, str], OsnapError | None]:
        """``(what has gone, {ID: why it stayed}, error)`` of one object."""
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
        """Whether anything may have been removed of one object by this task."""
        one = next((one for one in self.carried if one.id == id), None)
        results = [self._results.get(taken.id) for taken in one.doomed] if one else []
        return any(
            result == prune.ASKED_FOR or (isinstance(result, OsnapError) and not result.changed_nothing)
            for result in results
        )


def _still(one, there):
    """``(taken, why it stays)`` of what the plan has chosen and is there: somebody may have removed, since the plan, what
    made this one superfluous.
    """
    fresh = history.of_policy(one.policy, one.id, there)
    verdicts = history.verdicts(one.policy, one.id, fresh, None, datetime.now(timezone.utc))
    by_id = {taken.id: taken for taken in fresh}
    for taken in one.doomed:
        if taken.id in by_id:
            verdict = verdicts[taken.id]
            yield by_id[taken.id], ", ".join(verdict.reasons) if verdict.keep else None


def _kept(policy, looked, kind, taken):
    """Why one stays that was to be deleted: what has happened to it at the last moment."""

    def kept(row):
        now = looked.read_again(kind, row)
        if now.marks.get(_marks.POLICY) != policy.name or now.window != taken.window:
            return f"no longer of the policy {policy.name}"
        # Why it goes is no reason to stay.
        failed = now.item.state == FAILED and taken.item.state in (FAILED, LOST)
        item = replace(now.item, state=USABLE) if failed else now.item
        return ", ".join(by_itself(policy.keep, item, datetime.now(timezone.utc)))

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
