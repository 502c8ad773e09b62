# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of one volume, or of a snapshot of one, finds in both clouds, at each of its steps."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Destination, Options
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_plan import judge
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes, Source
from ansible_collections.osnap.openstack.tests.unit.plugins.module_utils._migration.worlds import image as _image

ITEM = {
    "volume": "data",
    **dict.fromkeys(("snapshot", "regex", "name", "volume_type", "availability_zone", "bootable", "metadata")),
}
OF_SNAPSHOT = {**ITEM, "volume": None, "snapshot": "eve"}
MARKS = {"osnap_run": "migration", "osnap_disk": "v1"}
NAME = "osnap-migration-v1"
STEPS = ("planned", "snapshot", "image", "copied", "volume", "complete", "finalized")
#: When Cinder has changed the volume last.
THEN, LATER = "2026-11-24T08:00:00.000000", "2026-11-24T10:00:00.000000"


def volume(id="v1", **given):
    return {
        "id": id,
        "name": "data",
        "description": None,
        "status": "available",
        "size": 2,
        "volume_type": "fast",
        "availability_zone": "nova",
        "is_bootable": False,
        "is_encrypted": False,
        "is_multiattach": False,
        "attachments": [],
        "metadata": {"tier": "db"},
        "volume_image_metadata": {},
        "snapshot_id": None,
        "created_at": "2026-11-24T07:00:00.000000",
        "updated_at": THEN,
        "project_id": None,
        **given,
    }


def snapshot(id="snap", name=NAME, **given):
    return {
        "id": id,
        "name": name,
        "status": "available",
        "volume_id": "v1",
        "size": 2,
        "metadata": {**MARKS, "osnap_step": "snapshot", "osnap_after": THEN, "osnap_consistency": "off"},
        "created_at": "2026-11-24T09:00:00.000000",
        "project_id": None,
        **given,
    }


def image(id, source, name=NAME, **given):
    row = _image(id, name)
    return {**row, "properties": {**MARKS, "osnap_source": source, "osnap_complete": "true"}, **given}


def handed_over(**given):
    """What there is at the destination of a volume that was handed over."""
    metadata = {"osnap_source": "snap", **given.pop("metadata", {})}
    return new_volume(**{"image_id": None, "snapshot_id": "snap", **given}, metadata=metadata)


def new_volume(**given):
    metadata = {**MARKS, "osnap_step": "volume", "osnap_source": "copy", "tier": "db", **given.pop("metadata", {})}
    return volume(**{"id": "n1", "image_id": "copy", **given}, metadata=metadata)


def place(**given):
    return Destination(
        **{"cloud": "'target'", "volume_types": ["fast"], "usual_type": "usual", "zones": {"z1"}, **given}
    )


def seen(source=None, *there, **given):
    """Both clouds with the volume of :data:`ITEM` at the source and volumes at the destination."""
    source = source or volume()
    source = source if isinstance(source, Source) else Source(source) if isinstance(source, dict) else source
    at = SeenVolumes("'source'", "'target'", [], sources=[source], taken=list(there), place=place(), **given)
    at.made_volumes = [row for row in there if row["metadata"].get("osnap_source")]
    return at


def chosen(**given):
    row = {"name": "eve", "metadata": {}, "id": "chosen", **given}
    return seen(Source(volume(status="in-use"), snapshot(**row)))


def world(step, **given):
    """The clouds after a step of the run."""
    at = STEPS.index(step)
    metadata = {"osnap_complete": "true"} if at >= STEPS.index("complete") else {}
    metadata |= {"osnap_step": "finalized"} if step == "finalized" else {}
    there = [new_volume(metadata=metadata)] if at >= STEPS.index("volume") else []
    found = seen(given.pop("source", None), *given.pop("there", there), **given)
    if step == "finalized":
        return found
    found.volume_snapshots = {NAME: [snapshot()]} if at >= 1 else {}
    found.source_images = {NAME: [image("image", "snap")]} if at >= 2 else {}
    found.copies = {NAME: [image("copy", "image")]} if at >= 3 else {}
    return found


def judged(at, *items, **options):
    return judge(list(items) or [ITEM], at, Options(stop=False, **options))


def plan_of(at, *items, **options):
    return judged(at, *items, **options)["plans"][0]
