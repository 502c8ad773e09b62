# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cloud for all who ask what can be done in it: versions, quotas, types, zones, and what follows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._features import Seen, features
from ansible_collections.osnap.openstack.plugins.module_utils._services.capabilities import (
    LEGACY_GROUP_TYPE,
    SERVICES,
    Capabilities,
)

#: What is read, and of which service.
READS = {
    "block_storage_quota": "block-storage",
    "compute_quota": "compute",
    "image_quota": "image",
    "import_methods": "image",
    "stores": "image",
    "volume_types": "block-storage",
    "group_types": "block-storage",
    "block_storage_zones": "block-storage",
    "compute_zones": "compute",
    "consistency_groups": "block-storage",
}


def look(cloud, params):
    """What is there, what could not be read, and what follows."""
    capabilities = Capabilities(cloud)
    services = {service: capabilities.versions(service) for service in SERVICES}
    wanted = [name for name, service in READS.items() if services[service]["endpoint"]]
    with ThreadPoolExecutor(MAX_THREADS) as pool:
        answers = dict(zip(wanted, pool.map(lambda name: _tried(getattr(capabilities, name)), wanted), strict=True))
    unread = {name: str(answer) for name, answer in answers.items() if isinstance(answer, OsnapError)}
    unread.update(
        {
            name: f"The cloud has no {service} service in its catalog."
            for name, service in READS.items()
            if name not in answers
        }
    )
    read = {name: None if name in unread else answers[name] for name in READS}
    if read["group_types"] is not None:
        read["group_types"] = [row for row in read["group_types"] if row["name"] != LEGACY_GROUP_TYPE]
    seen = Seen(services, cloud.roles, read["group_types"], read["import_methods"], read["consistency_groups"], unread)
    return {
        "capabilities": {
            "project_id": cloud.project_id,
            "roles": cloud.roles,
            "services": services,
            "quotas": {
                "block_storage": read["block_storage_quota"],
                "compute": read["compute_quota"],
                "image": read["image_quota"],
            },
            **{name: read[name] for name in ("import_methods", "stores", "volume_types", "group_types")},
            "availability_zones": {"block_storage": read["block_storage_zones"], "compute": read["compute_zones"]},
            "features": features(seen),
            "unread": unread,
        }
    }


def _tried(method):
    try:
        return method()
    except OsnapError as error:
        return error
