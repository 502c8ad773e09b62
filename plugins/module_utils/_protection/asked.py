# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of protection: which objects are meant, by which policy, and the policies. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._protection import policies

#: Of one object, or of those that a pattern finds.
ITEM: dict[str, Any] = {
    "regex": {"type": "str"},
    "metadata": {"type": "dict"},
    "policy": {"type": "str"},
}
VOLUME: dict[str, Any] = {"volume": {"type": "str"}, **ITEM}
SERVER: dict[str, Any] = {"server": {"type": "str"}, **ITEM}
#: Of all of them together.
POLICIES: dict[str, Any] = {
    "policies": {"type": "dict", "required": True},
    "default_policy": {"type": "str"},
    "exclude": {"type": "list", "elements": "raw", "default": []},
}
#: Of the task that protects.
TASK: dict[str, Any] = {**POLICIES, "timeout": {"type": "int", "default": 3600}}
#: Of the task that protects servers: as their sets have it.
SERVER_TASK: dict[str, Any] = {
    **TASK,
    "parallel": {"type": "int", "default": 10},
    "max_spread": {"type": "int", "default": 60},
}


def problem(item: Mapping[str, Any], params: Mapping[str, Any], noun: str) -> str | None:
    """What is wrong with the options of one object, as clauses; None if nothing."""
    if params[f"{noun}s"] is None and item[noun] is None:
        return f"{noun} is required, or {noun}s"
    clauses = [selection.problem(item, (noun,)), *unknown("policy", item["policy"], params["policies"])]
    return "; ".join(filter(None, clauses)) or None


def wrong(params: Mapping[str, Any], noun: str) -> Iterator[str]:
    """What is wrong with the options of the task, a clause each."""
    yield from policies.problem(params["policies"])
    yield from unknown("default_policy", params["default_policy"], params["policies"])
    yield from below_one(params, "parallel")
    if params.get("max_spread", 0) < 0:
        yield f"max_spread is {params['max_spread']}; it takes seconds, 0 or more"
    yield from selection.wrong_exclude(params["exclude"], noun)


def unknown(option: str, name: str | None, given: Mapping[str, Any]) -> Iterator[str]:
    """That a policy which an option names is in no dictionary, as a clause."""
    name = (name or "").strip()
    if name and name.lower() != policies.NONE and name not in map(str, given):
        yield f"{option} is '{name}', and policies has {', '.join(sorted(map(str, given))) or 'none'}"
