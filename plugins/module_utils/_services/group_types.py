# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of volume groups."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes


class GroupTypes(VolumeTypes):
    """``group_specs`` are shown to administrators only; to others they are None."""

    resource = "group_type"
    noun = "group type"
    path = "/group_types"
    collection = "group_types"
    member = "group_type"
    microversion = Microversions("3.11", gives="a type of volume groups")
    attributes = {
        "id": "id",
        "name": "name",
        "is_public": "is_public",
        "group_specs": "group_specs",
        "description": "description",
    }
