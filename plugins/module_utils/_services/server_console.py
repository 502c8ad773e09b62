# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server shows on its console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.answers import document
from ansible_collections.osnap.openstack.plugins.module_utils._core.client import RETRIES
from ansible_collections.osnap.openstack.plugins.module_utils._core.paths import segment

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


class ServerConsole:
    """The text on a server's console, as far as the hypervisor keeps it: the last boot's, cut at its beginning."""

    def __init__(self, cloud: Cloud):
        self.client = cloud.client("compute")

    def of(self, server_id: str) -> str:
        """The text; empty as long as nothing was shown. One request, which changes nothing."""
        doing = f"read the console of the server {server_id}"
        answer = self.client.send(
            "POST",
            f"/servers/{segment(server_id)}/action",
            doing=doing,
            resource=server_id,
            json={"os-getConsoleOutput": {}},
            retries=RETRIES,
            paced=True,
        )
        told = document(
            answer, cloud=self.client.cloud.name, service=self.client.service, doing=doing, resource=server_id
        )
        return str(told.get("output") or "")
