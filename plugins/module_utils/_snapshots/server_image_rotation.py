# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Nova's rotation will delete is told before it does, and what it could not delete, or must not, is an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, Plan
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_rotation import backups, rotate
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import handed_on, retention

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


def server_of(plan: Plan) -> str | None:
    """The ID of the server that the image of a plan is of."""
    return plan.desired["server_id"] or (plan.current or {}).get("server_id")


def foreseen(context: Context, plans: list[Plan | OsnapError]) -> list[Plan | OsnapError]:
    """The plans with the fact ``rotated``, the IDs of the images that will go; an error where one of them has to stay."""
    return [_foreseen(context.cloud, plan) if isinstance(plan, Plan) else plan for plan in plans]


def _foreseen(cloud, plan):
    rotation, going = plan.desired["rotation"], []
    if rotation and plan.does(CREATE):
        there = backups(ServerImages(cloud), server_of(plan), rotation["type"])
        there = [row for row in there if row["id"] != (plan.current or {}).get("id")]
        going = there[: max(0, len(there) + 1 - rotation["keep"])]
    if kept := next(iter(_to_stay(cloud, going)), None):
        row, why, remedy = kept
        return OsnapError(
            f"The image '{plan.desired['name']}' can't be made: rotation would delete '{row['name']}' ({row['id']}),"
            f" which is {why}; {remedy}, or keep more.",
            resource=row["id"],
        )
    return replace(plan, facts={"outdated": [], **plan.facts, "rotated": [row["id"] for row in going]})


def _to_stay(cloud: Cloud, rows):
    """``(row, why, what to do)`` of those that rotation must not or can't delete."""
    held = [row for row in rows if row["properties"].get(_marks.HOLD)]
    above = handed_on.to_images(cloud, held) if held else {}
    for row in rows:
        if row["is_protected"]:
            yield row, "protected, and Nova leaves it without a word", "take its protection away"
        hold = _marks.users(row, above.get(row["id"])).get(_marks.HOLD) if row in held else None
        if why := retention.held(hold, datetime.now(timezone.utc)):
            yield row, f"{why}, which Nova does not know", f"take {_marks.HOLD} away"


def gone(images: ServerImages, context: Context, plan: Plan, made: dict) -> list[str]:
    """The IDs of those that went, once what rotation was to delete is gone: Nova deletes it when the image is done."""
    going, rotation = plan.facts.get("rotated", []), plan.desired["rotation"]
    if going and context.wait:
        return rotate(images, made, rotation["type"], rotation["keep"], going)
    return going
