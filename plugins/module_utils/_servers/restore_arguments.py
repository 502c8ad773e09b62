# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the arguments of a server that is to be booted or rebuilt, whatever the cloud has. Pure.

The preflight of a migration asks the same before a server is stopped.
"""

from __future__ import annotations

import base64
import ipaddress
import re

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
    "hostname",
    "description",
    "tags",
)
#: How many tags Nova keeps of a server, and how long one is.
MOST_TAGS, LONGEST_TAG = 50, 60


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


def boot_indexes(item: dict) -> list[int]:
    """Nova's number of each disk in the order of booting; the first that was not numbered is the root's where there is
    no image and no other is, the rest is -1.
    """
    indexes = [disk.get("boot_index") for disk in item["disks"] or []]
    if indexes and not item["image"] and 0 not in indexes and indexes[0] is None:
        indexes[0] = 0
    return [-1 if index is None else index for index in indexes]


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
        if disk.get("device") and not re.fullmatch(r"[A-Za-z0-9._/-]{1,255}", disk["device"]):
            return f"disks[{index}].device is {disk['device']!r}, which is no device; name it like /dev/vdb"
    if clause := _misnumbered(item):
        return clause
    for index, network in enumerate(item["networks"] or []):
        if bool(network.get("network")) == bool(network.get("port")):
            return f"networks[{index}] needs either network or port"
        if network.get("port") and network.get("fixed_ip"):
            return f"networks[{index}] has a port and a fixed_ip; a port has its address already, leave fixed_ip out"
        if network.get("fixed_ip") and not _is_address(network["fixed_ip"]):
            return f"networks[{index}].fixed_ip is {network['fixed_ip']!r}, which is no IP address"
    if len(base64.b64encode((item["user_data"] or "").encode())) > 65535:
        return "user_data is longer than the 49149 bytes that Nova takes"
    return _misnamed(item) or _marked(item)


def _misnumbered(item):
    """Disks in an order, or of a name, that no server can have."""
    booted = sorted(index for index in boot_indexes(item) if index >= 0)
    if item["image"] and 0 in booted:
        return "a disk has the boot_index 0, and the server boots from its image; leave image or that boot_index out"
    if item["disks"] and not item["image"] and 0 not in booted:
        return "no disk has the boot_index 0, and without an image the server boots from that; give it to its root disk"
    first = 1 if item["image"] else 0
    if booted != list(range(first, first + len(booted))):
        return (
            f"the boot_index of the disks is {', '.join(map(str, booted))}, and Nova counts from {first} without a gap,"
            " each number once; number them so, or leave boot_index out"
        )
    devices = [disk["device"].removeprefix("/dev/") for disk in item["disks"] or [] if disk.get("device")]
    if twice := sorted({device for device in devices if devices.count(device) > 1}):
        return f"two disks have the device {twice[0]}; name each once"
    return None


def _misnamed(item):
    """A hostname, a description or a tag that Nova does not take."""
    hostname = item["hostname"]
    if hostname is not None and not (
        2 <= len(hostname) <= 255
        and all(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", part) for part in hostname.split("."))
    ):
        return f"hostname is {hostname!r}; Nova takes letters, digits, dashes, and dots between them"
    tagged = [(f"disks[{index}].tag", disk.get("tag")) for index, disk in enumerate(item["disks"] or [])]
    tagged += [(f"networks[{index}].tag", network.get("tag")) for index, network in enumerate(item["networks"] or [])]
    tagged += [("a tag", tag) for tag in item["tags"] or []]
    for what, tag in tagged:
        if tag is not None and not re.fullmatch(r"[^,/]{1,%d}" % LONGEST_TAG, tag):
            return f"{what} is {tag!r}; a tag has 1 to {LONGEST_TAG} characters, and no comma or slash"
    if len(set(item["tags"] or [])) > MOST_TAGS:
        return f"tags has {len(set(item['tags']))} tags, and Nova keeps {MOST_TAGS} at the most"
    return text_problem("description", item["description"], "Nova")


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
