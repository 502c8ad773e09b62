# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which warm runs share a login, and what becomes of it."""

import pytest
from keystoneauth1.access import AccessInfoV3
from keystoneauth1.identity import base, v3
from osnap_harness import shared_login, surroundings
from osnap_testcloud.control import Control


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv(surroundings.INSTANCE, str(tmp_path))
    monkeypatch.setenv(surroundings.PROJECT, "ours")
    monkeypatch.setenv(surroundings.CLOUDS_YAML, str(tmp_path / "clouds.yaml"))
    monkeypatch.delenv(surroundings.NEIGHBOUR, raising=False)
    return Control(tmp_path)


def test_who_logs_in_by_himself(project):
    assert shared_login.is_fit({"cloud": "source"}, {"ANY": "thing"})
    assert not shared_login.is_fit({"cloud": "source", "auth": {"password": "p"}}, {})
    assert not shared_login.is_fit({}, {})
    assert not shared_login.is_fit({"cloud": "source"}, {"OS_PASSWORD": "p"})


@pytest.mark.parametrize("of, fit", [({"project": "ours"}, False), ({}, False), ({"project": "theirs"}, True)])
def test_where_something_is_injected_each_logs_in(project, of, fit):
    rule = project.inject({"service": "keystone", "status": 503, **of})
    assert shared_login.is_fit({"cloud": "source"}, {}) is fit
    project.clear(rule)
    assert shared_login.is_fit({"cloud": "source"}, {})


@pytest.fixture
def logins(project, monkeypatch):
    """Count the logins; each process patches keystoneauth for itself, so it is given back."""
    seen = []

    def get_auth_ref(plugin, session, **dummy):
        seen.append(f"token {len(seen) + 1}")
        body = {"token": {"expires_at": "2099-01-01T00:00:00.000000Z", "methods": ["password"]}}
        return AccessInfoV3(body, auth_token=seen[-1])

    monkeypatch.setattr(v3.Password, "get_auth_ref", get_auth_ref)
    for name in ("get_access", "invalidate"):
        monkeypatch.setattr(base.BaseIdentityPlugin, name, getattr(base.BaseIdentityPlugin, name))
    shared_login.share()
    return seen


def token(password="p"):
    plugin = v3.Password("http://keystone/v3", username="u", password=password, project_name="p")
    return plugin, plugin.get_access(None).auth_token


def test_the_second_run_has_the_token_of_the_first(logins):
    assert [token()[1], token()[1]] == ["token 1", "token 1"]
    assert token("another")[1] == "token 2"
    assert logins == ["token 1", "token 2"]


def test_a_refused_token_is_nobodys_any_more(logins):
    plugin, _first = token()
    plugin.invalidate()
    assert plugin.get_access(None).auth_token == "token 2"
    assert token()[1] == "token 2"
