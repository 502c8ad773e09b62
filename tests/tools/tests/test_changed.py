# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test which integration targets a change is said to reach."""

import pytest
from changed import (
    PLUGINS,
    TARGETS,
    filters,
    fragments,
    module_of,
    modules,
    named_modules,
    reach,
    reach_of_filter,
    reached_targets,
)

EVERY = sorted(path.name for path in TARGETS.iterdir())


def all_reached(name):
    near, far = reached_targets({name})
    assert not set(near) & set(far)
    return {*near, *far}


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "tests/unit/conftest.py", "tests/parity/run.py"])
def test_what_no_module_imports_reaches_none(name):
    assert reached_targets({name}) == ([], [])


@pytest.mark.parametrize(
    "name", ["meta/runtime.yml", "tests/integration/harness/osnap_harness/cloud.py", "tests/testcloud/constraints.txt"]
)
def test_what_is_under_all_reaches_all(name):
    assert reached_targets({name}) == ([], EVERY)


def test_a_module_reaches_the_targets_that_name_it_and_no_others():
    reached = all_reached("plugins/modules/volume_transfer.py")
    assert "volume_transfer" in reached
    assert "server_power" not in reached


@pytest.mark.parametrize("name", ["plugins/action/server_power.py", "tests/integration/targets/server_power/aliases"])
def test_the_files_beside_a_module_are_its_own(name):
    assert "server_power" in reached_targets({name})[0]


def test_a_file_that_all_modules_import_reaches_each_target_of_a_module():
    assert modules() & set(EVERY) <= all_reached("plugins/module_utils/_core/client.py")


def test_a_module_whose_name_is_put_together_is_found():
    """In ``back_ends`` a loop names them."""
    assert {"volume_snapshot", "volume_restore"} <= named_modules(TARGETS / "back_ends")


def test_a_role_and_its_modules_reach_the_targets_that_name_it():
    for name in ("roles/migrate_servers/tasks/main.yml", "plugins/modules/server_migration.py"):
        assert "migrate_servers_stale" in all_reached(name)


def test_each_file_of_the_plugins_is_reached_by_a_module_or_a_filter():
    """Or a change of it would be tested by none."""
    reached = set().union(*map(reach, modules()), *map(reach_of_filter, filters()))
    assert {path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py"} - reached == set()


def test_the_fragments_of_the_documentation_are_found():
    assert "auth" in fragments(PLUGINS / "modules" / "volume_snapshot.py")


def test_nearest_are_the_targets_of_the_modules_that_a_file_is_about():
    assert reached_targets({"plugins/module_utils/_volumes/transfer.py"})[0] == [
        "server_migration",  # whose engine carries it out
        "server_migration_approved",
        "server_migration_undo",
        "server_migration_ways",
        "volume_migration",
        "volume_transfer",
    ]
    assert reached_targets({"plugins/module_utils/_core/client.py"})[0] == []  # it is about none in particular
    assert reached_targets({"roles/migrate_servers/tasks/main.yml"})[0] == []


def test_a_target_is_of_the_module_with_the_longest_fitting_name():
    assert module_of("volume_snapshot_info") == "volume_snapshot_info"
    assert module_of("volume_snapshot_limits") == "volume_snapshot"
    assert module_of("back_ends") is None
