# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test which integration targets a change is said to reach."""

import pytest
from changed import PLUGINS, TARGETS, fragments, modules, named_modules, reach, reached_targets

EVERY = sorted(path.name for path in TARGETS.iterdir())


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "tests/unit/conftest.py", "tests/parity/run.py"])
def test_what_no_module_imports_reaches_none(name):
    assert reached_targets({name}) == []


@pytest.mark.parametrize(
    "name", ["meta/runtime.yml", "tests/integration/harness/osnap_harness/cloud.py", "tests/testcloud/constraints.txt"]
)
def test_what_is_under_all_reaches_all(name):
    assert reached_targets({name}) == EVERY


def test_a_module_reaches_the_targets_that_name_it_and_no_others():
    reached = reached_targets({"plugins/modules/volume_transfer.py"})
    assert "volume_transfer" in reached
    assert "server_power" not in reached


@pytest.mark.parametrize("name", ["plugins/action/server_power.py", "tests/integration/targets/server_power/aliases"])
def test_the_files_beside_a_module_are_its_own(name):
    assert "server_power" in reached_targets({name})


def test_a_file_that_all_modules_import_reaches_each_target_of_a_module():
    assert modules() & set(EVERY) <= set(reached_targets({"plugins/module_utils/_core/client.py"}))


def test_a_module_whose_name_is_put_together_is_found():
    """In ``back_ends`` a loop names them."""
    assert {"volume_snapshot", "volume_restore"} <= named_modules(TARGETS / "back_ends")


def test_a_role_and_its_modules_reach_the_targets_that_name_it():
    for name in ("roles/migrate_servers/tasks/main.yml", "plugins/modules/server_restore.py"):
        assert "migrate_servers_stale" in reached_targets({name})


def test_each_file_of_the_plugins_is_reached_by_a_module():
    """Or a change of it would be tested by none."""
    reached = set().union(*map(reach, modules()))
    assert {path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py"} - reached == set()


def test_the_fragments_of_the_documentation_are_found():
    assert "auth" in fragments(PLUGINS / "modules" / "volume_snapshot.py")
