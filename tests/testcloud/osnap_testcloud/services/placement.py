# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement: the real API over SQLite, nothing substituted."""

import os

from .. import settings


def configure(cloud):
    """Write ``placement.conf``."""
    common = settings.common(cloud, "placement")
    common["placement_database"] = common.pop("database")
    settings.write_ini(cloud.path("placement", "placement.conf"), common)


def migrate(cloud):
    """Create the schema."""
    from oslo_config import cfg
    from placement import conf, db_api
    from placement.db.sqlalchemy import migration

    config = cfg.ConfigOpts()
    conf.register_opts(config)
    config([], default_config_files=[str(cloud.path("placement", "placement.conf"))])
    db_api.configure(config)
    migration.upgrade("head")


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    import placement.deploy
    import placement.wsgi  # noqa: F401


def start(cloud):
    """Return the API; Placement has no other service."""
    os.environ["OS_PLACEMENT_CONFIG_DIR"] = str(cloud.path("placement"))
    from placement import wsgi

    return wsgi.init_application()
