# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How groups of volumes are made, changed and deleted, by the generic API or the legacy one."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Added, asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import BlockStorage
from ansible_collections.osnap.openstack.plugins.module_utils._services._legacy_groups import explained, is_of_legacy

WRITES = Microversions("3.58", "3.14", "a volume group")
RESET = Microversions("3.58", "3.20", "resetting the status of a volume group")
#: The lists of volumes in a request are text of 255 characters at the most: six UUIDs and the commas between.
SIX = 6


class GroupWrites(BlockStorage):
    """What :class:`VolumeGroups` writes. ``_legacy`` has the IDs of groups that were seen to be legacy ones."""

    def create(self, values: dict) -> dict:
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

    def update(self, row: dict, values: dict) -> dict:
        """Change name and description, add and remove members, reset the status; each only if it is there.

        Members are waited for: the group takes no other request meanwhile, and is no snapshot's subject.
        """
        if "status" in values:
            return self._with_status(row, values["status"], "/groups", RESET)
        texts = {key: values[key] for key in ("name", "description") if key in values}
        there, volumes = set(row["volumes"]), values.get("volumes", row["volumes"])
        wanted = set(asked(volumes))
        # Whoever else has come since the plan stays where these are only added.
        coming, going = sorted(wanted - there), sorted(set() if isinstance(volumes, Added) else there - wanted)
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

    def withdraw(self, row: dict) -> None:
        """With the members that the service itself has made for it, of a source; others are not in a new group."""
        self.delete(row, delete_volumes=bool(row["group_snapshot_id"] or row["source_group_id"]))

    def touched(self, then: dict, now: dict, **how) -> str | None:
        """Whoever has come since would go with the group, or be in its way."""
        if come := set(now["volumes"]) - set(then["volumes"]):
            return f"it has got {enumerated(sorted(f'the volume {id}' for id in come))}"
        return super().touched(then, now, **how)

    def delete(self, row: dict, delete_volumes: bool = False, force: bool = False) -> None:
        """Ask for the deletion; a group that is already gone is fine.

        The flag that takes the members along is also what makes Cinder delete a group in any status. A group that is
        still being made has only what the service itself makes for it.
        """
        flag = delete_volumes or force or row["status"] == "creating"
        if row["id"] in self._legacy or row["is_legacy"]:
            body = {"consistencygroup": {"force": flag}}
            self.remove(row, "POST", f"/consistencygroups/{row['id']}/delete", body=body)
        else:
            body = {"delete": {"delete-volumes": flag}}
            self.remove(row, "POST", f"/groups/{row['id']}/action", body=body, microversion=WRITES)
