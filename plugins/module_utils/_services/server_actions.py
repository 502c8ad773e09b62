# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been done to a server, and when: Nova's list of instance actions."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils._core.client import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

#: 2.58 adds when an action was last heard of, which is its end once it has ended. The list is there from 2.1 on.
ACTIONS = Microversions("2.58", "2.1", "the list of a server's actions")


class ServerActions:
    """The actions on a server, newest first; Nova keeps them for as long as the server lives."""

    def __init__(self, cloud):
        self.client = cloud.client("compute")

    def of(self, server_id) -> list:
        """Plain rows: ``action``, ``request_id``, ``start_time``, ``finish_time`` (None where the cloud does not tell).
        Empty for a server that is not there any more. One request.
        """
        answer = self.client.get(
            f"/servers/{server_id}/os-instance-actions",
            doing=f"read what has happened to the server {server_id}",
            resource=server_id,
            microversion=ACTIONS,
            missing_ok=True,
        )
        if answer is None:
            return []
        if not isinstance(answer.get("instanceActions"), list):
            raise OsnapError(
                f"Could not read what has happened to the server {server_id}: the answer has no list of actions; look"
                " whether the endpoint is Nova's, then run again.",
                resource=server_id,
            )
        return [
            {
                "action": row.get("action"),
                "request_id": row.get("request_id"),
                "start_time": row.get("start_time"),
                "finish_time": row.get("updated_at"),
            }
            for row in answer["instanceActions"]
        ]
