# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project's quota of Neutron leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

PORTS, FLOATING_IPS = "ports", "floating IPs"
_KEYS = {"port": PORTS, "floatingip": FLOATING_IPS}


def room(cloud: Cloud) -> dict[str, int]:
    """``{PORTS, FLOATING_IPS}``: how many more; without what has no limit, and what nobody tells. One request."""
    try:
        answer = cloud.client("network").get(
            f"/quotas/{cloud.project_id}/details", doing="read the quota of ports", missing_ok=True
        )
    except OsnapError as error:
        if error.status in UNTOLD:
            return {}  # only a try tells
        raise
    rows = answer.object("quota") if answer is not None else {}
    found = {what: rows.object(key) for key, what in _KEYS.items() if key in rows}
    return {
        what: row["limit"] - row["used"] - row.get("reserved", 0) for what, row in found.items() if row["limit"] >= 0
    }
