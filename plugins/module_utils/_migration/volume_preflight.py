# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for volumes as a task that only reads: its arguments, both logins, both clouds read and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    key_names,
    links,
    volume_asked,
    volume_discovery,
    volume_plan,
    volume_result,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.source_volumes import SourceVolumes

#: The options of that task.
OPTIONS: dict[str, Any] = {
    "volumes": {"type": "list", "elements": "dict", "required": True, "options": volume_asked.VOLUME},
    **volume_asked.MIGRATION,
    "state": volume_asked.STATE,
}


def connect(params: dict) -> Cloud:
    """Both clouds, if the arguments make sense."""
    if wrong := list(_wrong(params)):
        raise OsnapError("; ".join(wrong) + ".")
    return connect_pair(params)


def look(cloud: Cloud, params: dict) -> dict:
    """``{plans, problems, notices, findings, unused_keys, warnings}``."""
    options, items = volume_asked.options(params), selected(cloud, params["volumes"], params["exclude"])
    seen = volume_discovery.read(cloud, items, options)
    judged = volume_plan.judge(items, seen, options)
    plans = [_told(plan, params["state"]) for plan in judged["plans"]]
    return {**judged, "plans": plans, **key_names.of_volumes(cloud, seen, options)}


#: What a step is about, where its own word says too little to somebody who reads a plan.
WORDS = {"copy": "image", "stale": "what is stale"}


def selected(cloud: Cloud, items: list, exclude: list) -> list:
    """The items of the volumes and snapshots that are meant."""
    rows = SourceVolumes(cloud).own() if selection.needs_rows(items, exclude, volume_asked.NOUNS) else []
    return selection.select(items, exclude, rows, cloud.name, volume_asked.NOUNS)


def _told(plan: Mapping[str, Any], state: str) -> dict[str, Any]:
    steps = links.steps_of_volume(plan, state) if plan["disks"] else ()
    return {
        **volume_result.migration(plan),
        **{key: plan[key] for key in ("status", "since", "next", "complete", "unverified", "problems", "findings")},
        "volume_restore": plan["disks"][0]["volume_restore"] if plan["disks"] else None,
        "steps": []
        if plan["problems"]
        else [f"{step.verb} {WORDS.get(step.values['what'], step.values['what'])}" for step in steps],
    }


def _wrong(params: dict) -> Iterator[str]:
    yield from asked.of_task(params, volume_asked.NOUNS[0])
    for index, item in enumerate(params["volumes"]):
        yield from (f"volumes[{index}]: {problem}" for problem in volume_asked.of_volume(item))
