# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder's resources share: user messages, and the text that its API takes."""

from __future__ import annotations

import unicodedata

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service

#: What to say of a refusal where only an administrator may do it, unless the cloud's policy is another.
ADMINISTRATORS = {403: "an administrator is needed for it"}

MESSAGES = Microversions("3.5", "3.3", "user messages")

BY_PROJECT = Microversions("3.65", "3.31", "a filter by project")

#: Cinder counts a snapshot's size as it does a volume's.
GIGABYTES = "GiB of volumes and snapshots"

_LIMITS = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "snapshots": ("maxTotalSnapshots", "totalSnapshotsUsed"),
    GIGABYTES: ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
}


class BlockStorage(Service):
    api = "block-storage"

    def reason(self, row):
        """The newest user message about a resource, or None where the cloud keeps none."""
        try:
            messages = self.client.get(
                "/messages",
                doing="read the service's messages",
                params={"resource_uuid": row["id"], "sort": "created_at:desc"},
                microversion=MESSAGES,
            ).rows("messages")
        except OsnapError:
            return None  # a reason is a courtesy; the failure itself is already being told
        return messages[0]["user_message"].rstrip(".") if messages else None

    def other_projects(self, option):
        """An :class:`OsnapError` about that option unless the user may see other projects' objects: at most one
        request.

        Cinder gives others less than they have asked for, without a word; but a filter by project it refuses them.
        """
        if self.cloud.is_admin:
            return
        try:
            self.client.get(
                "/snapshots",
                doing="list another project's snapshots",
                microversion=BY_PROJECT,
                params={"all_tenants": True, "project_id": self.cloud.project_id, "limit": 1},
            )
        except OsnapError as error:
            raise OsnapError(
                f"{option} is only for administrators, and the user of cloud {self.cloud.name} is none; leave it out to"
                " list the project's own.",
                status=403,
                request_id=error.fields["request_id"],
                service=error.fields["service"],
            ) from error

    def room(self) -> dict:
        """``{"volumes", "snapshots", GIGABYTES: how many more}`` the project's quota leaves, None for no limit. One
        request.
        """
        limits = self.client.get("/limits", doing="read the quota").object("limits").object("absolute")
        return {
            what: None if limits.get(most, -1) < 0 else limits[most] - limits[used]
            for what, (most, used) in _LIMITS.items()
        }


def text_problem(option, value, service="Cinder"):
    """What Cinder's schema, and Nova's, would say of a name or description, as a sentence; None if nothing."""
    if value is None:
        return None
    text = value.strip()  # what is sent: a block of YAML ends with a line break
    if len(text) > 255:
        return f"{option} has {len(text)} characters, and 255 is the most that {service} takes"
    for character in text:
        if ord(character) > 0xFFFF or (
            unicodedata.category(character)[0] == "C" or unicodedata.category(character) in ("Zl", "Zp")
        ):
            return (
                f"{option} has the character {character!r}, which {service} refuses: no line breaks, control characters"
                " or emoji"
            )
    return None


def metadata_problem(option, value):
    """What Cinder's metadata endpoints, and Nova, would refuse, as a sentence; None if nothing."""
    for key, item in (value or {}).items():
        key = str(key)
        if (
            not key
            or len(key) > 255
            or not all(character.isascii() and (character.isalnum() or character in "-_:. ") for character in key)
        ):
            return f"{option} has the key {key!r}; a key is 1 to 255 of the characters a-z A-Z 0-9 - _ : . and blank"
        if item is None or isinstance(item, (dict, list)):
            return f"{option} has {item!r} under {key!r}; a value is text, a number or a boolean"
        if len(str(item)) > 255:
            return f"{option} has a value of {len(str(item))} characters under {key!r}; 255 is the most"
    return None


def over_quota(room, needed, quota="the project's quota", undone="made"):
    """The error where ``needed``, ``{what: how many}``, is more than the :meth:`BlockStorage.room` leaves, or None.

    It is told before the first object is made, so that nothing is half done.
    """
    for what, count in needed.items():
        left = room[what]
        if left is not None and count > left:
            return OsnapError(
                f"{count} more {what} are needed, and {quota} leaves {max(left, 0)}; raise the quota or delete what is"
                f" no longer needed, then run again. Nothing was {undone}.",
                status=413,
                service="block-storage",
                stops_work=True,
            )
    return None
