# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fresh cloud has besides its users: volume types, group types and the quotas of the small project."""

from .api import Api
from .control import Control

#: The schema's migration makes it, so that two clouds of one template have it under one ID, which no two real ones
#: have.
MIGRATED = "__DEFAULT__"
VOLUME_TYPES = {name: {"volume_backend_name": name} for name in ("file", "refusing", "cow")}
#: Only the first promises that a group's snapshots are of one moment.
GROUP_TYPES = {"consistent": {"consistent_group_snapshot_enabled": "<is> True"}, "plain": {}}
SMALL_QUOTA = {"volumes": 2, "snapshots": 2, "gigabytes": 10, "groups": 1}


def seed(cloud):
    """Idempotent."""
    api = Api(cloud)
    present = {
        volume_type["name"]: volume_type["id"]
        for volume_type in api.get("block-storage", "/types?is_public=None")["volume_types"]
    }
    for name, specs in VOLUME_TYPES.items():
        if name not in present:
            api.post(
                "block-storage",
                "/types",
                {"volume_type": {"name": name, "extra_specs": specs, "os-volume-type-access:is_public": True}},
            )
    if MIGRATED in present:
        api.delete("block-storage", f"/types/{present[MIGRATED]}")
    present = {
        group_type["name"] for group_type in api.get("block-storage", "/group_types?is_public=None")["group_types"]
    }
    for name, specs in GROUP_TYPES.items():
        if name not in present:
            created = api.post("block-storage", "/group_types", {"group_type": {"name": name, "is_public": True}})[
                "group_type"
            ]
            if specs:
                api.post("block-storage", f"/group_types/{created['id']}/group_specs", {"group_specs": specs})
    projects = {project["name"]: project["id"] for project in api.get("identity", "/projects")["projects"]}
    api.put("block-storage", f"/os-quota-sets/{projects['small']}", {"quota_set": SMALL_QUOTA})
    Control(cloud.instance.folder).keep_projects(cloud.name, projects)
