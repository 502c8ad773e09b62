# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes, as far as snapshots need them."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge


class Volumes(BlockStorage):
    resource = "volume"
    noun = "volume"
    path = "/volumes"
    detail = "/volumes/detail"
    collection = "volumes"
    member = "volume"
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "size": "size",
        "volume_type": "volume_type",
        "availability_zone": "availability_zone",
        "is_bootable": "bootable",
        "is_encrypted": "encrypted",
        "is_multiattach": "multiattach",
        "attachments": "attachments",
        "metadata": "metadata",
        "volume_image_metadata": "volume_image_metadata",
        "snapshot_id": "snapshot_id",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "project_id": "os-vol-tenant-attr:tenant_id",
    }
    statuses = Statuses(
        ready=frozenset({"available", "in-use"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting", "error_restoring", "error_extending", "error_managing"}),
        refused=frozenset({"available"}),
    )

    def row(self, raw: dict) -> dict:
        row = super().row(raw)
        row["is_bootable"] = raw.get("bootable") in (True, "true")
        return row

    @staticmethod
    def attached_to(row: dict) -> str:
        """What a volume is attached to, as a sentence names it; "" for nothing. A host has no server."""
        return ", ".join(_user(one) for one in row["attachments"] or ())

    def set_metadata(self, row: dict, metadata: dict) -> dict:
        """Merge keys into a volume's metadata, which leaves its ``updated_at`` alone. The row as it is then."""
        return merge(self, row, metadata)

    def set_image_metadata(self, row: dict, metadata: dict) -> None:
        """Merge keys into what a volume says of the image that is made of it."""
        self.client.write(
            "POST",
            f"/volumes/{row['id']}/action",
            body={"os-set_image_metadata": {"metadata": metadata}},
            doing=f"mark the {self.noun} {self.label(row)}",
            resource=row["id"],
        )


def _user(attachment):
    if server := attachment.get("server_id"):
        return f"the server {server}"
    host = attachment.get("host_name")
    return f"the host {host}" if host else "somebody"
