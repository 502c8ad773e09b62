# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m osnap_testcloud.serve <instance> <project> <cloud>...``: one project, one process a cloud with all
services of the project in it.
"""

import gc
import importlib
import os
import signal
import sys
import threading
from pathlib import Path

from cheroot import wsgi
from oslo_service import backend

# Native threads instead of green ones, before any import asks for the default.
backend.init_backend(backend.BackendType.THREADING)

from . import caches, caller, pages, policy, ports, processes, schemas, sqlite, transport
from .injector import Injector
from .recorder import Recorder


class Gateway(wsgi.Gateway_10):
    """Lets the fault injector reach the request and its connection."""

    def get_environ(self):
        return dict(super().get_environ(), **{"testcloud.request": self.req})


class Server(wsgi.Server):
    def __init__(self, port, app):
        super().__init__(("127.0.0.1", port), app, numthreads=16, request_queue_size=128, timeout=120)
        self.gateway = Gateway
        # A connection whose chunked body a service has read only half would poison the next request on it.
        self.keep_alive_conn_limit = 0

    def error_log(self, msg="", level=20, traceback=False):
        print(msg, file=sys.stderr, flush=True)
        if traceback:
            import traceback as tracebacks

            tracebacks.print_exc()


def rarely_look_for_cycles():
    """What has been made so far stays for ever: routes, schemas, mappers. Looking through it again and again for
    garbage takes a good part of a request, as does looking at every 700 new objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def serve(cloud, project):
    """Be one project of one cloud, until killed."""
    processes.rename(cloud, project)
    # The databases are written without waiting for the disk, and what is acknowledged has left this process: dying is
    # enough.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    sys.argv = [project]  # oslo.config reads the command line
    app = importlib.import_module(f"osnap_testcloud.services.{project}").start(cloud)
    for number in (signal.SIGTERM, signal.SIGINT):  # some services have put theirs instead
        signal.signal(number, lambda *_: os._exit(0))
    rarely_look_for_cycles()
    pages.use_large()
    Server(cloud.ports[project], Recorder(Injector(app, cloud, project), cloud, project)).start()


def main(folder, project, *cloud_names):
    """Import what all clouds need, which is most of a start, and then become one process a cloud."""
    instance = ports.load(Path(folder))
    sqlite.install()
    policy.install()
    schemas.install()
    caches.install()
    transport.install()
    caller.announce(project)
    service = importlib.import_module(f"osnap_testcloud.services.{project}")
    getattr(service, "preload", lambda: None)()
    assert threading.active_count() == 1, "a thread does not survive the fork"
    gc.freeze()
    for name in cloud_names:
        cloud = instance.cloud(name)
        if os.fork() == 0:
            os.setsid()
            processes.redirect_output(cloud, project)
            serve(cloud, project)


if __name__ == "__main__":
    main(*sys.argv[1:])
