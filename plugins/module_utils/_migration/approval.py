# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a plan is approved, as one short text; and what has changed since. Pure.

The text, ``1:<server><server>…:<end>``, travels by a survey, an artifact or a message, so it holds hashes and no values:
of each server its ID, and each :data:`SECTION <SECTIONS>` by itself, so that what differs can be named. It is the same
for a run that goes on after a kill, for it is about what is to be done and not about what is left.

What is left out, and why:

- times, phases, steps, statuses and everything that the run itself has made, its own stop and lock of the source among
  them: these change because it is carried out;
- the names of new volumes, and what is told of them: the next free one is taken, and that depends on what is there;
- how much quota is left: too little is a problem of its own, and enough is enough;
- how many go at a time, how long is waited, how it is verified, and when the window ends: how fast, not what;
- what the clouds are called in `clouds.yaml`: their projects are in it.

Where the new server is there already, what was chosen for it can't be chosen again, and only what its source says is
compared.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import rooms, source_mark
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    LOST_WRITES,
    Discovered,
    Options,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disks import VOLUME, metadata_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import power_of

#: What is compared, in the order of the text -> what a sentence calls it. The first ones are known from the source and
#: from what was asked for, the others only as long as the new server is not there.
OF_SOURCE = {
    "name": "its name or its project",
    "way": "the way that it is moved",
    "power": "its power or its lock",
    "size": "its own flavor",
    "disks": "its disks",
    "metadata": "its metadata, its description or its tags",
    "order": "its wave, or what it boots after",
}
OF_DESTINATION = {
    "project": "the project that it is moved to",
    "flavor": "the flavor that it gets",
    "image": "the image that it was booted from",
    "networks": "its networks, its ports or its addresses",
    "groups": "its security groups",
    "place": "its key pair, its zone, its server group or its configuration drive",
    "types": "the way of its disks, or the types of their volumes",
    "floating": "its floating IPs",
    "losses": "what it loses or what changes",
}
SECTIONS = {**OF_SOURCE, **OF_DESTINATION}

#: Notices that come and go while a migration is carried out.
_PASSING = (LOST_WRITES, "stale", "not_stopped", "volume_renamed", "volume_type_default")
_VERSION, _WIDTH, _KEY, _UNKNOWN = "1", 4, 8, "...."
_ONE = _KEY + _WIDTH * len(SECTIONS)


# -- what is approved


def material(
    item: Mapping[str, Any],
    server: dict[str, Any],
    plan: Mapping[str, Any],
    notes: Iterable[Note],
    seen: Discovered,
    options: Options,
) -> dict[str, Any]:
    """``{section: data}`` of a server that has not arrived; without those of the destination where the new one is there.

    :param notes: on the plan, each with its object
    """
    found = {
        "name": {"id": server["id"], "name": server["name"], "becomes": item["name"], "project": seen.project_id},
        "way": {"run": options.run, "stop": options.stop, "format": options.disk_format},
        "power": {
            "power": power_of(server, options),
            # By this run, a lock comes after its note; and a locked server takes no note.
            "locked": bool(server["is_locked"]) and not source_mark.has_begun(server, options.run),
        },
        "size": _flavor(server["flavor"] or {}),
        "disks": [_disk(disk, seen) for disk in plan["disks"]],
        "metadata": {
            "metadata": {key: value for key, value in server["metadata"].items() if not _marks.is_ours(key)},
            "set": item["metadata"],
            "description": server["description"],
            "tags": server["tags"],
        },
        "order": {"wave": item.get("wave") or 1, "after": sorted(map(str, item.get("boot_after") or []))},
    }
    arguments = plan["server_restore"]
    if seen.place is None or not arguments or arguments.get("id"):
        return found
    place, image = seen.place, seen.images.get(server["image_id"])
    flavors = meant(place.flavors, arguments["flavor"])
    return found | {
        "project": {"project": place.project_id},
        "flavor": {"has": _flavor(flavor_of(server, seen)), "gets": _flavor(flavors[0]) if len(flavors) == 1 else None},
        "image": server["image_id"] and {"id": server["image_id"], "is there": bool(image), **_needs(image or {})},
        "networks": {
            "has": _interfaces(server, seen),
            "gets": plan["ports"] or _networks(arguments["networks"], place),
        },
        "groups": {"has": server["security_groups"], "gets": _groups(arguments["security_groups"], place)},
        "place": {
            "key pair": arguments["key_name"],
            "had": server["key_name"],
            "zone": arguments["availability_zone"],
            "server group": arguments["server_group"],
            "configuration drive": arguments["config_drive"],
        },
        "types": [{"method": disk["method"], "type": _type(disk, seen, options)} for disk in plan["disks"]],
        "floating": plan["floating_ips"],
        "losses": sorted({f"{note.code} {note.object}".strip() for note in notes if note.code not in _PASSING}),
    }


def _type(disk, seen, options):
    """The type of the volume that a disk becomes, whether it is there already or not."""
    if disk["target"] != VOLUME:
        return None
    return rooms.volume_type(disk, seen, options)[0] or seen.place.usual_type


def _flavor(row):
    keys = ("id", "original_name", "name", "vcpus", "ram", "disk", "ephemeral", "swap", "extra_specs")
    return {key: row[key] for key in keys if row.get(key) not in (None, "")}


def _needs(image):
    return {key: image[key] for key in ("min_disk", "min_ram") if image.get(key)}


def _disk(disk, seen):
    keys = ("kind", "id", "volume_name", "size", "boot_index", "delete_on_termination", "bootable", "volume_type")
    told = {key: disk[key] for key in (*keys, "target")}
    if disk["kind"] == VOLUME:
        told["metadata"] = metadata_of(seen.volumes.get(disk["id"]) or {})[0]
    return told


def _interfaces(server, seen):
    """What the server has: its addresses as Nova shows them, and its ports where they were read."""
    shown = [
        [name, one.get("OS-EXT-IPS-MAC:mac_addr"), one["addr"]]
        for name, entries in (server["addresses"] or {}).items()
        for one in entries
    ]
    ports = [
        {
            "network": row["network_id"],
            "mac": row["mac_address"],
            "addresses": sorted(one["ip_address"] for one in row["fixed_ips"] or []),
            "groups": sorted(row["security_group_ids"] or []),
            "pairs": sorted(one.get("ip_address") or "" for one in row["allowed_address_pairs"] or []),
            "secured": row["is_port_security_enabled"],
        }
        for row in seen.source_ports.get(server["id"]) or []
    ]
    return {"addresses": sorted(shown, key=str), "ports": sorted(ports, key=lambda one: str(one["mac"]))}


def _networks(networks, place):
    """By their IDs: one that was made anew under its name is another one."""
    told = []
    for one in networks or []:
        rows = meant(place.networks, one.get("network")) if one.get("network") else []
        told.append({**{key: one[key] for key in one if one[key]}, "id": [row["id"] for row in rows]})
    return told


def _groups(names, place):
    return sorted(row["id"] for name in names or [] for row in meant(place.security_groups, name))


# -- as a text


def text_of(sections: Mapping[str, Any]) -> str:
    """What stands for one server: its ID, and each of its sections."""
    digests = (_hash(sections[key], _WIDTH) if key in sections else _UNKNOWN for key in SECTIONS)
    return _hash(sections["name"]["id"], _KEY) + "".join(digests)


def together(texts: Iterable[str]) -> str | None:
    """The text of a fleet, in which the order of its servers does not matter; None for none."""
    told = "".join(sorted(set(texts)))
    return f"{_VERSION}:{told}:{_hash(told, _WIDTH)}" if told else None


def _hash(data, width):
    """The first characters of the SHA-256 of data; each character stands for six bits."""
    told = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()).decode()[:width]


def problem(text: str | None) -> str | None:
    """What is wrong with a text that was given, as a clause; None if nothing."""
    if text is None:
        return None
    if not re.match(rf"\s*{_VERSION}:", text):
        return "plan_digest is no digest of a plan; take it as server_migration_info returns it"
    told = _parts(text)
    if told is None or any(not one or len(one) % _ONE or _hash(one, _WIDTH) != end for one, end in told):
        return "plan_digest is not whole, something is missing or was changed; take all of it"
    return None


def _parts(text):
    """``[(servers, end)]`` of one text or of several, one behind the other as `set_stats` puts them; None for anything
    else. Surveys and messages break lines.
    """
    told = re.sub(r"\s", "", text)
    form = rf"{_VERSION}:([\w.-]*):([\w-]{{{_WIDTH}}})"
    return re.findall(form, told) if re.fullmatch(f"(?:{form})+", told) else None


# -- what has changed since


def changed(text: str, server: dict[str, Any], sections: Mapping[str, Any], seen: Discovered) -> list[Note]:
    """The problem that a server's plan is not the approved one, if it is not.

    :param text: well-formed, see :func:`problem`
    """
    servers = "".join(one for one, _end in _parts(text) or ())
    approved = {servers[at : at + _KEY]: servers[at + _KEY : at + _ONE] for at in range(0, len(servers), _ONE)}
    label = f"{label_of(server)} in cloud {seen.source}"
    mine = approved.get(_hash(sections["name"]["id"], _KEY))
    if mine is None:
        return [
            Problem(
                f"{label} is not among the servers whose plan was approved",
                "plan_changed",
                remedy="have the plan approved with it, or leave it out",
            )
        ]
    theirs, now = _by_section(mine), _by_section(text_of(sections)[_KEY:])
    differing = [key for key in SECTIONS if theirs[key] != now[key] and _UNKNOWN not in (theirs[key], now[key])]
    if not differing:
        return []
    told = "; ".join(f"{SECTIONS[key]}, now {_said(sections[key])}" for key in differing)
    return [
        Problem(
            f"The plan of {label[:1].lower()}{label[1:]} is not the one that was approved. What differs is {told}",
            "plan_changed",
            remedy="undo that, or have the plan approved as it is now",
        )
    ]


def _by_section(digests: str) -> dict[str, str]:
    parts: Sequence[str] = [digests[at : at + _WIDTH] for at in range(0, len(digests), _WIDTH)]
    return dict(zip(SECTIONS, parts, strict=True))


def _said(data):
    """Data as a clause, not too long."""
    told = _words(data)
    return f"{told[:240]}…" if len(told) > 240 else told


def _words(data):
    if isinstance(data, Mapping):
        return ", ".join(f"{key} {_words(value)}" for key, value in data.items() if value not in (None, "", [], {}))
    if isinstance(data, (list, tuple)):
        return "; ".join(map(_words, data)) or "none"
    return "none" if data is None else str(data).lower() if isinstance(data, bool) else str(data)
