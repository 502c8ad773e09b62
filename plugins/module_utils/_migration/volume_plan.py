# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of volumes has to know before its first change: the plan of each volume, and everything that stands
in its way, at once. Pure: as :mod:`plan` for servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.portable import image_metadata
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    disks,
    phase,
    proof,
    report,
    rooms,
    volume_earlier,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    TRANSFER,
    Options,
    is_marked_complete,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_rows import found_of, is_finished
from ansible_collections.osnap.openstack.plugins.module_utils._migration.made import Made, nothing_stale
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import (
    Note,
    Notice,
    Problem,
    about,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes, Source, touched
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TAKEN
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


def judge(items: list, seen: SeenVolumes, options: Options) -> dict[str, Any]:
    """``{plans, problems, notices, findings}`` of all volumes; the plans in the order of the items.

    :param items: the volumes as they were given, unset options None
    """
    gone = seen.gone or [None] * len(items)
    pairs = [
        _plan_of_gone(item, source, id, seen, options)
        if isinstance(source, OsnapError)
        else _plan(item, source, seen, options)
        for item, source, id in zip(items, seen.sources, gone, strict=True)
    ]
    plans, notes = [plan for plan, _notes in pairs], [notes for _plan, notes in pairs]
    _refuse_twins(plans, notes, seen)
    for plan, own in zip(plans, notes, strict=True):
        plan.update(report.told(about(own, f"{plan['noun']} '{plan['source_name'] or plan['given']}'")))
    moving = {plan["id"]: plan["disks"][0] for plan in plans if plan["disks"] and not plan["complete"]}
    shared = rooms.for_disks(list(moving.values()), seen, options)
    found = [*(note for own in notes for note in own), *shared]
    return {
        "plans": plans,
        **report.told(found),
    }


# -- one volume


def _plan(item, source, seen, options) -> tuple[dict[str, Any], list[Note]]:
    options = _options_of(item, source.volume, options)
    disk = _disk(item, source, options)
    made = volume_earlier.made_so_far(source, {**disk, **ways.chosen(disk, seen, options)}, seen, options)
    new, notes = made.disks[0]["found"]["volume"], list(made.notes)
    plan = {
        **_begun(item, source.moved, made),
        "status": source.row["status"],
        "is_chosen": source.snapshot is not None,
        # One that is there may have been renamed since.
        "name": new["name"] if new else (item["name"] or source.name).strip(),
    }
    missing = proof_missing(made, seen)
    if not plan["complete"]:
        if LOST_WRITES not in options.accept:
            missing = "; ".join(made.why_stale) or missing
        notes += [*_fit(source, made, seen, options), *ways.bound(source.volume, seen, "it")]
        notes += ways.refused(made.disks, source.moved, seen, options)
        notes += ways.unproven(made.disks, source.moved, options)
        restored, more = _restored(item, source, plan["name"], made.disks[0], seen, options)
        plan["disks"] = [_with_items(made.disks[0], source, restored, seen, options)]
        notes += more
    return _told(plan, missing), notes


def _options_of(item, volume, options):
    """The options for one volume: a type that is given goes before the map, a method before that of all."""
    options = ways.of_item(item, options)
    if not item["volume_type"]:
        return options
    return options._replace(volume_type_map={volume["volume_type"] or "": item["volume_type"]})


def _disk(item, source, options):
    row = source.volume
    zone = _zone(item, row, options)
    return {
        **disks.of_volume(row, source.snapshot, options),
        "zone": zone if zone != row["availability_zone"] else None,
        # Of a data volume Cinder hands none of it on.
        "image_metadata": image_metadata(row["volume_image_metadata"] or {}),
    }


def _zone(item, row, options):
    """The availability zone that a volume is to be in, None where nobody says so."""
    return item["availability_zone"] or options.zone_map.get(row["availability_zone"])


def _begun(item, moved, made):
    """What a plan says of how far its volume is."""
    new = made.disks[0]["found"]["volume"]
    return {
        **_of_item(item),
        "noun": moved["noun"],
        "id": moved["id"],
        "source_name": moved["name"],
        **phase.of_volume(made)._asdict(),
        "complete": bool(new and is_marked_complete(new)),
        "stale": made.stale,
        "disks": made.disks,
    }


def _of_item(item):
    given = item["snapshot"] or item["volume"]
    return {
        "given": given,
        "volume": item["volume"],
        "snapshot": item["snapshot"],
        "noun": "volume snapshot" if item["snapshot"] else "volume",
        "id": None,
        "source_name": None,
        "status": None,
        "is_chosen": item["snapshot"] is not None,
        "name": item["name"],
        "phase": None,
        "since": None,
        "next": None,
        "complete": False,
        "verified": False,
        "unverified": None,
        "stale": nothing_stale(),
        "disks": [],
    }


def _told(plan, missing):
    return {
        **plan,
        "verified": missing is None,
        "unverified": missing,
        "disks": [report.shown_disk(disk) for disk in plan["disks"]],
    }


def _plan_of_gone(item, error, id, seen, options):
    """What is not there any more; where its volume has arrived nothing is wanted of it."""
    plan, notes = _of_item(item), [Problem(str(error), "volume_unknown")]
    if id is None:
        return plan, notes
    row = {"id": id, "name": item["snapshot"] or item["volume"], "size": None, "is_bootable": None, "volume_type": None}
    source = Source(row)
    disk = disks.of_volume(row, None, options)
    found = found_of(disk, source.moved, seen, options.run)
    made = Made([ways.settled({**disk, **ways.chosen(disk, seen, options), "found": found}, None)])
    begun = {**plan, **_begun(item, source.moved, made), "noun": plan["noun"]}
    if found["volume"]:
        begun.update(source_name=found["volume"]["name"], name=found["volume"]["name"])
    missing = proof_missing(made, seen) if begun["complete"] else f"it is not in cloud {seen.source} any more"
    if begun["complete"]:
        begun["next"] = phase.NEXT_OF_GONE.get(begun["phase"], begun["next"])
    return _told(begun, missing), [] if begun["complete"] else notes


def proof_missing(made: Made, seen: SeenVolumes) -> str | None:
    """What is missing to the proof that a volume has arrived with its data, as a clause; None if nothing."""
    disk = made.disks[0]
    row, copy = disk["found"]["volume"], disk["found"]["copied"]
    if not row:
        return f"there is no volume of it in cloud {seen.destination}"
    is_handed_over = disk["method"] == TRANSFER
    if not is_handed_over and not (copy and is_finished(copy) and copy["status"] == "active"):
        return f"there is no finished copy of it in cloud {seen.destination}"
    if clause := proof.of_snapshot(row, disk, seen) if is_handed_over else proof.of_origin(row, disk, copy, seen):
        return clause
    if row["status"] not in ("available", "in-use"):
        return f"the volume {row['id']} in cloud {seen.destination} is in status {row['status']} and not available"
    return None if is_handed_over else proof.of_bytes(disk, copy, seen)


# -- whether it can leave


def _fit(source, made, seen, options) -> Iterator[Note]:
    row = source.volume
    label = f"{label_of(source.moved)} in cloud {seen.source}"
    if any(row["id"] == one["id"] for one in seen.taken):
        yield Problem(
            f"{label} is in cloud {seen.destination} already: {seen.source} and {seen.destination} are one project of one"
            " cloud; name another destination.",
            "same_project",
        )
    if row["is_multiattach"]:
        yield Notice(
            f"{label} can be attached to several servers at once; the new volume can if its volume type there says so.",
            "multiattach_by_type",
        )
    if source.snapshot:
        yield from _fit_snapshot(source.snapshot, label, seen)
    elif LOST_WRITES in options.accept and made.snapshots:
        return  # what it holds now is not what is moved
    elif row["status"] in TAKEN or row["attachments"]:
        yield Problem(
            f"{label} is in use by {Volumes.attached_to(row) or 'somebody'} ({row['status']})",
            "volume_in_use",
            remedy="detach it, move its server, or choose a snapshot of it",
        )
    elif row["status"] != "available":
        yield Problem(
            f"{label} is in status {row['status']}, and it must be available",
            "volume_status",
            remedy="bring it there, then run again",
        )


def _fit_snapshot(row, label, seen):
    if seen.project_id and (error := lookup.foreign(seen, "volume snapshot", row)):
        yield Problem(str(error), "volume_foreign")
    if row["status"] != "available":
        yield Problem(
            f"{label} is in status {row['status']}, and it must be available",
            "snapshot_status",
            remedy="wait until it is, or choose another",
        )


# -- what it becomes


def _with_items(disk, source, restored, seen, options):
    """The disk with what is to be done for it. A chosen snapshot is there, and nobody's to make."""
    snapshot = disk["found"]["snapshot"]
    told = (snapshot or {}).get("metadata") or {}
    # Of one that is there nobody can say it any more; nobody writes to a volume that is not attached.
    consistency = told.get(_marks.CONSISTENCY) or ("unknown" if source.snapshot else "off")
    after = told.get(_marks.AFTER) if snapshot else touched(source.volume)
    marks = {_marks.RUN: options.run, _marks.DISK: disk["id"]}
    planned = disks.with_marked_items(disk, marks, (consistency, after), restored)
    image = planned["image_from_snapshot"]
    planned["image_from_snapshot"] = {**image, "properties": {**disk["image_metadata"], **image["properties"]}}
    return {**planned, "volume_snapshot": None} if source.snapshot else planned


def _restored(item, source, name, disk, seen, options):
    """The options of the new volume, and notes on it."""
    row = source.volume
    notes: list[Note] = []
    own, _refused = disks.metadata_of(row)
    new = disk["found"]["volume"]
    restored = {
        "name": name,
        "size": new["size"] if new else disk["size"],
        "volume_type": None,
        "availability_zone": None,
        "bootable": disk["bootable"] if item["bootable"] is None else item["bootable"],
        "metadata": {**own, **{key: str(value) for key, value in (item["metadata"] or {}).items()}},
    }
    if new or seen.place is None:  # what is there keeps its place
        return restored, notes
    if wrong := text_problem("description", row["description"]):
        notes.append(
            Notice(f"{label_of(source.moved)}: its description stays behind, for {wrong}.", "volume_description_stays")
        )
    elif row["description"]:
        restored["description"] = row["description"]
    restored["volume_type"], more = _type(item, disk, seen, options)
    restored["availability_zone"] = zone = _zone(item, row, options)
    if zone and zone not in seen.place.zones:
        more.append(
            Problem(
                f"There is no availability zone '{zone}' for volumes in cloud {seen.destination}; there is"
                f" {', '.join(sorted(seen.place.zones)) or 'none'}.",
                "misplaced",
            )
        )
    return restored, [*notes, *more]


def _type(item, disk, seen, options):
    """The type of the new volume, and notes; one that is given also where the volume has none."""
    if item["volume_type"]:
        disk = {**disk, "volume_type": disk["volume_type"] or ""}
    return rooms.volume_type(disk, seen, options)


# -- all volumes together


def _moved(plan):
    return {"id": plan["id"], "name": plan["source_name"], "noun": plan["noun"]}


def _refuse_twins(plans, notes, seen):
    """The same one twice in the list, two new volumes of one name, or a name that is taken."""
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    going = {one["id"] for plan in plans for one in plan["stale"]["volumes"]}
    taken = {(row["name"] or "").strip(): row["id"] for row in seen.taken if row["id"] not in going}
    for index, plan in enumerate(plans):
        if plan["id"] is None:
            continue
        first = ids.setdefault(plan["id"], index)
        if first != index:
            told = f"volumes[{first}] and volumes[{index}] are one: the {label_of(_moved(plan))[4:]}"
            for one in (first, index):  # neither is moved: which of the two is meant nobody can tell
                notes[one].append(Problem(told, "volume_twice", remedy="name each once"))
            continue
        if plan["complete"] or not plan["disks"] or plan["disks"][0]["found"]["volume"]:
            continue
        first = names.setdefault(plan["name"], index)
        if first != index:
            told = f"volumes[{first}] and volumes[{index}] would both be named '{plan['name']}' in cloud {seen.destination}"
            notes[index].append(Problem(told, "name_twice", remedy="set name for one of them"))
        elif plan["name"] in taken:
            told = (
                f"Cloud {seen.destination} has another volume named '{plan['name']}' ({taken[plan['name']]}), and the new"
                " one would have that name"
            )
            notes[index].append(Problem(told, "name_taken", remedy="set name, or remove that volume"))
