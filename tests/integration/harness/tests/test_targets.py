# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-test is told of each target is what our own runner does."""

import pytest
import yaml
from osnap_harness import target as targets

#: A folder without tests is none that the runner would miss: it must fail here.
FOLDERS = sorted(path.name for path in targets.TARGETS.iterdir() if path.is_dir())
#: What ansible-test must know of each: it needs a cloud, runs on the controller, and no CI without a cloud may run it.
ALIASES = ["cloud/openstack", "context/controller", "unsupported"]


def parts(tasks, key):
    """Return the files of tasks that a list of tasks imports, whether as parts of a role or by their own names."""
    named = [task[f"ansible.builtin.{key}"] for task in tasks]
    return [part["tasks_from"] + ".yml" if isinstance(part, dict) else part for part in named]


@pytest.mark.parametrize("name", FOLDERS)
def test_main_runs_the_parts_that_the_runner_runs(name, tmp_path):
    written = [path for path in targets._playbooks(name, tmp_path, NoExamples()) if path.stem == "test"]
    ((play,), (main,)) = (
        yaml.safe_load(path.read_text()) for path in (*written, targets.TARGETS / name / "tasks" / "main.yml")
    )
    (ours,) = play["tasks"]
    assert "test.yml" in parts(main["block"], "import_tasks")
    for section in ("block", "always"):
        assert parts(main.get(section, []), "import_tasks") == parts(ours.get(section, []), "import_role")


@pytest.mark.parametrize("name", FOLDERS)
def test_the_aliases_say_what_it_needs(name):
    lines = (targets.TARGETS / name / "aliases").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ALIASES


class NoExamples(dict):
    """The documentation of modules whose examples are of no interest."""

    def __missing__(self, module):
        return {"examples": ""}
