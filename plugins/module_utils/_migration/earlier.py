# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries of a run have made of a server, whether a run can go on from there, and what of it is stale. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import listing
from ansible_collections.osnap.openstack.plugins.module_utils._migration import source_mark, ways
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    REHEARSAL_VOLUME,
    SHARE,
    TRANSFER,
    Discovered,
    Options,
    is_marked_complete,
    is_ours,
    label_of,
    living,
    successors,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import IMAGE, MADE, VOLUME
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import (
    are_accepted,
    later,
    power_of,
    was_on,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED, PROVEN, ROLLED_BACK

#: What can be stale, in the order in which it goes: items for the modules that remove it.
STALE = ("servers", "volumes", "moving", "copies", "images", "volume_snapshots", "snapshots")
ON_THE_WAY, ON, OFF = "BUILD", "ACTIVE", "SHUTOFF"


def nothing_stale() -> dict[str, list]:
    return {kind: [] for kind in STALE}


@dataclass
class Made:
    """What earlier tries have made of a server: rows, or None.

    - ``server``: what takes its place; ``rehearsal``: the one of a rehearsal
    - ``disks``: the disks as they were given, each with its rows under ``found``; see :data:`disks.MADE`
    - ``stale``: what has to go before anything is made anew; see :data:`STALE`
    - ``why_stale``: clauses, also where that was accepted
    - ``looked_at``: the server of a rehearsal that is stale for a move. It goes with it, and was rehearsed all the same
    - ``undone``: what tells of a rollback: the source with its note, or copies that are marked so, stale or not
    """

    disks: list[dict[str, Any]]
    server: dict[str, Any] | None = None
    rehearsal: dict[str, Any] | None = None
    notes: list[Note] = field(default_factory=list)
    stale: dict[str, list] = field(default_factory=nothing_stale)
    why_stale: list[str] = field(default_factory=list)
    looked_at: dict[str, Any] | None = None
    undone: list[dict[str, Any]] = field(default_factory=list)

    @property
    def root(self) -> dict[str, Any]:
        """The rows of the root disk."""
        return self.disks[0]["found"] if self.disks else dict.fromkeys(MADE)

    @property
    def snapshots(self) -> list[dict[str, Any]]:
        return [disk["found"]["snapshot"] for disk in self.disks if disk["found"]["snapshot"]]

    @property
    def has_arrived(self) -> bool:
        """Whether this run has moved the server and verified that."""
        return bool(self.server and is_marked_complete(self.server))


def made_so_far(server: dict[str, Any], disks: list[dict[str, Any]], seen: Discovered, options: Options) -> Made:
    """What earlier tries of this run have made, by marks, and what is wrong with it.

    :param disks: the disks of the server, each with its way
    """
    made = _so_far(server, disks, seen, options)
    made.disks = [ways.settled(disk, made.server or made.rehearsal) for disk in made.disks]
    return made


def _so_far(server, disks, seen, options):
    run = options.run
    made = Made([{**disk, "found": found_of(disk, server, seen, run)} for disk in disks])
    copies = [disk["found"]["copied"] for disk in made.disks]
    made.undone = [row for row in copies if row and row["properties"].get(_marks.STEP) == ROLLED_BACK]
    made.undone += [server] if source_mark.of(server, run) == ROLLED_BACK else []
    servers, rehearsals = (successors(server["id"], seen, run, rehearsal) for rehearsal in (False, True))
    made.server, made.rehearsal = (rows[0] if rows else None for rows in (servers, rehearsals))
    made.notes += _twice("servers", servers, seen.destination, server, run)
    made.notes += _twice("servers of a rehearsal", rehearsals, seen.destination, server, run)
    for disk in made.disks:
        made.notes += disk_twice(disk, server, seen, run)
    if made.has_arrived:
        return made
    for disk in made.disks:
        made.notes += unmarked(disk, server, seen, run)
    former = list(_former(made, server, seen, run))
    clauses = later(server, made.snapshots, made.disks, seen, options)
    if former:
        clauses.append(f"it had the volumes {', '.join(sorted({id for id, _kind, _row in former}))} then")
    if was_on(made.snapshots, options):
        made.why_stale = ["it was on for its snapshot, and this time it shall be stopped first", *clauses]
        return _begin_anew(made, server, former, made.why_stale, seen, options, may_accept=False)
    made.why_stale = clauses
    if clauses and LOST_WRITES not in options.accept:
        return _begin_anew(made, server, former, clauses, seen, options, may_accept=True)
    made.notes += [are_accepted(server, clauses, seen)] if clauses else []
    made.notes += _broken(made, server, seen, options)
    return made


# -- what is there


def _snapshots(disk, server, seen):
    """The snapshots of a disk that have its name, whoever made them."""
    if disk["kind"] == IMAGE:
        return [row for row in seen.snapshots.get(disk["name"], []) if row["server_id"] == server["id"]]
    return [row for row in seen.volume_snapshots.get(disk["name"], []) if row["volume_id"] == disk["id"]]


def _marked(rows, server, run, kind):
    return [row for row in rows if is_ours(row, server["id"], run, "properties" if kind == IMAGE else "metadata")]


def _copies(disk, server, seen, run):
    return _marked(seen.copies.get(disk["name"], []), server, run, IMAGE)


def _images(disk, server, seen, run):
    return [] if disk["kind"] == IMAGE else _marked(seen.source_images.get(disk["name"], []), server, run, IMAGE)


def _volumes(disk, server, seen, run, step):
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
    snapshots = [chosen] if chosen else _marked(_snapshots(disk, server, seen), server, run, disk["kind"])
    snapshot = snapshots[0] if snapshots else None
    image = _best(_images(disk, server, seen, run), snapshot)
    source = snapshot if disk["kind"] == IMAGE else image
    volumes, rehearsals = (_volumes(disk, server, seen, run, step) for step in (VOLUME, REHEARSAL_VOLUME))
    copy = _best(_copies(disk, server, seen, run), source)
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


def is_finalized(row: dict[str, Any]) -> bool:
    """Whether a new server, or a volume that was moved by itself, is the end of a finalized migration."""
    return row["metadata"].get(_marks.STEP) == FINALIZED


def is_ended(row: dict[str, Any]) -> bool:
    """Whether what has arrived is compared with its source no more: that is finalized, or about to be removed."""
    return row["metadata"].get(_marks.STEP) in (FINALIZED, PROVEN)


def is_finished(row: dict[str, Any]) -> bool:
    return bool(row["properties"].get(_marks.COMPLETE))


def source_of(disk: dict[str, Any]) -> dict[str, Any] | None:
    """The image in the source that a disk's copy is of: of Nova's own disk it is the snapshot itself."""
    return disk["found"]["snapshot" if disk["kind"] == IMAGE else "image"]


def _former(made, server, seen, run):
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
        disk = (row["metadata"] or {}).get(_marks.DISK)
        if is_ours(row, server["id"], run) and disk not in (None, *ids) and row["status"] != "deleting":
            yield disk, "volumes", row


# -- what is wrong with it


def _twice(what, rows, cloud, server, run):
    if len(rows) > 1:
        yield Problem(
            f"{len(rows)} {what} in cloud {cloud} are of the run '{run}' and {label_of(server)[4:]}: {listing(rows)}",
            "made_twice",
            remedy="remove all but one, then run again",
        )


def disk_twice(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> Iterator[Note]:
    """What there is more of than one."""
    noun = "snapshot images" if disk["kind"] == IMAGE else f"snapshots of the volume {disk['id']}"
    yield from _twice(
        noun, _marked(_snapshots(disk, server, seen), server, run, disk["kind"]), seen.source, server, run
    )
    for step in (VOLUME, REHEARSAL_VOLUME):
        rows = _volumes(disk, server, seen, run, step)
        yield from _twice(f"volumes made of the disk {disk['id']}", rows, seen.destination, server, run)


def unmarked(disk: dict[str, Any], server: dict[str, Any], seen: Discovered, run: str) -> Iterator[Note]:
    """A snapshot that somebody else has made under our name: it is neither gone on with nor removed."""
    noun, of = ("image", "server") if disk["kind"] == IMAGE else ("volume snapshot", "volume")
    rows = _snapshots(disk, server, seen)
    ours = _marked(rows, server, run, disk["kind"])
    for row in rows:
        if row not in ours:
            yield Problem(
                f"The {noun} '{row['name']}' ({row['id']}) in cloud {seen.source} is of this {of}, and not of the run"
                f" '{run}', which needs its name",
                "name_of_run_taken",
                f"{noun} '{row['name']}' ({row['id']})",
                f"give that {noun} or the run another name",
            )


def _begin_anew(made, server, former, clauses, seen, options, may_accept):
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
    made.notes += protected(going, why, seen)
    made.stale = {kind: [{"id": row["id"]} for row in rows] for kind, rows in going.items()}
    for disk in made.disks:
        disk["found"] = dict.fromkeys(MADE)
    made.looked_at = None if options.rehearses else made.rehearsal
    made.server = made.rehearsal = None
    return made


def going_of(made: Made, server: dict[str, Any], former: list, seen: Discovered, run: str) -> dict[str, list]:
    """All that is stale, by kinds."""
    going: dict[str, list] = nothing_stale()
    going["servers"] = [made.rehearsal] if made.rehearsal else []
    for disk in made.disks:
        snapshots = _marked(_snapshots(disk, server, seen), server, run, disk["kind"])
        going["snapshots" if disk["kind"] == IMAGE else "volume_snapshots"] += snapshots
        going["images"] += _images(disk, server, seen, run)
        going["copies"] += _copies(disk, server, seen, run)
        for step in (VOLUME, REHEARSAL_VOLUME):
            going["volumes"] += _volumes(disk, server, seen, run, step)
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


def protected(going: dict[str, list], why: str, seen: Discovered) -> Iterator[Note]:
    """What is stale and is kept from going."""
    for kind, cloud in (("snapshots", seen.source), ("images", seen.source), ("copies", seen.destination)):
        for row in going[kind]:
            if row["is_protected"]:
                yield Problem(
                    f"{_label(row, cloud)} is to be removed, for {why}, and it is protected",
                    "stale_protected",
                    _about(row),
                    "unprotect it",
                )


def _broken(made: Made, server: dict[str, Any], seen: Discovered, options: Options) -> Iterator[Note]:
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
                f"{_label(row, seen.source)} is {row['status']}",
                "leftover_broken",
                _about(row),
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
            f"{_label(image, seen.source)} is of a snapshot that is gone",
            "copy_orphaned",
            _about(image),
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
    label = _label(copy, seen.destination)
    if copy["status"] != "active":
        yield Problem(
            f"{label} is a finished copy in status {copy['status']}",
            "copy_changed",
            _about(copy),
            "make it active again, or remove it",
        )
    if copy["is_hidden"]:
        yield Problem(
            f"{label} is a finished copy, and it is hidden from lists",
            "copy_changed",
            _about(copy),
            "show it, or remove it",
        )
    if copy["name"] != name:
        yield Problem(
            f"{label} is a finished copy, and its name was '{name}'",
            "copy_changed",
            _about(copy),
            "give it that name again",
        )


def _orphaned(copy, made, disk, seen, run):
    """A copy whose snapshot is gone, so that nobody can tell what its source has written since."""
    label, server = _label(copy, seen.destination), made.server
    lives = server and (server["image_id"] == copy["id"] or disk["found"]["volume"])
    if not lives or not is_finished(copy):
        yield Problem(
            f"{label} is a copy of a snapshot that is gone",
            "copy_orphaned",
            _about(copy),
            f"remove the copy, or give the run another name than '{run}'",
        )
    else:
        yield Problem(
            f"{label} is a copy of a snapshot that is gone, and the server '{server['name']}' ({server['id']}) lives on"
            " it: what its source has written since can't be told. Remove both to move the server anew, or leave it"
            " out.",
            "copy_orphaned",
            _about(copy),
        )


def _about(image):
    return f"image '{image['name']}' ({image['id']})"


def _label(image, cloud):
    return f"The {_about(image)} in cloud {cloud}"
