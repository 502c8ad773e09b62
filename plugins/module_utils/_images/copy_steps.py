# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one copy of an image is made: registered, filled, verified, declared complete; safe against a twin that lives.

Its ID is computed, not drawn: of two runs that register it at once the service itself refuses the second.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, UPDATE, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._images import finished
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_bytes import BROKEN, Bytes, may_pass
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_plan import (
    NOTHING_SENT,
    is_ours,
    is_whole,
    kept,
    plan_copy,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan

#: Whole transfers before giving up. There is no resumable upload: what broke at the destination starts again from the
#: first byte.
ATTEMPTS = 3
#: What has become of an unfinished image: we have removed it, could not, or somebody else has.
_TAKEN_BACK, _LEFT, _GONE = "taken back", "left", "gone"


class Copying:
    """The way of one copy. Whoever is met on it that has become finished since the plan is what was wanted."""

    def __init__(self, context: Context, plan: Plan):
        self.context, self.plan, self.cloud = context, plan, context.cloud
        self.images = bound(Images(context.cloud.peer), context)
        self.removed = 0  # leftovers of other runs

    def run(self) -> Outcome:
        if self.plan.does(UPDATE):
            return Outcome(finished.changed(self.images, self.plan), NOTHING_SENT)
        self.copy = self.plan.carried
        for row in self.copy.leftovers:
            if stays := self.images.delete_if(row, self._kept):
                if outcome := self._of_use(stays.row):
                    return outcome
            else:
                self.removed += 1
        if self.copy.whole and (now := self.images.get(self.copy.whole["id"])) and (outcome := self._of_use(now)):
            return outcome
        return self._made()

    def _kept(self, row):
        return kept(row, self.copy.source, self.cloud)

    def _of_use(self, row):
        """The outcome where nothing has to be copied any more: a twin has declared this image finished, or it has all
        bytes. None where it does not help.
        """
        if not is_ours(row, self.copy.source, self.cloud):
            return None
        if finished.is_declared(row):
            plan = plan_copy(self.copy.item, [row], self.cloud)
            done = finished.changed(self.images, plan)
            return Outcome(
                done, NOTHING_SENT, instead=replace(plan, steps=(Step(DELETE),) * bool(self.removed) + plan.steps)
            )
        return Outcome(self._finish(row), NOTHING_SENT) if is_whole(row, self.copy.source) else None

    def _data(self):
        """What fills the copy."""
        return Bytes(self.context, self.copy.source, Images(self.cloud), self.images)

    def _made(self):
        """What fails on the way is removed, and what may succeed is tried again from the first byte."""
        data = self._data()
        for attempt in range(1, ATTEMPTS + 1):
            self.context.progress.check()
            row = self._registered()
            if outcome := self._of_use(row):
                return outcome
            began = time.monotonic()
            try:
                self._allowed(row, self.copy.wanted["visibility"])
                stored, streamed = data.send(row)
                break
            except BROKEN as error:
                became = self._taken_back(row)
                if became is _GONE and may_pass(error):  # that is why it broke; a twin's must not be deleted for it
                    raise data.vanished(row) from error
                if attempt == ATTEMPTS or not may_pass(error):
                    raise self._failure(error, attempt, row["id"] if became is _LEFT else None) from error
                if getattr(error, "status", None) == 401:
                    self.cloud.peer.fresh_token()
                else:
                    time.sleep(attempt)
        transfer = {
            "bytes": streamed.size,
            "seconds": round(time.monotonic() - began, 3),
            "hash_algo": streamed.algorithm,
            "hash_value": streamed.hexdigest,
            "attempts": attempt,
        }
        return Outcome(self._finish(stored), {"transfer": transfer})

    def _registered(self):
        """The image without data, marked in the creating request, under the first ID of its series that was never used;
        or one of use that a twin has made meanwhile.
        """
        source, wanted = self.copy.source, self.copy.wanted
        for generation in range(_marks.GENERATIONS):
            id = _marks.copy_id(self.cloud.peer.project_id, source["id"], wanted["name"], generation)
            marks = {_marks.SOURCE: source["id"], _marks.FOR: id}
            values = {**wanted, "id": id, "visibility": "private", "properties": {**wanted["properties"], **marks}}
            # Whose a found one is, ours or a twin's, nobody can tell after an answer that was lost.
            row, is_new = send_once(
                lambda: (self.images.create(values), True),
                lambda: (there, False) if (there := self.images.get(id)) else None,
                self.images.pause,
            )
            if row and is_new:
                return row
            there = row or self.images.get(id)
            if there is None:
                continue  # used and deleted
            if not is_ours(there, source, self.cloud) or there["name"] != wanted["name"]:
                continue  # it has become something else, such as a copy of another name
            # Begun between our plan and now, by a killed job's module that lives a moment longer or by a twin: the last
            # one wins, the other's upload ends with a 404. One that is of use is what is wanted.
            stays = self.images.delete_if(there, self._kept)
            if stays and is_ours(stays.row, source, self.cloud):
                return stays.row
        raise OsnapError(
            f"The copy '{wanted['name']}' was made and deleted {_marks.GENERATIONS} times; give it another name.",
            resource=wanted["name"],
        )

    def _allowed(self, row, visibility):
        """Ask for the visibility while there are no data to be seen: who may publish is a policy that nobody can read,
        and its refusal must not come after a whole copy.
        """
        if visibility == "public":
            self.images.update(self.images.update(row, {"visibility": visibility}), {"visibility": "private"})

    def _finish(self, row):
        wanted = {key: self.copy.wanted[key] for key in ("tags", "visibility", "properties")}
        try:
            return finished.declare(self.images, row, wanted, self.images.pause)
        except OsnapError as error:
            if error.status not in (404, 410):
                raise
            raise self._data().vanished(row) from error

    def _taken_back(self, row):
        """Take back what is unfinished, and say what has become of it. If that fails too, it stays marked so, and the
        next run removes it.
        """
        seen = []

        def kept(now):
            seen.append(now)
            return finished.kept(now)

        try:
            self.images.delete_if(row, kept)
        except OsnapError:
            return _LEFT
        there = [now for now in seen if now["status"] not in self.images.statuses.leaving]
        return _TAKEN_BACK if there else _GONE

    def _failure(self, error, attempt, left):
        """The error as a sentence; ``left`` is the ID of what could not be taken back."""
        if left:
            rest = f"The unfinished copy {left} could not be removed either: run again, which removes it first."
        else:
            rest = "Nothing unfinished is left at the destination; run again to start anew."
        if isinstance(error, OsnapError):
            return OsnapError(f"{error} {rest}", **error.fields, stops_work=error.stops_work) if left else error
        tries = f" after {attempt} attempts" if attempt > 1 else ""
        clouds = f"from cloud {self.cloud.name} to cloud {self.cloud.peer.name}"
        return OsnapError(
            f"Could not copy the image '{self.copy.source['name']}' {clouds}{tries}: {str(error).rstrip('.')}. {rest}",
            status=getattr(error, "status", None),
            service="image",
            resource=self.copy.source["id"],
        )
