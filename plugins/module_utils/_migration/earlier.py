# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries of a run have made of a server, whether a run can go on from there, and whether the server has
arrived. Pure.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import listing
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Discovered,
    Notice,
    Options,
    Problem,
    is_marked_complete,
    is_ours,
    label_of,
    living,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import are_accepted, later

#: The statuses in which a new server is on its way, or has arrived.
ARRIVING = ("BUILD", "ACTIVE")
NOTHING_STALE: dict[str, list] = {"snapshots": [], "copies": []}


def made_so_far(server: dict, name: str, seen: Discovered, options: Options) -> tuple:
    """What earlier tries of this run have made, by marks, and what is wrong with it.

    :returns: the snapshot, the image and the server that were found; notes; what is stale and has to go
    """
    notes: list[Problem | Notice] = []
    run = options.run
    of_server = [row for row in seen.snapshots.get(name, []) if row["server_id"] == server["id"]]
    snapshots = [row for row in of_server if is_ours(row, server["id"], run, "properties")]
    copies = [row for row in seen.copies.get(name, []) if is_ours(row, server["id"], run, "properties")]
    made = [row for row in living(seen) if is_ours(row, server["id"], run)]
    for noun, cloud, rows in (("snapshot images", seen.source, snapshots), ("servers", seen.destination, made)):
        if len(rows) > 1:
            notes.append(
                Problem(
                    f"{len(rows)} {noun} in cloud {cloud} are of the run '{run}' and the server '{server['name']}'"
                    f" ({server['id']}): {listing(rows)}; remove all but one, then run again."
                )
            )
    snapshot, server_there = snapshots[0] if snapshots else None, made[0] if made else None
    of_this_run = copies
    copies = [row for row in copies if snapshot is None or row["properties"].get(_marks.SOURCE) == snapshot["id"]]
    copies.sort(key=lambda row: not row["properties"].get(_marks.COMPLETE))
    found = {"snapshot": snapshot, "image": copies[0] if copies else None, "server": server_there}
    if has_arrived(found):
        return found, notes, NOTHING_STALE
    notes += [_unmarked(row, run, seen) for row in of_server if row not in snapshots]
    clauses = later(server, snapshot, seen, options)
    if clauses and LOST_WRITES not in options.accept:
        return _begin_anew(server, found, of_this_run, clauses, notes, seen)
    notes += [are_accepted(server, clauses, seen)] if clauses else []
    return found, [*notes, *_broken(found, name, seen, run)], NOTHING_STALE


def _unmarked(row, run, seen):
    """An image of the server that somebody else has made under our name: it is neither gone on with nor removed."""
    return Problem(
        f"The image '{row['name']}' ({row['id']}) in cloud {seen.source} is of this server, and not of the run '{run}',"
        " which needs its name; give that image or the run another name."
    )


def has_arrived(found: dict) -> bool:
    """Whether this run has moved the server and verified that."""
    return bool(found["server"] and is_marked_complete(found["server"]))


def _begin_anew(server, found, copies, clauses, notes, seen):
    """What is done about a stale snapshot: it and its copies go, unless somebody lives on them already."""
    label, why = f"{label_of(server)} in cloud {seen.source}", "; ".join(clauses)
    gone = {row["id"] for row in copies}
    alive = [row for row in living(seen) if row["image_id"] in gone]
    if found["server"] or alive:
        names = ", ".join(f"'{row['name']}' ({row['id']})" for row in alive or [found["server"]])
        problem = Problem(
            f"{label} has changed since its snapshot: {why}. Of that snapshot there is the server {names} in cloud"
            f" {seen.destination}; remove it to move the server anew, or set accept to {LOST_WRITES} to keep it as it"
            " is, then run again."
        )
        return found, [*notes, problem], NOTHING_STALE
    notice = Notice(
        f"{label} has changed since its snapshot: {why}. The image '{found['snapshot']['name']}'"
        f" ({found['snapshot']['id']}) and its copies are removed, and the server is snapshotted and copied anew; set"
        f" accept to {LOST_WRITES} to go on with the old one."
    )
    for row, cloud in [(found["snapshot"], seen.source), *((row, seen.destination) for row in copies)]:
        if row["is_protected"]:
            notes = [
                *notes,
                Problem(f"{_label(row, cloud)} is to be removed, for {why}, and it is protected; unprotect it."),
            ]
    stale = {"snapshots": [{"id": found["snapshot"]["id"]}], "copies": [{"id": id} for id in sorted(gone)]}
    return dict.fromkeys(found), [*notes, notice], stale


def _broken(found, name, seen, run):
    """Leftovers of earlier tries that can't be gone on from."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if snapshot and snapshot["status"] in ("killed", "deactivated"):
        yield Problem(f"{_label(snapshot, seen.source)} is {snapshot['status']}; remove it, then run again.")
    if copy and copy["properties"].get(_marks.COMPLETE):
        yield from _changed(copy, name, seen)
    if copy and not snapshot:
        yield from _orphaned(copy, server, seen, run)
    if not server:
        return
    label = f"The server '{server['name']}' ({server['id']}) that this run has made in cloud {seen.destination}"
    if server["status"] == "ERROR":
        why = (server["fault"] or {}).get("message")
        yield Problem(f"{label} is in status ERROR{': ' + why.rstrip('.') if why else ''}; remove it, then run again.")
    elif not (copy and server["image_id"] == copy["id"]):
        yield Problem(
            f"{label} was booted from the image {server['image_id']}, which is no finished copy any more; remove the"
            " server, then run again."
        )
    elif server["status"] not in ARRIVING:
        yield Problem(
            f"{label} is in status {server['status']}, and it has arrived only when it is ACTIVE; bring it there, or"
            " remove it, then run again."
        )


def _changed(copy, name, seen):
    """What somebody has done to a finished copy, so that it is not found or can't be used."""
    label = _label(copy, seen.destination)
    if copy["status"] != "active":
        yield Problem(f"{label} is a finished copy in status {copy['status']}; make it active again, or remove it.")
    if copy["is_hidden"]:
        yield Problem(f"{label} is a finished copy, and it is hidden from lists; show it, or remove it.")
    if copy["name"] != name:
        yield Problem(f"{label} is a finished copy, and its name was '{name}'; give it that name again.")


def _orphaned(copy, server, seen, run):
    """A copy whose snapshot is gone, so that nobody can tell what its source has written since."""
    label = _label(copy, seen.destination)
    if not server or server["image_id"] != copy["id"] or not copy["properties"].get(_marks.COMPLETE):
        yield Problem(
            f"{label} is a copy of a snapshot that is gone; remove the copy, or give the run another name than '{run}'."
        )
    else:
        yield Problem(
            f"{label} is a copy of a snapshot that is gone, and the server '{server['name']}' ({server['id']}) lives on"
            " it: what its source has written since can't be told. Remove both to move the server anew, or leave it"
            " out."
        )


def _label(image, cloud):
    return f"The image '{image['name']}' ({image['id']}) in cloud {cloud}"


def unverified(found: dict, seen: Discovered) -> str | None:
    """What is missing to the proof that the server has arrived with its data, as a clause; None if nothing."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if not server:
        return f"there is no server of it in cloud {seen.destination}"
    if server["status"] != "ACTIVE":
        return f"the server {server['id']} in cloud {seen.destination} is in status {server['status']} and not ACTIVE"
    if not copy or not copy["properties"].get(_marks.COMPLETE) or copy["status"] != "active":
        return f"there is no finished copy of its image in cloud {seen.destination}"
    if server["image_id"] != copy["id"]:
        return (
            f"the server {server['id']} in cloud {seen.destination} was booted from the image {server['image_id']} and"
            f" not from the copy {copy['id']}"
        )
    if not snapshot:
        return f"its snapshot image in cloud {seen.source} is gone, there is nothing to compare with"
    if snapshot["size"] != copy["size"]:
        return f"the image {snapshot['id']} has {snapshot['size']} bytes and its copy {copy['id']} has {copy['size']}"
    both_hashed = snapshot["hash_value"] and copy["hash_value"] and snapshot["hash_algo"] == copy["hash_algo"]
    if both_hashed and snapshot["hash_value"] != copy["hash_value"]:
        return f"the image {snapshot['id']} and its copy {copy['id']} differ in their {snapshot['hash_algo']}"
    return None
