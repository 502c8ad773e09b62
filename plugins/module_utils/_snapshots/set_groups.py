# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes of a set as one group snapshot. Cinder keeps no metadata of it: the set is known by its description until
the members have marks of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._services import marked_text
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]

_TOLD = (_marks.SET_ID, _marks.SET_SERVER, _marks.SET_AT, _marks.SET_AFTER, _marks.SET_CONSISTENCY)


def make(context: Context, group_id: str, name: str, marks: Mapping[str, str]) -> Row:
    """Ask Cinder for the group snapshot; it is ``creating`` when this returns."""
    groups = waiter.bound(CgSnapshots(context.cloud), context)
    text = marked_text.description({key: marks[key] for key in _TOLD if marks.get(key)})

    def look() -> Row | None:
        return next((row for row in groups.without_members() if row["description"] == text), None)

    values = {"name": name, "group_id": group_id, "description": text}
    return send_once(lambda: groups.create(values), look, groups.pause)


def finish(context: Context, id: str, marks_of: Callable[[str, bool | None], Mapping[str, str]]) -> None:
    """Wait for a group snapshot, and mark its members.

    :param marks_of: the marks of the member of a volume, told whether it is certain that all are of one moment
    """
    groups = CgSnapshots(context.cloud)
    row = waiter.wait(groups, {id: waiter.READY}, timeout=context.timeout, progress=context.progress)[id]
    if isinstance(row, OsnapError):
        raise row
    snapshots = VolumeSnapshots(context.cloud)
    members = row["snapshots"]

    def mark(member: Row) -> None:
        snapshots.set_metadata(member, dict(marks_of(member["volume_id"], row["consistent"])))

    for result in context.map(mark, members):
        if isinstance(result, OsnapError):
            raise result
