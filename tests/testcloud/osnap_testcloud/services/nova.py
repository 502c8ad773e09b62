# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova: the real API, conductor, scheduler and compute in one process, over a hypervisor of files."""

import contextlib
import logging
import os
import sqlite3
import sys
import threading
import time
import traceback
from pathlib import Path

from .. import drivers, settings

ETC = os.path.join(sys.prefix, "etc", "nova")
HOST = "compute-1"  # the same in every cloud and on every machine: databases are copied from a template
CELL0, CELL1 = "00000000-0000-0000-0000-000000000000", "11111111-1111-1111-1111-111111111111"


def configure(cloud):
    """Write ``nova.conf``."""
    folder = cloud.path("nova")
    credentials = settings.credentials(cloud, "nova")
    client = dict(credentials, valid_interfaces="public")
    unlimited = dict.fromkeys(("instances", "cores", "ram", "key_pairs", "server_groups", "server_group_members"), -1)
    own = {
        "DEFAULT": {
            "host": HOST,
            "my_ip": "127.0.0.1",
            "instances_path": folder / "instances",
            "compute_driver": "nova_file.FileDriver",
            # No agent tells that a port is plugged.
            "vif_plugging_is_fatal": False,
            "vif_plugging_timeout": 0,
            "shelved_offload_time": 0,
            "block_device_allocate_retries_interval": 1,
            # A process that is starved on a busy machine is not down; and nothing here needs a periodic task.
            "service_down_time": 10**7,
            "report_interval": 60,
            "periodic_enable": False,
            "max_concurrent_builds": 8,
            "max_concurrent_snapshots": 8,
            "default_thread_pool_size": 16,
            "cell_worker_thread_pool_size": 4,
            "executor_thread_pool_size": 16,
        },
        "api_database": settings.database(cloud, "nova", "nova_api"),
        "placement": client,
        "neutron": client,
        "glance": {"valid_interfaces": "public", "region_name": cloud.region},
        "cinder": dict(credentials, catalog_info="block-storage:cinder:public", os_region_name=cloud.region),
        # Ten boots that failed in a row, as fault injection makes them, would disable the only host.
        "compute": {"consecutive_build_service_disable_threshold": 0},
        "scheduler": {"discover_hosts_in_cells_interval": -1},
        "quota": unlimited,
        "api": {
            "response_validation": "ignore"
        },  # of Nova's own answers, a developer's aid that takes a third of a request
        "vnc": {"enabled": False},
    }
    settings.write_ini(folder / "nova.conf", settings.merge(settings.common(cloud, "nova"), own))


def migrate(cloud):
    """Create the schemas: of the API, of cell1, and of cell0, which is a copy of an empty cell1."""
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    from nova import config
    from nova.db import migration

    config.parse_args(["nova-manage"], default_config_files=[str(cloud.path("nova", "nova.conf"))], init_rpc=False)
    migration.db_sync(database="api")
    migration.db_sync(database="main")
    with contextlib.closing(sqlite3.connect(cloud.path("nova", "nova.sqlite"))) as database:
        database.execute("VACUUM INTO ?", (str(cloud.path("nova", "nova_cell0.sqlite")),))


def preload():
    """Import what takes long, before the process becomes one a cloud."""
    _forget_eventlet()
    from nova import monkey_patch

    monkey_patch.patch(backend="threading")
    import nova.api.openstack.compute.routes
    import nova.api.openstack.wsgi_app
    import nova.compute.manager
    import nova.conductor.manager
    import nova.db.main.api
    import nova.scheduler.manager
    import nova.virt.fake  # noqa: F401


def start(cloud):
    """Start conductor, scheduler and compute as threads; return the API."""
    os.environ["OS_NOVA_CONFIG_DIR"] = str(cloud.path("nova"))
    os.environ["OS_NOVA_CONFIG_FILES"] = f"{ETC}/api-paste.ini;nova.conf"
    _map_cells(cloud)
    _forget_eventlet()
    import nova.virt
    from nova.wsgi.osapi_compute import application

    logging.getLogger("neutronclient").setLevel(logging.ERROR)  # it warns at each request that it is deprecated
    nova.virt.__path__.append(str(Path(drivers.__file__).parent))
    _read_no_allocations()
    _serve("nova-conductor", "conductor")
    _serve("nova-scheduler", "scheduler")
    threading.Thread(target=_serve_compute, args=(cloud,), name="nova-compute", daemon=True).start()
    return application


def _read_no_allocations():
    """At each claim and release Nova asks Placement for the allocations of all servers of the host, one by one, should
    a driver want to move them to other providers, or PCI devices be tracked there. Nothing here looks at them.
    """
    from nova.scheduler.client import report

    report.SchedulerReportClient.get_allocations_for_provider_tree = lambda client, context, nodename: {}


def _forget_eventlet():
    """Nova refuses to start with native threads where eventlet is imported. futurist imports it, but nothing is patched
    with it.
    """
    for name in [name for name in sys.modules if name.partition(".")[0] == "eventlet"]:
        del sys.modules[name]


def _map_cells(cloud):
    """Point the cells at this cloud's databases, which were copied from a template: before Nova looks for its cells."""
    with (
        contextlib.closing(sqlite3.connect(cloud.path("nova", "nova_api.sqlite"), timeout=30)) as connection,
        connection as database,
    ):
        for uuid, name, transport, file in (
            (CELL0, "cell0", "none:///", "nova_cell0"),
            (CELL1, "cell1", "fake://", "nova"),
        ):
            database.execute(
                "INSERT INTO cell_mappings (uuid, name, transport_url, database_connection, disabled) VALUES (?, ?, ?,"
                " ?, false) ON CONFLICT (uuid) DO UPDATE SET database_connection = excluded.database_connection",
                (uuid, name, transport, cloud.database_url("nova", file)),
            )


def _serve(binary, topic, **options):
    from nova import service

    server = service.Service.create(binary=binary, topic=topic, **options)
    server.start()
    return server


def _serve_compute(cloud):
    """Start compute once the services that it reports to answer; requests for it wait in its queue until then."""
    import os_brick
    import os_vif
    from nova import context, exception, objects
    from nova.compute import rpcapi
    from oslo_config import cfg

    try:
        _wait_for_placement(cloud)
        os_brick.setup(cfg.CONF)
        os_vif.initialize()
        _serve("nova-compute", rpcapi.RPC_TOPIC, topic_alt=rpcapi.RPC_TOPIC_ALT)
        admin = context.get_admin_context()
        try:
            objects.HostMapping.get_by_host(admin, HOST)
        except exception.HostMappingNotFound:
            objects.HostMapping(admin, host=HOST, cell_mapping=objects.CellMapping.get_by_uuid(admin, CELL1)).create()
    except BaseException:
        # An API without its compute accepts servers that never become active: rather no API.
        traceback.print_exc()
        os._exit(1)


def _wait_for_placement(cloud, seconds=120):
    from keystoneauth1 import exceptions, session
    from keystoneauth1.identity import v3

    names = ("auth_url", "username", "password", "project_name", "user_domain_id", "project_domain_id")
    credentials = {name: settings.credentials(cloud, "nova")[name] for name in names}
    deadline = time.monotonic() + seconds
    while True:
        try:
            # Anew each time: a failed discovery is remembered by the session.
            session.Session(v3.Password(**credentials)).get(cloud.url("placement", "/resource_providers"))
            return
        except exceptions.ClientException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
