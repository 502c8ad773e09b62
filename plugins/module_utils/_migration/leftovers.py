# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with what earlier tries of a run have left: there twice, broken, or changed by somebody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import listing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    REHEARSAL_VOLUME,
    Discovered,
    Options,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import (
    is_finished,
    marked,
    snapshots_of,
    source_of,
    volumes_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import IMAGE, VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import power_of

ON_THE_WAY, ON, OFF = "BUILD", "ACTIVE", "SHUTOFF"


def twice(what: str, rows: Sequence[dict[str, Any]], cloud: str, server: dict[str, Any], run: str) -> Iterator[Note]:
    """What there is more of than one."""
    if len(rows) > 1:
        yield Problem(
            f"{len(rows)} {what} in cloud {cloud} are of the run '{run}' and {label_of(server)[4:]}: {listing(rows)}",
            "made_twice",
            remedy="remove all but one, then run again",
        )


def disk_twice(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> Iterator[Note]:
    """What there is more of a disk than one."""
    noun = "snapshot images" if disk["kind"] == IMAGE else f"snapshots of the volume {disk['id']}"
    yield from twice(
        noun, marked(snapshots_of(disk, server, seen), server, run, disk["kind"]), seen.source, server, run
    )
    for step in (VOLUME, REHEARSAL_VOLUME):
        rows = volumes_of(disk, server, seen, run, step)
        yield from twice(f"volumes made of the disk {disk['id']}", rows, seen.destination, server, run)


def unmarked(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> Iterator[Note]:
    """A snapshot that somebody else has made under our name: it is neither gone on with nor removed."""
    noun, of = ("image", "server") if disk["kind"] == IMAGE else ("volume snapshot", "volume")
    rows = snapshots_of(disk, server, seen)
    ours = marked(rows, server, run, disk["kind"])
    for row in rows:
        if row not in ours:
            yield Problem(
                f"The {noun} '{row['name']}' ({row['id']}) in cloud {seen.source} is of this {of}, and not of the run"
                f" '{run}', which needs its name",
                "name_of_run_taken",
                f"{noun} '{row['name']}' ({row['id']})",
                f"give that {noun} or the run another name",
            )


def broken(made: Made, server: dict[str, Any], seen: Discovered, options: Options) -> Iterator[Note]:
    """Leftovers of earlier tries that can't be gone on from."""
    for disk in made.disks:
        yield from broken_disk(disk, made, seen, options.run)
    for row, is_rehearsal in ((made.server, False), (made.rehearsal, True)):
        if row:
            yield from _broken_server(row, made, server, seen, options, is_rehearsal)


def broken_disk(disk: dict[str, Any], made: Made, seen: Discovered, run: str) -> Iterator[Note]:
    """What there is of a disk that can't be gone on from."""
    found = disk["found"]
    snapshot, image, copy = found["snapshot"], found["image"], found["copied"]
    for row in (snapshot if disk["kind"] == IMAGE else None, image):
        if row and row["status"] in ("killed", "deactivated"):
            yield Problem(
                f"{image_label(row, seen.source)} is {row['status']}",
                "leftover_broken",
                about_image(row),
                "remove it, then run again",
            )
    if disk["kind"] == VOLUME and snapshot and snapshot["status"].startswith("error"):
        about = f"volume snapshot '{snapshot['name']}' ({snapshot['id']})"
        yield Problem(
            f"The {about} in cloud {seen.source} is in status {snapshot['status']}",
            "leftover_broken",
            about,
            "remove it, then run again",
        )
    if copy and is_finished(copy):
        yield from _changed(copy, disk["name"], seen)
    if copy and not source_of(disk):
        yield from _orphaned(copy, made, disk, seen, run)
    elif image and not snapshot:
        yield Problem(
            f"{image_label(image, seen.source)} is of a snapshot that is gone",
            "copy_orphaned",
            about_image(image),
            f"remove the image, or give the run another name than '{run}'",
        )
    for key in ("volume", "rehearsal_volume"):
        if found[key]:
            yield from _broken_volume(found[key], found, seen)


def _broken_volume(row, found, seen):
    about = f"volume '{row['name']}' ({row['id']})"
    label = f"The {about} that this run has made in cloud {seen.destination}"
    if row["status"].startswith("error"):
        yield Problem(f"{label} is in status {row['status']}", "leftover_broken", about, "remove it, then run again")
    elif row["metadata"].get(_marks.SOURCE) not in {found[key]["id"] for key in ("copied", "snapshot") if found[key]}:
        yield Problem(
            f"{label} was made of the image {row['metadata'].get(_marks.SOURCE)}, which is no finished copy any more",
            "volume_elsewhere",
            about,
            "remove the volume, then run again",
        )


def _broken_server(row, made, source, seen, options, is_rehearsal):
    kind = "server of a rehearsal" if is_rehearsal else "server"
    label = f"The {kind} '{row['name']}' ({row['id']}) that this run has made in cloud {seen.destination}"
    about = f"server '{row['name']}' ({row['id']})"
    if row["status"] == "ERROR":
        why = (row["fault"] or {}).get("message")
        yield Problem(
            f"{label} is in status ERROR{': ' + why.rstrip('.') if why else ''}",
            "new_server_failed",
            about,
            "remove it, then run again",
        )
    elif elsewhere := booted_elsewhere(row, made, is_rehearsal):
        yield Problem(
            f"{label} was booted from {elsewhere}, which is no finished copy any more",
            "new_server_elsewhere",
            about,
            "remove the server, then run again",
        )
    elif row["status"] not in arriving(source, options):
        yield Problem(
            f"{label} is in status {row['status']}, and it has arrived only when it is"
            f" {' or '.join(status for status in arriving(source, options) if status != ON_THE_WAY)}",
            "new_server_failed",
            about,
            "bring it there, or remove it, then run again",
        )


def arriving(server: dict[str, Any], options: Options) -> tuple[str, ...]:
    """The statuses in which a new server is on its way, or has arrived; one that was off is on for a moment."""
    return (ON_THE_WAY, ON) if power_of(server, options) == "on" else (ON_THE_WAY, ON, OFF)


def booted_elsewhere(row: dict[str, Any], made: Made, is_rehearsal: bool) -> str | None:
    """What a new server was booted from, where that is not what this run has made; else None."""
    if not made.disks:
        return None
    disk = made.disks[0]
    if disk["target"] == IMAGE:
        copy = disk["found"]["copied"]
        return None if copy and row["image_id"] == copy["id"] else f"the image {row['image_id']}"
    if row["image_id"]:
        return f"the image {row['image_id']}"
    volume = disk["found"]["rehearsal_volume" if is_rehearsal else "volume"]
    if volume and (volume["id"] in row["attached_volumes"] or row["status"] == ON_THE_WAY):
        return None
    return f"the volumes {', '.join(row['attached_volumes']) or 'that it has no more'}"


def _changed(copy, name, seen):
    """What somebody has done to a finished copy, so that it is not found or can't be used."""
    label = image_label(copy, seen.destination)
    if copy["status"] != "active":
        yield Problem(
            f"{label} is a finished copy in status {copy['status']}",
            "copy_changed",
            about_image(copy),
            "make it active again, or remove it",
        )
    if copy["is_hidden"]:
        yield Problem(
            f"{label} is a finished copy, and it is hidden from lists",
            "copy_changed",
            about_image(copy),
            "show it, or remove it",
        )
    if copy["name"] != name:
        yield Problem(
            f"{label} is a finished copy, and its name was '{name}'",
            "copy_changed",
            about_image(copy),
            "give it that name again",
        )


def _orphaned(copy, made, disk, seen, run):
    """A copy whose snapshot is gone, so that nobody can tell what its source has written since."""
    label, server = image_label(copy, seen.destination), made.server
    lives = server and (server["image_id"] == copy["id"] or disk["found"]["volume"])
    if not lives or not is_finished(copy):
        yield Problem(
            f"{label} is a copy of a snapshot that is gone",
            "copy_orphaned",
            about_image(copy),
            f"remove the copy, or give the run another name than '{run}'",
        )
    else:
        yield Problem(
            f"{label} is a copy of a snapshot that is gone, and the server '{server['name']}' ({server['id']}) lives on"
            " it: what its source has written since can't be told. Remove both to move the server anew, or leave it"
            " out.",
            "copy_orphaned",
            about_image(copy),
        )


def about_image(image: dict[str, Any]) -> str:
    """What a problem is about."""
    return f"image '{image['name']}' ({image['id']})"


def image_label(image: dict[str, Any], cloud: str) -> str:
    """What a sentence calls it, at its beginning."""
    return f"The {about_image(image)} in cloud {cloud}"
