# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone projects, to find the one that is named. Only administrators see others than their own."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


class Projects(Service):
    resource = "project"
    noun = "project"
    api = "identity"
    path = "/projects"
    collection = "projects"
    member = "project"
    attributes = {"id": "id", "name": "name", "domain_id": "domain_id"}
