# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that tell which group they are in."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


class GroupableVolumes(Volumes):
    #: The last that has no opinion about filters.
    microversion = Microversions("3.13", "3.0", "a volume")
    #: The host is shown to administrators.
    attributes = {
        **Volumes.attributes,
        "group_id": "group_id",
        "consistencygroup_id": "consistencygroup_id",
        "host": "os-vol-host-attr:host",
    }

    def row(self, raw: dict) -> dict:
        row = super().row(raw)
        row["group_id"] = row.pop("consistencygroup_id") or row["group_id"]
        return row
