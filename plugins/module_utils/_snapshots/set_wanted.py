# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which members the disks of a server want, and the marks of each. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._servers.rebuild import root_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import MOST, ROOT, in_pieces

if TYPE_CHECKING:
    Row = Mapping[str, Any]

#: Of a name within a mark that has other things, too.
SHORT = 60


@dataclass(frozen=True)
class Wanted:
    """The disks of one server, that which it boots from first, and the group of all its volumes, if there is one."""

    disks: tuple[str, ...]
    about: Mapping[str, Mapping[str, Any]]
    volumes: Mapping[str, Row]
    group_id: str | None

    @property
    def has_image(self) -> bool:
        return ROOT in self.disks


def wanted(server: Row, volumes: Mapping[str, Row], in_groups: Mapping[str, Sequence[str]]) -> Wanted:
    """What a set of a server has to have.

    :param volumes: rows of volumes by ID, those of the server among them
    :param in_groups: ``{group ID: IDs of its volumes}``
    """
    own = {id: volumes[id] for id in server["attached_volumes"] if id in volumes}
    boots = root_of(own.values()) if is_volume_backed(server) else None
    others = sorted((id for id in own if not boots or id != boots["id"]), key=lambda id: (_device(server, own[id]), id))
    disks = [ROOT] if not is_volume_backed(server) else [boots["id"]] if boots else []
    about: dict[str, dict[str, Any]] = {ROOT: {"boot_index": 0, "bootable": True}}
    for id, row in own.items():
        about[id] = {
            "device": _device(server, row) or None,
            "boot_index": 0 if boots and boots["id"] == id else None,
            "bootable": row["is_bootable"],
            "type": row["volume_type"],
            "name": (row["name"] or "")[:SHORT] or None,
        }
    return Wanted((*disks, *others), about, own, _group(own, in_groups))


def _device(server, volume):
    found = [one for one in volume["attachments"] or [] if one.get("server_id") == server["id"]]
    return (found[0].get("device") or "") if found else ""


def _group(own, in_groups):
    """The group that has all volumes of the server, two or more, and none of anybody else."""
    groups = {row.get("group_id") for row in own.values()}
    group = groups.pop() if len(groups) == 1 and len(own) > 1 else None
    return group if group and set(in_groups.get(group, ())) == set(own) else None


def reached(server: Row, wants: Wanted, at_once: bool | None = None) -> str:
    """What can be vouched for about the disks of a server together, taken one by one or as a group.

    :param at_once: whether it is certain that the group's volumes are of one moment
    """
    if server["status"] in _consistency.OFF:
        return "off"
    if server["status"] in ("PAUSED", "SUSPENDED") or len(wants.disks) < 2 or (at_once and not wants.has_image):
        return "crash"  # all disks at one moment, what the guest had in memory is missing
    return "unknown"


def marks_of_set(
    server: Row, wants: Wanted, *, name: str, id: str, at: str, after: str | None, consistency: str, own: Row
) -> dict[str, str]:
    """The marks that all members have.

    :param own: what the user has set: ``policy``, ``window``, ``hold``, ``metadata``
    """
    metadata = {key: str(value) for key, value in (own.get("metadata") or {}).items()}
    given = {_marks.POLICY: own.get("policy"), _marks.WINDOW: own.get("window"), _marks.HOLD: own.get("hold")}
    return {
        **metadata,
        **{key: str(value) for key, value in given.items() if value},
        **(in_pieces(_marks.SET_KEYS, ",".join(sorted(metadata))) if metadata else {}),
        _marks.SET: name,
        _marks.SET_ID: id,
        _marks.SET_SERVER: server["id"],
        _marks.SET_SERVER_NAME: plain(server["name"] or ""),
        _marks.SET_AT: at,
        _marks.SET_AFTER: after or "",
        _marks.SET_CONSISTENCY: consistency,
        **in_pieces(_marks.SET_DISKS, " ".join(wants.disks)),
    }


def marks_of_member(server: Row, wants: Wanted, disk: str) -> dict[str, str]:
    """The marks of one disk; the first has what the server is booted with, too."""
    about = json.dumps(
        {key: value for key, value in wants.about[disk].items() if value is not None}, separators=(",", ":")
    )
    boot = in_pieces(_marks.SET_BOOT, boot_text(server)) if disk == wants.disks[0] else {}
    return {_marks.SET_DISK: disk, _marks.SET_ABOUT: about if len(about) <= MOST else "{}", **boot}


def boot_text(server: Row) -> str:
    """What a server is booted with, as far as its row tells, as JSON without characters that a service may refuse."""
    nets = {
        network: [[one.get("addr"), one.get("OS-EXT-IPS-MAC:mac_addr")] for one in ports if _is_fixed(one)]
        for network, ports in (server["addresses"] or {}).items()
    }
    boot = {
        "flavor": server["flavor_name"],
        "availability_zone": server["availability_zone"],
        "key_name": server["key_name"],
        "security_groups": server["security_groups"],
        "config_drive": server["has_config_drive"],
        "nets": nets,
    }
    return json.dumps(boot, separators=(",", ":"))


def plain(text: str) -> str:
    """A name without what Glance and older databases refuse."""
    return "".join(character if " " <= character <= "\uffff" else "?" for character in text)[:MOST]


def _is_fixed(address):
    return address.get("OS-EXT-IPS:type") != "floating"
