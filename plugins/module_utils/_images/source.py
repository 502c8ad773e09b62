# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bytes of a source from the first to the last, over as many connections as that takes.

A *source* opens responses: ``source.open(offset)``. Nothing here knows of OpenStack, nor of where the bytes go.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Protocol

from ansible_collections.osnap.openstack.plugins.module_utils._images.amounts import of

CHUNK = 1 << 20  # what one system call moves; below it, the cost is that of Python, not of the network
PAUSES = (0.5, 2, 5)  # seconds before each attempt to open a broken source again, counted anew whenever bytes came

_REASONS = {
    204: "has no data",
    401: "refused the credentials",
    403: "may not be downloaded: it is deactivated, or a policy forbids it",
    404: "is not there any more",
    410: "is being deleted",
    429: "can't be read: too many requests",
}
_PASSING = (429, 500, 502, 503, 504)


class SourceBroken(Exception):
    """The source doesn't give its bytes. ``restartable``: a new attempt from the first byte may succeed."""

    def __init__(self, message, restartable=False, status=None):
        super().__init__(message)
        self.restartable, self.status = restartable, status


class Cut(Exception):
    """Another thread has failed; leave."""

    def __init__(self):
        super().__init__("another part of the transfer has failed")


class Source(Protocol):
    """What opens responses, whatever their status."""

    def open(self, offset: int) -> object:
        """A streaming response as requests has it; beyond offset 0 of what was asked for with a Range."""


class Reader:
    """The chunks of a source from the first byte to the last, over as many connections as that takes."""

    def __init__(self, source: Source, size: int, what: str):
        self._source, self._size, self._what = source, size, what
        self._offset = 0
        self._response = None
        self._lock, self._is_cut = threading.Lock(), threading.Event()

    def __iter__(self):
        try:
            self._begin()
            while self._offset < self._size:
                chunk = self._next_chunk()
                self._offset += len(chunk)
                if self._offset == self._size:
                    self._refuse_more()  # before the last chunk is handed on, so that the sink never has a whole image
                yield chunk
        finally:
            self._use(None)

    def cut(self):
        """Wake the thread that reads, from another one."""
        self._is_cut.set()
        with self._lock:
            if self._response is not None:
                _shut_down(self._response)

    def _use(self, response):
        """Let go of the current response, and read from this one from now on."""
        with self._lock:
            old, self._response = self._response, response
        if old is not None:
            old.close()
        if response is not None and self._is_cut.is_set():
            raise Cut()

    def _begin(self):
        self._use(self._source.open(0))
        status = self._response.status_code
        if status != 200:
            raise self._refused(status)
        length = self._response.headers.get("Content-Length")
        if length is not None and length.strip() != str(self._size):
            raise SourceBroken(f"{self._what} should have {self._size} bytes, but its source offers {length}.")

    def _next_chunk(self):
        """At least one byte; a source that breaks off is opened again where it did."""
        chunk, cause = self._read()
        for pause in PAUSES:
            if chunk:
                return chunk
            if self._is_cut.wait(pause):
                raise Cut()
            cause = self._go_on() or cause
            if self._response is not None:
                chunk, cause = self._read()
        if chunk:
            return chunk
        raise SourceBroken(
            f"{self._what}: the source broke off after {of(self._offset, self._size)}, {len(PAUSES)} attempts to go on"
            f" there failed: {cause or 'it ends there'}.",
            restartable=True,
        ) from cause

    def _read(self):
        """(chunk, None), or (b"", why not); a source without Content-Length just ends when it breaks."""
        try:
            return self._response.raw.read(min(CHUNK, self._size - self._offset)), None
        except Exception as error:  # whichever HTTP library the source uses, each with exceptions of its own
            return b"", error

    def _go_on(self):
        """Open the source at the offset. Returns why it failed if that may pass, raises if it won't."""
        self._use(None)
        try:
            response = self._source.open(self._offset)
        except Exception as error:  # as in _read
            return error
        self._use(response)
        status, span = response.status_code, response.headers.get("Content-Range", "")
        if status in _PASSING:
            self._use(None)
            return self._refused(status)
        if status in _REASONS:
            raise self._refused(status)
        if status == 200 and not self._offset:  # it broke off before the first byte: the whole is what was asked for
            return None
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", span.strip())
        if status != 206 or not match or int(match[1]) != self._offset or match[2] not in ("*", str(self._size)):
            raise SourceBroken(
                f"{self._what}: the source broke off after {of(self._offset, self._size)} and can't go on there: it"
                f" answers {status}{f' with {span!r}' if span else ''}.",
                restartable=True,
                status=status,
            )
        return None

    def _refuse_more(self):
        try:
            surplus = self._response.raw.read(1)
        except Exception:  # as in _read; it broke after the last byte, so nothing is missing
            return
        if surplus:
            raise SourceBroken(f"{self._what} has more than the {self._size} bytes it should have.")

    def _refused(self, status):
        reason = _REASONS.get(status, f"can't be read: HTTP {status}")
        return SourceBroken(f"{self._what} {reason}.", restartable=status in _PASSING, status=status)


def _shut_down(response):
    """End a read that waits in another thread, which closing the response would not."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # not a socket, or closed just now
        with socket.fromfd(response.raw.fileno(), socket.AF_INET, socket.SOCK_STREAM) as connection:
            connection.shutdown(socket.SHUT_RDWR)
