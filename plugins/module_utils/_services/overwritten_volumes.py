# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes that are made of something, or that a backup is restored into."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services import overwrite_stage
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import there
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import RestoredVolumes


class OverwrittenVolumes(RestoredVolumes):
    def overwrite(self, row: dict, values: dict) -> dict:
        """Mark, look once more, and send it; once more if it can be seen that the first request never arrived."""
        backups, backup = Backups(self.cloud), values["backup"]
        self.set_metadata(row, overwrite_stage.before_marks(row, backup))

        def now():
            return there(self, row), there(backups, backup)

        def look():
            """Begun, by the request whose answer got lost, or another job."""
            return True if overwrite_stage.stage(*now()) != overwrite_stage.OPEN else None

        def send():
            volume, of = now()
            if overwrite_stage.stage(volume, of) != overwrite_stage.OPEN:
                return
            if problems := overwrite_stage.problems(volume, of):
                raise self.not_overwritten(volume, of, problems)
            self.client.write(
                "POST",
                f"/backups/{of['id']}/restore",
                body={"restore": {"volume_id": volume["id"]}},
                doing=f"restore the volume backup {backups.label(of)} into the volume {self.label(volume)}",
                resource=volume["id"],
            )

        try:
            send_once(send, look, self.pause)
        except OsnapError as error:
            if error.status != 400 or not look():  # else another task has been faster by a moment
                raise
        return there(self, row)

    def finish(self, row: dict, values: dict) -> dict:
        """What is wanted beside the data, and the mark, whose time is that of the last change."""
        backup = values["backup"]
        self.wait_for(Backups(self.cloud), {backup["id"]: READY})
        row = self.update(row, {key: value for key, value in values.items() if key != "backup"})
        self.set_metadata(row, overwrite_stage.after_marks(row, backup["id"]))
        return there(self, row)

    def not_overwritten(self, volume: dict, backup: dict, problems: list) -> OsnapError:
        return OsnapError(
            f"The volume {self.label(volume)} in cloud {self.cloud.name} can't be overwritten with the backup"
            f" {self.label(backup)}: {'; '.join(problems)}. Nothing was written.",
            resource=volume["id"],
        )

    def remedy(self, row: dict) -> str | None:
        if row["status"] != "error_restoring":
            return super().remedy(row)
        return "an administrator has to reset its status to available before it can be restored again"
