# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Glance image of a Cinder snapshot: snapshot → temporary volume → upload → finished → no temporary volume.

No request takes a property for the image that Cinder makes of a volume, but the volume's own image metadata become its
properties: so it is marked from its first moment, and what a killed run has left is found. It counts as finished by
``osnap_complete`` alone.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_GONE,
    CREATE,
    DELETE,
    UPDATE,
    Plan,
    Step,
    as_text,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.runner import Operation, Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy import (
    is_declared,
    is_finished,
    kept,
    portable_properties,
)
from ansible_collections.osnap.openstack.plugins.module_utils._images.refusals import over_quota as images_over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import GIGABYTES, over_quota
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import (
    TemporaryVolumes,
    is_stale,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: Options that can be changed at any time, by attribute; Glance gives them values of its own where they are not set.
CHANGEABLE = {"tags": "tags", "visibility": "visibility", "min_disk": "min_disk", "is_protected": "protected"}


class ImageFromSnapshot(Operation):
    """One or many images, each of a volume snapshot."""

    returns = "image"

    def prepare(self, context, items):
        rows = lookup.existing(VolumeSnapshots(context.cloud), [item["snapshot"] for item in items])
        return [
            row if isinstance(row, OsnapError) else {**item, "source": row}
            for item, row in ((item, rows[item["snapshot"]]) for item in items)
        ]

    def resolved(self, item):
        return item["source"]["id"], item["name"]

    def plan_all(self, context, items):
        images = images_of(context.cloud, {item["name"] for item in items})
        volumes = TemporaryVolumes(context.cloud).of({self.resolved(item) for item in items})
        plans = []
        for item in items:
            try:
                plans.append(
                    plan_image(item, _of(images[item["name"]], item), volumes[self.resolved(item)], context.cloud)
                )
            except OsnapError as error:
                plans.append(error)
        return self._admitted(context, plans)

    @staticmethod
    def _admitted(context, plans):
        """Encrypted data can only be stored as they are; and there must be room for as many temporary volumes as there
        are at a time.
        """
        making = [index for index, plan in enumerate(plans) if isinstance(plan, Plan) and plan.does(CREATE)]
        disks = lookup.existing(
            Volumes(context.cloud), [plans[index].desired["source"]["volume_id"] for index in making]
        )
        for index in making:
            source, wanted = plans[index].desired["source"], plans[index].desired["wanted"]
            if (
                (disk := disks[source["volume_id"]])
                and not isinstance(disk, OsnapError)
                and disk["is_encrypted"]
                and wanted["disk_format"] != "raw"
            ):
                plans[index] = OsnapError(
                    f"The snapshot '{source['name']}' ({source['id']}) is of an encrypted volume, which can only become"
                    " a raw image; leave disk_format out.",
                    resource=source["id"],
                )
        fresh = [index for index in making if isinstance(plans[index], Plan) and not plans[index].desired["begun"]]
        sizes = sorted((plans[index].desired["source"]["size"] for index in fresh), reverse=True)[
            : context.params["parallel"]
        ]
        over = (
            over_quota(Volumes(context.cloud).room(), {"volumes": len(sizes), GIGABYTES: sum(sizes)}) if fresh else None
        )
        plans = [over if over and index in fresh else plan for index, plan in enumerate(plans)]
        # A raw image is as big as its snapshot, another may be smaller.
        coming = [index for index in making if isinstance(plans[index], Plan) and not plans[index].desired["stored"]]
        sources = [(plans[index].desired["source"], plans[index].desired["wanted"]) for index in coming]
        sizes = [source["size"] * 2**30 * (wanted["disk_format"] == "raw") for source, wanted in sources]
        verdicts = dict(zip(coming, images_over_quota(Images(context.cloud).room(), sizes))) if coming else {}
        return [verdicts.get(index) or plan for index, plan in enumerate(plans)]

    def apply_all(self, context, plans):
        return context.map(lambda plan: _Making(context, plan).run(), plans, threads=context.params["parallel"])


def images_of(cloud, names) -> dict:
    """``{name: [rows]}`` of the project's images, hidden ones too."""
    return Images(cloud).all_named(sorted(names), owner=cloud.project_id) if names else {}


def _of(rows, item):
    """Ours of this snapshot, oldest first."""
    ours = [row for row in rows if _marks.of_image(row).get(_marks.SOURCE) == item["source"]["id"]]
    return sorted(ours, key=lambda row: (row["created_at"], row["id"]))


def has_data(row) -> bool:
    return row["status"] == "active" and bool(row["size"])


def plan_image(item, images, volumes, cloud) -> Plan:
    """What is to be done about one image.

    :param item: ``source`` (the snapshot's row) and the options
    :param images: images of this name that carry the mark of this snapshot
    :param volumes: temporary volumes for it that a killed run has left
    """
    source = item["source"]
    finished = [row for row in images if is_finished(row)]
    if len(finished) > 1:
        raise OsnapError(
            f"{len(finished)} finished images of the snapshot {source['id']} are named '{item['name']}':"
            f" {lookup.listing(finished)}; remove all but one, then run again.",
            resource=item["name"],
        )
    if finished:
        return _plan_finished(finished[0], item, volumes)
    if taken := next(filter(is_declared, images), None):
        raise OsnapError(
            f"The image '{taken['name']}' ({taken['id']}) of the snapshot {source['id']} is in status"
            f" {taken['status']}; make it active again, or delete it, then run again.",
            resource=taken["id"],
        )
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
    shown = {key: value for key, value in wanted.items() if key != "properties"}
    predicted = {**dict.fromkeys(Images.keys()), **shown, "status": "active", "owner_id": cloud.project_id}
    before, after = {"state": "absent"}, {"state": "present", "snapshot_id": source["id"], **wanted}
    stored = any(map(has_data, images))
    stale = [row["id"] for row in volumes if is_stale(row, datetime.now(timezone.utc))]
    if stale and not stored:
        before, after = {**before, "stale_temporary_volumes": stale}, {**after, "stale_temporary_volumes": []}
    return Plan(
        before,
        after,
        (Step(CREATE),),
        None,
        predicted,
        {**item, "wanted": wanted, "begun": bool(volumes) or stored, "stored": stored},
    )


def _set(item):
    """The changeable options that are set, by attribute."""
    values = {attribute: item[option] for attribute, option in CHANGEABLE.items() if item[option] is not None}
    values.update({"tags": sorted(set(values["tags"]))} if "tags" in values else {})
    return {**values, **({"properties": as_text(item["properties"])} if item["properties"] else {})}


def _plan_finished(row, item, volumes):
    """A finished image: its data are never touched, options that are set are, and what is left of its making goes."""
    for option in ("disk_format", "container_format"):
        if item[option] not in (None, row[option]):
            raise OsnapError(
                f"The image '{row['name']}' ({row['id']}): {option} can't be changed: it is {row[option]!r} and"
                f" {item[option]!r} was asked for; leave {option} out, or give this one another name.",
                resource=row["id"],
            )
    wanted = _set(item)
    new = {key: value for key, value in wanted.items() if key != "properties" and row[key] != value}
    if any(row["properties"].get(key) != value for key, value in wanted.get("properties", {}).items()):
        new["properties"] = {**row["properties"], **wanted["properties"]}
    before = {
        "state": "present",
        "snapshot_id": item["source"]["id"],
        "name": row["name"],
        **{key: row[key] for key in new},
    }
    after = {**before, **new}
    steps = (Step(UPDATE, new),) if new else ()
    if left := [volume["id"] for volume in volumes if volume["status"] not in TemporaryVolumes.statuses.leaving]:
        steps += (Step(DELETE),)
        before, after = {**before, "temporary_volumes": left}, {**after, "temporary_volumes": []}
    elif volumes:
        steps += (Step(AWAIT_GONE),)
    predicted = {**row, **new, **({"updated_at": None} if new else {})}
    return Plan(before, after, steps, row, predicted, {**item, "wanted": wanted})


class _Making:
    """The way of one image, from wherever an earlier run has left it. Every question is asked again just before what
    depends on its answer.
    """

    def __init__(self, context, plan):
        self.context, self.plan, self.cloud = context, plan, context.cloud
        self.source, self.name, self.wanted = plan.desired["source"], plan.desired["name"], plan.desired["wanted"]
        self.images, self.volumes = Images(context.cloud), TemporaryVolumes(context.cloud)

    def run(self) -> Outcome:
        row = self.plan.current
        try:
            if row is None:
                row = self._finish(self._whole() or self._stored())
            elif values := next((step.values for step in self.plan.steps if step.verb == UPDATE), None):
                row = self.images.update(row, values)
        except OsnapError as error:
            raise self._told(error) from error
        self._remove()
        return Outcome(row)

    # -- the image

    def _ours(self):
        return _of(images_of(self.cloud, {self.name})[self.name], self.plan.desired)

    def _whole(self):
        """The image, if it has its data already. Of two that twins have made the older is kept."""
        whole = [row for row in self._ours() if has_data(row)]
        whole.sort(key=lambda row: not is_finished(row))
        for row in whole[1:]:
            self.images.delete_if(row, kept)
        return whole[0] if whole else None

    def _stored(self):
        """The image, made of a volume that is made for it."""
        volume = self._settled(self._volume())
        if _marks.UNTOUCHED not in volume["metadata"]:
            volume = self.volumes.mark_untouched(volume)
        if row := self._whole():  # an upload that a killed run had begun has just ended
            return row
        for row in self._ours():  # nobody is going to give it data any more
            if stays := self.images.delete_if(row, lambda now: has_data(now) and "it has its data now"):
                return stays.row
        inherited = volume["volume_image_metadata"] or {}
        unwanted = set(inherited) - set(portable_properties({"properties": inherited})) | {
            key for key in inherited if _marks.is_mark(key)
        }
        self.volumes.describe_image(volume, {_marks.SOURCE: self.source["id"]}, sorted(unwanted - {_marks.SOURCE}))
        id = self._upload(volume)
        self._settled(volume)
        if row := self._whole():
            return row
        left = self.images.get(id) if id else None
        if left:
            self._wait(self.images, {left["id"]: waiter.READY})
            return self._whole() or self._empty(volume)
        raise self._empty(volume)

    def _empty(self, volume):
        reason = self.volumes.reason(volume)
        return OsnapError(
            f"Could not make the image '{self.name}' of the snapshot '{self.source['name']}' ({self.source['id']}): the"
            f" service took the request and gave up{': ' + reason if reason else ''}; look at its log, then run again.",
            service="block-storage",
            resource=self.source["id"],
        )

    def _upload(self, volume):
        """Ask for the image, once; its ID, or None where a twin's request or a lost answer of ours is being carried
        out.
        """
        for attempt in (1, 2):
            self.context.progress.check()
            try:
                return self.volumes.upload(volume, self.wanted)
            except OsnapError as error:
                if isinstance(error, Unanswered) or not (isinstance(error, Ambiguous) or error.status in (400, 503)):
                    raise
                now = self.volumes.get(volume["id"])
                if self._ours() or (now and now["status"] == "uploading"):
                    return None
                if attempt == 2 or error.status == 400:
                    raise
            time.sleep(1)
        return None

    def _finish(self, row):
        """Declare it complete, and only now visible to whom it shall be."""
        if is_finished(row):
            return row
        values = {
            **{key: value for key, value in self.wanted.items() if key in CHANGEABLE and row[key] != value},
            "properties": {**self.wanted.get("properties", {}), _marks.FOR: row["id"], _marks.COMPLETE: "true"},
        }
        try:
            return self.images.update(row, values)
        except Ambiguous:
            return self.images.update(
                self.images.get(row["id"]) or row, values
            )  # no answer: it is done already, or can be done again

    # -- the temporary volume

    def _left(self):
        return self.volumes.of([(self.source["id"], self.name)])[self.source["id"], self.name]

    def _volume(self):
        """The oldest there is that has the snapshot's data, or a new one; never a second one for want of an answer."""
        leaving = self.volumes.statuses.leaving | self.volumes.statuses.failed
        for row in self._left():
            if is_stale(row, datetime.now(timezone.utc)) and self._deleted(row):
                self._wait(self.volumes, {row["id"]: waiter.GONE})
        usable = [row for row in self._left() if row["status"] not in leaving]
        if usable:
            return usable[0]
        for attempt in (1, 2):
            self.context.progress.check()
            try:
                made = self.volumes.create(self.source["id"], self.name)
            except OsnapError as error:
                if (
                    attempt == 2
                    or isinstance(error, Unanswered)
                    or not (isinstance(error, Ambiguous) or error.status == 503)
                ):
                    raise
                time.sleep(1)
                usable = [row for row in self._left() if row["status"] not in leaving]
                if usable:
                    return usable[0]
                continue
            usable = [row for row in self._left() if row["status"] not in leaving]
            return next(iter(usable), made)
        return None

    def _settled(self, volume):
        return self._wait(self.volumes, {volume["id"]: waiter.READY})[volume["id"]]

    def _deleted(self, row):
        """Whether a temporary volume is gone or going; one that somebody has attached since is theirs."""
        return not self.volumes.delete_if(row, lambda now: now["attachments"] and "somebody has attached it")

    def _remove(self):
        """Every temporary volume for this image. One that is being filled is waited for, for it can't be deleted
        before.
        """
        rows = self._left()
        busy = {row["id"]: waiter.READY for row in rows if row["status"] in ("creating", "uploading")}
        waiter.wait(self.volumes, busy, timeout=self.context.timeout, progress=self.context.progress)
        rows = [row for row in rows if row["status"] in self.volumes.statuses.leaving or self._deleted(row)]
        self._wait(self.volumes, {row["id"]: waiter.GONE for row in rows})

    def _wait(self, service, goals):
        rows = waiter.wait(service, goals, timeout=self.context.timeout, progress=self.context.progress)
        if error := next((row for row in rows.values() if isinstance(row, OsnapError)), None):
            raise error
        return rows

    def _told(self, error):
        """The error; the temporary volume goes with it, or it is said which one the next run removes."""
        rows = []
        try:
            rows = self._left()
            stuck = [row for row in rows if row["status"] not in ("available", "error")]
            going = [row for row in rows if row not in stuck and self._deleted(row)]
            self._wait(self.volumes, {row["id"]: waiter.GONE for row in going})
        except OsnapError:
            stuck = rows
        if not stuck:
            return error
        left = ", ".join(f"{row['id']} ({row['status']})" for row in stuck)
        return OsnapError(
            f"{str(error).rstrip('.')}; the temporary volume {left} is still there, and the next run goes on with it or"
            " removes it.",
            **error.fields,
            stops_work=error.stops_work,
        )
