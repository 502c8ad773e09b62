# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import logging

from ansible_collections.osnap.openstack.plugins.module_utils._core import (
    request_log,
)


def test_a_log_is_its_owners_and_holds_no_secret(tmp_path):
    path = tmp_path / "sdk.log"
    path.touch(mode=0o644)
    loggers = [logging.getLogger(name) for name in ("keystoneauth", "openstack")]
    before = [(logger.handlers[:], logger.level) for logger in loggers]
    try:
        request_log.log_to(str(path), "DEBUG")
        body = json.dumps(
            {"server": {"adminPass": "hid1", "user_data": 'hid2"hid2', "name": "web"}, "auth_key": "hid3"}
        )
        logging.getLogger("keystoneauth.session").debug("curl http://me:hid4@cloud/x -d '%s'", body)
    finally:
        for logger, (handlers, level) in zip(loggers, before, strict=True):
            logger.handlers[:], logger.level = handlers, level
    assert path.stat().st_mode & 0o777 == 0o600
    assert "hid" not in path.read_text() and '"name": "web"' in path.read_text()
