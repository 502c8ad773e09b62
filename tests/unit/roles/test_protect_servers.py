# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the role hands on each option, and that each entry point has what belongs to it."""

from pathlib import Path

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked

ROLE = Path(__file__).parents[3] / "roles" / "protect_servers"
PREFIX = "protect_servers_"


def load(name):
    return yaml.safe_load((ROLE / name).read_text())


def arguments(name, action):
    return next(task[action] for task in load(f"tasks/{name}.yml") if action in task)


PROTECT = arguments("main", "osnap.openstack.server_protection")
READ = arguments("status", "osnap.openstack.server_protection_info")
ENTRY_POINTS = sorted(load("meta/argument_specs.yml")["argument_specs"])


def test_all_options_of_the_modules_are_set():
    assert set(PROTECT) == {*asked.SERVER_TASK, "servers"}
    assert set(READ) == {*asked.POLICIES, "servers"}


@pytest.mark.parametrize("given", [PROTECT, READ])
def test_an_option_is_handed_on_by_its_own_name(given):
    assert given == {name: "{{ %s%s }}" % (PREFIX, name) for name in given}


def test_the_role_has_no_other_options():
    assert set(load("defaults/main.yml")) == {PREFIX + name for name in (*PROTECT, "cloud", "fail_when")}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_the_options_are_documented_with_their_defaults(entry_point):
    options = load("meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    assert {name: option["default"] for name, option in options.items()} == load("defaults/main.yml")


def test_an_entry_point_has_its_tasks_its_documentation_and_its_playbook():
    assert {path.stem for path in (ROLE / "tasks").glob("*.yml")} == {*ENTRY_POINTS, "options"}
    books = {path.stem for path in (ROLE.parents[1] / "playbooks").glob("protect_servers*.yml")}
    assert books == {"protect_servers" if name == "main" else PREFIX + name for name in ENTRY_POINTS}
