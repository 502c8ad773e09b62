# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies of sets that another place has, and how far they are behind: for a task that only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copies import SetCopies
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_copy_parts import told
from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_copy_rules

if TYPE_CHECKING:
    Row = dict[str, Any]

__all__ = ["OPTIONS", "connect_pair", "look"]

OPTIONS: dict[str, Any] = {
    "server": {"type": "str"},
    "name": {"type": "str"},
    "status": {"type": "str", "choices": ["whole", "taking", "torn", "failed"]},
    "destination": {"type": "dict", "required": True, "options": AUTH_OPTIONS},
}


def look(cloud: Any, params: Row) -> Row:
    sets, copies = SnapshotSets(cloud).list(), SetCopies(cloud.peer).list()
    if named := (params["server"] or "").strip():
        live = Servers(cloud).named([named])[named]
        ids = set_copy_rules.server_ids(named, live, [*sets, *copies], cloud.name)
        sets, copies = (set_copy_rules.of_server(rows, ids, None) for rows in (sets, copies))
    shown = [
        row
        for row in copies
        if params["name"] in (None, row["name"], row["id"]) and params["status"] in (None, row["status"])
    ]
    return {"copied_sets": [told(row) for row in shown], "lags": set_copy_rules.lags(sets, copies)}
