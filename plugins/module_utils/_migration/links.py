# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links of a server's chain are left up to a state. Pure: check mode says so, and the chain finds the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    COPY,
    CREATE,
    DELETE,
    FINISH,
    OFFER,
    STOP,
    UPLOAD,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import COPYING, TRANSFER
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import (
    CHECKED,
    COMPLETE,
    COPIED,
    MARKED,
    REHEARSED,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import floating

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def steps(plan: Mapping[str, Any], state: str, stop: bool) -> tuple[Step, ...]:
    """What has to be done for one server; nothing where it is in that state already."""
    return () if plan["complete"] else tuple(_left(plan, state, stop))


def steps_of_volume(plan: Mapping[str, Any], state: str) -> tuple[Step, ...]:
    """The same for a volume that is moved by itself."""
    if plan["complete"]:
        return ()
    stale = (Step(DELETE, {"what": "stale"}),) if any(plan["stale"].values()) else ()
    (disk,) = plan["disks"]
    ends = (Step(FINISH, {"what": "volume"}),) if state == COMPLETE else ()
    return (*stale, *of_disk(disk, state), *ends)


def unfinished(plan: Mapping[str, Any]) -> Iterator[str]:
    """What is left to be moved of a server, as clauses; nothing of one that has only to be marked."""
    if plan["complete"]:
        return
    if plan["unverified"]:
        yield plan["unverified"]
    elif server := plan["found"]["server"]:
        if _owed(plan, server):
            yield f"the server {server['id']} still lacks a floating IP"
        if _is_to_stop(plan, server):
            yield f"the server {server['id']} is on, and is to be off"


def _left(plan: Mapping[str, Any], state: str, stop: bool) -> Iterator[Step]:
    if state == CHECKED:  # of which all that comes before it is there, or it is refused
        yield Step(FINISH, {"what": "server"})
        return
    is_stale = any(plan["stale"].values())
    if is_stale:
        yield Step(DELETE, {"what": "stale"})
    server = plan["found"]["rehearsal" if state == REHEARSED else "server"]
    if server and not plan["verified"]:
        yield Step(AWAIT_READY, {"what": "server"})
    if server and state not in (REHEARSED, COPIED):
        yield from (Step(CREATE, {"what": "floating IP", "address": one["existing"]}) for one in _owed(plan, server))
    if server and _is_to_stop(plan, server) and state != REHEARSED:
        yield Step(STOP, {"what": "new server"})
    if not server:
        if stop and state != REHEARSED and plan["status"] != "SHUTOFF":
            yield Step(STOP, {"what": "server"})
        for disk in plan["disks"]:
            yield from of_disk(disk, state)
        if state != COPIED:
            yield Step(CREATE, {"what": "server"})
    if state in MARKED:
        yield Step(FINISH, {"what": "server"})


def _is_to_stop(plan, server):
    return server["status"] == "ACTIVE" and plan["power"] == "off"


def _owed(plan, server):
    """The floating IPs that a server lacks which is there: a task was killed between its boot and these."""
    has = {(interface, which) for interface, which, _ip in floating(server.get("addresses") or {})}
    return [one for one in plan["floating_ips"] if (one["interface"], one["address"]) not in has]


def of_disk(disk: Mapping[str, Any], state: str) -> Iterator[Step]:
    """What is left of the way of one disk."""
    found, index = disk["found"], disk["index"]
    if not found["snapshot"]:
        yield Step(CREATE, {"what": "snapshot", "disk": index})
    elif found["snapshot"]["status"] not in ("active", "available"):
        yield Step(AWAIT_READY, {"what": "snapshot", "disk": index})
    if disk["method"] != TRANSFER:
        if disk["kind"] == "volume" and not is_finished(found["image"]):
            yield Step(UPLOAD, {"what": "image", "disk": index})
        if is_to_copy(disk):
            yield Step(COPY, {"what": "copy", "disk": index})
        elif not is_finished(found["copied"]):
            yield Step(OFFER, {"what": "image", "disk": index})
    volume = found["rehearsal_volume" if state == REHEARSED else "volume"]
    if state != COPIED and disk["volume_restore"] and not volume:
        yield Step(CREATE, {"what": "volume", "disk": index})


def is_to_copy(disk: Mapping[str, Any]) -> bool:
    """Whether a copy is still to be made of a disk; what is shared or handed over gets none."""
    return disk["method"] in COPYING and not is_finished(disk["found"]["copied"])


def is_finished(image: Mapping[str, Any] | None) -> bool:
    """Whether all bytes are in an image of ours: one without the mark is of a task that was killed."""
    return bool(image and image["is_complete"])
