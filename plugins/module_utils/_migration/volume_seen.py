# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read of both clouds for a migration of volumes, in the form in which it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    as_complete,
    is_marked_complete,
)


@dataclass(frozen=True)
class Source:
    """A volume that is to move, or a snapshot of one that somebody has chosen, as rows."""

    volume: dict[str, Any]
    snapshot: dict[str, Any] | None = None

    @property
    def row(self) -> dict[str, Any]:
        return self.snapshot or self.volume

    @property
    def id(self) -> str:
        return self.row["id"]

    @property
    def name(self) -> str:
        """What the new volume is called if nobody says otherwise: a chosen snapshot is one of perhaps several."""
        return (self.row["name"] or "").strip() or self.id

    @property
    def noun(self) -> str:
        return "volume snapshot" if self.snapshot else "volume"

    @property
    def moved(self) -> dict[str, Any]:
        """What sentences and marks need of it."""
        return {"id": self.id, "name": self.row["name"] or "", "noun": self.noun}


@dataclass
class SeenVolumes(Discovered):
    """As :class:`Discovered`, but for servers, of which there are none here.

    - ``sources``: a :class:`Source` or an error for each item
    - ``taken``: the volumes of the destination's project, of which ``made_volumes`` are those that Cinder says were made
      of the image or the snapshot that their mark names
    """

    sources: list[Source | OsnapError] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)


def with_complete(seen: SeenVolumes, id: str) -> SeenVolumes:
    """The same with one new volume marked as complete."""
    taken, made = (
        [as_complete(row) if row["id"] == id else row for row in rows] for rows in (seen.taken, seen.made_volumes)
    )
    return replace(seen, taken=taken, made_volumes=made)


def touched(volume: Mapping[str, Any]) -> str:
    """When Cinder has changed a volume last. Its status changes with each attachment, and so does this; metadata don't
    change it.
    """
    return volume["updated_at"] or volume["created_at"] or ""


def id_of_gone(item: Mapping[str, Any], error: OsnapError, seen: SeenVolumes, run: str) -> str | None:
    """The ID of what is not in the source any more, or None: the one that was given; of what was given by its name, what
    the mark of its finished volume says.
    """
    if not isinstance(error, lookup.Missing):
        return None
    given = (item["volume"] or item["snapshot"]).strip()
    if lookup.is_id(given):
        return given
    there = {one.id for one in seen.sources if isinstance(one, Source)}
    ids = {
        row["metadata"].get(_marks.DISK)
        for row in seen.made_volumes
        if row["metadata"].get(_marks.RUN) == run
        and _marks.SERVER not in row["metadata"]
        and is_marked_complete(row)
        and row["name"] == (item["name"] or given).strip()
    }
    return ids.pop() if len(ids) == 1 and not ids & {None, *there} else None
