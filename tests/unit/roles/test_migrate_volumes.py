# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the role hands on each option, and that each entry point has what belongs to it."""

from pathlib import Path

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils._migration import volume_asked

ROLE = Path(__file__).parents[3] / "roles" / "migrate_volumes"
PREFIX = "migrate_volumes_"


def load(name):
    return yaml.safe_load((ROLE / name).read_text())


def arguments(name, action):
    return next(task[action] for task in load(f"tasks/{name}.yml") if action in task)


CARRY_OUT = arguments("carry_out", "osnap.openstack.volume_migration")
READ = arguments("read", "osnap.openstack.volume_migration_info")
ENTRY_POINTS = sorted(load("meta/argument_specs.yml")["argument_specs"])


def test_all_options_of_the_modules_are_set():
    assert set(CARRY_OUT) == {*volume_asked.TASK, "volumes"}
    assert set(READ) == {*volume_asked.MIGRATION, "state", "volumes"}


@pytest.mark.parametrize("given", [CARRY_OUT, READ])
def test_an_option_is_handed_on_by_its_own_name(given):
    state = {"state": "{{ migrate_volumes__state }}"}
    assert {**given, **state} == {name: "{{ %s%s }}" % (PREFIX, name) for name in given} | state


def test_the_role_has_no_other_options():
    assert set(load("defaults/main.yml")) == {PREFIX + name for name in CARRY_OUT if name != "state"} | {
        PREFIX + "source"
    }


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_the_options_are_documented_with_their_defaults(entry_point):
    options = load("meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    assert {name: option["default"] for name, option in options.items()} == load("defaults/main.yml")


def test_an_entry_point_has_its_tasks_its_documentation_and_its_playbook():
    inner = {"look", "read", "carry_out", "options"}
    assert {path.stem for path in (ROLE / "tasks").glob("*.yml")} == {*ENTRY_POINTS, *inner}
    books = {path.stem for path in (ROLE.parents[1] / "playbooks").glob("migrate_volumes*.yml")}
    assert books == {"migrate_volumes" if name == "main" else PREFIX + name for name in ENTRY_POINTS}
