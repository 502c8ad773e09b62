# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains side by side: each has a thread of its own, and lanes bound what is scarce. Knows no cloud."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.osnap.openstack.plugins.module_utils._core import written
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    T = TypeVar("T")

#: Seconds after which whoever waits asks again whether there is still a reason to.
CHECK_EVERY = 1.0


class Ended(Exception):
    """Another chain has ended them all. It is never seen outside: what has ended them is raised in its place."""


class Lanes:
    """Runs chains, and lets no more of them into a lane than it has places.

    :param sizes: ``{name: places}`` of the lanes; 0 is one without a bound
    :param check: raises when nobody waits for the work any more (:class:`JobGone`)
    """

    def __init__(self, sizes: Mapping[str, int], check: Callable[[], None]):
        self._sizes, self._check = dict(sizes), check
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._stopped = threading.Event()
        self._why = ""

    def check(self) -> None:
        """Call it before each link of a chain: raises when no more is to be begun."""
        if self._ended.is_set():
            raise Ended()
        self._check()

    @contextmanager
    def lane(self, name: str, of: str = "") -> Iterator[None]:
        """A place in a lane, first come, first served.

        Chains that hold several at once must all enter them in one order, and none twice.

        :param of: what has a lane of this name and size for itself, such as a back end
        """
        self.check()
        size = self._sizes[name]
        if size < 1:
            yield
            return
        with self._lock:
            lane = self._lanes.setdefault((name, of), _Lane(size))
        lane.enter(self.check)
        try:
            yield
        finally:
            lane.leave()

    @contextmanager
    def places(self, name: str, count: int) -> Iterator[Places]:
        """Several places of a lane at once, as many as it has at the most; they can be left one by one. 0 are none."""
        self.check()
        count = min(count, self._sizes[name])
        with self._lock:
            lane = self._lanes.setdefault((name, ""), _Lane(self._sizes[name]))
        if count:
            lane.enter(self.check, count)
        places = Places(lane, count)
        try:
            yield places
        finally:
            places.keep(0)

    def run(
        self, chains: Sequence[Callable[[], T]], parallel: int, not_begun: Callable[[int], None] = lambda at: None
    ) -> list[T | OsnapError]:
        """What each chain returns, in their order, or the :class:`OsnapError` that has ended it.

        They are begun in their order, at most ``parallel`` at once. After an error that dooms the rest (credentials, an
        unreachable cloud, quota) none is begun any more. Any other exception ends all of them, each at its next check,
        and is raised once none runs any more.

        :param not_begun: told the place of each chain that is not begun: others may wait for it
        """
        fatal: list[BaseException] = []

        def attempt(at: int) -> T | OsnapError | None:
            if self._stopped.is_set():
                not_begun(at)
                return NotSent(f"Not attempted, because an earlier item failed: {self._why}")
            before = written.count()
            try:
                self.check()
                return chains[at]()
            except OsnapError as error:
                error.changed_nothing = written.count() == before
                if error.stops_work and not self._stopped.is_set():
                    self._why = str(error)
                    self._stopped.set()
                return error
            except BaseException as error:
                fatal.append(error)
                self._ended.set()
                return None

        def counted(at: int) -> tuple[T | OsnapError | None, int]:
            before = written.count()
            return attempt(at), written.count() - before

        with ThreadPoolExecutor(max(1, min(parallel, len(chains)))) as pool:
            results = list(pool.map(counted, range(len(chains))))
        written.add(sum(writes for _result, writes in results))  # threads count for themselves
        for error in sorted(fatal, key=lambda error: isinstance(error, Ended)):
            raise error
        return [result for result, _writes in results]  # type: ignore[misc]  # None is of a fatal one


class Places:
    """Those that a chain has of a lane."""

    def __init__(self, lane: _Lane, count: int):
        self._lane, self._count, self._lock = lane, count, threading.Lock()

    def keep(self, most: int) -> None:
        """Leave what is more than that."""
        with self._lock:
            left = max(0, self._count - most)
            self._count -= left
        if left:
            self._lane.leave(left)


class _Lane:
    """Places, and a queue for them: a semaphore would let a chain that has come late go first."""

    def __init__(self, places: int):
        self._free = places
        self._queue: deque[object] = deque()
        self._changed = threading.Condition()

    def enter(self, check: Callable[[], None], places: int = 1) -> None:
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                while self._queue[0] is not ticket or self._free < places:
                    self._changed.wait(CHECK_EVERY)
                    check()
                self._free -= places
            finally:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def leave(self, places: int = 1) -> None:
        with self._changed:
            self._free += places
            self._changed.notify_all()
