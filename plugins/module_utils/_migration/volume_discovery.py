# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a migration of volumes has to know, of both clouds and with few requests; `volume_plan` judges it."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import kin
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Destination,
    Options,
    as_unfinished,
    image_name,
    is_marked_complete,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovery import (
    by_name,
    for_volumes,
    is_of,
    read_of_ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.once import Once
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import (
    SeenVolumes,
    Source,
    id_of_gone,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_imports import ImageImports
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import (
    RestoredVolumes,
    source_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.source_volumes import SourceVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


def read(cloud: Cloud, items: list, options: Options, once: Once | None = None) -> SeenVolumes:
    """Everything that is there. What only new volumes need is read only if there are any to make.

    :param once: what was read for all volumes of the task
    """
    once = once or Once(items)
    seen = SeenVolumes(cloud.name, cloud.peer.name, [])
    seen.administrator, seen.project_id = cloud.is_admin, cloud.project_id
    # Before their snapshots: what is done to a volume between the two is later than none that is not there yet.
    seen.sources = _sources(cloud, items)
    seen.volumes = {one.volume["id"]: one.volume for one in seen.sources if isinstance(one, Source)}
    seen.taken = RestoredVolumes(cloud.peer).list()
    if options.as_unfinished:
        seen.taken = [as_unfinished(row) for row in seen.taken]
    seen.kin = once("kin", lambda: kin.read(cloud, kin.methods_of(once.items, options)))
    seen.made_volumes = [row for row in seen.taken if source_of(row)]
    seen.gone = [
        id_of_gone(item, one, seen, options.run) if isinstance(one, OsnapError) else None
        for item, one in zip(items, seen.sources, strict=True)
    ]
    _read_parts(cloud, seen, options.run)
    read_of_ways(cloud, True, seen, options.run)
    if not all(isinstance(one, OsnapError) or _has_arrived(one, seen, options.run) for one in seen.sources):
        seen.source_room = once("source_room", Volumes(cloud).room)
        seen.source_image_room = once("source_image_room", Images(cloud).room)
        seen.place = once("place", lambda: _place(cloud.peer, once.items, options))
        seen.disk_formats = once("disk_formats", ImageImports(cloud.peer).disk_formats)
    return seen


def _sources(cloud, items):
    volumes = lookup.existing(SourceVolumes(cloud), [item["volume"] for item in items if item["volume"]])
    snapshots = lookup.existing(VolumeSnapshots(cloud), [item["snapshot"] for item in items if item["snapshot"]])
    ids = {row["volume_id"] for row in snapshots.values() if not isinstance(row, OsnapError)}
    disks = Volumes(cloud).poll(sorted(ids)) if ids else {}
    return [
        _of_snapshot(snapshots[item["snapshot"]], disks) if item["snapshot"] else _of_volume(volumes[item["volume"]])
        for item in items
    ]


def _of_volume(row):
    return row if isinstance(row, OsnapError) else Source(row)


def _of_snapshot(row, disks):
    if isinstance(row, OsnapError):
        return row
    if row["volume_id"] not in disks:
        return OsnapError(
            f"The volume {row['volume_id']} of the snapshot '{row['name']}' ({row['id']}) is not shown to this user; ask an"
            " administrator whose it is.",
            resource=row["id"],
        )
    return Source(disks[row["volume_id"]], row)


def _read_parts(cloud, seen, run):
    """The snapshots and the images of this run at the source, what has their names, and the copies, hidden ones, too."""
    ids = [*(one.id for one in seen.sources if isinstance(one, Source)), *filter(None, seen.gone)]
    names = {image_name(run, id) for id in ids}
    if not names:
        return
    rows = VolumeSnapshots(cloud).list()
    seen.volume_snapshots = by_name(row for row in rows if row["name"] in names or is_of(row, run))
    marked = {_marks.RUN: run}
    seen.source_images = by_name(Images(cloud).list(owner=cloud.project_id, **marked))
    there, owner = Images(cloud.peer), cloud.peer.project_id
    copies = [row for hidden in ("false", "true") for row in there.list(owner=owner, os_hidden=hidden, **marked)]
    seen.copies = by_name(copies)


def _has_arrived(source, seen, run):
    return any(
        row["metadata"].get(_marks.DISK) == source.id and row["metadata"].get(_marks.RUN) == run
        for row in seen.made_volumes
        if is_marked_complete(row)
    )


def _place(cloud, items, options):
    zones = options.zone_map or any(item["availability_zone"] for item in items)
    return Destination(
        cloud=cloud.name,
        project_id=cloud.project_id,
        zones=Volumes(cloud).zones() if zones else set(),
        image_room=Images(cloud).room(),
        **for_volumes(cloud),
    )
