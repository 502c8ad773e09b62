# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge, there
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import (
    REBUILD,
    REBUILD_DONE,
    ServerActions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_boot import creating_request
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_versions import (
    DESCRIPTION,
    NETWORKS_AUTO,
    REIMAGE,
    SERVERS,
    TAGS,
    least_to_boot,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What Nova does to a server while it takes an image of it; the power stays what it is.
TAKING_AN_IMAGE = (
    "image_snapshot_pending",
    "image_snapshot",
    "image_pending_upload",
    "image_uploading",
    "image_backup",
)


class Servers(Service):
    resource = "server"
    noun = "server"
    api = "compute"
    path = "/servers"
    detail = "/servers/detail"
    collection = "servers"
    member = "server"
    microversion = SERVERS
    allows_twins = True
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "task_state": "OS-EXT-STS:task_state",
        "vm_state": "OS-EXT-STS:vm_state",
        "image_id": "image",
        "source_id": None,
        "flavor": "flavor",
        "flavor_name": None,
        "addresses": "addresses",
        "attached_volumes": "os-extended-volumes:volumes_attached",
        "metadata": "metadata",
        "tags": "tags",
        "key_name": "key_name",
        "security_groups": "security_groups",
        "server_groups": "server_groups",
        "availability_zone": "OS-EXT-AZ:availability_zone",
        "has_config_drive": "config_drive",
        "is_locked": "locked",
        "fault": "fault",
        "created_at": "created",
        "updated_at": "updated",
        "project_id": "tenant_id",
        "user_id": "user_id",
    }
    statuses = Statuses(
        ready=frozenset({"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "SHELVED", "SHELVED_OFFLOADED", "RESCUE"}),
        leaving=frozenset({"DELETED", "SOFT_DELETED"}),
        failed=frozenset({"ERROR"}),
    )

    def __init__(self, cloud):
        super().__init__(cloud)
        self._flavors = None
        self._stays_off = set()
        #: IDs of servers that another run is rebuilding: Nova's list of actions is asked about them.
        self.being_rebuilt = set()

    def row(self, raw):
        row = super().row(raw)
        row["image_id"] = (raw.get("image") or {}).get("id")  # "" for a volume-backed server
        # What a volume-backed one came from is known by our mark only; of another, the image is the truth, whatever it
        # was marked with.
        row["source_id"] = row["image_id"] or (row["metadata"] or {}).get(_marks.SOURCE)
        row["flavor_name"] = self._flavor_name(raw.get("flavor") or {})
        row["availability_zone"] = row["availability_zone"] or None  # "" until Nova has found a host
        row["has_config_drive"] = raw.get("config_drive") in (True, "True")
        row["attached_volumes"] = [volume["id"] for volume in raw.get("os-extended-volumes:volumes_attached") or []]
        row["tags"] = None if row["tags"] is None else sorted(row["tags"])
        row["security_groups"] = sorted({group["name"] for group in raw.get("security_groups") or []})
        if row["task_state"] == "deleting":
            row["status"] = "DELETED"  # on its way: Nova shows the old status until it is gone
        return row

    def is_busy(self, row: dict) -> bool:
        """Nova shows a status before it is done: a server that was off is ACTIVE for a moment after its rebuild, with
        ``powering-off`` or with nothing at all, and off again only then.
        """
        if row["task_state"] and row["task_state"] not in TAKING_AN_IMAGE:
            return True
        if row["id"] in self.being_rebuilt and not self._rebuild_goes_on(row):
            self.being_rebuilt.discard(row["id"])
            return True  # the row may be older than the end: once more
        return row["id"] in self.being_rebuilt or (row["id"] in self._stays_off and row["status"] == "ACTIVE")

    def rebuilt_before(self, row: dict) -> dict:
        """A server that another run has rebuilt, perhaps a moment ago: busy until that has ended, or as it is now."""
        if self.is_busy(row):
            self.being_rebuilt.add(row["id"])
        elif row["status"] == "ACTIVE":
            goes_on = self._rebuild_goes_on(row)
            if goes_on:
                self.being_rebuilt.add(row["id"])
            elif goes_on is not None:  # the row may be older than the end
                return there(self, row)
        return row

    def _rebuild_goes_on(self, row):
        try:
            return ServerActions(self.cloud).is_under_way(row["id"], REBUILD, REBUILD_DONE)
        except OsnapError as error:
            if error.status not in UNTOLD:
                raise
            return None

    def _flavor_name(self, flavor):
        """Before 2.47 a server shows only its flavor's ID."""
        if "original_name" in flavor or not flavor.get("id"):
            return flavor.get("original_name")
        if self._flavors is None:
            self._flavors = {row["id"]: row["name"] for row in Flavors(self.cloud).list()}
        return self._flavors.get(flavor["id"])

    @staticmethod
    def matches(row, one):
        if one.get("id"):
            return row["id"] == one["id"]
        return (row["name"] or "").strip() == one["name"] and one.get("source_id") in (None, row["source_id"])

    def find(self, wanted):
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name, source_id}``."""
        by_id = self.known([one["id"] for one in wanted if one.get("id")])
        names = sorted({one["name"] for one in wanted if not one.get("id")})
        rows = [row for found in self.named(names).values() for row in found] if names else []
        return [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]

    def name_filter(self, name):
        # Nova matches with a regular expression of the database's own dialect; "." is the same in all of them.
        return {"name": "^" + re.sub(r"[^\w ]", ".", name.strip()) + "$"}

    def create(self, values):
        """Boot a server; marks go into the creating request, so that a killed run finds it again."""
        body = creating_request(values)
        is_auto = body["server"]["networks"] == "auto"
        try:
            answer = self._boot(body, least_to_boot(values) or (NETWORKS_AUTO if is_auto else SERVERS))
        except OsnapError as error:
            if error.status != 406 or not is_auto or least_to_boot(values):
                raise
            del body["server"]["networks"]
            answer = self._boot(body, SERVERS)  # an older cloud understands the same by silence
        doing = f"create the server '{values['name']}'"
        id = self.client.created(answer, "server", doing=doing, resource=values["name"])["id"]
        return there(self, {"id": id, "name": values["name"]})

    def _boot(self, body, microversion):
        name = body["server"]["name"]
        return self.client.write(
            "POST", "/servers", body=body, doing=f"create the server '{name}'", resource=name, microversion=microversion
        )

    def rebuild(self, row: dict, values: dict) -> dict:
        """Put an image onto a server's root disk; the row as it is then. Nova replaces the metadata as a whole, before
        the work begins: they are merged into those that the server has right before the request.

        :param values: ``image_id``, ``metadata``, and a new ``name`` or None
        """
        row = there(self, row)
        merged = {**(row["metadata"] or {}), **values["metadata"]}
        name = {"name": values["name"]} if values["name"] else {}
        body = {"imageRef": values["image_id"], "metadata": merged, **name}
        if row["status"] == "SHUTOFF":
            self._stays_off.add(row["id"])
        self.act(row, "rebuild", body, doing="rebuild", microversion=REIMAGE if is_volume_backed(row) else SERVERS)
        return there(self, row)

    def update(self, row, values):
        """Merge metadata, set the name, the description and the tags."""
        if "metadata" in values:
            self.set_metadata(row, asked(values["metadata"]))
        if "tags" in values:
            self._put(row, "/tags", {"tags": values["tags"]}, "set the tags of", TAGS)
        named = {key: values[key] for key in ("name", "description") if key in values}
        if named:
            doing, version = ("change", DESCRIPTION) if "description" in named else ("rename", None)
            self._put(row, "", {"server": named}, doing, version)
        return there(self, row)

    def _put(self, row, path, body, doing, microversion):
        self.client.write(
            "PUT",
            f"/servers/{row['id']}{path}",
            body=body,
            doing=f"{doing} the server {self.label(row)}",
            resource=row["id"],
            microversion=microversion,
        )

    def room(self) -> dict[str, int | None]:
        """``{instances, cores, ram}`` that the project's quota leaves, in Nova's units, and how many ``metadata_items``
        one server may have; None for no limit. One request.
        """
        limits = self.client.get("/limits", doing="read the quota").object("limits").object("absolute")
        figures = {
            "instances": ("maxTotalInstances", "totalInstancesUsed"),
            "cores": ("maxTotalCores", "totalCoresUsed"),
            "ram": ("maxTotalRAMSize", "totalRAMUsed"),
            "metadata_items": ("maxServerMeta", None),
        }
        return {
            what: None if limits.get(most, -1) < 0 else limits[most] - limits.get(used, 0)
            for what, (most, used) in figures.items()
        }

    def reason(self, row):
        return ((row["fault"] or {}).get("message") or "").rstrip(".") or None

    def delete(self, row):
        self.remove(row)

    def act(self, row: dict, action: str, body=None, *, doing: str, microversion: Microversions | None = None):
        """``POST /servers/{id}/action``; the response."""
        return self.client.write(
            "POST",
            f"/servers/{row['id']}/action",
            body={action: body},
            doing=f"{doing} the server {self.label(row)}",
            resource=row["id"],
            microversion=microversion,
        )

    def set_metadata(self, row: dict, metadata: dict) -> dict:
        """Merge keys into a server's metadata. The row as it is then."""
        return merge(self, row, metadata)

    def unset_metadata(self, row: dict, key: str) -> None:
        self.client.write(
            "DELETE",
            f"/servers/{row['id']}/metadata/{key}",
            doing=f"remove the mark of the server {self.label(row)}",
            resource=row["id"],
            ok=(404,),
        )


def is_volume_backed(row: Mapping[str, Any]) -> bool:
    """Whether a server's root disk is a Cinder volume: then the server has no image of its own."""
    return row["image_id"] is None
