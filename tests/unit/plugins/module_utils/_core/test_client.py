# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from types import SimpleNamespace

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    written,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import RETRIES
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import PATIENCE
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SizedBody
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer
from ansible_collections.osnap.openstack.tests.unit.fakes.service import (
    Adapter,
    Gone,
    Server,
    client,
    dying,
)


def test_advice_may_be_anothers():
    adapter = Adapter(lambda *args, **kwargs: Answer({"forbidden": {"message": "Not you."}}, 403))
    with pytest.raises(OsnapError, match="403: Not you; ask Anna."):
        client(adapter).write("DELETE", "/x", doing="delete", advice={403: "ask Anna"})
    with pytest.raises(OsnapError, match="403: Not you; the user lacks the role"):
        client(adapter).write("DELETE", "/x", doing="delete", advice={404: "ask Anna"})


@pytest.mark.parametrize(
    "method, more, timeout",
    [("GET", {}, (60, 60)), ("POST", {"json": {}}, (180, 180)), ("PUT", {"data": [b"data"]}, (180, 900))],
)
def test_each_request_has_a_bound_and_the_users_wins(method, more, timeout):
    adapter = Adapter()
    of = client(adapter)
    of.send(method, "/x", doing="ask", **more)
    of.cloud.api_timeout = 7
    of.send(method, "/x", doing="ask", **more)
    assert adapter.requests[0].timeout == timeout and not hasattr(adapter.requests[1], "timeout")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_job_that_dies_in_a_pause_sends_nothing_more(method):
    adapter = Adapter(lambda *args, **kwargs: Answer("", 429, {"Retry-After": "300"}))
    of = client(adapter)
    dying(of.cloud, after=2)
    began = time.monotonic()
    with pytest.raises(Gone):
        of.send(method, "/x", doing="ask", paced=True)
    assert len(adapter.requests) == 1 and time.monotonic() - began < 3


def test_a_job_that_dies_while_a_read_is_repeated_sends_nothing_more():
    adapter = Adapter(lambda *args, **kwargs: Answer("", 503, {"Retry-After": "20"}))
    of = client(adapter)
    dying(of.cloud, after=1)
    with pytest.raises(Gone):
        of.get("/x", doing="read")
    assert len(adapter.requests) == 1


def test_a_read_that_has_waited_for_its_bound_is_not_repeated():
    def silent(*args, **kwargs):
        raise keystoneauth1.exceptions.ConnectTimeout("Request to http://x timed out")

    adapter = Adapter(silent)
    with pytest.raises(Unanswered, match="block-storage in cloud 'mine' gave no answer in time"):
        client(adapter).get("/x", doing="read")
    assert len(adapter.requests) == 1


@pytest.mark.parametrize("statuses", [[429], [503, 503], [500], [502], [504], [0], [429, 0, 503]])
def test_a_read_is_repeated(statuses):
    with Server() as server:
        server.statuses = list(statuses)
        assert server.client.get("/x", doing="read") == {"done": True}
        assert server.requests == ["GET"] * (len(statuses) + 1)


def test_a_read_is_not_repeated_for_ever():
    with Server() as server:
        server.statuses = [503] * 50
        with pytest.raises(OsnapError, match="503"):
            server.client.get("/x", doing="read")
        assert len(server.requests) == RETRIES + 1


def test_a_write_is_repeated_only_where_nothing_was_done():
    with Server() as server:
        server.statuses = [429, 429]
        assert server.client.write("POST", "/x", doing="write", body={}).json() == {"done": True}
        assert server.requests == ["POST"] * 3


@pytest.mark.parametrize("method", ["get", "write"])
def test_a_service_that_always_asks_for_fewer_is_left_alone_in_the_end(method):
    with Server() as server:
        server.statuses = [429] * 50
        with pytest.raises(OsnapError, match="answered 429: .+; the cloud asks for fewer requests; run again later"):
            (
                server.client.get("/x", doing="read")
                if method == "get"
                else server.client.write("POST", "/x", doing="write", body={})
            )
        assert len(server.requests) == 1 + PATIENCE


def test_a_body_that_cant_be_read_twice_is_sent_once():
    with Server() as server:
        server.statuses = [429]
        assert server.client.send("PUT", "/x", doing="upload", data=iter([b"data"]), ok=(429,)).status_code == 429
        assert len(server.requests) == 1


def test_an_upload_does_not_follow_a_redirect():
    with Server() as server:
        server.statuses = [307]
        images = Images(SimpleNamespace(name="'mine'", client=lambda api: server.client))
        with pytest.raises(
            OsnapError, match="^Could not store the data of the image 'x' .+ answered 307: .*; check the"
        ):
            images.put_data({"id": "1", "name": "x"}, SizedBody(4, [b"data"]))
        assert server.requests == ["PUT"]


@pytest.mark.parametrize(
    "status, error",
    [(503, OsnapError), (500, OsnapError), (502, Ambiguous), (504, Unanswered), (413, OsnapError), (0, Ambiguous)],
)
def test_a_write_that_may_have_been_done_is_sent_once(status, error):
    with Server() as server:
        server.statuses = [status]
        with pytest.raises(error):
            server.client.write("POST", "/x", doing="write", body={})
        assert server.requests == ["POST"]


@pytest.mark.parametrize(
    "status, counted", [(202, 1), (400, 0), (403, 0), (404, 0), (409, 0), (413, 0), (408, 1), (500, 1), (502, 1)]
)
def test_a_write_counts_unless_it_was_refused(status, counted):
    service = client(Adapter(lambda method, url, **kwargs: Answer({}, status)))
    before = written.count()
    try:
        service.write("POST", "/snapshots", doing="make it")
    except OsnapError:
        assert status >= 400
    assert written.count() - before == counted
    before = written.count()
    service.write("DELETE", "/snapshots/1", doing="delete it", ok=(status,))
    assert written.count() - before == counted
