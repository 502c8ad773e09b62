# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused of a server's snapshot image, before anything is sent. Pure: items and rows in, sentences out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import plan_power
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import text_problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import (
    SNAPSHOTTABLE,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Server, Values, Volume

# -- what is wrong with an item


def not_for_glance(item: Values) -> str | None:
    """What Glance would refuse of properties and tags, as a sentence; None if nothing."""
    texts = [("properties", str(value)) for value in (item["properties"] or {}).values()] + [
        ("tags", tag) for tag in item["tags"] or []
    ]
    for option, text in texts:
        if option == "tags" and len(text) > 255:
            return f"tags has one of {len(text)} characters; 255 is the most"
        if rare := next((character for character in text if ord(character) > 0xFFFF), None):
            return f"{option} has the character {rare!r}, which Glance refuses: no emoji"
    return None


def not_shared(item: Values) -> str | None:
    members = item["members"] or []
    if item["purge_members"] is not None and item["members"] is None:
        return "purge_members needs members; give an empty list to share the image with nobody"
    if members and item["visibility"] != "shared":
        return (
            f"members are for an image whose visibility is shared, and {item['visibility']} was asked for; leave one of"
            " them out"
        )
    if wrong := [member for member in members if not 0 < len(member) <= 255 or "/" in member]:
        return f"members has {wrong[0]!r}, which is no project's ID"
    return None


def not_rotated(item: Values) -> str | None:
    rotation = item["rotation"]
    if rotation and rotation["keep"] < 1:
        return "rotation.keep is less than 1; keep at least the image that is made"
    if rotation and not 0 < len(rotation["type"]) <= 255:
        return "rotation.type is empty or longer than 255 characters; give one such as daily"
    return None


def not_stopped(item: Values, params: Values) -> str | None:
    if item["consistency"] == "stop" and not params["wait"]:
        return "consistency: stop needs wait, for the server is started again when the image is done; leave wait out"
    return None


# -- why Nova would not take an image, or Glance not share or delete one


def unfit(
    cloud: Cloud, server: Server | OsnapError, desired: Values, volumes: Mapping[str, Volume]
) -> OsnapError | None:
    """Why Nova would not take such an image of a server now, or None."""
    if isinstance(server, OsnapError):
        return server
    if error := lookup.foreign(cloud, "server", server):
        return error
    name, stop = desired["name"], desired["consistency"] == "stop"
    if server["status"] not in SNAPSHOTTABLE:
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is in status {server['status']}, and Nova takes an image"
            f" only of one that is {', '.join(SNAPSHOTTABLE)}; bring it there, then run again.",
            resource=server["id"],
        )
    if server["task_state"] and not (stop and server["task_state"] == "powering-off"):
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is busy ({server['task_state']}); run again when Nova is"
            " done with it.",
            resource=server["id"],
        )
    if stop and (problem := unstoppable(server, cloud.is_admin)):
        return problem
    if desired["consistency"] == "quiesce":
        problem = _consistency.no_freeze(server, [volumes[id] for id in server["attached_volumes"] if id in volumes])
        if problem:
            return problem
    if not is_volume_backed(server):
        return None
    label = f"The image '{name}' of the server '{server['name']}' ({server['id']})"
    if desired["members"]:
        return unshareable(label, server["id"])
    if desired["rotation"]:
        return OsnapError(
            f"{label} can't be made: Nova rotates no images of a server that boots from a volume; leave rotation out.",
            resource=server["id"],
        )
    if clause := text_problem("name", f"snapshot for {name}"):
        return OsnapError(
            f"{label} can't be made: Nova calls its Cinder snapshots 'snapshot for …', and that {clause}.",
            resource=server["id"],
        )
    return None


def unstoppable(server: Server, is_admin: bool) -> OsnapError | None:
    try:
        plan = plan_power(server, "stopped")
    except OsnapError as error:
        return error
    if plan.changed and server["is_locked"] and not is_admin:
        return OsnapError(
            f"The server '{server['name']}' ({server['id']}) is locked and can't be stopped, but by an administrator;"
            " unlock it first, then run again.",
            resource=server["id"],
        )
    return None


def second(server: Server, name: str) -> OsnapError | None:
    """Of a server's own disk Nova takes one image at a time: of two requests at once it fails one half-way."""
    if is_volume_backed(server):
        return None
    return OsnapError(
        f"The image '{name}' is not the only one that this task would make of the server '{server['name']}'"
        f" ({server['id']}), and Nova takes one at a time; make it in a task of its own.",
        resource=server["id"],
    )


def unshareable(label: str, resource: str) -> OsnapError:
    return OsnapError(
        f"{label} can't be shared by members: its data are in Cinder snapshots, which are not shared with it; transfer"
        " volumes made of them.",
        resource=resource,
    )


def both(outcome: Outcome | OsnapError, error: OsnapError | None) -> Outcome | OsnapError:
    """An outcome with what has become of the server's start."""
    if error is None:
        return outcome
    if isinstance(outcome, OsnapError):
        return OsnapError(
            f"{str(outcome).rstrip('.')}; and its server is still off: {error}",
            **outcome.fields,
            stops_work=outcome.stops_work,
        )
    row: Any = outcome.resource  # one image, as this was one item
    return OsnapError(
        f"The image '{row['name']}' ({row['id']}) is there, but its server is still off: {error}",
        **error.fields,
    )
