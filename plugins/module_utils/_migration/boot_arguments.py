# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a new server is booted with: as its source has it, or as it is asked for; and what of it is not there. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import destination_ports, suggestions
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import (
    how_to_map,
    mapped,
    network_missing,
    tag_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    DEVICE_TAGS,
    Discovered,
    Options,
    flavor_of,
    label_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.port_security import group_notes
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers.interfaces import interfaces

#: What of the arguments of server_restore a migration sets.
_SET = (
    "id",
    "name",
    "flavor",
    "networks",
    "security_groups",
    "key_name",
    "config_drive",
    "availability_zone",
    "server_group",
    "description",
    "tags",
)


def boot(
    item: dict, server: dict, there: dict | None, marks: dict, name: str, seen: Discovered, options: Options
) -> tuple:
    """The arguments for booting the new server, and the notes on them. One that is there only gets what it may lack:
    its marks.
    """
    kept = {key: value for key, value in server["metadata"].items() if not key.startswith("osnap_")}
    metadata = {**kept, **(item["metadata"] or {}), **marks}
    unset = dict.fromkeys(_SET)
    if there:
        return {**unset, "id": there["id"], "name": name, "metadata": metadata}, []
    notes = []
    arguments = {
        **unset,
        "name": name,
        "metadata": metadata,
        "availability_zone": item["availability_zone"] or options.zone_map.get(server["availability_zone"]),
        "config_drive": (
            item["config_drive"] if item["config_drive"] is not None else server["has_config_drive"] or None
        ),
    }
    for key, choose in (
        ("flavor", _flavor),
        ("networks", _networks),
        ("key_name", _key_name),
        ("security_groups", _security_groups),
        ("server_group", _server_group),
        ("description", _description),
        ("tags", _tags),
    ):
        arguments[key], more = choose(item, server, seen, options)
        notes += more
    return arguments, notes


def _flavor(item, server, seen, options):
    own = flavor_of(server, seen)
    name: Any = own.get("original_name") or own.get("name")
    wanted = item["flavor"] or options.flavor_map.get(name) or name
    rows = meant(seen.place.flavors, wanted)
    if len(rows) != 1:
        there = f"{len(rows)} flavors" if rows else "no flavor"
        better = suggestions.flavor(server, seen)
        advice = f"say with flavor_map what '{name}' becomes" + (f", such as '{better}'" if better else "")
        advice = "name another in flavor" if item["flavor"] else advice
        return wanted, [
            Problem(
                f"{label_of(server)} needs a flavor, and cloud {seen.destination} has {there} named '{wanted}' that"
                f" this project may use; {advice}.",
                "flavor_missing",
            )
        ]
    row = rows[0]
    notes: list[Problem | Notice] = []
    needs = max(own.get("disk") or 0, (seen.images.get(server["image_id"]) or {}).get("min_disk") or 0)
    if row["disk"] < needs:
        notes.append(
            Problem(
                f"{label_of(server)} has a root disk of {needs} GiB, and the flavor '{row['name']}' of cloud"
                f" {seen.destination} gives {row['disk']}; choose one with at least as much.",
                "flavor_disk",
            )
        )
    least = (seen.images.get(server["image_id"]) or {}).get("min_ram") or 0
    if row["ram"] < least:
        notes.append(
            Problem(
                f"{label_of(server)} needs {least} MiB of memory for its image, and the flavor '{row['name']}' of cloud"
                f" {seen.destination} gives {row['ram']}; choose a larger one.",
                "flavor_memory",
            )
        )
    elif row["ram"] < (own.get("ram") or 0):
        notes.append(
            Notice(
                f"{label_of(server)} has {own['ram']} MiB of memory, and the flavor '{row['name']}' of cloud"
                f" {seen.destination} gives {row['ram']}.",
                "flavor_less_memory",
            )
        )
    return wanted, notes


def _networks(item, server, seen, options):
    notes: list[Note] = []
    if item["networks"] is not None:
        for network in item["networks"]:
            if network.get("port"):
                row = seen.place.ports[network["port"]]
                missing = isinstance(row, OsnapError)
                notes += [Problem(f"{label_of(server)}: {row}", "port_missing")] if missing else []
            else:
                notes += network_missing(network["network"], "name another in networks", server, seen)
        return item["networks"], notes
    if options.rehearses:
        name = options.rehearsal_network
        if not name:
            return [], []
        return [{"network": name}], network_missing(name, "name another in rehearsal_network", server, seen)
    if destination_ports.are_made(server, item, seen, options):
        return None, []
    wanted = []
    for name, mac in interfaces(server["addresses"]):
        network = options.network_map.get(name) or name
        tag = tag_of(mac, server, seen)
        wanted.append({"network": network, **({"tag": tag} if tag else {})})
        notes += network_missing(network, how_to_map(name, server, seen), server, seen)
    if not wanted:
        notes.append(
            Notice(
                f"{label_of(server)} in cloud {seen.source} is on no network, and neither will the new server be; set"
                " networks if it shall.",
                "no_network",
            )
        )
    return wanted, list(dict.fromkeys(notes))


def _key_name(item, server, seen, options):
    wanted = item["key_name"] or options.key_map.get(server["key_name"]) or server["key_name"]
    if not wanted or wanted in seen.place.key_pairs:
        return wanted, []
    if item["key_name"]:
        return wanted, [
            Problem(
                f"{label_of(server)} shall get the key pair '{wanted}', and this user has none of that name in cloud"
                f" {seen.destination}; import it there, or leave key_name out.",
                "key_pair_missing",
            )
        ]
    return None, [
        Notice(
            f"{label_of(server)} has the key pair '{wanted}', and this user has none of that name in cloud"
            f" {seen.destination}; the keys in the disk stay as they are.",
            "key_pair_stays",
        )
    ]


def _security_groups(item, server, seen, options):
    if destination_ports.are_made(server, item, seen, options):
        return None, []  # Nova gives them to the ports that it makes
    is_asked = item["security_groups"] is not None
    found = item["security_groups"] if is_asked else server["security_groups"]
    wanted = found if is_asked else [mapped(name, None, options.security_group_map) for name in found]
    there = [row["name"] for row in seen.place.security_groups] + [row["id"] for row in seen.place.security_groups]
    notes: list[Problem | Notice] = []
    for several in (True, False):  # first those of which there are too many
        for name in wanted:
            if (there.count(name) > 1) == several:
                notes += group_notes(name, there.count(name), is_asked, server, seen)
    return wanted if is_asked else [name for name in wanted if name in there] or None, notes


def _server_group(item, server, seen, options):
    """That of the same name: Nova puts a server into one only."""
    for id in server["server_groups"] or []:
        name = seen.server_groups.get(id) or id
        if len(rows := meant(seen.place.server_groups, name)) == 1:
            return rows[0]["id"], []
        return None, [
            Notice(
                f"{label_of(server)} is in the server group '{name}', and cloud {seen.destination} has"
                f" {len(rows) or 'none'} of that name; the new server is in none.",
                "server_group_stays",
            )
        ]
    return None, []


def _description(item, server, seen, options):
    return _text("description", "a description", server, seen)


def _tags(item, server, seen, options):
    wanted, notes = _text("tags", "tags", server, seen)
    if DEVICE_TAGS not in seen.place.lacks:
        return wanted, notes
    disks = any(one.get("tag") for one in (seen.attachments.get(server["id"]) or {}).values())
    told = (("tags of its disks", disks), ("tags of its interfaces", bool(seen.interface_tags.get(server["id"]))))
    return wanted, notes + [_too_old(what, server, seen) for what, tagged in told if tagged]


def _text(key, what, server, seen):
    """What a server is called by beside its name; an old Nova takes it not."""
    if not server[key] or key not in seen.place.lacks:
        return server[key] or None, []
    return None, [_too_old(what, server, seen)]


def _too_old(what, server, seen):
    return Notice(
        f"{label_of(server)} has {what}, which the Nova of cloud {seen.destination} is too old to take.",
        "description_stays",
    )
