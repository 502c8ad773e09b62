# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs molecule, with what it is told (``test --all``), beside a warm interpreter: our modules run in that.

A scenario calls some dozens of modules, and each would be packed and started first. ``--cold`` leaves all of that to
Ansible, and so does molecule itself where it is run without us.
"""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HARNESS = REPOSITORY / "tests" / "integration" / "harness"
sys.path[:0] = [str(HARNESS), str(REPOSITORY / "tests" / "testcloud")]

from osnap_harness.target import COLLECTIONS, warm_interpreter  # noqa: E402

ANSIBLE = "2.21"
OUTPUT = REPOSITORY / "tests" / "output" / "molecule"


def main():
    words = [word for word in sys.argv[1:] if word != "--cold"]
    binaries = REPOSITORY / ".tools" / f"ansible-{ANSIBLE}" / "bin"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PATH": os.pathsep.join([str(binaries), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(sys.path[:2]),
        "ANSIBLE_COLLECTIONS_PATH": os.path.realpath(COLLECTIONS),
        "NO_COLOR": "1",
    }
    command = [str(binaries / "molecule"), *(words or ["test", "--all"])]
    if "--cold" in sys.argv:
        return subprocess.run(command, env=environment, check=False).returncode
    OUTPUT.mkdir(parents=True, exist_ok=True)
    for name, separator, value in (
        ("ANSIBLE_CALLBACK_PLUGINS", os.pathsep, str(HARNESS / "callback_plugins")),
        ("ANSIBLE_CALLBACKS_ENABLED", ",", "warm_runs"),
    ):
        environment[name] = separator.join([*filter(None, [environment.get(name)]), value])
    with warm_interpreter(environment, OUTPUT, ANSIBLE):
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
