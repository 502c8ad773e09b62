# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a server will be off, judged by what this run has measured of others, or of its rehearsal. Knows no cloud."""

from __future__ import annotations

import threading
from statistics import median
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import COPYING, TRANSFER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Bytes of a GiB, as services count disks.
GIB = 2**30
#: Links whose time goes by the size of the disk; of the others each takes what it takes.
BY_SIZE = ("image", "copy", "volume")
ONCE = ("stop", "snapshot", "boot")


class Measured:
    """Seconds of the links that were carried out so far, by kind; shared by all chains of a task."""

    def __init__(self, rate: float | None = None):
        """``rate``: bytes a second at which copies go, where nothing was measured yet."""
        self._rate = rate
        # Plain dictionaries: what was only asked for must not stand there as measured.
        self._seconds: dict[str, list[float]] = {}
        self._per_byte: dict[str, list[float]] = {}
        self._lock = threading.Lock()

    def add(self, what: str, seconds: float, size: int | None = None) -> None:
        """Note a link that has changed something; ``size`` in bytes, of those that go by it."""
        with self._lock:
            if what in ONCE:
                self._seconds.setdefault(what, []).append(seconds)
            elif size:
                self._per_byte.setdefault(what, []).append(seconds / size)

    def until_next(self, size: int | None) -> float | None:
        """After how many seconds of a copy the next server may be stopped, so that it has its snapshot when this one ends;
        None where too little was measured.
        """
        with self._lock:
            copies, before = self._per_byte.get("copy"), [self._seconds.get(what) for what in ("stop", "snapshot")]
            if not size or not copies or not all(before):
                return None
            return max(0.0, size * median(copies) - sum(map(median, filter(None, before))))

    def seconds_of(self, disks: Sequence[Mapping[str, Any]], lanes: int) -> float | None:
        """How long a server with these disks will be off; None where no copy was measured and no rate was given,
        or where nothing is copied and nothing was measured at all.

        :param disks: of a migration's plan
        :param lanes: how many copies go at a time, for all servers together
        """
        with self._lock:
            per_byte = {what: median(found) for what, found in self._per_byte.items()}
            once = sum(map(median, self._seconds.values()))
        if not any(disk["method"] in COPYING for disk in disks):
            if not once and not per_byte:
                return None
        elif "copy" not in per_byte:
            if not self._rate:
                return None
            per_byte["copy"] = 1 / self._rate
        each = sorted((self._of_disk(disk, per_byte) for disk in disks), reverse=True)
        return once + max(each[0], sum(each) / max(lanes, 1)) if each else once

    @staticmethod
    def _of_disk(disk, per_byte):
        links = ["copy"] if disk["method"] in COPYING else []
        links += ["image"] if disk["kind"] == "volume" and disk["method"] != TRANSFER else []
        links += ["volume"] if disk["target"] == "volume" else []
        return bytes_of(disk) * sum(per_byte.get(what, 0.0) for what in links)


def bytes_of(disk: Mapping[str, Any]) -> int:
    """What goes over the wire for a disk: what its last copy had, such as a rehearsal's, or else all of it."""
    copy = disk["found"].get("copied") or {}
    return copy.get("size") or (disk["size"] or 0) * GIB
