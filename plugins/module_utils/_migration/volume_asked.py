# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a migration of volumes: what is asked for of each, of all of them together, and of the task that does
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._migration import asked
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import LOST_WRITES, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import (
    COMPLETE,
    COPIED,
    FINALIZED,
    ROLLED_BACK,
    SOURCE_REMOVED,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import (
    metadata_problem,
    text_problem,
)

#: How far they are brought: there is nothing to boot, and so nothing between these two.
FORWARD = (COPIED, COMPLETE)
#: How they are taken back or ended.
BACKWARD = (ROLLED_BACK, FINALIZED, SOURCE_REMOVED)
#: What names a single one. Patterns look for volumes.
NOUNS = ("volume", "snapshot")
#: Of one volume, or of a snapshot of one.
VOLUME: dict[str, Any] = {
    "volume": {"type": "str"},
    "snapshot": {"type": "str"},
    "regex": {"type": "str"},
    "name": {"type": "str"},
    "volume_type": {"type": "str"},
    "availability_zone": {"type": "str"},
    "bootable": {"type": "bool"},
    "metadata": {"type": "dict"},
    "method": asked.METHOD,
}
#: Of all of them together; as servers have them, see :mod:`asked`.
MIGRATION: dict[str, Any] = {
    **{
        key: asked.MIGRATION[key]
        for key in (
            "destination",
            "run",
            "volume_type_map",
            "zone_map",
            "method",
            "disk_format",
            "verification",
            "exclude",
        )
    },
    "accept": {"type": "list", "elements": "str", "choices": [LOST_WRITES], "default": []},
}
STATE: dict[str, Any] = {"type": "str", "choices": list(FORWARD), "default": COMPLETE}
#: Of the task that carries it out.
TASK: dict[str, Any] = {
    **MIGRATION,
    "state": {**STATE, "choices": [*FORWARD, *BACKWARD]},
    **{key: asked.TASK[key] for key in ("keep_copies", "parallel", "copies", "conversions", "timeout")},
}


def options(params: Mapping[str, Any]) -> Options:
    """What is asked for of all of them together; nothing is stopped for a volume."""
    return asked.options({**params, "stop": False})


def problem(item: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """What is wrong with the options of one volume, as clauses; None if nothing."""
    return "; ".join(asked.unnamed(item, params, NOUNS) or of_volume(item)) or None


def of_volume(item: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the options of one volume, a clause each."""
    if clause := selection.problem(item, NOUNS):
        yield clause
    if item["name"] is not None and not item["name"].strip():
        yield "name is empty; leave it out, or give the new volume one"
    yield from filter(None, (text_problem("name", item["name"]), metadata_problem("metadata", item["metadata"])))
