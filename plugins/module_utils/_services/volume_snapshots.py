# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's snapshots of single volumes."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._connection import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage

#: 3.65 is the last in which `force: true` means what it says; from 3.66 in use is always allowed and `false` is refused.
#: Everything needed is there from 3.0 on; newer ones add `group_snapshot_id` (3.14), `user_id` (3.41) and `consumes_quota` (3.65).
SNAPSHOTS = Microversions("3.65", "3.0", "a volume snapshot")


class VolumeSnapshots(BlockStorage):
    resource = "volume_snapshot"
    noun = "volume snapshot"
    path = "/snapshots"
    detail = "/snapshots/detail"
    collection = "snapshots"
    member = "snapshot"
    microversion = SNAPSHOTS
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "volume_id": "volume_id",
        "size": "size",
        "metadata": "metadata",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "progress": "os-extended-snapshot-attributes:progress",
        "project_id": "os-extended-snapshot-attributes:project_id",
        "user_id": "user_id",
        "group_snapshot_id": "group_snapshot_id",
        "consumes_quota": "consumes_quota",
    }
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def find(self, wanted) -> list:
        """The candidates of many identities at once.

        :param wanted: list of ``{id}`` or ``{name, volume_id}``, where ``name`` or ``volume_id`` may be None for "any"
        :returns: list of lists of rows, in the same order
        """
        by_id = self.poll(sorted({one["id"] for one in wanted if one.get("id")}))
        others = [one for one in wanted if not one.get("id")]
        rows = self._rows_of(others)
        return [[row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted]

    @staticmethod
    def matches(row, one) -> bool:
        """Whether a row is what an identity names; the server's filters are only to make the list short."""
        if one.get("id"):
            return row["id"] == one["id"]
        volume, name = one.get("volume_id"), one.get("name")
        return (volume is None or row["volume_id"] == volume) and (name is None or (row["name"] or "").strip() == name.strip())

    def _rows_of(self, wanted):
        if not wanted:
            return []
        if len(wanted) == 1:
            return self.list(**{key: value.strip() for key in ("name", "volume_id") if (value := wanted[0].get(key))})
        # One page of everything is cheaper than a list a volume. Only where there are more than fit a page it is a list a volume.
        rows = self.list(first_page_only=True)
        if rows is not None:
            return rows
        volumes = {one.get("volume_id") for one in wanted}
        return self.list() if None in volumes or len(volumes) > 100 else [row for volume in sorted(volumes) for row in self.list(volume_id=volume)]

    def room(self):
        """``(snapshots, GiB)`` that the project's quota leaves; None for no limit. One request."""
        limits = self.client.get("/limits", doing="read the quota")["limits"]["absolute"]
        return tuple(None if limits.get(most, -1) < 0 else limits[most] - limits[used]
                     for most, used in (("maxTotalSnapshots", "totalSnapshotsUsed"), ("maxTotalVolumeGigabytes", "totalGigabytesUsed")))

    def create(self, values):
        """Ask for a snapshot; it is ``creating`` when this returns. In-use volumes are taken too, as every API does from 3.66 on."""
        given = {key: values[key] for key in ("name", "description", "metadata") if key in values}
        body = {"snapshot": {"volume_id": values["volume_id"], "force": True, **given}}
        doing = f"create the volume snapshot '{values.get('name')}' of volume {values['volume_id']}"
        return self.row(self.client.write("POST", "/snapshots", body=body, doing=doing, resource=values.get("name"), microversion=SNAPSHOTS).json()["snapshot"])

    def update(self, row, values):
        """Change name and description, and replace the metadata by exactly ``values["metadata"]``; each only if it is there."""
        doing = f"update the volume snapshot {self.label(row)}"
        path = f"/snapshots/{row['id']}"
        if "metadata" in values:
            row = {**row, "metadata": self.client.write("PUT", f"{path}/metadata", body={"metadata": values["metadata"]}, doing=doing,
                                                        resource=row["id"]).json()["metadata"]}
        texts = {key: values[key] for key in ("name", "description") if key in values}
        if texts:
            answer = self.client.write("PUT", path, body={"snapshot": texts}, doing=doing, resource=row["id"], microversion=SNAPSHOTS).json()["snapshot"]
            # The answer is the short form: what it leaves out (progress, project) is as it was.
            told = {attribute: answer[key] for attribute, key in self.attributes.items() if key in answer and attribute != "metadata"}
            row = {**row, **told}
        return row

    def delete(self, row):
        """Ask for the deletion; a snapshot that is already gone is fine."""
        self.client.write("DELETE", f"/snapshots/{row['id']}", doing=f"delete the volume snapshot {self.label(row)}", resource=row["id"], ok=(404,))
