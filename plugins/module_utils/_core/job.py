# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plan on its way."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class Job:
    """One plan on its way: the steps that are left, and the row as it was last seen."""

    def __init__(self, plan: Plan):
        self.plan, self.steps = plan, list(plan.steps)
        self.row: Any = plan.current  # there from the first step that acts on it
        self.error: OsnapError | None = None
        self.created: Any = None  # until it has been seen whether somebody else has created the same
        self.namesakes: frozenset[str] = (
            frozenset()
        )  # the IDs of those that were there beside one that is replaced by its ID
        self.seen: Row | None = None  # the row of the look for twins
        self.instead: Plan | None = (
            None  # the plan that was carried out, if somebody else has created it, or deleted it
        )
        self.wrote = False  # whether anything may have been changed for it

    @property
    def open(self) -> bool:
        return bool(self.steps) and self.error is None

    @property
    def next(self) -> str | None:
        return self.steps[0].verb if self.open else None

    def done(self, result: Row | OsnapError) -> None:
        if isinstance(result, OsnapError):
            if isinstance(result, NotSent) and self.wrote:  # this step was not attempted, but an earlier one was
                result = OsnapError(str(result), **result.fields)
            self.fail(result)
        else:
            self.row = result
            self.steps.pop(0)

    def fail(self, error: OsnapError) -> None:
        self.error = copy.copy(error)  # others may have failed of the same
        self.error.changed_nothing = not self.wrote

    def adopt(self, plan: Plan, row: Row) -> None:
        """Go on with what somebody else has created, as if it had been there from the beginning."""
        replaced = self.plan.does(DELETE)  # that remains a change
        self.plan, self.steps, self.row, self.error = plan, list(plan.steps), row, None
        self.instead = None if replaced else plan
