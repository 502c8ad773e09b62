# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of backups: what lets another cloud with the same store know a backup. For administrators."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import ADMINISTRATORS
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Backup, Row


def decoded(url: str | None) -> dict[str, Any] | None:
    """What stands in a record; None for what is none, as Cinder writes them."""
    try:
        record = json.loads(base64.b64decode((url or "").strip(), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not lookup.is_id(record.get("id")):
        return None
    size = record.get("size")
    return record if isinstance(size, int) and not isinstance(size, bool) else None


class BackupRecords(Backups):
    noun = "volume backup"

    def export(self, row: Backup) -> Row:
        """The record of a backup: ``backup_service`` and ``backup_url``."""
        record = self.client.get(
            f"/backups/{row['id']}/export_record",
            doing=f"export the record of the volume backup {self.label(row)}",
            resource=row["id"],
            advice=ADMINISTRATORS,
        ).object("backup-record")
        return {key: record[key] for key in ("backup_service", "backup_url")}

    def take(self, service: str, url: str, label: str) -> None:
        """Ask Cinder to know the backup; it reads the store for it."""
        self.client.write(
            "POST",
            "/backups/import_record",
            body={"backup-record": {"backup_service": service, "backup_url": url}},
            doing=f"import the record of the volume backup {label}",
            resource=label,
            advice={
                **ADMINISTRATORS,
                400: "where Cinder says that it exists, another project of this cloud has it",
            },
        )
