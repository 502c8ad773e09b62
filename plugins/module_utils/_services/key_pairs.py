# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nova key pairs of the user."""

from __future__ import annotations


class KeyPairs:
    """Known by name alone, and of the user, not of the project."""

    def __init__(self, cloud):
        self.client = cloud.client("compute")

    def names(self) -> set:
        """The names of all of them. One request: without a microversion the list has no pages."""
        found = self.client.get("/os-keypairs", doing="list key pairs").rows("keypairs")
        return {entry.object("keypair")["name"] for entry in found}
