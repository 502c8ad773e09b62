# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server's set, from what is there of it to a whole one: stopped if asked for, each disk taken, started again."""

from __future__ import annotations

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._services.groupable_volumes import GroupableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    FAILED,
    IMAGE,
    ROOT,
    TAKING,
    WHOLE,
    told,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_frozen,
    set_groups,
    set_members,
    set_rivals,
    set_rules,
    set_truth,
    set_wanted,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]

#: Looks, a second each, at a set that another run may be beginning at this moment.
LOOKS = 5
#: Seconds after which a set that is being begun has all its members asked for.
BEGINS = 4


@dataclass
class Carried:
    """What the plan of a server's set carries."""

    item: Row
    server: Row
    #: The IDs of the volumes of the group of a group snapshot, by group.
    in_groups: dict[str, list[str]]
    #: What is there of the set, and is gone on with or judged again.
    rows: list[Row] = field(default_factory=list)
    #: Torn or failed ones that are to go.
    doomed: list[Row] = field(default_factory=list)
    #: Why what an earlier run has begun goes.
    outdated: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.item["name"])


class SetChain:
    """Takes one set, or completes it."""

    def __init__(self, context: Context, carried: Carried):
        self.context, self.carried, self.name = context, carried, carried.name
        self.cloud = context.cloud
        self.sets = waiter.bound(SnapshotSets(self.cloud), context)
        self.id = carried.server["id"]
        self.outdated: list[str] = []
        #: Whether all that there is of the set is this chain's own making.
        self.is_own = False

    def go(self) -> Outcome:
        label = f"The snapshot set '{self.name}' of the server '{self.carried.server['name']}' ({self.id})"
        stopped: set[str] = set()
        error: OsnapError | None = None
        row = None
        try:
            if self.carried.item["consistency"] == "stop":
                halted = off_for_image.stop(self.context, {self.id: self.name}, stopped)
                if halted:
                    raise halted[self.id]
            row = self._taken()
        except OsnapError as failed:
            error = failed.of(label)
        still_off = off_for_image.start(self.context, {self.id: {self.name}}, stopped) if stopped else {}
        if still_off:
            raise set_rules.still_off(label, error, still_off[self.id])
        if error:
            raise error
        return Outcome(told(row), {"outdated": self.outdated})

    # -- taking

    def _taken(self) -> Row:
        # Before the server is looked at: what is done to it after this look is seen in the end.
        self.actions = ServerActions(self.cloud).told(self.id) or []  # untold, what a killed run has begun goes
        server = self._server()
        volumes = {row["id"]: row for row in GroupableVolumes(self.cloud).poll(server["attached_volumes"]).values()}
        self.wants = set_wanted.wanted(server, volumes, self.carried.in_groups)
        current = self._current(server)
        if current is not None and current["status"] == WHOLE:
            return current
        if self.carried.item["consistency"] == "stop" and server["status"] not in _consistency.OFF:
            return self._by_a_twin(server)
        marks = self._marks(server, current)
        self.is_own = current is None
        try:
            self._make(server, current, marks)
            row = self._ready(marks)
        except OsnapError as error:
            self._take_back(error, marks)
            raise
        first = set_rivals.first(self.context, self.sets, row, self.rows, self._named)
        return self._undisturbed(first) if first["id"] == row["id"] else first

    def _server(self) -> Row:
        server = Servers(self.cloud).get(self.id)
        if server is None:
            raise OsnapError("the server is not there any more; somebody has deleted it.", resource=self.id)
        return server

    def _by_a_twin(self, server: Row) -> Row:
        """The set, where the server is on by now because another run has taken it meanwhile; else somebody has started it."""
        whole = [row for row in self._named() if row["status"] == WHOLE]
        if whole:
            return min(whole, key=set_rivals.earliest)
        raise OsnapError(
            f"the server was stopped for it, and is {server['status']}: somebody has started it. Run again.",
            resource=self.id,
        )

    def _current(self, server: Row) -> Row | None:
        """What is gone on with, once what is not true to its moment any more has gone."""
        if not self.carried.rows and not self.carried.doomed:
            return None
        for look in range(LOOKS):
            rows = self._named(also_hidden=True)
            whole = min((row for row in rows if row["status"] == WHOLE), key=set_rivals.earliest, default=None)
            if whole:
                return whole
            begun = [row for row in rows if row["status"] == TAKING and set_rules.age(row) < BEGINS and row["missing"]]
            if not begun or look == LOOKS - 1:
                break
            waiter.pause(self.context)
        current = None
        for row in sorted(rows, key=set_rivals.earliest):
            why = set_rules.unusable(
                row,
                server,
                self.wants.disks,
                self.actions,
                datetime.now(timezone.utc),
                self.context.params["max_spread"],
            )
            if why or current is not None:
                label = f"The snapshot set {self.sets.label(row)}"
                if error := set_rules.staying(row, label, datetime.now(timezone.utc)):
                    raise error
                self.outdated += why
                self.sets.delete(row)
            else:
                current = row
        return current

    def _all_volumes(self) -> list[str]:
        """Those of the server now, and those of which there are members."""
        there = {one["volume_id"] for row in self.carried.rows + self.carried.doomed for one in row["members"]} - {None}
        return sorted(there | set(self.wants.volumes))

    def _marks(self, server: Row, current: Row | None) -> dict[str, str]:
        if current is None:
            id, at = str(uuid.uuid4()), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            after = self.actions[0]["request_id"] if self.actions else None
            consistency = "frozen" if self._is_frozen(server) else set_wanted.reached(server, self.wants)
        else:
            id, at, after = current["id"], current["created_at"], current["after"]
            consistency = current["consistency"]
        return set_wanted.marks_of_set(
            server,
            self.wants,
            name=self.name,
            id=id,
            at=at,
            after=after,
            consistency=consistency,
            own=self.carried.item,
        )

    def _is_frozen(self, server: Row) -> bool:
        """Whether Nova has to freeze the server."""
        return self.carried.item["consistency"] == "quiesce" and server["status"] not in _consistency.OFF

    def _make(self, server: Row, current: Row | None, marks: dict[str, str]) -> None:
        """Ask for all that is missing, side by side: what is asked for later shows another moment."""
        if self._is_frozen(server):
            if current is None:
                most = self.context.params["max_spread"]
                marks[_marks.SET_ID] = set_frozen.make(self.context, server, self.name, marks, most)
            return
        have = {one["disk"] for one in current["members"]} if current else set()
        missing = [disk for disk in self.wants.disks if disk not in have]
        work = []
        if self.wants.group_id and len(missing) - (ROOT in missing) == len(self.wants.volumes):
            work.append(lambda: set_groups.make(self.context, self.wants.group_id, self.name, marks))
            missing = [disk for disk in missing if disk == ROOT]
        for disk in missing:
            of_member = {**marks, **set_wanted.marks_of_member(server, self.wants, disk)}
            if disk == ROOT:
                work.append(lambda own=of_member: set_members.make_image(self.context, server, self.name, own))
            else:
                volume = self.wants.volumes[disk]
                work.append(
                    lambda own=of_member, of=volume: set_members.make_snapshot(self.context, of, self.name, own)
                )
        self._side_by_side(work)

    @staticmethod
    def _side_by_side(work):
        """All are tried; the first error is raised when none is under way any more."""

        def attempt(one):
            before = written.count()
            try:
                one()
                return None, written.count() - before
            except OsnapError as error:
                return error, written.count() - before

        if len(work) < 2:
            for one in work:
                one()
            return
        with ThreadPoolExecutor(len(work)) as pool:
            results = list(pool.map(attempt, work))
        written.add(sum(writes for _error, writes in results))
        for error, _writes in results:
            if error:
                raise error

    def _ready(self, marks: dict[str, str]) -> Row:
        """Wait for all members, and write the marks that can't be in a request."""
        row = self._look(marks)
        for id in row["groups"]:
            set_groups.finish(self.context, id, lambda disk, at_once: self._marks_of_group(marks, disk, at_once))
        if row["carriers"]:
            set_frozen.finish(
                self.context,
                row,
                self.name,
                lambda disk: {**marks, **set_wanted.marks_of_member(self.carried.server, self.wants, disk)},
            )
        snapshots = [one["id"] for one in row["members"] if one["kind"] != IMAGE and not one["group_snapshot_id"]]
        self._wait(VolumeSnapshots(self.cloud), snapshots)
        for image in self._wait(Images(self.cloud), [one["id"] for one in row["members"] if one["kind"] == IMAGE]):
            set_members.finish_image(self.context, image)
        return self._look(marks)

    def _marks_of_group(self, marks, disk, at_once):
        server = self.carried.server
        own = {**marks, **set_wanted.marks_of_member(server, self.wants, disk)}
        if marks[_marks.SET_CONSISTENCY] != "off":
            own[_marks.SET_CONSISTENCY] = set_wanted.reached(server, self.wants, at_once)
        return own

    def _wait(self, service, ids):
        rows = waiter.wait(
            service, dict.fromkeys(ids, waiter.READY), timeout=self.context.timeout, progress=self.context.progress
        )
        for row in rows.values():
            if isinstance(row, OsnapError):
                raise row
        return list(rows.values())

    def _named(self, also_hidden: bool = False) -> list[Row]:
        """The server's sets of the name, as they are now."""
        found = self.sets.of_server(self.id, self._all_volumes(), also_hidden=also_hidden)
        return [row for row in found if row["name"] == self.name]

    def _look(self, marks: dict[str, str]) -> Row:
        self.rows = self._named()
        found = next((row for row in self.rows if row["id"] == marks[_marks.SET_ID]), None)
        if found is None:
            raise OsnapError("it vanished while it was taken; somebody has deleted it. Run again.", resource=self.id)
        return found

    def _undisturbed(self, row: Row) -> Row:
        """The set, if nobody has acted on the server while it was taken; else it goes, for it is of no one moment. A server
        that is gone, or of which nobody tells, has told nothing against it. One request.
        """
        actions = ServerActions(self.cloud).told(self.id)
        if why := set_truth.acts(actions, row) if actions else []:
            self.sets.delete(row)
            raise OsnapError(
                f"while it was taken {enumerated(why)}, so that its disks may be of different moments. It was removed; run"
                " again.",
                resource=self.id,
            )
        return row

    def _take_back(self, error: OsnapError, marks: dict[str, str]) -> None:
        """What this chain has made of a set that can't become whole goes; what may still become so is left to the next
        run.
        """
        if not self.is_own or isinstance(error, Ambiguous):
            return
        with contextlib.suppress(OsnapError):
            row = self._look(marks)
            if row["missing"] or row["status"] == FAILED:
                self.sets.delete(row)
