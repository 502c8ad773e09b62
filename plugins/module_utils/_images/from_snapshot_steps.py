# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one image of a snapshot is made: snapshot → temporary volume → upload → finished → no temporary volume.

No request takes a property for the image that Cinder makes of a volume, but the volume's own image metadata become its
properties: so it is marked from its first moment, and what a killed run has left is found. It counts as finished by
``osnap_complete`` alone.

Two tasks may be at it at once, and neither may fail for it, nor delete what the other one is filling. They come to the
same volume, the oldest, of which there is one upload at a time; an image without data is deleted only if it was there
before no volume was at work; of two images all that made one choose the same, once all are seen (``_core.twins``).
Whoever is overtaken nevertheless finds the volume gone, or the image, looks again and takes what is finished.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._images import finished
from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_plan import has_data, plan_image
from ansible_collections.osnap.openstack.plugins.module_utils._images.portable import portable_properties
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan


def images_of(cloud: Cloud, items: list[dict]) -> list[list[dict]]:
    """For each item the project's images of its name that are of its snapshot, hidden ones too, oldest first."""
    names = sorted({item["name"] for item in items})
    found = Images(cloud).all_named(names, owner=cloud.project_id) if names else {}
    return [
        sorted(
            (row for row in found[item["name"]] if _marks.of_image(row).get(_marks.SOURCE) == item["source"]["id"]),
            key=lambda row: (row["created_at"], row["id"]),
        )
        for item in items
    ]


class Making:
    """The way of one image, from wherever an earlier run has left it. Every question is asked again just before what
    depends on its answer.
    """

    def __init__(self, context: Context, plan: Plan):
        self.plan, self.cloud, self.image = plan, context.cloud, plan.carried
        self.images = bound(Images(context.cloud), context)
        self.volume = TemporaryVolume(context, self.image.source["id"], self.image.name)
        self.uploaded = False  # by a request of ours

    def run(self) -> Outcome:
        for last in (False, False, True):
            try:
                outcome = self._finished()
                break
            except OsnapError as error:
                if outcome := self._by_a_twin():
                    break
                if last or not self._may_begin_anew():
                    raise self.volume.removed_after(error) from error
        self.volume.remove()
        return outcome

    def _finished(self):
        if self.plan.current:
            return Outcome(finished.changed(self.images, self.plan))
        row = self._whole() or self._stored()
        if not finished.is_finished(row):
            return Outcome(finished.declare(self.images, row, self.image.changeable, self.images.pause))
        return self._taken(row)

    def _taken(self, row):
        """The outcome where a twin has finished it: it gets our options."""
        plan = plan_image(self.image.item, [row], self.volume.left(), self.cloud)
        return Outcome(finished.changed(self.images, plan), instead=None if self.uploaded else plan)

    def _by_a_twin(self):
        """The outcome where something has failed because a twin was faster, and removed what we were at; or None."""
        try:
            row = None if self.plan.current else self._whole()
            return self._taken(row) if row and finished.is_finished(row) else None
        except OsnapError:
            return None  # what has failed first is told

    def _may_begin_anew(self):
        try:
            return self.volume.is_lost()
        except OsnapError:
            return False

    def _ours(self):
        return images_of(self.cloud, [self.image.item])[0]

    def _whole(self):
        """The image, if it has its data already. Of two that twins have made a finished one is kept, else the older."""
        whole = [row for row in self._ours() if has_data(row)]
        whole.sort(key=lambda row: not finished.is_finished(row))
        for row in whole[1:]:
            stays = self.images.delete_if(row, finished.kept)
            if stays and not finished.is_finished(whole[0]):
                return self._whole()
        return whole[0] if whole else None

    def _stored(self):
        """The image, made of a volume that is made for it."""
        for last in (False, False, True):
            try:
                row, volume = self._prepared()
                break
            except OsnapError as error:
                # Cinder lets nobody write on a volume that a twin has just given work; that is waited for.
                if last or error.status != 400:
                    raise
        return row or self._uploaded(volume)

    def _prepared(self):
        """``(the image, if there is one after all; the volume, ready for an upload)``."""
        while True:
            volume = self.volume.ready()
            if _marks.UNTOUCHED not in volume["metadata"]:
                volume = self.volume.service.mark_untouched(volume)
            rows = self._ours()
            if self.volume.idle():
                break
        if row := self._whole():  # an upload that a killed run had begun has just ended
            return row, volume
        for row in rows:  # nobody is going to give it data any more
            if stays := self.images.delete_if(row, _of_use):
                plan_image(
                    self.image.item, [stays.row], [], self.cloud
                )  # raises for one that was finished and taken away
                return stays.row, volume
        self._mark(volume)
        return None, volume

    def _uploaded(self, volume):
        self._upload(volume)
        asked = time.monotonic()
        self.volume.settled(volume)
        waiter.pause(self.volume.context, asked + twins.UNTIL_ALL_ARE_SEEN - time.monotonic())
        while not self.volume.idle():
            pass
        if row := self._whole():
            return row
        self.images.wait_for(self.images, {row["id"]: waiter.READY for row in self._ours()})
        if row := self._whole():
            return row
        reason = self.volume.service.reason(volume)
        raise OsnapError(
            f"Could not make the image '{self.image.name}' of the snapshot '{self.image.source['name']}'"
            f" ({self.image.source['id']}): the service took the request and gave up{': ' + reason if reason else ''};"
            " look at its log, then run again.",
            service="block-storage",
            resource=self.image.source["id"],
        )

    def _mark(self, volume):
        """What the volume has inherited of marks and places does not get into the image; our mark does."""
        inherited = volume["volume_image_metadata"] or {}
        unwanted = set(inherited) - set(portable_properties(inherited)) | set(filter(_marks.is_mark, inherited))
        self.volume.service.describe_image(
            volume, {_marks.SOURCE: self.image.source["id"]}, sorted(unwanted - {_marks.SOURCE})
        )

    def _upload(self, volume):
        """Ask for the image, once; not where a twin's request, or one of ours whose answer got lost, is carried out. A
        400 says that the volume is not to be had just now.
        """

        def under_way():
            now = self.volume.service.get(volume["id"])
            return self._ours() or (now and now["status"] == "uploading") or None

        before = written.count()
        send_once(
            lambda: self.volume.service.upload(volume, self.image.wanted),
            under_way,
            self.volume.service.pause,
            also=(400,),
        )
        self.uploaded = written.count() > before


def _of_use(row):
    """Why an image that had no data stays after all, as a clause."""
    return "it has its data by now" if has_data(row) else finished.kept(row)
