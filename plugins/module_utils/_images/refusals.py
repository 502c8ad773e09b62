# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Glance would refuse of an image, said before anything is done. Pure."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

#: The most characters of a name, a tag and a property's name.
LONGEST = 255
#: What is no property though it looks like one: attributes with options of their own, and what Glance alone writes.
_ATTRIBUTES = frozenset(
    {
        "id",
        "name",
        "owner",
        "visibility",
        "tags",
        "protected",
        "os_hidden",
        "disk_format",
        "container_format",
        "min_disk",
        "min_ram",
    }
)
_OF_GLANCE = frozenset(
    {
        "checksum",
        "created_at",
        "deleted",
        "deleted_at",
        "direct_url",
        "file",
        "location",
        "locations",
        "os_hash_algo",
        "os_hash_value",
        "schema",
        "self",
        "size",
        "status",
        "stores",
        "updated_at",
        "virtual_size",
    }
)
_RESERVED_PREFIX = "os_glance"


def problem(item: dict) -> str | None:
    """What is wrong with an item's ``name``, ``tags`` and ``properties``, as a sentence without its end; or None."""
    properties = item.get("properties") or {}
    if ours := sorted(set(properties) & _marks.RESERVED):
        return f"properties has {', '.join(ours)}, which this collection keeps for itself; leave it out"
    return (
        _text_problem("name", item.get("name") or "")
        or next(filter(None, (_text_problem("tags", tag) for tag in item.get("tags") or ())), None)
        or next(filter(None, (_property_problem(str(key), value) for key, value in properties.items())), None)
    )


def _property_problem(key, value):
    if not key or len(key) > LONGEST:
        return f"properties has a name of {len(key)} characters; Glance takes 1 to {LONGEST}"
    if key in _ATTRIBUTES:
        return f"properties has {key}, which is an attribute of images and no property; leave it out"
    if key in _OF_GLANCE or key.startswith(_RESERVED_PREFIX):
        return f"properties has {key}, which Glance keeps for itself; leave it out"
    return _rare("properties", key) or _rare("properties", str(value))


def _text_problem(option, text):
    if len(text) > LONGEST:
        return f"{option} has {len(text)} characters; Glance takes {LONGEST} at the most"
    return _rare(option, text)


def _rare(option, text):
    """Glance's databases take no characters of four bytes."""
    if rare := next((character for character in text if ord(character) > 0xFFFF), None):
        return f"{option} has the character {rare!r}, which Glance refuses: no emoji"
    return None


def over_quota(room: dict[str, int], sizes: list[int]) -> list[OsnapError | None]:
    """``[None or error]``, for images that are registered and stored in this order.

    :param room: ``{"image_count_total": how many are left, "image_size_total": MiB that are left}``; what is not in it
        has no limit
    :param sizes: of the images, in bytes. Glance refuses to store one when the limit is passed already
    """
    count, size = room.get("image_count_total"), room.get("image_size_total")
    verdicts: list[OsnapError | None] = []
    stored = 0
    for number, each in enumerate(sizes, 1):
        error = None
        if count is not None and number > count:
            error = f"{len(sizes)} more images are needed, and the project's quota leaves {max(0, count)}"
        elif size is not None and stored / 2**20 > size:
            error = f"the project's quota of MiB in images is passed by {round(stored / 2**20 - size)} MiB"
        else:
            stored += each
        told = f"{error}; raise it, or delete what is no longer needed, then run again."
        verdicts.append(OsnapError(told) if error else None)
    return verdicts
