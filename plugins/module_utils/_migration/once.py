# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all servers, or all volumes, of a task share, such as the destination's flavors: read once for all of them, and
anew when it is old.

A server is looked at again and again on its way, and fifty of them ask for the same lists. What decides about a single
server, its volumes, its marks, is never kept here.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    T = TypeVar("T")

#: Seconds. The cloud changes while a fleet is moved for hours: nobody is stopped for a flavor that has gone since.
MAX_AGE = 60.0


class Once:
    """Values by their keys.

    :param items: all that the task is about, as they were given: what is read for one must serve each of them
    """

    def __init__(self, items: list[dict[str, Any]], clock: Callable[[], float] = time.monotonic):
        self.items = items
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._locks: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def __call__(self, key: Hashable, read: Callable[[], T]) -> T:
        """What was read under a key within :data:`MAX_AGE`, or else what ``read`` returns; who comes meanwhile waits."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock() - kept[0] <= MAX_AGE:
                return kept[1]
            began = self._clock()
            value = read()
            self._kept[key] = began, value
            return value
