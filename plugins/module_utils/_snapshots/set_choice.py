# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which set of a server is meant: one by its name, the newest, or the newest that was there at a time. Pure.

What one goes back to is never younger than the time that is named, for then it could hold what one wants to be rid of. A
set counts from the moment in which its taking began, and times have whole seconds: one of the named second is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import WHOLE

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: How a server came to be that has taken the place of another: the sets of that one are its own, too.
IN_PLACE = "in_place"


def server_of(named: str, servers: Sequence[Row], sets: Sequence[Row], cloud: str) -> tuple[Row | None, set[str]]:
    """``(the server that is there, or None; the IDs under which its sets are known)`` of a name or an ID.

    A name means the server that is there. Of servers that have gone, only their sets are left to know the name.
    """
    of_name = [row for row in servers if (row["name"] or "").strip() == named]
    known = {row["server_id"] for row in sets if (row["server_name"] or "").strip() == named}
    live = [row for row in servers if row["id"] == named] or [row for row in of_name if not is_beside(row)]
    if not live and not known:
        live = of_name
    if len(live) > 1:
        raise OsnapError(
            f"{len(live)} servers are named '{named}' in cloud {cloud}: {enumerated([row['id'] for row in live])}; give"
            " the ID of the one that is meant.",
            resource=named,
        )
    if live:
        return live[0], ids_of(live[0])
    ids = {row["server_id"] for row in sets if row["server_id"] == named} or known
    if len(ids) > 1:
        raise OsnapError(
            f"Snapshot sets in cloud {cloud} are of {len(ids)} servers that were named '{named}' and have gone:"
            f" {enumerated(sorted(ids))}; give the ID of the one that is meant.",
            resource=named,
        )
    return None, ids


def is_beside(server: Row) -> bool:
    """Whether a server was made beside the one that a set is of: the name of that one does not mean it."""
    marks = server["metadata"] or {}
    return _marks.RESTORED_SERVER in marks and marks.get(_marks.RESTORED_AS) != IN_PLACE


def ids_of(server: Row) -> set[str]:
    """Under which IDs the sets of a server may be known: one that was made anew in place has those of its predecessor."""
    marks = server["metadata"] or {}
    older = marks.get(_marks.RESTORED_SERVER) if marks.get(_marks.RESTORED_AS) == IN_PLACE else None
    return {server["id"], *([older] if older else [])}


def chosen(sets: Sequence[Row], ids: set[str], named: str, name: str | None, as_of: str | None, cloud: str) -> Row:
    """The set that is meant.

    :param sets: the newest first
    :param ids: of the server, see :func:`server_of`
    :param named: what the server was called by
    :raises OsnapError: where there is none that is whole
    """
    own = [row for row in sets if row["server_id"] in ids]
    if name:
        return _named(own, named, name, cloud)
    whole = [row for row in own if row["status"] == WHOLE and time_of(row["created_at"])]
    at = None if as_of is None else second(as_of)
    good = [row for row in whole if at is None or second(row["created_at"]) <= at]
    if good:
        return max(good, key=lambda row: (second(row["created_at"]), row["id"]))
    if not own:
        raise OsnapError(
            f"There is no snapshot set of the server '{named}' in cloud {cloud}; take one with server_snapshot_set, or"
            " check the name and the project of the credentials.",
            resource=named,
        )
    if at is not None and whole:
        oldest = min(whole, key=lambda row: second(row["created_at"]))
        raise OsnapError(
            f"The server '{named}' has no whole snapshot set of {as_of} or before; the oldest is '{oldest['name']}' of"
            f" {oldest['created_at']}.",
            resource=named,
        )
    told = enumerated([f"'{row['name']}' is {row['status']}" for row in own], 3)
    raise OsnapError(
        f"The server '{named}' has no snapshot set that is whole: {told}; take a new one with server_snapshot_set.",
        resource=named,
    )


def _named(own: Sequence[Row], named: str, name: str, cloud: str) -> Row:
    found = [row for row in own if row["id"] == name] or [row for row in own if row["name"] == name.strip()]
    if not found:
        there = enumerated([f"'{row['name']}'" for row in own], 5)
        raise OsnapError(
            f"There is no snapshot set '{name}' of the server '{named}' in cloud {cloud};"
            f" {'there is ' + there if own else 'there is none of it at all'}.",
            resource=name,
        )
    whole = [row for row in found if row["status"] == WHOLE]
    if len(whole) > 1:
        raise OsnapError(
            f"{len(whole)} snapshot sets of the server '{named}' are named '{name}':"
            f" {enumerated([row['id'] for row in whole])}; give the ID of the one that is meant.",
            resource=name,
        )
    if whole:
        return whole[0]
    row = found[0]
    why = f": {row['torn_because']}" if row["torn_because"] else ""
    raise OsnapError(
        f"The snapshot set '{row['name']}' of the server '{named}' is {row['status']}{why}; only a whole one is restored.",
        resource=row["id"],
    )


def second(time: Any) -> int:
    """A time in whole seconds."""
    found = time_of(time)
    if found is None:
        raise OsnapError(f"{time!r} is no time; give it as 2026-11-30T12:00:00Z.")
    return int(found.timestamp())


def members_of(row: Row, disks: Sequence[str] | None) -> list[dict[str, Any]]:
    """The members of a set that are restored, the disk that it boots from first, the others as they were attached.

    :param disks: ``root``, IDs or names of volumes; None for all of them
    """
    members = sorted(
        row["members"],
        key=lambda one: (one["boot_index"] != 0, len(one["device"] or ""), one["device"] or "", one["disk"]),
    )
    if disks is None:
        return members
    found: list[dict[str, Any]] = []
    for disk in disks:
        meant = [one for one in members if _is_meant(one, disk)]
        if len(meant) != 1:
            there = enumerated([_called(one) for one in members])
            raise OsnapError(
                f"{'Several disks are' if meant else 'No disk is'} '{disk}' in the snapshot set '{row['name']}', which has"
                f" {there}; name each by its ID.",
                resource=disk,
            )
        found += [one for one in meant if one not in found]
    return [one for one in members if one in found]


def _is_meant(member, disk):
    if disk == "root":
        return is_root(member)
    return disk in (member["disk"], member["volume_name"], member["device"])


def is_root(member: Row) -> bool:
    """Whether a member is of the disk that the server boots from."""
    return bool(member["boot_index"] == 0)


def _called(member):
    return member["disk"] + (f" ({member['volume_name']})" if member["volume_name"] else "")
