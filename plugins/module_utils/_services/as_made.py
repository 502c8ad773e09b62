# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a project's networks, security groups and key pairs are made with, in the words of the services: whoever makes
the same elsewhere needs more of them than their rows have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def subnets(cloud: Cloud) -> list[dict[str, Any]]:
    """All that the user sees."""
    return _rows(cloud, "/subnets", "subnets", "list the subnets")


def networks(cloud: Cloud) -> list[dict[str, Any]]:
    """All that the user sees."""
    return _rows(cloud, "/networks", "networks", "list the networks")


def security_groups(cloud: Cloud) -> list[dict[str, Any]]:
    """Those of the project, each with its ``security_group_rules``, which not every Neutron lists with the groups."""
    rows = _rows(cloud, "/security-groups", "security_groups", "list the security groups")
    rules: dict[str, list] = {}
    for rule in _rows(cloud, "/security-group-rules", "security_group_rules", "list the rules of security groups"):
        rules.setdefault(rule["security_group_id"], []).append(rule)
    own = [row for row in rows if row.get("project_id") in (None, cloud.project_id)]
    return [{**row, "security_group_rules": row.get("security_group_rules") or rules.get(row["id"], [])} for row in own]


def public_keys(cloud: Cloud, names: Iterable[str]) -> dict[str, str]:
    """``{name: public key}`` of the user's key pairs."""
    if not (wanted := set(names)):
        return {}
    found = cloud.client("compute").get("/os-keypairs", doing="list key pairs").rows("keypairs")
    pairs = [entry.object("keypair") for entry in found]
    return {pair["name"]: pair["public_key"] for pair in pairs if pair["name"] in wanted and pair.get("public_key")}


def _rows(cloud, path, key, doing):
    return list(cloud.client("network").pages(path, key, doing=doing))
