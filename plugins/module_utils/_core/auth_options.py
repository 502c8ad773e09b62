# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which a task logs in, and what is secret in them."""

from __future__ import annotations

import re
from urllib.parse import unquote

AUTH_OPTIONS = {
    "cloud": {"type": "raw"},
    "auth_type": {"type": "str"},
    # Not no_log as a whole: that would mask a project named `new` wherever these letters appear. The runner masks the
    # secrets in it.
    "auth": {"type": "dict", "no_log": False},
    "region_name": {"type": "str"},
    "validate_certs": {"type": "bool", "aliases": ["verify"]},
    "ca_cert": {"type": "str", "aliases": ["cacert"]},
    "client_cert": {"type": "str", "aliases": ["cert"]},
    "client_key": {"type": "str", "no_log": True, "aliases": ["key"]},
    "interface": {
        "type": "str",
        "choices": ["public", "internal", "admin"],
        "aliases": ["endpoint_type"],
    },
    "api_timeout": {"type": "int"},
    "sdk_log_path": {"type": "str"},
    "sdk_log_level": {"type": "str", "default": "INFO", "choices": ["INFO", "DEBUG"]},
}


def secrets_in(auth: dict | None) -> set[str]:
    """The values of an ``auth`` dictionary that must never be shown: passwords, tokens, secrets, passcodes, and the
    password inside a URL.
    """
    found = set()
    for key, value in (auth or {}).items():
        if value and re.search(r"password|token|secret|passcode", str(key), re.I):
            found.add(str(value))
        elif match := re.search(r"://[^/?#@]*:([^/?#]+)@", value if isinstance(value, str) else ""):
            found |= {match.group(1), unquote(match.group(1))}
    return found


def without_password(text: str) -> str:
    """A text without the password of a URL in it."""
    return re.sub(r"(://[^/?#@\s]*:)[^/?#\s]+@", r"\1********@", text)
