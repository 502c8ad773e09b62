# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes that go back to a snapshot of theirs."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

REVERT = Microversions("3.65", "3.40", "reverting a volume")


class RevertedVolumes(Volumes):
    #: Groups are shown from 3.13 on.
    microversion = Microversions("3.65", "3.0", "a volume")
    attributes = {
        **Volumes.attributes,
        "updated_at": "updated_at",
        "group_id": "group_id",
        "consistency_group_id": "consistencygroup_id",
    }
    statuses = Statuses(
        ready=frozenset({"available", "in-use"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting", "error_restoring"}),
    )

    def revert(self, row, snapshot_id):
        """Ask for it; the volume is ``reverting`` and the snapshot ``restoring`` when this returns."""
        self.client.write(
            "POST",
            f"/volumes/{row['id']}/action",
            body={"revert": {"snapshot_id": snapshot_id}},
            resource=row["id"],
            microversion=REVERT,
            doing=f"revert the volume {self.label(row)} to the snapshot {snapshot_id}",
        )

    def missing_microversion(self):
        """The newest microversion of a cloud that can't revert, or None."""
        maximum = self.client.maximum_microversion()
        return maximum if tuple(map(int, maximum.split("."))) < tuple(map(int, REVERT.least.split("."))) else None
