# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's volume types, and the types of volume groups."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._connection import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage


class VolumeTypes(BlockStorage):
    resource = "volume_type"
    noun = "volume type"
    path = "/types"
    collection = "volume_types"
    member = "volume_type"
    attributes = {"id": "id", "name": "name", "is_public": "is_public", "extra_specs": "extra_specs", "description": "description"}

    def row(self, raw):
        return {**super().row(raw), "status": "available", "created_at": None}

    def list(self, first_page_only=False, **filters):
        """With those of restricted access that this user may see; there is no filter by name, and they are few."""
        return super().list(first_page_only, is_public="None")

    def name_filter(self, name):
        return {}


class GroupTypes(VolumeTypes):
    """``group_specs`` are shown to administrators only; to others they are None."""

    resource = "group_type"
    noun = "group type"
    path = "/group_types"
    collection = "group_types"
    member = "group_type"
    microversion = Microversions("3.11", gives="a type of volume groups")
    attributes = {"id": "id", "name": "name", "is_public": "is_public", "group_specs": "group_specs", "description": "description"}
