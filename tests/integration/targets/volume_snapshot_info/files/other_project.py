# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project beside the target's own: ``make`` puts a snapshot into it and prints the snapshot's ID, ``purge`` empties
it.
"""

import os
import subprocess
import sys

import yaml
from osnap_harness import fixtures, purge, surroundings, target
from osnap_harness.cloud import Cloud


def main(what):
    name = f"{surroundings.project()}-other"
    made = subprocess.run(
        [sys.executable, str(target.TESTCLOUD), "project", name],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    with open(made.stdout.strip(), encoding="utf-8") as clouds:
        entries = yaml.safe_load(clouds)["clouds"]
    if what == "purge":
        purge.purge(Cloud("other", entries["source-admin"]["auth"]))
        return
    cloud = Cloud("other", entries["source"]["auth"])
    print(fixtures.snapshot(cloud, "elsewhere", fixtures.volume(cloud, "elsewhere")["id"])["id"])


if __name__ == "__main__":
    main(*sys.argv[1:])
