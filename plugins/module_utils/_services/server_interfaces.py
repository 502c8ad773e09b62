# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Nova keeps of a server's interfaces, and Neutron does not."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

#: The tag by which a guest finds an interface in its metadata is shown since then.
TAGS = Microversions("2.70", "2.70", "the tags of interfaces")


class ServerInterfaces:
    def __init__(self, cloud):
        self.client = cloud.client("compute")

    def tags(self, server: str) -> dict[str, str]:
        """``{MAC: tag}`` of the interfaces of one server that have one; nothing where the server has gone, or where Nova
        is too old to tell.
        """
        if not self.client.offers(TAGS):
            return {}
        found = self.client.get(
            f"/servers/{segment(server)}/os-interface",
            doing=f"list the interfaces of the server {server}",
            resource=server,
            microversion=TAGS,
            missing_ok=True,
        )
        rows = () if found is None else found.rows("interfaceAttachments")
        return {one["mac_addr"]: one["tag"] for one in rows if one.get("tag")}
