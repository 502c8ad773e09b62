# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a service is asked: so many requests at a time, and fewer as soon as it asks for fewer.

Each thread repeating its own refused request would keep up the rush, and one of them would run out of patience.
"""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds of the first pause where the service names none; each further one is twice as long.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60
#: So many pauses in a row without one answer in between, and whoever asks gives up.
PATIENCE = 5
#: Seconds. A service that wants a longer pause is not waited for: the task says so instead.
TOO_LONG = 600
#: Seconds. So often whoever waits asks whether it still makes sense.
SLICE = 1


class Pace:
    """The pace of all threads that ask one service. A 429 makes all of them pause and halves how many may ask at a
    time; answers widen it again.
    """

    def __init__(self, most: int, first_pause: float = FIRST_PAUSE):
        self._most, self.first_pause = most, first_pause
        self._width: float = most
        self._until: float = 0
        self._under_way = self._pauses = self._in_a_row = 0
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self, check: Callable[[], object] = lambda: None) -> Iterator[Turn]:
        """Wait for one's turn and have it: a :class:`Turn`.

        Who has to wait calls ``check`` meanwhile and at the end; it raises when nobody needs the request any more.
        """
        with self._changed:
            while (pause := self._until - time.monotonic()) > 0 or self._under_way >= int(self._width):
                check()
                self._changed.wait(min(pause, SLICE) if pause > 0 else SLICE)
                check()
            self._under_way += 1
            turn = Turn(self, self._pauses)
        try:
            yield turn
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def refuse(self, pauses: int, retry_after: str | None) -> bool:
        with self._changed:
            if pauses == self._pauses:  # the others of one rush say nothing new
                self._pauses, self._in_a_row, self._width = (
                    self._pauses + 1,
                    self._in_a_row + 1,
                    max(1, self._width / 2),
                )
            pause = seconds_of(retry_after) or min(self.first_pause * 2 ** (self._in_a_row - 1), LONGEST_PAUSE)
            if self._in_a_row > PATIENCE or pause > TOO_LONG:
                return False
            self._until = max(self._until, time.monotonic() + pause)
            return True

    def widen(self) -> None:
        with self._changed:
            self._in_a_row, self._width = 0, min(self._most, self._width + 1 / self._width)


class Turn:
    """One request's: it tells what came of it."""

    def __init__(self, pace: Pace, pauses: int):
        self._pace, self._pauses = pace, pauses

    def answered(self) -> None:
        self._pace.widen()

    def refused(self, retry_after: str | None = None) -> bool:
        """Whether to try again, once it is one's turn."""
        return self._pace.refuse(self._pauses, retry_after)


def seconds_of(retry_after: str | None) -> float | None:
    """What a ``Retry-After`` header says: seconds or a date; None where it says nothing of use."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return int(retry_after)
    try:
        return max(0, (parsedate_to_datetime(retry_after) - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
