# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the services: which keys each has, and what their values are. What a row returns, a module returns.

The attributes have the SDK's names. A row has every key; a value that the service keeps to itself is None. Where the
type says otherwise, every version of the API gives one, and code may rely on it.

Read by the type checker alone: whoever needs a shape imports it under ``if TYPE_CHECKING``, so that no task loads this
file. Unit tests compare it with the services, and with what the modules say they return.
"""

from __future__ import annotations

from typing import Any, Mapping, TypedDict

#: A row of which only the keys that all have are known.
Row = Mapping[str, Any]
#: What was asked for: the options of an item, or ``{attribute: value}``; an unset one is None.
Values = Mapping[str, Any]


class Volume(TypedDict):
    id: str
    name: str | None
    description: str | None
    status: str
    size: int
    volume_type: str | None
    availability_zone: str | None
    is_bootable: bool | None
    is_encrypted: bool | None
    is_multiattach: bool | None
    attachments: list[dict[str, Any]]
    metadata: dict[str, str]
    volume_image_metadata: dict[str, str] | None
    snapshot_id: str | None
    created_at: str
    updated_at: str | None
    project_id: str | None


class GroupableVolume(Volume):
    """A volume as an administrator sees it in groups: with its host, and the legacy group in place of the other."""

    group_id: str | None
    host: str | None


class RevertedVolume(Volume):
    """A volume with the groups that it is in."""

    group_id: str | None
    consistency_group_id: str | None


class TransferableVolume(RevertedVolume):
    """A volume with all that can keep it from being handed over."""

    migration_status: str | None


class RestoredVolume(Volume):
    """A volume with what it was made from, and where it is attached."""

    image_id: str | None
    backup_id: str | None
    server_id: str | None
    device: str | None
    delete_on_termination: bool | None


class VolumeSnapshot(TypedDict):
    id: str
    name: str | None
    description: str | None
    status: str
    volume_id: str
    size: int
    metadata: dict[str, str]
    created_at: str
    updated_at: str | None
    progress: str | None
    project_id: str | None
    user_id: str | None
    group_snapshot_id: str | None
    consumes_quota: bool | None
    is_forced: bool | None


class Backup(TypedDict):
    id: str
    name: str | None
    description: str | None
    status: str
    volume_id: str
    snapshot_id: str | None
    size: int
    metadata: dict[str, str] | None
    created_at: str
    updated_at: str | None
    data_timestamp: str | None
    is_incremental: bool | None
    has_dependent_backups: bool | None
    fail_reason: str | None
    container: str | None
    object_count: int | None
    availability_zone: str | None
    project_id: str | None
    user_id: str | None


class VolumeType(TypedDict):
    id: str
    name: str
    is_public: bool | None
    extra_specs: dict[str, str] | None
    description: str | None
    status: str
    created_at: None


class GroupType(TypedDict):
    id: str
    name: str
    is_public: bool | None
    group_specs: dict[str, str] | None
    description: str | None
    status: str
    created_at: None


class VolumeGroup(TypedDict):
    id: str
    name: str | None
    description: str | None
    status: str
    availability_zone: str | None
    group_type: str | None
    volume_types: list[str]
    volumes: list[str]
    group_snapshot_id: str | None
    source_group_id: str | None
    replication_status: str | None
    is_legacy: bool
    project_id: str | None
    created_at: str


class GroupSnapshot(TypedDict):
    id: str
    name: str | None
    description: str | None
    status: str
    group_id: str | None
    group_type_id: str | None
    snapshots: list[VolumeSnapshot]
    consistent: bool | None
    is_legacy: bool
    project_id: str | None
    created_at: str


class SnapshotSet(TypedDict):
    """What a set returns; see `_services.set_parts`."""

    id: str
    name: str
    server_id: str
    server_name: str | None
    created_at: str
    status: str
    consistency: str
    spread_seconds: float | None
    size_gib: int | None
    policy: str | None
    window: str | None
    holds: list[str]
    metadata: dict[str, str]
    tested: dict[str, object] | None
    members: list[dict[str, object]]
    missing: list[str]
    torn_because: str | None
    boot: dict[str, object] | None


class VolumeTransfer(TypedDict):
    id: str
    name: str | None
    volume_id: str
    created_at: str


class Image(TypedDict):
    id: str
    name: str | None
    status: str
    size: int | None
    virtual_size: int | None
    disk_format: str | None
    container_format: str | None
    checksum: str | None
    hash_algo: str | None
    hash_value: str | None
    min_disk: int | None
    min_ram: int | None
    visibility: str
    is_protected: bool
    is_hidden: bool | None
    owner_id: str | None
    tags: list[str]
    properties: dict[str, Any]
    created_at: str
    updated_at: str | None


class ServerImage(Image):
    """An image together with the Cinder snapshots that hold its data, and what its marks say, as far as they are
    believed.
    """

    server_id: str | None
    consistency: str | None
    members: list[str] | None
    membership: str | None
    volume_snapshots: list[VolumeSnapshot]


class Flavor(TypedDict):
    id: str
    name: str
    vcpus: int
    ram: int
    disk: int
    ephemeral: int | None
    swap: int | str | None
    is_public: bool | None
    status: str
    created_at: None


class Server(TypedDict):
    id: str
    name: str
    description: str | None
    status: str
    task_state: str | None
    vm_state: str | None
    image_id: str | None
    source_id: str | None
    flavor: dict[str, Any]
    flavor_name: str | None
    addresses: dict[str, list[dict[str, Any]]]
    attached_volumes: list[str]
    metadata: dict[str, str]
    tags: list[str] | None
    key_name: str | None
    security_groups: list[str]
    server_groups: list[str] | None
    availability_zone: str | None
    has_config_drive: bool
    is_locked: bool | None
    fault: dict[str, Any] | None
    created_at: str
    updated_at: str | None
    project_id: str | None
    user_id: str | None


class ServerAction(TypedDict):
    """What Nova remembers of one thing that was done to a server."""

    action: str
    request_id: str | None
    start_time: str | None
    finish_time: str | None


class ServerGroup(TypedDict):
    id: str
    name: str
    status: str
    created_at: None


class Network(TypedDict):
    id: str
    name: str | None
    status: str
    created_at: str | None
    project_id: str | None
    is_shared: bool | None
    is_admin_state_up: bool | None
    is_port_security_enabled: bool | None
    is_router_external: bool | None
    subnet_ids: list[str] | None


class Subnet(TypedDict):
    id: str
    name: str | None
    network_id: str
    cidr: str
    ip_version: int | None
    ipv6_address_mode: str | None
    created_at: str | None
    project_id: str | None
    status: str


class Port(TypedDict):
    id: str
    name: str | None
    status: str | None
    created_at: str | None
    project_id: str | None
    network_id: str
    fixed_ips: list[dict[str, str]] | None
    mac_address: str | None
    device_id: str | None
    device_owner: str | None
    ip_allocation: str | None
    description: str | None
    security_group_ids: list[str] | None
    allowed_address_pairs: list[dict[str, str]] | None
    is_port_security_enabled: bool | None
    binding_vnic_type: str | None
    dns_name: str | None
    tags: list[str] | None
    qos_policy_id: str | None
    trunk_details: dict[str, Any] | None


class ServerPort(Port):
    """A port as it was asked for: addresses and pairs in an order, and pairs without the port's own MAC."""


class SecurityGroup(TypedDict):
    id: str
    name: str
    created_at: str | None
    project_id: str | None
    status: str


class Project(TypedDict):
    id: str
    name: str | None
    domain_id: str | None


class FloatingIp(TypedDict):
    id: str
    name: str
    status: str | None
    created_at: str | None
    project_id: str | None
    description: str | None
    floating_ip_address: str
    fixed_ip_address: str | None
    floating_network_id: str
    port_id: str | None


class Router(TypedDict):
    id: str
    name: str | None
    status: str | None
    created_at: str | None
    project_id: str | None
    external_gateway_info: dict[str, Any] | None
