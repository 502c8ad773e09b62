# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    configuration,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import AUTH_OPTIONS, secrets_in


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


def test_a_password_in_a_url_is_a_secret():
    assert "p@w/".rstrip("/") in secrets_in({"auth_url": "http://me:p%40w@cloud/v3"})
    told = configuration.name_of({"cloud": {"auth": {"auth_url": "http://me:pw1@cloud/v3"}}})
    assert "pw1" not in told and "cloud/v3" in told
