# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What snapshots and backups of single volumes share: one is known by its volume and its name, which may repeat."""

from __future__ import annotations

import contextlib

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage


class OfVolumes(BlockStorage):
    allows_twins = True

    def find(self, wanted: list) -> list:
        """The candidates of many identities at once.

        :param wanted: list of ``{id}`` or ``{name, volume_id}``, where ``name`` or ``volume_id`` may be None for "any"
        :returns: list of lists of rows, in the same order
        """
        by_id = self.known(sorted({one["id"] for one in wanted if one.get("id")}))
        others = [one for one in wanted if not one.get("id")]
        rows = self._rows_of(others)
        return [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]

    @staticmethod
    def matches(row: dict, one: dict) -> bool:
        """Whether a row is what an identity names; the server's filters are only to make the list short."""
        if one.get("id"):
            return row["id"] == one["id"]
        volume, name = one.get("volume_id"), one.get("name")
        return (volume is None or row["volume_id"] == volume) and (
            name is None or (row["name"] or "").strip() == name.strip()
        )

    def _rows_of(self, wanted):
        if not wanted:
            return []
        if len(wanted) == 1:
            return self.list(**{key: value.strip() for key in ("name", "volume_id") if (value := wanted[0].get(key))})
        # One page of everything is cheaper than a list a volume. Only where there are more than fit a page it is a list
        # a volume.
        rows = self.list(first_page_only=True)
        if rows is not None:
            return rows
        volumes = {one.get("volume_id") for one in wanted}
        return (
            self.list()
            if None in volumes or len(volumes) > 100
            else [row for volume in sorted(volumes) for row in self.list(volume_id=volume)]
        )

    def withdraw(self, row: dict) -> None:
        """Cinder does not delete one that is still being made, nor does it have to become a good one."""
        if row["status"] not in self.statuses.failed:
            with contextlib.suppress(OsnapError):
                row = self.wait_for(self, {row["id"]: READY})[row["id"]]
        self.delete(row)
