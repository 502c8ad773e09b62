# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cloud says of itself: versions, quotas, types, zones. Reads only."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions

SERVICES = ("block-storage", "compute", "image", "network")
GROUP_TYPES = Microversions("3.11", "3.11", "group types")

#: What legacy consistency groups have; the newer API refuses it.
LEGACY_GROUP_TYPE = "default_cgsnapshot_type"


class Capabilities:
    """One cloud, as this user sees it. Each method is one read."""

    def __init__(self, cloud):
        self.cloud = cloud

    def _get(self, service, path, doing, **options):
        return self.cloud.client(service).get(path, doing=f"read {doing}", **options)

    def versions(self, service):
        client = self.cloud.client(service)
        try:
            least, most = client.microversions() if client.endpoint else (None, None)
        except OsnapError:
            least, most = None, None  # whoever needs to know says that it could not be read
        return {"endpoint": client.endpoint, "min_version": least, "max_version": most}

    # -- quotas

    def block_storage_quota(self):
        """Cinder's, from the quota set, or from the limits where the policy hides that: these have neither groups nor
        types.
        """
        try:
            rows = self._get(
                "block-storage",
                f"/os-quota-sets/{self.cloud.project_id}",
                "the quota of volumes",
                params={"usage": "true"},
            ).object("quota_set")
        except OsnapError as error:
            if error.status != 403:
                raise
            return self._block_storage_limits()
        rows = {
            name: _room(row["limit"], row["in_use"] + row["reserved"])
            for name, row in rows.items()
            if isinstance(row, dict)
        }
        plain = {
            name: rows.get(name)
            for name in ("volumes", "snapshots", "gigabytes", "backups", "backup_gigabytes", "groups")
        }
        return {
            **plain,
            "per_volume_gigabytes": (rows.get("per_volume_gigabytes") or {}).get("limit"),
            "volume_types": _by_type(rows),
        }

    def _block_storage_limits(self):
        limits = self._get("block-storage", "/limits", "the limits of volumes").object("limits").object("absolute")
        names = {
            "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
            "snapshots": ("maxTotalSnapshots", "totalSnapshotsUsed"),
            "gigabytes": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
            "backups": ("maxTotalBackups", "totalBackupsUsed"),
            "backup_gigabytes": ("maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
        }
        return {**_limits(limits, names), "groups": None, "per_volume_gigabytes": None, "volume_types": None}

    def compute_quota(self):
        limits = self._get("compute", "/limits", "the limits of servers").object("limits").object("absolute")
        return _limits(
            limits,
            {
                "instances": ("maxTotalInstances", "totalInstancesUsed"),
                "cores": ("maxTotalCores", "totalCoresUsed"),
                "ram": ("maxTotalRAMSize", "totalRAMUsed"),
            },
        )

    def image_quota(self):
        """Glance's; empty where it has no limits, and a 404 before 2.15 of its API."""
        usage = self._get("image", "/info/usage", "the quota of images").object("usage")
        return {name: _room(row["limit"], row["usage"]) for name, row in usage.items()}

    # -- what there is to choose from

    def import_methods(self):
        return sorted(self._get("image", "/info/import", "the ways to import images").object("import-methods")["value"])

    def stores(self):
        rows = self._get("image", "/info/stores", "the stores of images").rows("stores")
        return [
            {
                "id": row["id"],
                "description": row.get("description"),
                "is_default": str(row.get("default", False)).lower() == "true",
            }
            for row in rows
        ]

    def volume_types(self):
        rows = self.cloud.client("block-storage").pages("/types", "volume_types", doing="list volume types")
        return sorted(
            ({key: row.get(key) for key in ("id", "name", "description", "is_public")} for row in rows),
            key=lambda row: row["name"],
        )

    def group_types(self):
        rows = self.cloud.client("block-storage").pages(
            "/group_types", "group_types", doing="list group types", microversion=GROUP_TYPES
        )
        return sorted(
            ({key: row.get(key) for key in ("id", "name", "description", "is_public")} for row in rows),
            key=lambda row: row["name"],
        )

    def block_storage_zones(self):
        return self._zones("block-storage", "the availability zones of volumes")

    def compute_zones(self):
        return self._zones("compute", "the availability zones of servers")

    def _zones(self, service, doing):
        rows = self._get(service, "/os-availability-zone", doing).rows("availabilityZoneInfo")
        return sorted(
            ({"name": row["zoneName"], "is_available": row.object("zoneState")["available"]} for row in rows),
            key=lambda row: row["name"],
        )

    def consistency_groups(self):
        """Whether the API of legacy consistency groups answers."""
        self._get("block-storage", "/consistencygroups", "legacy consistency groups", params={"limit": 1})
        return True


def _room(limit, used):
    """A limit of -1 is none."""
    return (
        {"limit": None, "used": used, "left": None}
        if limit < 0
        else {"limit": limit, "used": used, "left": max(limit - used, 0)}
    )


def _limits(limits, names):
    return {
        name: _room(limits[most], limits[used]) if most in limits and used in limits else None
        for name, (most, used) in names.items()
    }


def _by_type(rows):
    """``{volume type: {volumes, snapshots, gigabytes}}`` out of keys such as ``gigabytes_fast``."""
    found = {}
    for key, room in rows.items():
        kind, separator, name = key.partition("_")
        if separator and kind in ("volumes", "snapshots", "gigabytes"):
            found.setdefault(name, {})[kind] = room
    return found
