# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small OpenStack client of the standard library only: what verifies our modules must be none of their code.

Its User-Agent tells its requests from those of the modules, so it neither trips the faults a test has injected nor is
counted.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import quote

from .kept_tokens import KeptTokens

USER_AGENT = "osnap-harness"

#: Service type → the name that the microversion header wants.
MICROVERSIONED = {"block-storage": "volume", "compute": "compute", "placement": "placement"}

#: Seconds between two looks at what is waited for: a share of what was waited, so that a boot is looked at ten times
#: and not sixty.
FIRST_PAUSE, LONGER, LONGEST_PAUSE = 0.1, 0.3, 1


class CloudError(Exception):
    """The cloud said something else than was expected."""


@dataclass(frozen=True)
class Answer:
    """One response; ``json`` is null where the body is not JSON."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Cloud:
    """One cloud, in one of its regions, as one user of one project.

    *folder* is where processes share the token of a login; without it each has one of its own.
    """

    _tokens = {}
    _lock = threading.Lock()

    def __init__(self, name, auth, region="RegionOne", folder=None):
        self.name = name
        self.auth = auth
        self.region = region
        self._kept = KeptTokens(folder)

    @classmethod
    def named(cls, name):
        """Return the cloud called *name* in the clouds.yaml of the running target."""
        from . import surroundings

        clouds = surroundings.clouds()
        if name not in clouds:
            raise CloudError(f"there is no cloud {name!r} in clouds.yaml, only {sorted(clouds)}")
        entry = clouds[name]
        return cls(name, entry["auth"], entry.get("region_name", "RegionOne"), surroundings.project_folder())

    @property
    def project_id(self):
        """The ID of the project the cloud is used in."""
        return self._authenticated()["project"]

    def request(self, service, method, path, body=None, microversion="latest", headers=None, expect=None):
        """Send one request and return its Answer.

        *body* is JSON, or bytes as they are. *expect* lists the statuses that are fine; without it, every status below
        400 is.
        """
        wanted = {"Accept": "*/*", **(headers or {})}
        if microversion and service in MICROVERSIONED:
            wanted["OpenStack-API-Version"] = f"{MICROVERSIONED[service]} {microversion}"
        answer = self._send(method, service, path, body, wanted)
        if answer.status == 401 and 401 not in (expect or ()):  # some tests give tokens seconds to live
            self._kept.drop(self._key, self._tokens.pop(self._key, None))
            answer = self._send(method, service, path, body, wanted)
        if (answer.status not in expect) if expect else answer.status >= 400:
            raise CloudError(
                f"{self.name}: {method} {path} answered {answer.status}: {answer.body[:500].decode(errors='replace')}"
            )
        return answer

    def get(self, service, path, **options):
        """Return the JSON of a GET."""
        return self.request(service, "GET", path, **options).json

    def post(self, service, path, body, **options):
        """Return the JSON of a POST."""
        return self.request(service, "POST", path, body, **options).json

    def wait(self, service, path, keys, wanted, unwanted=("error",), timeout=300, microversion="latest", asked=False):
        """Ask until what stands under *keys* is one of *wanted*, and return that answer's JSON. ``gone`` stands for a
        404. *asked*: for it this moment, so that it can't be there yet.
        """
        began = time.monotonic()
        if asked:
            time.sleep(FIRST_PAUSE)
        while True:
            answer = self.request(service, "GET", path, microversion=microversion, expect=[200, 404])
            value = "gone" if answer.status == 404 else dig(answer.json, keys)
            if value in wanted:
                return answer.json
            waited = time.monotonic() - began
            if value in unwanted or waited > timeout:
                raise CloudError(
                    f"{self.name}: {path} is {value!r} instead of {list(wanted)}:"
                    f" {answer.body[:500].decode(errors='replace')}"
                )
            time.sleep(max(FIRST_PAUSE, min(waited * LONGER, LONGEST_PAUSE)))

    def find(self, service, path, collection, name):
        """Return the one resource called *name* of the list at *path*."""
        found = [item for item in self.get(service, f"{path}?name={quote(name)}")[collection] if item["name"] == name]
        if len(found) != 1:
            raise CloudError(f"{self.name}: {len(found)} of {path} are called {name!r}")
        return found[0]

    def _send(self, method, service, path, body, headers):
        access = self._authenticated()
        return _send(method, access["catalog"][service] + path, body, {"X-Auth-Token": access["token"], **headers})

    @property
    def _key(self):
        return json.dumps([self.auth, self.region], sort_keys=True)

    def _authenticated(self):
        key = self._key
        with self._lock:
            if key not in self._tokens:
                access = self._kept.get(key)
                if not access:
                    access = _authenticate(self.name, self.auth, self.region)
                    self._kept.put(key, access)
                self._tokens[key] = access
            return self._tokens[key]


def dig(value, keys):
    """Follow *keys* (names or indexes) into nested JSON; null where the way ends."""
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _authenticate(name, auth, region):
    user = {
        "name": auth["username"],
        "domain": {"name": auth.get("user_domain_name", "Default")},
        "password": auth["password"],
    }
    project = {"name": auth["project_name"], "domain": {"name": auth.get("project_domain_name", "Default")}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}}
    answer = _send("POST", auth["auth_url"].rstrip("/") + "/auth/tokens", body, {})
    if answer.status != 201:
        raise CloudError(
            f"{name}: no token for {auth['username']}: {answer.status} {answer.body[:300].decode(errors='replace')}"
        )
    token = answer.json["token"]
    catalog = {
        service["type"]: endpoint["url"].rstrip("/")
        for service in token["catalog"]
        for endpoint in service["endpoints"]
        if (endpoint["interface"], endpoint["region_id"]) == ("public", region)
    }
    return {"token": answer.headers["x-subject-token"], "project": token["project"]["id"], "catalog": catalog}


def _send(method, url, body, headers):
    headers = {"User-Agent": USER_AGENT, **headers}
    if isinstance(body, bytes):
        headers.setdefault("Content-Type", "application/octet-stream")
    elif body is not None:
        headers.setdefault("Content-Type", "application/json")
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with _OPENER.open(request, timeout=120) as response:
            return Answer(
                response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
            )
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())
    except OSError as error:
        raise CloudError(f"{method} {url}: {error}") from error


#: No proxy of the environment stands between the harness and a cloud on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
