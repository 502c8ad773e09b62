# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's rotation of backups: which there are, and what becomes of those that it is to delete."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import (
    BACKUP,
    BACKUP_DONE,
    ServerActions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages


def backups(images: ServerImages, server_id: str, type: str) -> list[dict]:
    """The backups of one type that createBackup has made of a server, oldest first."""
    rows = images.list(instance_uuid=server_id, image_type="backup", backup_type=type)
    return sorted(rows, key=lambda row: row["created_at"])


def rotate(images: ServerImages, made: dict, type: str, keep: int, going: list[str]) -> list[str]:
    """Wait until Nova's rotation has deleted images.

    Nova tries each of them once and tells nobody what came of it. What is there when it is through is tried here,
    so that a refusal is heard; but only what is still too many, for others may have deleted some meanwhile.

    :param made: the image that has taken their place
    :param going: the IDs that rotation was to delete
    :returns: those that are gone
    """
    nova = _Rotation(images.cloud, made["server_id"])
    try:
        images.wait_for(nova, dict.fromkeys(going, GONE))
        return going
    except OsnapError as error:
        if not nova.is_through:
            found = [why for row in images.poll(going).values() for why in images.dependents(row)]
            if not found:
                raise
            raise OsnapError(
                f"{error} Or it can't go, for there is what was made of it: {enumerated(found)}.",
                **error.fields,
                stops_work=error.stops_work,
            ) from error
    there = backups(images, made["server_id"], type)
    held = []
    for row in [row for row in there[: max(0, len(there) - keep)] if row["id"] in going]:
        try:
            stays = Images(images.cloud).delete_if(row, lambda now, row=row: _kept(row, now))
        except OsnapError as error:
            held.append((row, error))
        else:
            held += [(row, OsnapError(f"{stays.why}."))] if stays else []
    if held:
        row, why_not = held[0]
        found = images.dependents(row)
        why = f"; remove what was made of it ({enumerated(found)})" if found else ""
        raise OsnapError(
            f"The image {images.label(made)} is there, but rotation has left {images.label(row)}"
            + (f" and {len(held) - 1} more" if len(held) > 1 else "")
            + f", so that there are more than {keep} of the type {type}: {str(why_not).rstrip('.')}{why}. The next"
            " image of this type tries again.",
            **{**why_not.fields, "resource": row["id"]},
            stops_work=why_not.stops_work,
        ) from why_not
    left = images.poll(going)
    return [id for id in going if id not in left]


def _kept(then, now):
    """Why an image stays that rotation was to delete: what was said of it meanwhile."""
    if now["is_protected"]:
        return "it is protected from deletion"
    held = now["properties"].get(_marks.HOLD)
    return f"it was put on hold ({held})" if held and held != then["properties"].get(_marks.HOLD) else None


class _Rotation(ServerImages):
    """The images that Nova's rotation is to delete; once Nova is through, what is there has been left."""

    statuses = Statuses(
        ready=frozenset(), leaving=Images.statuses.leaving, failed=frozenset(), refused=frozenset({"left"})
    )

    def __init__(self, cloud, server_id=None):
        super().__init__(cloud)
        self.server_id, self.is_through = server_id, False

    def poll(self, ids):
        rows = super().poll(ids)
        if rows and not self.is_through:
            self.is_through = self._looked()
            # Asked again after it: Nova may have deleted them in between.
            rows = super().poll(list(rows)) if self.is_through else rows
        return {id: {**row, "status": "left"} for id, row in rows.items()} if self.is_through else rows

    def _looked(self):
        try:
            return ServerActions(self.cloud).has_ended(self.server_id, BACKUP, BACKUP_DONE)
        except OsnapError:
            return False  # a cloud that does not tell: waited for as long as may be

    def dependents(self, row):
        return []  # whoever hears the refusal asks
