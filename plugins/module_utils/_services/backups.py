# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's backups of volumes, as far as pruning needs them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage

#: Everything needed is there from 3.0 on; 3.43 adds the metadata.
BACKUPS = Microversions("3.64", "3.0", "a volume backup")


class Backups(BlockStorage):
    resource = "backup"
    noun = "volume backup"
    path = "/backups"
    detail = "/backups/detail"
    collection = "backups"
    member = "backup"
    microversion = BACKUPS
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "volume_id": "volume_id",
        "snapshot_id": "snapshot_id",
        "size": "size",
        "metadata": "metadata",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "data_timestamp": "data_timestamp",
        "is_incremental": "is_incremental",
        "has_dependent_backups": "has_dependent_backups",
        "fail_reason": "fail_reason",
    }
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def reason(self, row: dict) -> str | None:
        return (row["fail_reason"] or "").rstrip(".") or super().reason(row)

    def delete(self, row: dict) -> None:
        """Ask for the deletion; a backup that is already gone is fine."""
        self.client.write(
            "DELETE",
            f"/backups/{row['id']}",
            doing=f"delete the volume backup {self.label(row)}",
            resource=row["id"],
            ok=(404,),
        )


def bases(rows: list) -> dict:
    """``{id: ID of the backup that an incremental one is built upon}``, as Cinder chose it: the API does not tell.

    It takes the volume's backup with the newest data before it, and shows of each whether there are any built upon it.
    """
    candidates = [row for row in rows if row["has_dependent_backups"]]
    found = {}
    for row in rows:
        older = (
            [base for base in candidates if base["volume_id"] == row["volume_id"] and _data(base) < _data(row)]
            if row["is_incremental"]
            else []
        )
        if older:
            found[row["id"]] = max(older, key=_data)["id"]
    return found


def _data(row):
    """When the data were on the volume."""
    return row["data_timestamp"] or row["created_at"] or ""
