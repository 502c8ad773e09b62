# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project beside the target's own: prints its ID and how to log in to it, as JSON."""

import json
import os
import subprocess
import sys

import yaml
from osnap_harness import surroundings, target
from osnap_harness.cloud import Cloud


def main():
    made = subprocess.run(
        [sys.executable, str(target.TESTCLOUD), "project", f"{surroundings.project()}-other"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ,
    )
    with open(made.stdout.strip(), encoding="utf-8") as clouds:
        entry = yaml.safe_load(clouds)["clouds"]["source"]
    print(json.dumps({"id": Cloud("other", entry["auth"]).project_id, "cloud": entry}))


if __name__ == "__main__":
    main()
