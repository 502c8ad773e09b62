# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has become of volumes that are moved, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.osnap.openstack.plugins.plugin_utils import retained


def lines(outcomes: Iterable[Mapping[str, Any]], is_check: bool = False) -> list[str]:
    """A line for each volume, and below it one for each thing that was to go and stays.

    :param outcomes: of ``volume_migration``, none of which has failed
    :param is_check: whether this is what they would be
    """
    return [line for one in outcomes for line in _lines(one, "would be " if is_check else "")]


def _lines(outcome, would):
    found = outcome["migration"]
    name = found["source_name"] or found["source_id"]
    became = f", as {found['name']} ({found['new_volume_id']})" if found.get("new_volume_id") else ""
    return [f"{name}: {would}{found['phase']}{became}", *(f"  {line}" for line in retained.sentences(outcome))]
