# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backup an incremental one is built upon, and what that keeps from being deleted. Pure: rows in, rows and
sentences out.

The API does not tell which one it is: Cinder takes the volume's available backup with the newest data before it, and
shows of each whether there are any built upon it. It counts those only once they are there: of one that is being made
or has failed the base looks as if nothing was built upon it, and can't be deleted all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Collection, Iterable, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Backup, VolumeSnapshot

AVAILABLE = "available"
#: The statuses in which Cinder deletes.
DELETABLE = (AVAILABLE, "error")


def bases(rows: Sequence[Backup]) -> dict[str, str]:
    """``{id: ID of the backup that an incremental one is built upon}``, as Cinder chose it."""
    found = {}
    for row in rows:
        counted = row["status"] in (AVAILABLE, "restoring")
        older = [
            base
            for base in rows
            if row["is_incremental"]
            and base["id"] != row["id"]
            and base["volume_id"] == row["volume_id"]
            and (base["has_dependent_backups"] or (not counted and base["status"] == AVAILABLE))
            and data_of(base) < data_of(row)
        ]
        if older:
            found[row["id"]] = max(older, key=data_of)["id"]
    return found


def built_upon(row: Backup, rows: Sequence[Backup]) -> list[Backup]:
    """What is built upon a backup, directly or not, in the order in which it can be deleted."""
    base_of, ids, grown = bases(rows), {row["id"]}, True
    while grown:
        more = {id for id, base in base_of.items() if base in ids} - ids
        ids, grown = ids | more, bool(more)
    return sorted((one for one in rows if one["id"] in ids - {row["id"]}), key=data_of, reverse=True)


def built_from(row: Backup, rows: Sequence[Backup]) -> list[Backup]:
    """What a backup is built upon, directly or not, the oldest first."""
    base_of, by_id, found = bases(rows), {one["id"]: one for one in rows}, []
    while row["id"] in base_of:
        row = by_id[base_of[row["id"]]]
        found.append(row)
    return found[::-1]


def base_for(rows: Iterable[Backup], volume_id: str, snapshot: VolumeSnapshot | OsnapError | None) -> Backup | None:
    """The backup that a new incremental one would be built upon, or None: then Cinder refuses."""
    if isinstance(snapshot, OsnapError):
        return None
    fit = [
        row
        for row in rows
        if row["volume_id"] == volume_id
        and row["status"] == AVAILABLE
        and (snapshot is None or _is_before(data_of(row), snapshot["created_at"]))
    ]
    return max(fit, key=data_of, default=None)


def keeps(row: Backup, rows: Sequence[Backup], going: Collection[str], named: Collection[str]) -> str | None:
    """Why a backup can't be deleted because of what is built upon it, as the end of a sentence; or None.

    :param going: the IDs of those that go, too
    :param named: those of them that the user has named: a hold is against everybody else
    """
    found = built_upon(row, rows)
    if staying := [one for one in found if one["id"] not in going]:
        return (
            f"{enumerated([label(one) for one in staying])} {'is' if len(staying) == 1 else 'are'} built upon it; set"
            " with_dependents to remove these, too, or remove them first"
        )
    if held := [one for one in found if one["id"] not in named and (one["metadata"] or {}).get(_marks.HOLD)]:
        return (
            f"{enumerated([label(one) for one in held])}, built upon it, {'has' if len(held) == 1 else 'have'}"
            f" {_marks.HOLD}; remove the hold first, or name what is held"
        )
    return None


def label(row: Backup) -> str:
    return f"'{row['name']}' ({row['id']})" if row["name"] else row["id"]


def data_of(row: Backup) -> str:
    """When the data were on the volume."""
    return row["data_timestamp"] or row["created_at"] or ""


def _is_before(one: str, other: str) -> bool:
    before, after = time_of(one), time_of(other)
    return before is not None and after is not None and before < after
