# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import logging
import random
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import quote

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osnap.openstack.plugins.module_utils._core import client as client_module
from ansible_collections.osnap.openstack.plugins.module_utils._core import connection, written
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import Client, Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import (
    AUTH_OPTIONS,
    Cloud,
    connect,
    secrets_in,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError, Unanswered
from ansible_collections.osnap.openstack.plugins.module_utils._core.pace import PATIENCE, Pace
from ansible_collections.osnap.openstack.plugins.module_utils._images.stream import SizedBody
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.tests.unit.fakes.cloud import Answer

DOMAINS = {"user_domain_name": "Default", "project_domain_name": "Default"}
pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")  # of openstacksdk, about what nobody here uses

SNAPSHOTS = Microversions("3.65", "3.10", "a volume snapshot")


class Adapter:
    """keystoneauth's adapter of one service: answers from a function, and remembers what it was asked."""

    def __init__(
        self,
        answer=lambda method, url, **kwargs: Answer({}),
        endpoint="http://cloud/volume/v3/project",
        maximum=(3, 71),
    ):
        self.answer, self.endpoint, self.maximum, self.requests, self.discoveries = answer, endpoint, maximum, [], 0

    def request(self, url, method, **kwargs):
        self.requests.append(SimpleNamespace(url=url, method=method, **kwargs))
        return self.answer(method, url, **kwargs)

    def get_endpoint(self):
        return self.endpoint

    def get_endpoint_data(self):
        self.discoveries += 1
        return SimpleNamespace(min_microversion=(3, 0), max_microversion=self.maximum)


def client(adapter, service="block-storage"):
    return Client(SimpleNamespace(name="'mine'", api_timeout=None, check=lambda: None), service, adapter)


def old_cloud(maximum):
    """Answers 406 to what is newer than its maximum, as the services do."""

    def answer(method, url, microversion, **kwargs):
        newer = microversion and [int(part) for part in microversion.split(".")] > list(maximum)
        return (
            Answer({"computeFault": {"message": "Version is not supported by the API."}}, 406)
            if newer
            else Answer({"version": microversion})
        )

    return Adapter(answer, maximum=maximum)


# -- secrets


def test_the_secrets_of_a_login_are_known_by_their_names():
    auth = {
        "auth_url": "http://cloud",
        "username": "admin",
        "project_name": "new",
        "password": "pw1",
        "token": "pw2",
        "application_credential_secret": "pw3",
        "application_credential_id": "id",
        "passcode": 123456,
        "user_domain_name": "Default",
        "access_token": "pw4",
        "client_secret": None,
    }
    assert secrets_in(auth) == {"pw1", "pw2", "pw3", "123456", "pw4"}
    assert secrets_in(None) == secrets_in({}) == set()


def test_only_what_is_secret_is_masked_as_a_whole():
    assert {name for name, option in AUTH_OPTIONS.items() if option.get("no_log")} == {"client_key"}


# -- microversions


def test_the_newest_that_is_understood_is_asked_for_without_a_discovery():
    adapter = old_cloud((3, 71))
    assert client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.65"}
    assert (len(adapter.requests), adapter.discoveries) == (1, 0)


def test_an_older_cloud_is_asked_again_for_what_it_has():
    adapter = old_cloud((3, 27))
    of = client(adapter)
    assert of.get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.27"}
    assert [request.microversion for request in adapter.requests] == ["3.65", "3.27"]
    assert of.get("/snapshots", doing="list", microversion=SNAPSHOTS) == {"version": "3.27"}
    assert (len(adapter.requests), adapter.discoveries) == (3, 1)


def test_a_cloud_that_is_too_old_is_told_what_it_lacks():
    with pytest.raises(OsnapError) as caught:
        client(old_cloud((3, 5))).get("/snapshots", doing="list the volume snapshots", microversion=SNAPSHOTS)
    assert (
        str(caught.value)
        == "Could not list the volume snapshots: a volume snapshot needs block-storage API 3.10, and cloud 'mine'"
        " offers 3.5 at the most."
    )
    assert caught.value.fields == {"status": 406, "request_id": None, "service": "block-storage", "resource": None}


def test_a_service_without_microversions_is_too_old_as_well():
    with pytest.raises(OsnapError, match="needs block-storage API 3.10, and cloud 'mine' offers 0.0"):
        adapter = old_cloud((0, 0))
        adapter.maximum = None
        client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS)


def test_what_a_cloud_offers_is_told_as_text():
    assert client(Adapter()).microversions() == ("3.0", "3.71")
    adapter = Adapter()
    adapter.get_endpoint_data = lambda: None
    assert client(adapter).microversions() == (None, None) and client(adapter).maximum_microversion() == "0.0"


def test_what_a_later_request_needs_can_be_asked_before_it():
    of = client(old_cloud((3, 9)))
    with pytest.raises(
        OsnapError,
        match=(
            "^Could not list: a volume snapshot needs block-storage API 3.10, and cloud 'mine' offers 3.9 at the most"
        ),
    ):
        of.require(SNAPSHOTS, doing="list")
    adapter = old_cloud((3, 10))
    client(adapter).require(SNAPSHOTS, doing="list")
    assert not adapter.requests


def test_a_cloud_that_does_not_say_what_it_offers_is_told():
    def unreachable():
        raise keystoneauth1.exceptions.ConnectFailure("Connection reset")

    adapter = Adapter(lambda *args, **kwargs: Answer("", 406))
    adapter.get_endpoint_data = unreachable
    with pytest.raises(OsnapError, match="Could not list: cloud 'mine' can't be reached"):
        client(adapter).require(SNAPSHOTS, doing="list")
    with pytest.raises(OsnapError, match="Could not list: cloud 'mine' can't be reached"):
        client(adapter).get("/snapshots", doing="list", microversion=SNAPSHOTS)
    for ask in (client(adapter).maximum_microversion, client(adapter).microversions):
        with pytest.raises(OsnapError, match="Could not read the versions: cloud 'mine' can't be reached"):
            ask()


def test_a_406_without_a_microversion_is_an_ordinary_answer():
    adapter = Adapter(lambda *args, **kwargs: Answer("", 406))
    with pytest.raises(OsnapError, match="answered 406"):
        client(adapter).get("/snapshots", doing="list")
    assert len(adapter.requests) == 1


@given(st.tuples(st.integers(2, 3), st.integers(0, 99)), st.integers(0, 99), st.integers(0, 99))
def test_the_choice_lies_between_what_is_needed_and_what_both_know(maximum, least, more):
    adapter, wanted = old_cloud(maximum), Microversions(f"3.{least + more}", f"3.{least}")
    if maximum < (3, least):
        with pytest.raises(OsnapError, match="needs"):
            client(adapter).get("/x", doing="read", microversion=wanted)
    else:
        chosen = client(adapter).get("/x", doing="read", microversion=wanted)["version"]
        assert chosen == "%d.%d" % min(maximum, (3, least + more))


# -- paths


@pytest.mark.parametrize(
    "service, endpoint, url",
    [
        ("block-storage", "http://cloud/volume/v3/4711", "/x"),
        ("block-storage", "http://cloud:8776", "/v3/x"),
        ("compute", "http://cloud/compute/v2.1", "/x"),
        ("compute", "http://cloud/compute", "/v2.1/x"),
        ("image", "http://cloud:9292/", "/v2/x"),
        ("image", "http://cloud:9292/v2/", "/x"),
        ("network", "http://cloud:9696/networking", "/v2.0/x"),
        ("image", "https://v2.images.example.org", "/v2/x"),
        ("image", "https://v2.images.example.org//v2", "/x"),
    ],
)
def test_a_catalog_may_name_the_version_or_not(service, endpoint, url):
    adapter = Adapter(endpoint=endpoint)
    client(adapter, service).get("/x", doing="read")
    assert adapter.requests[0].url == url


def test_a_catalog_without_the_service_is_told():
    with pytest.raises(OsnapError, match="has no image endpoint in its catalog for this region and interface"):
        client(Adapter(endpoint=None), "image").get("/x", doing="read")


# -- pages


def paged(rows, size, link):
    """A list in pages as the services give them; ``link`` builds what points to the next one."""

    def answer(method, url, params, **kwargs):
        start = next((index + 1 for index, row in enumerate(rows) if row["id"] == params.get("marker")), 0)
        page = rows[start : start + size]
        return Answer({"snapshots": page, **(link(page[-1]["id"]) if start + size < len(rows) else {})})

    return Adapter(answer)


def cinders(marker):
    return {"snapshots_links": [{"rel": "next", "href": f"http://inner-host/v3/snapshots?marker={marker}"}]}


def glances(marker):
    return {"next": f"/v2/images?marker={marker}"}


@pytest.mark.parametrize("link", [cinders, glances])
@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_all_pages_are_read(link, count):
    rows = [{"id": f"s{number}"} for number in range(count)]
    adapter = paged(rows, 3, link)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", params={"name": "x"}) == rows
    assert all(request.params["name"] == "x" and request.params["limit"] == 1000 for request in adapter.requests)
    assert {request.url for request in adapter.requests} == {
        "/snapshots"
    }  # never the host of a link, which may be an inner one


def test_more_than_one_page_can_be_left_unread():
    rows = [{"id": f"s{number}"} for number in range(4)]
    adapter = paged(rows, 3, cinders)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", first_page_only=True) is None
    assert len(adapter.requests) == 1
    assert client(paged(rows, 4, cinders)).pages("/snapshots", "snapshots", doing="list", first_page_only=True) == rows


@pytest.mark.parametrize("most, requests", [(1, 1), (3, 1), (4, 2), (7, 3), (9, 3)])
def test_no_more_is_read_than_is_wanted(most, requests):
    rows = [{"id": f"s{number}"} for number in range(7)]
    adapter = paged(rows, 3, cinders)
    assert client(adapter).pages("/snapshots", "snapshots", doing="list", most=most) == rows[:most]
    assert len(adapter.requests) == requests and all(request.params["limit"] == most for request in adapter.requests)


def test_advice_may_be_anothers():
    adapter = Adapter(lambda *args, **kwargs: Answer({"forbidden": {"message": "Not you."}}, 403))
    with pytest.raises(OsnapError, match="403: Not you; ask Anna."):
        client(adapter).write("DELETE", "/x", doing="delete", advice={403: "ask Anna"})
    with pytest.raises(OsnapError, match="403: Not you; the user lacks the role"):
        client(adapter).write("DELETE", "/x", doing="delete", advice={404: "ask Anna"})


def test_the_links_of_a_list_may_be_named_by_one_of_its_things():
    answers = iter(
        [
            Answer({"groups": [{"id": "a"}], "group_links": [{"rel": "next", "href": "http://x"}]}),
            Answer({"groups": [{"id": "b"}]}),
        ]
    )
    adapter = Adapter(lambda *args, **kwargs: next(answers))
    assert [row["id"] for row in client(adapter).pages("/groups", "groups", doing="list groups")] == ["a", "b"]


def test_an_empty_page_that_links_on_does_not_go_round_for_ever():
    adapter = Adapter(
        lambda *args, **kwargs: Answer({"snapshots": [], "snapshots_links": [{"rel": "next", "href": "http://x"}]})
    )
    assert client(adapter).pages("/snapshots", "snapshots", doing="list") == []


# -- answers


def test_a_missing_object_is_none_only_where_that_is_allowed():
    adapter = Adapter(lambda *args, **kwargs: Answer({"itemNotFound": {"message": "Gone."}}, 404))
    assert client(adapter).get("/snapshots/1", doing="read", missing_ok=True) is None
    with pytest.raises(OsnapError, match="Could not read: block-storage in cloud 'mine' answered 404: Gone.") as caught:
        client(adapter).get("/snapshots/1", doing="read", resource="1")
    assert caught.value.fields["resource"] == "1"


def test_an_allowed_answer_of_a_write_is_returned():
    adapter = Adapter(lambda *args, **kwargs: Answer("", 409))
    assert client(adapter).write("DELETE", "/x", doing="delete", ok=(409,)).status_code == 409
    with pytest.raises(OsnapError, match="409"):
        client(adapter).write("DELETE", "/x", doing="delete")


def test_what_is_no_json_is_told_instead_of_a_traceback():
    """A login page of a proxy, say."""
    adapter = Adapter(lambda *args, **kwargs: Answer("<html><body>Please log in</body></html>"))
    with pytest.raises(OsnapError) as caught:
        client(adapter).get("/snapshots", doing="list the volume snapshots")
    told = (
        "Could not list the volume snapshots: block-storage in cloud 'mine' answered 200 with something else than JSON:"
        " Please log in;"
    )
    assert str(caught.value).startswith(told)


def test_an_exception_of_keystoneauth_becomes_a_sentence():
    def broken(*args, **kwargs):
        raise keystoneauth1.exceptions.ConnectFailure("[Errno 104] Connection reset by peer")

    with pytest.raises(
        Ambiguous, match="Could not delete: cloud 'mine' can't be reached \\(Connection reset by peer\\)"
    ) as caught:
        client(Adapter(broken)).write("DELETE", "/x", doing="delete", resource="1")
    assert caught.value.fields == {"status": None, "request_id": None, "service": "block-storage", "resource": "1"}


NO_LISTS = [
    Answer({"message": "down for maintenance"}),
    Answer({}),
    Answer([]),
    Answer("null"),
    Answer(""),
    Answer("<html>"),
    Answer({"snapshots": None}),
    Answer({"snapshots": {}}),
    Answer({"snapshots": ["x"]}),
    Answer({"versions": []}, 300),
    Answer("", 302),
]


@pytest.mark.parametrize("answer", NO_LISTS)
def test_an_answer_without_rows_is_no_empty_list(answer):
    with pytest.raises(OsnapError, match="^Could not list snapshots: block-storage in cloud 'mine' answered"):
        client(Adapter(lambda *args, **kwargs: answer)).pages("/snapshots", "snapshots", doing="list snapshots")


@pytest.mark.parametrize("answer", NO_LISTS)
def test_an_answer_without_what_was_made_leaves_open_whether_it_was(answer):
    of = client(Adapter(lambda *args, **kwargs: answer))
    with pytest.raises(OsnapError, match="^Could not make x: block-storage in cloud 'mine' answered") as caught:
        of.created(of.write("POST", "/snapshots", body={}, doing="make x"), "snapshot", doing="make x")
    assert answer.status_code >= 300 or isinstance(caught.value, Unanswered)


def test_a_key_that_is_missing_is_told():
    answer = client(Adapter(lambda *args, **kwargs: Answer({"limits": {}}))).get("/limits", doing="read the quota")
    with pytest.raises(OsnapError, match="^Could not read the quota: .* answered 200 without 'absolute'; check"):
        answer["limits"]["absolute"]


@pytest.mark.parametrize("inside", [None, {}, "x", 5, [1], ["x"], [None]])
def test_what_should_be_a_list_or_an_object_is_one(inside):
    answer = client(Adapter(lambda *args, **kwargs: Answer({"things": inside}))).get("/x", doing="read")
    with pytest.raises(OsnapError, match="^Could not read: .* without a list of things; check"):
        answer.rows("things")
    if inside != {}:
        with pytest.raises(OsnapError, match="^Could not read: .* without an object 'things'; check"):
            answer.object("things")


@pytest.mark.parametrize("links", [cinders, glances])
def test_a_list_that_goes_round_ends_with_an_error(links):
    rows = [{"id": "a"}, {"id": "b"}]
    adapter = Adapter(lambda *args, **kwargs: Answer({"snapshots": rows, **links("b")}))
    with pytest.raises(OsnapError, match="^Could not list: .* comes back to the page after b again and again"):
        client(adapter).pages("/snapshots", "snapshots", doing="list")
    assert len(adapter.requests) == 2


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["snapshots", "snapshot", "id", "name", "status", "metadata", "size", "created_at", "x", "next"]
            )
            | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40, deadline=None)
@given(JUNK | st.text(), st.sampled_from([200, 201, 202, 204, 300, 302, 400, 404, 409, 413]))
def test_no_answer_whatsoever_ends_in_a_traceback(document, status):
    of = client(Adapter(lambda *args, **kwargs: Answer(document, status)))
    service = VolumeSnapshots(SimpleNamespace(name="'mine'", client=lambda api: of))
    for ask in (
        lambda: service.get("an-id"),
        service.list,
        lambda: service.named(["x"]),
        lambda: service.poll(["a", "b", "c", "d"]),
        lambda: service.create({"name": "x", "volume_id": "v"}),
        lambda: service.host_of("v"),
        lambda: service.manageable(host="h"),
        service.room,
    ):
        try:
            ask()
        except OsnapError as error:
            assert str(error) and "\n" not in str(error)


@pytest.mark.parametrize("id", ["nonsense/../../volumes", "a?b=c", "a#b", "a/b", "ä b"])
def test_whatever_is_given_as_an_id_stays_one_segment_of_the_path(id):
    adapter = Adapter(lambda *args, **kwargs: Answer("", 404))
    of = client(adapter)
    assert VolumeSnapshots(SimpleNamespace(name="'mine'", client=lambda api: of)).get(id) is None
    assert adapter.requests[0].url == "/snapshots/" + quote(id, safe="")


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_what_no_quoting_helps_is_refused(id):
    adapter = Adapter()
    of = client(adapter)
    with pytest.raises(OsnapError, match="is no ID; check what was given as one"):
        VolumeSnapshots(SimpleNamespace(name="'mine'", client=lambda api: of)).get(id)
    assert not adapter.requests


# -- bounds, and jobs that have gone


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


def test_a_login_has_a_bound_too():
    for asked, bound in ((None, 60), (7, 7)):
        session = keystoneauth1.session.Session(auth=keystoneauth1.noauth.NoAuth(), timeout=asked)
        assert Cloud("'mine'", None, session).api_timeout == asked and session.timeout == bound


class Gone(Exception):
    pass


def dying(cloud, after):
    """The job of this cloud is gone once it has been asked for so often."""
    checks = iter(range(10**6))

    def check():
        if next(checks) >= after:
            raise Gone

    cloud.check = check


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


def test_a_job_is_asked_for_between_pages():
    adapter = paged([{"id": f"s{number}"} for number in range(9)], 1, cinders)
    of = client(adapter)
    dying(of.cloud, after=3)
    with pytest.raises(Gone):
        of.pages("/snapshots", "snapshots", doing="list")
    assert len(adapter.requests) == 4


def test_a_read_that_has_waited_for_its_bound_is_not_repeated():
    def silent(*args, **kwargs):
        raise keystoneauth1.exceptions.ConnectTimeout("Request to http://x timed out")

    adapter = Adapter(silent)
    with pytest.raises(Unanswered, match="block-storage in cloud 'mine' gave no answer in time"):
        client(adapter).get("/x", doing="read")
    assert len(adapter.requests) == 1


# -- repetition, through the real adapter


class Server:
    """A service that answers with the given statuses in turn, then 200; a status of 0 breaks the connection."""

    def __init__(self):
        self.statuses, self.requests = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                outer.requests.append(self.command)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = outer.statuses.pop(0) if outer.statuses else 200
                if not status:
                    self.close_connection = True
                    return
                body = json.dumps({"done": True}).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self):
        self.thread.start()
        session = keystoneauth1.session.Session(
            auth=keystoneauth1.noauth.NoAuth(endpoint=f"http://127.0.0.1:{self.http.server_port}/v3")
        )
        # Only the pauses are shorter than in real life.
        self.client = client(
            keystoneauth1.adapter.Adapter(
                session=session, service_type="block-storage", connect_retry_delay=0.01, status_code_retry_delay=0.01
            )
        )
        self.client.pace = Pace(client_module.MAX_THREADS, first_pause=0.01)
        return self

    def __exit__(self, *failure):
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


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
        assert len(server.requests) == client_module.RETRIES + 1


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


# -- clouds


@pytest.fixture
def configured(monkeypatch, tmp_path):
    """No clouds.yaml and no variables but those of a test."""
    for name in ("OS_CLOUD", "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "clouds.yaml"
    auth = {"auth_url": "http://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    path.write_text(json.dumps({"clouds": {"mine": {"auth": auth}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))


def parameters(**given):
    return {**{name: option.get("default") for name, option in AUTH_OPTIONS.items()}, **given}


def test_a_cloud_that_is_not_configured_is_told(configured):
    with pytest.raises(OsnapError) as caught:
        connect(parameters(cloud="yours"))
    assert (
        str(caught.value)
        == "Could not read the configuration of cloud 'yours': Cloud yours was not found; check cloud, auth and"
        " clouds.yaml."
    )
    assert caught.value.stops_work


def test_a_cloud_that_is_not_there_is_told_without_the_password(configured):
    with pytest.raises(
        Ambiguous, match="Could not log in: cloud 'mine' can't be reached \\(Connection refused\\)"
    ) as caught:
        connect(parameters(cloud="mine"))
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "auth", [{"auth_url": "http://127.0.0.1:1/v3"}, {"auth_url": "http://127.0.0.1:1", "username": "me"}, {}]
)
def test_incomplete_credentials_are_told(configured, monkeypatch, auth):
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE")
    with pytest.raises(OsnapError) as caught:
        connect(parameters(auth=auth))
    assert caught.value.stops_work and "\n" not in str(caught.value)


def test_a_cloud_given_inline_is_not_mixed_with_clouds_yaml(configured, monkeypatch):
    monkeypatch.setenv("OS_REGION_NAME", "elsewhere")
    loader = connection._config_loader()
    inline = {
        "auth": {
            "auth_url": "http://127.0.0.1:1/v3",
            "username": "me",
            "password": "pw2",
            "project_name": "q",
            **DOMAINS,
        },
        "region_name": "north",
    }
    region = connection._region(loader, parameters(cloud=inline))
    assert region.config["auth"]["project_name"] == "q" and region.region_name == "north"
    assert connection._region(loader, parameters(cloud=inline, region_name="south")).region_name == "south"


def test_the_version_is_discovered_only_where_the_url_does_not_say_it(configured):
    loader = connection._config_loader()
    assert connection._region(loader, parameters(cloud="mine")).config["auth_type"] == "v3password"
    bare = {
        "auth": {"auth_url": "http://127.0.0.1:1", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    }
    assert connection._region(loader, parameters(cloud=bare)).config["auth_type"] == "password"
    named = {
        "auth": {
            "auth_url": "http://127.0.0.1:1/v3",
            "token": "t",
            "project_name": "p",
            "project_domain_name": "Default",
        },
        "auth_type": "v3token",
    }
    assert connection._region(loader, parameters(cloud=named)).config["auth_type"] == "v3token"
    defaults = {
        "auth": {
            "auth_url": "http://127.0.0.1:1/v3",
            "username": "me",
            "password": "pw",
            "project_name": "p",
            "default_domain_id": "default",
        }
    }
    assert (
        connection._region(loader, parameters(cloud=defaults)).config["auth_type"] == "password"
    )  # the version-3 plugin knows no default domain


def test_options_of_a_task_win_over_clouds_yaml(configured):
    asked = parameters(cloud="mine", validate_certs=False, api_timeout=7, interface="internal", ca_cert="/ca.pem")
    region = connection._region(connection._config_loader(), asked)
    assert (
        region.config["verify"] is False
        and region.config["api_timeout"] == 7
        and region.config["interface"] == "internal"
    )
    assert region.config["cacert"] == "/ca.pem"


def test_the_loader_comes_without_the_rest_of_the_sdk(monkeypatch):
    for name in [name for name in sys.modules if name == "openstack" or name.startswith("openstack.")]:
        monkeypatch.delitem(sys.modules, name)
    assert connection._config_loader().OpenStackConfig
    assert not [name for name in sys.modules if name.startswith("openstack.compute")]


def test_plugins_are_looked_for_without_the_tasks_own_archive(monkeypatch):
    """With it, each task would have a module path of its own, and stevedore a new file in its cache."""
    ours, seen = ["/tmp/ansible_payload.zip", "/usr/lib/python3"], []
    monkeypatch.setattr(sys, "path", list(ours))
    with pytest.raises(ValueError), connection._without_own_archive():
        seen = list(sys.path)
        raise ValueError
    assert seen == ["/usr/lib/python3"] and sys.path == ours


def test_a_missing_sdk_is_told_with_its_python(monkeypatch):
    for name in [name for name in sys.modules if name == "openstack" or name.startswith("openstack.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(connection.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        OsnapError, match=f"The Python library openstacksdk >= 4.2.0 is missing for {sys.executable}; install it there"
    ):
        connection._config_loader()


def test_a_clouds_services_are_made_once_and_shared():
    region = SimpleNamespace(
        get_interface=lambda service: "public",
        get_region_name=lambda service: "north",
        get_endpoint=lambda service: None,
    )
    cloud = Cloud("'mine'", region, keystoneauth1.session.Session(auth=keystoneauth1.noauth.NoAuth()))
    assert cloud.client("block-storage") is cloud.client("block-storage") is not cloud.client("image")


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


# -- the user's own configuration


def test_no_default_of_an_option_beats_the_configuration(configured, monkeypatch, tmp_path):
    """Test what a task leaves out. Verify that clouds.yaml, a variable and a dictionary count."""
    assert {name for name, option in AUTH_OPTIONS.items() if "default" in option} == {"sdk_log_level"}
    auth = {"auth_url": "http://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    own = {"auth": auth, "interface": "internal", "verify": False, "api_timeout": 9, "region_name": "north"}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"mine": own}}))
    loader = connection._config_loader()
    for cloud in ("mine", own):
        config = connection._region(loader, parameters(cloud=cloud)).config
        assert {key: config[key] for key in own if key != "auth"} == {key: own[key] for key in own if key != "auth"}
    monkeypatch.setenv("OS_INTERFACE", "admin")
    for option in ("auth_url", "username", "password", "project_name"):
        monkeypatch.setenv(f"OS_{option.upper()}", auth[option])
    assert connection._region(loader, parameters(cloud="envvars")).get_interface("volume") == "admin"


def test_without_any_configuration_endpoints_are_public(configured):
    region = connection._region(connection._config_loader(), parameters(cloud="mine"))
    assert region.get_interface("volume") == "public"


def test_a_log_is_its_owners_and_holds_no_secret(tmp_path):
    path = tmp_path / "sdk.log"
    path.touch(mode=0o644)
    loggers = [logging.getLogger(name) for name in ("keystoneauth", "openstack")]
    before = [(logger.handlers[:], logger.level) for logger in loggers]
    try:
        connection._log_to(str(path), "DEBUG")
        body = json.dumps(
            {"server": {"adminPass": "hid1", "user_data": 'hid2"hid2', "name": "web"}, "auth_key": "hid3"}
        )
        logging.getLogger("keystoneauth.session").debug("curl http://me:hid4@cloud/x -d '%s'", body)
    finally:
        for logger, (handlers, level) in zip(loggers, before):
            logger.handlers[:], logger.level = handlers, level
    assert path.stat().st_mode & 0o777 == 0o600
    assert "hid" not in path.read_text() and '"name": "web"' in path.read_text()


def test_a_log_that_cant_be_written_is_told(configured):
    with pytest.raises(OsnapError, match="sdk_log_path.*No such file or directory"):
        connect(parameters(cloud="mine", sdk_log_path="/nowhere/at/all.log"))


def test_of_two_logins_that_fail_both_are_told(configured):
    with pytest.raises(OsnapError, match="cloud 'mine' can't be reached.*Cloud yours was not found"):
        connection.connect_pair({**parameters(cloud="mine"), "destination": parameters(cloud="yours")})
    with pytest.raises(OsnapError, match="Cloud yours was not found.*cloud 'mine' can't be reached"):
        connection.connect_pair({**parameters(cloud="yours"), "destination": parameters(cloud="mine")})


@pytest.mark.parametrize("project, catalog, told", [(None, False, True), ("p", False, False), (None, True, False)])
def test_credentials_without_a_project_are_told(configured, monkeypatch, project, catalog, told):
    access = SimpleNamespace(project_id=project, has_service_catalog=lambda: catalog)
    monkeypatch.setattr(Cloud, "log_in", lambda self: access)
    if not told:
        assert connect(parameters(cloud="mine")).name == "'mine'"
        return
    with pytest.raises(OsnapError, match="cloud 'mine' name no project.*set project_name or project_id"):
        connect(parameters(cloud="mine"))


def test_a_file_that_is_not_there_is_told(configured):
    auth = {"auth_url": "https://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    with pytest.raises(OsnapError, match="/no/ca.pem"):
        connect(parameters(cloud={"auth": auth, "cacert": "/no/ca.pem"}))


def test_a_fixed_token_and_endpoint_are_told(configured):
    cloud = {"auth_type": "admin_token", "auth": {"endpoint": "http://127.0.0.1:1", "token": "t"}}
    with pytest.raises(OsnapError, match="the authentication plugin can't log in to Keystone"):
        connect(parameters(cloud=cloud))


def test_a_password_in_a_url_is_a_secret():
    assert "p@w/".rstrip("/") in secrets_in({"auth_url": "http://me:p%40w@cloud/v3"})
    told = connection._name({"cloud": {"auth": {"auth_url": "http://me:pw1@cloud/v3"}}})
    assert "pw1" not in told and "cloud/v3" in told


LOGIN = {"auth_url": "http://127.0.0.1:1/v3", "application_credential_id": "i", "application_credential_secret": "s"}


@pytest.mark.parametrize("auth_type", [None, ""])
def test_an_application_credential_needs_no_auth_type(configured, auth_type):
    config = connection._region(connection._config_loader(), parameters(cloud={"auth": LOGIN, "auth_type": auth_type}))
    assert config.config["auth_type"] == "v3applicationcredential"


WRONG = [None, "", "x", "envvars", 0, -1, True, [], ["x"], {}, {"a": {"b": None}}, "/nowhere/none", "\0", "{x", "ü"]
KEYS = [
    "auth_type",
    "profile",
    "region_name",
    "regions",
    "interface",
    "cacert",
    "cert",
    "key",
    "verify",
    "name",
    "cloud",
]
KEYS += ["api_timeout", "volume_endpoint_override", "identity_api_version", "networks", "password", "auth", "nothing"]


@pytest.mark.parametrize("seed", range(150))
def test_whatever_stands_in_a_configuration_is_one_sentence(configured, monkeypatch, tmp_path, seed):
    """Test random configurations with the real loader. Verify that each ends in a sentence, with no word of Python."""
    chance = random.Random(seed)
    auth = {**LOGIN, "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    for key in chance.sample(sorted(auth), chance.randrange(5)):
        auth[key] = chance.choice(WRONG)
        if chance.random() < 0.5:
            del auth[key]
    # never an address of a real host: profiles may be URLs
    cloud = {"auth": auth, **{key: chance.choice(WRONG) for key in chance.sample(KEYS, chance.randrange(4))}}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"mine": cloud}}))
    auth_of_task = {"auth": {"auth_url": "http://127.0.0.1:1/v3"}} if chance.random() < 0.3 else {}
    with pytest.raises(OsnapError) as caught:
        connect(parameters(cloud=chance.choice([cloud, "mine"]), **auth_of_task))
    assert not re.search(r"Traceback|object has no attribute|NoneType|KeyError", str(caught.value))
    assert len(str(caught.value)) > 40
