# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of a migration as a task: its arguments, both logins, both clouds read and judged."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import asked, discovery, plan


def connect(params: dict) -> Cloud:
    """Both clouds, if the arguments make sense."""
    if wrong := list(_wrong(params)):
        raise OsnapError("; ".join(wrong) + ".")
    return connect_pair(params)


def look(cloud: Cloud, params: dict) -> dict:
    """``{plans, problems, notices}``."""
    options = asked.options(params)
    return plan.judge(params["servers"], discovery.read(cloud, params["servers"], options), options)


def _wrong(params):
    yield from asked.of_task(params)
    for index, item in enumerate(params["servers"]):
        yield from (f"servers[{index}]: {problem}" for problem in asked.of_server(item))
