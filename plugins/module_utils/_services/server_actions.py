# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been done to a server, and when: Nova's list of instance actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud

#: 2.58 adds when an action was last heard of, which is its end once it has ended. The list is there from 2.1 on.
ACTIONS = Microversions("2.58", "2.1", "the list of a server's actions")
#: The action that makes a backup, and the event that ends when rotation has been tried.
BACKUP, BACKUP_DONE = "createBackup", "compute_backup_instance"
#: The action that rebuilds a server, and the event that ends when one that was off is off again.
REBUILD, REBUILD_DONE = "rebuild", "compute_rebuild_instance"


class ServerActions:
    """The actions on a server, newest first; Nova keeps them for as long as the server lives."""

    def __init__(self, cloud: Cloud):
        self.client = cloud.client("compute")

    def of(self, server_id: str) -> list[dict]:
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

    def told(self, server_id: str) -> list[dict] | None:
        """The same; None where the cloud does not tell this user, so that nothing can be concluded from it."""
        try:
            return self.of(server_id)
        except OsnapError as error:
            if error.status not in UNTOLD:
                raise
            return None

    def has_ended(self, server_id: str, action: str, event: str) -> bool:
        """Whether Nova is through with an event of the newest action of a kind. False as well where the cloud does not
        tell: before 2.51 it shows events to administrators only. Two requests.
        """
        newest = next((row for row in self.of(server_id) if row["action"] == action and row["request_id"]), None)
        return any(row.get("finish_time") for row in self._events(server_id, newest, event))

    def is_under_way(self, server_id: str, action: str, event: str) -> bool | None:
        """Whether Nova is still at an event of the last that was done to a server; None where that was of another kind,
        or the cloud does not tell. One request, two where it is of that kind.
        """
        last = next(iter(self.of(server_id)), None)
        events = self._events(server_id, last, event) if last and last["action"] == action else ()
        return any(not row.get("finish_time") for row in events) if events else None

    def _events(self, server_id, row, event):
        """The events of that name in an action, whether they have ended or not."""
        answer = (
            row
            and row["request_id"]
            and self.client.get(
                f"/servers/{server_id}/os-instance-actions/{row['request_id']}",
                doing=f"read what has happened to the server {server_id}",
                resource=server_id,
                microversion=ACTIONS,
                missing_ok=True,
            )
        )
        found = answer.get("instanceAction") if answer else None
        events = found.get("events") if isinstance(found, dict) else None
        return [row for row in events or () if row.get("event") == event]
