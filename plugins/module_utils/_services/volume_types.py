# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's volume types."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage


class VolumeTypes(BlockStorage):
    resource = "volume_type"
    noun = "volume type"
    path = "/types"
    collection = "volume_types"
    member = "volume_type"
    attributes = {
        "id": "id",
        "name": "name",
        "is_public": "is_public",
        "extra_specs": "extra_specs",
        "description": "description",
    }

    def row(self, raw):
        return {**super().row(raw), "status": "available", "created_at": None}

    def list(self, first_page_only=False, **filters):
        """With those of restricted access that this user may see; there is no filter by name, and they are few."""
        return super().list(first_page_only, is_public="None")

    def name_filter(self, name):
        return {}

    def names(self, values) -> dict:
        """``{name or ID: name}``, an :class:`OsnapError` in place of the name of one that is not there. One request,
        none for none.

        A volume shows the name of its type, never the ID.
        """
        rows = self.list() if values else []
        known = {row["id"]: row["name"] for row in rows} | {row["name"]: row["name"] for row in rows}
        return {value: known.get(value.strip()) or self._missing(value, known) for value in values}

    def usual(self):
        """The name of the type that a volume has of which nothing else says so; None where the cloud tells none."""
        raw = self.client.get("/types/default", doing="read the default volume type", missing_ok=True)
        return raw and raw["volume_type"].get("name")

    def ids(self) -> set:
        """The IDs of all of them; no two clouds have one in common."""
        return {row["id"] for row in self.list()}

    def _missing(self, value, known):
        there = ", ".join(sorted(set(known.values()))) or "none"
        return OsnapError(
            f"There is no volume type '{value}' in cloud {self.cloud.name}; this project may use {there}.",
            resource=value,
        )
