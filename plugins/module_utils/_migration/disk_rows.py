# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of both clouds that belong to a disk: its snapshot and what was made of that, by marks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL_VOLUME,
    SHARE,
    TRANSFER,
    Discovered,
    is_ours,
    successors,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import IMAGE, VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.end_marks import is_ended


def snapshots_of(disk: dict[str, Any], server: dict[str, Any], seen: Discovered) -> list[dict[str, Any]]:
    """The snapshots of a disk that have its name, whoever made them."""
    if disk["kind"] == IMAGE:
        return [row for row in seen.snapshots.get(disk["name"], []) if row["server_id"] == server["id"]]
    return [row for row in seen.volume_snapshots.get(disk["name"], []) if row["volume_id"] == disk["id"]]


def marked(rows: Iterable[dict[str, Any]], server: dict[str, Any], run: str, kind: str) -> list[dict[str, Any]]:
    """Those of them that this run has made of a server: images, or snapshots of its volumes."""
    return [row for row in rows if is_ours(row, server["id"], run, "properties" if kind == IMAGE else "metadata")]


def copies_of(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> list[dict[str, Any]]:
    return marked(seen.copies.get(disk["name"], []), server, run, IMAGE)


def images_of(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> list[dict[str, Any]]:
    """The images at the source that were made of a volume's snapshot."""
    return [] if disk["kind"] == IMAGE else marked(seen.source_images.get(disk["name"], []), server, run, IMAGE)


def volumes_of(
    disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str, step: str
) -> list[dict[str, Any]]:
    """The volumes at the destination that were made of a disk, but for those that are on their way out."""
    return [
        row
        for row in seen.made_volumes
        if is_ours(row, server["id"], run)
        and (row["metadata"].get(_marks.STEP) == step or (step == VOLUME and is_ended(row)))
        and row["metadata"].get(_marks.DISK) == disk["id"]
        and row["status"] != "deleting"
    ]


def found_of(
    disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str, chosen: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What there is of a disk, see :data:`disks.MADE`.

    :param server: what is moved; a volume that is moved by itself is its own
    :param chosen: the snapshot, where it is not this run's
    """
    snapshots = [chosen] if chosen else marked(snapshots_of(disk, server, seen), server, run, disk["kind"])
    snapshot = snapshots[0] if snapshots else None
    image = _best(images_of(disk, server, seen, run), snapshot)
    source = snapshot if disk["kind"] == IMAGE else image
    volumes, rehearsals = (volumes_of(disk, server, seen, run, step) for step in (VOLUME, REHEARSAL_VOLUME))
    copy = _best(copies_of(disk, server, seen, run), source)
    if (
        source
        and not (copy and is_finished(copy))
        and _is_shared(disk, source, [*volumes, *rehearsals], server, seen, run)
    ):
        copy = {**source, "properties": {**source["properties"], _marks.COMPLETE: "true"}}
    return {
        "snapshot": snapshot,
        "image": image,
        "copied": copy,
        "volume": volumes[0] if volumes else None,
        "rehearsal_volume": rehearsals[0] if rehearsals else None,
    }


def _is_shared(disk, source, volumes, server, seen, run):
    """Whether the destination has the image in the source itself, as a member, or lives on it already."""
    if not source or source["status"] != "active" or not seen.kin.glance:
        return False
    if disk["kind"] == VOLUME and not is_finished(source):
        return False
    booted = [row for of in (False, True) for row in successors(server["id"], seen, run, of)]
    if source["id"] in {row["metadata"].get(_marks.SOURCE) for row in volumes} | {row["image_id"] for row in booted}:
        return True
    accepted = seen.members.get(source["id"], {}).get(seen.kin.there) == "accepted"
    return disk["method"] == SHARE and accepted


def has_copy(disk: dict[str, Any]) -> bool:
    """Whether a disk has all that its new one is made of: a finished image that the destination has or sees, or a
    snapshot of which a volume is handed over.
    """
    found = disk["found"]
    if disk["method"] == TRANSFER:
        return bool(found["snapshot"] and found["snapshot"]["status"] == "available")
    return bool(found["copied"] and is_finished(found["copied"]))


def _best(rows, source):
    """Of the images of one source, or of any where that is gone, a finished one rather than others."""
    rows = [row for row in rows if source is None or row["properties"].get(_marks.SOURCE) == source["id"]]
    return next(iter(sorted(rows, key=lambda row: not is_finished(row))), None)


def is_finished(row: dict[str, Any]) -> bool:
    return bool(row["properties"].get(_marks.COMPLETE))


def source_of(disk: dict[str, Any]) -> dict[str, Any] | None:
    """The image in the source that a disk's copy is of: of Nova's own disk it is the snapshot itself."""
    return disk["found"]["snapshot" if disk["kind"] == IMAGE else "image"]
