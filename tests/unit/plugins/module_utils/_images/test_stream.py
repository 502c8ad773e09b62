# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import keystoneauth1.noauth
import keystoneauth1.session
import pytest
import requests

from ansible_collections.osnap.openstack.plugins.module_utils._images import source as source_module
from ansible_collections.osnap.openstack.plugins.module_utils._images import stream as stream_module
from ansible_collections.osnap.openstack.plugins.module_utils._images.amounts import describe
from ansible_collections.osnap.openstack.plugins.module_utils._images.source import SourceBroken
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import (
    BodySpent,
    SinkBroken,
    SizedBody,
    stream,
)

SIZE = 5 * source_module.CHUNK + 12345
DATA = os.urandom(SIZE)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(source_module, "PAUSES", (0, 0, 0))
    monkeypatch.setattr(stream_module, "TICK", 0.02)


@pytest.fixture(autouse=True)
def no_thread_left_behind():
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("osnap")]


class Raw:
    """A response's bytes, which may break: at a position, with an error or like an end."""

    def __init__(self, data, breaks_at=None, error=None):
        self.data, self.position, self.breaks_at, self.error = (
            data,
            0,
            len(data) if breaks_at is None else breaks_at,
            error,
        )

    def read(self, amount):
        chunk = self.data[self.position : min(self.position + amount, self.breaks_at)]
        self.position += len(chunk)
        if not chunk and self.error:
            raise self.error
        return chunk


class Response:
    def __init__(self, status_code, data=b"", headers=None, **breaks):
        self.status_code, self.headers, self.raw, self.closed = status_code, headers or {}, Raw(data, **breaks), False

    def close(self):
        self.closed = True


class Source:
    """Answers each open with the next of the given responses, or functions of the offset, or exceptions."""

    def __init__(self, *answers):
        self.answers, self.offsets, self.responses = list(answers), [], []

    def open(self, offset):
        self.offsets.append(offset)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response = answer(offset) if callable(answer) else answer
        self.responses.append(response)
        return response


def rest(offset, **breaks):
    return Response(206, DATA[offset:], {"Content-Range": "bytes {0}-{1}/{2}".format(offset, SIZE - 1, SIZE)}, **breaks)


class Sink:
    def __init__(self):
        self.stored = b""

    def put(self, body):
        assert len(body) == SIZE
        for chunk in body:
            self.stored += chunk


def send(source, sink=None, **options):
    sink = sink or Sink()
    streamed = stream(source, sink.put, size=SIZE, what="image 'web'", **options)
    assert sink.stored == DATA
    assert all(response.closed for response in source.responses)
    return streamed


def fails(error, source, sink=None, **options):
    sink = sink or Sink()
    with pytest.raises(error) as failure:
        stream(source, sink.put, size=options.pop("size", SIZE), what="image 'web'", **options)
    assert len(sink.stored) < SIZE, "the sink must never have a whole image after a failure of the source"
    assert all(response.closed for response in source.responses)
    return failure.value


def test_all_bytes_go_through_and_are_hashed():
    streamed = send(Source(Response(200, DATA)))
    assert (streamed.size, streamed.algorithm, streamed.hexdigest) == (SIZE, "sha512", hashlib.sha512(DATA).hexdigest())


def test_the_hash_algorithm_is_chosen_by_name():
    assert send(Source(Response(200, DATA)), algorithm="sha256").hexdigest == hashlib.sha256(DATA).hexdigest()


def test_an_unknown_hash_algorithm_fails_before_anything_is_opened():
    source = Source()
    fails(ValueError, source, algorithm="crc99")
    assert source.offsets == []


@pytest.mark.parametrize("size", [0, None])
def test_an_image_without_data_is_not_streamed(size):
    source = Source()
    assert "image 'web' has no data" in str(fails(SourceBroken, source, size=size))
    assert source.offsets == []


# -- a source that breaks off


@pytest.mark.parametrize("error", [None, ConnectionResetError("reset")])
def test_a_source_that_breaks_off_is_opened_again_there(error):
    first, second = 2 * source_module.CHUNK + 7, 4 * source_module.CHUNK
    source = Source(
        Response(200, DATA, breaks_at=first, error=error),
        lambda offset: rest(offset, breaks_at=second - offset, error=error),
        rest,
    )
    assert send(source).hexdigest == hashlib.sha512(DATA).hexdigest()
    assert source.offsets == [0, first, second]


def test_opening_again_is_tried_several_times():
    source = Source(Response(200, DATA, breaks_at=99), ConnectionRefusedError("refused"), Response(503), rest)
    send(source)
    assert source.offsets == [0, 99, 99, 99]


def test_a_source_that_stays_broken_may_be_started_again():
    refused = ConnectionRefusedError("Connection refused")
    source = Source(Response(200, DATA, breaks_at=99), refused, refused, refused)
    error = fails(SourceBroken, source)
    assert error.restartable
    assert error.__cause__ is refused
    assert "broke off after 0.0 of 5.0 MiB" in str(error)
    assert "Connection refused" in str(error)


def test_a_source_that_ends_early_again_and_again_does_not_loop_for_ever():
    source = Source(Response(200, DATA, breaks_at=99), *[lambda offset: rest(offset, breaks_at=0)] * 3)
    error = fails(SourceBroken, source)
    assert error.restartable
    assert "it ends there" in str(error)


def test_a_source_that_breaks_off_before_the_first_byte_needs_no_range():
    source = Source(Response(200, DATA, breaks_at=0), Response(200, DATA))
    assert send(source).hexdigest == hashlib.sha512(DATA).hexdigest()
    assert source.offsets == [0, 0]


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, DATA),
        Response(400),
        Response(416),
        Response(206, DATA[99:]),
        Response(206, DATA, {"Content-Range": "bytes 0-99/{0}".format(SIZE)}),
        Response(206, DATA, {"Content-Range": "bytes 99-{0}/{1}".format(SIZE, SIZE + 1)}),
    ],
    ids=["whole", "400", "416", "no range", "other range", "other size"],
)
def test_a_source_that_cannot_do_ranges_must_be_started_again(answer):
    error = fails(SourceBroken, Source(Response(200, DATA, breaks_at=99), answer))
    assert error.restartable
    assert "can't go on there: it answers {0}".format(answer.status_code) in str(error)


def test_an_image_that_vanishes_half_way_is_not_started_again():
    error = fails(SourceBroken, Source(Response(200, DATA, breaks_at=99), Response(404)))
    assert (error.restartable, error.status) == (False, 404)
    assert str(error) == "image 'web' is not there any more."


# -- a source that is wrong from the start


@pytest.mark.parametrize(
    "status, restartable, words",
    [
        (204, False, "has no data"),
        (403, False, "deactivated"),
        (404, False, "not there any more"),
        (418, False, "HTTP 418"),
        (503, True, "HTTP 503"),
    ],
)
def test_a_refusal_is_an_error_with_its_reason(status, restartable, words):
    sink = Sink()
    error = fails(SourceBroken, Source(Response(status, b"<html>")), sink)
    assert (error.status, error.restartable) == (status, restartable)
    assert words in str(error)
    assert sink.stored == b""


def test_an_exception_of_the_first_open_is_raised_as_it_is():
    class NoRoute(Exception):
        pass

    assert str(fails(NoRoute, Source(NoRoute("cloud")))) == "cloud"


@pytest.mark.parametrize("length", [SIZE - 1, SIZE + 1, "unheard of", f"{SIZE}, {SIZE}"])
def test_a_source_of_another_length_is_refused_before_any_byte(length):
    sink = Sink()
    assert "its source offers {0}".format(length) in str(
        fails(SourceBroken, Source(Response(200, DATA, {"Content-Length": str(length)})), sink)
    )
    assert sink.stored == b""


def test_more_bytes_than_expected_are_an_error():
    error = fails(SourceBroken, Source(Response(200, DATA + b"!")))
    assert "more than the {0} bytes".format(SIZE) in str(error)


def test_a_connection_that_breaks_after_the_last_byte_does_no_harm():
    send(Source(Response(200, DATA, error=ConnectionResetError())))


# -- a sink that fails, a job that is gone


class FailingSink(Sink):
    def put(self, body):
        for chunk in body:
            self.stored += chunk
            raise OSError("no space")


def test_the_error_of_the_sink_is_raised():
    assert str(fails(OSError, Source(Response(200, DATA)), FailingSink())) == "no space"


def test_a_sink_that_answers_early_is_an_error():
    class Early(Sink):
        def put(self, body):
            self.stored += next(iter(body))

    assert "answered after 1.0 of 5.0 MiB" in str(fails(SinkBroken, Source(Response(200, DATA)), Early()))


def test_a_sink_that_hides_the_failure_of_the_source_does_not_hide_it_from_us():
    class Hiding(Sink):
        def put(self, body):
            try:
                super().put(body)
            except Exception as error:
                raise ConnectionError("Connection aborted") from error

    fails(SourceBroken, Source(Response(200, DATA, breaks_at=99), Response(404)), Hiding())


def test_a_body_is_never_sent_twice():
    """Verify that a client that repeats the request, as keystoneauth does after a 503, fails instead of sending an
    empty body.
    """

    class Repeating(Sink):
        def put(self, body):
            super().put(body)
            super().put(body)

    with pytest.raises(BodySpent):
        stream(Source(Response(200, DATA)), Repeating().put, size=SIZE)


def test_a_body_has_a_length_and_nothing_to_read_from():
    body = SizedBody(3, iter([b"abc"]))
    assert len(body) == 3
    assert not hasattr(body, "read")
    assert list(body) == [b"abc"]


class JobGone(Exception):
    pass


def test_the_transfer_ends_when_the_job_is_gone():
    """Verify it with a source that would go on for ever and a sink that takes all."""

    class Endless(Raw):
        def read(self, amount):
            time.sleep(0.001)
            return bytes(amount)

    def gone(text):
        raise JobGone()

    response = Response(200)
    response.raw = Endless(b"")
    with pytest.raises(JobGone):
        stream(Source(response), lambda body: [None for chunk in body], size=1 << 50, tick=gone)
    assert response.closed


def test_progress_is_told_while_the_target_is_still_busy():
    lines = []

    class Slow(Sink):
        def put(self, body):
            for chunk in body:
                self.stored += chunk
                busy_until("1.0 of")
            busy_until("all 5.0 MiB sent")

    def busy_until(text):
        deadline = time.monotonic() + 20
        while not any(text in line for line in lines) and time.monotonic() < deadline:
            time.sleep(0.005)

    send(Source(Response(200, DATA)), Slow(), tick=lines.append)
    assert any(line.startswith("image 'web': 1.0 of 5.0 MiB, ") for line in lines)
    assert lines[-1] == "image 'web': all 5.0 MiB sent, the target is storing them"


@pytest.mark.parametrize(
    "arguments, text",
    [
        ((0, 4 << 30, 1), "0.0 of 4.0 GiB, 0 MiB/s"),
        ((1 << 30, 4 << 30, 5), "1.0 of 4.0 GiB, 205 MiB/s, 15 s left"),
        ((1 << 20, 100 << 20, 10), "1.0 of 100.0 MiB, 0 MiB/s, 16 min left"),
        ((1 << 30, 2048 << 30, 10), "1.0 of 2048.0 GiB, 102 MiB/s, 5.7 h left"),
        ((2048, 2048, 0), "all 2.0 KiB sent, the target is storing them"),
    ],
)
def test_progress_is_described_in_one_short_line(arguments, text):
    assert describe(*arguments) == text


# -- over real sockets


class Service(BaseHTTPRequestHandler):
    """GET gives DATA, as ``server.mood`` has it; PUT stores."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_GET(self):
        mood, start = self.server.mood, int(self.headers.get("Range", "bytes=0-")[6:-1])
        self.server.starts.append(start)
        ranged = start and mood != "no ranges"
        start = start if ranged else 0
        self.send_response(206 if ranged else 200)
        if ranged:
            self.send_header("Content-Range", "bytes {0}-{1}/{2}".format(start, SIZE - 1, SIZE))
        if mood == "no length":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(SIZE - start))
        self.end_headers()
        if mood == "stalls":
            self.wfile.write(DATA[: source_module.CHUNK])
            self.server.stalled.wait(10)
        elif len(self.server.starts) == 1 and mood != "sound":
            self.wfile.write(DATA[: SIZE // 2])
            self.close_connection = True
        else:
            self.wfile.write(DATA[start:])

    def do_PUT(self):
        self.server.puts += 1
        self.server.put_headers = self.headers
        self.close_connection = True
        if self.server.status == 204 or self.server.reads_all:
            data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.status == 204:
            self.server.stored = data
        self.send_response(self.server.status)
        self.end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what some of these tests are about

    def __enter__(self):
        self.mood, self.starts, self.stalled = "sound", [], threading.Event()
        self.status, self.reads_all, self.puts, self.stored = 204, False, 0, b""
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.stalled.set()
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return "http://127.0.0.1:{0}/".format(self.server_port)


@pytest.fixture
def servers():
    with Server(("127.0.0.1", 0), Service) as source, Server(("127.0.0.1", 0), Service) as sink:
        yield source, sink


class Http:
    """A source and a sink over requests."""

    def __init__(self, servers):
        self.source, self.sink = servers

    def open(self, offset):
        headers = {"Range": "bytes={0}-".format(offset)} if offset else {}
        return requests.get(self.source.url, headers=headers, stream=True, timeout=20)

    def put(self, body):
        requests.put(self.sink.url, data=body, timeout=20).raise_for_status()

    def stream(self, **options):
        return stream(self, self.put, size=SIZE, **options)


@pytest.mark.parametrize("mood", ["sound", "breaks off", "no length"])
def test_over_http_the_bytes_arrive_with_their_length(servers, mood):
    source, sink = servers
    source.mood = mood
    assert Http(servers).stream().hexdigest == hashlib.sha512(DATA).hexdigest()
    assert sink.stored == DATA
    assert sink.put_headers["Content-Length"] == str(SIZE)
    assert "Transfer-Encoding" not in sink.put_headers
    assert source.starts[0] == 0
    assert len(source.starts) == (1 if mood == "sound" else 2)


def test_over_http_a_source_without_ranges_stores_nothing(servers):
    source, sink = servers
    source.mood = "no ranges"
    with pytest.raises(SourceBroken) as failure:
        Http(servers).stream()
    assert failure.value.restartable
    assert sink.stored != DATA


def test_over_http_a_refusing_sink_is_the_cause(servers):
    source, sink = servers
    sink.status = 409
    with pytest.raises(
        requests.RequestException
    ):  # the answer, or the connection that the sink closed while we still sent
        Http(servers).stream()
    assert sink.puts == 1


class RenewableToken(keystoneauth1.noauth.NoAuth):
    def invalidate(self):
        return True


@pytest.mark.parametrize("status", [401, 503])
def test_over_keystoneauth_a_spent_body_is_not_sent_again(servers, status):
    """Verify that its retries, which stored empty images, now fail."""
    source, sink = servers
    sink.status, sink.reads_all = status, True
    session = keystoneauth1.session.Session(auth=RenewableToken(endpoint=sink.url))

    def put(body):
        session.put(sink.url, data=body, status_code_retries=3, status_code_retry_delay=0.01)

    with pytest.raises(BodySpent):
        stream(Http(servers), put, size=SIZE)
    assert sink.stored == b""


def test_over_http_a_failing_sink_ends_a_source_that_stalls(servers):
    """Verify that the thread that waits for the source is woken: nothing waits for its timeout."""
    source, sink = servers
    source.mood = "stalls"

    def put(body):
        for dummy in body:
            raise requests.HTTPError("409")

    started = time.monotonic()
    with pytest.raises(requests.HTTPError):
        stream(Http(servers), put, size=SIZE)
    assert time.monotonic() - started < 2


def test_over_http_a_killed_job_ends_a_source_that_stalls(servers):
    source, sink = servers
    source.mood = "stalls"
    lines = []

    def tick(text):
        lines.append(text)
        if len(lines) == 5:
            raise JobGone()

    started = time.monotonic()
    with pytest.raises(JobGone):
        Http(servers).stream(tick=tick)
    assert time.monotonic() - started < 2
    assert lines[-1].startswith("image: 1.0 of 5.0 MiB")
