# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the metadata of volume snapshots and the properties of images become what is asked for; the module declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import difference
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_properties import (
    OF_SERVICES,
    ImageProperties,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.named_snapshots import Named, meant
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


#: Option -> its service, and the attribute that holds the metadata.
KINDS = {"volume_snapshot": (VolumeSnapshots, "metadata"), "image": (ImageProperties, "properties")}
#: Where the data of a volume-backed server's image are: without it they are lost.
UNTOUCHABLE = frozenset({"block_device_mapping", "bdm_v2"})


def plan_metadata(row: dict, attribute: str, item: dict) -> Plan:
    """The plan that gives a snapshot the metadata that an item asks for."""
    have, wanted, unset = row[attribute] or {}, as_text(item["metadata"] or {}), list(item["unset"] or ())
    if attribute == "properties":
        wanted.update(_marks.companions(row, wanted))
        unset += [companion for key, companion in _marks.COMPANIONS.items() if key in unset and companion in have]
    if item["purge"]:
        kept = {
            key: value
            for key, value in have.items()
            if _marks.is_ours(key) or (attribute == "properties" and OF_SERVICES.match(key))
        }
        then = {**kept, **wanted}
    else:
        then = {key: value for key, value in {**have, **wanted}.items() if key not in unset}
    step = Step(
        UPDATE,
        {"metadata": then if item["purge"] else wanted, "unset": unset, "replace": bool(item["purge"])},
    )
    changed = difference(have, **step.values) is not None
    predicted = {**row, attribute: then, **({"updated_at": None} if changed else {})}
    return Plan(
        {"metadata": have}, {"metadata": then}, (step,) if changed else (), row, predicted, item, {"metadata": then}
    )


class SnapshotMetadata(Operation):
    returns = "snapshot"

    def tidy(self, item: dict) -> dict:
        """An empty ``volume``, as templates leave it, is none."""
        return {**item, "purge": item["purge"] or None, "volume": item["volume"] or None}

    def problem(self, item: dict, params: dict) -> str | None:
        kind = _kind(item)
        if not item[kind].strip():
            return f"{kind} is empty; give its name or ID"
        keys = [str(key) for key in [*(item["metadata"] or {}), *(item["unset"] or [])]]
        if ours := sorted(key for key in keys if _marks.is_ours(key) and key != _marks.HOLD):
            return f"{', '.join(ours)} can't be changed, for this collection keeps it for itself; leave it out"
        if both := sorted(set(map(str, item["metadata"] or {})) & set(item["unset"] or [])):
            return f"{', '.join(both)} is to be set and to be removed; say which"
        return metadata_problem("metadata", item["metadata"]) or (
            _not_for_images(keys, item["metadata"] or {}) if kind == "image" else None
        )

    def identity(self, item: dict) -> tuple | None:
        name = (item[_kind(item)] or "").strip()
        return (_kind(item), name, (item["volume"] or "").strip()) if name else None

    def target(self, plan: Plan) -> str:
        return plan.current["id"]

    def title(self, item: dict) -> str:
        return item[_kind(item)]

    def prepare(self, context: Context, items: list) -> list:
        """``(item, row)`` for each."""
        images = [item["image"] for item in items if item["image"]]
        found = lookup.existing(ImageProperties(context.cloud), images) if images else {}
        snapshots = iter(_snapshots(context.cloud, [item for item in items if not item["image"]]))
        rows = [found[item["image"]] if item["image"] else next(snapshots) for item in items]
        return [row if isinstance(row, OsnapError) else (item, row) for item, row in zip(items, rows, strict=True)]

    def plan(self, context: Context, item: tuple) -> Plan:
        item, row = item
        return plan_metadata(row, KINDS[_kind(item)][1], item)

    def apply(self, context: Context, plan: Plan) -> Outcome:
        service, attribute = KINDS[_kind(plan.desired)]
        service = service(context.cloud)
        step = plan.steps[0].values
        row = service.set_metadata(plan.current, **step)
        if difference(row[attribute] or {}, step["metadata"], step["unset"]):
            raise OsnapError(
                f"The metadata of the {service.noun} {service.label(row)} was accepted, but did not become what was"
                " asked for; somebody else may be changing it. Run again.",
                resource=row["id"],
            )
        return Outcome(row, {"metadata": row[attribute] or {}})


def _kind(item):
    return "image" if item["image"] else "volume_snapshot"


def _snapshots(cloud, items):
    """The row, or the error, of each item's volume snapshot."""
    if not items:
        return []
    service = VolumeSnapshots(cloud)
    volumes = lookup.resolve(Volumes(cloud), [item["volume"] for item in items if item["volume"]])
    named = [
        Named(item["volume_snapshot"], item["volume"] and volumes[item["volume"]], item["volume"] or "")
        for item in items
    ]
    sound = [one for one in named if not isinstance(one.volume_id, OsnapError)]
    found = iter(meant(service, sound))
    return [one.volume_id if isinstance(one.volume_id, OsnapError) else next(found) for one in named]


def _not_for_images(keys, metadata):
    """What Glance would refuse, or take for something else, as a sentence; None if nothing."""
    attributes = {*ImageProperties.attributes.values(), "self", "file", "schema", "locations", "direct_url", "stores"}
    if known := sorted(attributes & set(keys)):
        return f"{', '.join(known)} is an attribute of an image and no property of it; leave it out"
    if vital := sorted(key for key in keys if key in UNTOUCHABLE or key.startswith("os_glance")):
        return f"{', '.join(vital)} is the services' own, and the image is nothing without it; leave it out"
    for key, value in metadata.items():
        if rare := next((character for character in f"{key}{value}" if ord(character) > 0xFFFF), None):
            return f"metadata has the character {rare!r}, which Glance refuses: no emoji"
    return None
