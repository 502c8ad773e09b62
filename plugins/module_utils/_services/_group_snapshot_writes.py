# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How snapshots of volume groups are made and deleted, by the generic API or the legacy one."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage
from ansible_collections.osnap.openstack.plugins.module_utils._services._legacy_groups import explained, is_of_legacy

GROUP_SNAPSHOTS = Microversions("3.58", "3.14", "a snapshot of a volume group")
RESET = Microversions("3.58", "3.19", "resetting the status of a group snapshot")


class GroupSnapshotWrites(BlockStorage):
    """What :class:`CgSnapshots` writes. ``_legacy`` has the IDs of those that were seen to be legacy ones."""

    def create(self, values: dict) -> dict:
        doing = f"create the group snapshot '{values.get('name')}' of group {values['group_id']}"
        texts = {key: values[key] for key in ("name", "description") if key in values}
        try:
            raw = self._post(
                self.path, self.member, {"group_id": values["group_id"], **texts}, doing, values, GROUP_SNAPSHOTS
            )
        except OsnapError as error:
            if not is_of_legacy(error):
                raise
            raw = self._post_legacy({"consistencygroup_id": values["group_id"], **texts}, doing, values)
        # The answer is ID and name; the rest is read when it is waited for.
        return {
            **dict.fromkeys(self.keys()),
            **texts,
            "id": raw["id"],
            "group_id": values["group_id"],
            "status": "creating",
            "snapshots": [],
        }

    def _post(self, path, wrapper, body, doing, values, microversion=None):
        answer = self.client.write(
            "POST", path, body={wrapper: body}, doing=doing, resource=values.get("name"), microversion=microversion
        )
        return self.client.created(answer, wrapper, doing=doing, resource=values.get("name"))

    def _post_legacy(self, body, doing, values):
        try:
            raw = self._post("/cgsnapshots", "cgsnapshot", body, doing, values)
        except OsnapError as error:
            raise explained(error) from error
        self._legacy.add(raw["id"])
        return raw

    def update(self, row: dict, values: dict) -> dict:
        """Set the status: nothing else of a group snapshot can be changed."""
        return self._with_status(row, values["status"], self.path, RESET)

    def delete(self, row: dict) -> None:
        """Ask for the deletion; one that is already gone is fine. One that is being made is waited for, as Cinder
        refuses to delete it before.
        """
        if row["status"] == "creating":
            row = self.wait_for(self, {row["id"]: READY})[row["id"]]
        path, version = (
            ("/cgsnapshots", None) if row["id"] in self._legacy or row["is_legacy"] else (self.path, GROUP_SNAPSHOTS)
        )
        self.remove(row, path=f"{path}/{row['id']}", microversion=version)
