# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a migration: what is asked for of each server, of all of them together, and of the task that does it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._migration import approval, window
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    AUTO,
    DEEP,
    EXISTING,
    METHODS,
    NEW,
    OF_IMAGES,
    SKIP,
    Options,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import ACCEPTABLE
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import BACKWARD, FORWARD
from ansible_collections.osnap.openstack.plugins.module_utils._servers import console_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

METHOD: dict[str, Any] = {"type": "str", "choices": [AUTO, *METHODS]}
NETWORK = {"network": {"type": "str"}, "fixed_ip": {"type": "str"}, "port": {"type": "str"}}
#: Of one server.
SERVER: dict[str, Any] = {
    "server": {"type": "str"},
    "regex": {"type": "str"},
    "name": {"type": "str"},
    "flavor": {"type": "str"},
    "networks": {"type": "list", "elements": "dict", "options": NETWORK},
    "security_groups": {"type": "list", "elements": "str"},
    "key_name": {"type": "str", "no_log": False},
    "config_drive": {"type": "bool"},
    "availability_zone": {"type": "str"},
    "metadata": {"type": "dict"},
    "method": METHOD,
    "disk_methods": {"type": "dict"},
}
#: Of one server that is moved.
MOVED: dict[str, Any] = {
    **SERVER,
    "wave": {"type": "int"},
    "boot_after": {"type": "list", "elements": "str"},
    "checks": {"type": "dict", "options": console_check.OPTIONS},
}
#: Of all of them together.
MIGRATION: dict[str, Any] = {
    "destination": {"type": "dict", "required": True, "options": AUTH_OPTIONS},
    "run": {"type": "str", "default": "migration"},
    "stop": {"type": "bool", "default": True},
    "flavor_map": {"type": "dict", "default": {}},
    "network_map": {"type": "dict", "default": {}},
    "volume_type_map": {"type": "dict", "default": {}},
    "target_boot": {"type": "str", "choices": ["same", "image", "volume"], "default": "same"},
    "disk_format": {"type": "str", "choices": ["auto", "raw", "qcow2"], "default": "auto"},
    # Without a default: an item has it as well, and what is not set says nothing there.
    "method": METHOD,
    "verification": {"type": "str", "choices": [OF_IMAGES, DEEP], "default": OF_IMAGES},
    "power": {"type": "str", "choices": ["auto", "on", "off"], "default": "auto"},
    "rehearsal_network": {"type": "str"},
    "subnet_map": {"type": "dict", "default": {}},
    "security_group_map": {"type": "dict", "default": {}},
    "key_map": {"type": "dict", "default": {}, "no_log": False},
    "zone_map": {"type": "dict", "default": {}},
    "keep_addresses": {"type": "bool", "default": False},
    "keep_mac": {"type": "bool", "default": False},
    "floating_ip": {"type": "str", "choices": [SKIP, NEW, EXISTING, AUTO], "default": SKIP},
    "exclude": {"type": "list", "elements": "raw", "default": []},
    "accept": {"type": "list", "elements": "str", "choices": list(ACCEPTABLE), "default": []},
    "plan_digest": {"type": "str"},
}
#: How far they are brought.
STATE: dict[str, Any] = {"type": "str", "choices": list(FORWARD), "default": "complete"}
#: Of the task that carries it out.
TASK: dict[str, Any] = {
    **MIGRATION,
    "state": {**STATE, "choices": [*FORWARD, *BACKWARD]},
    "keep_copies": {"type": "bool", "default": True},
    "parallel": {"type": "int", "default": 10},
    "copies": {"type": "int", "default": 2},
    "conversions": {"type": "int", "default": 2},
    "boots": {"type": "int", "default": 5},
    "max_fail_percentage": {"type": "int", "default": 0},
    "window_end": {"type": "str"},
    "rate": {"type": "int"},
    "timeout": {"type": "int", "default": 3600},
}


def options(params: Mapping[str, Any]) -> Options:
    """What is asked for of all servers together, of a task's parameters."""
    return Options(**{field: params[field] for field in Options._fields if params.get(field) is not None})


def problem(item: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """What is wrong with the options of one server, as clauses; None if nothing."""
    return "; ".join(unnamed(item, params) or of_server(item)) or None


def unnamed(
    item: Mapping[str, Any], params: Mapping[str, Any], nouns: Sequence[str] = (selection.SERVER,)
) -> list[str]:
    """What keeps an item without a server from meaning several: patterns are for lists, and metadata at the top level are
    those of new servers.

    :param nouns: as in :func:`selection.problem`
    """
    if any(item[noun] is not None for noun in nouns):
        return []
    if params[f"{nouns[0]}s"] is None:
        return [f"{' or '.join(nouns)} is required, or {nouns[0]}s"]
    if item["regex"] is None and params["metadata"]:
        return [f"one of {', '.join(nouns)} and regex is required"]
    return []


def of_task(params: Mapping[str, Any], noun: str = selection.SERVER) -> Iterator[str]:
    """What is wrong with the options of the task, a clause each.

    :param noun: what it moves
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", params["run"]):
        yield f"run is '{params['run']}'; it takes 1 to 64 letters, digits, . _ and -"
    yield from below_one(params, "parallel", "copies", "conversions", "boots")
    if clause := window.problem(params.get("window_end")):
        yield clause
    if clause := approval.problem(params.get("plan_digest")):
        yield clause
    if (params.get("rate") or 1) < 1:
        yield f"rate is {params['rate']}; it takes MiB a second, 1 or more"
    if not 0 <= params.get("max_fail_percentage", 0) <= 100:
        yield f"max_fail_percentage is {params['max_fail_percentage']}; it takes a number from 0 to 100"
    yield from selection.wrong_exclude(params.get("exclude"), noun)


def of_server(item: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the options of one server, a clause each."""
    if clause := selection.problem(item):
        yield clause
    if clause := console_check.problem(item.get("checks")):
        yield clause
    if item["name"] is not None and not item["name"].strip():
        yield "name is empty; leave it out, or give the new server one"
    for disk, method in (item.get("disk_methods") or {}).items():
        if method not in METHOD["choices"]:
            yield f"disk_methods.{disk} is '{method}'; it takes {', '.join(METHOD['choices'])}"
    for number, network in enumerate(item["networks"] or []):
        if bool(network["network"]) == bool(network["port"]):
            yield f"networks[{number}] needs either network or port"
