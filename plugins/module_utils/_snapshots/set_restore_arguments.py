# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for of a restore, and what is wrong with it, whatever the cloud has. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Iterator

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import IN_PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

BESIDE, ATTACH = "beside", "attach"
MODES = (BESIDE, IN_PLACE, ATTACH)
KEEP, DELETE = "keep", "delete"
#: What a new server is booted with; the others keep what they have.
BOOTED_WITH = (
    "networks",
    "flavor",
    "security_groups",
    "key_name",
    "user_data",
    "config_drive",
    "availability_zone",
    "metadata",
)
_NETWORK = {"network": {"type": "str"}, "fixed_ip": {"type": "str"}, "port": {"type": "str"}, "tag": {"type": "str"}}
OPTIONS: dict[str, Any] = {
    "server": {"type": "str"},
    "set": {"type": "str"},
    "as_of": {"type": "str"},
    "mode": {"type": "str", "choices": list(MODES)},
    "disks": {"type": "list", "elements": "str"},
    "name": {"type": "str"},
    "networks": {"type": "list", "elements": "dict", "options": _NETWORK},
    "flavor": {"type": "str"},
    "security_groups": {"type": "list", "elements": "str"},
    "key_name": {"type": "str"},
    "user_data": {"type": "str"},
    "config_drive": {"type": "bool"},
    "availability_zone": {"type": "str"},
    "metadata": {"type": "dict"},
    "attach_to": {"type": "str"},
    "allow_server_replacement": {"type": "bool"},
    "replaced_volumes": {"type": "str", "choices": [KEEP, DELETE]},
}
TASK: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "run": {"type": "str", "default": "restore"},
    "parallel": {"type": "int", "default": 5},
    "timeout": {"type": "int", "default": 3600},
}
#: Options that are of one mode alone.
_OF = {
    BESIDE: ("name", *BOOTED_WITH),
    IN_PLACE: ("allow_server_replacement", "replaced_volumes"),
    ATTACH: ("attach_to",),
}


def of_task(params: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", params["run"]):
        yield f"run is '{params['run']}'; it takes 1 to 64 letters, digits, . _ and -"
    yield from below_one(params, "parallel")


def mode_of(item: Mapping[str, Any]) -> str:
    return str(item["mode"] or BESIDE)


def problem(item: Mapping[str, Any], state: str) -> str | None:
    """What is wrong with an item as a clause, or None."""
    if not (item["server"] or "").strip():
        return "server is empty; give the name or the ID of the server that the set is of"
    mode = mode_of(item)
    if item["set"] is not None and not item["set"].strip():
        return "set is empty; give the name of a snapshot set, or leave it out for the newest"
    if item["as_of"] is not None and time_of(item["as_of"].strip()) is None:
        return f"as_of is '{item['as_of']}'; it takes a time such as 2026-11-30T12:00:00Z"
    if item["disks"] is not None and not item["disks"]:
        return "disks is empty; name one, or leave it out for all of them"
    if state == "absent" and mode == IN_PLACE:
        return (
            "what was restored in place is the server itself, and is not removed; leave mode in_place to state present"
        )
    for other, options in _OF.items():
        given = [option for option in options if item[option] is not None]
        if other != mode and given:
            return f"{given[0]} is for mode {other}, and mode is {mode}; leave it out, or set mode to {other}"
    if mode == ATTACH and state == "present" and not (item["attach_to"] or "").strip():
        return "attach_to is missing; say to which server the volumes are attached"
    return text_problem("name", item["name"], "Nova") or (
        "name is empty; give the new server a name, or leave it out"
        if item["name"] is not None and not item["name"].strip()
        else None
    )
