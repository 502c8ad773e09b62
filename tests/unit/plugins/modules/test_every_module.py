# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module takes, so that `module_defaults` of the group reach all of them."""

from __future__ import annotations

import importlib
import pathlib

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils._core import reader, runner

PACKAGE = "ansible_collections.osnap.openstack.plugins.modules"
MODULES = sorted(path.stem for path in pathlib.Path(importlib.import_module(PACKAGE).__path__[0]).glob("[a-z]*.py"))
#: Module of openstack.cloud -> ours, and the names that only aliases give.
PEERS = {
    "volume_snapshot": {"name": "display_name", "description": "display_description"},
    "volume_backup": {"name": "display_name", "description": "display_description"},
    "volume_restore": {
        "name": "display_name",
        "description": "display_description",
        "snapshot": "snapshot_id",
        "bootable": "is_bootable",
    },
}


class Seen(Exception):
    """Ends a module once its argument specification is known."""


def spec_of(name, monkeypatch):
    def seen(argument_spec, **others):
        raise Seen(argument_spec)

    monkeypatch.setattr(runner, "Module", seen)
    monkeypatch.setattr(reader, "Module", seen)
    with pytest.raises(Seen) as caught:
        importlib.import_module(f"{PACKAGE}.{name}").main()
    return caught.value.args[0]


def test_the_group_has_every_module():
    runtime = pathlib.Path(importlib.import_module(PACKAGE).__path__[0]).parents[1] / "meta" / "runtime.yml"
    assert sorted(yaml.safe_load(runtime.read_text())["action_groups"]["openstack"]) == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_defaults_of_the_group_suit_it(name, monkeypatch):
    """Verify that it takes what users of openstack.cloud have in ``module_defaults``."""
    spec = spec_of(name, monkeypatch)
    assert (spec["wait"]["type"], spec["timeout"]["type"]) == ("bool", "int")
    assert set(runner.AUTH_OPTIONS) <= set(spec)


@pytest.mark.parametrize("name", PEERS)
def test_the_names_of_openstack_cloud_are_taken(name, monkeypatch):
    spec = spec_of(name, monkeypatch)
    listed = next(option["options"] for option in spec.values() if option.get("elements") == "dict")
    for options in (spec, listed):
        assert {option: options[option]["aliases"][0] for option in PEERS[name]} == PEERS[name]


def test_details_of_a_list_are_taken(monkeypatch):
    assert spec_of("volume_snapshot_info", monkeypatch)["details"] == {"type": "bool"}
