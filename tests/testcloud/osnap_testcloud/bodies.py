# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fault does to bodies on their way: a byte turned, an end cut off, a slow link. Standard library only."""

import errno
import threading
import time

SLICE = 2**16  # bytes; what a slow link lets through at once is at most this, and at most a twentieth of a second's
MOMENT = 0.02  # seconds between two looks whether the rule still holds


def flipped(piece, position, offset):
    """A piece of a body that starts at ``offset``, with all bits of the byte at ``position`` turned, if it is in
    there.
    """
    if position is None or not offset <= position < offset + len(piece):
        return piece
    changed = bytearray(piece)
    changed[position - offset] ^= 0xFF
    return bytes(changed)


class Link:
    """A line of so many bytes a second, which all share that use it; ``holds`` says whether it is still slow."""

    def __init__(self, rate, holds):
        self.rate, self.slice, self._holds = rate, max(1, min(SLICE, rate // 20)), holds
        self._lock, self._free = threading.Lock(), 0.0

    def carry(self, size):
        """Wait as long as so many bytes take, behind those that were there before."""
        with self._lock:
            self._free = arrival = max(self._free, time.monotonic()) + size / self.rate
        wait(arrival - time.monotonic(), self._holds)

    def pieces(self, body):
        """The pieces of a body, each when it has come over."""
        for piece in body:
            for begin in range(0, len(piece), self.slice):
                part = piece[begin : begin + self.slice]
                self.carry(len(part))
                yield part


def wait(seconds, holds):
    """Sleep, but no longer than ``holds()``: a test that clears a rule lets all go at once that it holds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and holds():
        time.sleep(min(left, MOMENT))


class RequestBody:
    """A request's body as the service reads it, from its beginning; subclasses say what becomes of a read."""

    def __init__(self, body):
        self._body, self._offset = body, 0

    def read(self, size=None):
        return self._come(self._body.read() if size is None else self._body.read(size))

    def readline(self, *args):
        return self._come(self._body.readline(*args))

    def readlines(self, *args):
        return list(self)

    def __iter__(self):
        return iter(self.readline, b"")

    def __getattr__(self, name):
        return getattr(self._body, name)

    def _come(self, piece):
        changed = self._changed(piece, self._offset)
        self._offset += len(piece)
        return changed

    def _changed(self, piece, offset):
        return piece


class Corrupted(RequestBody):
    """One byte flipped."""

    def __init__(self, body, position):
        super().__init__(body)
        self._position = position

    def _changed(self, piece, offset):
        return flipped(piece, self._position, offset)


class Slow(RequestBody):
    """Read in slices, each when it has come over the link. A read gives as much as it would give at once."""

    def __init__(self, body, link):
        super().__init__(body)
        self._link = link

    def read(self, size=None):
        left = -1 if size is None else size
        parts = []
        while left:
            part = super().read(self._link.slice if left < 0 else min(left, self._link.slice))
            if not part:
                break
            parts.append(part)
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def _changed(self, piece, offset):
        self._link.carry(len(piece))
        return piece


class CutShort(RequestBody):
    """The connection breaks after so many bytes, if there are more: ``disconnect`` resets it and raises what the
    service's read ends with.
    """

    def __init__(self, body, length, disconnect):
        super().__init__(body)
        self._length, self._disconnect, self.is_cut = length, disconnect, False

    def read(self, size=None):
        most = self._most()
        return super().read(most if size is None or size < 0 else min(size, most))

    def readline(self, size=None):
        most = self._most()
        return super().readline(most if size is None or size < 0 else min(size, most))

    def _most(self):
        """One more than is let through: only so is it certain that the body did not end there anyway."""
        if self.is_cut:
            raise ConnectionResetError(errno.ECONNRESET, "it was cut short already")
        return self._length - self._offset + 1

    def _changed(self, piece, offset):
        if offset + len(piece) > self._length:
            self.is_cut = True
            self._disconnect()
        return piece
