# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glance images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import RETRIES
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Sized

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}

#: Attributes that Glance sends beside the ones below and that are no properties of the user's.
_NOT_PROPERTIES = frozenset(
    {
        "self",
        "file",
        "schema",
        "locations",
        "direct_url",
        "stores",
        "os_glance_importing_to_stores",
        "os_glance_failed_import",
    }
)


class Images(Service):
    resource = "image"
    noun = "image"
    api = "image"
    path = "/images"
    collection = "images"
    attributes = {
        "id": "id",
        "name": "name",
        "status": "status",
        "size": "size",
        "virtual_size": "virtual_size",
        "disk_format": "disk_format",
        "container_format": "container_format",
        "checksum": "checksum",
        "hash_algo": "os_hash_algo",
        "hash_value": "os_hash_value",
        "min_disk": "min_disk",
        "min_ram": "min_ram",
        "visibility": "visibility",
        "is_protected": "protected",
        "is_hidden": "os_hidden",
        "owner_id": "owner",
        "tags": "tags",
        "properties": "properties",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    statuses = Statuses(
        ready=frozenset({"active"}),
        leaving=frozenset({"deleted", "pending_delete"}),
        failed=frozenset({"killed", "deactivated"}),
    )

    def row(self, raw: dict) -> dict:
        row = super().row(raw)
        row["tags"] = sorted(map(str, raw.get("tags") or []))
        row["properties"] = {
            key: value
            for key, value in raw.items()
            if key not in self.attributes.values() and key not in _NOT_PROPERTIES
        }
        return row

    def name_filter(self, name: str) -> dict:
        # Glance takes what stands before a colon for an operator, and refuses "db:nightly" as an unknown one.
        return {"name": f"eq:{name.strip()}" if ":" in name else name.strip()}

    def named(self, names: Iterable[str], **filters) -> dict[str, list[dict]]:
        """As every service; hidden ones of a name that no image in the ordinary lists has. Old images are hidden so
        that a name means the new one.
        """
        found = super().named(names, **filters)
        if "os_hidden" in filters or not (others := sorted(name for name, rows in found.items() if not rows)):
            return found
        return {**found, **super().named(others, **filters, os_hidden="true")}

    def all_named(self, names: Iterable[str], **filters) -> dict[str, list[dict]]:
        """``{name: [rows]}``, hidden ones too: all that there are of our own making."""
        shown, hidden = (self.named(names, **filters, os_hidden=value) for value in ("false", "true"))
        return {name: rows + hidden[name] for name, rows in shown.items()}

    def poll(self, ids: Sequence[str]) -> dict[str, dict]:
        """As every service, but that what a list has not is asked for: lists leave out hidden images and those of the
        community.
        """
        found = super().poll(ids)
        others = [id for id in ids if id not in found] if len(ids) > FEW else []
        return found | {id: row for id in others if (row := self.get(id)) is not None}

    def room(self) -> dict[str, int]:
        """What the project's quota leaves, by Glance's names of its limits; without those that have none. Clouds before
        2021, and those without limits in Keystone, have none at all.
        """
        found = self.client.get("/info/usage", doing="read the quota of images", missing_ok=True) or {}
        return {name: of["limit"] - of["usage"] for name, of in (found.get("usage") or {}).items() if of["limit"] >= 0}

    def reason(self, row: dict) -> str | None:
        return {"deactivated": "an administrator has deactivated it"}.get(row["status"])

    def create(self, values: dict) -> dict | None:
        """Register an image without data.

        :param values: attributes as in a row, ``properties`` among them; an ``id`` is taken by Glance and refused
            if it was ever used
        :returns: the row, or None when the ID is already taken
        """
        body = {self.attributes[key]: value for key, value in values.items() if key != "properties"}
        doing = f"create the image '{values.get('name')}'"
        response = self.client.write(
            "POST",
            "/images",
            body={**(values.get("properties") or {}), **body},
            doing=doing,
            resource=values.get("name"),
            ok=(409,) if "id" in values else (),
        )
        if response.status_code == 409:
            return None
        return self.row(self.client.created(response, doing=doing, resource=values.get("name")))

    def update(self, row: dict, values: dict) -> dict:
        """Set attributes; ``properties`` are merged into those that are there."""
        wanted = {self.attributes[key]: value for key, value in values.items() if key != "properties"}
        operations = [{"op": "replace", "path": f"/{key}", "value": value} for key, value in wanted.items()]
        for key, value in asked(values.get("properties") or {}).items():
            if row["properties"].get(key) != value:
                pointer = key.replace("~", "~0").replace("/", "~1")
                operations.append(
                    {"op": "replace" if key in row["properties"] else "add", "path": f"/{pointer}", "value": value}
                )
        if not operations:
            return row
        doing = f"update the image {self.label(row)}"
        answer = self.client.write(
            "PATCH", f"/images/{row['id']}", body=operations, headers=PATCH, doing=doing, resource=row["id"]
        )
        return self.row(self.client.created(answer, doing=doing, resource=row["id"]))

    def delete(self, row: dict) -> None:
        self.remove(row, doing=f"delete the image {self.label(row)}", ok=(404, 410))

    def open_data(self, row: dict, offset: int = 0) -> object:
        """A streaming response with an image's bytes from ``offset`` on, whatever its status; the caller looks and
        closes.
        """
        span = {"Range": f"bytes={offset}-"} if offset else {}
        return self.client.send(
            "GET",
            f"/images/{row['id']}/file",
            doing=f"read the image {self.label(row)}",
            resource=row["id"],
            ok=range(400, 600),
            retries=0 if offset else RETRIES,
            headers={"Accept": "*/*", **span},
            stream=True,
            log=False,
        )

    def put_data(self, row: dict, body: Sized) -> None:
        """Send a sized body as an image's data, once: no retry and no second login, for the body can't be sent again."""
        size = {"X-OpenStack-Image-Size": str(len(body))}  # checked by Glance from about 31.0.0 on
        self.client.send(
            "PUT",
            f"/images/{row['id']}/file",
            data=body,
            headers={"Content-Type": "application/octet-stream", **size},
            log=False,
            allow_reauth=False,
            redirect=False,
            doing=f"store the data of the image {self.label(row)}",
            resource=row["id"],
        )


def least_disk(row: dict) -> int:
    """GiB of the smallest disk that an image fits on."""
    return max(row["min_disk"] or 0, -(-max(row["size"] or 0, row["virtual_size"] or 0) // 2**30), 1)
