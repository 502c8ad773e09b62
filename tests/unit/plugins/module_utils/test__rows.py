# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the rows are what is written of them: beside the services, and beside what modules say they return."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import get_args, get_origin, get_type_hints

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils import _rows
from ansible_collections.osnap.openstack.plugins.module_utils._services import (
    _base,
    backups,
    cg_snapshots,
    flavors,
    floating_ips,
    group_types,
    images,
    networks,
    projects,
    restored_volumes,
    reverted_volumes,
    server_actions,
    server_groups,
    server_images,
    server_ports,
    servers,
    snapshot_sets,
    transferable_volumes,
    volume_groups,
    volume_snapshots,
    volume_transfers,
    volume_types,
    volumes,
)

MODULES = Path(_base.__file__).parents[2] / "modules"

ROWS = {
    volumes.Volumes: _rows.Volume,
    volume_groups.GroupableVolumes: _rows.GroupableVolume,
    reverted_volumes.RevertedVolumes: _rows.RevertedVolume,
    transferable_volumes.TransferableVolumes: _rows.TransferableVolume,
    restored_volumes.RestoredVolumes: _rows.RestoredVolume,
    volume_snapshots.VolumeSnapshots: _rows.VolumeSnapshot,
    backups.Backups: _rows.Backup,
    volume_types.VolumeTypes: _rows.VolumeType,
    group_types.GroupTypes: _rows.GroupType,
    volume_groups.VolumeGroups: _rows.VolumeGroup,
    cg_snapshots.CgSnapshots: _rows.GroupSnapshot,
    volume_transfers.VolumeTransfers: _rows.VolumeTransfer,
    images.Images: _rows.Image,
    server_images.ServerImages: _rows.ServerImage,
    flavors.Flavors: _rows.Flavor,
    servers.Servers: _rows.Server,
    server_groups.ServerGroups: _rows.ServerGroup,
    networks.Networks: _rows.Network,
    networks.Subnets: _rows.Subnet,
    networks.Ports: _rows.Port,
    server_ports.ServerPorts: _rows.ServerPort,
    networks.SecurityGroups: _rows.SecurityGroup,
    floating_ips.FloatingIps: _rows.FloatingIp,
    floating_ips.Routers: _rows.Router,
    projects.Projects: _rows.Project,
}
#: What is put together of the rows of several services.
TOGETHER = {snapshot_sets.SnapshotSets: _rows.SnapshotSet}
#: Module -> key of its result -> the shape of the rows there.
RETURNED = {
    "volume_snapshot": ("volume_snapshot", _rows.VolumeSnapshot),
    "volume_snapshot_info": ("volume_snapshots", _rows.VolumeSnapshot),
    "volume_backup": ("volume_backup", _rows.Backup),
    "volume_backup_info": ("volume_backups", _rows.Backup),
    "volume_backup_record": ("volume_backup", _rows.Backup),
    "server_image_snapshot": ("image", _rows.ServerImage),
    "server_image_snapshot_info": ("images", _rows.ServerImage),
    "volume_group": ("volume_group", _rows.VolumeGroup),
    "volume_group_info": ("volume_groups", _rows.VolumeGroup),
    "cg_snapshot": ("cg_snapshot", _rows.GroupSnapshot),
    "cg_snapshot_info": ("cg_snapshots", _rows.GroupSnapshot),
    "server_power": ("server", _rows.Server),
    "server_snapshot_set": ("snapshot_set", _rows.SnapshotSet),
    "server_restore": ("server", _rows.Server),
    "volume_restore": ("volume", _rows.RestoredVolume),
    "image_copy": ("image", _rows.Image),
    "image_from_snapshot": ("image", _rows.Image),
}
ANSIBLE = {str: "str", int: "int", float: "float", bool: "bool", dict: "dict", list: "list"}


def kinds(hint) -> set:
    """The plain types that an annotation allows, beside None."""
    allowed = [hint] if get_origin(hint) in (list, dict) else get_args(hint) or (hint,)
    return {get_origin(one) or one for one in allowed} - {type(None)}


def bare(service):
    """A service that reads a row without a cloud."""
    made = object.__new__(service)
    made.cloud, made.client, made._flavors, made._stays_off = SimpleNamespace(name="here"), None, {}, set()
    return made


def subclasses(parent):
    for child in parent.__subclasses__():
        yield child
        yield from subclasses(child)


@pytest.mark.parametrize("service", ROWS, ids=lambda service: service.__name__)
def test_a_row_has_the_keys_of_its_shape(service):
    row = bare(service).row({"id": "1"})
    assert set(row) == set(ROWS[service].__annotations__)


@pytest.mark.parametrize("service", TOGETHER, ids=lambda service: service.__name__)
def test_a_row_that_is_put_together_has_the_keys_of_its_shape(service):
    assert set(service.attributes) == set(TOGETHER[service].__annotations__)


def test_every_service_has_a_shape():
    """Its own, or that of the service it is made from."""
    there = {child for child in subclasses(_base.Service) if child.attributes and not child.__name__.startswith("_")}
    assert {child.__name__ for child in there if not any(one in (*ROWS, *TOGETHER) for one in child.__mro__)} == set()


@pytest.mark.parametrize("service", ROWS, ids=lambda service: service.__name__)
def test_the_types_are_those_that_the_services_insist_on(service):
    hints = get_type_hints(ROWS[service])
    wrong = {
        key: hints[key]
        for key, insisted in _base.TYPES.items()
        if key in hints and kinds(hints[key]) not in ({insisted}, set())
    }
    assert not wrong


def test_an_action_has_the_keys_of_its_shape():
    client = SimpleNamespace(get=lambda *dummy, **dummy_options: {"instanceActions": [{}]})
    (row,) = server_actions.ServerActions(SimpleNamespace(client=lambda dummy: client)).of("1")
    assert set(row) == set(_rows.ServerAction.__annotations__)


@pytest.mark.parametrize("module", RETURNED)
def test_a_module_returns_what_the_row_has(module):
    key, shape = RETURNED[module]
    tree = ast.parse((MODULES / (module + ".py")).read_text(encoding="utf-8"))
    (text,) = [
        node.value.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "RETURN"
    ]
    documented, hints = yaml.safe_load(text)[key]["contains"], get_type_hints(shape)
    assert set(documented) - set(hints) == set(), "documented, and in no row"
    assert set(hints) - set(documented) == set(), "in the rows, and not documented"
    wrong = {
        name: (entry["type"], hints[name])
        for name, entry in documented.items()
        if {ANSIBLE.get(kind) for kind in kinds(hints[name])} != {entry["type"]}
    }
    assert not wrong
