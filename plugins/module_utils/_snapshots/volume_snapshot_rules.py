# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder would refuse about snapshots of single volumes, and which of several counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values, Volume, VolumeSnapshot
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


def stays(service: Service, row: Row, done: str, force: bool | None) -> OsnapError | None:
    """Why Cinder would refuse to delete or unmanage a snapshot, as an error; or None."""
    if row["group_snapshot_id"]:
        return OsnapError(
            f"The volume snapshot {service.label(row)} is a member of the group snapshot {row['group_snapshot_id']} and"
            f" can't be {done} by itself, not even by force; remove the group snapshot.",
            resource=row["id"],
        )
    if row["status"] == "error_deleting" and not force:
        reason = service.reason(row)
        return OsnapError(
            f"The volume snapshot {service.label(row)} is in status error_deleting{': ' + reason if reason else ''} and"
            f" can't be {done}; {service.remedy(row)}.",
            resource=row["id"],
        )
    return None


def one_is_enough(desired: Iterable[Values | OsnapError]) -> OsnapError | None:
    """The error where two items of a task ask for a young snapshot of one volume by different names, or None: the first
    that is made is the other's as well, so that nobody could say beforehand which of the names there will be.
    """
    names: dict[str, str] = {}
    for one in desired:
        if not isinstance(one, OsnapError) and one["min_interval"] and one["volume_id"] and not one["id"]:
            name = names.setdefault(one["volume_id"], one["name"])
            if name != one["name"]:
                return OsnapError(
                    f"With min_interval one snapshot of the volume {one['volume_id']} is enough, and the task names two:"
                    f" '{name}' and '{one['name']}'; name one of them, or leave min_interval out.",
                    resource=one["volume_id"],
                )
    return None


def unmanageable(service: VolumeSnapshots, desired: Values) -> OsnapError | None:
    """Why the back end's snapshot can't be managed as asked, or None. A driver that lists none, or calls them
    otherwise, is left to Cinder.
    """
    manage = desired["manage"]
    if not manage:
        return None
    try:
        host = service.host_of(desired["volume_id"])
        rows = service.manageable(host=host) if host else []
    except OsnapError as error:
        return error
    what = f"'{manage['identifier']}'"
    if not host:
        return OsnapError(
            f"{what} can't be managed as the volume snapshot '{desired['name']}': cloud {service.cloud.name} does not"
            " say which back end the volume is on; an administrator is needed for it.",
            resource=manage["identifier"],
        )
    known = [row for row in rows if manage["id_type"] in row["reference"]]
    row = next((row for row in known if row["reference"][manage["id_type"]] == manage["identifier"]), None)
    if row is None:
        return (
            OsnapError(
                f"The back end {host} has no snapshot with the {manage['id_type']} {what}; list what it has with"
                " volume_snapshot_info and manageable.",
                resource=manage["identifier"],
            )
            if known
            else None
        )
    if row["cinder_id"]:
        return OsnapError(
            f"The back end's snapshot {what} is managed already, as the volume snapshot {row['cinder_id']}; give its id"
            " instead of manage, or unmanage it first.",
            resource=manage["identifier"],
        )
    if not row["safe_to_manage"]:
        return OsnapError(
            f"The back end's snapshot {what} can't be managed:"
            f" {row['reason_not_safe'] or 'the driver does not say why'}.",
            resource=manage["identifier"],
        )
    return None


def newest(rows: Iterable[VolumeSnapshot]) -> VolumeSnapshot | None:
    return max(rows, key=lambda row: (row["created_at"] or "", row["id"]), default=None)


def counts(row: VolumeSnapshot) -> bool:
    """Whether a snapshot is there, or is going to be."""
    return row["status"] not in VolumeSnapshots.statuses.failed | VolumeSnapshots.statuses.leaving


def age(row: VolumeSnapshot) -> float:
    """Seconds since a row was created."""
    return age_of(row["created_at"])


def unfit(cloud: Cloud, volume: Volume | OsnapError, desired: Values) -> OsnapError | None:
    """Why a volume can't be snapshotted as asked, or None."""
    if isinstance(volume, OsnapError):
        return volume
    if error := lookup.foreign(cloud, "volume", volume):
        return error
    if volume["status"] == "in-use" and desired["force"] is False:
        return OsnapError(
            f"The volume '{volume['name']}' ({volume['id']}) is in use and force is false; detach it, or leave force"
            " out for a crash-consistent snapshot.",
            resource=volume["id"],
        )
    if volume["status"] not in ("available", "in-use"):
        return OsnapError(
            f"The volume '{volume['name']}' ({volume['id']}) is in status {volume['status']}, and a snapshot needs it"
            " available or in use; wait for it or repair it, then run again.",
            resource=volume["id"],
        )
    return None
