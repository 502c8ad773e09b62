# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova's availability zones."""

from __future__ import annotations


class AvailabilityZones:
    """Known by name alone."""

    def __init__(self, cloud):
        self.client = cloud.client("compute")

    def names(self) -> set:
        """The names of those that servers can be booted in now."""
        zones = self.client.get("/os-availability-zone", doing="list availability zones").rows("availabilityZoneInfo")
        return {zone["zoneName"] for zone in zones if zone.object("zoneState")["available"]}
