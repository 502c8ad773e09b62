# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy before the services of a test cloud: it gives them the catalog and the paths of another cloud.

A URL begins with ``/<side>/<shape>``: who asks, and which shape of a catalog it sees. All else is the real services'.
"""

import http.client
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Where Keystone is, where a shape says nothing else.
IDENTITY = "/identity"


class Proxy:
    """``services`` are the real ones, ``{type: scheme://host:port}``; ``shapes`` as in the table."""

    def __init__(self, services, shapes):
        self.services, self.shapes = services, shapes
        #: (side, shape) -> the version documents that were asked for
        self.documents = Counter()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
                status, headers, body = proxy.forward(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

            def log_message(self, *dummy):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *dummy):
        self.server.shutdown()
        self.server.server_close()

    def forward(self, method, path, headers, body):
        """Return status, headers and body of the service to which a path leads in its shape."""
        dummy, side, name, *rest = path.split("/")
        shape, path = self.shapes[name], "/" + "/".join(rest)
        identity = shape.get("identity", IDENTITY)
        routes = {**shape["routes"], identity: "identity"}
        prefix = max((prefix for prefix in routes if path.startswith(prefix)), key=len, default=None)
        if method == "GET" and not headers.get("X-Auth-Token"):
            self.documents[side, name] += prefix != identity
            if shape.get("hidden") and prefix != identity:
                return 403, [("Content-Type", "text/html")], b"<html><body>Nothing to see here.</body></html>"
        if prefix is None:
            return 404, [("Content-Type", "text/html")], b"<html><body>The proxy knows no such path.</body></html>"
        real, outside = self.services[routes[prefix]], f"{self.url}/{side}/{name}"
        answer = ask(real, method, path[len(prefix) :] or "/", headers, body)
        mended = (lambda text: text) if shape.get("inner") else (lambda text: text.replace(real, outside + prefix))
        kept = [(key, mended(value)) for key, value in answer.getheaders() if key.lower() in KEPT]
        found = mended(answer.read().decode()).encode()  # as a proxy that mends the links of those behind it
        if "catalog" in shape and path.startswith(identity) and path.endswith("/auth/tokens") and answer.status < 300:
            found = with_catalog(found, {"identity": identity, **shape["catalog"]}, outside)
        return answer.status, kept, found


KEPT = ("content-type", "x-subject-token", "x-openstack-request-id", "x-compute-request-id", "vary", "location")


def ask(real, method, path, headers, body):
    where = urlsplit(real)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
    sent = {
        key: value for key, value in headers.items() if key.lower() not in ("host", "connection", "accept-encoding")
    }
    connection.request(method, path, body, sent)
    return connection.getresponse()


def with_catalog(body, catalog, outside):
    """The body of a token with another catalog: ``{type: path}``, or ``{type: {region/interface: path}}``."""
    document = json.loads(body)
    project = document["token"].get("project", {}).get("id", "")
    document["token"]["catalog"] = [
        {
            "type": service,
            "name": service,
            "id": service,
            "endpoints": [
                {
                    "id": f"{service}-{where}",
                    "region": where.split("/", maxsplit=1)[0],
                    "region_id": where.split("/", maxsplit=1)[0],
                    "interface": where.split("/")[1],
                    "url": outside + path.replace("$project_id", project),
                }
                for where, path in ({"RegionOne/public": paths} if isinstance(paths, str) else paths).items()
            ],
        }
        for service, paths in catalog.items()
    ]
    return json.dumps(document).encode()
