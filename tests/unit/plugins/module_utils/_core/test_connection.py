# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest
import requests

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    connection,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.tests.unit.fakes.logins import DOMAINS, LOGIN, parameters

pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")  # of openstacksdk, about what nobody here uses


def test_a_login_has_a_bound_too():
    for asked, bound in ((None, 60), (7, 7)):
        session = keystoneauth1.session.Session(auth=keystoneauth1.noauth.NoAuth(), timeout=asked)
        assert Cloud("'mine'", None, session).api_timeout == asked and session.timeout == bound


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


def test_a_clouds_services_are_made_once_and_shared():
    region = SimpleNamespace(
        get_interface=lambda service: "public",
        get_region_name=lambda service: "north",
        get_endpoint=lambda service: None,
        get_service_type=lambda service: service,
        get_service_name=lambda service: None,
    )
    cloud = Cloud("'mine'", region, keystoneauth1.session.Session(auth=keystoneauth1.noauth.NoAuth()))
    assert cloud.client("block-storage") is cloud.client("block-storage") is not cloud.client("image")


@pytest.mark.parametrize("asked", ["project_id", "is_admin", "roles"])
def test_a_token_that_has_expired_and_can_not_be_replaced_is_told_whoever_asks_for_it(asked):
    class Expired:
        def get_access(self, session):
            raise keystoneauth1.exceptions.ConnectFailure("Connection refused")

    cloud = Cloud("'mine'", None, keystoneauth1.session.Session(auth=Expired()))
    with pytest.raises(Ambiguous, match="^Could not log in: cloud 'mine' can't be reached"):
        getattr(cloud, asked)


def test_a_log_that_cant_be_written_is_told(configured):
    with pytest.raises(OsnapError, match="sdk_log_path.*No such file or directory"):
        connect(parameters(cloud="mine", sdk_log_path="/nowhere/at/all.log"))


def test_of_two_logins_that_fail_both_are_told(configured):
    with pytest.raises(OsnapError, match="cloud 'mine' can't be reached.*Cloud yours was not found"):
        connection.connect_pair({**parameters(cloud="mine"), "destination": parameters(cloud="yours")})
    with pytest.raises(OsnapError, match="Cloud yours was not found.*cloud 'mine' can't be reached"):
        connection.connect_pair({**parameters(cloud="yours"), "destination": parameters(cloud="mine")})


def test_credentials_without_a_project_are_told(configured, monkeypatch):
    access = SimpleNamespace(project_id="p")
    monkeypatch.setattr(Cloud, "log_in", lambda self: access)
    assert connect(parameters(cloud="mine")).name == "'mine'"
    access.project_id = None
    with pytest.raises(OsnapError, match="cloud 'mine' name no project.*set project_name or project_id"):
        connect(parameters(cloud="mine"))


def test_a_file_that_is_not_there_is_told(configured):
    auth = {"auth_url": "https://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    with pytest.raises(OsnapError, match="/no/ca.pem"):
        connect(parameters(cloud={"auth": auth, "cacert": "/no/ca.pem"}))


@pytest.mark.parametrize("auth_type", ["admin_token", "none", "http_basic", "noauth"])
def test_what_is_no_login_is_told(configured, auth_type):
    auth = {"endpoint": "http://127.0.0.1:1", "token": "t", "username": "me", "password": "pw"}
    auth = {
        key: auth[key] for key in {"admin_token": ("endpoint", "token"), "none": ("endpoint",)}.get(auth_type, auth)
    }
    with pytest.raises(OsnapError, match="cloud 'inline'"):
        connect(parameters(cloud={"auth_type": auth_type, "auth": auth}))


@pytest.mark.parametrize("auth_type", [None, "v3applicationcredential"])
def test_a_password_beside_an_application_credential_is_told(configured, auth_type):
    cloud = {"auth": {**LOGIN, "password": "pw1"}, **({"auth_type": auth_type} if auth_type else {})}
    surplus = "password" if auth_type else "application_credential_id"
    with pytest.raises(OsnapError, match=f"auth has '{surplus}', which this authentication plugin does not") as caught:
        connect(parameters(cloud=cloud))
    assert "pw1" not in str(caught.value) and "__init__" not in str(caught.value)


class Web:
    """A server that answers each request with the next of these: a status and a body."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []
        web = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                web.asked.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = web.answers.pop(0)
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if body[:1] == "{" else "text/html")
                self.send_header("X-Subject-Token", "t")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *failure):
        self.http.shutdown()
        self.http.server_close()


@pytest.mark.parametrize(
    "answer", [(200, "<html>Log in</html>"), (200, "{}"), (200, '{"name": "x"}'), (200, "[]"), (404, ""), (500, "x")]
)
def test_a_profile_that_cant_be_read_is_told(configured, answer):
    with Web(answer) as web, pytest.raises(OsnapError, match="Could not read the configuration .*profile") as caught:
        connect(parameters(cloud={"profile": web.url, "auth": LOGIN}))
    assert not re.search(r"\n|[a-z]Error\b|Expecting", str(caught.value))


def test_a_profile_that_cant_be_reached_is_told(configured):
    with pytest.raises(OsnapError, match="the profile that it names can't be read \\(Connection refused\\)"):
        connect(parameters(cloud={"profile": "http://127.0.0.1:1", "auth": LOGIN}))


TOKEN = {
    "token": {"methods": ["password"], "expires_at": "2999-01-01T00:00:00Z", "project": {"id": "p"}, "catalog": []}
}


@pytest.mark.parametrize("answer", [(404, "{}"), (405, "{}"), (300, "{}"), (200, "<html>Hello</html>")])
def test_where_the_short_cut_leads_nowhere_the_long_way_is_gone(configured, answer):
    """Test an auth_url whose last part only looks like the version: its document knows better."""
    with Web() as web:
        version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": web.url + "/a/v3/v3/"}]}
        web.answers += [answer, (200, json.dumps({"versions": {"values": [version]}})), (201, json.dumps(TOKEN))]
        auth = {**USER, "auth_url": web.url + "/a/v3"}
        assert connect(parameters(cloud={"auth": auth})).project_id == "p"
        assert web.asked == ["/a/v3/auth/tokens", "/a/v3", "/a/v3/v3/auth/tokens"]


@pytest.mark.parametrize("status", [401, 403, 503])
def test_a_login_that_is_refused_is_not_tried_twice(configured, status):
    with Web((status, "{}")) as web, pytest.raises(OsnapError):
        connect(parameters(cloud={"auth": {**USER, "auth_url": web.url + "/v3"}}))
    assert web.asked == ["/v3/auth/tokens"]


@pytest.mark.parametrize("variable", ["OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"])
@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_the_environment_names_and_nobody_can_read_is_told(
    configured, monkeypatch, tmp_path, variable, content
):
    """Test a configuration that lacks what such a file should have. The loader itself passes over it."""
    path = tmp_path / "not-there.yaml"
    if content:
        path.write_bytes(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(OsnapError, match=f"{variable} names {path}, which can't be read: "):
        connect(parameters(auth={"auth_url": "http://127.0.0.1:1/v3", "username": "me"}, cloud="yours"))


@pytest.mark.parametrize("content", [None, "nonsense"])
@pytest.mark.parametrize("option", ["ca_cert", "client_cert", "client_key"])
def test_a_file_for_tls_that_is_not_there_or_not_right_is_told(configured, tmp_path, option, content):
    path = tmp_path / "file.pem"
    if content:
        path.write_text(content)
    more = {"client_cert": str(tmp_path / "clouds.yaml")} if option == "client_key" else {}
    with (
        Web() as web,
        pytest.raises(OsnapError, match="a file for TLS .* can't be used" if content else "file.pem") as caught,
    ):
        auth = {**USER, "auth_url": web.url.replace("http", "https") + "/v3"}
        connect(parameters(auth=auth, **{option: str(path), **more}))
    assert not re.search(r"\n|Traceback|Pool|_ssl", str(caught.value))


USER = {"auth_url": "http://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}


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


VARIABLES = ["OS_REGION_NAME", "OS_INTERFACE", "OS_CACERT", "OS_CLIENT_SECURE_FILE", "OS_AUTH_TYPE", "OS_CLOUD"]
VARIABLES += ["OS_IDENTITY_API_VERSION", "OS_DEFAULT_DOMAIN", "OS_VOLUME_ENDPOINT_OVERRIDE", "OS_TOKEN", "OS_VERIFY"]


@pytest.mark.parametrize("seed", range(200))
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
    for name in chance.sample(VARIABLES, chance.randrange(3)):
        monkeypatch.setenv(name, str(chance.choice([value for value in WRONG if value != "\0"])))
    with pytest.raises(OsnapError) as caught:
        connect(parameters(cloud=chance.choice([cloud, "mine"]), **auth_of_task))
    assert not re.search(r"Traceback|object has no attribute|NoneType|KeyError", str(caught.value))
    assert len(str(caught.value)) > 40


OTHERS = [*WRONG, "http://h/v3", 5, [None], [{}], {"x": {}}]


def damaged(chance, value):
    """A document with some of its parts exchanged for others or left out."""
    if chance.random() < 0.07:
        return chance.choice(OTHERS)
    if isinstance(value, dict):
        return {key: damaged(chance, inner) for key, inner in value.items() if chance.random() < 0.95}
    return [damaged(chance, inner) for inner in value] if isinstance(value, list) else value


WHOLE = {
    "token": {
        "methods": ["password"],
        "expires_at": "2999-01-01T00:00:00Z",
        "project": {"id": "p", "name": "p", "domain": {"id": "default"}},
        "roles": [{"id": "r", "name": "member"}],
        "catalog": [
            {
                "type": "block-storage",
                "name": "cinder",
                "endpoints": [{"interface": "public", "region": "r", "region_id": "r", "url": "http://cloud:8776"}],
            }
        ],
    }
}
VERSIONS = {"versions": [{"id": "v3.0", "status": "CURRENT", "version": "3.71", "min_version": "3.0"}]}
VERSIONS["versions"][0]["links"] = [{"rel": "self", "href": "http://cloud:8776/v3/"}]


@pytest.mark.parametrize("seed", range(200))
def test_whatever_a_cloud_says_at_the_login_is_no_traceback(configured, monkeypatch, seed):
    """Test tokens, catalogs and version documents with some of their parts wrong. Verify that each error is told."""
    chance = random.Random(seed)

    def answer(session, url, method, **kwargs):
        response = requests.Response()
        text = json.dumps(damaged(chance, WHOLE if method == "POST" else VERSIONS))
        response._content = (chance.choice(["<html>", "", "null", "{"]) if chance.random() < 0.05 else text).encode()
        response.status_code, response.url, response.request = 200, url, SimpleNamespace(headers={})
        response.headers.update({"X-Subject-Token": "t", "Content-Type": "application/json"})
        return response

    monkeypatch.setattr(keystoneauth1.session.Session, "request", answer)
    try:
        cloud = connect(parameters(cloud="mine"))
        assert cloud.project_id
        assert cloud.is_admin in (True, False) and isinstance(cloud.roles, list)
        assert isinstance(cloud.client("block-storage").endpoint, (str, type(None)))
        cloud.client("block-storage").require(Microversions("3.1"), doing="try")
        cloud.client("block-storage").get("/snapshots", doing="list")
    except OsnapError as error:
        assert len(str(error)) > 30 and not re.search(r"\n|Traceback|KeyError|object has no", str(error))
