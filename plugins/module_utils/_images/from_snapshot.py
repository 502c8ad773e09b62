# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glance images of Cinder snapshots: which ones, and whether there is room for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import below_one
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, UPLOAD, Plan
from ansible_collections.osnap.openstack.plugins.module_utils._images import refusals
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_plan import plan_image
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_steps import Making, images_of
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import TemporaryVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class ImageFromSnapshot(Operation):
    """One or many images, each of a volume snapshot."""

    returns = "image"
    many = "images"
    options = {
        "snapshot": {"type": "str"},
        "name": {"type": "str"},
        "disk_format": {"type": "str", "choices": ["raw", "qcow2"]},
        "container_format": {"type": "str", "choices": ["bare", "compressed"]},
        "properties": {"type": "dict"},
        "tags": {"type": "list", "elements": "str"},
        "visibility": {"type": "str", "choices": ["private", "shared", "community", "public"]},
        "protected": {"type": "bool"},
        "min_disk": {"type": "int"},
    }
    task_options = {"parallel": {"type": "int", "default": 2}, "timeout": {"type": "int", "default": 3600}}

    def tidy(self, item):
        """White space around a name does not count, and nothing else is a name."""
        return {**item, **{key: (item[key] or "").strip() or None for key in ("snapshot", "name")}}

    def wrong(self, params):
        return below_one(params, "parallel")

    def problem(self, item, params):
        for option in ("snapshot", "name"):
            if not item[option]:
                return (
                    f"{option} is missing; say which"
                    f" {'snapshot the image is made of' if option == 'snapshot' else 'name the image gets'}"
                )
        if (item["min_disk"] or 0) < 0:
            return f"min_disk is {item['min_disk']}; it takes GiB, 0 or more"
        return text_problem("name", item["name"]) or refusals.problem(item)

    def identity(self, item):
        return item["snapshot"], item["name"]

    def title(self, item):
        return item["name"] or ""

    def prepare(self, context: Context, items: list) -> list:
        rows = lookup.existing(VolumeSnapshots(context.cloud), [item["snapshot"] for item in items])
        return [
            row if isinstance(row, OsnapError) else {**item, "source": row}
            for item, row in ((item, rows[item["snapshot"]]) for item in items)
        ]

    def resolved(self, item: dict) -> tuple:
        return item["source"]["id"], item["name"]

    def plan_all(self, context: Context, items: list) -> list:
        volumes = TemporaryVolumes(context.cloud).of({self.resolved(item) for item in items})
        plans: list[Plan | OsnapError] = []
        for item, images in zip(items, images_of(context.cloud, items), strict=True):
            try:
                plans.append(plan_image(item, images, volumes[self.resolved(item)], context.cloud))
            except OsnapError as error:
                plans.append(error)
        making = _with(plans, UPLOAD)
        disks = lookup.existing(Volumes(context.cloud), [plan.carried.source["volume_id"] for plan in making.values()])
        for judged in (_of_encrypted, _in_quota_of_volumes, _in_quota_of_images):
            plans = judged(context, plans, disks)
        return plans

    def apply_all(self, context: Context, plans: list) -> list:
        return context.map(lambda plan: Making(context, plan).run(), plans, threads=context.params["parallel"])


def _with(plans, verb):
    """``{index: plan}`` of those that have such a step."""
    return {index: plan for index, plan in enumerate(plans) if isinstance(plan, Plan) and plan.does(verb)}


def _of_encrypted(context, plans, disks):
    """Encrypted data can only be stored as they are."""
    refused = {}
    for index, plan in _with(plans, UPLOAD).items():
        source, disk = plan.carried.source, disks[plan.carried.source["volume_id"]]
        known = disk and not isinstance(disk, OsnapError)
        if known and disk["is_encrypted"] and plan.carried.wanted["disk_format"] != "raw":
            refused[index] = OsnapError(
                f"The snapshot '{source['name']}' ({source['id']}) is of an encrypted volume, which can only become"
                " a raw image; leave disk_format out.",
                resource=source["id"],
            )
    return [refused.get(index) or plan for index, plan in enumerate(plans)]


def _in_quota_of_volumes(context, plans, disks):
    """There must be room for as many temporary volumes as there are at a time."""
    making = _with(plans, CREATE)
    wanted = []
    for plan in making.values():
        source, disk = plan.carried.source, disks[plan.carried.source["volume_id"]]
        known = disk and not isinstance(disk, OsnapError)
        wanted.append((source["id"], source["size"], disk["volume_type"] if known else None))
    found = TemporaryVolumes(context.cloud).over_quota(wanted, context.params["parallel"]) if making else []
    verdicts = dict(zip(making, found, strict=True))
    return [verdicts.get(index) or plan for index, plan in enumerate(plans)]


def _in_quota_of_images(context, plans, disks):
    """A raw image is as big as its snapshot, another may be smaller."""
    making = _with(plans, UPLOAD)
    raw = [plan.carried.wanted["disk_format"] == "raw" for plan in making.values()]
    sizes = [plan.carried.source["size"] * 2**30 * is_raw for plan, is_raw in zip(making.values(), raw, strict=True)]
    room = Images(context.cloud).room() if making else None
    verdicts = dict(zip(making, refusals.over_quota(room, sizes), strict=True)) if making else {}
    return [verdicts.get(index) or plan for index, plan in enumerate(plans)]
