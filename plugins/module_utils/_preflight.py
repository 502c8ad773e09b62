# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration of servers has to know before its first change: the plan of each server, and everything that stands in its way, at once.

Pure: rows of both clouds in, plans and sentences out. The same judgement verifies the result, for what has been made is among what was read.
"""

from __future__ import annotations

from dataclasses import dataclass, field as _default
from typing import NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._power import TAKING_AN_IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._references import listing
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import SNAPSHOTTABLE
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

#: The only way that this version knows.
IMAGE = "image"
WHY_IMAGE = "its root disk is Nova's own and no volume, so an image of it holds the whole disk"
#: What may stay behind if that is said beforehand.
EPHEMERAL, VTPM = "ephemeral", "vtpm"


class Options(NamedTuple):
    """What was asked for of all servers together."""

    run: str = "migration"
    stop: bool = True
    flavor_map: dict = {}
    network_map: dict = {}
    accept: tuple = ()


@dataclass
class Place:
    """What the destination has for new servers. ``room`` is the quota that is left, see ``Servers.room``."""

    flavors: list = _default(default_factory=list)
    networks: list = _default(default_factory=list)
    ports: dict = _default(default_factory=dict)
    key_pairs: set = _default(default_factory=set)
    security_groups: list = _default(default_factory=list)
    room: dict = _default(default_factory=dict)


@dataclass
class Seen:
    """What was read of both clouds; ``source`` and ``destination`` are what sentences call them.

    ``servers`` has a row or an error for each item, ``images`` what the servers were booted from, ``flavors`` the source's (by ID, for old
    clouds only), ``snapshots`` and ``copies`` the images of the runs' names on either side, ``made`` all servers of the destination.
    """

    source: str
    destination: str
    servers: list
    images: dict = _default(default_factory=dict)
    flavors: dict = _default(default_factory=dict)
    snapshots: dict = _default(default_factory=dict)
    copies: dict = _default(default_factory=dict)
    made: list = _default(default_factory=list)
    place: Place | None = None


class Problem(str):
    """A sentence about what stops the migration, with what to do."""


class Notice(str):
    """A sentence about what the migration loses or changes."""


def image_name(run, server_id) -> str:
    """The name of a server's snapshot image, and of its copy: the same in every try of a run, and of no other server."""
    return f"osnap-{run}-{server_id}"


def is_ours(row, server_id, run, marks="metadata") -> bool:
    """Whether something was made by this run for this server."""
    return row[marks].get(_marks.RUN) == run and row[marks].get(_marks.SERVER) == server_id


def is_made(server, seen, run) -> bool:
    """Whether a server's successor is there: then nothing is asked of flavors, networks and quota any more."""
    return any(is_ours(row, server["id"], run) and row["status"] != "DELETED" for row in seen.made)


def judge(items, seen, options) -> dict:
    """``{plans, problems, notices}`` of all servers; the plans in the order of the items.

    :param items: the servers as they were given, unset options None
    """
    plans = [_plan(item, server, seen, options) for item, server in zip(items, seen.servers)]
    _refuse_twins(plans, seen)
    problems = [problem for plan in plans for problem in plan["problems"]] + _too_many(plans, seen)
    return {"plans": plans, "problems": problems, "notices": [notice for plan in plans for notice in plan["notices"]]}


# -- one server


def _plan(item, server, seen, options):
    if isinstance(server, OsnapError):
        return {**_EMPTY, "server": item["server"], "problems": [str(server)], "notices": []}
    name = image_name(options.run, server["id"])
    found, notes = _found(server, name, seen, options)
    plan = {
        **_EMPTY, "server": item["server"], "server_id": server["id"], "server_name": server["name"], "status": server["status"],
        "name": (item["name"] or server["name"]).strip(), "found": {key: _shown(key, row) for key, row in found.items()},
        "complete": bool(found["server"] and found["server"]["metadata"].get(_marks.COMPLETE)),
    }
    plan["unverified"] = _unverified(found, seen)
    plan["verified"] = plan["unverified"] is None
    if found["server"]:
        plan["name"] = found["server"]["name"]  # it may have been renamed since
    unmoved = list(_method(server, seen))
    if not unmoved:
        plan.update(method=IMAGE, method_reason=WHY_IMAGE)
    if not plan["complete"]:
        notes += [*unmoved, *_state(server, found["snapshot"], seen, options), *_losses(server, seen, options)]
        marks = {_marks.RUN: options.run, _marks.SERVER: server["id"]}
        plan["server_power"] = {"server": server["id"]}
        plan["server_image_snapshot"] = {"server": server["id"], "name": name, "properties": {**marks, _marks.STEP: "snapshot"}}
        plan["image_copy"] = {"name": name, "properties": {**marks, _marks.STEP: "copy"}}
        plan["server_restore"], more = _boot(item, server, found["server"], {**marks, _marks.STEP: "boot"}, plan["name"], seen, options)
        notes += more
        notes += [] if found["server"] else list(_foreign(plan, seen))
        plan["steps"] = list(_steps(plan, seen, options))
    plan["summary"] = _summary(plan, options)
    plan["problems"] = [str(note) for note in notes if isinstance(note, Problem)]
    plan["notices"] = [str(note) for note in notes if isinstance(note, Notice)]
    return plan


_EMPTY = dict.fromkeys(("server", "server_id", "server_name", "status", "name", "method", "method_reason", "server_power", "server_image_snapshot",
                        "image_copy", "server_restore"))
_EMPTY.update(complete=False, verified=False, unverified=None, steps=[], summary=None, found={"snapshot": None, "image": None, "server": None})
_SHOWN = {
    "snapshot": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "consistency", "created_at"),
    "image": ("id", "name", "status", "size", "disk_format", "hash_algo", "hash_value", "created_at"),
    "server": ("id", "name", "status", "image_id", "flavor_name", "addresses", "created_at"),
}


def _shown(kind, row):
    return row and {key: row[key] for key in _SHOWN[kind]}


def _steps(plan, seen, options):
    """What is left to be done, in words."""
    found, name = plan["found"], plan["server_image_snapshot"]["name"]
    if options.stop and plan["status"] != "SHUTOFF":
        yield f"stop it in cloud {seen.source}"
    if not found["snapshot"]:
        yield f"snapshot it into the image '{name}' in cloud {seen.source}"
    if plan["unverified"] and not found["server"]:
        yield f"copy that image to cloud {seen.destination}" if not found["image"] else f"make sure that its copy in cloud {seen.destination} is whole"
        yield f"boot the server '{plan['name']}' from the copy, with the flavor '{plan['server_restore']['flavor']}'"
    yield "compare both images and mark the new server as complete"


def _summary(plan, options):
    """What a report says of a server: the same however often the finished migration is run again."""
    found = plan["found"]
    snapshot, image, server = ((found[key] or {}) for key in ("snapshot", "image", "server"))
    addresses = [address["addr"] for entries in (server.get("addresses") or {}).values() for address in entries]
    return {
        "run": options.run, "state": "migrated" if plan["complete"] or plan["verified"] else "pending", "server": plan["server_name"],
        "server_id": plan["server_id"], "method": plan["method"], "consistency": snapshot.get("consistency"), "snapshot_id": snapshot.get("id"),
        "image_id": image.get("id"), "size": image.get("size"), "hash_algo": image.get("hash_algo"), "hash_value": image.get("hash_value"),
        "new_server": plan["name"], "new_server_id": server.get("id"), "new_addresses": addresses,
    }


def _label(server):
    return f"The server '{server['name']}' ({server['id']})"


def _found(server, name, seen, options):
    """What earlier tries of this run have made, by marks, and what is wrong with it."""
    notes, run = [], options.run
    snapshots = [row for row in seen.snapshots.get(name, []) if row["server_id"] == server["id"]]
    copies = [row for row in seen.copies.get(name, []) if is_ours(row, server["id"], run, "properties")]
    made = [row for row in seen.made if is_ours(row, server["id"], run) and row["status"] != "DELETED"]
    for noun, cloud, rows in (("snapshot images", seen.source, snapshots), ("servers", seen.destination, made)):
        if len(rows) > 1:
            notes.append(Problem(f"{len(rows)} {noun} in cloud {cloud} are of the run '{run}' and the server '{server['name']}' ({server['id']}): "
                                 f"{listing(rows)}; remove all but one, then run again."))
    snapshot, server_there = (rows[0] if rows else None for rows in (snapshots, made))
    copies = [row for row in copies if snapshot is None or row["properties"].get(_marks.SOURCE) == snapshot["id"]]
    copies.sort(key=lambda row: not row["properties"].get(_marks.COMPLETE))
    found = {"snapshot": snapshot, "image": copies[0] if copies else None, "server": server_there}
    complete = server_there and server_there["metadata"].get(_marks.COMPLETE)
    return found, notes if complete else [*notes, *_broken(found, seen, run)]


def _broken(found, seen, run):
    """Leftovers of earlier tries that can't be gone on from."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if snapshot and snapshot["status"] in ("killed", "deactivated"):
        yield Problem(f"The snapshot image '{snapshot['name']}' ({snapshot['id']}) in cloud {seen.source} is {snapshot['status']}; remove it, then run again.")
    if copy and not snapshot:
        yield Problem(f"The image '{copy['name']}' ({copy['id']}) in cloud {seen.destination} is a copy of a snapshot that is gone; remove the copy, or give "
                      f"the run another name than '{run}'.")
    if server and server["status"] == "ERROR":
        why = (server["fault"] or {}).get("message")
        yield Problem(f"The server '{server['name']}' ({server['id']}) that this run has made in cloud {seen.destination} is in status ERROR"
                      f"{': ' + why.rstrip('.') if why else ''}; remove it, then run again.")
    elif server and not (copy and server["image_id"] == copy["id"]):
        yield Problem(f"The server '{server['name']}' ({server['id']}) that this run has made in cloud {seen.destination} was booted from the image "
                      f"{server['image_id']}, which is no finished copy any more; remove the server, then run again.")


def _unverified(found, seen):
    """What is missing to the proof that the server has arrived with its data, as a clause; None if nothing."""
    snapshot, copy, server = found["snapshot"], found["image"], found["server"]
    if not server:
        return f"there is no server of it in cloud {seen.destination}"
    if server["status"] != "ACTIVE":
        return f"the server {server['id']} in cloud {seen.destination} is in status {server['status']} and not ACTIVE"
    if not copy or not copy["properties"].get(_marks.COMPLETE) or copy["status"] != "active":
        return f"there is no finished copy of its image in cloud {seen.destination}"
    if server["image_id"] != copy["id"]:
        return f"the server {server['id']} in cloud {seen.destination} was booted from the image {server['image_id']} and not from the copy {copy['id']}"
    if not snapshot:
        return f"its snapshot image in cloud {seen.source} is gone, there is nothing to compare with"
    if snapshot["size"] != copy["size"]:
        return f"the image {snapshot['id']} has {snapshot['size']} bytes and its copy {copy['id']} has {copy['size']}"
    both_hashed = snapshot["hash_value"] and copy["hash_value"] and snapshot["hash_algo"] == copy["hash_algo"]
    if both_hashed and snapshot["hash_value"] != copy["hash_value"]:
        return f"the image {snapshot['id']} and its copy {copy['id']} differ in their {snapshot['hash_algo']}"
    return None


# -- what the source says


def _method(server, seen):
    if is_volume_backed(server):
        yield Problem(f"{_label(server)} in cloud {seen.source} boots from a volume, and this version moves only servers whose root disk is Nova's own; "
                      "leave it out.")
    elif server["attached_volumes"]:
        volumes = ", ".join(server["attached_volumes"])
        yield Problem(f"{_label(server)} in cloud {seen.source} has attached volumes ({volumes}), which this version does not move; detach them first, or "
                      "leave the server out.")


def _state(server, snapshot, seen, options):
    """Whether it can be stopped and snapshotted now, or already has been."""
    label, status, task = f"{_label(server)} in cloud {seen.source}", server["status"], server["task_state"]
    takes = ("ACTIVE", "SHUTOFF") if options.stop else SNAPSHOTTABLE
    if snapshot and options.stop and snapshot["consistency"] not in (None, "off"):
        yield Problem(f"The snapshot image '{snapshot['name']}' ({snapshot['id']}) of the run '{options.run}' was taken while the server was on, and this time "
                      "it shall be stopped first; give the run another name, or remove that image.")
    if snapshot and not options.stop:
        return
    expected = (("powering-off",) if options.stop else ()) + (TAKING_AN_IMAGE if snapshot else ())
    if task and task not in expected:
        yield Problem(f"{label} is busy ({task}); run again when Nova is done with it.")
    elif status not in takes:
        yield Problem(f"{label} is in status {status}, and it must be {' or '.join(takes)}; bring it there, then run again.")
    elif server["is_locked"] and options.stop and status != "SHUTOFF":
        yield Problem(f"{label} is locked and can't be stopped; unlock it, then run again.")
    elif snapshot and status == "ACTIVE":
        yield Notice(f"{label} has been started again since its snapshot; what it has written since then stays behind.")
    elif status == "ACTIVE" and not options.stop:
        yield Notice(f"{label} is not stopped; what it writes after its snapshot stays behind.")


def _losses(server, seen, options):
    """What is not in an image of the root disk."""
    label, flavor = f"{_label(server)} in cloud {seen.source}", _flavor_of(server, seen)
    properties = (seen.images.get(server["image_id"]) or {}).get("properties", {})
    specs = flavor.get("extra_specs") or {}
    if flavor.get("ephemeral"):
        kind = Notice if EPHEMERAL in options.accept else Problem
        yield kind(f"{label} has an ephemeral disk of {flavor['ephemeral']} GiB, whose data are in no image of it"
                   + ("." if kind is Notice else f"; save them elsewhere and set accept to {EPHEMERAL}, or leave the server out."))
    if flavor.get("swap"):
        yield Notice(f"{label} has a swap disk, which stays behind; the new server has the one of its own flavor.")
    if properties.get("hw_tpm_version") or specs.get("hw:tpm_version"):
        kind = Notice if VTPM in options.accept else Problem
        yield kind(f"{label} has a virtual TPM, whose secrets stay behind"
                   + ("." if kind is Notice else f"; disks sealed with it can't be read there. Unseal them and set accept to {VTPM}, or leave the server out."))
    if properties.get("hw_firmware_type") == "uefi":
        yield Notice(f"{label} boots by UEFI, and its boot entries (NVRAM) stay behind; the new server takes the default one of the disk.")
    if str(properties.get("hw_ephemeral_encryption") or specs.get("hw:ephemeral_encryption") or "").lower() == "true":
        yield Problem(f"{label} has an encrypted disk, whose key stays in that cloud's key manager; leave it out.")
    if any(address.get("OS-EXT-IPS:type") == "floating" for addresses in server["addresses"].values() for address in addresses):
        yield Notice(f"{label} has a floating IP, which stays with it.")


def _flavor_of(server, seen):
    """The source's flavor as far as it is known: the server shows it itself from 2.47 on."""
    shown = server["flavor"] or {}
    return shown if "original_name" in shown else seen.flavors.get(shown.get("id")) or {}


# -- what the destination says


def _foreign(plan, seen):
    """Other servers of the name that the new one is to have."""
    others = [row for row in seen.made if (row["name"] or "").strip() == plan["name"] and row["status"] != "DELETED"]
    if others:
        run = others[0]["metadata"].get(_marks.RUN)
        made = f", made by the run '{run}'" if run else ""
        yield Problem(f"In cloud {seen.destination} there is a server named '{plan['name']}' already ({others[0]['id']}{made}); set name for "
                      f"'{plan['server']}', or remove that server.")


def _boot(item, server, there, marks, name, seen, options):
    """The arguments for booting the new server, and the notes on them. One that is there only gets what it may lack: its marks."""
    kept = {key: value for key, value in server["metadata"].items() if not key.startswith("osnap_")}
    metadata = {**kept, **(item["metadata"] or {}), **marks}
    unset = dict.fromkeys(("id", "name", "flavor", "networks", "security_groups", "key_name", "config_drive", "availability_zone"))
    if there:
        return {**unset, "id": there["id"], "name": name, "metadata": metadata}, []
    notes = []
    boot = {
        **unset, "name": name, "metadata": metadata, "availability_zone": item["availability_zone"],
        "config_drive": item["config_drive"] if item["config_drive"] is not None else server["has_config_drive"] or None,
    }
    for key, choose in (("flavor", _flavor), ("networks", _networks), ("key_name", _key_name), ("security_groups", _security_groups)):
        boot[key], more = choose(item, server, seen, options)
        notes += more
    return boot, notes


def _flavor(item, server, seen, options):
    own = _flavor_of(server, seen)
    name = own.get("original_name") or own.get("name")
    wanted = item["flavor"] or options.flavor_map.get(name) or name
    rows = flavors_meant(seen.place, wanted)
    if len(rows) != 1:
        there = f"{len(rows)} flavors" if rows else "no flavor"
        advice = "name another in flavor" if item["flavor"] else f"say with flavor_map what '{name}' becomes"
        return wanted, [Problem(f"{_label(server)} needs a flavor, and cloud {seen.destination} has {there} named '{wanted}' that this project may use; "
                                f"{advice}.")]
    row, notes = rows[0], []
    needs = max(own.get("disk") or 0, (seen.images.get(server["image_id"]) or {}).get("min_disk") or 0)
    if row["disk"] < needs:
        notes.append(Problem(f"{_label(server)} has a root disk of {needs} GiB, and the flavor '{row['name']}' of cloud {seen.destination} gives "
                             f"{row['disk']}; choose one with at least as much."))
    least = (seen.images.get(server["image_id"]) or {}).get("min_ram") or 0
    if row["ram"] < least:
        notes.append(Problem(f"{_label(server)} needs {least} MiB of memory for its image, and the flavor '{row['name']}' of cloud {seen.destination} gives "
                             f"{row['ram']}; choose a larger one."))
    elif row["ram"] < (own.get("ram") or 0):
        notes.append(Notice(f"{_label(server)} has {own['ram']} MiB of memory, and the flavor '{row['name']}' of cloud {seen.destination} gives {row['ram']}."))
    return wanted, notes


def flavors_meant(place, wanted) -> list:
    """The destination's flavors of an ID or else a name; an ID can be any text."""
    return [row for row in place.flavors if row["id"] == wanted] or [row for row in place.flavors if row["name"] == wanted]


def _networks(item, server, seen, options):
    if item["networks"] is not None:
        notes = []
        for network in item["networks"]:
            if network.get("port"):
                error = seen.place.ports.get(network["port"])
                notes += [Problem(f"{_label(server)}: {error}")] if isinstance(error, OsnapError) else []
            else:
                notes += _network_missing(network["network"], "name another in networks", server, seen)
        return item["networks"], notes
    wanted, notes = [], []
    for name in _interfaces(server["addresses"]):
        mapped = options.network_map.get(name) or name
        wanted.append({"network": mapped})
        notes += _network_missing(mapped, f"say with network_map what '{name}' becomes", server, seen)
    if not wanted:
        notes.append(Notice(f"{_label(server)} in cloud {seen.source} is on no network; Nova will choose one in cloud {seen.destination} if there is one."))
    return wanted or None, list(dict.fromkeys(notes))


def _interfaces(addresses):
    """The network's name of each interface, in the order shown; an interface is known by its MAC and may have several addresses."""
    for name, entries in addresses.items():
        yield from [name] * (len({entry.get("OS-EXT-IPS-MAC:mac_addr") for entry in entries}) or 1)


def _network_missing(wanted, advice, server, seen):
    rows = [row for row in seen.place.networks if row["id"] == wanted] or [row for row in seen.place.networks if row["name"] == wanted]
    if len(rows) != 1:
        there = f"{len(rows)} networks" if rows else "no network"
        ids = f" ({', '.join(row['id'] for row in rows)})" if rows else ""
        return [Problem(f"{_label(server)} needs a network, and cloud {seen.destination} has {there} named '{wanted}'{ids}; {advice}.")]
    return []


def _key_name(item, server, seen, options):
    wanted = item["key_name"] or server["key_name"]
    if not wanted or wanted in seen.place.key_pairs:
        return wanted, []
    if item["key_name"]:
        return wanted, [Problem(f"{_label(server)} shall get the key pair '{wanted}', and this user has none of that name in cloud {seen.destination}; "
                                "import it there, or leave key_name out.")]
    return None, [Notice(f"{_label(server)} has the key pair '{wanted}', and this user has none of that name in cloud {seen.destination}; the keys in the disk "
                       "stay as they are.")]


def _security_groups(item, server, seen, options):
    wanted = item["security_groups"] if item["security_groups"] is not None else server["security_groups"]
    there = [row["name"] for row in seen.place.security_groups] + [row["id"] for row in seen.place.security_groups]
    notes = [Problem(f"{_label(server)}: {there.count(name)} security groups are named '{name}' in cloud {seen.destination}; give the ID of the one that is "
                     "meant in security_groups.") for name in wanted if there.count(name) > 1]
    missing = [name for name in wanted if name not in there]
    if item["security_groups"] is not None:
        notes += [Problem(f"{_label(server)} shall have the security group '{name}', and cloud {seen.destination} has none of that name; make it there, or "
                          "leave it out.") for name in missing]
        return wanted, notes
    notes += [Notice(f"{_label(server)} has the security group '{name}', and cloud {seen.destination} has none of that name; the new server goes without it.")
              for name in missing]
    return [name for name in wanted if name in there] or None, notes


# -- all servers together


def _refuse_twins(plans, seen):
    """The same server twice in the list, or two new ones of one name."""
    ids, names = {}, {}
    for index, plan in enumerate(plans):
        if plan["server_id"] is None:
            continue
        first = ids.setdefault(plan["server_id"], index)
        if first != index:
            plan["problems"].append(f"servers[{index}] ('{plan['server']}') is the same server as servers[{first}]; name each once.")
            continue
        first = names.setdefault(plan["name"], index)
        if first != index:
            plan["problems"].append(f"servers[{first}] and servers[{index}] would both be named '{plan['name']}' in cloud {seen.destination}; set name for one "
                                    "of them.")


def _too_many(plans, seen):
    """Quota problems of all the servers that are still to be made."""
    if seen.place is None:
        return []
    making = {plan["server_id"]: plan["server_restore"]["flavor"] for plan in plans if plan["server_restore"] and plan["server_restore"]["id"] is None}
    flavors = [rows[0] for wanted in making.values() if (rows := flavors_meant(seen.place, wanted))]
    needs = {"instances": (len(making), "servers"), "cores": (sum(row["vcpus"] for row in flavors), "cores"),
             "ram": (sum(row["ram"] for row in flavors), "MiB of memory")}
    short = [f"{need} {unit}, and {max(room, 0)} are left" for what, (need, unit) in needs.items() if (room := seen.place.room.get(what)) is not None
             and need > room]
    return [f"The quota of cloud {seen.destination} is too small: the migration needs {'; it needs '.join(short)}; raise it, delete what is no longer needed, "
            "or move fewer at a time."] if short else []
