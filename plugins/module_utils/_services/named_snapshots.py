# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volume snapshots that a task names, where one that is there is meant: the row, or why it can't be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots


class Named(NamedTuple):
    """A name or an ID; and where its volume is given, that one's ID and what a sentence calls it."""

    name: str
    volume_id: str | None = None
    volume: str = ""


def meant(service: VolumeSnapshots, named: list[Named]) -> list:
    """The row, or the error, of each; one list for all of them."""
    named = [one._replace(name=one.name.strip()) for one in named]
    wanted = [
        {"id": one.name} if lookup.is_id(one.name) else {"name": one.name, "volume_id": one.volume_id} for one in named
    ]
    return [_only(service, one, rows) for one, rows in zip(named, service.find(wanted), strict=True)]


def _only(service, one, rows):
    of = f" of the volume {one.volume}" if one.volume_id else ""
    if len(rows) > 1:
        give = "the ID of the one that is meant" if one.volume_id else "volume, or the ID of the one that is meant"
        return OsnapError(
            f"{len(rows)} {service.noun}s{of} match '{one.name}': {lookup.listing(rows)}; give {give}.",
            resource=one.name,
        )
    if not rows or (one.volume_id and rows[0]["volume_id"] != one.volume_id):
        other = f", it is one of the volume {rows[0]['volume_id']}" if rows else ""
        return OsnapError(
            f"There is no {service.noun} '{one.name}'{of} in cloud {service.cloud.name}{other}; check the name and the"
            " project of the credentials.",
            resource=one.name,
        )
    return rows[0]
