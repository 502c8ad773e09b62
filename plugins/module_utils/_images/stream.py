# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from one HTTP service to another in a single pass: no local file, a few MiB of memory, hashed on the way.

Three threads overlap: one reads the source, one hashes, and the caller's sends. Short queues join them, so the slowest
sets the pace.
This file knows nothing of OpenStack: a *source* opens responses, a *sink* sends a body.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._images.amounts import describe, of
from ansible_collections.osnap.openstack.plugins.module_utils._images.source import Cut, Reader, SourceBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._images.source import Source

DEPTH = 4  # chunks that a queue holds: enough for the threads never to wait for each other's wake-up
TICK = 1  # seconds; also how soon a transfer notices that its job has gone


class SinkBroken(Exception):
    """The sink answered without having taken all bytes."""


class BodySpent(Exception):
    """Somebody tried to send a streamed body a second time; what had been read is gone, and the sink would have stored
    less or nothing.
    """

    def __init__(self):
        super().__init__("a streamed body can't be sent twice: the whole transfer has to start again")


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


def stream(
    source: Source,
    put: Callable[[SizedBody], None],
    *,
    size: int,
    algorithm: str = "sha512",
    what: str = "image",
    tick: Callable[[str], None] | None = None,
) -> Streamed:
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
        Reader(source, size, what), put, size, hashlib.new(algorithm), what, tick or (lambda text: None)
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
                f"{self._what}: the target answered after {of(self._sent, self._size)}, before it had everything."
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
        except Cut:
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
                raise Cut()
            self._items.append(item)
            self._changed.notify_all()

    def __iter__(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_cut or self._items)
                if self._is_cut:
                    raise Cut()
                item = self._items.popleft()
                self._changed.notify_all()
            if item is None:
                return
            yield item

    def cut(self):
        with self._changed:
            self._is_cut = True
            self._changed.notify_all()
