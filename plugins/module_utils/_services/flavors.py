# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova flavors."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class Flavors(Service):
    resource = "flavor"
    noun = "flavor"
    api = "compute"
    path = "/flavors"
    detail = "/flavors/detail"
    collection = "flavors"
    member = "flavor"
    attributes = {
        "id": "id",
        "name": "name",
        "vcpus": "vcpus",
        "ram": "ram",
        "disk": "disk",
        "ephemeral": "OS-FLV-EXT-DATA:ephemeral",
        "swap": "swap",
        "is_public": "os-flavor-access:is_public",
    }

    def row(self, raw):
        return {**super().row(raw), "status": "available", "created_at": None}

    def meant(self, values) -> dict:
        """``{value: [flavors]}``; a flavor's ID can be any text, so one list tells names and IDs apart."""
        rows = self.list() if values else []
        return {value: lookup.meant(rows, value) for value in values}
