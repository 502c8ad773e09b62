# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of a configuration file that every service shares, and the writing of the file."""

from osnap_testcloud.layout import PASSWORD, REGION


def write(path, sections):
    """Write an INI file from ``{section: {option: value}}``; a list becomes one line an item."""
    lines = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        for option, value in options.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{option} = {str(each).lower() if isinstance(each, bool) else each}" for each in values]
        lines.append("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")


def logging(cloud, project):
    """Warnings and errors only: writing a line a request is felt in the latency."""
    return {
        "log_file": cloud.path(project, f"{project}.log"),
        "default_log_levels": "amqp=WARN,sqlalchemy=WARN,oslo.messaging=WARN,keystonemiddleware=WARN,stevedore=WARN,oslo_policy=ERROR",
    }


def database(cloud, project, name=None):
    """`sqlite_synchronous` off: a test cloud need not survive a power cut."""
    return {"connection": cloud.database_url(project, name), "sqlite_synchronous": False}


def credentials(cloud, project):
    """A keystoneauth section: this project's service user."""
    return {
        "auth_type": "v3password",
        "auth_url": cloud.auth_url,
        "username": project,
        "password": PASSWORD,
        "user_domain_id": "default",
        "project_name": "service",
        "project_domain_id": "default",
        "region_name": REGION,
    }


def authtoken(cloud, project):
    """``[keystone_authtoken]``: tokens are cached in the process; service tokens need the role `service`."""
    return {
        **credentials(cloud, project),
        "www_authenticate_uri": cloud.auth_url,
        "service_token_roles": "service",
        "service_token_roles_required": True,
        "token_cache_time": 300,
    }
