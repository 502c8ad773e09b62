# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cinder's resources share: user messages, quotas, availability zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import left_by_limits, left_by_set

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


#: What to say of a refusal where only an administrator may do it, unless the cloud's policy is another.
ADMINISTRATORS = {403: "an administrator is needed for it"}

MESSAGES = Microversions("3.5", "3.3", "user messages")

BY_PROJECT = Microversions("3.65", "3.31", "a filter by project")


class BlockStorage(Service):
    api = "block-storage"

    def reason(self, row: dict) -> str | None:
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
        text = messages[0].get("user_message") if messages else None
        return text.rstrip(".") if isinstance(text, str) else None

    def other_projects(self, option: str) -> None:
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
            if error.status not in UNTOLD | {400}:
                raise
            raise OsnapError(
                f"{option} is only for administrators, and the user of cloud {self.cloud.name} is none; leave it out to"
                " list the project's own.",
                status=403,
                request_id=error.fields["request_id"],
                service=error.fields["service"],
            ) from error

    def room(self) -> dict:
        """``{what: how many more}`` the project's quota leaves, None for no limit; see :mod:`_quota`. One request, or two
        where the policy hides the quota set: the limits have neither groups nor volume types.
        """
        try:
            return left_by_set(
                self.client.get(
                    f"/os-quota-sets/{self.cloud.project_id}", doing="read the quota", params={"usage": "true"}
                ).object("quota_set")
            )
        except OsnapError:
            return left_by_limits(
                self.client.get("/limits", doing="read the quota").object("limits").object("absolute")
            )

    def zones(self) -> set:
        """The names of the availability zones that take volumes now."""
        zones = self.client.get("/os-availability-zone", doing="list the availability zones").rows(
            "availabilityZoneInfo"
        )
        return {zone["zoneName"] for zone in zones if zone.object("zoneState")["available"]}

    def _with_status(self, row: dict, status: str, path: str, microversion: Microversions) -> dict:
        """Set the status of a group or of a group snapshot, which have the same action for it."""
        self.client.write(
            "POST",
            f"{path}/{row['id']}/action",
            body={"reset_status": {"status": status}},
            resource=row["id"],
            doing=f"reset the status of the {self.noun} {self.label(row)}",
            microversion=microversion,
        )
        return {**row, "status": status}


def misplaced(cloud: Cloud, zone: str | None, zones: set) -> OsnapError | None:
    """The error of an availability zone that is none of Cinder's, or None."""
    if not zone or zone in zones:
        return None
    return OsnapError(
        f"There is no availability zone '{zone}' for volumes in cloud {cloud.name}; there is"
        f" {', '.join(sorted(zones)) or 'none'}.",
        resource=zone,
    )
