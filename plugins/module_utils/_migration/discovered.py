# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read of both clouds for a migration, in the form in which it is judged, and the two kinds of verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _default
from typing import TYPE_CHECKING, Any, Iterable, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import (
        Flavor,
        Image,
        Network,
        Row,
        Server,
        ServerImage,
    )

#: What may stay behind if that is said beforehand.
EPHEMERAL, VTPM, LOST_WRITES = "ephemeral", "vtpm", "lost_writes"


class Options(NamedTuple):
    """What was asked for of all servers together."""

    run: str = "migration"
    stop: bool = True
    flavor_map: dict[str, str] = {}
    network_map: dict[str, str] = {}
    accept: tuple[str, ...] = ()


@dataclass
class Place(boot_rules.Place):
    """What the destination has for new servers, with all its networks. ``ports`` are known by their IDs, and as they
    were named.
    """

    flavors: list[Flavor] = _default(default_factory=list)


@dataclass
class Seen:
    """What was read of both clouds.

    - ``source``, ``destination``: what sentences call the clouds
    - ``servers``: a row or an error for each item
    - ``images``: ``{ID: row}`` of the images that the servers were booted from
    - ``flavors``: ``{ID: row}`` of the source, read from old clouds only
    - ``snapshots``, ``copies``: ``{image name: rows}`` in the source, in the destination
    - ``made``: every server of the destination's project
    - ``since``: ``{server ID: sentences}``, what has happened after the snapshot of an unfinished migration
    - ``administrator``: whether the source's user is one
    """

    source: str
    destination: str
    servers: list[Server | OsnapError]
    images: dict[Any, Row] = _default(default_factory=dict)
    flavors: dict[Any, Row] = _default(default_factory=dict)
    snapshots: dict[str, list[ServerImage]] = _default(default_factory=dict)
    copies: dict[str, list[Image]] = _default(default_factory=dict)
    made: list[Server] = _default(default_factory=list)
    since: dict[str, list[str]] = _default(default_factory=dict)
    administrator: bool = False
    place: Place = None  # type: ignore[assignment]  # only a migration of no server is judged without one


class Problem(str):
    """A sentence about what stops the migration, with what to do."""


class Notice(str):
    """A sentence about what the migration loses or changes."""


def image_name(run: str, server_id: str) -> str:
    """The name of a server's snapshot image, and of its copy: the same in every try of a run, and of no other server."""
    return f"osnap-{run}-{server_id}"


def is_ours(row: Row, server_id: str, run: str, marks: str = "metadata") -> bool:
    """Whether something was made by this run for this server."""
    return row[marks].get(_marks.RUN) == run and row[marks].get(_marks.SERVER) == server_id


def is_made(server: Server, seen: Seen, run: str) -> bool:
    """Whether a server's successor is there: then nothing is asked of flavors, networks and quota any more."""
    return any(is_ours(row, server["id"], run) and row["status"] != "DELETED" for row in seen.made)


def is_complete(server: Server, seen: Seen, run: str) -> bool:
    """Whether a server has arrived: nothing is asked of its source any more."""
    return any(is_ours(row, server["id"], run) and row["metadata"].get(_marks.COMPLETE) for row in seen.made)


def networks_meant(networks: Iterable[Network], wanted: str) -> list[Network]:
    """The networks of an ID or else a name."""
    return [row for row in networks if row["id"] == wanted] or [row for row in networks if row["name"] == wanted]


def label_of(server: Server) -> str:
    return f"The server '{server['name']}' ({server['id']})"


def flavor_of(server: Server, seen: Seen) -> Row:
    """The source's flavor as far as it is known: the server shows it itself from 2.47 on."""
    shown = server["flavor"] or {}
    return shown if "original_name" in shown else seen.flavors.get(shown.get("id")) or {}
