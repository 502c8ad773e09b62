# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone: the real API and managers over SQLite. Projects, users and the catalog are made through its managers, not
over HTTP.
"""

import base64
import datetime
import os
import sys
import uuid
from unittest import mock

from .. import settings
from ..layout import CATALOG, PASSWORD, PROJECTS, REGION
from ..tokens import TOKEN_SECONDS

DOMAIN = "default"
#: project -> user -> roles. The administrator has every project, so that each cloud entry has an administrator's twin.
MEMBERS = {
    "service": {project: ("admin", "service") for project in PROJECTS if project != "keystone"},
    "demo": {"demo": ("member",), "admin": ("admin",)},
    "small": {"small": ("member",), "admin": ("admin",)},
}


def configure(cloud):
    folder = cloud.path("keystone")
    settings.write_ini(
        folder / "keystone.conf",
        {
            "DEFAULT": {"log_config_append": settings.logging_config(cloud, "keystone"), "transport_url": "fake://"},
            "database": settings.database(cloud, "keystone"),
            "token": {"provider": "fernet", "expiration": 86400},
            "fernet_tokens": {"key_repository": folder / "fernet"},
            "fernet_receipts": {"key_repository": folder / "fernet"},
            "credential": {"key_repository": folder / "fernet"},
            "cache": {"enabled": True, "backend": "oslo_cache.dict"},
            "api": {"response_validation": "ignore"},
            "identity": {"password_hash_rounds": 4, "max_password_length": 72},
            "oslo_messaging_notifications": {"driver": "noop"},
        },
    )
    (folder / "fernet").mkdir(mode=0o700, exist_ok=True)
    for number in ("0", "1"):
        key = folder / "fernet" / number
        if not key.exists():
            key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))


def migrate(cloud):
    import keystone.server
    from keystone.common.sql import upgrades

    sys.argv += ["--config-file", str(cloud.path("keystone", "keystone.conf"))]
    keystone.server.configure()
    upgrades.offline_sync_database_to_version()


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    import keystone.cmd.bootstrap
    import keystone.server.flask.core  # noqa: F401


def start(cloud):
    from keystone.server.flask import core

    app = core.initialize_application("public", config_files=[str(cloud.path("keystone", "keystone.conf"))])
    _seed(cloud)
    _load_policies()
    _let_tokens_expire()
    return app


def _let_tokens_expire():
    """Ask the fault injector's rules how long a login's token lives. The rest is Keystone's: the end of its life is
    sealed in the token, and nobody's validation lets it pass after that.
    """
    import flask
    from keystone.token import provider
    from oslo_utils import timeutils

    usual = provider.default_expire_time

    def expire_time():
        seconds = flask.request.environ.get(TOKEN_SECONDS) if flask.has_request_context() else None
        return timeutils.utcnow() + datetime.timedelta(seconds=seconds) if seconds else usual()

    provider.default_expire_time = expire_time


def _load_policies():
    """Before the first two requests come at the same moment: Keystone shows its enforcer before it has given it any
    rule.
    """
    from keystone.common.rbac_enforcer import enforcer

    enforcer.RBACEnforcer.suppress_deprecation_warnings = True
    enforcer.RBACEnforcer()._enforcer.load_rules()


def _seed(cloud):
    from keystone.cmd.bootstrap import Bootstrapper
    from keystone.common import provider_api

    with mock.patch("keystone.server.backends.load_backends"):  # the application has loaded them, and they load once
        bootstrap = Bootstrapper()
    bootstrap.admin_username = bootstrap.project_name = bootstrap.admin_role_name = "admin"
    bootstrap.admin_password = PASSWORD
    bootstrap.region_id = REGION
    bootstrap.bootstrap()

    managers = provider_api.ProviderAPIs
    roles = {role["name"]: role["id"] for role in managers.role_api.list_roles()}
    projects = {project["name"]: project["id"] for project in managers.resource_api.list_projects()}
    users = {user["name"]: user["id"] for user in managers.identity_api.list_users()}
    for project, members in MEMBERS.items():
        if project not in projects:
            projects[project] = uuid.uuid4().hex
            managers.resource_api.create_project(
                projects[project],
                {"id": projects[project], "name": project, "domain_id": DOMAIN, "enabled": True, "description": ""},
            )
        for user, names in members.items():
            if user not in users:
                created = managers.identity_api.create_user(
                    {"name": user, "password": PASSWORD, "domain_id": DOMAIN, "enabled": True}
                )
                users[user] = created["id"]
            present = managers.assignment_api.get_roles_for_user_and_project(users[user], projects[project])
            for name in names:
                if roles[name] not in present:
                    managers.assignment_api.add_role_to_user_and_project(users[user], projects[project], roles[name])
    _seed_catalog(cloud, managers.catalog_api)


def _seed_catalog(cloud, catalog):
    """Services once; the URLs at each start, since ports may have changed, and regions may have come."""
    from keystone.common import driver_hints

    services = {service["type"]: service["id"] for service in catalog.list_services()}
    for service_type, (project, _path) in CATALOG.items():
        if service_type not in services:
            services[service_type] = uuid.uuid4().hex
            catalog.create_service(
                services[service_type],
                {
                    "id": services[service_type],
                    "type": service_type,
                    "name": _service_name(service_type, project),
                    "enabled": True,
                },
            )
    known = {region["id"] for region in catalog.list_regions(driver_hints.Hints())}
    for region in cloud.regions:
        if region.region not in known:
            catalog.create_region({"id": region.region, "description": "", "parent_region_id": None})
        for service_type, (project, path) in CATALOG.items():
            _seed_endpoints(catalog, services[service_type], region.region, region.url(project, path))


def _seed_endpoints(catalog, service, region, url):
    present = {
        endpoint["interface"]: endpoint
        for endpoint in catalog.list_endpoints()
        if (endpoint["service_id"], endpoint["region_id"]) == (service, region)
    }
    for interface in ("public", "internal", "admin"):
        if interface not in present:
            endpoint = {
                "id": uuid.uuid4().hex,
                "service_id": service,
                "interface": interface,
                "url": url,
                "enabled": True,
                "region_id": region,
            }
            catalog.create_endpoint(endpoint["id"], endpoint)
        elif present[interface]["url"] != url:
            catalog.update_endpoint(present[interface]["id"], {"url": url})


def _service_name(service_type, project):
    return "cinderv3" if service_type == "volumev3" else project
