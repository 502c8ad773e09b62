# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's snapshots of single volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Merged, asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import (
    ADMINISTRATORS,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge, there
from ansible_collections.osnap.openstack.plugins.module_utils._services._of_volumes import OfVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable


#: 3.65 is the last in which `force: true` means what it says; from 3.66 in use is always allowed and `false` is
#: refused.
#: Everything needed is there from 3.0 on; newer ones add `group_snapshot_id` (3.14), `user_id` (3.41) and
#: `consumes_quota` (3.65).
SNAPSHOTS = Microversions("3.65", "3.0", "a volume snapshot")
#: Snapshots of the back end that Cinder does not know; by cluster from 3.17 on.
MANAGEABLE = Microversions("3.65", "3.8", "managing snapshots of the back end")
MANAGEABLE_OF_CLUSTER = Microversions("3.65", "3.17", "listing manageable snapshots by cluster")
#: Rows of a page where there are no links to the next.
PAGE = 1000


class VolumeSnapshots(OfVolumes):
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
        "is_forced": "force",  # never told; the SDK has it, and playbooks look for the key
    }
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=frozenset({"deleting", "unmanaging"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def create(self, values: dict) -> dict:
        """Ask for a snapshot; it is ``creating`` when this returns. In-use volumes are taken too, as every API does
        from 3.66 on.

        With ``manage`` the back end has the snapshot already, and Cinder is told of it.
        """
        given = {key: values[key] for key in ("name", "description", "metadata") if key in values}
        what = f"the volume snapshot '{values.get('name')}' of volume {values['volume_id']}"
        if manage := values.get("manage"):
            body = {
                "snapshot": {
                    "volume_id": values["volume_id"],
                    "ref": {manage["id_type"]: manage["identifier"]},
                    **given,
                }
            }
            doing = f"manage '{manage['identifier']}' as {what}"
            answer = self.client.write(
                "POST",
                "/manageable_snapshots",
                body=body,
                doing=doing,
                resource=values.get("name"),
                microversion=MANAGEABLE,
                advice=ADMINISTRATORS,
            )
        else:
            body = {"snapshot": {"volume_id": values["volume_id"], "force": True, **given}}
            doing = f"create {what}"
            answer = self.client.write(
                "POST",
                "/snapshots",
                body=body,
                doing=doing,
                resource=values.get("name"),
                microversion=SNAPSHOTS,
            )
        return self.row(self.client.created(answer, "snapshot", doing=doing, resource=values.get("name")))

    def manageable(self, **place) -> list:
        """The snapshots that a back end has, whether Cinder knows them or not, as the API shows them.

        :param place: ``host`` or ``cluster``, and ``sort``
        """
        microversion = MANAGEABLE_OF_CLUSTER if "cluster" in place else MANAGEABLE
        rows, page = [], None
        while (
            page is None or len(page) == PAGE
        ):  # not linked, and a marker would be a reference, which each driver writes in its own way
            page = self.client.get(
                "/manageable_snapshots/detail",
                params={**place, "limit": PAGE, "offset": len(rows)},
                microversion=microversion,
                doing=(
                    "list the snapshots of"
                    f" {' '.join(f'{key} {value}' for key, value in place.items() if key != 'sort')}"
                ),
                advice=ADMINISTRATORS,
            ).rows("manageable-snapshots")
            rows += page
        return rows

    def host_of(self, volume_id: str) -> str | None:
        """The back end that a volume is on, which only administrators are shown; else None."""
        raw = self.client.get(
            f"/volumes/{segment(volume_id)}", doing=f"read the volume {volume_id}", resource=volume_id
        )["volume"]
        return raw.get("os-vol-host-attr:host")

    def update(self, row: dict, values: dict) -> dict:
        """Change name and description, metadata, and last the status; each only if it is there. The row is as it is
        read afterwards.
        """
        doing = f"update the volume snapshot {self.label(row)}"
        texts = {key: values[key] for key in ("name", "description") if key in values}
        if texts:
            self.client.write(
                "PUT",
                f"/snapshots/{row['id']}",
                body={"snapshot": texts},
                doing=doing,
                resource=row["id"],
                microversion=SNAPSHOTS,
            )
        if "metadata" in values:
            row = self.set_metadata(row, asked(values["metadata"]), replace=not isinstance(values["metadata"], Merged))
        if "status" in values:
            self.act(row, "os-reset_status", {"status": values["status"]}, doing="set the status of")
        row = row if set(values) == {"metadata"} else there(self, row)
        if row["status"] != values.get("status", row["status"]):
            raise OsnapError(
                f"The volume snapshot {self.label(row)} was set to {values['status']} and is {row['status']} again; the"
                " service is still at work on it. Run again when it has ended.",
                resource=row["id"],
            )
        return row

    def set_metadata(self, row: dict, metadata: dict, *, unset: Iterable = (), replace: bool = False) -> dict:
        """Merge keys into the metadata and remove those of ``unset``; or, with ``replace``, make it exactly
        ``metadata``.

        Only what differs is sent, and somebody else's keys are left alone. Returns the row as it is then.
        """
        return merge(self, row, metadata, unset=unset, replace=replace)

    def act(self, row: dict, action: str, body: dict | None = None, *, doing: str) -> None:
        """One of the actions that are for administrators."""
        self.client.write(
            "POST",
            f"/snapshots/{row['id']}/action",
            body={action: body or {}},
            doing=f"{doing} the volume snapshot {self.label(row)}",
            resource=row["id"],
            microversion=SNAPSHOTS,
            ok=(404,) if body is None else (),
            advice=ADMINISTRATORS,
        )

    def unmanage(self, row: dict) -> None:
        """Ask that Cinder forgets it, while the back end keeps it; one that is already gone is fine."""
        self.act(row, "os-unmanage", doing="unmanage")

    def delete(self, row: dict, force: bool = False) -> None:
        """Ask for the deletion; a snapshot that is already gone is fine."""
        if force:
            self.remove(
                row,
                "POST",
                f"/snapshots/{row['id']}/action",
                body={"os-force_delete": {}},
                doing=f"force the deletion of the volume snapshot {self.label(row)}",
                microversion=SNAPSHOTS,
                advice=ADMINISTRATORS,
            )
        else:
            self.remove(row)

    def touched(self, then: dict, now: dict, unmanage: bool = False, **how) -> str | None:
        if unmanage and now["status"] == "deleting":
            return "it is being deleted, and with it the back end's"
        return super().touched(then, now, **how)

    def remedy(self, row: dict) -> str | None:
        if row["status"] != "error_deleting":
            return None
        found = self.dependents(row)
        held = f" (perhaps the {enumerated(found)} made of it)" if found else ""
        return f"once the cause is gone{held}, an administrator can remove it with state: absent and force: true"

    def dependents(self, row: dict) -> list:
        """The volumes that were made of a snapshot: on copy-on-write back ends they keep it."""
        try:
            volumes = self.lately(Volumes)
        except OsnapError:
            return []  # a courtesy; the refusal itself is already being told
        return [
            f"volume '{volume['name']}' ({volume['id']})" if volume["name"] else f"volume {volume['id']}"
            for volume in volumes
            if volume["snapshot_id"] == row["id"]
        ]
