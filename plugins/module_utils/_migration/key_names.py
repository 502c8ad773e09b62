# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads whether the source has what keys of maps name that nothing goes by; `unused_keys` says what that means.

Nothing is read for a key that comes close to no name, nor for one that something goes by: of each kind one list, for a
whole fleet, and only where a warning is at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import UNTOLD, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._migration import unused_keys
from ansible_collections.osnap.openstack.plugins.module_utils._services.availability_zones import AvailabilityZones
from ansible_collections.osnap.openstack.plugins.module_utils._services.flavors import Flavors
from ansible_collections.osnap.openstack.plugins.module_utils._services.key_pairs import KeyPairs
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import (
    Networks,
    SecurityGroups,
    Subnets,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.volume_seen import SeenVolumes

_ROWS: dict[str, Callable[[Any], Any]] = {
    "flavor_map": Flavors,
    "network_map": Networks,
    "subnet_map": Subnets,
    "security_group_map": SecurityGroups,
    "volume_type_map": VolumeTypes,
}


def of_servers(cloud: Cloud, seen: Discovered, options: Options) -> dict[str, Any]:
    """``{unused_keys, warnings}``: see :func:`unused_keys.unused` and :func:`unused_keys.sentences`."""
    if seen.place is None or options.backward:  # no new server is made, and nothing goes by a map
        return {"unused_keys": {}, "warnings": []}
    return _of(cloud, unused_keys.of_servers(seen), options, "server")


def of_volumes(cloud: Cloud, seen: SeenVolumes, options: Options) -> dict[str, Any]:
    """The same for volumes."""
    if seen.place is None:
        return {"unused_keys": {}, "warnings": []}
    return _of(cloud, unused_keys.of_volumes(seen), options, "volume")


def _of(cloud, had, options, moved):
    found = unused_keys.unused(had, options)
    there = {option: _names(cloud, option, moved) for option in unused_keys.suspects(found)}
    return {"unused_keys": found, "warnings": list(unused_keys.sentences(found, had, there, cloud.name, moved))}


def _names(cloud, option, moved) -> Collection[str] | None:
    """Of what the source has; None where it does not tell."""
    try:
        if option == "key_map":
            return KeyPairs(cloud).names()
        if option == "zone_map":
            return Volumes(cloud).zones() if moved == "volume" else AvailabilityZones(cloud).names()
        return {row["name"] for row in _ROWS[option](cloud).list()}
    except OsnapError as error:
        if error.status not in UNTOLD:
            raise
        return None
