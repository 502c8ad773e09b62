# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies of sets that a project has: images, read in two lists however many there are."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copy_parts import (
    COPY_KEYS,
    copies_of,
    key_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets

if TYPE_CHECKING:
    Row = dict[str, Any]
    #: Here, for in a service ``list`` is a method.
    Rows = list[Row]


class SetCopies(SnapshotSets):
    """Rows are those of :mod:`set_copy_parts`. Removal and holds are those of sets."""

    resource = "copied_set"
    noun = "copy of a snapshot set"
    attributes = dict.fromkeys(COPY_KEYS)

    def list(self, first_page_only: bool = False, most: int | None = None, **filters: Any) -> Rows:
        """All copies, that of the newest set first."""
        images = [
            row
            for hidden in ("false", "true")
            for row in self.images.list(owner=self.cloud.project_id, os_hidden=hidden) or ()
        ]
        rows = copies_of(images, datetime.now(timezone.utc))
        return rows[:most]

    def of_set(self, set_id: str) -> Row | None:
        """The copy of one set: a list that is short however many copies there are."""
        found = self.images.list(owner=self.cloud.project_id, **{key_of(_marks.SET_ID): set_id}) or ()
        return next(iter(copies_of(found, datetime.now(timezone.utc))), None)

    def reread(self, row: Row) -> Row | None:
        """A copy as it is now, read by the images that it had."""
        images = [self.images.get(one["id"]) for one in row["members"] + row["surplus"]]
        found = copies_of([one for one in images if one], datetime.now(timezone.utc))
        return next((one for one in found if one["id"] == row["id"]), None)
