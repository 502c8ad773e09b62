# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of a migration as a task: its arguments, both logins, both clouds read and judged."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.waves import waves
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    discovery,
    key_names,
    lacking_rows,
    plan,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers


def connect(params: dict) -> Cloud:
    """Both clouds, if the arguments make sense."""
    if wrong := list(_wrong(params)):
        raise OsnapError("; ".join(wrong) + ".")
    return connect_pair(params)


def look(cloud: Cloud, params: dict) -> dict:
    """What :func:`plan.judge` says, what of the order of the servers, a playbook that makes what is lacking, and
    ``{unused_keys, warnings}`` of the maps.
    """
    options, items = asked.options(params), selected(cloud, params["servers"], params["exclude"])
    seen = discovery.read(cloud, items, options)
    judged = with_waves(items, plan.judge(items, seen, options))
    return {
        **judged,
        "playbook": lacking_rows.playbook(cloud, params, items, seen, options),
        **key_names.of_servers(cloud, seen, options),
    }


def with_waves(items: list, judged: dict) -> dict:
    """A judgement, with what is wrong with the order in which the servers shall be moved."""
    try:
        waves(known(items, judged["plans"]))
    except OsnapError as error:
        note = Problem(str(error), "boot_order", "boot_after")
        judged["problems"].append(str(note))
        judged["findings"].append(note.data())
        judged["plan_digest"] = None
    return judged


def selected(cloud: Cloud, items: list, exclude: list) -> list:
    """The items of the servers that are meant."""
    rows = Servers(cloud).list() if selection.needs_rows(items, exclude) else []
    return selection.select(items, exclude, rows, cloud.name)


def known(items: list, plans: list) -> list:
    """The items with the names and IDs of their servers, by which others wait for them."""
    return [
        {**item, "name": one["server_name"] or item["server"], "id": one["server_id"]}
        for item, one in zip(items, plans, strict=True)
    ]


def _wrong(params):
    yield from asked.of_task(params)
    for index, item in enumerate(params["servers"]):
        yield from (f"servers[{index}]: {problem}" for problem in asked.of_server(item))
