# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's groups and their snapshots, of both kinds and of any age, over the dictionaries of :mod:`cloud`."""

from __future__ import annotations

import itertools

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer, FakeCloud

RESERVED = "Could not read it: 400: Group_type t is reserved for migrating CGs to groups."


class GroupsCloud(FakeCloud):
    """``maximum`` is the newest microversion that this cloud offers; what needs a newer one is refused as the client
    refuses it.
    """

    is_admin = False

    def __init__(self, maximum="3.71"):
        super().__init__()
        self.maximum, self.numbers = maximum, itertools.count(1)
        self.cinder.put("/types", id="file", name="file", is_public=True)
        self.cinder.put("/types", id="ssd", name="fast", is_public=True)
        self.cinder.put("/group_types", id="consistent", name="consistent")
        self.cinder.put("/group_types", id="plain", name="plain")
        for path in ("/groups", "/group_snapshots", "/consistencygroups", "/cgsnapshots", "/volumes", "/snapshots"):
            self.cinder.tables.setdefault(path, {})
        self.quota = {"limit": -1, "in_use": 0, "reserved": 0}
        on = self.cinder.on
        self.quotas = {"groups": self.quota}
        on["GET", "/os-quota-sets/.*"] = lambda match, params: Answer({"quota_set": self.quotas})
        on["GET", "/os-availability-zone"] = lambda match, params: Answer(
            {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}}]}
        )
        on["GET", "/groups"] = lambda match, params: Answer({"groups": []})
        on["GET", "/messages"] = lambda match, params: Answer({"messages": []})
        on["POST", "/groups"] = lambda match, body: Answer({"group": self.group(**body["group"])}, 202)
        on["POST", "/groups/action"] = lambda match, body: Answer({"group": self.group(**body["create-from-src"])}, 202)
        on["POST", "/consistencygroups"] = lambda match, body: self._made_legacy(body["consistencygroup"])
        on["POST", "/groups/([^/]+)/action"] = self._act
        on["POST", "/consistencygroups/([^/]+)/delete"] = lambda match, body: self._gone("/consistencygroups", match[1])
        on["PUT", "/groups/([^/]+)"] = lambda match, body: self._changed(
            self.cinder.tables["/groups"][match[1]], body["group"]
        )
        on["PUT", "/consistencygroups/([^/]+)/update"] = lambda match, body: self._changed(
            self.cinder.tables["/consistencygroups"][match[1]], body["consistencygroup"]
        )
        on["POST", "/group_snapshots"] = lambda match, body: Answer(
            {"group_snapshot": self.group_snapshot(**body["group_snapshot"])}, 202
        )
        on["POST", "/group_snapshots/([^/]+)/action"] = lambda match, body: self._reset(
            "/group_snapshots", match[1], body
        )
        self._aged(self.cinder)

    def _aged(self, api):
        """Refuse what is too new for this cloud, and the generic API's look at legacy groups."""
        for name in ("get", "pages", "write"):
            setattr(api, name, self._guarded(getattr(api, name)))

    def _guarded(self, call):
        def guarded(*args, microversion=None, **more):
            path = args[1] if call.__name__ == "write" else args[0]
            if microversion and _number(microversion.least) > _number(self.maximum):
                raise OsnapError(f"Could not do it: {microversion.gives} needs {microversion.least}.", status=406)
            id = path.split("/")[2] if path.count("/") > 1 else None
            legacy = {**self.cinder.tables["/consistencygroups"], **self.cinder.tables["/cgsnapshots"]}
            if path.startswith(("/groups/", "/group_snapshots/")) and id in legacy:
                raise OsnapError(RESERVED, status=400)
            return call(*args, microversion=microversion, **more)

        return guarded

    # -- objects that are there

    def group(self, volumes=(), **values):
        number = next(self.numbers)
        row = self.cinder.put(
            "/groups",
            **{
                "id": f"g{number}",
                "name": "db",
                "description": None,
                "status": "available",
                "availability_zone": "nova",
                "group_type": "consistent",
                "volume_types": ["file"],
                "group_snapshot_id": None,
                "source_group_id": None,
                "created_at": f"2026-11-24T09:00:{number:02}",
                **values,
            },
        )
        self._members(row, volumes)
        return row

    def legacy_group(self, volumes=(), **values):
        number = next(self.numbers)
        row = self.cinder.put(
            "/consistencygroups",
            **{
                "id": f"c{number}",
                "name": "old",
                "description": None,
                "status": "available",
                "availability_zone": "nova",
                "volume_types": ["file"],
                "created_at": f"2026-11-24T09:00:{number:02}",
                **values,
            },
        )
        self._members(row, volumes)
        return row

    def member(self, id, **values):
        return self.volume(
            **{
                "id": id,
                "name": id,
                "volume_type": "file",
                "availability_zone": "nova",
                "group_id": None,
                "attachments": [],
                **values,
            }
        )

    def group_snapshot(self, **values):
        number = next(self.numbers)
        row = self.cinder.put(
            "/group_snapshots",
            **{
                "id": f"s{number}",
                "name": "nightly",
                "description": None,
                "status": "available",
                "group_id": "g1",
                "group_type_id": "consistent",
                "created_at": f"2026-11-24T09:00:{number:02}",
                **values,
            },
        )
        for volume in self.cinder.tables["/volumes"].values():
            if volume.get("group_id") == row["group_id"]:
                self.snapshot(name=row["name"], volume_id=volume["id"], group_snapshot_id=row["id"])
        return row

    # -- what the API does

    def _members(self, row, volumes):
        for id in volumes:
            if id not in self.cinder.tables["/volumes"]:
                self.member(id)
            self.cinder.tables["/volumes"][id]["group_id"] = row["id"]
        if "group_type" in row and _number(self.maximum) >= (3, 25):
            row["volumes"] = [
                volume["id"]
                for volume in self.cinder.tables["/volumes"].values()
                if volume.get("group_id") == row["id"]
            ]

    def _made_legacy(self, body):
        return Answer(
            {"consistencygroup": self.legacy_group(**{**body, "volume_types": body["volume_types"].split(",")})}, 202
        )

    def _changed(self, row, body):
        row.update({key: body[key] for key in ("name", "description") if key in body})
        for key, group in (("add_volumes", row["id"]), ("remove_volumes", None)):
            text = body.get(key, "")
            assert len(text) <= 255, "Cinder's schema takes no more"
            for id in filter(None, text.split(",")):
                self.cinder.tables["/volumes"][id]["group_id"] = group
        self._members(row, ())
        return Answer(status_code=202)

    def _act(self, match, body):
        if "delete" in body:
            return self._gone("/groups", match[1])
        return self._reset("/groups", match[1], body)

    def _reset(self, table, id, body):
        self.cinder.tables[table][id]["status"] = body["reset_status"]["status"]
        return Answer(status_code=202)

    def _gone(self, table, id):
        return Answer(status_code=202 if self.cinder.tables[table].pop(id, None) else 404)


def _number(version):
    return tuple(int(part) for part in version.split("."))
