# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier tries of a run have made of a server, or of a volume, as rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import is_marked_complete
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import MADE
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note

#: What can be stale, in the order in which it goes: items for the modules that remove it.
STALE = ("servers", "volumes", "moving", "copies", "images", "volume_snapshots", "snapshots")


def nothing_stale() -> dict[str, list]:
    return {kind: [] for kind in STALE}


@dataclass
class Made:
    """What earlier tries have made of a server: rows, or None.

    - ``server``: what takes its place; ``rehearsal``: the one of a rehearsal
    - ``disks``: the disks as they were given, each with its rows under ``found``; see :data:`disks.MADE`
    - ``stale``: what has to go before anything is made anew; see :data:`STALE`
    - ``why_stale``: clauses, also where that was accepted
    - ``looked_at``: the server of a rehearsal that is stale for a move. It goes with it, and was rehearsed all the same
    - ``undone``: what tells of a rollback: the source with its note, or copies that are marked so, stale or not
    """

    disks: list[dict[str, Any]]
    server: dict[str, Any] | None = None
    rehearsal: dict[str, Any] | None = None
    notes: list[Note] = field(default_factory=list)
    stale: dict[str, list] = field(default_factory=nothing_stale)
    why_stale: list[str] = field(default_factory=list)
    looked_at: dict[str, Any] | None = None
    undone: list[dict[str, Any]] = field(default_factory=list)

    @property
    def root(self) -> dict[str, Any]:
        """The rows of the root disk."""
        return self.disks[0]["found"] if self.disks else dict.fromkeys(MADE)

    @property
    def snapshots(self) -> list[dict[str, Any]]:
        return [disk["found"]["snapshot"] for disk in self.disks if disk["found"]["snapshot"]]

    @property
    def has_arrived(self) -> bool:
        """Whether this run has moved the server and verified that."""
        return bool(self.server and is_marked_complete(self.server))
