# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run notes on the source's server, so that a rollback knows what to give back: whether the run has stopped it or
found it as it is now, and later that it was rolled back. Pure.

The power before is remembered by whoever stops a server, which may have been its owner, long before the run. Only a
server that the run has stopped is started again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import (
    COMPLETE,
    MOVED,
    ROLLED_BACK,
)

#: Values of the mark of a step, on the source: its cutover has begun, and for that it was stopped, or left as it was.
STOPPED, LEFT = "stop", "leave"
#: In the order in which they go: as long as there is the run's, the others are known to be its own.
KEYS = (_marks.STEP, _marks.RUN)


def why_locked(run: str) -> str:
    """The reason for which a run locks the servers that it moves."""
    return f"moved by the run '{run}'"


def of(server: Mapping[str, Any], run: str) -> str | None:
    """What this run has noted on a server; None for nothing."""
    marks = server["metadata"] or {}
    return marks.get(_marks.STEP) if marks.get(_marks.RUN) == run else None


def left(server: Mapping[str, Any], run: str) -> list[str]:
    """The keys that this run has noted on a server and that are there still, in the order in which they go."""
    marks = server["metadata"] or {}
    if marks.get(_marks.RUN) != run:
        return []
    power = [_marks.POWER] if marks.get(_marks.STEP) == STOPPED else []
    return [key for key in (*power, *KEYS) if key in marks]


def has_begun(server: Mapping[str, Any], run: str) -> bool:
    """Whether this run has begun to cut a server over, and has not rolled it back since."""
    return of(server, run) in (STOPPED, LEFT)


def at_the_start(server: Mapping[str, Any], run: str, state: str, stop: bool) -> dict[str, str] | None:
    """What has to be noted before anything is done to a server on its way to a state: metadata to set, none for what is
    noted already; None where a note has to go.
    """
    noted = of(server, run)
    if server["is_locked"]:
        return {}  # it takes none; by ourselves it was noted before
    if not stop and state not in (MOVED, COMPLETE):
        return None if noted == ROLLED_BACK else {}
    wanted = STOPPED if stop and server["status"] != "SHUTOFF" else LEFT
    if noted in (wanted, STOPPED):
        return {}
    return {_marks.RUN: run, _marks.STEP: wanted}
