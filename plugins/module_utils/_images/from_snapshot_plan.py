# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done about one image of a volume snapshot. Pure, but for the clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    CREATE,
    DELETE,
    FINISH,
    UPLOAD,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._images import finished
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import (
    TemporaryVolumes,
    is_stale,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: Options that can be changed at any time, by attribute; Glance gives them values of its own where they are not set.
CHANGEABLE = {"tags": "tags", "visibility": "visibility", "min_disk": "min_disk", "is_protected": "protected"}


@dataclass(frozen=True)
class Image:
    """An image of a snapshot, as it shall be."""

    item: dict
    #: The snapshot.
    source: dict
    #: The attributes that it gets.
    wanted: dict

    @property
    def name(self) -> str:
        return self.item["name"]

    @property
    def changeable(self) -> dict:
        return {key: value for key, value in self.wanted.items() if key in CHANGEABLE or key == "properties"}


def has_data(row: dict) -> bool:
    return row["status"] == "active" and bool(row["size"])


def plan_image(item: dict, images: list[dict], volumes: list[dict], cloud: Cloud) -> Plan:
    """What is to be done about one image.

    :param item: ``source`` (the snapshot's row) and the options
    :param images: images of this name that carry the mark of this snapshot, oldest first
    :param volumes: temporary volumes for it that a killed run has left
    """
    source = item["source"]
    if done := _finished_one(item, images):
        return _plan_finished(done, item, volumes)
    if source["status"] != "available":
        raise OsnapError(
            f"The snapshot '{source['name']}' ({source['id']}) is in status {source['status']}, and only an available"
            " one becomes an image; wait for it or make it anew.",
            resource=source["id"],
        )
    wanted = {
        "name": item["name"],
        "disk_format": item["disk_format"] or "raw",
        "container_format": item["container_format"] or "bare",
        "visibility": "private",
        **_set(item),
    }
    stored = next(filter(has_data, images), None)
    steps: tuple[Step, ...]
    if stored:
        _refuse_other_formats(stored, item)
        wanted.update({key: stored[key] for key in ("disk_format", "container_format")})
        steps = (Step(FINISH),)
    else:
        steps = (() if volumes else (Step(CREATE),)) + (Step(UPLOAD), Step(FINISH))
    if volumes or not stored:
        steps += (Step(DELETE),)
    shown = {key: value for key, value in wanted.items() if key != "properties"}
    predicted = {**dict.fromkeys(Images.keys()), **shown, "status": "active", "owner_id": cloud.project_id}
    before, after = {"state": "absent"}, {"state": "present", "snapshot_id": source["id"], **wanted}
    stale = [row["id"] for row in volumes if is_stale(row, datetime.now(timezone.utc))]
    if stale and not stored:
        before, after = {**before, "stale_temporary_volumes": stale}, {**after, "stale_temporary_volumes": []}
    return Plan(before, after, steps, None, predicted, carried=Image(item, source, wanted))


def _finished_one(item, images):
    of = f"the snapshot {item['source']['id']}"
    return finished.only_one(
        images,
        name=item["name"],
        what=f"images of {of}",
        label=lambda row: f"The image '{row['name']}' ({row['id']}) of {of}",
    )


def _plan_finished(row, item, volumes):
    """A finished image, and what is left of its making, which goes."""
    _refuse_other_formats(row, item)
    wanted = _set(item)
    plan = finished.plan_finished(row, wanted, {"snapshot_id": item["source"]["id"], "name": row["name"]})
    before, after, steps = plan.before, plan.after, plan.steps
    if left := [volume["id"] for volume in volumes if volume["status"] not in TemporaryVolumes.statuses.leaving]:
        steps += (Step(DELETE),)
        before, after = {**before, "temporary_volumes": left}, {**after, "temporary_volumes": []}
    elif volumes:
        steps += (Step(AWAIT_GONE),)
    return replace(plan, before=before, after=after, steps=steps, carried=Image(item, item["source"], wanted))


def _refuse_other_formats(row, item):
    for option in ("disk_format", "container_format"):
        if item[option] not in (None, row[option]):
            raise OsnapError(
                f"The image '{row['name']}' ({row['id']}): {option} can't be changed: it is {row[option]!r} and"
                f" {item[option]!r} was asked for; leave {option} out, or give this one another name.",
                resource=row["id"],
            )


def _set(item):
    """The changeable options that are set, by attribute."""
    values = {attribute: item[option] for attribute, option in CHANGEABLE.items() if item[option] is not None}
    values.update({"tags": sorted(set(values["tags"]))} if "tags" in values else {})
    return {**values, **({"properties": as_text(item["properties"])} if item["properties"] else {})}
