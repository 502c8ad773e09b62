# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the destination lacks altogether for servers, and a playbook that makes it there as it is in the source. Pure.

It is to be reviewed: whether a flavor, a range of addresses or a rule is right there is for people to say, and some of
it needs an administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.lookup import meant
from ansible_collections.osnap.openstack.plugins.module_utils._migration.destination_networks import mapped
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import (
    Discovered,
    Options,
    flavor_of,
    is_made,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.suggestions import missing_networks

#: The group that a project always has.
_DEFAULT = "default"


@dataclass
class Lacking:
    """What is not there, by the name that it would have there, and what it is in the source: the flavor's row, the names
    of the others.
    """

    flavors: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any((self.flavors, self.networks, self.groups, self.keys))


@dataclass
class Source:
    """What there is in the source, in the words of the services; see :mod:`as_made`. ``renamed`` is what a map says that
    its security groups are called there.
    """

    networks: list[dict[str, Any]] = field(default_factory=list)
    subnets: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


def of(items: list[dict[str, Any]], seen: Discovered, options: Options) -> Lacking:
    """What none of the destination's is meant by. Several of a name are not lacking."""
    found = Lacking()
    if seen.place is None:
        return found
    for item, server in zip(items, seen.servers, strict=True):
        if isinstance(server, OsnapError) or is_made(server, seen, options.run):
            continue
        _of_server(found, item, server, seen, options)
    return found


def _of_server(found, item, server, seen, options):
    own = flavor_of(server, seen)
    name = own.get("original_name") or own.get("name")
    if name and not item["flavor"] and not meant(seen.place.flavors, options.flavor_map.get(name) or name):
        found.flavors[options.flavor_map.get(name) or name] = own
    for network in missing_networks(item, server, seen.place.networks, options):
        wanted = options.network_map.get(network) or network
        if not meant(seen.place.networks, wanted):
            found.networks[wanted] = network
    if item["security_groups"] is None:
        for group in server["security_groups"]:
            wanted = mapped(group, None, options.security_group_map)
            if wanted != _DEFAULT and not meant(seen.place.security_groups, wanted):
                found.groups[wanted] = group
    key = server["key_name"]
    wanted = options.key_map.get(key) or key
    if key and not item["key_name"] and wanted not in seen.place.key_pairs:
        found.keys[wanted] = key


def with_remote_groups(found: Lacking, source: Source, seen: Discovered) -> Lacking:
    """The same with the security groups that rules speak of: without them these rules can't be made."""
    rows = {row["name"]: row for row in source.groups}
    names: dict[str, str] = {row["id"]: row["name"] for row in source.groups}
    groups = dict(found.groups)
    looked_at: list[str] = []
    while left := [own for own in groups.values() if own not in looked_at]:
        looked_at.append(left[0])
        for rule in rows.get(left[0], {}).get("security_group_rules") or []:
            remote = names.get(rule.get("remote_group_id") or "")
            if remote is None or remote in groups.values():
                continue
            wanted = source.renamed.get(remote, remote)
            if wanted != _DEFAULT and not meant(seen.place.security_groups, wanted):
                groups[wanted] = remote
    return replace(found, groups=groups)


def playbook(found: Lacking, source: Source, cloud: str) -> list[dict[str, Any]]:
    """The playbook as data: one play, or none where nothing is lacking.

    :param cloud: what the destination is called in ``clouds.yaml``
    """
    tasks = [*_flavors(found), *_networks(found, source), *_groups(found, source), *_keys(found, source)]
    if not tasks:
        return []
    return [
        {
            "name": f"Make what the cloud {cloud} lacks",
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"group/openstack.cloud.openstack": {"cloud": cloud}},
            "tasks": tasks,
        }
    ]


def _task(title: str, module: str, **values: Any) -> dict[str, Any]:
    given = {key: _literal(value) for key, value in values.items() if value not in (None, "", [])}
    return {"name": _literal(title), f"openstack.cloud.{module}": given}


def _literal(value: Any) -> Any:
    """A value that is no template, whatever somebody has named his network: a playbook is templated when it is run."""
    if isinstance(value, str):
        return re.sub(r"\{[{%#]", lambda found: f"{{{{ '{found.group()}' }}}}", value)
    if isinstance(value, list):
        return [_literal(one) for one in value]
    if isinstance(value, dict):
        return {key: _literal(one) for key, one in value.items()}
    return value


def _flavors(found: Lacking) -> Iterator[dict[str, Any]]:
    for name, own in found.flavors.items():
        yield _task(
            f"Make the flavor {name}, as an administrator",
            "compute_flavor",
            name=name,
            vcpus=own.get("vcpus"),
            ram=own.get("ram"),
            disk=own.get("disk"),
            ephemeral=own.get("ephemeral") or None,
            swap=int(own.get("swap") or 0) or None,
            extra_specs=own.get("extra_specs") or None,
        )


def _networks(found: Lacking, source: Source) -> Iterator[dict[str, Any]]:
    for name, own in found.networks.items():
        rows = [row for row in source.networks if own in (row["name"], row["id"])]
        yield _task(f"Make the network {name}", "network", name=name)
        ids = {row["id"] for row in rows}
        for number, subnet in enumerate(row for row in source.subnets if row["network_id"] in ids):
            yield _subnet(name, number, subnet)


def _subnet(network: str, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    name = row.get("name") or f"{network}-{number}"
    return _task(
        f"Make the subnet {name} of the network {network}",
        "subnet",
        name=name,
        network=network,
        cidr=row["cidr"],
        ip_version=row.get("ip_version"),
        is_dhcp_enabled=row.get("enable_dhcp"),
        gateway_ip=row.get("gateway_ip"),
        disable_gateway_ip=True if row.get("gateway_ip", "") is None else None,
        dns_nameservers=row.get("dns_nameservers"),
        host_routes=row.get("host_routes"),
        ipv6_ra_mode=row.get("ipv6_ra_mode"),
        ipv6_address_mode=row.get("ipv6_address_mode"),
    )


def _groups(found: Lacking, source: Source) -> Iterator[dict[str, Any]]:
    names = {row["id"]: row["name"] for row in source.groups}
    becomes = {**source.renamed, **{own: name for name, own in found.groups.items()}}
    made: set[str] = set()
    for name, own in found.groups.items():
        row = next((row for row in source.groups if row["name"] == own), {})
        rules = [_rule(rule, names, becomes) for rule in row.get("security_group_rules") or []]
        remotes = set(found.groups).intersection(rule.get("remote_group") for rule in rules)
        for remote in sorted(remotes - made - {name}):  # or those of two that speak of each other could not be made
            yield _task(f"Make the security group {remote}, whose rules follow", "security_group", name=remote)
        made |= {name, *remotes}
        yield _task(
            f"Make the security group {name}",
            "security_group",
            name=name,
            description=row.get("description"),
            security_group_rules=sorted(rules, key=str),
        )


def _rule(rule: Mapping[str, Any], names: Mapping[str, str], becomes: Mapping[str, str]) -> dict[str, Any]:
    remote = names.get(rule.get("remote_group_id") or "")
    values = {
        "direction": rule.get("direction"),
        "ether_type": rule.get("ethertype"),
        "protocol": rule.get("protocol"),
        "port_range_min": rule.get("port_range_min"),
        "port_range_max": rule.get("port_range_max"),
        "remote_ip_prefix": rule.get("remote_ip_prefix"),
        "remote_group": becomes.get(remote, remote) if remote else rule.get("remote_group_id"),
        "description": rule.get("description"),
    }
    return {key: value for key, value in values.items() if value not in (None, "")}


def _keys(found: Lacking, source: Source) -> Iterator[dict[str, Any]]:
    for name, own in found.keys.items():
        if own in source.keys:
            yield _task(f"Import the key pair {name}", "keypair", name=name, public_key=source.keys[own].strip())
