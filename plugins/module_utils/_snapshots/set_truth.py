# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a killed run has begun of a set is still true to its moment, so that it may be completed. Pure.

Nova's list of what was done to the server is asked, and no clock: each member has the request ID of the last thing that
had been done when the set was begun. Only of a server that runs the clock counts as well, for its guest writes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of

if TYPE_CHECKING:
    from datetime import datetime

    Row = Mapping[str, Any]

#: What changes neither a disk nor which disks there are.
HARMLESS = frozenset(
    {"createImage", "createBackup", "lock", "unlock", "attach_interface", "detach_interface", "pause", "suspend"}
)
#: Of a server that was off, a stop changes nothing, either.
OFF_ANYWAY = frozenset({"stop"})


def since(actions: Sequence[Row], after: str | None, consistency: str) -> list[Row] | None:
    """What was done to the server since a set was begun, the newest first; None where Nova's list does not tell."""
    harmless = HARMLESS | (OFF_ANYWAY if consistency == "off" else set())
    index = (
        len(actions)
        if after is None
        else next((at for at, row in enumerate(actions) if row["request_id"] == after), None)
    )
    return None if index is None else [row for row in actions[:index] if row["action"] not in harmless]


def acts(actions: Sequence[Row], row: Row) -> list[str]:
    """What was done to the server since a set was begun, as clauses; empty where that was nothing that matters."""
    later = since(actions, row["after"], row["consistency"])
    if later is None:
        return ["Nova does not list any more what was done to the server before it"]
    return [f"the server had '{one['action']}' at {one['start_time']}" for one in reversed(later)]


def untrue(
    row: Row, server: Row, disks: Sequence[str], actions: Sequence[Row], now: datetime, most: float
) -> list[str]:
    """Why what is there of a set can't be completed, as clauses; empty where it can.

    :param row: the set
    :param disks: those that the server has now
    :param most: seconds between the members of a running server, at the most
    """
    if set(row["disks"]) != set(disks) and (row["marked"] or not set(row["disks"]) <= set(disks)):
        return ["the server has other disks now"]
    off, was_off = server["status"] in _consistency.OFF, row["consistency"] == "off"
    if off != was_off:
        return [f"the server is {'off' if off else 'running'} now, and was {'off' if was_off else 'running'} then"]
    if done := acts(actions, row):
        return done
    if row["missing"] and row["consistency"] == "frozen":
        return ["its file systems were frozen once for all disks"]
    begun = time_of(row["created_at"])
    if not off and row["missing"] and (begun is None or (now - begun).total_seconds() > most):
        return [f"the server runs, and its disks would be more than {most:g} s apart"]
    return []
