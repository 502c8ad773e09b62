# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the generic API of groups and the legacy one of consistency groups say of each other. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError


def is_of_legacy(error: OsnapError) -> bool:
    """Whether the generic API has refused, before it did anything, because the cloud has none or the object is a legacy
    one.
    """
    return error.status == 406 or (error.status == 400 and "reserved for migrating" in str(error))


def explained(error: OsnapError) -> OsnapError:
    """A refusal of the legacy API, with what is behind it."""
    if error.status != 403:
        return error
    text = str(error).rstrip(".")
    return OsnapError(
        f"{text}; this cloud has consistency groups only in their legacy form, which is off by default policy: ask its"
        " administrator for the consistencygroup policies.",
        **error.fields,
    )
