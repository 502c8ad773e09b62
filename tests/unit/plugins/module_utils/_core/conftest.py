# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from ansible_collections.osnap.openstack.plugins.module_utils._core.configuration import config_loader
from ansible_collections.osnap.openstack.tests.unit.fakes.logins import DOMAINS


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
    # Older SDKs write the files of a test's variables into their lists of files to look for.
    loader = config_loader()
    for files in ("CONFIG_FILES", "SECURE_FILES"):
        monkeypatch.setattr(loader, files, list(getattr(loader, files)))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
