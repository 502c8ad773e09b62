# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's volume types."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._errors import OsnapError


class VolumeTypes:
    """The types that the project may use. A volume shows the name of its type, never the ID."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.client = cloud.client("block-storage")

    def names(self, values) -> dict:
        """``{name or ID: name}``, an :class:`OsnapError` in place of the name of one that is not there. One request, none for none."""
        rows = self._list() if values else []
        known = {row["id"]: row["name"] for row in rows} | {row["name"]: row["name"] for row in rows}
        return {value: known.get(value.strip()) or self._missing(value, known) for value in values}

    def ids(self) -> set:
        """The IDs of all of them; no two clouds have one in common."""
        return {row["id"] for row in self._list()}

    def _list(self):
        return self.client.get("/types", doing="list volume types")["volume_types"]

    def _missing(self, value, known):
        there = ", ".join(sorted(set(known.values()))) or "none"
        return OsnapError(f"There is no volume type '{value}' in cloud {self.cloud.name}; this project may use {there}.", resource=value)
