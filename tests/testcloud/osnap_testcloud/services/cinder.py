# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder: the real API, scheduler, three volume services and backup in one process, over files."""

import os
import sqlite3
import sys
import threading
import types

from .. import settings

ETC = os.path.join(sys.prefix, "etc", "cinder")
DRIVERS = {"file": "cinder_file.FileDriver", "refusing": "cinder_file.RefusingDriver", "cow": "cinder_cow.CowDriver"}
BACKENDS = tuple(DRIVERS)


def configure(cloud):
    folder = cloud.path("cinder")
    for name in ("backup", "conversion"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    own = {
        "DEFAULT": {
            "host": "testcloud",
            "my_ip": "127.0.0.1",
            "auth_strategy": "keystone",
            "api_paste_config": os.path.join(ETC, "api-paste.ini"),
            "resource_query_filters_file": os.path.join(ETC, "resource_filters.json"),
            "enabled_backends": BACKENDS,
            "default_volume_type": "file",
            "glance_api_servers": cloud.url("glance"),
            "image_conversion_dir": folder / "conversion",
            "volume_clear": "none",
            "backup_driver": "cinder.backup.drivers.posix.PosixBackupDriver",
            "backup_posix_path": folder / "backup",
            "backup_use_same_host": True,
            "scheduler_driver_init_wait_time": 1,
            # What the backends can do never changes, and the scheduler has heard of it at the start.
            "periodic_interval": 60,
            "report_interval": 60,
            "backend_stats_polling_interval": 60,
            "service_down_time": 300,
            "periodic_fuzzy_delay": 0,
        },
        "coordination": {"backend_url": f"file://{folder / 'coordination'}"},
        "nova": dict(settings.credentials(cloud, "cinder"), interface="public"),
    }
    for backend in BACKENDS:
        own[backend] = {
            "volume_driver": f"osnap_testcloud.drivers.{DRIVERS[backend]}",
            "volume_backend_name": backend,
            "testcloud_volumes": folder / "volumes" / backend,
            "testcloud_instance": cloud.instance.folder,
            "testcloud_cloud": cloud.name,
        }
    settings.write_ini(folder / "cinder.conf", settings.merge(settings.common(cloud, "cinder"), own))


def migrate(cloud):
    _load(cloud)
    from cinder.db import migration

    migration.db_sync()
    with sqlite3.connect(cloud.path("cinder", "cinder.sqlite")) as database:
        # Ten snapshots a project, Cinder's default, would be felt in every test; the project "small" has limits of its
        # own.
        database.execute("UPDATE quota_classes SET hard_limit = -1 WHERE class_name = 'default'")


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    from cinder import monkey_patch

    monkey_patch.patch(backend="threading")
    from cinder import objects

    objects.register_all()

    import osnap_testcloud.drivers.cinder_cow  # noqa: F401


def _load(cloud):
    preload()
    from cinder import version
    from cinder.common import config
    from oslo_config import cfg
    from oslo_log import log

    cfg.CONF(
        [],
        project="cinder",
        version=version.version_string(),
        default_config_files=[str(cloud.path("cinder", "cinder.conf"))],
    )
    log.setup(cfg.CONF, "cinder")
    config.set_middleware_defaults()


def start(cloud):
    _load(cloud)
    _run_as_this_user()
    from cinder import policy, rpc
    from cinder.image import image_utils
    from oslo_config import cfg
    from oslo_service import wsgi

    # Green threads' pool: with native threads it is only in the way.
    image_utils.tpool = types.SimpleNamespace(Proxy=lambda file: file, execute=lambda function, *args: function(*args))
    rpc.init(cfg.CONF)
    policy.init(suppress_deprecation_warnings=True)  # or the first requests, in several threads, do it at the same time
    from cinder import coordination

    coordination.COORDINATOR.start()
    scheduler = _service(binary="cinder-scheduler", host="testcloud")
    backup = _service(binary="cinder-backup", host="testcloud", service_name="backup")
    volumes = [
        _service(binary="cinder-volume", host=f"testcloud@{backend}", service_name=backend, coordination=True)
        for backend in BACKENDS
    ]
    app = wsgi.Loader(cfg.CONF).load_app("osapi_volume")
    for service in (backup, scheduler, *volumes):
        service.start()
    _publish(volumes)
    return app


def _run_as_this_user():
    """Everything that Cinder and os-brick do as root they may do as we do: there are only our own files."""
    import os_brick
    from cinder import utils
    from cinder.privsep import sys_admin_pctxt
    from os_brick.privileged import default
    from oslo_config import cfg

    sys_admin_pctxt.set_client_mode(False)
    default.set_client_mode(False)
    utils.get_root_helper = lambda: "env"
    os_brick.setup(cfg.CONF)


def _service(**options):
    from cinder import service

    class Service(service.Service):
        """Cinder keeps the service's ID in the class, as if there were one service a process."""

        def report_state(self):
            service.Service.service_id = self.origin_service_id
            with _reporting:
                super().report_state()

    return Service.create(**options)


_reporting = threading.Lock()


def _publish(volumes):
    """Tell the scheduler what the backends can do now, not at the first period's end: volumes made before would find no
    backend.
    """
    from cinder import context

    for service in volumes:
        service.manager.publish_service_capabilities(context.get_admin_context())
