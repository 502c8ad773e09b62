# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How consistent the data of a snapshot are: what was asked for, what can be had, and what was reached. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Server, ServerImage, Volume

#: what is asked for -> what satisfies it; None: anything does
SATISFIED_BY = {None: None, "crash": None, "quiesce": ("frozen", "off"), "stop": ("off",)}
OFF = ("SHUTOFF", "SHELVED", "SHELVED_OFFLOADED")


def reached(server: Server, asked: str | None = None) -> str:
    """What can be vouched for about a snapshot taken of this server now; never what is merely hoped for."""
    if server["status"] in OFF:
        return "off"
    if asked == "quiesce":
        return "frozen"  # admitted only where Nova fails rather than go on without
    if server["status"] in ("PAUSED", "SUSPENDED") or len(server["attached_volumes"]) <= 1:
        return "crash"  # all disks at one moment, what the guest had in memory is missing
    return "unknown"  # Nova tries a freeze over all of them and hides a failure


def shown(properties: Mapping[str, Any], mark: str | None) -> str | None:
    """The consistency that an image is marked with. A freeze counts only where Nova had to fail without one."""
    return "unknown" if mark == "frozen" and not is_true(properties.get("os_require_quiesce")) else mark


def shortfall(image: ServerImage, label: str, asked: str | None) -> OsnapError | None:
    """The error of an image whose data are not as consistent as was asked for, or None."""
    enough = SATISFIED_BY[asked]
    if enough is None or image["consistency"] in enough:
        return None
    return OsnapError(
        f"{label} is there, and its consistency is {image['consistency'] or 'not known'}; consistency: {asked} wants "
        f"{' or '.join(enough)}. Remove it, or take another name.",
        resource=image["id"],
    )


def no_freeze(server: Server, volumes: Sequence[Volume]) -> OsnapError | None:
    """Why Nova can't promise to freeze a server's file systems, or None.

    :param volumes: its attached volumes
    """
    if server["status"] in OFF:
        return None
    label = f"The server '{server['name']}' ({server['id']}) can't be frozen for certain"
    if server["image_id"] is not None:
        return OsnapError(
            f"{label}: its root disk is no volume, and whether Nova freezes it depends on the storage of its host; use"
            " consistency: stop.",
            resource=server["id"],
        )
    if server["status"] != "ACTIVE":
        return OsnapError(
            f"{label}: it is in status {server['status']}, and only a running guest can be asked to; start it, or use"
            " consistency: stop.",
            resource=server["id"],
        )
    promised = [volume["volume_image_metadata"] or {} for volume in volumes if volume["is_bootable"]]
    for name in ("os_require_quiesce", "hw_qemu_guest_agent"):
        if not any(is_true(metadata.get(name)) for metadata in promised):
            return OsnapError(
                f"{label}: the image of its root volume lacks {name}=yes, without which Nova goes on when a freeze"
                " fails; use consistency: stop, or boot it from an image that has the property and a guest agent.",
                resource=server["id"],
            )
    return None


def is_true(value: object) -> bool:
    """As Nova reads a boolean property of an image."""
    return str(value).strip().lower() in ("1", "t", "true", "on", "y", "yes")
