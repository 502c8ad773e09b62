# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an earlier run has begun of a server's image and not finished: it is gone on with, as long as the server is as it
was then. Otherwise it goes, and the image is taken anew.

A finished image of the identity that is asked for is simply there. So a run that works at the same time is safe: it
starts a server that it has stopped only when its image is finished.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_GONE, DELETE, Step, describe
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image, staleness
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan


def is_unfinished(service, row: dict) -> bool:
    statuses = service.statuses
    return row["status"] not in statuses.ready | statuses.failed | statuses.leaving


def outdated(cloud: Cloud, row: dict, server: dict) -> list[str]:
    """What has happened to a server since its image was begun, as sentences. One request.

    One start is let off where the server was off for its image and nobody has left the mark that says so: that start
    was the other run's own.
    """
    own = row["consistency"] in _consistency.SATISFIED_BY["stop"] and not off_for_image.is_stopped_for(
        server, row["name"]
    )
    begun = min([row["created_at"], *(one["created_at"] for one in row["volume_snapshots"] if one["created_at"])])
    actions = ServerActions(cloud).of(server["id"])
    since = staleness.since_image(actions, begun, row["created_at"], ("start",) if own else ())
    return staleness.sentences(since, row["created_at"])


def anew(fields, fresh: Plan, row: dict, why: list[str]) -> Plan:
    """The plan of a new image with an unfinished one out of the way first, and why."""
    before = {"state": "present", "status": row["status"], **describe(fields, row)}
    steps = (Step(DELETE, {"only_unfinished": True}), Step(AWAIT_GONE), *fresh.steps)
    return replace(fresh, before=before, steps=steps, current=row, facts={**fresh.facts, "outdated": why})
