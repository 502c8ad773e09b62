# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration files of the services, and the sections that all of them have in common."""

from .layout import PASSWORD


def write_ini(path, sections):
    """Write ``{section: {option: value}}``; lists become comma-separated, booleans lower case, None is left out."""
    lines = []
    for section, options in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{name} = {_text(value)}" for name, value in options.items() if value is not None]
        lines.append("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return path


def _text(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def merge(*sections):
    """Several ``{section: {option: value}}`` as one, the later winning."""
    merged = {}
    for part in sections:
        for section, options in part.items():
            merged.setdefault(section, {}).update(options)
    return merged


def database(cloud, project, name=None):
    return {"connection": cloud.database_url(project, name), "sqlite_synchronous": False, "max_retries": 2}


def credentials(cloud, user):
    """How a service logs in at Keystone: the options of a keystoneauth section."""
    return {
        "auth_type": "password",
        "auth_url": cloud.auth_url,
        "username": user,
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_id": "default",
        "project_domain_id": "default",
        "region_name": cloud.region,
    }


def common(cloud, project):
    """Sections of every service but Keystone: database, transport, tokens, locks and a quiet log."""
    return {
        "DEFAULT": {
            "log_config_append": logging_config(cloud, project),
            "transport_url": "fake://",
            "state_path": cloud.path(project),
        },
        "database": database(cloud, project),
        "keystone_authtoken": dict(
            credentials(cloud, project),
            www_authenticate_uri=cloud.auth_url,
            interface="public",
            service_token_roles="service",
            service_token_roles_required=True,
        ),
        "service_user": dict(credentials(cloud, project), send_service_user_token=True),
        "oslo_concurrency": {"lock_path": cloud.path(project, "locks")},
        "oslo_messaging_notifications": {"driver": "noop"},
    }


def logging_config(cloud, project):
    """Warnings to standard error, which the frame sends to ``<cloud>/log/<project>.log``; anything finer costs time in
    each request.
    """
    return write_ini(
        cloud.path(project, "logging.conf"),
        {
            "loggers": {"keys": "root"},
            "handlers": {"keys": "stderr"},
            "formatters": {"keys": "line"},
            "logger_root": {"level": "WARNING", "handlers": "stderr"},
            "handler_stderr": {"class": "StreamHandler", "args": "(sys.stderr,)", "formatter": "line"},
            "formatter_line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        },
    )
