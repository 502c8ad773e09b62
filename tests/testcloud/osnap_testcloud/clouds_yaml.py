# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds.yaml files of an instance, and the facts of it that integration targets need."""

import yaml

from . import seed
from .layout import PASSWORD, REGIONS, REPOSITORY, Instance

INTEGRATION_CONFIG = REPOSITORY / "tests" / "integration" / "integration_config.yml"


def entry(cloud, user, project):
    """How to log in to a cloud: one entry of a clouds.yaml."""
    return {
        "auth": {
            "auth_url": cloud.auth_url,
            "username": user,
            "password": PASSWORD,
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        "region_name": cloud.region,
        "identity_api_version": "3",
    }


def write(instance):
    """The instance's own: an ordinary member, an administrator of the same project, and a member of a project with
    small quotas.
    """
    entries = {}
    for cloud in map(instance.cloud, instance.names):
        entries[cloud.name] = entry(cloud, "demo", "demo")
        entries[f"{cloud.name}-admin"] = entry(cloud, "admin", "demo")
        entries[f"{cloud.name}-small"] = entry(cloud, "small", "small")
    _write(instance.clouds_yaml, {"clouds": entries})


def write_integration_config(instance):
    """Tell the integration targets of the repository's own instance; one that somebody put elsewhere is his own
    affair.
    """
    if instance.folder != Instance.default_folder() or instance.folder.parent != REPOSITORY:
        return
    facts = {
        "openstack_clouds_yaml": str(instance.clouds_yaml),
        "openstack_instance": str(instance.folder),
        "openstack_flavor": "m1.tiny",
        "openstack_flavor_large": "m1.big",
        "openstack_flavor_volume": "m1.volume",
        "openstack_network": "private",
        "openstack_network_other": "private2",
        "openstack_network_public": "public",
        "openstack_image": "cirros-like",
        "openstack_volume_type": next(iter(seed.VOLUME_TYPES)),
        "openstack_volume_type_refusing": "refusing",
        "openstack_volume_type_cow": "cow",
        "openstack_group_type": "consistent",
        "openstack_group_type_plain": "plain",
    }
    facts["openstack_regions"] = [name for name in REGIONS if name in instance.names]
    _write(INTEGRATION_CONFIG, facts)


def write_project(instance, project):
    """The file of one project: its member and an administrator of it, on all clouds."""
    entries = {}
    for cloud in map(instance.cloud, instance.names):
        entries[cloud.name] = entry(cloud, project, project)
        entries[f"{cloud.name}-admin"] = entry(cloud, "admin", project)
    path = instance.folder / "projects" / project / "clouds.yaml"
    _write(path, {"clouds": entries})
    return path


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content, sort_keys=False))
