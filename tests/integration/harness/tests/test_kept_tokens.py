# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The harness's own tokens: who shares them, and when one is forgotten."""

import pytest
from osnap_harness import cloud as cloud_module
from osnap_harness.cloud import Answer, Cloud
from osnap_harness.kept_tokens import KeptTokens

AUTH = {"auth_url": "http://keystone/v3", "username": "u", "password": "p", "project_name": "p"}


def test_another_process_has_it(tmp_path):
    KeptTokens(tmp_path).put("login", {"token": "one"})
    assert KeptTokens(tmp_path).get("login") == {"token": "one"}
    assert KeptTokens(tmp_path).get("another login") is None
    assert (tmp_path / "tokens").stat().st_mode & 0o077 == 0


def test_without_a_folder_nothing_is_kept():
    kept = KeptTokens()
    kept.put("login", {"token": "one"})
    kept.drop("login", {"token": "one"})
    assert kept.get("login") is None


def test_a_newer_one_is_not_forgotten(tmp_path):
    kept = KeptTokens(tmp_path)
    kept.put("login", {"token": "newer"})
    kept.drop("login", {"token": "one"})
    assert kept.get("login") == {"token": "newer"}
    kept.drop("login", {"token": "newer"})
    assert kept.get("login") is None


@pytest.fixture
def keystone(monkeypatch):
    """Give tokens by number, and count: the first one has ended."""
    given = []

    def authenticate(name, auth, region):
        given.append(f"token {len(given) + 1}")
        return {"token": given[-1], "project": "p", "catalog": {"image": "http://glance"}}

    def send(method, url, body, headers):
        return Answer(401 if headers["X-Auth-Token"] == "token 1" else 200, {}, b"{}")

    monkeypatch.setattr(cloud_module, "_authenticate", authenticate)
    monkeypatch.setattr(cloud_module, "_send", send)
    monkeypatch.setattr(Cloud, "_tokens", {})
    return given


def test_an_ended_token_is_exchanged_for_all(tmp_path, keystone, monkeypatch):
    Cloud("source", AUTH, folder=tmp_path).get("image", "/v2/images")
    assert keystone == ["token 1", "token 2"]
    monkeypatch.setattr(Cloud, "_tokens", {})  # as another process has them
    Cloud("source", AUTH, folder=tmp_path).get("image", "/v2/images")
    assert keystone == ["token 1", "token 2"]
