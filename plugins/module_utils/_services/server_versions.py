# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The microversions of Nova's servers, and what a request about one needs at the least. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions, number

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Everything needed is there from 2.1 on; 2.47 adds the flavor's own figures, 2.71 the server
#: groups, 2.73 the reason of a lock.
SERVERS = Microversions("2.73", "2.1", "a server")
#: From 2.37 on networks must be named, or it be said that Nova chooses, or that there are none.
NETWORKS_AUTO = Microversions("2.73", "2.37", "booting a server without networks")
DISK_TYPE = Microversions("2.73", "2.67", "the volume_type of a disk")
DESCRIPTION = Microversions("2.73", "2.19", "the description of a server")
TAGS = Microversions("2.73", "2.26", "the tags of a server")
#: From 2.52 on they can be in the creating request.
TAGS_AT_BOOT = Microversions("2.73", "2.52", "booting a server with tags")
#: 2.32 took them as well, and the versions between did not, by mistake.
DEVICE_TAG = Microversions("2.73", "2.42", "the tag of a disk or a network")
HOSTNAME = Microversions("2.90", "2.90", "the hostname of a server")
#: Before it a hostname had no domain.
DOMAIN = Microversions("2.94", "2.94", "a hostname with a domain")
#: Before it a volume-backed server keeps its root disk as it is.
REIMAGE = Microversions("2.93", "2.93", "rebuilding a server that boots from a volume")


def least_to_boot(values: dict) -> Microversions | None:
    """What the creating request of a server needs of the cloud beyond the oldest; None for nothing."""
    disks, networks, hostname = values.get("disks") or (), values.get("networks"), values.get("hostname")
    needs = [
        version
        for version, is_needed in (
            (NETWORKS_AUTO, networks == []),
            (DISK_TYPE, any(disk.get("volume_type") is not None for disk in disks)),
            (DEVICE_TAG, any(one.get("tag") for one in (*disks, *(networks or ())))),
            (DESCRIPTION, values.get("description") is not None),
            (TAGS_AT_BOOT, values.get("tags") is not None),
            (HOSTNAME, hostname is not None),
            (DOMAIN, "." in (hostname or "")),
        )
        if is_needed
    ]
    return max(needs, key=lambda version: number(version.least), default=None)


def least_to_change(values: Mapping[str, Any]) -> Microversions | None:
    """As :func:`least_to_boot`, of a change of a server that is there."""
    return TAGS if "tags" in values else DESCRIPTION if "description" in values else None
