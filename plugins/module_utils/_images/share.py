# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sharing an image with another project of the same Glance: offered by its owner, accepted by the member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import ACCEPT, OFFER, UPDATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

ACCEPTED = "accepted"
#: Whoever can see the Glance sees these, and they have no members.
SEEN_BY_ALL = ("public", "community")


class ImageShare(Operation):
    """An image of the project of ``cloud``, for that of its peer. It stays the first one's, and goes with it."""

    returns = "image"
    options = {"image": {"type": "str"}}

    def prepare(self, context: Context, items: list) -> list:
        rows = lookup.existing(Images(context.cloud), [item["image"] for item in items])
        return [rows[item["image"]] for item in items]

    def plan(self, context: Context, item: dict[str, Any]) -> Plan:
        row, project = item, context.cloud.peer.project_id
        status = _status(ImageMembers(context.cloud), row, project)
        steps: list[Step] = []
        if row["visibility"] not in SEEN_BY_ALL and status != ACCEPTED:
            steps += [] if row["visibility"] == "shared" else [Step(UPDATE, {"visibility": "shared"})]
            steps += [] if status else [Step(OFFER, {"project": project})]
            steps += [Step(ACCEPT, {"project": project})]
        before, after = {"members": {project: status}}, {"members": {project: ACCEPTED if steps else status}}
        return Plan(before, after, tuple(steps), row, {**row, "visibility": None if steps else row["visibility"]})

    def apply(self, context: Context, plan: Plan) -> Outcome:
        service, project = bound(Images(context.cloud), context), context.cloud.peer.project_id
        row, members = plan.current, ImageMembers(context.cloud)
        if step := plan.step(UPDATE):
            # As often as is wanted: a second one finds it so.
            row = send_once(lambda: service.update(row, step.values), lambda: _shared(service, row), service.pause)
        if plan.does(OFFER):
            send_once(lambda: members.add(row, project), lambda: _status(members, row, project), service.pause)
        theirs = ImageMembers(context.cloud.peer)
        send_once(lambda: theirs.answer(row, ACCEPTED), lambda: _accepted(theirs, row, project), service.pause)
        if seen := Images(context.cloud.peer).get(row["id"]):
            return Outcome(seen)
        raise OsnapError(
            f"The image '{row['name']}' ({row['id']}) is shared with the project {project}, and cloud"
            f" {context.cloud.peer.name} does not show it; look whether both logins are to the same Glance.",
            resource=row["id"],
        )


def _shared(service, row):
    now = service.get(row["id"])
    return now if now and now["visibility"] == "shared" else None


def _status(members, row, project):
    return (members.of(row) or {}).get(project)


def _accepted(members, row, project):
    return True if _status(members, row, project) == ACCEPTED else None
