# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of a test cloud's APIs for the test cloud's own work: standard library only, quick to start."""

import http.client
import json

from .caller_header import HEADER
from .layout import CATALOG, PASSWORD

#: Service type -> what its API version header says; all calls are made with the newest.
MICROVERSIONS = {"block-storage": "volume", "compute": "compute", "placement": "placement"}


class ApiError(Exception):
    def __init__(self, method, path, status, body):
        super().__init__(f"{method} {path}: {status} {body[:500].decode(errors='replace')}")
        self.status = status


class Api:
    """One user's session in one project (the administrator's, unless told otherwise)."""

    def __init__(self, cloud, project="admin", user="admin"):
        self.cloud = cloud
        domain = {"id": "default"}
        identity = {
            "methods": ["password"],
            "password": {"user": {"name": user, "domain": domain, "password": PASSWORD}},
        }
        scope = {"project": {"name": project, "domain": domain}}
        self._token = None
        dummy, headers, token = self._send(
            "identity", "POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}}
        )
        self._token = headers["X-Subject-Token"]
        self.project_id = token["token"]["project"]["id"]
        self.user_id = token["token"]["user"]["id"]

    def call(self, service, method, path, body=None, accept=()):
        """The JSON of an answer (None when there is none); statuses from 400 on raise an ApiError unless accepted,
        which gives None.
        """
        status, _headers, answer = self._send(service, method, path, body, accept)
        return None if status in accept else answer

    def get(self, service, path, accept=()):
        return self.call(service, "GET", path, accept=accept)

    def post(self, service, path, body, accept=()):
        return self.call(service, "POST", path, body, accept)

    def put(self, service, path, body=None, accept=()):
        return self.call(service, "PUT", path, body, accept)

    def delete(self, service, path, accept=()):
        return self.call(service, "DELETE", path, accept=accept)

    def _send(self, service, method, path, body=None, accept=()):
        project, prefix = CATALOG[service]
        headers = {HEADER: "testcloud", "Accept": "application/json"}
        if self._token:
            headers["X-Auth-Token"] = self._token
        if service in MICROVERSIONS:
            headers["OpenStack-API-Version"] = f"{MICROVERSIONS[service]} latest"
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/octet-stream" if content is body else "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.ports[project], timeout=60)
        try:
            connection.request(method, prefix + path, content, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 400 and response.status not in accept:
            raise ApiError(method, prefix + path, response.status, answer)
        is_json = "json" in (response.headers.get("Content-Type") or "")
        return response.status, response.headers, json.loads(answer) if answer and is_json else None
