# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Neutron: the real API, ML2 and router service without agents; what these would report is in a driver of our own."""

import os
import sys

from .. import settings


def configure(cloud):
    """Write ``neutron.conf``."""
    unlimited = {
        f"quota_{resource}": -1
        for resource in ("network", "subnet", "port", "security_group", "security_group_rule", "router", "floatingip")
    }
    own = {
        "DEFAULT": {
            "api_paste_config": os.path.join(sys.prefix, "etc", "neutron", "api-paste.ini"),
            "core_plugin": "ml2",
            # Beside those that Neutron always loads, such as tags and revisions.
            "service_plugins": "router",
            # There are no agents: nobody asks, and nobody listens to what would be sent at each change.
            "rpc_workers": 0,
            "dhcp_agent_notification": False,
            # Nova does not wait for a port to be plugged, but only so does it hear of a floating IP.
            "notify_nova_on_port_status_changes": False,
            "notify_nova_on_port_data_changes": True,
            "send_events_interval": 1,  # seconds; the least that Neutron takes
        },
        "ml2": {
            "type_drivers": "local",
            "project_network_types": "local",
            "mechanism_drivers": "",
            "extension_drivers": "port_security",
        },
        "quotas": unlimited,
        # The segments plugin, which is always loaded, tells both about subnets.
        "placement": settings.credentials(cloud, "neutron"),
        "nova": settings.credentials(cloud, "neutron"),
    }
    settings.write_ini(cloud.path("neutron", "neutron.conf"), settings.merge(settings.common(cloud, "neutron"), own))


def migrate(cloud):
    """Create the schema from the models: the migrations of Neutron do not run on SQLite."""
    import sqlalchemy
    from neutron.db.migration.models import head
    from neutron.db.models import port_forwarding  # noqa: F401  a model that `head` forgets

    engine = sqlalchemy.create_engine(cloud.database_url("neutron"))
    head.get_metadata().create_all(engine)


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    import neutron.api.v2.router
    import neutron.plugins.ml2.plugin
    import neutron.server.api
    import neutron.services.l3_router.l3_router_plugin  # noqa: F401
    import novaclient.v2.client  # noqa: F401


def start(cloud):
    """Return the API; agents and their RPC server are left out."""
    os.environ["OS_NEUTRON_CONFIG_DIR"] = str(cloud.path("neutron"))
    os.environ["OS_NEUTRON_CONFIG_FILES"] = "neutron.conf"
    from neutron import policy, server
    from neutron.server import api
    from sqlalchemy import orm

    from ..drivers import neutron_local

    neutron_local.register()
    application = server.boot_server(api.api_server, prog="neutron-server")
    # Otherwise the first requests, in several threads, do both at the same time.
    orm.configure_mappers()
    policy.init()
    return application
