# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clouds.yaml files of an instance."""

import yaml

from .layout import CLOUDS, PASSWORD, REGION


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
        "region_name": REGION,
        "identity_api_version": "3",
    }


def write(instance):
    """The instance's own: an ordinary member, an administrator of the same project, and a member of a project with small quotas."""
    entries = {}
    for name in CLOUDS:
        cloud = instance.cloud(name)
        entries[name] = entry(cloud, "demo", "demo")
        entries[f"{name}-admin"] = entry(cloud, "admin", "demo")
        entries[f"{name}-small"] = entry(cloud, "small", "small")
    _write(instance.clouds_yaml, entries)


def write_project(instance, project):
    """The file of one project: its member and an administrator of it, on both clouds."""
    entries = {}
    for name in CLOUDS:
        cloud = instance.cloud(name)
        entries[name] = entry(cloud, project, project)
        entries[f"{name}-admin"] = entry(cloud, "admin", project)
    path = instance.folder / "projects" / project / "clouds.yaml"
    _write(path, entries)
    return path


def _write(path, entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"clouds": entries}, sort_keys=False))
    path.chmod(0o600)
