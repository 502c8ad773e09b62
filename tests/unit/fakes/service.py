# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service over HTTP: an adapter that answers from a function, and a server that breaks connections."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import MAX_THREADS, Client
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import Pace
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer

SNAPSHOTS = Microversions("3.65", "3.10", "a volume snapshot")


class Adapter:
    """keystoneauth's adapter of one service, and its endpoint: answers from a function, and remembers what was
    asked.
    """

    def __init__(
        self,
        answer=lambda method, url, **kwargs: Answer({}),
        maximum="3.71",
    ):
        self.answer, self.maximum, self.requests, self.discoveries = answer, maximum, [], 0

    def request(self, url, method, **kwargs):
        self.requests.append(SimpleNamespace(url=url, method=method, **kwargs))
        return self.answer(method, url, **kwargs)

    def url(self):
        return ""

    def microversions(self):
        self.discoveries += 1
        return "3.0", self.maximum


def client(adapter, service="block-storage", endpoint=None):
    cloud = SimpleNamespace(name="'mine'", api_timeout=None, check=lambda: None)
    return Client(cloud, service, adapter, endpoint or adapter)


def old_cloud(maximum):
    """Answers 406 to what is newer than its maximum, as the services do."""

    def answer(method, url, microversion, **kwargs):
        newer = microversion and [int(part) for part in microversion.split(".")] > list(maximum)
        return (
            Answer({"computeFault": {"message": "Version is not supported by the API."}}, 406)
            if newer
            else Answer({"version": microversion})
        )

    return Adapter(answer, maximum="%d.%d" % maximum)


def paged(rows, size, link):
    """A list in pages as the services give them; ``link`` builds what points to the next one."""

    def answer(method, url, params, **kwargs):
        start = next((index + 1 for index, row in enumerate(rows) if row["id"] == params.get("marker")), 0)
        page = rows[start : start + size]
        return Answer({"snapshots": page, **(link(page[-1]["id"]) if start + size < len(rows) else {})})

    return Adapter(answer)


def cinders(marker):
    return {"snapshots_links": [{"rel": "next", "href": f"http://inner-host/v3/snapshots?marker={marker}"}]}


def glances(marker):
    return {"next": f"/v2/images?marker={marker}"}


class Gone(Exception):
    pass


def dying(cloud, after):
    """The job of this cloud is gone once it has been asked for so often."""
    checks = iter(range(10**6))

    def check():
        if next(checks) >= after:
            raise Gone

    cloud.check = check


NO_LISTS = [
    Answer({"message": "down for maintenance"}),
    Answer({}),
    Answer([]),
    Answer("null"),
    Answer(""),
    Answer("<html>"),
    Answer({"snapshots": None}),
    Answer({"snapshots": {}}),
    Answer({"snapshots": ["x"]}),
    Answer({"versions": []}, 300),
    Answer("", 302),
]


class Server:
    """A service that answers with the given statuses in turn, then 200; a status of 0 breaks the connection."""

    def __init__(self):
        self.statuses, self.requests = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                outer.requests.append(self.command)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = outer.statuses.pop(0) if outer.statuses else 200
                if not status:
                    self.close_connection = True
                    return
                body = json.dumps({"done": True}).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self):
        self.thread.start()
        session = keystoneauth1.session.Session(auth=keystoneauth1.noauth.NoAuth())
        # Only the pauses are shorter than in real life.
        adapter = keystoneauth1.adapter.Adapter(
            session=session, service_type="block-storage", connect_retry_delay=0.01, status_code_retry_delay=0.01
        )
        self.client = client(
            adapter, endpoint=SimpleNamespace(url=lambda: f"http://127.0.0.1:{self.http.server_port}/v3")
        )
        self.client.pace = Pace(MAX_THREADS, first_pause=0.01)
        return self

    def __exit__(self, *failure):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()
