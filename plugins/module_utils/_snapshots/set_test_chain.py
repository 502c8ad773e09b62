# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of one test: restored, looked at, compared, taken away again, and what came of it kept on the set.

What a killed test has made is found by its marks, and gone on with. A test that fails for what the set is, or does when it
is restored, is kept as failed; one that could not be made, for want of a login or a quota, says nothing of the set.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._servers import console_check
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge, there
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_console import ServerConsole
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_copy_leftovers,
    set_copy_rules,
    set_hashes,
    set_members,
    set_test_rules,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy_leftovers import Leftovers
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore import SetRestore
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_test_rules import (
    BOOTED,
    FAILED,
    PASSED,
    PLACE,
    RUN,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


@dataclass
class Carried:
    """What the plan of a test carries."""

    item: Row
    #: The set; None where all that a test has left is to go.
    row: Row | None
    seed: str | None
    #: The server that an earlier run of this test has restored.
    up: Row | None
    left: Leftovers
    #: Whether its last test is good and young enough for none to be needed.
    is_good: bool = False


def restore_item(item: Row, row: Row) -> Row:
    """How the set is restored: beside its server, in no network but those that are named."""
    return {
        "server": row["server_id"],
        "set": row["id"],
        "networks": item["networks"] or [],
        **({"flavor": item["flavor"]} if item["flavor"] else {}),
    }


class TestChain:
    """Tests one set."""

    __test__ = False  # no test of pytest's

    def __init__(self, context: Context, carried: Carried):
        self.context, self.carried, self.item = context, carried, carried.item
        self.row: Row = carried.row or {}  # without a set no test is planned
        self.began = time.monotonic()
        self.label = f"The snapshot set {SnapshotSets(context.cloud).label(self.row)}"

    def go(self) -> Outcome:
        compares = self.context.params["compare"] == "data"
        try:
            try:
                server = self._restored()
                seconds = self._seconds(server)
                if self.context.params["state"] == BOOTED:
                    return Outcome(self._told(id=server["id"], name=server["name"], seconds=seconds))
                if reason := self.item["failed_because"]:
                    raise OsnapError(f"{reason.strip().rstrip('.')}.", resource=server["id"])
            except OsnapError as error:
                if compares and not error.stops_work:
                    self._because_of_data(error)
                raise
            hashes = self._hashes() if compares else {}
        except OsnapError as error:
            raise self._failed(error) from error
        self._remove()
        at = self._record(PASSED, seconds, hashes)
        return Outcome(self._told(result=PASSED, seconds=seconds, tested_at=at, hashes=hashes))

    def _because_of_data(self, error):
        """A server that does not come up may have a damaged disk, which Nova does not tell: the one is named then."""
        try:
            self._hashes()
        except OsnapError as cause:
            if cause.stops_work:
                raise error from cause
            raise OsnapError(
                f"{str(cause).rstrip('.')}. The restore has failed for it: {error}", **cause.fields
            ) from error

    def _told(self, **known):
        return set_test_rules.told(self.row, self.item, self.carried.seed, **known)

    # -- restored

    def _restored(self):
        """The server of the set, once it shows what it is to show."""
        up = self.carried.up
        if up and (up["metadata"] or {}).get(_marks.TESTED_RESULT) == FAILED:
            self._remove()  # what a failed test has kept is no restore of now
            self.carried.up = None
        restored = carry_out(
            SetRestore(),
            restore_item(self.item, self.row),
            within=self.context,
            cloud=self.context.cloud,
            run=RUN,
            timeout=self.context.timeout,
        ).outcome.resource
        server = {"id": restored["id"], "name": restored["name"]}
        console, checks = ServerConsole(self.context.cloud), self.item["checks"]
        if checks:
            wrong = console_check.wait(lambda: console.of(server["id"]), checks, self.context.progress.check)
            if wrong:
                raise OsnapError(
                    f"The server '{server['name']}' ({server['id']}) that was restored of it has not passed its check:"
                    f" {wrong}.",
                    resource=server["id"],
                )
        return server

    def _seconds(self, server):
        """How long the restore took; written down, for a check of the user's own is no part of it."""
        service = Servers(self.context.cloud)
        row = there(service, server)
        written = (row["metadata"] or {}).get(_marks.RESTORED_SECONDS)
        if written:
            return float(written)
        # What a killed run has begun took longer than this one knows.
        seconds = round(age_of(row["created_at"]) if self.carried.up else time.monotonic() - self.began, 1)
        merge(service, row, {_marks.RESTORED_SECONDS: str(seconds)})
        return seconds

    # -- compared

    def _hashes(self):
        found = {}
        for member in self.row["members"]:
            self.context.progress.check()
            if member["kind"] == IMAGE:
                found[member["disk"]] = set_hashes.of_image(self.context, member)
            else:
                name = set_copy_rules.temporary_name(self.row["id"], member["disk"], PLACE)
                found[member["disk"]] = set_hashes.of_snapshot(self.context, member, name)
        return found

    # -- the end

    def _remove(self):
        """All that the test has made."""
        carry_out(
            SetRestore(),
            {"server": self.row["server_id"], "set": self.row["id"]},
            within=self.context,
            cloud=self.context.cloud,
            state="absent",
            run=RUN,
            timeout=self.context.timeout,
        )
        sets = SnapshotSets(self.context.cloud)
        source = set_copy_leftovers.Source(self.context.cloud, sets.has_volumes)
        set_copy_leftovers.remove(self.context, source.left(self.row["id"], self.row["disks"], PLACE))

    def _record(self, result, seconds, hashes):
        at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        marks = {
            _marks.TESTED_AT: at,
            _marks.TESTED_RESULT: result,
            _marks.TESTED_SECONDS: "" if seconds is None else str(seconds),
        }
        now = SnapshotSets(self.context.cloud).reread(self.row)
        members = now["members"] if now else []
        if len(members) < len(self.row["members"]):
            raise OsnapError(
                f"{self.label} lost a member while it was tested; somebody has removed it. Test another one.",
                resource=self.row["id"],
            )
        for member in members:
            own = {_marks.HASH: hashes[member["disk"]]["mark"]} if member["disk"] in hashes else {}
            set_members.write_marks(self.context, [member], {**marks, **own})
        return at

    def _failed(self, error):
        """The error of the test, once it is kept on the set, and nothing of it is left but what is asked for."""
        text = str(error).rstrip(".")
        if error.stops_work:
            return OsnapError(
                f"{self.label} could not be tested: {text}. Run again, which goes on from there, or remove what is left"
                " with state absent.",
                **error.fields,
                stops_work=True,
            )
        rest = []
        try:
            self._record(FAILED, None, {})
        except OsnapError as other:
            rest.append(f"It could not be marked as failed: {str(other).rstrip('.')}.")
        try:
            rest.append(self._kept() if self.item["keep_failed"] else self._remove() or "")
        except OsnapError as other:
            rest.append(f"What it has made is still there: {str(other).rstrip('.')}; remove it with state absent.")
        said = " ".join(filter(None, rest))
        return OsnapError(f"{self.label} has failed its test: {text}.{' ' + said if said else ''}", **error.fields)

    def _kept(self):
        """What is told of what a failed test has kept; marked, so that the next test does not go on with it."""
        service = Servers(self.context.cloud)
        for row in service.list() or ():
            metadata = row["metadata"] or {}
            if metadata.get(_marks.RESTORED_SET) == self.row["id"] and metadata.get(_marks.RUN) == RUN:
                merge(service, row, {_marks.TESTED_RESULT: FAILED})
                return f"The server '{row['name']}' ({row['id']}) is kept; remove it with state absent."
        return ""


def removed(context: Context, carried: Carried) -> Outcome:
    """All that tests of a server have left."""
    carry_out(
        SetRestore(),
        {"server": carried.item["server"]},
        within=context,
        cloud=context.cloud,
        state="absent",
        run=RUN,
        timeout=context.timeout,
    )
    set_copy_leftovers.remove(context, carried.left)
    return Outcome(None)
