# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the arguments of a server that is to be booted or rebuilt, whatever the cloud has. Pure.

The preflight of a migration asks the same before a server is stopped.
"""

from __future__ import annotations

import base64
import ipaddress

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem, text_problem

#: The role migrate_servers sets the mark of a server that has arrived through this module.
RESERVED = _marks.RESERVED - {_marks.COMPLETE}
#: What a server keeps when it is rebuilt.
KEPT = (
    "disks",
    "flavor",
    "networks",
    "security_groups",
    "key_name",
    "user_data",
    "config_drive",
    "availability_zone",
    "server_group",
)


def problem(item: dict, state: str) -> str | None:
    """What is wrong with an item as a clause, or None."""
    if not item["id"] and not item["name"].strip():
        return "name is empty; give the server a name, or the id of an existing one"
    for index, disk in enumerate(item["disks"] or []):
        if bool(disk.get("snapshot")) == bool(disk.get("volume")):
            return f"disks[{index}] needs either snapshot or volume"
    if state == "absent":
        return None
    return (_not_rebuilt(item) if item["mode"] == "rebuild" else _not_booted(item)) or (
        text_problem("name", item["name"], "Nova") or metadata_problem("metadata", item["metadata"], RESERVED)
    )


def _not_rebuilt(item):
    if not item["image"]:
        return f"image is missing; say with which image the server '{item['name'] or item['id']}' is rebuilt"
    if kept := [option for option in KEPT if item[option] is not None]:
        return f"a server that is rebuilt keeps its {', '.join(kept)}; leave {'it' if len(kept) == 1 else 'them'} out"
    return _marked(item)


def _not_booted(item):
    if not item["id"]:
        if not item["image"] and not item["disks"]:
            return f"image is missing; say which image, or which disks, the server '{item['name']}' is booted with"
        if not item["flavor"]:
            return f"flavor is missing; say which flavor the server '{item['name']}' is booted with"
    for index, disk in enumerate(item["disks"] or []):
        if disk.get("volume") and (disk.get("size") is not None or disk.get("volume_type")):
            return f"disks[{index}] has a volume, which has its size and its type already; leave them out"
        if disk.get("size") is not None and disk["size"] < 1:
            return f"disks[{index}].size is less than 1 GiB"
    for index, network in enumerate(item["networks"] or []):
        if bool(network.get("network")) == bool(network.get("port")):
            return f"networks[{index}] needs either network or port"
        if network.get("port") and network.get("fixed_ip"):
            return f"networks[{index}] has a port and a fixed_ip; a port has its address already, leave fixed_ip out"
        if network.get("fixed_ip") and not _is_address(network["fixed_ip"]):
            return f"networks[{index}].fixed_ip is {network['fixed_ip']!r}, which is no IP address"
    if len(base64.b64encode((item["user_data"] or "").encode())) > 65535:
        return "user_data is longer than the 49149 bytes that Nova takes"
    return _marked(item)


def _marked(item):
    if _marks.SOURCE in (item["metadata"] or {}):
        return f"metadata has {_marks.SOURCE}, which this collection keeps for itself; leave it out"
    return None


def _is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
