# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's snapshot images of servers, together with the Cinder snapshots that hold a volume-backed one's data.

Nova calls a volume-backed image active while its Cinder snapshots are still being made, and leaves them behind when the
image is deleted. Here the two are one resource, with one status: it is as ready as its slowest part and is gone with
its last.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE, READY
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_image_making import SNAPSHOTTABLE, make
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_image_parts import (
    Uses,
    backing_snapshots,
    in_images,
    is_snapshot,
    together,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["SNAPSHOTTABLE", "ServerImages", "backing_snapshots", "in_images", "is_snapshot"]


class ServerImages(Images):
    noun = "server image"
    #: Whether hidden images count beside others of the same identity: whoever wants none left wants those gone, too.
    everywhere = False
    allows_twins = True
    #: Whether an image that another run has begun is of a server that has changed since, asked of (row, server); whoever
    #: can tell says so.
    outdated = staticmethod(lambda row, server: False)
    attributes = {
        **Images.attributes,
        "server_id": None,
        "consistency": None,
        "members": None,
        "membership": None,
        "volume_snapshots": None,
    }

    def __init__(self, cloud):
        super().__init__(cloud)
        self._uses = Uses(cloud)

    def row(self, raw):
        row = super().row(raw)
        row["volume_snapshots"] = []
        return self._told(row)

    @staticmethod
    def _told(row, attached=None):
        """A row with what its marks say, as far as they are its own; see `_marks`."""
        row["server_id"] = _marks.server_of(row, attached)
        row["consistency"] = _consistency.shown(
            row["properties"], _marks.of_image(row, attached).get(_marks.CONSISTENCY)
        )
        return row

    @staticmethod
    def matches(row, one):
        if one.get("id"):
            return row["id"] == one["id"]
        if (row["name"] or "").strip() != one["name"]:
            return False
        # Without a server the name is all there is: an ordinary image, or a copy, must not be taken for a server's.
        return row["server_id"] == one["server_id"] if one.get("server_id") else is_snapshot(row)

    def find(self, wanted):
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}`` or ``{name, server_id}``."""
        by_id = self.poll([one["id"] for one in wanted if one.get("id")])
        rows = self._rows_of([one for one in wanted if not one.get("id")])
        found = [
            [row for row in (by_id.values() if one.get("id") else rows) if self.matches(row, one)] for one in wanted
        ]
        self.with_members(
            {
                row["id"]: row
                for one, several in zip(wanted, found, strict=True)
                for row in several
                if not one.get("id")
            }.values()
        )
        return found

    def _rows_of(self, wanted):
        """Images of the names of these identities; hidden ones as far as they count, for they cost a list of their own."""
        names = {one["name"] for one in wanted}
        shown = self._flat(super().named(sorted(names), os_hidden="false")) if names else []
        seen = {one["name"] for one in wanted if any(self.matches(row, one) for row in shown)}
        hidden = names if self.everywhere else names - seen
        return shown + (self._flat(super().named(sorted(hidden), os_hidden="true")) if hidden else [])

    @staticmethod
    def _flat(named):
        return [row for rows in named.values() for row in rows]

    def poll(self, ids):
        found = super().poll(ids)
        if len(ids) > FEW:  # fewer were asked for one by one
            self.with_members(found.values())
        return found

    def list(self, first_page_only=False, **filters):
        """Images of this project only, not what others share or publish, each with its Cinder snapshots."""
        rows = super().list(first_page_only, owner=self.cloud.project_id, **filters)
        return rows and self.complete(rows)

    def get(self, id):
        row = super().get(id)
        return self.with_members(self.complete([row]))[0] if row else None

    def again(self, rows):
        """One request for each of few images, a list for many. Of one that is ready no more is read: its Cinder snapshots,
        its server and whom it is shared with are not, for what is said of a deletion is said on the image, and Cinder
        judges for itself what becomes of its own. One that is not ready is read with its Cinder snapshots: it may be
        finished by now, which both tell together.
        """
        found, images = {}, Images(self.cloud)
        many = images.list(owner=self.cloud.project_id) if len(rows) > FEW else ()
        listed = {row["id"]: row for row in many}  # without hidden ones
        for row in rows:
            if now := listed.get(row["id"]) or images.get(row["id"]):
                keys = list(Images.attributes)
                if row["status"] not in self.statuses.ready:
                    now, keys = self.complete([now])[0], [*keys, "volume_snapshots"]
                found[row["id"]] = {**row, **{key: now[key] for key in keys}}
        return found

    def with_members(self, rows: Collection[dict]) -> Collection[dict]:
        """Rows with the projects that they are shared with; of an image of another project, with our answer to being
        one of them.
        """
        members, ours = ImageMembers(self.cloud), self.cloud.project_id
        for row in rows:
            found = members.of(row)
            if row["owner_id"] == ours:
                row["members"] = None if found is None else sorted(found)
            else:
                row["membership"] = (found or {}).get(ours)
        return rows

    def complete(self, rows: Collection[dict]) -> Collection[dict]:
        """Rows with their Cinder snapshots in them, the status of both together, and what can be told by them."""
        backing = {row["id"]: backing_snapshots(row) for row in rows}
        snapshots = VolumeSnapshots(self.cloud)
        there = snapshots.poll(sorted({id for ids in backing.values() for id in ids})) if any(backing.values()) else {}
        for row in rows:
            row["volume_snapshots"] = [
                there.get(id) or {**dict.fromkeys(snapshots.keys()), "id": id, "status": "missing"}
                for id in backing[row["id"]]
            ]
            if row["status"] == "active":
                row["status"] = together([snapshot["status"] for snapshot in row["volume_snapshots"]])
        attached = self._attached(rows)
        return [self._told(row, attached) for row in rows]

    def _attached(self, rows):
        """``{server ID: IDs of its volumes}`` of the servers that marks name which can't be told from what the image
        has in itself; see `_marks`.
        """
        older = {
            row["properties"][_marks.SOURCE]
            for row in rows
            if any(snapshot["volume_id"] for snapshot in row["volume_snapshots"])
            and row["properties"].get(_marks.SOURCE)
            and (not row["properties"].get(_marks.FOR) or _marks.lacks_volumes(row))
        }
        servers = Servers(self.cloud).poll(sorted(older)) if older else {}
        return {id: server["attached_volumes"] for id, server in servers.items()}

    def reason(self, row):
        for snapshot in row["volume_snapshots"]:
            if snapshot["status"] == "missing":
                return f"its volume snapshot {snapshot['id']} is not there any more"
            if snapshot["status"] in VolumeSnapshots.statuses.failed:
                why = VolumeSnapshots(self.cloud).reason(snapshot)
                return f"its volume snapshot {snapshot['id']} is in status {snapshot['status']}" + (
                    f": {why}" if why else ""
                )
        return super().reason(row)

    def in_use(self) -> Mapping[str, Collection[str]]:
        """``{ID of a Cinder snapshot: IDs of the images}`` that have data in it: no image is coming for it any more."""
        return in_images(self.cloud)

    def create(self, values):
        """Ask Nova for the image, or take what a killed run has begun."""
        return make(self, values)

    def update(self, row, values):
        """As for every image, and ``members``, others being removed unless ``purge_members`` is false; ``membership``."""
        row = self.complete(
            [super().update(row, {key: value for key, value in values.items() if key in Images.attributes})]
        )[0]
        members = ImageMembers(self.cloud)
        if "members" in values:
            there = set(members.of(row) or ())
            for project in sorted(set(values["members"]) - there):
                members.add(row, project)
            for project in sorted(there - set(values["members"])) if values.get("purge_members") is not False else ():
                members.remove(row, project)
        if "membership" in values:
            members.answer(row, values["membership"])
        return self.with_members([row])[0]

    def start(self, row: dict, values: dict) -> dict:
        """The server of an image that is there: the operation starts all of them when the other images are done."""
        return row

    def delete(self, row: dict) -> None:
        """First the Cinder snapshots, then the image: the image is where a killed run's successor finds what is left of
        them.
        """
        self._delete_snapshots(row)
        try:
            super().delete(row)
            self._uses.forget(row["id"], row["owner_id"], [snapshot["id"] for snapshot in row["volume_snapshots"]])
        except OsnapError as error:
            if error.status != 409:
                raise
            found = self.dependents(row)
            held = f" ({enumerated(found)})" if found else ""
            raise OsnapError(
                f"{str(error).rstrip('.')}; remove what was made of it{held}, then run again.", **error.fields
            ) from error

    def _delete_snapshots(self, row):
        """Those that no other image has its data in. One that volumes were made of goes first, and each by itself: where
        the back end refuses, nothing is lost yet.
        """
        there = [snapshot for snapshot in row["volume_snapshots"] if snapshot["status"] != "missing"]
        if not there:
            return
        if row["is_protected"]:
            raise self.protected(row)  # Glance refuses only when they are gone
        snapshots = VolumeSnapshots(self.cloud)
        there = [snapshot for snapshot in there if self._uses.images_of(snapshot["id"], row["owner_id"]) <= {row["id"]}]
        if making := {snapshot["id"]: READY for snapshot in there if snapshot["status"] == "creating"}:
            # Cinder deletes none that it is still making; what is wrong with it, it says then.
            with contextlib.suppress(OsnapError):
                self.wait_for(snapshots, making)
        risky = [snapshot for snapshot in there if len(there) > 1 and self._uses.has_volumes(snapshot["id"])]
        for some in [*([one] for one in risky), [one for one in there if one not in risky]]:
            for snapshot in some:
                snapshots.delete(snapshot)
            self.wait_for(snapshots, {snapshot["id"]: GONE for snapshot in some})

    def protected(self, row: dict) -> OsnapError:
        """The error of an image that is protected from deletion."""
        return OsnapError(
            f"The {self.noun} {self.label(row)} is protected from deletion; set protected to false first, then run"
            " again.",
            resource=row["id"],
        )

    def dependents(self, row):
        """The servers and volumes that were made of an image: on copy-on-write back ends they keep it."""
        try:
            servers = Servers(self.cloud).list(image=row["id"])
            volumes = Volumes(self.cloud).list() if self.cloud.client("block-storage").endpoint else ()
        except OsnapError:
            return []  # a courtesy; the refusal itself is already being told
        made = [volume for volume in volumes if (volume["volume_image_metadata"] or {}).get("image_id") == row["id"]]
        return [f"server '{server['name']}' ({server['id']})" for server in servers] + [
            f"volume {self.label(volume)}" for volume in made
        ]
