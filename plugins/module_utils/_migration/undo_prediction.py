# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server is told once its migration was rolled back or ended: judged as if what goes had gone. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    earlier,
    end_marks,
    phase,
    proof,
    result,
    undo,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import FINALIZED

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options

    Seen = TypeVar("Seen", bound=Discovered)


def predicted(
    item: dict[str, Any],
    one: dict[str, Any],
    server: dict[str, Any] | OsnapError,
    there: undo.Remains,
    todo: undo.Undo,
    seen: Discovered,
    options: Options,
) -> dict[str, Any]:
    """What a task returns of a server once that is done.

    :param one: its plan as it is now
    :param server: its row in the source, or why there is none
    """
    marked = {
        there.server_id: (todo.source_set, todo.source_unset),
        **({there.successor["id"]: (todo.server_set, todo.server_unset)} if there.successor else {}),
        **{part.row["id"]: ({}, end_marks.ON_VOLUME) for part in todo.unmarked if part.kind == "volume"},
    }
    later = as_if_done(seen, todo, marked)
    if isinstance(server, OsnapError) or todo.source:
        name = there.successor["name"] if there.successor else one["name"]
        told = {**one, "phase": FINALIZED, "verified": False, "server_name": name, "name": name}
        return {**result.migration(told), "disks": None, "notices": None}
    source = _marked(server, *marked[there.server_id])
    made = earlier.made_so_far(source, ways.disks_of(source, seen, ways.of_item(item, options)), later, options)
    found = [{**disk, "found": other["found"]} for disk, other in zip(one["disks"], made.disks, strict=True)]
    told = {
        **one,
        "name": made.server["name"] if made.server else (item["name"] or server["name"]).strip(),
        "phase": phase.of(made).phase,
        "verified": proof.missing(source, made, later, options) is None,
        "found": {**one["found"], "server": made.server, "rehearsal": made.rehearsal},
        "disks": found,
    }
    return {**result.migration(told), "notices": None}


def as_if_done(seen: Seen, todo: undo.Undo, marked: dict[str, tuple]) -> Seen:
    """What was read, without what goes.

    :param marked: ``{ID: (metadata that are set, keys that are unset)}``
    """
    gone = {part.row["id"] for part in todo.removed}
    kinds = ("snapshots", "copies", "volume_snapshots", "source_images")
    grouped: dict[str, Any] = {
        kind: {name: _left(rows, gone, marked) for name, rows in getattr(seen, kind).items()} for kind in kinds
    }
    made, volumes = (_left(rows, gone, marked) for rows in (seen.made, seen.made_volumes))
    return replace(seen, made=made, made_volumes=volumes, **grouped)


def _left(rows, gone, marked):
    return [_marked(row, *marked.get(row["id"], ({}, ()))) for row in rows if row["id"] not in gone]


def _marked(row, set, unset):
    if not set and not unset:
        return row
    kept = {key: value for key, value in row["metadata"].items() if key not in unset}
    return {**row, "metadata": {**kept, **set}}
