# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of maps that nothing goes by, and which of them are misspelt. Pure.

A map may be one for a whole fleet, and then it has more keys than a batch of servers needs: that is no fault, and is
data only. A key that comes close to what a server does have, and that no other key says anything of, is a fault that
nobody would see: the server would go by the name of its own. It is a warning, unless the source has something of the
name of the key: then somebody knows what it is for.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    flavor_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes, Source

#: The maps, and what their keys are the names of.
NOUNS = {
    "flavor_map": "flavor",
    "network_map": "network",
    "subnet_map": "subnet",
    "security_group_map": "security group",
    "key_map": "key pair",
    "zone_map": "availability zone",
    "volume_type_map": "volume type",
}
#: How alike two names are, from 0 to 1, for one to be meant by the other.
ALIKE = 0.7


class Had(NamedTuple):
    """What of a kind the source's servers, or volumes, have: its names, and its IDs, by which a map may go as well."""

    names: frozenset[str]
    ids: frozenset[str] = frozenset()


def of_servers(seen: Discovered) -> dict[str, Had]:
    """``{map: what its keys may be}``. A map is missing where nobody has read what it goes by."""
    servers = [row for row in seen.servers if not isinstance(row, OsnapError)]
    ports = [port for row in servers for port in seen.source_ports.get(row["id"]) or []]
    networks = {port["network_id"] for port in ports}
    groups = {id for port in ports for id in port["security_group_ids"] or []}
    subnets = {fixed["subnet_id"] for port in ports for fixed in port["fixed_ips"] or []}
    flavors = [flavor_of(row, seen) for row in servers]
    volumes = [seen.volumes[id] for row in servers for id in row["attached_volumes"] if id in seen.volumes]
    shown = [name for row in servers for name in row["addresses"]]
    had = {
        "flavor_map": _had(one.get("original_name") or one.get("name") for one in flavors),
        "network_map": _had([*shown, *(seen.source_networks.get(id) for id in networks)], networks),
        "security_group_map": _had(
            [
                *(name for row in servers for name in row["security_groups"]),
                *(seen.source_groups.get(id) for id in groups),
            ],
            groups,
        ),
        "key_map": _had(row["key_name"] for row in servers),
        "zone_map": _had(row["availability_zone"] for row in servers),
        "volume_type_map": _had(row["volume_type"] for row in volumes),
    }
    if seen.source_subnets:
        had["subnet_map"] = _had((seen.source_subnets.get(id, {}).get("name") for id in subnets), subnets)
    return had


def of_volumes(seen: SeenVolumes) -> dict[str, Had]:
    """The same of volumes."""
    rows = [one.volume for one in seen.sources if isinstance(one, Source)]
    return {
        "zone_map": _had(row["availability_zone"] for row in rows),
        "volume_type_map": _had(row["volume_type"] for row in rows),
    }


def _had(names, ids=()):
    return Had(frozenset(filter(None, names)), frozenset(filter(None, ids)))


def unused(had: Mapping[str, Had], options: Options) -> dict[str, dict[str, str | None]]:
    """``{map: {key: the name that may be meant, or None}}`` of the keys that nothing goes by; empty if there are none.

    What may be meant is a name that something has, and that is no key itself.
    """
    found: dict[str, dict[str, str | None]] = {}
    for option, here in had.items():
        keys = [str(key) for key in getattr(options, option)]
        if left := [key for key in keys if key not in here.names | here.ids]:
            found[option] = {key: _meant(key, here.names.difference(keys)) for key in left}
    return found


def _meant(key: str, names: Collection[str]) -> str | None:
    """The name that a key comes closest to, whatever its case."""
    folded = {name.casefold(): name for name in sorted(names)}
    close = difflib.get_close_matches(key.casefold(), folded, 1, ALIKE)
    return folded[close[0]] if close else None


def sentences(
    found: Mapping[str, Mapping[str, str | None]],
    had: Mapping[str, Had],
    there: Mapping[str, Collection[str] | None],
    cloud: str,
    moved: str = "server",
) -> Iterator[str]:
    """A warning for each key that is misspelt.

    :param found: of :func:`unused`
    :param there: ``{map: the names that the source has}``, of the maps that have such a key; None where it does not tell
    :param cloud: what sentences call the source
    :param moved: what is moved
    """
    for option, keys in found.items():
        for key, meant in keys.items():
            names = there.get(option, ())
            if meant is None or names is None or key in names:
                continue
            has = f"those that they use are {enumerated([repr(name) for name in sorted(had[option].names)])}"
            yield (
                f"No selected {moved} uses the {NOUNS[option]} '{key}' of {option}, and cloud {cloud} has none of that"
                f" name; '{meant}' may be meant ({has}). Correct the key, or leave it out."
            )


def suspects(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The maps that may have a key that is misspelt."""
    return [option for option, keys in found.items() if any(keys.values())]
