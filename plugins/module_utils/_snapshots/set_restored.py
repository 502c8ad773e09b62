# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore makes of a set: its names, its marks, and what is told of it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import is_root

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

#: The name of a run that nobody has named.
USUAL_RUN = "restore"


@dataclass
class Chosen:
    """What an item means: the set, those of its members that are restored, and how.

    - ``server``: the one that the set is of, or None where it has gone
    - ``there``: what is made already, or is to be seen to: a server's row
    """

    item: Mapping[str, Any]
    row: Mapping[str, Any]
    members: Sequence[Mapping[str, Any]]
    mode: str
    run: str
    server: Row | None
    there: Row | None = None
    #: {disk: the plan of its volume}
    volumes: dict[str, Any] = field(default_factory=dict)
    #: The plan of the server
    boot: Any = None
    #: In place: how the volumes of the server are attached, and their rows, by ID
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    attached: dict[str, Any] = field(default_factory=dict)
    #: A server that is made anew: the ID of the one that goes, and what the new one is booted with
    predecessor: str | None = None
    boots_with: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"The server '{self.row['server_name'] or ''}' ({self.row['server_id']})"

    @property
    def present(self) -> Row:
        """The server that is made or seen to, where a plan is of one that is there."""
        if self.there is None:
            raise AssertionError("nothing is attached to, nor restored in, a server that is not there")
        return self.there

    @property
    def name(self) -> str:
        """That of the new server."""
        given = (self.item["name"] or "").strip()
        return given or with_time(self.row["server_name"] or self.row["server_id"], self.row, self.run)

    @property
    def of_volumes(self) -> list[Mapping[str, Any]]:
        """The members that become volumes: of the image of a root disk one is made for another server alone."""
        return [one for one in self.members if one["kind"] != IMAGE or self.mode == "attach"]

    @property
    def root(self) -> Mapping[str, Any] | None:
        return next((one for one in self.members if is_root(one)), None)


def with_time(name: str, row: Mapping[str, Any], run: str, at: str = "") -> str:
    """``name~time``, and the run's name where that is another than the usual one.

    :param at: what else tells it from others of the same set
    """
    end = f"~{row['created_at']}" + ("" if run == USUAL_RUN else f"~{run}") + at
    return name[: 255 - len(end)] + end


def marks(row: Mapping[str, Any], mode: str, run: str, disk: str | None = None) -> dict[str, str]:
    """The marks in the request that creates something: of which set, of which server, by which run."""
    found = {
        _marks.RESTORED_SET: row["id"],
        _marks.RESTORED_NAME: row["name"],
        _marks.RESTORED_SERVER: row["server_id"],
        _marks.RESTORED_AS: mode,
        _marks.RUN: run,
    }
    return {**found, **({_marks.RESTORED_DISK: disk} if disk else {})}


def is_of(metadata: Mapping[str, str] | None, row: Mapping[str, Any], mode: str, run: str) -> bool:
    """Whether marks are those of a restore of this set."""
    have = metadata or {}
    return all(have.get(key) == value for key, value in marks(row, mode, run).items() if key != _marks.RESTORED_NAME)


def volume_item(chosen: Chosen, member: Mapping[str, Any]) -> dict[str, Any]:
    """The item of :class:`VolumeRestore` for one disk."""
    source = "image" if member["kind"] == IMAGE else "snapshot"
    item: dict[str, Any] = {
        "name": volume_name(chosen, member),
        source: member["id"],
        "metadata": marks(chosen.row, chosen.mode, chosen.run, member["disk"]),
    }
    if is_root(member) and chosen.mode != "attach":
        item["bootable"] = True
    return item


def volume_name(chosen: Chosen, member: Mapping[str, Any]) -> str:
    short = short_name(member)
    if chosen.mode == "beside":
        return f"{chosen.name[: 254 - len(short)]}-{short}"
    own = member["volume_name"] or f"{chosen.row['server_name'] or chosen.row['server_id']}-{short}"
    at = f"~{chosen.there['name'] or chosen.there['id']}" if chosen.mode == "attach" and chosen.there else ""
    return with_time(own, chosen.row, chosen.run, at[:100])


def short_name(member: Mapping[str, Any]) -> str:
    """How a disk is called beside its server's name: by its device, or else its ID."""
    device = re.sub(r"^/dev/", "", member["device"] or "")
    return device or str(member["disk"])


def told(
    chosen: Chosen,
    *,
    id: str | None,
    name: str | None,
    volumes: Mapping[str, Row | None],
    replaced: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What a task returns of a restore.

    :param id: of the server that has the disks now
    :param volumes: by disk; None for one that is still to be made
    """
    row = chosen.row
    return {
        "set": row["name"],
        "set_id": row["id"],
        "taken_at": row["created_at"],
        "consistency": row["consistency"],
        "server_id": row["server_id"],
        "server_name": row["server_name"],
        "mode": chosen.mode,
        "id": id,
        "name": name,
        "disks": [_disk(one, volumes) for one in chosen.members],
        "replaced": [dict(one) for one in replaced],
    }


def _disk(member, volumes):
    volume = volumes.get(member["disk"])
    return {
        "disk": member["disk"],
        "source_kind": member["kind"],
        "source_id": member["id"],
        "size_gib": member["size_gib"],
        "volume_id": volume["id"] if volume else None,
        "volume_name": volume["name"] if volume else None,
    }
