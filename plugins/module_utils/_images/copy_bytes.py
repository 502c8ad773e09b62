# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of an image on their way into another one, in one pass, verified on both ends."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._images.source import SourceBroken
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SinkBroken, Streamed, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images

#: What ends one transfer, and perhaps not the next.
BROKEN = (OsnapError, SourceBroken, SinkBroken)


def may_pass(error: OsnapError | SourceBroken | SinkBroken) -> bool:
    """Whether the same transfer may succeed a moment later."""
    if isinstance(error, OsnapError):
        return isinstance(error, Ambiguous) or error.status in (401, 408, 429, 500, 502, 503, 504)
    return isinstance(error, SinkBroken) or error.restartable


def is_known(algorithm: str) -> bool:
    """Whether this machine has a hash that a Glance names; what an operator may choose depends on Glance's machine."""
    try:
        return bool(hashlib.new(algorithm).hexdigest())
    except (TypeError, ValueError):  # a hash of any length wants to know which; there is none of that name
        return False


class Vanished(OsnapError):
    """A copy that somebody else has deleted while it was written. Not to be begun again at once: that may be a twin, which
    makes the same copy.
    """


class Bytes:
    """The bytes of one image."""

    def __init__(self, context: Context, source: dict, source_images: Images, images: Images):
        self.context, self.source = context, source
        self.source_images, self.images = source_images, images
        self.what = f"image '{source['name']}'"

    @property
    def algorithm(self) -> str:
        """The source's, where this machine has it."""
        named = self.source["hash_algo"]
        return named if named and is_known(named) else "sha512"

    def send(self, row: dict) -> tuple[dict, Streamed]:
        """Store them in an image that has none yet. That image as it is then, and what went through; raises one of
        :data:`BROKEN`.
        """
        algorithm = self.algorithm
        streamed = stream(
            _Data(self.source_images, self.source),
            lambda body: self._put(row, body),
            size=self.source["size"],
            algorithm=algorithm,
            what=self.what,
            tick=self.context.progress.tick,
        )
        return self._verified(row, streamed, algorithm), streamed

    def _put(self, row, body):
        try:
            self.images.put_data(row, body)
        except OsnapError as error:
            if error.status in (404, 410):
                raise self.vanished(row) from error
            raise

    def vanished(self, row: dict) -> Vanished:
        return Vanished(
            f"The copy '{row['name']}' ({row['id']}) vanished from cloud {self.context.cloud.peer.name} while it was"
            " written: somebody else has deleted it; run again to see what is there.",
            service="image",
            resource=row["id"],
        )

    def _verified(self, row, streamed, algorithm):
        """The stored image, its bytes proven to be the source's; raises when they are not.

        :param algorithm: what the bytes were hashed with, as the services call it
        """
        told = self.source["hash_algo"] == algorithm and self.source["hash_value"]
        if told and told != streamed.hexdigest:
            raise SourceBroken(
                f"The bytes read from the {self.what} do not have its {streamed.algorithm}.", restartable=True
            )
        stored = self.images.get(row["id"])
        if stored is None:
            raise self.vanished(row)
        if stored["status"] != "active" or stored["size"] != streamed.size:
            raise SinkBroken(
                f"The copy {row['id']} is {stored['status']} with {stored['size']} bytes, where {streamed.size} were"
                " sent."
            )
        told = stored["hash_algo"] == algorithm and stored["hash_value"]
        # A store that keeps no hash, or one of another kind: read the copy, for a size alone proves little.
        if (told or self._hash(self.images, stored, streamed.algorithm)) != streamed.hexdigest:
            raise SinkBroken(f"The copy {row['id']} does not have the {streamed.algorithm} of what was sent.")
        deep = self.context.params["verification"] == "deep"
        if deep and self._hash(self.source_images, self.source, streamed.algorithm) != streamed.hexdigest:
            raise SourceBroken(f"The {self.what} gives other bytes when it is read a second time.", restartable=True)
        return stored

    def _hash(self, images, row, algorithm):
        return read(images, row, algorithm, f"verification of {self.what}", self.context.progress.tick).hexdigest


def read(images: Images, row: dict, algorithm: str, what: str, tick: Callable[[str], None]) -> Streamed:
    """Read all bytes of an image for their hash; raises one of :data:`BROKEN`."""

    def discard(body):
        for _chunk in body:
            pass

    return stream(_Data(images, row), discard, size=row["size"], algorithm=algorithm, what=what, tick=tick)


class _Data:
    """An image's bytes as a source of ``stream``."""

    def __init__(self, images, row):
        self._images, self._row = images, row

    def open(self, offset):
        return self._images.open_data(self._row, offset)
