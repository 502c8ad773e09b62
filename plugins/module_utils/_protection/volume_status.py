# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of protection as a task that only reads: its options, what is read, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import connect as login
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked, policies, status, survey
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: All volumes, where nothing says which.
ALL = [{"volume": None, "regex": ".*", "metadata": None, "policy": None}]
VOLUME_OPTIONS: dict[str, Any] = {
    "volumes": {"type": "list", "elements": "dict", "options": asked.VOLUME},
    **asked.POLICIES,
}


def connect(params: dict) -> Cloud:
    """The cloud, if the arguments make sense."""
    if wrong := list(_wrong(params)):
        raise OsnapError("; ".join(wrong) + ".")
    return login(params)


def of_volumes(cloud: Cloud, params: dict) -> dict[str, Any]:
    """``{volumes, alarms, summary}``."""
    now, rows = datetime.now(timezone.utc), Volumes(cloud).list()
    items = params["volumes"] if params["volumes"] is not None else ALL if rows else []
    chosen = survey.selected(cloud, items, params["exclude"], rows)
    found = survey.subjects(cloud, chosen, rows, policies.read(params["policies"]), params["default_policy"])
    if error := next((one for one in found if isinstance(one, OsnapError)), None):
        raise error
    looked = survey.History(cloud)
    kinds = {one.policy.kind for one in found if one.policy}
    looked.look(kinds)
    taken = looked.by_volume(kinds)
    return told([status.status(one, taken.get(one.id, ()), now) for one in found], "volumes")


def told(found: list[status.Status], many: str) -> dict[str, Any]:
    """What a module returns of all of them."""
    rows = [one.row for one in found]
    return {
        many: rows,
        "alarms": [alarm for one in found for alarm in one.alarms],
        "summary": status.summary(rows),
    }


def _wrong(params: dict) -> Iterator[str]:
    yield from asked.wrong(params, survey.NOUNS[0])
    for index, item in enumerate(params["volumes"] or ()):
        if clause := selection.problem(item, survey.NOUNS):
            yield f"volumes[{index}]: {clause}"
        yield from (
            f"volumes[{index}]: {clause}" for clause in asked.unknown("policy", item["policy"], params["policies"])
        )
