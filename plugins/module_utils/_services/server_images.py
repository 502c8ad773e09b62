# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's snapshot images of servers, together with the Cinder snapshots that hold a volume-backed one's data.

Nova calls a volume-backed image active while its Cinder snapshots are still being made, and leaves them behind when the
image is deleted. Here the two are one resource, with one status: it is as ready as its slowest part and is gone with
its last.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import GONE
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import FEW
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import (
    BACKUP,
    BACKUP_DONE,
    ServerActions,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers, is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: 2.45 answers with the image's ID in the body, before that it stands in the Location header.
CREATE_IMAGE = Microversions("2.45", "2.1", "a server image")
#: The states in which Nova takes an image of a server.
SNAPSHOTTABLE = ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED")
#: Seconds that Nova may take from the Cinder snapshots to the image of a createImage whose client has gone.
STILL_AT_IT = 60


class ServerImages(Images):
    noun = "server image"
    #: Whether hidden images count beside others of the same identity: whoever wants none left wants those gone, too.
    everywhere = False
    allows_twins = True
    attributes = {
        **Images.attributes,
        "server_id": None,
        "consistency": None,
        "members": None,
        "membership": None,
        "volume_snapshots": None,
    }

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
            {row["id"]: row for one, several in zip(wanted, found) for row in several if not one.get("id")}.values()
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

    def with_members(self, rows):
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

    def complete(self, rows):
        """Rows with their Cinder snapshots in them, the status of both together, and what the marks say in their light."""
        backing = {row["id"]: backing_snapshots(row) for row in rows}
        snapshots = VolumeSnapshots(self.cloud)
        there = snapshots.poll(sorted({id for ids in backing.values() for id in ids})) if any(backing.values()) else {}
        for row in rows:
            row["volume_snapshots"] = [
                there.get(id) or {**dict.fromkeys(snapshots.keys()), "id": id, "status": "missing"}
                for id in backing[row["id"]]
            ]
            if row["status"] == "active":
                row["status"] = _together([snapshot["status"] for snapshot in row["volume_snapshots"]])
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

    def create(self, values):
        """Ask Nova for the image; marks and properties go into the creating request, so that a killed run finds it
        again.
        """
        name = values["name"]
        server = Servers(self.cloud).get(values["server_id"])
        if server is None:
            raise OsnapError(
                f"There is no server with the ID {values['server_id']} in cloud {self.cloud.name} any more; it was"
                f" deleted before the image '{name}' could be made of it.",
                resource=values["server_id"],
            )
        if is_volume_backed(server) and (row := self._of_a_killed_run(name, server)):
            return row
        action, body = self._action(values, server)
        try:
            response = Servers(self.cloud).act(
                server, action, body, doing=f"make the image '{name}' of", microversion=CREATE_IMAGE
            )
        except OsnapError as error:
            if error.status == 500:
                self._forget_empty(name, server)
            raise
        location = response.headers.get("Location", "")
        id = (
            self.client.created(response, doing=f"make the image '{name}'", resource=name)["image_id"]
            if response.content and "image_id" in response.text
            else location.rsplit("/", 1)[-1]
        )
        row = self.get(id) if id else None
        if row is None:
            raise Ambiguous(
                f"Nova answered that the image '{name}' of the server {server['id']} is {id}, and Glance does not know"
                " it; run again.",
                resource=id,
            )
        # Its ID is known only now: what of the user's own a server of it would inherit is told from that.
        own = _marks.companions(row, values.get("properties", {}))
        return self.update(row, {"properties": own}) if own else row

    def _inherited(self, server):
        """The properties that Nova hands on to an image of a server: of its image, or of its volumes; None where nobody
        can tell, as the image is gone.
        """
        if not is_volume_backed(server):
            base = Images(self.cloud).get(server["image_id"])
            return base and base["properties"]
        volumes = Volumes(self.cloud).poll(server["attached_volumes"]).values()
        return {key: value for row in volumes for key, value in (row["volume_image_metadata"] or {}).items()}

    def _action(self, values, server):
        """Nova's action and its body: an image, or a backup that takes the place of the oldest of its type."""
        volumes = server["attached_volumes"] if is_volume_backed(server) else ()
        marks = {
            **_marks.for_server_image(server["id"], volumes),
            _marks.CONSISTENCY: _consistency.reached(server, values.get("consistency")),
        }
        body = {
            "name": values["name"],
            "metadata": {**_marks.overrides(self._inherited(server)), **values.get("properties", {}), **marks},
        }
        rotation = values.get("rotation")
        if not rotation:
            return "createImage", body
        return "createBackup", {**body, "backup_type": rotation["type"], "rotation": rotation["keep"]}

    def backups(self, server_id, type):
        """The backups of one type that createBackup has made of a server, oldest first."""
        rows = self.list(instance_uuid=server_id, image_type="backup", backup_type=type)
        return sorted(rows, key=lambda row: row["created_at"])

    def rotate(self, made, type, keep, going):
        """Wait until Nova's rotation has deleted images.

        Nova tries each of them once and tells nobody what came of it. What is there when it is through is tried here,
        so that a refusal is heard; but only what is still too many, for others may have deleted some meanwhile.

        :param made: the image that has taken their place
        :param going: the IDs that rotation was to delete
        :returns: those that are gone
        """
        nova = _Rotation(self.cloud, made["server_id"])
        try:
            self.wait_for(nova, dict.fromkeys(going, GONE))
            return going
        except OsnapError as error:
            if not nova.is_through:
                found = [why for row in self.poll(going).values() for why in self.dependents(row)]
                if not found:
                    raise
                raise OsnapError(
                    f"{error} Or it can't go, for there is what was made of it: {enumerated(found)}.",
                    **error.fields,
                    stops_work=error.stops_work,
                ) from error
        there = self.backups(made["server_id"], type)
        held = []
        for row in [row for row in there[: max(0, len(there) - keep)] if row["id"] in going]:
            try:
                super().delete(row)
            except OsnapError as error:
                held.append((row, error))
        if held:
            row, error = held[0]
            found = self.dependents(row)
            why = f"; remove what was made of it ({enumerated(found)})" if found else ""
            raise OsnapError(
                f"The image {self.label(made)} is there, but rotation has left {self.label(row)}"
                + (f" and {len(held) - 1} more" if len(held) > 1 else "")
                + f", so that there are more than {keep} of the type {type}: {str(error).rstrip('.')}{why}. The next"
                " image of this type tries again.",
                **{**error.fields, "resource": row["id"]},
                stops_work=error.stops_work,
            ) from error
        left = self.poll(going)
        return [id for id in going if id not in left]

    def _forget_empty(self, name, server):
        """Nova registers the image before it finds that the server got busy; then it answers 500 and the image waits
        for its data for ever.
        """
        for row in self.find([{"name": name, "server_id": server["id"]}])[0]:
            if row["status"] == "queued":
                super().delete(row)

    def _of_a_killed_run(self, name, server):
        """Nova's createImage of a volume-backed server makes the snapshots first and the image last, and goes on
        without its client.

        Fresh snapshots of that name and no image: Nova is still at it, and the image is coming. Older ones are left
        alone: Glance keeps the Cinder snapshots of an image that somebody deletes, and they may be all that is left of
        the data.
        """
        snapshots = VolumeSnapshots(self.cloud)
        coming = [
            row
            for volume in server["attached_volumes"]
            for row in snapshots.list(volume_id=volume, name=f"snapshot for {name}")
            if _is_fresh(row)
        ]
        while coming:
            taken = self._in_images()
            # Looked for after it: an image that came in between is found here, and not merely missing from what is
            # still coming.
            if found := self.find([{"name": name, "server_id": server["id"]}])[0]:
                return found[0]
            coming = [row for row in coming if row["id"] not in taken and _is_fresh(row)]
            if coming:
                self.pause()
        return None

    def _in_images(self):
        """The Cinder snapshots that no image is coming for any more."""
        return in_images(self.cloud)

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

    def delete(self, row):
        """First the Cinder snapshots, then the image: the image is where a killed run's successor finds what is left of
        them.
        """
        snapshots = VolumeSnapshots(self.cloud)
        there = [snapshot for snapshot in row["volume_snapshots"] if snapshot["status"] != "missing"]
        if there and (now := Images(self.cloud).get(row["id"])) and now["is_protected"]:
            raise self.protected(row)  # since the plan; Glance refuses only when they are gone
        for snapshot in there:
            snapshots.delete(snapshot)
        self.wait_for(snapshots, {snapshot["id"]: GONE for snapshot in there})
        try:
            super().delete(row)
        except OsnapError as error:
            if error.status != 409:
                raise
            found = self.dependents(row)
            held = f" ({enumerated(found)})" if found else ""
            raise OsnapError(
                f"{str(error).rstrip('.')}; remove what was made of it{held}, then run again.", **error.fields
            ) from error

    def protected(self, row):
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


class _Rotation(ServerImages):
    """The images that Nova's rotation is to delete; once Nova is through, what is there has been left."""

    statuses = Statuses(
        ready=frozenset(), leaving=Images.statuses.leaving, failed=frozenset(), refused=frozenset({"left"})
    )

    def __init__(self, cloud, server_id=None):
        super().__init__(cloud)
        self.server_id, self.is_through = server_id, False

    def poll(self, ids):
        rows = super().poll(ids)
        if rows and not self.is_through:
            self.is_through = self._looked()
            # Asked again after it: Nova may have deleted them in between.
            rows = super().poll(list(rows)) if self.is_through else rows
        return {id: {**row, "status": "left"} for id, row in rows.items()} if self.is_through else rows

    def _looked(self):
        try:
            return ServerActions(self.cloud).has_ended(self.server_id, BACKUP, BACKUP_DONE)
        except OsnapError:
            return False  # a cloud that does not tell: waited for as long as may be

    def dependents(self, row):
        return []  # whoever hears the refusal asks


def backing_snapshots(row) -> list:
    """The IDs of the Cinder snapshots in an image's ``block_device_mapping``."""
    mapping = row["properties"].get("block_device_mapping") or "[]"
    return [
        disk["snapshot_id"]
        for disk in (json.loads(mapping) if isinstance(mapping, str) else mapping)
        if disk.get("snapshot_id")
    ]


def in_images(cloud) -> dict:
    """``{ID of a Cinder snapshot: IDs of the images}`` with their data in it, of all of the project's, whatever they
    are called and whoever made them.
    """
    images, found = Images(cloud), {}
    for row in (row for hidden in ("false", "true") for row in images.list(owner=cloud.project_id, os_hidden=hidden)):
        for id in backing_snapshots(row):
            found.setdefault(id, []).append(row["id"])
    return found


def is_snapshot(row) -> bool:
    """Whether an image is a snapshot or a backup that Nova made of a server, an image-backed or a volume-backed one; a
    copy of one is none.
    """
    return row["properties"].get("image_type") in ("snapshot", "backup") or "block_device_mapping" in row["properties"]


def _together(statuses):
    """An active image's status, its Cinder snapshots considered, in Glance's words."""
    if all(status == "available" for status in statuses):
        return "active"
    return (
        "killed"
        if any(status == "missing" or status in VolumeSnapshots.statuses.failed for status in statuses)
        else "saving"
    )


def _is_fresh(row):
    return (
        datetime.now(timezone.utc) - datetime.fromisoformat(row["created_at"]).replace(tzinfo=timezone.utc)
    ).total_seconds() < STILL_AT_IT
