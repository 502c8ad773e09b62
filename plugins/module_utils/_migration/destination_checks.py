# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server can arrive: its name, its place and what it is booted with are free there, and fit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration import destination_ports
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    label_of,
    living,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.port_addresses import is_own
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Problem
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_place, boot_rules, restore_arguments
from ansible_collections.osnap.openstack.plugins.module_utils._services._text import metadata_problem

#: What server_restore takes besides, and a migration leaves alone.
_UNSET = dict.fromkeys(("mode", "disks", "user_data", "hostname"))


def foreign(plan: dict, seen: Discovered) -> Iterator[Problem]:
    """Other servers of the name that the new one is to have."""
    others = [row for row in living(seen) if (row["name"] or "").strip() == plan["name"]]
    if others:
        run = others[0]["metadata"].get(_marks.RUN)
        made = f", made by the run '{run}'" if run else ""
        yield Problem(
            f"In cloud {seen.destination} there is a server named '{plan['name']}' already ({others[0]['id']}{made});"
            f" set name for '{plan['server']}', or remove that server.",
            "name_taken",
        )


def same_project(server: dict, seen: Discovered) -> Iterator[Problem]:
    """Whether the server is to move to where it is: its images and copies would have one name in one project."""
    if any(row["id"] == server["id"] for row in seen.made):
        yield Problem(
            f"{label_of(server)} is in cloud {seen.destination} already: {seen.source} and {seen.destination} are one"
            " project of one cloud; name another destination.",
            "same_project",
        )


def unfit(arguments: dict, server: dict) -> Iterator[Problem]:
    """What server_restore would say of its arguments before it asks the cloud: there it would stop all servers."""
    # The image comes with the copy, and a flavor that is not known has its own sentence.
    given = {**_UNSET, **arguments, "image": "copy", "flavor": arguments["flavor"] or "unknown"}
    if clause := metadata_problem("metadata", arguments["metadata"]) or restore_arguments.problem(given, "present"):
        yield Problem(f"{label_of(server)}: {clause}.", "arguments")


def misplaced(
    arguments: dict, server: dict, seen: Discovered, taken: set, options: Options, ports: Sequence[dict] = ()
) -> Iterator[Problem]:
    """What server_restore would say of the metadata, the zone and the networks of a server that is still to be made;
    what it gets is added to ``taken``, for no other can have it.

    :param ports: those that are made for it beforehand
    """
    networks = destination_ports.as_networks(ports) if ports else _by_id(arguments["networks"], seen.place)
    if networks is None and destination_ports.are_made(server, arguments, seen, options):
        networks = []  # its networks have been told to be missing
    desired = {**arguments, "networks": networks}
    others = [row for row in seen.place.used if not is_own(row, server, options)]
    keys = {*arguments["metadata"], _marks.SOURCE, _marks.COMPLETE}  # what the boot adds, and the end of the migration
    found = [
        *boot_rules.too_much_metadata(arguments["name"], keys, seen.place),
        *boot_place.misplaced(desired, replace(seen.place, used=others), frozenset(taken)),
    ]
    yield from dict.fromkeys(Problem(f"{label_of(server)}: {error}", "misplaced") for error in found)
    taken |= boot_place.claims(desired)


def _by_id(networks, place):
    """Networks and ports as :mod:`boot_place` knows them; one that is not there has been told already."""
    if networks is None:
        return None
    known = []
    for network in networks:
        if network.get("port"):
            row = place.ports[network["port"]]
            known += [] if isinstance(row, OsnapError) else [{"port": row["id"]}]
        elif len(rows := meant(place.networks, network["network"])) == 1:
            address = {"fixed_ip": network["fixed_ip"]} if network.get("fixed_ip") else {}
            known.append({"uuid": rows[0]["id"], **address})
    return known
