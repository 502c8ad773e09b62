#!/usr/bin/python
# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: snapshot_metadata
short_description: Set and remove metadata of volume snapshots and snapshot images
version_added: 0.1.0
author:
  - The osnap.openstack authors (@osnap)
description:
  - Merges keys into the metadata of snapshots, removes keys, or replaces them all.
  - A snapshot is a Cinder snapshot of a volume, or a Glance image, such as the one that a server was snapshotted into. An image's metadata are its properties.
  - Other writers are respected, only keys that differ are sent. The services themselves may lose one of two changes made at the same moment, so each
    is looked at afterwards, and asked for again if it got lost.
  - Keys that begin with C(osnap_) are this collection's own and can be neither set nor removed. Beside C(series) on an image of a server stands
    C(osnap_series_for), the image's own ID, for Nova hands properties on to later images.
extends_documentation_fragment:
  - osnap.openstack.auth
  - osnap.openstack.wait.unused
  - osnap.openstack.bulk
  - osnap.openstack.attributes
options:
  <<: &fields
    volume_snapshot:
      description: Name or ID of a volume snapshot.
      type: str
    volume:
      description: Name or ID of the volume that O(volume_snapshot) is of, where the name alone does not say which snapshot is meant.
      type: str
    image:
      description: Name or ID of an image.
      type: str
    metadata:
      description:
        - Keys and their values. Numbers and booleans are stored as text.
        - Keys that are not named are left alone, unless O(purge=true).
      type: dict
    unset:
      description: Keys to remove. One that is not there is fine.
      type: list
      elements: str
    purge:
      description:
        - Whether O(metadata) replaces all keys, so that an empty one removes them.
        - An image keeps the properties that services have written and need, such as C(hw_disk_bus), C(os_type) or C(block_device_mapping).
      type: bool
  snapshots:
    description:
      - A list of snapshots to deal with in one task, each with the options above. What an item leaves out is taken from the top level.
      - A snapshot that is named twice is an error before anything is sent.
    type: list
    elements: dict
    suboptions: *fields
seealso:
  - module: osnap.openstack.volume_snapshot
  - module: osnap.openstack.server_image_snapshot
"""

EXAMPLES = r"""
- name: Say what a snapshot is good for
  osnap.openstack.snapshot_metadata:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade
    metadata:
      ticket: CHG-1234
      keep: true

- name: Take a key away, of a volume snapshot and of an image
  osnap.openstack.snapshot_metadata:
    cloud: source
    unset: [keep]
    snapshots:
      - volume_snapshot: before-upgrade
        volume: db01-data
      - image: web01-before-upgrade

- name: Have exactly this metadata and no other
  osnap.openstack.snapshot_metadata:
    cloud: source
    volume: db01-data
    volume_snapshot: before-upgrade
    metadata:
      series: yearly
    purge: true
"""

RETURN = r"""
snapshot:
  description:
    - The volume snapshot as in M(osnap.openstack.volume_snapshot), or the image as in M(osnap.openstack.image_copy), as it is after the task.
  returned: when O(snapshots) is not used
  type: dict
  sample: {id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, metadata: {ticket: CHG-1234}}
metadata:
  description: The metadata after the task, whichever kind of snapshot it is.
  returned: when O(snapshots) is not used
  type: dict
  sample: {ticket: CHG-1234}
snapshots:
  description: The snapshots, in the order of O(snapshots); null for one that failed.
  returned: when O(snapshots) is used
  type: list
  elements: dict
  sample: [{id: 2f5b6bd0-5a35-4dbd-b3ee-4a3bd7a2bd5f, name: before-upgrade, metadata: {ticket: CHG-1234}}]
outcomes:
  description: What became of each item, in the order of O(snapshots).
  returned: when O(snapshots) is used
  type: list
  elements: dict
  contains:
    index:
      description: Position in O(snapshots), from 0.
      type: int
      sample: 0
    changed:
      description: Whether this item was changed.
      type: bool
      sample: true
    failed:
      description: Whether this item failed.
      type: bool
      sample: false
    attempted:
      description: False for an item that was not begun because an earlier failure stopped the task.
      type: bool
      sample: true
    snapshot:
      description: The snapshot, as in RV(snapshot).
      type: dict
    metadata:
      description: The metadata after the task, as in RV(metadata).
      returned: when the item did not fail
      type: dict
      sample: {ticket: CHG-1234}
    msg:
      description: Why it failed, or null.
      type: str
      sample: null
    status:
      description: HTTP status of the answer that made it fail, or null.
      type: int
      sample: null
    request_id:
      description: The cloud's ID of that request, or null.
      type: str
      sample: null
    service:
      description: The service that answered, or null.
      type: str
      sample: null
    resource:
      description: Name or ID of the object that the failure is about, or null.
      type: str
      sample: null
"""

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import UPDATE, Plan, Step, as_text
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import metadata_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import difference
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_properties import (
    OF_SERVICES,
    ImageProperties,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: Option -> its service, and the attribute that holds the metadata.
KINDS = {"volume_snapshot": (VolumeSnapshots, "metadata"), "image": (ImageProperties, "properties")}
OURS = "osnap_"
#: Where the data of a volume-backed server's image are: without it they are lost.
UNTOUCHABLE = frozenset({"block_device_mapping", "bdm_v2"})


def plan_metadata(row, attribute, item) -> Plan:
    """The plan that gives a snapshot the metadata that an item asks for."""
    have, wanted = row[attribute] or {}, as_text(item["metadata"] or {})
    if attribute == "properties":
        wanted.update(_marks.companions(row, wanted))
    if item["purge"]:
        kept = {
            key: value
            for key, value in have.items()
            if key.startswith(OURS) or (attribute == "properties" and OF_SERVICES.match(key))
        }
        then = {**kept, **wanted}
    else:
        then = {key: value for key, value in {**have, **wanted}.items() if key not in (item["unset"] or [])}
    step = Step(
        UPDATE,
        {"metadata": then if item["purge"] else wanted, "unset": item["unset"] or (), "replace": bool(item["purge"])},
    )
    changed = difference(have, **step.values) is not None
    predicted = {**row, attribute: then, **({"updated_at": None} if changed else {})}
    return Plan(
        {"metadata": have}, {"metadata": then}, (step,) if changed else (), row, predicted, item, {"metadata": then}
    )


class SnapshotMetadata(Operation):
    returns = "snapshot"
    many = "snapshots"
    options = {
        "volume_snapshot": {"type": "str"},
        "volume": {"type": "str"},
        "image": {"type": "str"},
        "metadata": {"type": "dict"},
        "unset": {"type": "list", "elements": "str"},
        "purge": {"type": "bool"},
    }
    rules = {
        "required_one_of": [("volume_snapshot", "image"), ("metadata", "unset")],
        "mutually_exclusive": [("volume_snapshot", "image"), ("volume", "image"), ("purge", "unset")],
        "required_by": {"purge": "metadata"},
    }

    def tidy(self, item):
        return {**item, "purge": item["purge"] or None}

    def problem(self, item, params):
        kind = _kind(item)
        if not item[kind].strip():
            return f"{kind} is empty; give its name or ID"
        keys = [str(key) for key in [*(item["metadata"] or {}), *(item["unset"] or [])]]
        if ours := sorted(key for key in keys if key.startswith(OURS)):
            return f"{', '.join(ours)} can't be changed, for this collection keeps it for itself; leave it out"
        if both := sorted(set(map(str, item["metadata"] or {})) & set(item["unset"] or [])):
            return f"{', '.join(both)} is to be set and to be removed; say which"
        return metadata_problem("metadata", item["metadata"]) or (
            _not_for_images(keys, item["metadata"] or {}) if kind == "image" else None
        )

    def identity(self, item):
        name = (item[_kind(item)] or "").strip()
        return (_kind(item), name, (item["volume"] or "").strip()) if name else None

    def target(self, plan):
        return plan.current["id"]

    def title(self, item):
        return item[_kind(item)]

    def prepare(self, context, items):
        """``(item, row)`` for each."""
        images = [item["image"] for item in items if item["image"]]
        found = lookup.existing(ImageProperties(context.cloud), images) if images else {}
        snapshots = iter(_snapshots(context.cloud, [item for item in items if not item["image"]]))
        rows = [found[item["image"]] if item["image"] else next(snapshots) for item in items]
        return [row if isinstance(row, OsnapError) else (item, row) for item, row in zip(items, rows)]

    def plan(self, context, item):
        item, row = item
        return plan_metadata(row, KINDS[_kind(item)][1], item)

    def apply(self, context, plan):
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
    wanted = [
        (
            {"id": item["volume_snapshot"].strip()}
            if lookup.is_id(item["volume_snapshot"])
            else {"name": item["volume_snapshot"].strip()}
        )
        for item in items
    ]
    wanted = [
        {**one, "volume_id": volumes[item["volume"]]} if item["volume"] else one for one, item in zip(wanted, items)
    ]
    sound = [one for one in wanted if not isinstance(one.get("volume_id"), OsnapError)]
    found = dict(zip(map(id, sound), service.find(sound)))
    return [
        _only(service, item, found[id(one)]) if id(one) in found else one["volume_id"]
        for one, item in zip(wanted, items)
    ]


def _only(service, item, rows):
    name = item["volume_snapshot"].strip()
    if len(rows) == 1:
        return rows[0]
    if rows:
        return OsnapError(
            f"{len(rows)} {service.noun}s match '{name}': {lookup.listing(rows)}; give volume, or the ID of the one"
            " that is meant.",
            resource=name,
        )
    of = f" of the volume {item['volume']}" if item["volume"] else ""
    return OsnapError(
        f"There is no {service.noun} '{name}'{of} in cloud {service.cloud.name}; check the name and the project of the"
        " credentials.",
        resource=name,
    )


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


def main():
    SnapshotMetadata().run()


if __name__ == "__main__":
    main()
