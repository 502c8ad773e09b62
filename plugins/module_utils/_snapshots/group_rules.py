# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder would refuse of a volume group, said before anything is sent. Pure: rows in, errors out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import (
        GroupSnapshot,
        Row,
        Values,
        Volume,
        VolumeSnapshot,
    )

#: The statuses in which Cinder takes a volume into a group, and out of it.
ENTERS = ("available", "in-use")
LEAVES = (*ENTERS, "error", "error_deleting")


def label(row: Row, noun: str) -> str:
    return f"The {noun} '{row['name']}' ({row['id']})" if row.get("name") else f"The {noun} {row['id']}"


def stranger(volume: Row, group: Values, types: Mapping[str, str]) -> OsnapError | None:
    """Why a volume can't become a member, or None.

    :param group: ``{id, name, volume_types, availability_zone}``; a new one has no ID yet
    :param types: ``{name: ID}`` of the volume types, as a volume tells only the name
    """
    who = label(volume, "volume")
    if volume["group_id"] and volume["group_id"] != group["id"]:
        return OsnapError(
            f"{who} is in another group, {volume['group_id']}; take it out of that one first.", resource=volume["id"]
        )
    if volume["status"] not in ENTERS:
        return OsnapError(
            f"{who} is in status {volume['status']}, and to join a group it must be available or in use; wait for it or"
            " repair it, then run again.",
            resource=volume["id"],
        )
    if not volume["volume_type"]:
        return OsnapError(
            f"{who} has no volume type, so that no group takes it; retype it first.", resource=volume["id"]
        )
    own = types.get(volume["volume_type"])
    if own and own not in (group["volume_types"] or [own]):  # one made from another has its types from there
        names = sorted(name for name, id in types.items() if id in group["volume_types"])
        return OsnapError(
            f"{who} is of the type '{volume['volume_type']}', and the group '{group['name']}' takes {_listed(names)};"
            " retype the volume, or make a group that takes its type.",
            resource=volume["id"],
        )
    zones = volume["availability_zone"], group["availability_zone"]
    if all(zones) and zones[0] != zones[1]:
        return OsnapError(
            f"{who} is in the availability zone '{zones[0]}', and the group '{group['name']}' in '{zones[1]}'; its"
            " members must be in the same.",
            resource=volume["id"],
        )
    return None


def stayer(volume: Volume) -> OsnapError | None:
    """Why a member can't leave, or None."""
    if volume["status"] in LEAVES:
        return None
    return OsnapError(
        f"{label(volume, 'volume')} is in status {volume['status']}, and can't leave its group in it; wait for that to"
        " end, then run again.",
        resource=volume["id"],
    )


def unready(group: Row, members: Sequence[Volume]) -> OsnapError | None:
    """Why a group can't be snapshotted, or None. Cinder would take a snapshot of nothing, too, which is worth as much."""
    who = label(group, "volume group")
    if group["status"] not in ENTERS:
        return OsnapError(
            f"{who} is in status {group['status']}, and a snapshot needs it available; wait for it or repair it, then"
            " run again.",
            resource=group["id"],
        )
    if not members:
        return OsnapError(
            f"{who} has no members, so that its snapshot would hold nothing; put volumes into it first.",
            resource=group["id"],
        )
    if unfit := [volume for volume in members if volume["status"] not in ENTERS]:
        told = _listed([f"{_shown(volume)} in {volume['status']}" for volume in unfit])
        return OsnapError(
            f"{who} can't be snapshotted, as its members must be available or in use: {told}; wait for them or repair"
            " them, then run again.",
            resource=group["id"],
        )
    return None


def tied(
    group: Row,
    volumes: Sequence[Volume],
    snapshots: Sequence[VolumeSnapshot],
    group_snapshots: Sequence[GroupSnapshot],
    delete_volumes: bool | None,
    replacing: bool = False,
) -> OsnapError | None:
    """Why a group can't be deleted, or None.

    :param volumes: its members
    :param snapshots: the snapshots of these
    :param group_snapshots: the snapshots of the group
    """
    who = label(group, "volume group")
    if group_snapshots:
        return OsnapError(
            f"{who} has group snapshots: {lookup.listing(group_snapshots)}; remove these first.", resource=group["id"]
        )
    if volumes and not delete_volumes:
        # Members leave only an available group, and only an administrator makes an available one of a failed one.
        out = "take them out with volumes: []" + (
            "" if group["status"] == "available" else ", for which an administrator first has to set status: available"
        )
        way = (
            f"it can't be made anew with them; {out}"
            if replacing
            else f"set delete_volumes: true to delete these with it, or {out}"
        )
        return OsnapError(
            f"{who} has {_listed([_shown(volume) for volume in volumes])} as members; {way}.", resource=group["id"]
        )
    if attached := [volume for volume in volumes if volume["attachments"]]:
        return OsnapError(
            f"{who} can't be deleted with its members, as {_listed([_shown(volume) for volume in attached])} is"
            " attached to a server; detach it first.",
            resource=group["id"],
        )
    if snapshots:
        return OsnapError(
            f"{who} can't be deleted with its members, as these have snapshots: {lookup.listing(snapshots)}; remove"
            " these first.",
            resource=group["id"],
        )
    return None


def unusable(source: Row, members: Sequence[object], what: str) -> OsnapError | None:
    """Why no group can be made of a group, or of a snapshot of one; or None."""
    who = label(source, what)
    if source["status"] != "available":
        return OsnapError(
            f"{who} is in status {source['status']}, and a group is made only of an available one; wait for it or"
            " repair it, then run again.",
            resource=source["id"],
        )
    if not members:
        return OsnapError(f"{who} is empty, so that no group can be made of it.", resource=source["id"])
    return None


def inconsistent(what: str, consistent: bool | None, id: str, cloud: Cloud) -> OsnapError:
    """That members are not of one moment, or that nobody can tell, where they have to be."""
    if consistent is False:
        return OsnapError(
            f"{what} are not of one moment, and require_consistent is true: the group's type or its back end does not"
            " take them at once; make a group of a type with consistent_group_snapshot_enabled on a back end that"
            " has it.",
            resource=id,
        )
    if cloud.is_admin:
        return OsnapError(
            f"{what} can't be told to be of one moment, and require_consistent is true: the back end does not say whether"
            " it can take them at once; ask who runs it, or leave require_consistent out.",
            resource=id,
        )
    return OsnapError(
        f"{what} can't be told to be of one moment, and require_consistent is true: this user is not shown the group's"
        " type or the back end's abilities, or the back end does not say; run as an administrator, or leave"
        " require_consistent out.",
        resource=id,
    )


def _shown(row: Row) -> str:
    return f"'{row['name']}' ({row['id']})" if row.get("name") else row["id"]


def _listed(texts: Sequence[str], most: int = 10) -> str:
    return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")
