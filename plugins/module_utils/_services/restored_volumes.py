# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cinder volumes that were made of a snapshot, an image or a backup, together with the server that they are attached to."""

from __future__ import annotations

import functools
import threading
from collections import Counter, defaultdict

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import asked
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import RESTORING, Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images, least_disk
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: What a volume can be made of.
SOURCES = ("snapshot_id", "image_id", "backup_id")
#: What a volume is while it is being filled: it can't be deleted before that ends.
FILLING = frozenset({"creating", "downloading"})

OF_BACKUP = Microversions("3.65", "3.47", "a volume of a backup")


class RestoredVolumes(Volumes):
    allows_twins = True
    attributes = {
        **Volumes.attributes,
        "image_id": None,
        "backup_id": None,
        "server_id": None,
        "device": None,
        "delete_on_termination": None,
    }
    #: Whether Nova is asked as well: only where a server is named. A volume is then in use when both services say so.
    with_servers = False

    def __init__(self, cloud):
        super().__init__(cloud)
        self._turns = defaultdict(threading.Lock)
        #: How many volumes of a task come from each backup.
        self.shared = Counter()

    def row(self, raw: dict) -> dict:
        row = super().row(raw)
        row["image_id"], row["backup_id"] = _image_of(raw), _backup_of(raw)
        unsettled = _marks.UNSETTLED in (row["metadata"] or {}) and _image_of(raw) is not None
        if row["status"] in FILLING or unsettled:
            row["is_bootable"] = None  # Cinder makes it so at the end, and then it is ours to say
        if unsettled:
            row["metadata"] = {key: value for key, value in row["metadata"].items() if key != _marks.UNSETTLED}
        attached = (raw.get("attachments") or [{}])[0]
        row["server_id"], row["device"] = attached.get("server_id"), attached.get("device")
        return row

    def find(self, wanted: list) -> list:
        """As :meth:`VolumeSnapshots.find`; identities are ``{id}``, or ``{name}``, of any source or with
        one of ``SOURCES``.
        """
        by_id = self.known(sorted({one["id"] for one in wanted if one.get("id")}))
        names = sorted({one["name"].strip() for one in wanted if not one.get("id")})
        rows = self._complete([row for found in self.named(names).values() for row in found]) if names else []
        return [[row for row in (by_id.values() if one.get("id") else rows) if _is_meant(row, one)] for one in wanted]

    @staticmethod
    def matches(row: dict, one: dict) -> bool:
        """Whether a row is what an identity names: without a source only one that carries our mark, for a name is no
        proof.
        """
        marked = one.get("id") or one.get("overwrite") or any(one.get(key) for key in SOURCES) or source_of(row)
        return bool(marked) and _is_meant(row, one)

    def poll(self, ids: list) -> dict:
        found = super().poll(ids)
        self._complete(found.values())
        return found

    def _complete(self, rows):
        """Rows with what only Nova knows. One that Nova doesn't have in its list is not attached yet, whatever Cinder
        says.
        """
        if not self.with_servers:
            return rows
        attached = [row for row in rows if row["server_id"]]
        known = {
            server: Attachments(self.cloud).of(server) for server in sorted({row["server_id"] for row in attached})
        }
        for row in attached:
            if row["id"] in known[row["server_id"]]:
                row.update((key, value) for key, value in known[row["server_id"]][row["id"]].items() if key in row)
            elif row["status"] == "in-use":
                row["status"] = "attaching"
        return rows

    @functools.cached_property
    def snapshots(self) -> list:
        """All volume snapshots, asked for once."""
        return VolumeSnapshots(self.cloud).list()

    def create(self, values: dict) -> dict:
        """Ask for the volume; the mark goes into the creating request, so that a killed run finds it again."""
        body = {
            key: values[key]
            for key in ("name", "description", "size", "volume_type", "availability_zone", "snapshot_id")
            if key in values
        }
        source, unsettled = marks(values)[_marks.SOURCE], {}
        if "image_id" in values:
            body["imageRef"], unsettled = source, {_marks.UNSETTLED: "true"}
            body.setdefault("size", self._least_size(source))
        body["metadata"] = {**values.get("metadata", {}), **marks(values), **unsettled}
        if "backup_id" in values:
            return self._of_backup({**body, "backup_id": source})
        return self._asked_for(body, f"{'snapshot' if 'snapshot_id' in values else 'image'} {source}")

    def _asked_for(self, body, what, microversion=None):
        doing, name = f"create the volume '{body['name']}' of the {what}", body["name"]
        answer = self.client.write(
            "POST", "/volumes", body={"volume": body}, doing=doing, resource=name, microversion=microversion
        )
        return self.row(self.client.created(answer, "volume", doing=doing, resource=name))

    def _of_backup(self, body):
        """One volume of a backup after the other: who ends a restore ends all others of that backup, half done."""
        backup = body["backup_id"]
        with self._turns[backup]:
            while True:
                try:
                    row = self._asked_for(body, f"backup {backup}", OF_BACKUP)
                    break
                except OsnapError as error:
                    there = Backups(self.cloud).get(backup) if error.status == 400 else None
                    if there is None or there["status"] != RESTORING:
                        raise
                    self.wait_for(Backups(self.cloud), {backup: READY})
            if self.shared[backup] > 1:
                self.wait_for(_Filled(self.cloud), {row["id"]: READY})
        return row

    def reason(self, row: dict) -> str | None:
        """Of what was restored, what Cinder says of the backup."""
        found = super().reason(row)
        return found or (super().reason({**row, "id": row["backup_id"]}) if row.get("backup_id") else None)

    def _least_size(self, image):
        row = Images(self.cloud).get(image)
        if row is None:
            raise OsnapError(
                f"The image {image} has gone from cloud {self.cloud.name} before a volume could be made of it.",
                resource=image,
            )
        return least_disk(row)

    def update(self, row: dict, values: dict) -> dict:
        """Change texts, metadata (merged) and whether it is bootable, each only if it differs."""
        doing, path = f"update the volume {self.label(row)}", f"/volumes/{row['id']}"
        changed = {key: value for key, value in values.items() if row.get(key) != value}
        if "is_bootable" in changed:
            self._say_whether_bootable(row, changed["is_bootable"], doing)
        if "metadata" in changed:
            row = self.set_metadata(row, asked(changed["metadata"]))
        if texts := {key: changed[key] for key in ("name", "description") if key in changed}:
            self.client.write("PUT", path, body={"volume": texts}, doing=doing, resource=row["id"])
        return self.poll([row["id"]]).get(row["id"]) or row

    def _say_whether_bootable(self, row, bootable, doing):
        unsettled, path = row["is_bootable"] is None, f"/volumes/{row['id']}"
        if not (unsettled and bootable):  # Cinder has made it so
            self.client.write(
                "POST",
                f"{path}/action",
                body={"os-set_bootable": {"bootable": bootable}},
                doing=doing,
                resource=row["id"],
            )
        if unsettled:
            self.client.write(
                "DELETE", f"{path}/metadata/{_marks.UNSETTLED}", doing=doing, resource=row["id"], ok=(404,)
            )

    def attach(self, row: dict, values: dict) -> dict:
        """Attach it, if it is not attached there; once, and never again before a look."""
        attachments, server = Attachments(self.cloud), values["server_id"]
        if row["server_id"] != server:
            send_once(
                lambda: attachments.create(server, row["id"], values, self.label(row)),
                lambda: True if row["id"] in attachments.of(server) else None,
                self.pause,
            )
        return self.poll([row["id"]]).get(row["id"]) or row

    def delete(self, row: dict) -> None:
        """Ask for the deletion, once the service has stopped filling the volume; one that is already gone is fine."""
        if row["status"] in FILLING:
            self.wait_for(_Filled(self.cloud), {row["id"]: READY})
        self.remove(row)


class _Filled(Volumes):
    """Volumes that are waited for only to be deleted: an error is as good as an end."""

    statuses = Statuses(
        ready=Volumes.statuses.ready | Volumes.statuses.failed, leaving=frozenset({"deleting"}), failed=frozenset()
    )


def _is_meant(row, one):
    if one.get("id"):
        return row["id"] == one["id"]
    return (row["name"] or "").strip() == one["name"].strip() and all(
        one.get(key) in (None, row[key]) for key in SOURCES
    )


def marks(values: dict) -> dict:
    """The marks that a new volume keeps."""
    source = next((values[key] for key in SOURCES if values.get(key)), None)
    return {_marks.SOURCE: source, **({_marks.RESTORED: source} if values.get("backup_id") else {})}


def source_of(row: dict) -> str | None:
    """The ID of the snapshot, image or backup that our mark names, if the service says the same: a mark that came with other
    metadata, as copies have it, says nothing of this volume.
    """
    mark = (row["metadata"] or {}).get(_marks.SOURCE)
    return mark if mark in [row[key] for key in SOURCES] else None


def _backup_of(raw):
    """The backup that was restored to a volume, by Cinder's word, or ours in the creating request: Cinder replaces the
    metadata by those of the volume that was backed up, and then writes this one.
    """
    made_of_another = raw.get("snapshot_id") or raw.get("source_volid")
    return None if made_of_another else (raw.get("metadata") or {}).get(_marks.RESTORED)


def _image_of(raw):
    """The image that a volume was made of. While it is being filled only our mark tells; that of a volume of a snapshot
    is none of an image. A restored backup of another volume has that one's metadata, our mark and the image's among
    them, and is made of neither.
    """
    metadata = raw.get("metadata") or {}
    if raw.get("snapshot_id") or raw.get("source_volid") or _marks.RESTORED in metadata:
        return None
    ours = raw.get("status") in FILLING or _marks.UNSETTLED in metadata
    return (raw.get("volume_image_metadata") or {}).get("image_id") or (metadata.get(_marks.SOURCE) if ours else None)
