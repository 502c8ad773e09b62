# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the records of backups are exported: each after those that it is built upon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.reader import Reader
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_chains import AVAILABLE, built_from
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_records import BackupRecords

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


class VolumeBackupRecordInfo:
    options = {
        "backups": {"type": "list", "elements": "str", "required": True},
        "with_bases": {"type": "bool", "default": True},
    }

    def run(self) -> None:
        Reader(self.options, {}, self.read).run()

    @staticmethod
    def read(cloud: Cloud, params: dict) -> dict:
        service = BackupRecords(cloud)
        found = lookup.existing(service, params["backups"])
        wanted = [found[value] for value in dict.fromkeys(params["backups"])]
        if error := next((row for row in wanted if isinstance(row, OsnapError)), None):
            raise error
        if params["with_bases"] and any(row["is_incremental"] for row in wanted):
            every = service.list()
            wanted = [one for row in wanted for one in (*built_from(row, every), row)]
        rows = list({row["id"]: row for row in wanted}.values())
        for row in rows:
            if row["status"] != AVAILABLE:
                raise OsnapError(
                    f"The volume backup {service.label(row)} is in status {row['status']}, and only of an available one"
                    " there is a record; wait for it or make it anew.",
                    resource=row["id"],
                )
        return {"backup_ids": [row["id"] for row in rows], "records": [service.export(row) for row in rows]}
