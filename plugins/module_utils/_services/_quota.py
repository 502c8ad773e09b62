# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project's quota of Cinder leaves, and the error where more is needed. Pure.

Cinder counts volumes, snapshots and their GiB, and each of these once more by volume type, where the operator has set a
limit for one.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

#: Cinder counts a snapshot's size as it does a volume's.
GIGABYTES = "GiB of volumes and snapshots"
GROUPS = "volume groups"
#: Backups and their GiB are counted apart from these.
BACKUPS = "backups"
GIGABYTES_OF_BACKUPS = "GiB of backups"
#: No sum: the most that one volume may have.
LARGEST = "GiB of a single volume"

#: Key of a quota set, and, with a volume type's name behind it, of that type's.
_KEYS = {
    "volumes": "volumes",
    "snapshots": "snapshots",
    "gigabytes": GIGABYTES,
    "groups": GROUPS,
    "backups": BACKUPS,
    "backup_gigabytes": GIGABYTES_OF_BACKUPS,
}
_LIMITS = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "snapshots": ("maxTotalSnapshots", "totalSnapshotsUsed"),
    GIGABYTES: ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    BACKUPS: ("maxTotalBackups", "totalBackupsUsed"),
    GIGABYTES_OF_BACKUPS: ("maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
}
_TYPED = " of the volume type "


def of_type(what: str, volume_type: str) -> str:
    return f"{what}{_TYPED}'{volume_type}'"


def left_by_set(quota_set: dict) -> dict:
    """``{what: how many more}`` of a quota set with usage; None for no limit. Of volume types only those with one."""
    room = {what: _left(quota_set.get(key)) for key, what in _KEYS.items()}
    room[LARGEST] = _limit(quota_set.get("per_volume_gigabytes"))
    for key, entry in quota_set.items():
        total, dummy, volume_type = key.partition("_")
        if total in ("volumes", "snapshots", "gigabytes") and volume_type and (left := _left(entry)) is not None:
            room[of_type(_KEYS[total], volume_type)] = left
    return room


def left_by_limits(absolute: dict) -> dict:
    """``{what: how many more}`` of the limits that every user is shown, which tell neither groups nor volume types."""
    return {
        what: None if (limit := _number(absolute, most)) < 0 else limit - max(0, _number({used: absolute[used]}, used))
        for what, (most, used) in _LIMITS.items()
    }


def _limit(entry) -> int | None:
    limit = _number(entry, "limit")
    return None if limit < 0 else limit


def _left(entry) -> int | None:
    limit = _limit(entry)
    return None if limit is None else limit - max(0, _number(entry, "in_use")) - max(0, _number(entry, "reserved"))


def _number(entry, key) -> int:
    value = entry.get(key) if isinstance(entry, dict) else None
    return value if isinstance(value, int) else -1


def knows_types(room: dict) -> bool:
    """Whether any volume type has a limit of its own, so that it matters which one something is of."""
    return any(_TYPED in what for what in room)


def needed(what: str, sizes: Iterable[tuple], gigabytes: str = GIGABYTES) -> dict:
    """``{what: how many}`` for new volumes, snapshots or backups, of each ``(GiB, name of its volume type or None)``."""
    found = {what: 0, gigabytes: 0}
    for size, volume_type in sizes:
        for thing, count in ((what, 1), (gigabytes, size)):
            found[thing] += count
            if volume_type:
                typed = of_type(thing, volume_type)
                found[typed] = found.get(typed, 0) + count
    return found


def over_quota(room: dict, needed: dict, quota: str = "the project's quota", undone: str = "made") -> OsnapError | None:
    """The error where ``needed``, ``{what: how many}``, is more than ``room`` leaves, or None.

    It is told before the first object is made, so that nothing is half done.
    """
    for what, count in needed.items():
        left = room.get(what)
        if count and left is not None and count > left:  # what is not needed may be used up, or more than that
            return OsnapError(
                f"{count} more {what} are needed, and {quota} leaves {max(left, 0)}; raise the quota or delete what is"
                f" no longer needed, then run again. Nothing was {undone}.",
                status=413,
                service="block-storage",
                stops_work=True,
            )
    return None


def too_large(room: dict, size: int, volume: str) -> OsnapError | None:
    """The error of a new volume that is larger than a single one may be, or None.

    :param volume: what a sentence calls it, such as "The volume 'x'"
    """
    most = room.get(LARGEST)
    if most is None or size <= most:
        return None
    return OsnapError(
        f"{volume} would have {size} GiB, and {most} is the most that the project's quota gives a single volume; make it"
        " smaller, or raise the quota. Nothing was made.",
        status=413,
        service="block-storage",
    )
