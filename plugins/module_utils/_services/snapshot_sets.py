# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets as the services have them: a server's image and the snapshots of its volumes, read together.

All sets of a project are a list of images, one of hidden ones, one of volume snapshots and, where any of these belongs
to a group snapshot, those of group snapshots: pages, however many sets there are.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE, SETTLED
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW, Service
from ansible_collections.osnap.openstack.plugins.module_utils._services.cg_snapshots import CgSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_image_parts import in_images
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import (
    FAILED,
    IMAGE,
    KEYS,
    TORN,
    WHOLE,
    sets_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

    Row = dict[str, Any]
    #: Here, for in a service ``list`` is a method.
    Rows = list[Row]
    Texts = list[str]


class SnapshotSets(Service):
    """The sets of a project. Rows are those of :mod:`set_parts`."""

    resource = "snapshot_set"
    noun = "snapshot set"
    api = "image"  # every cloud has it; each member is asked for of its own service
    attributes = dict.fromkeys(KEYS)
    statuses = Statuses(ready=frozenset({WHOLE}), leaving=frozenset({"deleting"}), failed=frozenset({TORN, FAILED}))

    def __init__(self, cloud: Cloud):
        super().__init__(cloud)
        self.images, self.snapshots, self.groups = Images(cloud), VolumeSnapshots(cloud), CgSnapshots(cloud)

    @property
    def has_volumes(self) -> bool:
        """Whether the cloud has volumes at all."""
        return bool(self.cloud.client("block-storage").endpoint)

    # -- reading

    def name_filter(self, name: str) -> dict[str, Any]:
        return {}  # no service knows the names of sets

    def list(self, first_page_only: bool = False, most: int | None = None, **filters: Any) -> Rows:
        """All sets, the newest first; the services have no filter for them."""
        images = [
            row
            for hidden in ("false", "true")
            for row in self.images.list(owner=self.cloud.project_id, os_hidden=hidden) or ()
        ]
        rows = self._together(images, self.snapshots.list() or () if self.has_volumes else ())
        return rows[:most]

    def of_server(self, server_id: str, volume_ids: Iterable[str], also_hidden: bool = False) -> Rows:
        """The sets of one server, the newest first: lists that are short however much the project has.

        :param volume_ids: the volumes that the server has, or has had
        """
        own = {"owner": self.cloud.project_id, _marks.SET_SERVER: server_id}
        images = self.images.list(**own) or []
        if also_hidden:
            images += self.images.list(**own, os_hidden="true") or []
        snapshots = [row for id in volume_ids for row in self.snapshots.list(volume_id=id) or ()]
        return [row for row in self._together(images, snapshots) if row["server_id"] == server_id]

    def _together(self, images, snapshots):
        in_groups = any(row["group_snapshot_id"] for row in snapshots)
        groups = self.groups.without_members() if in_groups else ()
        return sets_of(images, snapshots, groups, datetime.now(timezone.utc))

    def get(self, id: str) -> Row | None:
        return self.poll([id]).get(id)

    def poll(self, ids: Collection[str]) -> dict[str, Row]:
        """By lists: which members a set has is known to nobody else."""
        return {row["id"]: row for row in self.list() if row["id"] in set(ids)}

    def again(self, rows: Rows) -> dict[str, Row]:
        """Few by their members, many by lists."""
        if len(rows) > FEW:
            return self.poll([row["id"] for row in rows])
        return {row["id"]: now for row in rows if (now := self.reread(row))}

    def reread(self, row: Row) -> Row | None:
        """A set as it is now, read by the members that it had."""
        members = row["members"] + row["surplus"]
        images = [
            self.images.get(id) for id in [one["id"] for one in members if one["kind"] == IMAGE] + row["carriers"]
        ]
        ids = [one["id"] for one in members if one["kind"] != IMAGE]
        snapshots = list(self.snapshots.poll(ids).values()) if ids else []
        found = self._together([one for one in images if one], snapshots)
        return next((one for one in found if one["id"] == row["id"]), None)

    def label(self, row: Row) -> str:
        of = f"'{row['server_name']}' ({row['server_id']})" if row["server_name"] else row["server_id"]
        return f"'{row['name']}' of the server {of}"

    def reason(self, row: Row) -> str | None:
        why: str | None = row["torn_because"]
        return why

    # -- removal

    def hanging(self, rows: Collection[Row]) -> dict[str, Texts]:
        """``{ID of a member: [what was made of it]}``: on back ends that copy on write that keeps it. Lists, however many
        sets there are.
        """
        found: dict[str, Texts] = defaultdict(list)
        members = [one for row in rows for one in row["members"] + row["surplus"]]
        images = {one["id"] for one in members if one["kind"] == IMAGE}
        snapshots = {one["id"] for one in members if one["kind"] != IMAGE}
        carriers = {id for row in rows for id in row["carriers"]}
        for server in self.lately(Servers) if images else ():
            if server["image_id"] in images:
                found[server["image_id"]].append(f"the server '{server['name']}' ({server['id']})")
        for volume in self.lately(Volumes) if self.has_volumes else ():
            image = (volume["volume_image_metadata"] or {}).get("image_id")
            for id in {image} & images | {volume["snapshot_id"]} & snapshots:
                found[id].append(f"the volume '{volume['name'] or ''}' ({volume['id']})")
        for id, holding in in_images(self.cloud).items() if snapshots else ():
            own = [image for image in holding if image not in carriers]
            if id in snapshots and own:
                found[id] += [f"the image {image}, which has its data in it" for image in own]
        return found

    def dependents(self, row: Row) -> Texts:
        return [one for some in self.hanging([row]).values() for one in some]

    def delete(self, row: Row) -> None:
        """All of a set, and wait until it is gone. What something was made of goes first, and each by itself: where the back
        end refuses, nothing is lost yet.
        """
        now = self.reread(row)
        if now is None:
            return
        hanging = self.hanging([now])
        parts = self._parts(now)
        risky = [part for part in parts if any(hanging.get(id) for id in part[2])]
        for some in [*([one] for one in risky), [one for one in parts if one not in risky]]:
            self._remove(some, hanging)

    def _parts(self, row):
        """``(service, row, IDs of the members that go with it)`` of what has to be deleted: a group snapshot takes its
        members with it.
        """
        members = row["members"] + row["surplus"]
        groups = self.groups.poll(row["groups"]) if row["groups"] else {}
        parts = [
            (self.groups, group, [one["id"] for one in members if one["group_snapshot_id"] == id])
            for id, group in groups.items()
        ]
        for one in members:
            if one["group_snapshot_id"] not in groups:
                parts.append((self.images if one["kind"] == IMAGE else self.snapshots, one["row"], [one["id"]]))
        for id in row["carriers"]:
            parts.append((self.images, {"id": id, "name": "", "status": "active"}, []))
        return parts

    def _remove(self, parts, hanging):
        for service in (self.snapshots, self.groups):
            service.wait_for, service.pause = self.wait_for, self.pause
            making = [row["id"] for of, row, _ids in parts if of is service and row["status"] == "creating"]
            if making:  # Cinder deletes none that it is still making
                self.wait_for(service, dict.fromkeys(making, SETTLED))
        try:
            for service, row, _ids in parts:
                service.delete(row)
            for service in (self.images, self.snapshots, self.groups):
                self.wait_for(service, {row["id"]: GONE for of, row, _ids in parts if of is service})
        except OsnapError as error:
            held = [one for _service, _row, ids in parts for id in ids for one in hanging.get(id, ())]
            if not held or any(one in str(error) for one in held):
                raise
            raise OsnapError(
                f"{str(error).rstrip('.')}; remove what was made of it first ({enumerated(held)}), then run again.",
                **error.fields,
            ) from error
