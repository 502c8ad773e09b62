# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users write, as a part of a URL."""

from __future__ import annotations

from urllib.parse import quote

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError


def segment(value: object) -> str:
    """A name or ID as one segment of a path, whatever a user has written there."""
    text = str(value)
    if not text.strip("."):  # an empty one would mean the collection, dots what is above it, quoted or not
        raise OsnapError(f"'{text}' is no ID; check what was given as one.", resource=text)
    return quote(text, safe="")
