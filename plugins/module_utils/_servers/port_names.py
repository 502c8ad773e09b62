# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ports are called that are made for a server, and which are a run's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.marked_text import description, marks_of

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


def identity_of(run: str, server: str, number: int, step: str = "port") -> dict[str, str]:
    """What names the port of a server in a run.

    :param server: ID of the source's server
    :param number: of the interface, from 0
    """
    marks = {_marks.RUN: run, _marks.SERVER: server, _marks.STEP: step}
    rehearsal = "" if step == "port" else f"-{step}"
    return {"name": f"osnap-{run}-{server}-{number}{rehearsal}", "description": description(marks)}


def is_ours(row: Row, run: str, server: str, step: str = "port") -> bool:
    """Whether a run has made a port for a server of the source."""
    return marks_of(row["description"]) == {_marks.RUN: run, _marks.SERVER: server, _marks.STEP: step}


def step_of(row: Row, run: str, server: str) -> str | None:
    """The step for which a run has made a port for a server of the source; None where it has not."""
    step = marks_of(row["description"]).get(_marks.STEP)
    return step if step and is_ours(row, run, server, step) else None


def removal_of(row: Row) -> dict[str, Any]:
    """The item that removes a port of ours: it goes if it is still that port, and nobody uses it."""
    return {key: row[key] for key in ("name", "network_id", "description")}
