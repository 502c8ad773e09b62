# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties of an image mean the same elsewhere: in another cloud, or on an image that is made of it. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks

#: What describes the place an image was in, not what it holds.
_STAYS = frozenset(
    {
        "block_device_mapping",
        "bdm_v2",
        "root_device_name",
        "base_image_ref",
        "instance_uuid",
        "boot_roles",
        "image_location",
        "image_state",
        "image_type",
        "user_id",
        "stores",
        "locations",
        "direct_url",
    }
    | _marks.RESERVED
)
#: What Cinder keeps among the image metadata of a volume, and what is the new image's own.
_OF_THE_IMAGE = frozenset(
    {
        *("image_id", "image_name", "checksum", "size", "container_format", "disk_format", "min_disk", "min_ram"),
        *("signature_verified", "cinder_img_volume_type"),
    }
)
_STAYS_PREFIXES = ("owner_", "os_glance", "img_signature", "owner_specified.", _marks.COPIED)


def portable_properties(properties: dict) -> dict:
    """Those that mean the same elsewhere."""
    return {
        key: value for key, value in properties.items() if key not in _STAYS and not key.startswith(_STAYS_PREFIXES)
    }


def image_metadata(metadata: dict) -> dict:
    """What the image metadata of a volume say of its use: neither what they say of the image that it came from, nor marks."""
    portable = portable_properties(metadata)
    return {key: value for key, value in portable.items() if key not in _OF_THE_IMAGE and not _marks.is_mark(key)}


def travelling_properties(row: dict) -> dict:
    """Those that go with a copy: not the marks that the image has inherited from something else."""
    travelling, marks = portable_properties(row["properties"]), _marks.of_image(row)
    return {
        key: value
        for key, value in travelling.items()
        if not _marks.is_mark(key) or (value and (key in marks or key in _marks.COMPANIONS))
    }
