# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about a stale snapshot: it and all that was made of it go, and everything is made anew. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    REHEARSAL_VOLUME,
    Discovered,
    Options,
    is_ours,
    label_of,
    living,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import (
    copies_of,
    images_of,
    marked,
    snapshots_of,
    volumes_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import IMAGE, MADE, VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.leftovers import about_image, image_label
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made, nothing_stale
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem


def former_of(
    made: Made, server: dict[str, Any], seen: Discovered, run: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """``(disk ID, kind, row)`` of what this run has made of volumes that the server has no more."""
    if not made.disks:
        return
    ids, names = {disk["id"] for disk in made.disks}, {disk["name"] for disk in made.disks}
    for kind, groups, marks in (
        ("volume_snapshots", seen.volume_snapshots.items(), "metadata"),
        ("images", seen.source_images.items(), "properties"),
        ("copies", seen.copies.items(), "properties"),
    ):
        for name, rows in groups:
            mine = [row for row in rows if name not in names and is_ours(row, server["id"], run, marks)]
            yield from ((name.removeprefix(f"osnap-{run}-"), kind, row) for row in mine)
    for row in seen.made_volumes:
        disk: Any = (row["metadata"] or {}).get(_marks.DISK)
        if is_ours(row, server["id"], run) and disk not in (None, *ids) and row["status"] != "deleting":
            yield disk, "volumes", row


def begin_anew(
    made: Made,
    server: dict[str, Any],
    former: list,
    clauses: list[str],
    seen: Discovered,
    options: Options,
    may_accept: bool,
) -> Made:
    """What is done about stale snapshots: they and all that was made of them go, unless somebody lives on it already.
    All disks of a server belong to one moment.
    """
    label, why = f"{label_of(server)} in cloud {seen.source}", "; ".join(clauses)
    told = f"{label} has changed since its snapshot: {why}" if may_accept else f"{label}: {why}"
    going = going_of(made, server, former, seen, options.run)
    accept = f"set accept to {LOST_WRITES} to"
    alive = _alive(made, going, seen)
    if alive:
        names = ", ".join(f"'{row['name']}' ({row['id']})" for row in alive)
        keep = f", or {accept} keep it as it is" if may_accept else ""
        made.notes.append(
            Problem(
                f"{told}. Of that snapshot there is the server {names} in cloud"
                f" {seen.destination}; remove it to move the server anew{keep}, then run again.",
                LOST_WRITES,
            )
        )
        return made
    parts = [f"The image '{row['name']}' ({row['id']})" for row in going["snapshots"]]
    if going["volume_snapshots"]:
        parts.append(f"{'the' if parts else 'The'} snapshots of its volumes")
    is_one = len(parts) == 1 and bool(going["snapshots"])
    rehearsed = (
        f", what was rehearsed with {'it' if is_one else 'them'}" if going["servers"] or going["volumes"] else ""
    )
    made.notes.append(
        Notice(
            f"{told}. {' and '.join(parts) or 'What was made of it'}{rehearsed} and"
            f" {'its' if is_one else 'their'} copies are removed, and the server is"
            f" snapshotted and copied anew{f'; {accept} go on with the old one' if may_accept else ''}.",
            "stale",
        )
    )
    made.looked_at = None if options.rehearses else made.rehearsal
    return without(made, going, why, seen)


def without(made: Made, going: dict[str, list], why: str, seen: Discovered) -> Made:
    """What is stale goes: nothing is found of it."""
    made.notes += _protected(going, why, seen)
    made.stale = {kind: [{"id": row["id"]} for row in rows] for kind, rows in going.items()}
    for disk in made.disks:
        disk["found"] = dict.fromkeys(MADE)
    made.server = made.rehearsal = None
    return made


def going_of(made: Made, server: dict[str, Any], former: list, seen: Discovered, run: str) -> dict[str, list]:
    """All that is stale, by kinds."""
    going: dict[str, list] = nothing_stale()
    going["servers"] = [made.rehearsal] if made.rehearsal else []
    for disk in made.disks:
        snapshots = marked(snapshots_of(disk, server, seen), server, run, disk["kind"])
        going["snapshots" if disk["kind"] == IMAGE else "volume_snapshots"] += snapshots
        going["images"] += images_of(disk, server, seen, run)
        going["copies"] += copies_of(disk, server, seen, run)
        for step in (VOLUME, REHEARSAL_VOLUME):
            going["volumes"] += volumes_of(disk, server, seen, run, step)
    going["moving"] = [row for row in seen.moving if is_ours(row, server["id"], run) and row["status"] != "deleting"]
    for _id, kind, row in former:
        going[kind].append(row)
    return {kind: sorted(rows, key=lambda row: row["id"]) for kind, rows in going.items()}


def _alive(made, going, seen):
    """The servers that live on what is to go; that of a rehearsal is to go as well."""
    ids = {kind: {row["id"] for row in rows} for kind, rows in going.items()}
    attached = {
        one.get("server_id") for row in going["volumes"] for one in row["attachments"] or () if one.get("server_id")
    }
    images = ids["copies"] | ids["images"] | ids["snapshots"]
    alive = [
        row
        for row in living(seen)
        if row["id"] not in ids["servers"] and (row["image_id"] in images or row["id"] in attached)
    ]
    return alive or ([made.server] if made.server else [])


def _protected(going, why, seen) -> Iterator[Note]:
    """What is stale and is kept from going."""
    for kind, cloud in (("snapshots", seen.source), ("images", seen.source), ("copies", seen.destination)):
        for row in going[kind]:
            if row["is_protected"]:
                yield Problem(
                    f"{image_label(row, cloud)} is to be removed, for {why}, and it is protected",
                    "stale_protected",
                    about_image(row),
                    "unprotect it",
                )
