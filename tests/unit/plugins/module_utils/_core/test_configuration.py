# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    configuration,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.tests.unit.fakes.logins import DOMAINS, LOGIN, parameters

pytestmark = pytest.mark.filterwarnings("ignore:Support for InfluxDB")  # of openstacksdk, about what nobody here uses


def region_of(loader, params):
    """The region by the first way in."""
    return configuration.ways_in(loader, params)[0]()


def test_a_cloud_given_inline_is_not_mixed_with_clouds_yaml(configured, monkeypatch):
    monkeypatch.setenv("OS_REGION_NAME", "elsewhere")
    loader = configuration.config_loader()
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
    region = region_of(loader, parameters(cloud=inline))
    assert region.config["auth"]["project_name"] == "q" and region.region_name == "north"
    assert region_of(loader, parameters(cloud=inline, region_name="south")).region_name == "south"


def test_the_version_is_discovered_only_where_the_url_does_not_say_it(configured):
    loader = configuration.config_loader()
    assert region_of(loader, parameters(cloud="mine")).config["auth_type"] == "v3password"
    bare = {
        "auth": {"auth_url": "http://127.0.0.1:1", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    }
    assert region_of(loader, parameters(cloud=bare)).config["auth_type"] == "password"
    named = {
        "auth": {
            "auth_url": "http://127.0.0.1:1/v3",
            "token": "t",
            "project_name": "p",
            "project_domain_name": "Default",
        },
        "auth_type": "v3token",
    }
    assert region_of(loader, parameters(cloud=named)).config["auth_type"] == "v3token"
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
        region_of(loader, parameters(cloud=defaults)).config["auth_type"] == "password"
    )  # the version-3 plugin knows no default domain


def test_options_of_a_task_win_over_clouds_yaml(configured):
    asked = parameters(cloud="mine", validate_certs=False, api_timeout=7, interface="internal", ca_cert="/ca.pem")
    region = region_of(configuration.config_loader(), asked)
    assert (
        region.config["verify"] is False
        and region.config["api_timeout"] == 7
        and region.config["interface"] == "internal"
    )
    assert region.config["cacert"] == "/ca.pem"


def test_the_loader_comes_without_the_rest_of_the_sdk(monkeypatch):
    for name in [name for name in sys.modules if name == "openstack" or name.startswith("openstack.")]:
        monkeypatch.delitem(sys.modules, name)
    assert configuration.config_loader().OpenStackConfig
    assert not [name for name in sys.modules if name.startswith("openstack.compute")]


def test_plugins_are_looked_for_without_the_tasks_own_archive(monkeypatch):
    """With it, each task would have a module path of its own, and stevedore a new file in its cache."""
    ours, seen = ["/tmp/ansible_payload.zip", "/usr/lib/python3"], []
    monkeypatch.setattr(sys, "path", list(ours))
    with pytest.raises(ValueError), configuration.without_own_archive():
        seen = list(sys.path)
        raise ValueError
    assert seen == ["/usr/lib/python3"] and sys.path == ours


def test_a_missing_sdk_is_told_with_its_python(monkeypatch):
    for name in [name for name in sys.modules if name == "openstack" or name.startswith("openstack.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(configuration.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        OsnapError, match=f"The Python library openstacksdk >= 4.2.0 is missing for {sys.executable}; install it there"
    ):
        configuration.config_loader()


def test_no_default_of_an_option_beats_the_configuration(configured, monkeypatch, tmp_path):
    """Test what a task leaves out. Verify that clouds.yaml, a variable and a dictionary count."""
    assert {name for name, option in AUTH_OPTIONS.items() if "default" in option} == {"sdk_log_level"}
    auth = {"auth_url": "http://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p", **DOMAINS}
    own = {"auth": auth, "interface": "internal", "verify": False, "api_timeout": 9, "region_name": "north"}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"mine": own}}))
    loader = configuration.config_loader()
    for cloud in ("mine", own):
        config = region_of(loader, parameters(cloud=cloud)).config
        assert {key: config[key] for key in own if key != "auth"} == {key: own[key] for key in own if key != "auth"}
    monkeypatch.setenv("OS_INTERFACE", "admin")
    for option in ("auth_url", "username", "password", "project_name"):
        monkeypatch.setenv(f"OS_{option.upper()}", auth[option])
    assert region_of(loader, parameters(cloud="envvars")).get_interface("volume") == "admin"


def test_without_any_configuration_endpoints_are_public(configured):
    region = region_of(configuration.config_loader(), parameters(cloud="mine"))
    assert region.get_interface("volume") == "public"


@pytest.mark.parametrize("auth_type", [None, ""])
def test_an_application_credential_needs_no_auth_type(configured, auth_type):
    config = region_of(configuration.config_loader(), parameters(cloud={"auth": LOGIN, "auth_type": auth_type}))
    assert config.config["auth_type"] == "v3applicationcredential"


USER = {"auth_url": "http://127.0.0.1:1/v3", "username": "me", "password": "pw", "project_name": "p"}


@pytest.mark.parametrize(
    "more, domains",
    [
        ({}, {}),
        ({"identity_api_version": 3}, {"user_domain_id": "default", "project_domain_id": "default"}),
        ({"identity_api_version": "3", "default_domain": "d"}, {"user_domain_id": "d", "project_domain_id": "d"}),
        ({"identity_api_version": "2"}, {}),
    ],
)
def test_domains_that_are_not_named_are_those_of_openstackclient(configured, more, domains):
    auth = {**USER, "user_domain_name": "Mine"} if not domains else USER
    way = configuration.ways_in(configuration.config_loader(), parameters(cloud={"auth": auth, **more}))[-1]
    assert {key: value for key, value in way().config["auth"].items() if key.endswith("domain_id")} == domains


def test_no_domain_that_is_named_is_replaced(configured):
    auth = {**USER, "user_domain_name": "Mine", "project_domain_id": "p"}
    given = {"auth": auth, "identity_api_version": "3"}
    found = region_of(configuration.config_loader(), parameters(cloud=given)).config["auth"]
    assert found["user_domain_name"] == "Mine" and found["project_domain_id"] == "p" and "user_domain_id" not in found


@pytest.mark.parametrize(
    "auth, plugin",
    [
        ({"token": "t", "project_id": "p"}, "token"),
        ({"token": "t", "password": "pw", "username": "me", "user_domain_id": "d"}, "v3password"),
        ({"application_credential_id": "i", "application_credential_secret": "s", "token": "t"}, "v3appl"),
    ],
)
def test_who_has_only_one_thing_means_it(configured, auth, plugin):
    given = {"auth": {"auth_url": "http://127.0.0.1:1/v3", **auth}}
    ways = configuration.ways_in(configuration.config_loader(), parameters(cloud=given))
    if "v3appl" in plugin or "password" in auth:
        with pytest.raises(TypeError):  # which becomes a sentence; see test_connection
            ways[0]()
    else:
        assert ways[0]().config["auth_type"] == plugin


def test_a_short_cut_is_not_the_only_way(configured):
    ways = configuration.ways_in(configuration.config_loader(), parameters(cloud="mine"))
    assert [way().config["auth_type"] for way in ways] == ["v3password", "password"]
    named = {"auth": {**USER, "user_domain_id": "d"}, "auth_type": "v3password"}
    assert len(configuration.ways_in(configuration.config_loader(), parameters(cloud=named))) == 1
