# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the two sides of the cases: the clients' command lines, and one playbook with our tasks."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TOOLS = REPOSITORY / ".tools"
#: The newest that each client talks by itself: `openstack` and `nova` negotiate nothing.
VERSIONS = {"OS_VOLUME_API_VERSION": "3.70", "OS_COMPUTE_API_VERSION": "2.90"}


class Clients:
    """The clients as one user, in one process of their own Python: `openstack` keeps its first login."""

    def __init__(self, cloud):
        auth = cloud.auth
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        environment.update(
            {
                "OS_AUTH_URL": auth["auth_url"],
                "OS_USERNAME": auth["username"],
                "OS_PASSWORD": auth["password"],
                "OS_PROJECT_NAME": auth["project_name"],
                "OS_USER_DOMAIN_NAME": auth.get("user_domain_name", "Default"),
                "OS_PROJECT_DOMAIN_NAME": auth.get("project_domain_name", "Default"),
                "OS_IDENTITY_API_VERSION": "3",
                **VERSIONS,
            }
        )
        self.process = subprocess.Popen(
            [str(TOOLS / "clients" / "bin" / "python"), str(HERE / "shells.py")],
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self):
        return self

    def __exit__(self, *dummy):
        self.process.stdin.close()
        self.process.wait()

    def run(self, program, words):
        """Run one command line; return ``{status, output, errors}``."""
        self.process.stdin.write(json.dumps({"program": program, "arguments": words}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def filled(value, known):
    """*value* with ``$db01_id`` and the like replaced."""
    if isinstance(value, dict):
        return {key: filled(item, known) for key, item in value.items()}
    return re.sub(r"\$(\w+)", lambda match: known[match[1]], value) if isinstance(value, str) else value


def ask(cloud, request, known):
    """The request that a client sent which is no more; returns as `Clients.run`, the rows as JSON."""
    request = filled(request, known)
    answer = cloud.request(
        "compute", request["method"], request["path"], request.get("body"), microversion="2.35", expect=range(600)
    )
    rows = (answer.json or {}).get(request.get("rows"), [])
    return {
        "status": int(answer.status >= 400),
        "output": json.dumps(rows if isinstance(rows, list) else [rows]),
        "errors": str(answer.body),
    }


def play(cases, known, clouds, name):
    """Run the tasks of all cases in one playbook, on the cloud called *name* in *clouds*; return each one's result by
    the case's key.
    """
    tasks = [
        {
            "vars": known[case.key],
            "block": [
                {
                    "name": case.key,
                    f"osnap.openstack.{case.module}": {
                        "cloud": f"{name}-admin" if case.admin else name,
                        **case.unique(case.options),
                    },
                }
            ],
            "rescue": [{"name": "Go on with the next", "ansible.builtin.meta": "noop"}],
        }
        for case in cases
    ]
    plays = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": tasks,
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        }
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths = {key: Path(folder, key) for key in ("clouds.yaml", "play.yml", "answers", "home")}
        paths["clouds.yaml"].write_text(yaml.safe_dump({"clouds": clouds}), encoding="utf-8")
        paths["play.yml"].write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        environment = {
            **os.environ,
            "OS_CLIENT_CONFIG_FILE": str(paths["clouds.yaml"]),
            "PARITY_ANSWERS": str(paths["answers"]),
            "ANSIBLE_CONFIG": str(HERE.parent / "integration" / "harness" / "ansible.cfg"),
            "ANSIBLE_HOME": str(paths["home"]),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "answers",
            "ANSIBLE_COLLECTIONS_PATH": str(TOOLS / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        }
        ansible = Path(sys.executable).with_name("ansible-playbook")
        ended = subprocess.run(
            [str(ansible), str(paths["play.yml"])],
            env=environment,
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        lines = paths["answers"].read_text(encoding="utf-8").splitlines() if paths["answers"].exists() else []
        answers = {line["name"]: line["result"] for line in map(json.loads, lines)}
    missing = [case.key for case in cases if case.key not in answers]
    if missing:
        raise RuntimeError(f"the playbook did not come to {', '.join(missing)}:\n{ended.stdout[-3000:]}")
    return answers
