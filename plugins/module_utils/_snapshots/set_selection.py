# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers the items of a task mean, each of which has a set of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._fleet import selection
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

    Item = dict[str, Any]


def selected(cloud: Cloud, items: Sequence[Item], exclude: Sequence[object]) -> list[Item]:
    """An item for each server that is meant."""
    asked = [
        {"server": one["server"], "regex": one["regex"], "metadata": one["server_metadata"], "at": at}
        for at, one in enumerate(items)
    ]
    rows = Servers(cloud).list() or [] if selection.needs_rows(asked, exclude) else []
    chosen = selection.select(asked, exclude, rows, cloud.name)
    return [{**items[one["at"]], "server": one["server"], "regex": None, "server_metadata": None} for one in chosen]


def with_servers(cloud: Cloud, items: Sequence[Item], absent: bool) -> list[Item | OsnapError]:
    """Items with the rows of their servers. What is to be gone needs no server: one that is not there any more is known
    by its ID.
    """
    found = lookup.existing(Servers(cloud), [item["server"] for item in items])
    prepared: list[Item | OsnapError] = []
    for item in items:
        row = found[item["server"]]
        if isinstance(row, lookup.Missing) and absent:
            prepared.append({**item, "row": None, "server_id": item["server"].strip()})
        elif isinstance(row, OsnapError):
            prepared.append(row)
        else:
            prepared.append({**item, "row": row, "server_id": row["id"]})
    return prepared
