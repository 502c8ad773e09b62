# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes of a running server, snapshotted by Nova, which freezes its file systems for it. Nova marks no snapshot: the
set is known by the image that it makes of them, until they have marks of their own; then the image goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import ALL
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


def make(context: Context, server: Row, name: str, marks: Mapping[str, str], most: float) -> str:
    """Ask Nova for the snapshots; the ID of the set that they are of, which is another one where a killed run's request
    was still being carried out.

    :param name: of the set
    :param most: seconds for which what a killed run has asked for is of this moment
    """
    images = waiter.bound(ServerImages(context.cloud), context)
    images.outdated = lambda row, _server: age_of(row["created_at"]) > most
    called = f"osnap-set-{_marks.same_id(server['id'], name)}"

    def look() -> Row | None:
        return next(iter(images.find([{"name": called, "server_id": server["id"]}])[0]), None)

    own = {**marks, _marks.SET_DISK: ALL}
    values = {"name": called, "server_id": server["id"], "properties": own, "consistency": "quiesce"}
    row = send_once(lambda: images.create(values), look, images.pause)
    return str(row["properties"].get(_marks.SET_ID) or marks[_marks.SET_ID])


def finish(context: Context, row: Row, name: str, marks_of: Callable[[str], Mapping[str, str]]) -> None:
    """Wait for the snapshots of a set that Nova has made, mark them, and remove the image.

    :param row: the set
    :param marks_of: the marks of the member of a volume
    """
    snapshots = VolumeSnapshots(context.cloud)
    goals = {one["id"]: waiter.READY for one in row["members"]}
    rows = waiter.wait(snapshots, goals, timeout=context.timeout, progress=context.progress)

    def mark(member: Row | OsnapError) -> None:
        if isinstance(member, OsnapError):
            raise member
        snapshots.set_metadata(member, dict(marks_of(member["volume_id"])))
        if (member["name"] or "").strip() != name:
            snapshots.update(member, {"name": name})

    for result in context.map(mark, list(rows.values())):
        if isinstance(result, OsnapError):
            raise result
    for id in row["carriers"]:
        Images(context.cloud).delete({"id": id, "name": ""})
