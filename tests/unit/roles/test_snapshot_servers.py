# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the role hands on each option, and that each entry point has what belongs to it."""

from pathlib import Path

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_set import ServerSnapshotSet

ROLE = Path(__file__).parents[3] / "roles" / "snapshot_servers"
PREFIX = "snapshot_servers_"
#: What is of a single item, or of a policy.
LEFT_OUT = {"server", "regex", "server_metadata", "policy", "window", "hold"}


def load(name):
    return yaml.safe_load((ROLE / name).read_text())


GIVEN = next(
    task["osnap.openstack.server_snapshot_set"]
    for task in load("tasks/carry_out.yml")
    if "osnap.openstack.server_snapshot_set" in task
)
ENTRY_POINTS = sorted(load("meta/argument_specs.yml")["argument_specs"])


def test_all_options_of_the_module_are_set():
    of_the_module = {*ServerSnapshotSet.options, *ServerSnapshotSet.task_options, "servers", "timeout"}
    assert set(GIVEN) == of_the_module - LEFT_OUT


def test_an_option_is_handed_on_by_its_own_name():
    state = {"state": "{{ snapshot_servers__state }}"}
    assert {**GIVEN, **state} == {name: "{{ %s%s }}" % (PREFIX, name) for name in GIVEN} | state


def test_the_role_has_no_other_options():
    assert set(load("defaults/main.yml")) == {PREFIX + name for name in (*GIVEN, "cloud") if name != "state"}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_the_options_are_documented_with_their_defaults(entry_point):
    options = load("meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    assert {name: option["default"] for name, option in options.items()} == load("defaults/main.yml")


def test_an_entry_point_has_its_tasks_its_documentation_and_its_playbook():
    assert {path.stem for path in (ROLE / "tasks").glob("*.yml")} == {*ENTRY_POINTS, "options", "carry_out"}
    books = {path.stem for path in (ROLE.parents[1] / "playbooks").glob("snapshot_servers*.yml")}
    assert books == {"snapshot_servers" if name == "main" else PREFIX + name for name in ENTRY_POINTS}
