# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test that ansible-test takes the folders of our integration tests for what they are."""

import os
import subprocess

from build import REPOSITORY, TOOLS, export


def test_ansible_test_lists_each_target_by_its_name(tmp_path):
    """Without `aliases` it takes the folders inside for targets; their context it knows, else it warns."""
    binaries = TOOLS / "ansible-2.21" / "bin"
    command = [binaries / "ansible-test", "integration", "--list-targets", "--allow-unsupported"]
    listed = subprocess.run(
        command,
        cwd=export(),
        env={**os.environ, "HOME": str(tmp_path), "PATH": "%s%s%s" % (binaries, os.pathsep, os.environ["PATH"])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    folders = {path.name for path in (REPOSITORY / "tests" / "integration" / "targets").iterdir() if path.is_dir()}
    assert set(listed.stdout.split()) == folders
    assert "Unable to determine context" not in listed.stderr
