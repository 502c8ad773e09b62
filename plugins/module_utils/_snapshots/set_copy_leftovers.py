# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the way of a disk to another cloud leaves in its own: the temporary volume and the temporary image of its snapshot.

They are known by computed names, and by what the services say that they were made of: found again by the next run, also
where the snapshot itself has gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._services import temporary_volumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import ROOT
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_copy_rules import temporary_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

    Row = dict[str, Any]


@dataclass
class Leftovers:
    """What is left of the way of one set's disks."""

    images: list[Row] = field(default_factory=list)
    #: Volumes, each with the name of the image that it is for.
    volumes: list[tuple[Row, str]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return sorted([row["id"] for row in self.images] + [row["id"] for row, _name in self.volumes])


class Source:
    """The images and volumes of the source, read once for a task."""

    def __init__(self, cloud: Any, has_volumes: bool):
        images, filters = Images(cloud), {"owner": cloud.project_id}
        self.images = [
            row
            for hidden in ("false", "true")
            for row in images.list(**filters, os_hidden=hidden) or ()
            if _is_named(row)
        ]
        volumes = TemporaryVolumes(cloud).list() or () if has_volumes else ()
        self.volumes = [row for row in volumes if (row["metadata"] or {}).get(_marks.STEP) == temporary_volumes.STEP]

    def left(self, set_id: str, disks: Sequence[str], place: str) -> Leftovers:
        names = {temporary_name(set_id, disk, place) for disk in disks if disk != ROOT}
        images = [row for row in self.images if row["name"] in names and row["properties"].get(_marks.SOURCE)]
        volumes = [
            (row, name)
            for row in self.volumes
            for name in names
            if row["name"] == TemporaryVolumes.name_of(row["metadata"].get(_marks.SOURCE) or "", name)
        ]
        return Leftovers(images, volumes)


def _is_named(row):
    return (row["name"] or "").startswith("osnap-set-")


def remove(context: Context, left: Leftovers) -> None:
    """Remove them. A volume that Cinder is at work on is waited for first, and then has made its image."""
    for row, name in left.volumes:
        TemporaryVolume(context, row["metadata"].get(_marks.SOURCE) or "", name).remove()
    images = waiter.bound(Images(context.cloud), context)
    for row in left.images:
        images.delete_if(row, lambda now: None if _is_named(now) else "it has another name by now")
