# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks that make an object ours, when to believe them, and a name or an ID that a killed run's successor computes
again.

A mark proves something only about the object it was written for. Nova copies the properties of an image into every
later image of a server that was booted or rebuilt from it, and Cinder hands the image metadata of a volume to its
snapshots, to the volumes made of these, and to the images made of those. So:

- ``osnap_for`` names the object that the marks beside it are for: the image's own ID on a copy and on a finished image of
  a volume snapshot; on an image of a server the server's ID, and where that boots from a volume the ID of one of its
  volumes. The marks are believed if the service itself says the same: the image's ``id``, Nova's ``instance_uuid``, the
  volumes of the Cinder snapshots behind the image (:func:`of_image`).
- Without ``osnap_for``, as version 0.1.0 left them, the marks on an image of Nova's are believed if ``osnap_source`` is
  ``instance_uuid``; of a server that boots from a volume, if a server of that ID has one of the volumes, and so where
  the Cinder snapshot of the volume that ``osnap_for`` names has gone. On any other image they are believed; a copy is
  known by its computed ID as well (:func:`is_copy`).
- Which server an image is of (:func:`server_of`) is Nova's word wherever Nova has one.
- ``series`` and ``osnap_hold`` are the user's, and set by any client. They are believed on an image that ``osnap_for``,
  or the companion of the key, names by its own ID; otherwise where they differ from what the server was made of hands
  on; and where nobody can tell that any more, a hold holds and a series does not select: nothing is deleted on a guess
  (:func:`users`).
- Whoever makes an image of a server overrides what would be inherited (:func:`overrides`), in the creating request.

Everything here is pure: rows in, marks out.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Collection, Iterable, Mapping, Sequence

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Image, Row

#: The ID of the object that the marks beside it are for; see above.
FOR = "osnap_for"
#: What the object was made from: the ID of a server or an image.
SOURCE = "osnap_source"
#: The run that made it, such as the name of a migration.
RUN = "osnap_run"
#: The ID of the server that a migration moves, on everything that the migration makes.
SERVER = "osnap_server"
#: What kind of step of a workflow it is.
STEP = "osnap_step"
#: The ID of the source's volume, or server, whose disk it is, on a volume that a migration makes. Where a volume is moved
#: by itself, or a snapshot, it is on everything that is made, and `osnap_server` is not.
DISK = "osnap_disk"
#: On a volume snapshot of a migration, the request ID of the last thing that was done to the server when the snapshot
#: was planned: what Nova lists above it is later, by Nova's own word and no clock. Of a volume that is moved by itself,
#: its `updated_at` then.
AFTER = "osnap_after"
#: On a volume of a copy, the copy with which it was compared after it was read back.
PROVEN = "osnap_proven"
#: Set after verification and never before: without it nothing is taken for finished.
COMPLETE = "osnap_complete"
#: Its value on a server whose source is still looked at: nobody takes that one for finished.
LOOKED_AT = "checking"
#: On a volume of an image from its creating request until we have said whether it is bootable, which is the user's from
#: then on.
UNSETTLED = "osnap_unsettled"
#: The `updated_at` of a temporary volume when it was made, and so had its snapshot's data: attaching it changes that.
UNTOUCHED = "osnap_untouched_since"
#: How consistent the data in a snapshot are: off, frozen, crash or unknown.
CONSISTENCY = "osnap_consistency"
#: The ID of the project that a volume came from, on a volume that was handed over; and that volume's own ID, for a
#: volume that was restored from its backup has both.
FROM, FROM_FOR = "osnap_transferred_from", "osnap_transferred_for"
#: What Cinder writes into the metadata of a volume that it has restored: the backup.
RESTORED = "src_backup_id"
#: The power state that a server had before it was stopped.
POWER = "osnap_power_before"
#: The name of the image for which a server was stopped: whoever finds it starts the server again.
STOPPED_FOR = "osnap_stopped_for"
#: On a server, the restore that is putting its disks back: no other one may begin before that has come to its end.
RESTORING = "osnap_restoring"
#: On a server that was locked by a migration, where Nova keeps no reason of a lock.
LOCKED = "osnap_locked"
#: Which series of regular snapshots it belongs to; the user's own word, and so without our prefix.
SERIES = "series"
#: Holds a snapshot against pruning: a date, or anything else for ever.
HOLD = "osnap_hold"
#: The companions of the user's two: the ID of the image that they were set on.
COMPANIONS = {SERIES: "osnap_series_for", HOLD: "osnap_hold_for"}
#: The ID of the snapshot that a volume was reverted to, and the volume's `updated_at` right after that; see `_volumes.revert`.
REVERTED_TO, REVERTED_AT = "osnap_reverted_to", "osnap_reverted_at"
#: The ID of the backup that a volume was overwritten with, and the volume's ID and `updated_at` right after that; see
#: `_volumes.overwrite`.
OVERWRITTEN_WITH, OVERWRITTEN_AT = "osnap_overwritten_with", "osnap_overwritten_at"

#: The set that a member belongs to: its name, the ID of this one taking of it, the ID and the name of the server.
SET, SET_ID, SET_SERVER, SET_SERVER_NAME = "osnap_set", "osnap_set_id", "osnap_set_server", "osnap_set_server_name"
#: Which disk a member holds: the ID of its volume, or `root`; and what is known of that disk, as JSON.
SET_DISK, SET_ABOUT = "osnap_set_disk", "osnap_set_about"
#: All disks that the set wants, so that a missing member is known; and what the server was booted with, as JSON. What is
#: too long for one value goes on in `osnap_set_disks_2`, and so on.
SET_DISKS, SET_BOOT = "osnap_set_disks", "osnap_set_boot"
#: The keys of the user's own metadata of a set, separated by commas: on an image, all else is Nova's.
SET_KEYS = "osnap_set_keys"
#: When the taking began; the request ID of the last thing that was done to the server before it; what was reached.
SET_AT, SET_AFTER, SET_CONSISTENCY = "osnap_set_at", "osnap_set_after", "osnap_set_consistency"
#: What the marks of a set are called on the images that a copy of it is made of, in another project or cloud: so that none
#: of them is ever taken for a set of a server there. Beside them: from which project, how far apart the set's members
#: were, and GiB of the disk.
COPIED = "osnap_copied_"
COPIED_FROM, COPIED_SPREAD, COPIED_SIZE = f"{COPIED}from", f"{COPIED}spread", f"{COPIED}size"
#: The policy that a set, a snapshot or a backup was taken by, and the window of that policy. On a volume or a server the
#: policy is the user's own word.
POLICY, WINDOW = "osnap_policy", "osnap_window"
#: When a set was restored as a test, how that ended, and how many seconds it took.
TESTED_AT, TESTED_RESULT, TESTED_SECONDS = "osnap_tested_at", "osnap_tested_result", "osnap_tested_seconds"
#: The hash of the data of a member as they were first read, such as `sha512:…`: whoever reads them later compares.
HASH = "osnap_hash"
#: On a server that was restored as a test, how many seconds that took.
RESTORED_SECONDS = "osnap_restored_seconds"
#: Those that tell what a set is; the texts that go on in further keys begin with one of the second.
OF_SETS = (SET, SET_ID, SET_SERVER, SET_SERVER_NAME, SET_DISK, SET_ABOUT, SET_AT, SET_AFTER, SET_CONSISTENCY)
LONG = (SET_DISKS, SET_BOOT, SET_KEYS)
OF_POLICIES = (POLICY, WINDOW, TESTED_AT, TESTED_RESULT, TESTED_SECONDS, HASH)
#: On what was made by restoring a snapshot set: the ID and the name of the set, the server that the set is of, the disk,
#: and how it was restored. They are never those of a set: nothing restored is a member of one.
RESTORED_SET, RESTORED_NAME, RESTORED_SERVER = "osnap_restored_set", "osnap_restored_name", "osnap_restored_server"
RESTORED_DISK, RESTORED_AS = "osnap_restored_disk", "osnap_restored_as"
#: On the root volume of a server that is made anew: what that is booted with, as JSON, in pieces.
RESTORED_BOOT = "osnap_restored_boot"
#: How the volume was attached whose place it takes, as JSON.
RESTORED_PLACE = "osnap_restored_place"
#: On a volume that makes room for a restored one: the set and the run for which it was taken out.
REPLACED_BY, REPLACED_RUN = "osnap_replaced_by", "osnap_replaced_run"

#: The marks that an image can have, and so hand on.
OF_IMAGES = (
    FOR,
    SOURCE,
    RUN,
    SERVER,
    DISK,
    STEP,
    COMPLETE,
    CONSISTENCY,
    SERIES,
    HOLD,
    *COMPANIONS.values(),
    *OF_SETS,
    *LONG,
    *OF_POLICIES,
)
#: Those that the collection keeps for itself: no option of a user's may set them.
RESERVED = frozenset(
    {
        FOR,
        SOURCE,
        COMPLETE,
        PROVEN,
        FROM,
        FROM_FOR,
        POWER,
        STOPPED_FOR,
        RESTORING,
        LOCKED,
        UNSETTLED,
        UNTOUCHED,
        REVERTED_TO,
        REVERTED_AT,
        OVERWRITTEN_WITH,
        OVERWRITTEN_AT,
        *COMPANIONS.values(),
        *OF_SETS,
        *LONG,
    }
)
#: Deleted images keep their IDs for ever; so many deletions of the same copy are allowed for.
GENERATIONS = 100

_PREFIX = "osnap_"
_NAMESPACE = uuid.UUID("5f0c1f7e-6c4d-5b57-9a40-3e5b1a4fb1c2")
#: What Nova writes on the images that it makes, and nobody else.
_OF_NOVA = frozenset({"instance_uuid", "base_image_ref", "block_device_mapping"})


def same_id(*parts) -> str:
    """An ID that is the same whenever it is made from the same parts, so that the service itself refuses a second
    object.
    """
    return str(uuid.uuid5(_NAMESPACE, "\0".join(str(part) for part in parts)))


def is_ours(key: str) -> bool:
    """Whether a key is the collection's, and no user's word."""
    return key.startswith(_PREFIX)


def is_mark(key: str) -> bool:
    return is_ours(key) or key == SERIES


def copy_id(project: str | None, source: str, name: str | None, generation: int) -> str:
    """The ID of the copy of an image in a project; generations follow each other as copies are deleted."""
    return same_id("image_copy", project, source, name, generation)


def for_server_image(server_id: str, volume_ids: Collection[str] = ()) -> dict[str, str]:
    """The marks that the creating request of a server's image has: what it is of, and for whom they are.

    :param volume_ids: of a server that boots from a volume, all volumes that it has
    """
    return {SOURCE: server_id, FOR: min(volume_ids) if volume_ids else server_id}


def overrides(inherited: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Empty values for the marks that an image of a server would inherit; the real ones are put over them.

    :param inherited: the properties that are handed on (of the base image, or the root volume's image metadata); None
        where nobody can tell, then for every mark there is
    """
    return {key: "" for key in (OF_IMAGES if inherited is None else inherited) if is_mark(key)}


def server_of(row: Row, attached: Mapping[str, Iterable[str]] | None = None) -> str | None:
    """The ID of the server that an image is of, or None.

    :param row: of an image; with ``volume_snapshots`` where these were looked up
    :param attached: ``{server ID: IDs of its volumes}`` of the servers that marks without ``osnap_for`` name, or whose
        volume nobody can tell any more; None where they were not looked up, then the former are believed
    """
    properties = row["properties"]
    if "block_device_mapping" not in properties:
        return properties.get("instance_uuid")
    named = properties.get(SOURCE)
    if not named:
        return None  # what `instance_uuid` there is was inherited: Nova writes none here
    volumes, meant = _volumes(row), properties.get(FOR)
    if not volumes or meant in (row["id"], *volumes):
        return named  # without Cinder snapshots there are no data to confuse
    if meant and not lacks_volumes(row):
        return None
    # 0.1.0's, or inherited from one of these; or the Cinder snapshot of the volume that is meant has gone.
    if attached is None:
        return None if meant else named
    return named if volumes & set(attached.get(named, ())) else None


def of_image(row: Row, attached: Mapping[str, Iterable[str]] | None = None) -> dict[str, str]:
    """The marks on an image that were written for it. The user's own two have a rule of their own: :func:`users`."""
    properties = row["properties"]
    marks = {key: value for key, value in properties.items() if is_mark(key) and value and key not in COMPANIONS}
    meant = marks.get(FOR)
    if meant == row["id"]:
        return marks
    if _OF_NOVA & set(properties):
        server = server_of(row, attached)
        right = marks.get(SOURCE) == server and server is not None and _names(row, meant)
    else:
        right = not meant
    return marks if right else {}


def is_copy(row: Row, source_id: str) -> bool:
    """Whether an image was made by copying the image of that ID, and not of a server or a volume that was made of the
    copy.
    """
    if row["properties"].get(SOURCE) != source_id:
        return False
    if row["properties"].get(FOR) == row["id"]:
        return True
    return any(
        row["id"] == copy_id(row["owner_id"], source_id, row["name"], generation) for generation in range(GENERATIONS)
    )


def came_from(row: dict, project: str) -> bool:
    """Whether a volume was handed over by that project. A mark of version 0.1.0 names no volume, and is believed where
    Cinder does not say that the volume is a restored one.
    """
    metadata = row["metadata"] or {}
    meant = metadata.get(FROM_FOR)
    right = RESTORED not in metadata if meant is None else meant == row["id"]
    return metadata.get(FROM) == project and right


def users(row: Image, handed_on: Sequence[Mapping[str, Any]] | None) -> dict[str, str]:
    """The series and the hold that were set for this image.

    :param handed_on: a list of the properties of whatever the server was made of; None where nobody can tell
    """
    properties, doubts, found = row["properties"], doubtful(row), {}
    for key in COMPANIONS:
        value = properties.get(key)
        if not value:
            continue
        if key not in doubts or (key == HOLD if handed_on is None else all(one.get(key) != value for one in handed_on)):
            found[key] = value
    return found


def doubtful(row: Image) -> set[str]:
    """Which of the user's keys on an image may have been handed on to it: on Nova's, those that don't name the image."""
    properties = row["properties"]
    if not _OF_NOVA & set(properties):
        return set()
    return {
        key
        for key, companion in COMPANIONS.items()
        if properties.get(key) and row["id"] not in (properties.get(FOR), properties.get(companion))
    }


def companions(row: Image, wanted: Collection[str]) -> dict[str, str]:
    """What has to be set beside the user's own keys, so that they are believed on an image of Nova's."""
    if not _OF_NOVA & set(row["properties"]) or row["properties"].get(FOR) == row["id"]:
        return {}
    return {companion: row["id"] for key, companion in COMPANIONS.items() if key in wanted}


def _names(row: Row, meant: str | None) -> bool:
    """Whether ``osnap_for`` names what Nova and Cinder say that the image is of; without one nothing contradicts."""
    if not meant:
        return True
    if "block_device_mapping" in row["properties"]:
        return True  # the same look has told which server it is of
    return meant == row["properties"].get("instance_uuid")


def lacks_volumes(row: Row) -> bool:
    """Whether of a Cinder snapshot behind an image nobody can tell which volume it is of: it has gone."""
    return any(not snapshot.get("volume_id") for snapshot in row.get("volume_snapshots") or ())


def _volumes(row: Row) -> set[str]:
    """The volumes of the Cinder snapshots behind an image, as far as they were looked up and are there."""
    return {snapshot["volume_id"] for snapshot in row.get("volume_snapshots") or () if snapshot.get("volume_id")}
