# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of requests that ``sdk_log_path`` asks for, without the secrets."""

from __future__ import annotations

import os
import re
import stat

from ansible_collections.osnap.openstack.plugins.module_utils._core.auth_options import without_password
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

#: Keys of JSON whose values a log never has: credentials, keys of transfers, what a server is given to start with.
_SECRET_KEYS = re.compile(
    r'("[^"]*(?:pass(?:word|wd|code)?|secret|token|auth_key|private_key|user_?data|personality|contents)[^"]*"\s*:\s*)'
    r'"(?:[^"\\]|\\.)*"?',
    re.I,
)


def log_to(path: str, level: str) -> None:
    """Write what the SDK tells from now on to this file, which becomes its owner's alone."""
    import logging

    class Masked(logging.Formatter):
        """Lines without the secrets that bodies and URLs have."""

        def format(self, record: logging.LogRecord) -> str:
            return without_password(_SECRET_KEYS.sub(r'\1"********"', super().format(record)))

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):  # also a file of an earlier version; no device
            os.fchmod(descriptor, 0o600)
    except (OSError, ValueError) as error:
        raise OsnapError(
            f"Could not write the log sdk_log_path names, {path!r}: {getattr(error, 'strerror', None) or error}; choose"
            " a file of your own.",
            stops_work=True,
        ) from error
    handler = logging.StreamHandler(os.fdopen(descriptor, "a", encoding="utf-8", errors="replace"))
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("keystoneauth", "openstack"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(level)
