# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new server beside the one that a set is of: how it is booted, and whether one that is there is it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, CREATE
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_restored
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_choice import is_root
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restore_arguments import (
    BESIDE,
    BOOTED_WITH,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen

#: Where no network is known, neither by an option nor by the set.
_UNKNOWN = "it is not known any more with what it was booted; say"


def booted_with(chosen: Chosen) -> dict[str, Any]:
    """The arguments of :class:`ServerRestore` but for disks: what is asked for, else what the server was booted with.

    Its networks are the server's, without its addresses: those are in use as long as that one runs.
    """
    item, boot = chosen.item, chosen.row["boot"] or {}
    if item["flavor"] is None and not boot.get("flavor"):
        raise OsnapError(f"{chosen.label} needs a flavor, and {_UNKNOWN} flavor.", resource=chosen.row["id"])
    if item["networks"] is None and not isinstance(boot.get("nets"), dict):
        raise OsnapError(f"{chosen.label} needs networks, and {_UNKNOWN} networks.", resource=chosen.row["id"])
    known = {
        "flavor": boot.get("flavor"),
        "networks": _networks(boot.get("nets") or {}),
        "security_groups": boot.get("security_groups") or None,
        "key_name": boot.get("key_name"),
        "config_drive": boot.get("config_drive") or None,
    }
    arguments = {key: item[key] if item[key] is not None else known.get(key) for key in BOOTED_WITH}
    if not arguments["networks"]:  # groups are those of ports
        arguments["security_groups"] = item["security_groups"]
    return {key: value for key, value in arguments.items() if value is not None}


def _networks(nets: Mapping[str, Any]) -> list[dict[str, str]]:
    """One for each interface, of which each has a MAC and may have several addresses."""
    found = []
    for name, addresses in nets.items():
        found += [{"network": name}] * max(1, len({mac for _ip, mac in addresses}))
    return found


def server_item(chosen: Chosen, volumes: Mapping[str, Row | None]) -> dict[str, Any]:
    """The item of :class:`ServerRestore`.

    :param volumes: by disk; where there is none yet, Nova is thought to make it of its snapshot: it is refused for the
        same reasons
    """
    root = chosen.root
    if root is None:
        raise OsnapError(
            f"The snapshot set '{chosen.row['name']}' is to become a server without its root disk, for disks leaves that"
            " out; add root, or attach the others with mode attach.",
            resource=chosen.row["id"],
        )
    arguments = booted_with(chosen)
    marks = set_restored.marks(chosen.row, chosen.mode, chosen.run)
    disks = [_disk(one, volumes.get(one["disk"])) for one in chosen.members if one["kind"] != IMAGE]
    return {
        **arguments,
        "name": chosen.name,
        "metadata": {**(arguments.get("metadata") or {}), **marks},
        **({"image": root["id"]} if root["kind"] == IMAGE else {}),
        **({"disks": disks} if disks else {}),
    }


def _disk(member, volume):
    source = {"volume": volume["id"]} if volume else {"snapshot": member["id"]}
    device = {"device": member["device"]} if member["device"] and not is_root(member) else {}
    index = {"boot_index": 0} if is_root(member) else {}
    # It is removed with its server by whoever removes what the restore has made, and by nobody else.
    return {**source, **device, **index, "delete_on_termination": False}


def is_believed(server: Row, volumes: Mapping[str, Row]) -> bool:
    """Whether the marks of a server were written for it: it was booted of what they say, by Nova's and Cinder's word.

    :param volumes: those of the project, by ID
    """
    marks = server["metadata"] or {}
    if _marks.RESTORED_SET not in marks or marks.get(_marks.RESTORED_AS) != BESIDE:
        return False
    if not is_volume_backed(server):
        return bool(marks.get(_marks.SOURCE) == server["image_id"])
    root = volumes.get(marks.get(_marks.SOURCE) or "")
    return bool(root and marks[_marks.RESTORED_SET] == (root["metadata"] or {}).get(_marks.RESTORED_SET))


def found(chosen: Chosen, servers: Sequence[Row], volumes: Mapping[str, Row]) -> Row | None:
    """The server that this restore has made already, or None.

    :raises OsnapError: where another one has its name
    """
    named = [row for row in servers if (row["name"] or "").strip() == chosen.name]
    own = [
        row
        for row in named
        if set_restored.is_of(row["metadata"], chosen.row, BESIDE, chosen.run) and is_believed(row, volumes)
    ]
    others = [row for row in named if row not in own]
    if others:
        raise OsnapError(
            f"The name '{chosen.name}' is taken by the server {others[0]['id']}, which the run '{chosen.run}' has not made"
            f" of the snapshot set '{chosen.row['name']}'; choose another with name, or remove that server.",
            resource=others[0]["id"],
        )
    if len(own) > 1:
        raise OsnapError(
            f"{len(own)} servers named '{chosen.name}' were made of the snapshot set '{chosen.row['name']}':"
            f" {enumerated([row['id'] for row in own])}; remove all but one by their IDs.",
            resource=own[0]["id"],
        )
    return own[0] if own else None


def volumes_of(chosen: Chosen, volumes: Mapping[str, Row]) -> dict[str, Row | None]:
    """The volumes that were made of a set for a mode, by disk."""
    own = [row for row in volumes.values() if set_restored.is_of(row["metadata"], chosen.row, chosen.mode, chosen.run)]
    own = [row for row in own if row["name"] in {set_restored.volume_name(chosen, one) for one in chosen.of_volumes}]
    return {(row["metadata"] or {}).get(_marks.RESTORED_DISK) or "": row for row in own}


def predicted(plan: Plan) -> Row | None:
    """The volume of a plan, if it is there already."""
    return plan.current if plan.current is not None and not plan.does(CREATE) else None


def ready(plan: Plan) -> Row | None:
    """The volume of a plan, if a server can be booted from it by now. One that is still being made, as a killed run
    leaves it, is awaited before.
    """
    return None if plan.does(AWAIT_READY) else predicted(plan)
