# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of one copy of a set: each disk as an image there, by a temporary one here where it is a volume's; then nothing
temporary is left.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy import ImageCopy
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_bytes import Vanished
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copies import SetCopies
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copy_parts import key_of, marks_of, told
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE, WHOLE, in_pieces
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import (
    set_copy_leftovers,
    set_copy_rules,
    set_hashes,
    set_members,
)
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy_leftovers import Leftovers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]

#: Seconds between two looks at a copy that another task is making, and those in which such a task, having removed what was
#: begun of it, begins anew.
PAUSE, TO_BEGIN = 2, 10


@dataclass
class Carried:
    """What the plan of a copy carries."""

    item: Row
    #: The set; None where it has gone.
    row: Row | None
    #: What there is of its copy.
    copy: Row | None
    left: Leftovers
    #: What tells the destination from others in names.
    place: str
    #: Copies that are to be gone.
    doomed: list[Row] = field(default_factory=list)
    #: What differs of the metadata of a whole copy.
    changes: dict[str, str] = field(default_factory=dict)


class CopyChain:
    """Makes one copy, or completes it."""

    def __init__(self, context: Context, carried: Carried):
        self.context, self.carried = context, carried
        self.row: Row = carried.row or {}  # without a set nothing is planned to be copied
        self.copies = waiter.bound(SetCopies(context.cloud.peer), context)
        self.transfers: list[Row] = []

    def go(self) -> Outcome:
        label = f"The copy of the snapshot set {SnapshotSets(self.context.cloud).label(self.row)}"
        try:
            for member in self.row["members"]:
                self._disk(member)
            self._await_twins()
            self._clear()
            row = self._whole()
            row = _changed(self.copies, row, set_copy_rules.changes(row, self.carried.item))
            return Outcome(told(row), {"transfers": self.transfers})
        except OsnapError as error:
            raise error.of(label) from None

    def _await_twins(self):
        """A twin that still saw a copy of ours unfinished may have removed it in the moment in which it was declared complete:
        then that one makes it.
        """
        there = set_copy_rules.finished(self.copies.of_set(self.row["id"]))
        for member in self.row["members"]:
            if member["disk"] not in there:
                self._by_a_twin(member["disk"], TO_BEGIN)

    def _whole(self):
        now = self.copies.of_set(self.row["id"])
        if now is None or now["status"] != WHOLE:
            why = f": {now['torn_because']}" if now and now["torn_because"] else ""
            raise OsnapError(
                f"It is not whole after all its disks were copied{why}; somebody else has been at it. Run again.",
                resource=self.row["id"],
            )
        return now

    def _there(self, disk):
        return set_copy_rules.finished(self.copies.of_set(self.row["id"])).get(disk)

    def _disk(self, member):
        if self._there(member["disk"]):
            return
        try:
            image = member["id"] if member["kind"] == IMAGE else self._temporary(member)
        except OsnapError:
            if self._there(member["disk"]):  # who was faster has taken away what is needed no more
                return
            raise
        # Who was faster with this disk has removed the image of it here, so that this look finds it there.
        if self._there(member["disk"]):
            return
        self._drop_useless(member["disk"], image)
        item = {
            "image": image,
            "name": set_copy_rules.image_name(self.row, member["disk"]),
            "properties": marks_of(
                self.row,
                member,
                set_copy_rules.metadata_of(self.row, self.carried.copy, self.carried.item),
                next(iter(set_copy_rules.holds_of(self.carried.copy, self.carried.item)), None),
                self.context.cloud.project_id,
            ),
        }
        try:
            done = carry_out(ImageCopy(), item, within=self.context, cloud=self.context.cloud, parallel=1)
        except OsnapError as error:
            if self._by_a_twin(member["disk"], TO_BEGIN if isinstance(error, Vanished) else 0):
                return
            raise
        if transfer := done.outcome.facts["transfer"]:
            self.transfers.append({"disk": member["disk"], "bytes": transfer["bytes"], "seconds": transfer["seconds"]})

    def _temporary(self, member):
        """The ID of an image of a snapshot; an earlier run may have made it."""
        item = {
            "snapshot": member["id"],
            "name": set_copy_rules.temporary_name(self.row["id"], member["disk"], self.carried.place),
            "disk_format": "raw",
            "properties": {_marks.STEP: set_copy_rules.STEP},
        }
        timeout = self.context.timeout
        operation = ImageFromSnapshot()
        done = carry_out(operation, item, within=self.context, cloud=self.context.cloud, parallel=1, timeout=timeout)
        image = done.outcome.resource
        read = set_hashes.compared(member, set_hashes.of_its_image(self.context, member, image))
        if read["compared"] == set_hashes.RECORDED:  # so that a test notices what has been damaged since
            set_members.write_marks(self.context, [member], {_marks.HASH: read["mark"]})
        return image["id"]

    def _drop_useless(self, disk, source):
        """What was begun of another temporary image can't be completed any more: that image has gone."""
        now = self.copies.of_set(self.row["id"])
        for one in set_copy_rules.useless(now):
            if one["disk"] == disk and one["row"]["properties"].get(_marks.SOURCE) != source:
                self.copies.images.delete_if(one["row"], _is_complete)

    def _by_a_twin(self, disk, to_begin):
        """Whether another task has made the copy of this disk, which is waited for as long as it is being made.

        :param to_begin: seconds for which it may not even have begun
        """
        began = time.monotonic()
        while (waited := time.monotonic() - began) < self.context.timeout:
            now = self.copies.of_set(self.row["id"])
            if disk in set_copy_rules.finished(now):
                return True
            under_way = any(
                one["disk"] == disk and one["status"] in ("queued", "saving", "active")
                for one in set_copy_rules.useless(now)
            )
            if not under_way and waited >= to_begin:
                return False
            waiter.pause(self.context, PAUSE)
        return False

    def _clear(self):
        """Nothing is left here that was made for it, and nothing there that is of no use."""
        now = self.copies.of_set(self.row["id"])
        for one in set_copy_rules.useless(now):
            if one["disk"] in set_copy_rules.finished(now):  # else a twin is at it
                self.copies.images.delete_if(one["row"], _is_complete if not one["marked"] else lambda now: None)
        cloud = self.context.cloud
        source = set_copy_leftovers.Source(cloud, SnapshotSets(cloud).has_volumes)
        set_copy_leftovers.remove(self.context, source.left(self.row["id"], self.row["disks"], self.carried.place))


def _is_complete(row):
    return "it was finished meanwhile" if row["properties"].get(_marks.COMPLETE) else None


def change(context: Context, carried: Carried) -> Outcome:
    """A whole copy: what differs of its metadata, and what an earlier run has left here."""
    copies = waiter.bound(SetCopies(context.cloud.peer), context)
    row = carried.copy or {}  # what is changed is there
    for one in set_copy_rules.useless(row):
        copies.images.delete_if(one["row"], _is_complete if not one["marked"] else lambda now: None)
    row = _changed(copies, row, carried.changes)
    set_copy_leftovers.remove(context, carried.left)
    return Outcome(told(row), {"transfers": []})


def _changed(copies, row, changes):
    """A whole copy with other metadata, which all its images have."""
    if not changes:
        return row
    own = sorted({key for key in changes if key != _marks.HOLD} | set(row["metadata"]))
    keys = {key_of(key): value for key, value in in_pieces(_marks.SET_KEYS, ",".join(own)).items()} if own else {}
    for one in row["members"]:
        copies.images.update(one["row"], {"properties": {**changes, **keys}})
    return copies.reread(row)
