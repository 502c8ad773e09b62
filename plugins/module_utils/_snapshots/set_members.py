# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the members of a set are made: the image of a Nova-owned root disk, and a snapshot of a volume. What a request
without an answer has made is found by its marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import ServerImages
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


def make_image(context: Context, server: Row, name: str, marks: Mapping[str, str]) -> Row:
    """Ask Nova for the image of a server's own root disk; the row as it is then."""
    images = bound(ServerImages(context.cloud), context)
    held = off_for_image.released(context, {server["id"]: server})[server["id"]]
    if isinstance(held, OsnapError):
        raise held

    def look() -> Row | None:
        found = images.find([{"name": name, "server_id": server["id"]}])[0]
        return next((row for row in found if row["properties"].get(_marks.SET_ID) == marks[_marks.SET_ID]), None)

    values = {"name": name, "server_id": server["id"], "properties": dict(marks)}
    # Of two requests at once Nova refuses one: another run may be completing the same set.
    return send_once(lambda: images.create(values), look, images.pause, also=(409, 500))


def finish_image(context: Context, row: Row) -> Row:
    """An image that names itself: what Nova copies of it into others is not believed there. Before it is active, Nova would
    write over that what it has read before.
    """
    if row["properties"].get(_marks.FOR) == row["id"]:
        return row
    return Images(context.cloud).update(row, {"properties": {_marks.FOR: row["id"]}})


def make_snapshot(context: Context, volume: Row, name: str, marks: Mapping[str, str]) -> Row:
    """Ask Cinder for the snapshot of a volume; it is ``creating`` when this returns."""
    snapshots = bound(VolumeSnapshots(context.cloud), context)

    def look() -> Row | None:
        rows = snapshots.list(volume_id=volume["id"]) or ()
        wanted = marks[_marks.SET_ID]
        return next((row for row in rows if (row["metadata"] or {}).get(_marks.SET_ID) == wanted), None)

    values = {"name": name, "volume_id": volume["id"], "metadata": dict(marks)}
    return send_once(lambda: snapshots.create(values), look, snapshots.pause)


def write_marks(context: Context, members: list[Row], marks: Mapping[str, str]) -> None:
    """Merge marks into those of members, the user's own among them.

    :param members: as a set has them
    """

    def write(member: Row) -> None:
        if member["kind"] == IMAGE:
            Images(context.cloud).update(member["row"], {"properties": dict(marks)})
        else:
            VolumeSnapshots(context.cloud).set_metadata(member["row"], dict(marks))

    for result in context.map(write, members):
        if isinstance(result, OsnapError):
            raise result
