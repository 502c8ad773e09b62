# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from one HTTP service to another in a single pass: no local file, a few MiB of memory, hashed on the way.

Three threads overlap: one reads the source, one hashes, and the caller's sends. Short queues join them, so the slowest
sets the pace.
This file knows nothing of OpenStack: a *source* opens responses, a *sink* sends a body.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass

CHUNK = 1 << 20  # what one system call moves; below it, the cost is that of Python, not of the network
DEPTH = 4  # chunks that a queue holds: enough for the threads never to wait for each other's wake-up
PAUSES = (0.5, 2, 5)  # seconds before each attempt to open a broken source again, counted anew whenever bytes came
TICK = 1  # seconds; also how soon a transfer notices that its job has gone

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


class SinkBroken(Exception):
    """The sink answered without having taken all bytes."""


class BodySpent(Exception):
    """Somebody tried to send a streamed body a second time; what had been read is gone, and the sink would have stored
    less or nothing.
    """

    def __init__(self):
        super().__init__("a streamed body can't be sent twice: the whole transfer has to start again")


class _Cut(Exception):
    """Another thread has failed; leave."""

    def __init__(self):
        super().__init__("another part of the transfer has failed")


@dataclass(frozen=True)
class Streamed:
    """What went through."""

    size: int
    algorithm: str
    hexdigest: str


class SizedBody:
    """A request body of known length that can be sent once.

    Its length makes requests send Content-Length instead of the chunked encoding; and as it has no ``read``,
    http.client sends the chunks as they are, where it would ``read`` blocks of 8 or 16 KiB. keystoneauth sends a body
    again after a 401 or 503: a second pass raises, for it would store an empty image.
    """

    def __init__(self, size, chunks):
        self._size, self._chunks = size, chunks

    def __len__(self):
        return self._size

    def __iter__(self):
        chunks, self._chunks = self._chunks, None
        if chunks is None:
            raise BodySpent()
        return iter(chunks)


def stream(source, put, *, size, algorithm="sha512", what="image", tick=None) -> Streamed:
    """Send the ``size`` bytes of a source to a sink.

    :param source: ``source.open(offset)`` returns, for every status, a streaming response as requests has it:
        ``status_code``, ``headers``, ``raw.read(n)`` (undecoded) and ``close()``. Beyond offset 0 it asks for
        ``Range: bytes=<offset>-``. Called from another thread.
    :param put: the sink. ``put(body)`` sends a :class:`SizedBody` in one request, without retries, and raises when that
        fails. Called once, from this thread. Neither side is timed here: give both requests a timeout.
    :param algorithm: a name that hashlib knows, such as Glance's ``os_hash_algo``.
    :param what: what is transferred, for messages: ``image 'web'``.
    :param tick: called every second with a line of text; what it raises ends the transfer (``Progress.tick``).
    :raises SourceBroken: the source has no such bytes, or ends early and can't go on where it broke off, or has more
        than ``size`` bytes.
    :raises SinkBroken: the sink answered too early.
    :raises: what ``put``, the first ``open`` and ``tick`` raise. The first failure is the one raised; all threads have
        ended by then.
    """
    if not size:
        raise SourceBroken(f"{what} has no data.", status=204)
    return _Stream(
        _Reader(source, size, what), put, size, hashlib.new(algorithm), what, tick or (lambda text: None)
    ).run()


class _Stream:
    """The threads of one transfer, which end together."""

    def __init__(self, reader, put, size, digest, what, tick):
        self._reader, self._put, self._size, self._digest, self._what, self._tick = (
            reader,
            put,
            size,
            digest,
            what,
            tick,
        )
        self._to_sink, self._to_hash = _Queue(), _Queue()
        self._sent = 0
        self._failure = None
        self._lock, self._over = threading.Lock(), threading.Event()

    def run(self):
        threads = {
            work: threading.Thread(target=self._guarded, args=(work,), name=f"osnap{work.__name__}", daemon=True)
            for work in (self._read, self._hash, self._report)
        }
        for thread in threads.values():
            thread.start()
        self._guarded(self._send)
        threads[self._read].join()
        threads[self._hash].join()
        self._over.set()
        threads[self._report].join()
        if self._failure:
            raise self._failure
        return Streamed(self._size, self._digest.name, self._digest.hexdigest())

    def _read(self):
        for chunk in self._reader:
            self._to_hash.put(chunk)
            self._to_sink.put(chunk)
        self._to_hash.put(None)
        self._to_sink.put(None)

    def _hash(self):
        for chunk in self._to_hash:
            self._digest.update(chunk)

    def _send(self):
        self._put(SizedBody(self._size, self._chunks_to_send()))
        if self._sent < self._size:
            raise SinkBroken(
                f"{self._what}: the target answered after {_of(self._sent, self._size)}, before it had everything."
            )

    def _chunks_to_send(self):
        for chunk in self._to_sink:
            self._sent += len(chunk)
            yield chunk

    def _report(self):
        started = time.monotonic()
        while not self._over.wait(TICK):
            self._tick(f"{self._what}: {describe(self._sent, self._size, time.monotonic() - started)}")

    def _guarded(self, work):
        """Run one thread's work; its failure, if it is the first, is the transfer's and wakes the other threads."""
        try:
            work()
        except _Cut:
            pass
        except BaseException as error:  # also KeyboardInterrupt: run() raises it when the threads have ended
            with self._lock:
                self._failure = self._failure or error
            self._over.set()
            self._to_sink.cut()
            self._to_hash.cut()
            self._reader.cut()


class _Queue:
    """A short queue, iterated until a None; cut, it lets go of whoever waits at either end."""

    def __init__(self):
        self._items, self._changed, self._is_cut = deque(), threading.Condition(), False

    def put(self, item):
        with self._changed:
            self._changed.wait_for(lambda: self._is_cut or len(self._items) < DEPTH)
            if self._is_cut:
                raise _Cut()
            self._items.append(item)
            self._changed.notify_all()

    def __iter__(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_cut or self._items)
                if self._is_cut:
                    raise _Cut()
                item = self._items.popleft()
                self._changed.notify_all()
            if item is None:
                return
            yield item

    def cut(self):
        with self._changed:
            self._is_cut = True
            self._changed.notify_all()


class _Reader:
    """The chunks of a source from the first byte to the last, over as many connections as that takes."""

    def __init__(self, source, size, what):
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
            raise _Cut()

    def _begin(self):
        self._use(self._source.open(0))
        status = self._response.status_code
        if status != 200:
            raise self._refused(status)
        length = self._response.headers.get("Content-Length")
        if length is not None and int(length) != self._size:
            raise SourceBroken(f"{self._what} should have {self._size} bytes, but its source offers {length}.")

    def _next_chunk(self):
        """At least one byte; a source that breaks off is opened again where it did."""
        chunk, cause = self._read()
        for pause in PAUSES:
            if chunk:
                return chunk
            if self._is_cut.wait(pause):
                raise _Cut()
            cause = self._go_on() or cause
            if self._response is not None:
                chunk, cause = self._read()
        if chunk:
            return chunk
        raise SourceBroken(
            f"{self._what}: the source broke off after {_of(self._offset, self._size)}, {len(PAUSES)} attempts to go on"
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
                f"{self._what}: the source broke off after {_of(self._offset, self._size)} and can't go on there: it"
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


def describe(done, size, seconds):
    """``1.2 of 4.0 GiB, 210 MiB/s, 14 s left``"""
    if done >= size:
        return f"all {_amount(size)} sent, the target is storing them"
    rate = done / seconds if seconds else 0
    left = f", {_duration((size - done) / rate)} left" if rate else ""
    return f"{_of(done, size)}, {rate / (1 << 20):.0f} MiB/s{left}"


def _unit(size):
    return (1 << 30, "GiB") if size >= 1 << 30 else (1 << 20, "MiB") if size >= 1 << 20 else (1 << 10, "KiB")


def _amount(size):
    scale, unit = _unit(size)
    return f"{size / scale:.1f} {unit}"


def _of(done, size):
    scale, unit = _unit(size)
    return f"{done / scale:.1f} of {size / scale:.1f} {unit}"


def _duration(seconds):
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
