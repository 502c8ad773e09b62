# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second proof of a volume's bytes: what Cinder has made of the copy is read back into an image, beside the copy, and
their hashes are compared. No API tells a hash of a volume itself.

It is of a snapshot, so that it goes the way of every image of a volume: marked from the first moment, and gone on with by
the next run. In the end nothing is left of it but a mark on the volume, which a rehearsal's or a killed run's successor
believes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot import ImageFromSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_steps import images_of
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._migration import refused
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.ways import RAW
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

#: The step of a snapshot that is made for it, and what its name ends with.
PROOF = "proof"


def prove(
    link: Callable[..., Any], there: Any, disk: Mapping[str, Any], volume: Mapping[str, Any], copy: Mapping[str, Any]
) -> None:
    """Compare a new volume with the copy that it was made of, once.

    :param link: carries an operation out, as :meth:`carry_out.Chain.link`
    :raises Refused: if it has other bytes, or if nobody can tell any more
    """
    about = f"volume '{volume['name']}' ({volume['id']})"
    label = f"The {about} in cloud {there.name}"
    if (volume["metadata"] or {}).get(_marks.PROVEN) == copy["id"]:
        return
    if volume["attachments"]:
        problem = Problem(
            f"{label} is attached, and was not read back before its server could write to it",
            "unproven",
            about,
            "roll the server back, or set verification to image",
        )
        raise refused.because([problem], volume["id"])
    name = f"{disk['name']}-{PROOF}"
    marks = {**disk["image_copy"]["properties"], _marks.STEP: PROOF}
    index = disk["index"]
    item = {"volume": volume["id"], "name": name, "metadata": marks}
    snapshot = link(PROOF, VolumeSnapshot(), item, there, disk=index)
    item = {"snapshot": snapshot["id"], "name": name, "disk_format": RAW, "properties": marks}
    image = link(PROOF, ImageFromSnapshot(), item, there, disk=index)
    differs = _difference(image, copy)
    link(PROOF, ServerImageSnapshot(), {"id": image["id"]}, there, disk=index, state="absent")
    link(PROOF, VolumeSnapshot(), {"id": snapshot["id"]}, there, disk=index, state="absent")
    if differs:
        problem = Problem(f"{label} {differs}", "unproven", about, "remove the volume, then run again")
        raise refused.because([problem], volume["id"])
    Volumes(there).set_metadata(dict(volume), {_marks.PROVEN: copy["id"]})


def _difference(image, copy):
    """How what was read back differs from the copy, as a clause; None if it does not."""
    if image["size"] != copy["size"]:
        return f"was read back as {image['size']} bytes, and its copy has {copy['size']}"
    if not image["hash_value"] or not copy["hash_value"] or image["hash_algo"] != copy["hash_algo"]:
        return "can't be compared with its copy, for the Glance there keeps no hash of one of them"
    if image["hash_value"] != copy["hash_value"]:
        return f"does not have the {copy['hash_algo']} of its copy"
    return None


def clear(context: Context, link: Callable[..., Any], volumes: Collection[str]) -> None:
    """Remove what a killed task has left of proofs of these volumes.

    :param context: whose cloud is the destination
    """
    rows = [row for row in VolumeSnapshots(context.cloud).list() if row["volume_id"] in volumes] if volumes else []
    for row in rows:
        if is_proof(row):
            remove(context, link, row)


def is_proof(row: Mapping[str, Any]) -> bool:
    """Whether a volume snapshot at the destination is one of ours for a proof."""
    return bool((row["metadata"] or {}).get(_marks.STEP) == PROOF)


def remove(context: Context, link: Callable[..., Any], row: Mapping[str, Any]) -> None:
    """Remove a snapshot that was made for a proof, with all that was made of it."""
    TemporaryVolume(context, row["id"], row["name"]).remove()
    for image in images_of(context.cloud, [{"name": row["name"], "source": row}])[0]:
        link("clear", ServerImageSnapshot(), {"id": image["id"]}, context.cloud, state="absent")
    link("clear", VolumeSnapshot(), {"id": row["id"]}, context.cloud, state="absent")
