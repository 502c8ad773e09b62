# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs that take one set at the same time: the first one's stays, and the other run waits until it is whole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import TAKING, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._services.snapshot_sets import SnapshotSets

    Row = dict[str, Any]


def earliest(row: Row) -> tuple[str, str]:
    """Of two sets of one name the first stays: by the service's word of its first member, and of one second by its ID."""
    return min((one["created_at"] or "~" for one in row["members"]), default="~"), row["id"]


def first(context: Context, sets: SnapshotSets, row: Row, rows: list[Row], look: Callable[[], list[Row]]) -> Row:
    """The set that stays, whole.

    :param row: this run's own, all of whose members are there
    :param rows: all of the name, as they were seen with it
    :param look: the same as they are now
    """
    winner = min((one for one in rows if one["status"] in (WHOLE, TAKING)), key=earliest, default=row)
    if winner["id"] == row["id"]:
        if row["status"] != WHOLE:
            raise OsnapError(f"it is {row['status']}: {row['torn_because'] or 'somebody is at it'}; run again.")
        return row
    sets.delete(row)
    return _awaited(context, winner, look)


def _awaited(context, winner, look):
    until = time.monotonic() + context.timeout
    while winner is not None and winner["status"] != WHOLE:
        if time.monotonic() > until:
            raise OsnapError(
                f"another run has begun it, and it is not whole after {context.timeout} s; run again, which completes it or"
                " takes it anew.",
                resource=winner["server_id"],
            )
        waiter.pause(context)
        winner = next((one for one in look() if one["id"] == winner["id"]), None)
    if winner is None:
        raise OsnapError("another run has begun it and not finished; run again.")
    return winner
