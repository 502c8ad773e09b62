# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that the destination's Glance fetches itself, from another region of the same Keystone: as every copy registered,
verified and declared complete, only no byte of it goes through here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy import ImageCopy
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_bytes import Bytes
from ansible_collections.osnap.openstack.plugins.module_utils._images.copy_steps import Copying
from ansible_collections.osnap.openstack.plugins.module_utils._images.source import SourceBroken
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SinkBroken, Streamed
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_imports import ImageImports, is_at_work
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Outcome


class ImageImport(ImageCopy):
    """One or many images from the region of ``cloud`` to that of ``destination``."""

    def apply_all(self, context: Context, plans: list) -> list[Outcome | OsnapError]:
        return context.map(lambda plan: _Importing(context, plan).run(), plans, threads=context.params["parallel"])


class _Importing(Copying):
    def _data(self):
        return Fetched(self.context, self.copy.source, Images(self.cloud), self.images)


class Fetched(Bytes):
    """The bytes of one image, as another Glance fetches them."""

    def send(self, row: dict) -> tuple[dict, Streamed]:
        service = ImageImports(self.context.cloud.peer)
        entry = self.context.cloud.client("image").entry
        service.fetch(row, entry.region, self.source["id"])
        self._awaited(service, row, entry.region)
        algorithm = self.algorithm
        expected = self._told(algorithm) or self._hash(self.source_images, self.source, algorithm)
        streamed = Streamed(self.source["size"], algorithm, expected)
        return self._verified(row, streamed, algorithm), streamed

    def _told(self, algorithm):
        """The source's hash in the words of its Glance; without one the source has to be read once."""
        return self.source["hash_algo"] == algorithm and self.source["hash_value"]

    def _awaited(self, service, row, region):
        began = time.monotonic()
        while True:
            now = service.get(row["id"])
            if now is None or now["status"] in service.statuses.leaving:
                raise self.vanished(row)
            if now["status"] == "active":
                return
            there = self.context.cloud.peer.name
            if not is_at_work(now):
                why = service.why_failed(row).rstrip(".")
                raise SourceBroken(
                    f"The Glance of cloud {there} could not fetch the {self.what} from the region {region}"
                    f"{': ' + why if why else ''}.",
                    restartable=True,
                )
            if time.monotonic() - began > self.context.timeout:
                raise SinkBroken(
                    f"The Glance of cloud {there} has not fetched the {self.what} within {self.context.timeout} seconds; it"
                    f" is {now['status']}."
                )
            self.images.pause()
