# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes that have made room for restored ones: which of them can go, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_restore_arguments
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside_chain import link
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen


def deletable(chosen: Chosen, rows: Sequence[Row], seen: Any) -> list[Row]:
    """Those that are to be deleted and can be: one with snapshots can't, and the set's own are among them mostly."""
    if chosen.item["replaced_volumes"] != set_restore_arguments.DELETE or not rows:
        return []
    has = {row["volume_id"] for row in VolumeSnapshots(seen.cloud).list() or ()}
    return [row for row in rows if row["id"] not in has]


def remove(context: Context, rows: Iterable[Row]) -> None:
    for row in rows:
        link(context, VolumeRestore(), {"id": row["id"]}, state="absent")


def as_told(rows: Iterable[Row], deleted: Iterable[Row]) -> list[dict[str, Any]]:
    gone = {row["id"] for row in deleted}
    return [
        {"volume_id": row["id"], "volume_name": row["name"], "is_deleted": row["id"] in gone}
        for row in {row["id"]: row for row in rows}.values()
    ]
