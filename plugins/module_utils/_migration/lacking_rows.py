# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the source has of what the destination lacks; `lacking` makes a playbook of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration import lacking
from ansible_collections.osnap.openstack.plugins.module_utils._services import as_made

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options

#: What the destination is called in a playbook if its configuration was given and not its name.
_UNNAMED = "target"


def playbook(
    cloud: Cloud, params: dict[str, Any], items: list[dict[str, Any]], seen: Discovered, options: Options
) -> list[dict[str, Any]]:
    """The playbook that makes what is lacking; nothing is read where nothing is."""
    found = lacking.of(items, seen, options)
    if not found:
        return []
    source = lacking.Source(keys=as_made.public_keys(cloud, found.keys.values()))
    if found.networks:
        source.networks, source.subnets = as_made.networks(cloud), as_made.subnets(cloud)
    if found.groups:
        source.groups, source.renamed = as_made.security_groups(cloud), options.security_group_map
        found = lacking.with_remote_groups(found, source, seen)
    name = params["destination"].get("cloud")
    return lacking.playbook(found, source, name if isinstance(name, str) else _UNNAMED)
