# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes through which a Cinder snapshot becomes an image: known by a computed name and by marks, so that a killed
run's are found again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import time_of
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import needed, over_quota, too_large
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

STEP = "image_from_snapshot"
#: Seconds in which a task that still lives writes down how its volume was.
A_MOMENT = 60
#: Cinder is at work, and will be done.
WORKING = frozenset({"creating", "downloading", "uploading", "backing-up", "extending", "retyping"})
#: Somebody has attached it, or is about to: it is theirs, and nothing is to be waited for.
TAKEN = frozenset({"reserved", "attaching", "in-use", "detaching"})


class TemporaryVolumes(Volumes):
    noun = "temporary volume"
    statuses = Statuses(
        ready=frozenset({"available"}),
        leaving=Volumes.statuses.leaving,
        failed=Volumes.statuses.failed | TAKEN,
        refused=Volumes.statuses.refused,
    )

    @staticmethod
    def name_of(snapshot: str, image: str) -> str:
        """The name of the volume for the image called ``image`` of a snapshot."""
        return "osnap-" + _marks.same_id(STEP, snapshot, image)

    def of(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], list[dict]]:
        """``{(snapshot ID, image name): [rows]}`` of ours, oldest first."""
        names = {pair: self.name_of(*pair) for pair in pairs}
        found = self.named(sorted(names.values())) if names else {}
        return {
            pair: sorted(
                (row for row in found[name] if _is_ours(row, pair[0])), key=lambda row: (row["created_at"], row["id"])
            )
            for pair, name in names.items()
        }

    def over_quota(self, volumes: list, parallel: int) -> list[OsnapError | None]:
        """``[None or error]``: one is too large for itself, or there is no room for so many at a time.

        :param volumes: ``(snapshot, GiB, name of its volume type or None)`` of all that are made in the end
        """
        room = self.room()
        verdicts = [
            too_large(room, size, f"The temporary volume of the snapshot {snapshot}")
            for snapshot, size, _type in volumes
        ]
        volumes = [one for one, verdict in zip(volumes, verdicts, strict=True) if not verdict]
        # At a time there may be the largest, of all and of each type.
        counts = needed("volumes", _largest(volumes, parallel))
        for volume_type in {one[2] for one in volumes}:
            of_it = needed("volumes", _largest([one for one in volumes if one[2] == volume_type], parallel))
            counts |= {what: count for what, count in of_it.items() if what not in counts or count > counts[what]}
        over = over_quota(room, counts)
        return [verdict or over for verdict in verdicts]

    def create(self, snapshot: str, image: str) -> dict:
        body = {
            "name": self.name_of(snapshot, image),
            "snapshot_id": snapshot,
            "metadata": {_marks.SOURCE: snapshot, _marks.STEP: STEP},
            "description": "For an image of its snapshot, to be deleted",
        }
        doing = f"create a temporary volume for the image '{image}' of the snapshot {snapshot}"
        answer = self.client.write("POST", "/volumes", body={"volume": body}, doing=doing, resource=snapshot)
        return self.row(self.client.created(answer, "volume", doing=doing, resource=snapshot))

    def mark_untouched(self, row: dict) -> dict:
        """Write down how the volume was when it was made. The row with it, as it will be read again."""
        mark = {_marks.UNTOUCHED: row["updated_at"] or ""}
        self.client.write(
            "POST",
            f"/volumes/{row['id']}/metadata",
            body={"metadata": mark},
            doing=f"mark the {self.noun} {self.label(row)}",
            resource=row["id"],
        )
        return {**row, "metadata": {**row["metadata"], **mark}}

    def describe_image(self, row: dict, properties: dict, unwanted: Iterable[str]) -> None:
        """What Cinder gives the image of a volume as properties in the request that creates it."""
        path, doing = f"/volumes/{row['id']}/action", f"mark the {self.noun} {self.label(row)}"
        for key in unwanted:
            self.client.write(
                "POST", path, body={"os-unset_image_metadata": {"key": key}}, doing=doing, resource=row["id"], ok=(404,)
            )
        self.set_image_metadata(row, properties)

    def upload(self, row: dict, values: dict) -> str:
        """Ask for the image; its ID. It is only registered when this returns."""
        body = {
            "image_name": values["name"],
            "disk_format": values["disk_format"],
            "container_format": values["container_format"],
        }
        doing = f"make the image '{values['name']}' of the {self.noun} {self.label(row)}"
        answer = self.client.write(
            "POST",
            f"/volumes/{row['id']}/action",
            body={"os-volume_upload_image": body},
            resource=row["id"],
            doing=doing,
        )
        return self.client.created(answer, "os-volume_upload_image", doing=doing, resource=row["id"])["image_id"]

    def delete(self, row: dict) -> None:
        self.remove(row)


def _largest(volumes, most):
    return sorted(((size, volume_type) for _snapshot, size, volume_type in volumes), key=lambda one: -one[0])[:most]


def is_stale(row: dict, now: datetime) -> bool:
    """Whether somebody may have written to a temporary volume since it was made of its snapshot.

    One that a killed run has left without our word on how it was is believed for a moment only: so long a twin may need
    to write it down.
    """
    if row["status"] != "available":
        return False  # it is being made or read, and nobody can attach it
    if (seen := row["metadata"].get(_marks.UNTOUCHED)) is not None:
        return seen != (row["updated_at"] or "")
    created = time_of(row["created_at"])
    return created is None or (now - created).total_seconds() > A_MOMENT


def is_taken(row: dict) -> bool:
    return bool(row["attachments"]) or row["status"] in TAKEN


def _is_ours(row, snapshot):
    """By its marks, and by what Cinder says that it was made of: a restored backup has the name and the metadata, too.
    One that somebody has attached is theirs.
    """
    metadata = row["metadata"] or {}
    return (
        (metadata.get(_marks.SOURCE), metadata.get(_marks.STEP)) == (snapshot, STEP)
        and row["snapshot_id"] == snapshot
        and not is_taken(row)
    )
