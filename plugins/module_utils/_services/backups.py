# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's backups of volumes."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Merged, asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE, READY
from ansible_collections.osnap.openstack.plugins.module_utils._services import backup_chains
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import ADMINISTRATORS
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import difference, settled, there
from ansible_collections.osnap.openstack.plugins.module_utils._services._of_volumes import OfVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Most is there from 3.0 on.
BACKUPS = Microversions("3.64", "3.0", "a volume backup")
RENAMED = Microversions("3.64", "3.9", "changing a volume backup")
MARKED = Microversions("3.64", "3.43", "metadata of a volume backup")
PLACED = Microversions("3.64", "3.51", "an availability zone of a volume backup")
#: What a volume or a snapshot is while Cinder reads it for a backup: it makes one of each at a time.
BEING_READ = "backing-up"
#: What a backup is while it is restored: to one volume at a time.
RESTORING = "restoring"


class Backups(OfVolumes):
    resource = "volume_backup"
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
        "container": "container",
        "object_count": "object_count",
        "availability_zone": "availability_zone",
        "project_id": "os-backup-project-attr:project_id",  # both are told to administrators only
        "user_id": "user_id",
    }
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def __init__(self, cloud):
        super().__init__(cloud)
        self._turns = defaultdict(threading.RLock)  # of each volume, for its backups are built upon each other
        self._removed = set()

    def reason(self, row: dict) -> str | None:
        return (row["fail_reason"] or "").rstrip(".") or super().reason(row)

    # -- making one

    def create(self, values: dict) -> dict:
        """Ask for a backup, as soon as Cinder is not at another one of the same volume or snapshot; or take the same one
        that somebody else has begun meanwhile.
        """
        refused = 0
        while True:
            try:
                return self._asked_for(values)
            except OsnapError as error:
                if error.status != 400:
                    raise
                if same := self._begun(values):
                    self.others.add(same["id"])
                    return same
                refused = 0 if self._read_to_the_end(values) else refused + 1
                if refused > 1:  # once it may have come to its end between the refusal and the look
                    raise

    def _asked_for(self, values):
        given = {key: values[key] for key in ("name", "description", "container", "snapshot_id") if key in values}
        body = {
            "volume_id": values["volume_id"],
            "force": True,  # only that a volume may be in use
            "incremental": bool(values.get("is_incremental")),
            **given,
        }
        microversion = BACKUPS
        for key, newer in (("metadata", MARKED), ("availability_zone", PLACED)):
            if values.get(key):
                body[key], microversion = values[key], newer
        doing = f"create the volume backup '{values.get('name')}' of volume {values['volume_id']}"
        answer = self.client.write(
            "POST",
            "/backups",
            body={"backup": body},
            doing=doing,
            resource=values.get("name"),
            microversion=microversion,
        )
        made = self.client.created(answer, "backup", doing=doing, resource=values.get("name"))
        return self.row({**body, **made, "status": "creating"})  # Cinder answers with ID and name only

    def _begun(self, values):
        bad = self.statuses.failed | self.statuses.leaving
        rows = [row for row in self.find([{**values, "id": None}])[0] if row["status"] not in bad]
        return rows[0] if len(rows) == 1 else None

    def _read_to_the_end(self, values):
        """Whether Cinder was at another backup; it is not any more."""
        snapshot = values.get("snapshot_id")
        service = (VolumeSnapshots if snapshot else Volumes)(self.cloud)
        source = snapshot or values["volume_id"]
        row = service.get(source)
        if row is None or row["status"] != BEING_READ:
            return False
        self.wait_for(service, {source: READY})
        return True

    # -- changing one

    def update(self, row: dict, values: dict) -> dict:
        """Change name and description, and metadata, each only if it is there. The row as it is read afterwards."""
        if texts := {key: values[key] for key in ("name", "description") if key in values}:
            self._put(row, texts, RENAMED)
            row = there(self, row)
        if "metadata" in values:
            replace = not isinstance(values["metadata"], Merged)
            row = self.set_metadata(row, asked(values["metadata"]), replace=replace)
        return row

    def set_metadata(self, row: dict, metadata: dict, *, unset: Iterable = (), replace: bool = False) -> dict:
        """As for a snapshot. But Cinder takes all of a backup's metadata or none: what somebody else sets between the look
        and the write is lost.
        """
        known = set(row["metadata"] or {})

        def send(row, todo):
            differing, superfluous = todo
            whole = {**(row["metadata"] or {}), **differing}
            self._put(row, {"metadata": {key: whole[key] for key in whole if key not in superfluous}}, MARKED)

        return settled(
            row,
            lambda row: difference(row["metadata"] or {}, metadata, unset, replace, known),
            send,
            lambda row: there(self, row),
        )

    def _put(self, row, values, microversion):
        self.client.write(
            "PUT",
            f"/backups/{row['id']}",
            body={"backup": values},
            doing=f"update the volume backup {self.label(row)}",
            resource=row["id"],
            microversion=microversion,
        )

    # -- removing one

    def of_volume(self, row: dict) -> list:
        """The backups of the volume that one is of."""
        return [other for other in self.lately(Backups) if other["volume_id"] == row["volume_id"]]

    def delete(self, row: dict, force: bool = False, dependents: tuple = (), named: tuple = ()) -> None:
        """Ask for the deletion; a backup that is already gone is fine. What is built upon it goes first, the newest at
        the beginning, each awaited.

        :param dependents: the IDs that may go
        :param named: those of them that the user has named
        """
        with self._turns[row["volume_id"]]:
            if dependents:
                now = self.list(volume_id=row["volume_id"])
                if why := backup_chains.keeps(row, now, dependents, named):
                    raise OsnapError(
                        f"The volume backup {self.label(row)} can't be deleted: {why}.", resource=row["id"]
                    )
                for other in backup_chains.built_upon(row, now):
                    self._send(other, force and other["status"] not in backup_chains.DELETABLE)
                    self.wait_for(self, {other["id"]: GONE})
            self._send(row, force)

    def _send(self, row, force=False):
        if row["id"] in self._removed:
            written.add()  # by this task, which deleted it for the sake of what it was built upon
            return
        if force:
            doing = f"force the deletion of the volume backup {self.label(row)}"
            body = {"os-force_delete": {}}
            self.remove(row, "POST", f"/backups/{row['id']}/action", body=body, doing=doing, advice=ADMINISTRATORS)
        else:
            self.remove(row)
        self._removed.add(row["id"])

    def dependents(self, row: dict) -> list:
        """The incremental backups that are built upon one."""
        try:
            return [
                f"the volume backup {self.label(other)}" for other in backup_chains.built_upon(row, self.of_volume(row))
            ]
        except OsnapError:
            return []  # a courtesy; the refusal itself is already being told

    def remedy(self, row: dict) -> str | None:
        if row["status"] != "error_deleting":
            return None
        return "once the cause is gone, an administrator can remove it with state: absent and force: true"
