# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has happened to a server since the snapshots of its disks were taken, whichever service took them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import NOTHING_YET
from ansible_collections.osnap.openstack.plugins.module_utils._servers import staleness

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import ServerAction


def last_of(actions: Sequence[ServerAction]) -> str | None:
    """What a snapshot that is taken now is marked with: the request of the last thing that makes one stale. None where
    the cloud does not tell.

    :param actions: rows of :class:`ServerActions`, newest first
    """
    last = next((row for row in actions if row["action"] in staleness.STALING), None)
    return last["request_id"] if last else NOTHING_YET


def since(
    images: Sequence[dict[str, Any]], snapshots: Sequence[dict[str, Any]], actions: Sequence[ServerAction]
) -> list[str]:
    """Sentences about what makes any of the snapshots stale, oldest first, each thing once.

    :param images: the snapshot images of Nova's own disk: Nova's list shows when they were asked for
    :param snapshots: those of volumes; what they are marked with is in Nova's list as well, so that no other clock counts
    """
    found: dict[str, tuple] = {}
    if images:
        taken = min(row["created_at"] for row in images)
        for row in staleness.since_image(actions, taken, taken):
            found.setdefault(_key(row), (row, taken))
    for snapshot in snapshots:
        for row in _since_snapshot(snapshot, actions):
            found.setdefault(_key(row), (row, snapshot["created_at"]))
    rows = sorted(found.values(), key=lambda pair: pair[0]["start_time"] or "")
    return [sentence for row, taken in rows for sentence in staleness.sentences([row], taken)]


def _since_snapshot(snapshot, actions):
    mark = (snapshot["metadata"] or {}).get(_marks.AFTER)
    if not mark:
        return staleness.since(actions, snapshot["created_at"])
    later = takewhile(lambda row: row["request_id"] != mark, actions)
    return [row for row in later if row["action"] in staleness.STALING]


def _key(row):
    return f"{row['request_id']} {row['action']} {row['start_time']}"
