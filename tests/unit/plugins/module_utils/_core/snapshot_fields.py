# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields like those of a snapshot, an item and a row of it, for the tests of fields and plans."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import (
    create_only,
    identity,
    mutable,
)

FIELDS = (
    identity("name", renamable=True),
    identity("volume", refers_to="volume"),
    mutable("description"),
    mutable("metadata", type="dict", purge="purge_metadata"),
    mutable("tags", type="list", elements="str", late=True, purge="purge_tags"),
    mutable("protected", type="bool", attribute="is_protected", late=True),
    create_only("zone"),
    create_only("force", type="bool", readable=False),
)
LABEL = "The snapshot"


def wanted(**given):
    """An item as the state module hands it on: every attribute there, unset ones None."""
    return {
        "id": None,
        "purge_metadata": None,
        **dict.fromkeys(field.key for field in FIELDS),
        "name": "nightly",
        "volume_id": "v1",
        **given,
    }


def there(**given):
    return {
        "id": "s1",
        "status": "available",
        "created_at": "then",
        "name": "nightly",
        "volume_id": "v1",
        "description": "old",
        "metadata": {"a": "1"},
        "tags": ["x", "y"],
        "is_protected": False,
        "zone": "nova",
        **given,
    }
