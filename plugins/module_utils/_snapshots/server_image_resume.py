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

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import describe
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_GONE, CREATE, DELETE, START, Step
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image, staleness
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages


def is_unfinished(service: ServerImages, row: dict) -> bool:
    statuses = service.statuses
    return row["status"] not in statuses.ready | statuses.failed | statuses.leaving


def was_started_by_hand(row: dict, server: dict) -> bool:
    """Whether a server that runs still has the mark of a run that has stopped it for this image: that run takes the
    mark away when it starts the server.
    """
    return off_for_image.is_stopped_for(server, row["name"])


def outdated(cloud: Cloud, row: dict, server_id: str, *, by_hand: bool) -> list[str]:
    """What has happened to a server since its image was begun, as sentences. One request.

    :param by_hand: whether a start was not the other run's own. That run's is let off, where the server was off for its
        image: it comes when the image is finished.
    """
    own = row["consistency"] == "off" and not by_hand
    actions = ServerActions(cloud).of(server_id)
    since = staleness.since_image(actions, _begun(row), row["created_at"], ("start",) if own else ())
    return staleness.sentences(since, row["created_at"])


def _begun(row):
    return min([row["created_at"], *(one["created_at"] for one in row["volume_snapshots"] if one["created_at"])])


def _is_off_by_hand(cloud, row, server):
    """Whether somebody has stopped a server after its image, so that the mark on it is one of long ago."""
    if server["status"] != "SHUTOFF":
        return False
    actions = ServerActions(cloud).told(server["id"])
    return (
        actions is not None
        and staleness.last_since_image(actions, ("start", "stop"), _begun(row), row["created_at"]) == "stop"
    )


def anew(fields: tuple[Field, ...], fresh: Plan, row: dict, why: list[str]) -> Plan:
    """The plan of a new image with an unfinished one out of the way first, and why."""
    before = {"state": "present", "status": row["status"], **describe(fields, row)}
    steps = (Step(DELETE), Step(AWAIT_GONE), *fresh.steps)
    return replace(fresh, before=before, steps=steps, current=row, facts={**fresh.facts, "outdated": why})


def with_servers(context: Context, items: list[dict], plans: list[Plan | OsnapError]) -> list[Plan | OsnapError]:
    """Errors about images whose servers a killed run has left off say that, too: nothing is carried out that would start
    them.
    """
    of = [
        item["server_id"] if isinstance(plan, OsnapError) and item["consistency"] == "stop" else None
        for item, plan in zip(items, plans, strict=True)
    ]
    named = sorted(set(of) - {None})
    try:
        servers = Servers(context.cloud).poll(named) if named else {}
    except OsnapError:
        return plans  # the errors themselves are told
    return [
        (
            OsnapError(
                f"{str(plan).rstrip('.')}; and its server is still off, which was stopped for it.",
                **plan.fields,
                stops_work=plan.stops_work,
            )
            if (server := servers.get(id))
            and server["status"] == "SHUTOFF"
            and off_for_image.is_stopped_for(server, item["name"])
            else plan
        )
        for id, item, plan in zip(of, items, plans, strict=True)
    ]


def with_start(context: Context, plans: list[Plan | OsnapError]) -> list[Plan | OsnapError]:
    """Servers that a killed run has left off are started, though their images are there."""
    stopped = [
        plan
        for plan in plans
        if not isinstance(plan, OsnapError)
        and plan.resource
        and plan.current
        and not plan.does(CREATE)
        and plan.desired["consistency"] == "stop"
        and plan.current["server_id"]
    ]
    servers = Servers(context.cloud).poll(sorted({plan.current["server_id"] for plan in stopped})) if stopped else {}
    left = {
        id(plan): servers[plan.current["server_id"]]
        for plan in stopped
        if plan.current["server_id"] in servers
        and off_for_image.is_stopped_for(
            servers[plan.current["server_id"]], plan.desired["name"] or plan.current["name"]
        )
        and not _is_off_by_hand(context.cloud, plan.current, servers[plan.current["server_id"]])
    }
    return [
        (
            replace(
                plan,
                before={**plan.before, "server_status": left[id(plan)]["status"]},
                after={**plan.after, "server_status": "ACTIVE"},
                steps=(*plan.steps, Step(START)),
            )
            if id(plan) in left
            else plan
        )
        for plan in plans
    ]
