# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder's groups of volumes: generic ones, and the legacy consistency groups where the cloud or the group needs them.

A legacy group is one that ``/groups`` refuses to show: on a cloud before microversion 3.14 every one, later those made
by ``/consistencygroups``.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: 3.14 has snapshots of groups. 3.25 tells the members; before it the filter that asks for them would empty the list.
GROUPS = Microversions("3.24", "3.14", "a volume group")
GROUPS_WITH_MEMBERS = Microversions("3.58", "3.25", "the members of a volume group")
WRITES = Microversions("3.58", "3.14", "a volume group")
RESET = Microversions("3.58", "3.20", "resetting the status of a volume group")
#: The lists of volumes in a request are text of 255 characters at the most: six UUIDs and the commas between.
SIX = 6


class GroupableVolumes(Volumes):
    """Volumes that tell which group they are in; the version is the last that has no opinion about filters."""

    microversion = Microversions("3.13", "3.0", "a volume")
    #: The host is shown to administrators.
    attributes = {
        **Volumes.attributes,
        "group_id": "group_id",
        "consistencygroup_id": "consistencygroup_id",
        "host": "os-vol-host-attr:host",
    }

    def row(self, raw):
        row = super().row(raw)
        row["group_id"] = row.pop("consistencygroup_id") or row["group_id"]
        return row


class VolumeGroups(BlockStorage):
    resource = "volume_group"
    noun = "volume group"
    path = "/groups"
    detail = "/groups/detail"
    collection = "groups"
    member = "group"
    allows_twins = True
    attributes = {
        "id": "id",
        "name": "name",
        "description": "description",
        "status": "status",
        "availability_zone": "availability_zone",
        "group_type": "group_type",
        "volume_types": "volume_types",
        "volumes": "volumes",
        "group_snapshot_id": "group_snapshot_id",
        "source_group_id": "source_group_id",
        "replication_status": "replication_status",
        "is_legacy": None,
        "project_id": "project_id",
        "created_at": "created_at",
    }
    statuses = Statuses(
        ready=frozenset({"available", "in-use"}),
        leaving=frozenset({"deleting"}),
        failed=frozenset({"error", "error_deleting"}),
        refused=frozenset({"available"}),
    )

    def __init__(self, cloud):
        super().__init__(cloud)
        self._legacy = set()  # the IDs of groups that were seen to be legacy ones

    def row(self, raw, is_legacy=False):
        row = {**super().row(raw), "is_legacy": is_legacy}
        if is_legacy:
            self._legacy.add(row["id"])
        return row

    # -- reading

    def get(self, id):
        if id not in self._legacy:
            raw = self._generic(f"/groups/{segment(id)}", id)
            if raw:
                return self._complete([self.row(raw["group"])])[0]
        raw = self.client.get(
            f"/consistencygroups/{segment(id)}", doing=f"read the consistency group {id}", resource=id, missing_ok=True
        )
        return self._complete([self.row(raw["consistencygroup"], is_legacy=True)])[0] if raw else None

    def _generic(self, path, id):
        """What the generic API says of a group; None where it knows none of that ID or is not there."""
        for version, params in ((GROUPS_WITH_MEMBERS, {"list_volume": True}), (GROUPS, {})):
            try:
                return self.client.get(
                    path,
                    doing=f"read the {self.noun} {id}",
                    resource=id,
                    params=params,
                    microversion=version,
                    missing_ok=True,
                )
            except OsnapError as error:
                if not is_of_legacy(error):
                    raise
                if error.status == 400:
                    return None
        return None

    def list(self, first_page_only=False, **filters):
        """All groups, of both kinds. Filters are few and differ between versions: nothing but the projects is asked of
        the service.
        """
        generic = self._generic_rows(filters)
        rows = {row["id"]: row for row in generic or ()}
        for raw in self._legacy_raw(filters, alone=generic is None):
            if raw["id"] not in rows:  # the legacy list has the generic ones, too
                newer = (
                    None
                    if generic is None or raw["id"] in self._legacy
                    else self._generic(f"/groups/{raw['id']}", raw["id"])
                )
                rows[raw["id"]] = self.row(newer["group"]) if newer else self.row(raw, is_legacy=True)
        return self._complete(list(rows.values()), **filters)

    def _generic_rows(self, filters):
        """None where the cloud has no generic groups."""
        for version, params in ((GROUPS_WITH_MEMBERS, {"list_volume": True}), (GROUPS, {})):
            try:
                return [
                    self.row(raw)
                    for raw in self.client.pages(
                        self.detail,
                        self.collection,
                        doing=f"list {self.noun}s",
                        params={**params, **filters},
                        microversion=version,
                    )
                ]
            except OsnapError as error:
                if error.status != 406:
                    raise
        return None

    def _legacy_raw(self, filters, alone):
        try:
            return self.client.pages(
                "/consistencygroups/detail", "consistencygroups", doing="list consistency groups", params=filters
            )
        except OsnapError as error:
            if alone:
                raise explained(error) from error
            if error.status not in (403, 404):  # off by policy, or no more of this world
                raise
            return []

    def _complete(self, rows, **filters):
        """Rows with their members, which neither old clouds nor the legacy API tell."""
        without = [row for row in rows if row["volumes"] is None]
        if without:
            volumes = GroupableVolumes(self.cloud).list(**filters)
            for row in without:
                row["volumes"] = [volume["id"] for volume in volumes if volume["group_id"] == row["id"]]
        for row in rows:
            row["volumes"], row["volume_types"] = sorted(row["volumes"]), sorted(row["volume_types"] or [])
        return rows

    @staticmethod
    def matches(row, one):
        if one.get("id"):
            return row["id"] == one["id"]
        return (row["name"] or "").strip() == (one["name"] or "").strip()

    def find(self, wanted):
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name}``."""
        by_id = self.poll(sorted({one["id"] for one in wanted if one.get("id")}))
        rows = self.list() if any(not one.get("id") for one in wanted) else []
        return [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]

    def name_filter(self, name):
        return {}

    def reason(self, row):
        why = super().reason(row)
        if why or not row["is_legacy"] or row["status"] != "error":
            return why
        return (
            "on a back end without them consistency groups end so, and there only the cloud's administrator gets rid of"
            " one, in the database"
        )

    def offers_generic(self):
        """Whether this cloud has generic groups and their snapshots."""
        try:
            self.client.get("/groups", doing=f"list {self.noun}s", params={"limit": 1}, microversion=GROUPS)
        except OsnapError as error:
            if error.status == 406:
                return False
            raise
        return True

    # -- writing

    def create(self, values):
        doing = f"create the volume group '{values.get('name')}'"
        texts = {key: values[key] for key in ("name", "description") if key in values}
        if "group_snapshot_id" in values or "source_group_id" in values:
            raw = self._create_from_source(values, texts, doing)
        elif "group_type" in values:
            group = {
                **texts,
                **{key: values[key] for key in ("group_type", "volume_types", "availability_zone") if key in values},
            }
            raw = self._post("/groups", "group", group, doing, values, microversion=WRITES)
        else:
            group = {**texts, "volume_types": ",".join(values["volume_types"])}
            group |= {key: values[key] for key in ("availability_zone",) if key in values}
            raw = self._post_legacy("/consistencygroups", "consistencygroup", group, doing, values)
        # The answer is ID and name; the rest is read when it is waited for.
        return {
            **dict.fromkeys(self.keys()),
            "id": raw["id"],
            "name": raw["name"],
            "status": "creating",
            "volumes": [],
            "volume_types": [],
        }

    def _create_from_source(self, values, texts, doing):
        source = {key: values[key] for key in ("group_snapshot_id", "source_group_id") if key in values}
        try:
            return self._post(
                "/groups/action",
                "create-from-src",
                {**texts, **source},
                doing,
                values,
                microversion=WRITES,
                key="group",
            )
        except OsnapError as error:
            if not is_of_legacy(error):
                raise
        legacy = {"group_snapshot_id": "cgsnapshot_id", "source_group_id": "source_cgid"}
        body = {**texts, **{legacy[key]: id for key, id in source.items()}}
        return self._post_legacy(
            "/consistencygroups/create_from_src",
            "consistencygroup-from-src",
            body,
            doing,
            values,
            key="consistencygroup",
        )

    def _post(self, path, wrapper, body, doing, values, key=None, microversion=None):
        answer = self.client.write(
            "POST", path, body={wrapper: body}, doing=doing, resource=values.get("name"), microversion=microversion
        )
        return self.client.created(answer, key or wrapper, doing=doing, resource=values.get("name"))

    def _post_legacy(self, path, wrapper, body, doing, values, key=None):
        try:
            raw = self._post(path, wrapper, body, doing, values, key=key)
        except OsnapError as error:
            raise explained(error) from error
        self._legacy.add(raw["id"])
        return raw

    def update(self, row, values):
        """Change name and description, add and remove members, reset the status; each only if it is there.

        Members are waited for: the group takes no other request meanwhile, and is no snapshot's subject.
        """
        if "status" in values:
            self.client.write(
                "POST",
                f"/groups/{row['id']}/action",
                body={"reset_status": {"status": values["status"]}},
                resource=row["id"],
                doing=f"reset the status of the {self.noun} {self.label(row)}",
                microversion=RESET,
            )
            return {**row, "status": values["status"]}
        texts = {key: values[key] for key in ("name", "description") if key in values}
        there, wanted = set(row["volumes"]), set(values.get("volumes", row["volumes"]))
        coming, going = sorted(wanted - there), sorted(there - wanted)
        while texts or coming or going:
            body = {
                **texts,
                **{
                    key: ",".join(ids[:SIX]) for key, ids in (("add_volumes", coming), ("remove_volumes", going)) if ids
                },
            }
            self._put(row, body)
            if coming or going:
                self.wait_for(self, {row["id"]: READY})
            texts, coming, going = {}, coming[SIX:], going[SIX:]
        return self.get(row["id"]) or row

    def _put(self, row, body):
        path, wrapper, version = (
            (f"/consistencygroups/{row['id']}/update", "consistencygroup", Microversions("3.6", "3.0"))
            if row["is_legacy"]
            else (f"/groups/{row['id']}", "group", WRITES)
        )
        self.client.write(
            "PUT",
            path,
            body={wrapper: body},
            doing=f"update the {self.noun} {self.label(row)}",
            resource=row["id"],
            microversion=version,
        )

    def withdraw(self, row):
        """With the members that the service itself has made for it, of a source; others are not in a new group."""
        self.delete(row, delete_volumes=bool(row["group_snapshot_id"] or row["source_group_id"]))

    def touched(self, then, now, **how):
        """Whoever has come since would go with the group, or be in its way."""
        if come := set(now["volumes"]) - set(then["volumes"]):
            return f"it has got {enumerated(sorted(f'the volume {id}' for id in come))}"
        return super().touched(then, now, **how)

    def delete(self, row, delete_volumes=False, force=False):
        """Ask for the deletion; a group that is already gone is fine.

        The flag that takes the members along is also what makes Cinder delete a group in any status. A group that is
        still being made has only what the service itself makes for it.
        """
        flag = delete_volumes or force or row["status"] == "creating"
        doing = f"delete the {self.noun} {self.label(row)}"
        if row["id"] in self._legacy or row["is_legacy"]:
            self.client.write(
                "POST",
                f"/consistencygroups/{row['id']}/delete",
                body={"consistencygroup": {"force": flag}},
                doing=doing,
                resource=row["id"],
                ok=(404,),
            )
        else:
            self.client.write(
                "POST",
                f"/groups/{row['id']}/action",
                body={"delete": {"delete-volumes": flag}},
                doing=doing,
                resource=row["id"],
                ok=(404,),
                microversion=WRITES,
            )


def is_of_legacy(error):
    """Whether the generic API has refused, before it did anything, because the cloud has none or the object is a legacy
    one.
    """
    return error.status == 406 or (error.status == 400 and "reserved for migrating" in str(error))


def explained(error):
    """A refusal of the legacy API, with what is behind it."""
    if error.status != 403:
        return error
    text = str(error).rstrip(".")
    return OsnapError(
        f"{text}; this cloud has consistency groups only in their legacy form, which is off by default policy: ask its"
        " administrator for the consistencygroup policies.",
        **error.fields,
    )
