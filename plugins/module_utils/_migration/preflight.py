# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preflight of a migration as a task: its arguments, both logins, both clouds read and judged."""

from __future__ import annotations

import re

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect_pair
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import discovery, plan
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Options


def connect(params: dict) -> Cloud:
    """Both clouds, if the arguments make sense."""
    if wrong := list(_wrong(params)):
        raise OsnapError("; ".join(wrong) + ".")
    return connect_pair(params)


def look(cloud: Cloud, params: dict) -> dict:
    """``{plans, problems, notices}``."""
    options = Options(**{option: params[option] for option in Options._fields if option in params})
    return plan.judge(params["servers"], discovery.read(cloud, params["servers"], options), options)


def _wrong(params):
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", params["run"]):
        yield f"run is '{params['run']}'; it takes 1 to 64 letters, digits, . _ and -"
    for index, item in enumerate(params["servers"]):
        if not item["server"].strip():
            yield f"servers[{index}]: server is empty; give the name or ID of one"
        if item["name"] is not None and not item["name"].strip():
            yield f"servers[{index}]: name is empty; leave it out, or give the new server one"
        for number, network in enumerate(item["networks"] or []):
            if bool(network["network"]) == bool(network["port"]):
                yield f"servers[{index}]: networks[{number}] needs either network or port"
