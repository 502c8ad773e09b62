# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images that Glance fetches itself, from the Glance of another region of the same Keystone."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

#: The import method, as Glance lists it.
GLANCE_DOWNLOAD = "glance-download"
#: The property by which Glance holds an image while it imports it.
_AT_WORK = "os_glance_import_task"


class ImageImports(Images):
    def methods(self) -> list[str]:
        """The import methods that this Glance offers; none of a Glance that knows of none, or tells nobody."""
        try:
            found = self.client.get("/info/import", doing="read the import methods", missing_ok=True) or {}
        except OsnapError as error:
            if error.status == 403:
                return []
            raise
        return list((found.get("import-methods") or {}).get("value") or ())

    def disk_formats(self) -> tuple[str, ...]:
        """The disk formats that this Glance takes; empty where it does not tell."""
        try:
            found = self.client.get("/schemas/image", doing="read the schema of images", missing_ok=True) or {}
        except OsnapError as error:
            if error.status == 403:
                return ()
            raise
        schema = (found.get("properties") or {}).get("disk_format") or {}
        return tuple(filter(None, schema.get("enum") or ()))

    def fetch(self, row: dict[str, Any], region: str, image: str) -> None:
        """Ask for the data of an image that has none yet: those of an image of another region."""
        self.client.write(
            "POST",
            f"/images/{row['id']}/import",
            body={"method": {"name": GLANCE_DOWNLOAD, "glance_region": region, "glance_image_id": image}},
            doing=f"have the image {self.label(row)} fetched from the region {region}",
            resource=row["id"],
        )

    def why_failed(self, row: dict[str, Any]) -> str:
        """What Glance says of an import that came to nothing, as far as it shows that to users."""
        try:
            found = self.client.get(f"/images/{row['id']}/tasks", doing="read why an import failed", missing_ok=True)
        except OsnapError:
            found = None  # a courtesy; that it failed is already being told
        told = [task.get("message") for task in (found or {}).get("tasks") or () if task.get("status") == "failure"]
        return str(told[-1] or "") if told else ""


def is_at_work(row: dict[str, Any]) -> bool:
    """Whether Glance is still importing an image; one that failed is queued again, and nobody holds it."""
    return row["status"] in ("importing", "saving", "uploading") or _AT_WORK in row["properties"]
