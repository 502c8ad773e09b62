# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import random
import re
from types import SimpleNamespace

import keystoneauth1.adapter
import keystoneauth1.exceptions
import keystoneauth1.noauth
import keystoneauth1.session
import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    connection,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud, connect
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
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
