# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook at -vvvv and look for secrets wherever one might come out: its output, the journal, the SDK's log, the
process list.

Usage: watch.py ANSIBLE_PLAYBOOK PLAYBOOK FOLDER. Prints JSON: what was seen, so that a test knows it was looked at, and
the places of secrets.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

TOKEN = re.compile(r"gAAAAA[A-Za-z0-9_-]{30,}")


def secrets():
    """The passwords of the target's clouds.yaml, which need no YAML to be found, and the wrong one that the playbook
    tries.
    """
    text = Path(os.environ["OS_CLIENT_CONFIG_FILE"]).read_text(encoding="utf-8")
    return {*re.findall(r"^\s*password: (\S+)$", text, re.M), "not-this-one"}


def command_lines():
    """The command line of every process there is just now."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue


def run(ansible_playbook, playbook, folder):
    """Run the playbook to its end; returns its exit status and every command line seen meanwhile."""
    here = Path(__file__).parent
    # Neither the harness's count of steps nor its output belongs to what is looked at.
    environment = {
        name: value for name, value in os.environ.items() if name not in ("ANSIBLE_CALLBACKS_ENABLED", "OSNAP_LEDGER")
    }
    environment |= {
        "PYTHONPATH": str(here / "journal"),
        "OSNAP_JOURNAL": str(folder / "journal"),
        "OSNAP_SDK_LOG": str(folder / "sdk"),
        "ANSIBLE_NO_TARGET_SYSLOG": "0",
    }
    seen = set()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [ansible_playbook, "-vvvv", "-i", "localhost,", playbook],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            seen.update(command_lines())
            time.sleep(0.02)
    return process.returncode, seen


def main(ansible_playbook, playbook, folder):
    folder = Path(folder)
    status, seen = run(ansible_playbook, playbook, folder)
    places = {
        name: (folder / name).read_text(encoding="utf-8", errors="replace") for name in ("output", "journal", "sdk")
    }
    places["process list"] = "\n".join(seen)
    print(json.dumps({
        "status": status,
        "invocations_in_journal": places["journal"].count("Invoked with"),
        "auth_fields_in_journal": sum("AUTH" in json.loads(line) for line in places["journal"].splitlines()),
        "requests_in_sdk_log": places["sdk"].count("X-Auth-Token"),
        "modules_in_process_list": sum("AnsiballZ_volume_snapshot" in line for line in seen),
        "invocations_in_output": places["output"].count("module_args"),
        "leaks": sorted(
            name
            for name, text in places.items()
            if TOKEN.search(text) or any(secret in text for secret in secrets())
        ),
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
