# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The APIs of Cinder, Glance, Nova and Neutron as far as the services use them, over dictionaries: what was written can
be read again.
"""

from __future__ import annotations

import ast
import copy
import json
import re
import uuid

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.answers import document
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, Unanswered


class Answer:
    """An HTTP answer."""

    def __init__(self, document=None, status_code=200, headers=None):
        self.status_code, self.headers = status_code, headers or {}
        self.text = "" if document is None else document if isinstance(document, str) else json.dumps(document)
        self.content = self.text.encode()
        self.reason = {404: "Not Found", 503: "Service Unavailable"}.get(status_code, "")

    def json(self):
        return json.loads(self.text)


class Api:
    """One service. ``tables`` maps a collection's path to its objects by ID, as the API shows them; ``sent`` has every
    write, ``extras`` what else was passed with it.

    ``on`` maps (method, path pattern) to a function of (match, body) that returns an :class:`Answer`: what a test adds
    to plain tables.
    """

    endpoint, entry = "http://cloud/", None
    versions = (None, None)
    #: The newest microversion of an old cloud, such as "3.14".
    maximum = None

    def __init__(self, members=True):
        self.tables, self.sent, self.extras, self.reads, self.on, self.members = {}, [], [], [], {}, members
        self.required = []

    def put(self, path, **values):
        """An object that is there."""
        values.setdefault("id", str(uuid.uuid4()))
        self.tables.setdefault(path, {})[values["id"]] = values
        return values

    # -- the interface of a client

    def microversions(self):
        return self.versions

    def require(self, wanted, *, doing):
        self.required.append(wanted)
        if self.maximum and _number(self.maximum) < _number(wanted.least):
            raise OsnapError(
                f"Could not {doing}: {wanted.gives} needs {wanted.least}, and the cloud offers {self.maximum} at the"
                " most.",
                status=406,
            )

    def offers(self, wanted):
        self.required.append(wanted)
        return not self.maximum or _number(self.maximum) >= _number(wanted.least)

    def get(self, path, *, doing, resource=None, params=None, microversion=None, missing_ok=False, **extra):
        self.reads.append((path, params))
        if found := self._handled("GET", path, params):
            return document(found, cloud="test", service="a service", doing=doing, resource=resource)
        collection, id = path.rsplit("/", 1)
        row = self.tables.get(collection, {}).get(id)
        if row is None:
            if missing_ok:
                return None
            raise OsnapError(f"Could not {doing}: 404.", status=404)
        return copy.deepcopy({_singular(collection): row} if self.members else row)

    def created(self, response, key=None, *, doing, resource=None):
        return document(
            response, key, cloud="test", service="a service", doing=doing, resource=resource, kind=Unanswered
        )

    def pages(self, path, key, *, doing, params=None, microversion=None, limit=1000, first_page_only=False, most=None):
        self.reads.append((path, params))
        rows = list(
            self.tables.get(path.removesuffix("/detail"), {}).values()
        )  # at one stroke: other threads may be writing
        params = {
            **({"os_hidden": "false"} if path == "/images" else {}),
            **(params or {}),
        }  # Glance shows hidden images only to who asks for them
        return copy.deepcopy(
            [row for row in rows if all(_matches(row, name, value) for name, value in params.items())][:most]
        )

    def write(self, method, path, **given):
        """As the client's, which counts what was not refused."""
        try:
            answer = self._write(method, path, **given)
        except OsnapError as error:
            written.add(0 if written.is_refusal(error) else 1)
            raise
        written.add(0 if written.says_no(answer.status_code) else 1)
        return answer

    def _write(self, method, path, *, doing, resource=None, body=None, microversion=None, ok=(), **extra):
        if microversion and self.maximum:
            self.require(microversion, doing=doing)
        self.sent.append((method, path, copy.deepcopy(body)))
        self.extras.append(extra)
        if found := self._handled(method, path, body):
            return found
        collection, id = path.rsplit("/", 1)
        if method == "PATCH" and path.startswith("/images/"):
            return Answer(_patched(self.tables[collection][id], body))
        if method == "DELETE" and collection in self.tables:
            return Answer(status_code=202) if self.tables[collection].pop(id, None) else Answer(status_code=404)
        raise AssertionError(f"nothing here answers {method} {path}")

    def _handled(self, method, path, body):
        for (known, pattern), answer in self.on.items():
            if known == method and (match := re.fullmatch(pattern, path)):
                return answer(match, body)
        return None


def _patched(image, operations):
    """Glance's JSON patch: "add" sets, "replace" wants something that is there; a slash in a name is written ~1."""
    for operation in operations:
        key = operation["path"][1:]
        assert "/" not in key
        key = key.replace("~1", "/").replace("~0", "~")
        assert operation["op"] == "add" or (operation["op"] in ("replace", "remove") and key in image), (
            f"Glance refuses {operation}"
        )
        if operation["op"] == "remove":
            del image[key]
            continue
        image[key] = sorted(set(operation["value"])) if key == "tags" else operation["value"]
    return copy.deepcopy(image)


def _number(version):
    return tuple(map(int, version.split(".")))


def _singular(collection):
    return collection.rsplit("/", 1)[-1].removesuffix("s")


def _matches(row, name, value):
    if name == "os_hidden":
        return row.get("os_hidden", False) == (value == "true")
    if name in ("all_tenants", "sort", "is_public", "list_volume"):  # what else is shown, or in which order, not which
        return True
    if name == "image":  # Nova shows more than the ID that it filters by
        return bool(row["image"]) and row["image"]["id"] == value
    if name == "metadata":  # Cinder takes a dictionary in Python's words
        return ast.literal_eval(value).items() <= (row["metadata"] or {}).items()
    if name == "name" and str(value).startswith("^"):  # Nova's is a regular expression
        return re.search(value, row["name"]) is not None
    return str(row.get(name)) == str(value).removeprefix("eq:")  # Glance's operator


class FakeCloud:
    """A cloud of four services."""

    name, project_id, is_admin, roles = "test", "project-of-mine", True, ["member"]

    def __init__(self):
        self.services = {"block-storage": Api(), "compute": Api(), "image": Api(members=False), "network": Api()}
        self.services["load-balancer"] = Api()
        self.services["load-balancer"].endpoint = None  # most clouds have none

    def client(self, service):
        return self.services[service]

    def lists(self, entry):
        """Whether the catalog has an entry of another login's: two of these are of one cloud by having one."""
        return any(api.entry == entry for api in self.services.values())

    @property
    def cinder(self):
        return self.services["block-storage"]

    @property
    def nova(self):
        return self.services["compute"]

    @property
    def glance(self):
        return self.services["image"]

    @property
    def neutron(self):
        return self.services["network"]

    @property
    def written(self):
        return [request for api in self.services.values() for request in api.sent]

    # -- objects that are there

    def volume(self, **values):
        return self.cinder.put(
            "/volumes",
            **{"name": "disk", "status": "available", "size": 1, "created_at": "2026-11-24T09:00:00.000000", **values},
        )

    def snapshot(self, **values):
        return self.cinder.put(
            "/snapshots",
            **{
                "name": "snap",
                "status": "available",
                "size": 1,
                "metadata": {},
                "created_at": "2026-11-24T09:00:00.000000",
                **values,
            },
        )

    def backup(self, **values):
        return self.cinder.put(
            "/backups",
            **{
                "name": "backup",
                "status": "available",
                "size": 1,
                "metadata": {},
                "created_at": "2026-11-24T09:00:00.000000",
                "is_incremental": False,
                "has_dependent_backups": False,
                **values,
            },
        )

    def image(self, **values):
        return self.glance.put(
            "/images",
            **{
                "name": "image",
                "status": "active",
                "size": 8,
                "tags": [],
                "visibility": "private",
                "protected": False,
                "owner": self.project_id,
                "created_at": "2026-11-24T09:00:00Z",
                **values,
            },
        )

    def server(self, volumes=(), image="an-image", **values):
        return self.nova.put(
            "/servers",
            **{
                "name": "web",
                "status": "ACTIVE",
                "OS-EXT-STS:task_state": None,
                "image": {"id": image} if image else "",
                "metadata": {},
                "flavor": {"original_name": "small"},
                "created": "2026-11-24T09:00:00Z",
                "os-extended-volumes:volumes_attached": [{"id": id} for id in volumes],
                **values,
            },
        )
