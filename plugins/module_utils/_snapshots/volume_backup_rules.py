# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder would refuse of a backup. Pure: rows in, errors out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._services.backup_chains import AVAILABLE
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import BEING_READ

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Values, Volume, VolumeSnapshot


def unfit(
    cloud: Cloud, volume: Volume | OsnapError, snapshot: VolumeSnapshot | OsnapError | None, desired: Values
) -> OsnapError | None:
    """Why a volume can't be backed up as asked, or None."""
    if isinstance(volume, OsnapError):
        return volume
    if isinstance(snapshot, OsnapError):
        return snapshot
    if error := lookup.foreign(cloud, "volume", volume):
        return error
    label = f"The volume '{volume['name']}' ({volume['id']})"
    if snapshot:
        return _unfit_snapshot(label, volume, snapshot)
    if volume["status"] == "in-use" and desired["force"] is False:
        return OsnapError(
            f"{label} is in use and force is false; detach it, or leave force out for a crash-consistent backup.",
            resource=volume["id"],
        )
    if volume["status"] not in (AVAILABLE, "in-use", BEING_READ):
        return OsnapError(
            f"{label} is in status {volume['status']}, and a backup needs it available or in use; wait for it or repair"
            " it, then run again.",
            resource=volume["id"],
        )
    return None


def _unfit_snapshot(label, volume, snapshot):
    what = f"The volume snapshot '{snapshot['name']}' ({snapshot['id']})"
    if snapshot["volume_id"] != volume["id"]:
        return OsnapError(
            f"{what} is of the volume {snapshot['volume_id']}, not of the {label[4:]}; name a snapshot of that volume.",
            resource=snapshot["id"],
        )
    if snapshot["status"] not in (AVAILABLE, BEING_READ):
        return OsnapError(
            f"{what} is in status {snapshot['status']}, and a backup needs it available; wait for it or make it anew.",
            resource=snapshot["id"],
        )
    return None


def baseless(desired: Values) -> OsnapError | None:
    """The error of an incremental backup that has nothing to be built upon, or None."""
    if not desired["is_incremental"] or desired.get("base"):
        return None
    earlier = " whose data are older than the snapshot" if desired["snapshot_id"] else ""
    return OsnapError(
        f"The volume {desired['volume_id']} has no available backup{earlier} that the incremental one"
        f" '{desired['name']}' could be built upon; make a full one first, or set incremental to auto.",
        resource=desired["name"],
    )
