# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was to go and has stayed, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sentences(outcome: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that the outcome of a server, or its only result, has in ``retained``."""
    return [
        f"In the {one['cloud']} the {one['what'].replace('_', ' ')} '{one['name'] or one['id']}' ({one['id']}) stays:"
        f" {one['reason']}."
        for one in outcome.get("retained") or []
    ]
