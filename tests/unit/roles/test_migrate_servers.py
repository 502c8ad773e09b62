# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that the role hands on each option, and that hosts which differ in one don't go together."""

from pathlib import Path

import pytest
import yaml

from ansible_collections.osnap.openstack.plugins.module_utils._migration import asked

ROLE = Path(__file__).parents[3] / "roles" / "migrate_servers"
PREFIX = "migrate_servers_"


def load(name):
    return yaml.safe_load((ROLE / name).read_text())


def tasks(name):
    return [inner for task in load(f"tasks/{name}.yml") for inner in [task, *task.get("block", [])]]


def arguments(name, action):
    return next(task[action] for task in tasks(name) if action in task)


def variables(value):
    """The options of the role that a value names."""
    if isinstance(value, dict):
        return set().union(*map(variables, value.values()))
    words = str(value).replace("{", " ").replace("}", " ").split()
    return {word for word in words if word.startswith(PREFIX) and not word.startswith(PREFIX + "_")}


REQUEST = arguments("read", "ansible.builtin.set_fact")["migrate_servers__request"]
CARRY_OUT = arguments("carry_out", "osnap.openstack.server_migration")
READ = arguments("read", "osnap.openstack.server_migration_info")
ENTRY_POINTS = sorted(load("meta/argument_specs.yml")["argument_specs"])


def test_all_options_of_the_modules_are_set():
    assert set(CARRY_OUT) == {*asked.TASK, "servers", "checks"}  # the last for all servers that have none of their own
    assert set(READ) == {*asked.MIGRATION, "state", "servers"}


def test_what_a_host_asks_for_has_each_option_of_the_role():
    assert variables(REQUEST) == set(load("defaults/main.yml"))
    own = {PREFIX + name for name in ("servers", "exclude", "server")}
    assert variables(REQUEST["shared"]) == set(load("defaults/main.yml")) - own


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_the_options_are_documented_with_their_defaults(entry_point):
    options = load("meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    assert {name: option["default"] for name, option in options.items()} == load("defaults/main.yml")


def test_an_entry_point_has_its_tasks_its_documentation_and_its_playbook():
    inner = {"look", "read", "carry_out"}
    assert {path.stem for path in (ROLE / "tasks").glob("*.yml")} == {*ENTRY_POINTS, *inner}
    books = {path.stem for path in (ROLE.parents[1] / "playbooks").glob("migrate_servers*.yml")}
    assert books == {"migrate_servers" if name == "main" else PREFIX + name for name in ENTRY_POINTS}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_an_entry_point_forgets_in_any_case_what_its_hosts_have_asked_for(entry_point):
    (whole,) = load(f"tasks/{entry_point}.yml")
    assert whole["always"][0]["ansible.builtin.set_fact"] == {"migrate_servers__request": {}}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_an_entry_point_is_at_most_four_files(entry_point):
    found = set()

    def follow(name):
        found.add(name)
        for task in tasks(name):
            for action in ("ansible.builtin.import_tasks", "ansible.builtin.include_tasks"):
                if str(task.get(action, "")).endswith(".yml"):
                    follow(task[action].removesuffix(".yml"))

    follow(entry_point)
    assert len(found) <= 4
