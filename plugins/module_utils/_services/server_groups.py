# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's server groups."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class ServerGroups(Service):
    resource = "server_group"
    noun = "server group"
    api = "compute"
    path = "/os-server-groups"
    collection = "server_groups"
    member = "server_group"
    attributes = {"id": "id", "name": "name"}

    def row(self, raw):
        return {**super().row(raw), "status": "available", "created_at": None}

    def name_filter(self, name):
        return {}  # Nova has none
