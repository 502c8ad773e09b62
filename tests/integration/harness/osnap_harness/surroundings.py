# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the runner tells the harness, all through the environment."""

import json
import os
from functools import lru_cache
from pathlib import Path

import yaml
from osnap_testcloud.control import Control

from .cloud import USER_AGENT

CLOUDS_YAML = "OS_CLIENT_CONFIG_FILE"
INSTANCE = "OSNAP_TESTCLOUD"
PROJECT = "OSNAP_PROJECT"
NEIGHBOUR = "OSNAP_NEIGHBOUR"
TARGET = "OSNAP_TARGET"
MODE = "OSNAP_MODE"
DOCUMENTATION = "OSNAP_DOCUMENTATION"
LEDGER = "OSNAP_LEDGER"


def instance():
    """Return the folder of the test cloud."""
    return Path(os.environ[INSTANCE])


def control():
    """Return the request log and the fault injector of the test cloud."""
    return Control(instance())


def project():
    """Return the name of the OpenStack project that the running target has for itself."""
    return os.environ[PROJECT]


def projects():
    """Return the names of the target's projects: its own, and its neighbour's if it has one."""
    return [project(), *filter(None, [os.environ.get(NEIGHBOUR)])]


def project_folder():
    """Return the folder of the running target's project: its clouds.yaml and the tokens of that are there."""
    return Path(os.environ[CLOUDS_YAML]).parent


def clouds():
    """Return the entries of the target's clouds.yaml: cloud name → settings."""
    path = Path(os.environ[CLOUDS_YAML])
    return _clouds(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _clouds(path, dummy_changed):
    return yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["clouds"]


def requests_since(mark, began=0):
    """Return what modules asked of the clouds for this project, and its neighbour if it has one, since *mark*, without
    the services' and the harness's own requests.

    A request that a killed job had begun may end, and be logged, when the next one runs already: *began*, in seconds
    since the epoch, leaves it out.
    """
    requests = [request for name in projects() for request in control().requests(mark, name, began=began)]
    requests.sort(key=lambda request: request["time"])
    return [request for request in requests if not (request.get("user_agent") or "").startswith(USER_AGENT)]


@lru_cache(maxsize=None)
def documentation():
    """Return what ``ansible-doc --json`` says of the built collection's modules: name → documentation."""
    return json.loads(Path(os.environ[DOCUMENTATION]).read_text(encoding="utf-8"))


def record(**entry):
    """Append one counted step to the ledger, if the runner keeps one."""
    if LEDGER in os.environ:
        line = json.dumps({"target": os.environ.get(TARGET), **entry}, default=str)
        with open(os.environ[LEDGER], "a", encoding="utf-8") as ledger:
            ledger.write(line + "\n")


def is_about(module):
    """Tell whether the running target is named after this module, as ``server_migration_undo`` is after
    ``server_migration``.
    """
    return os.environ.get(TARGET, "").startswith(module.rpartition(".")[2])


def is_first(name):
    """Tell whether the running target asks for this name the first time: always, where the runner keeps no ledger."""
    if LEDGER not in os.environ:
        return True
    seen = Path(os.environ[LEDGER]).with_suffix(".seen")
    seen.mkdir(exist_ok=True)
    try:
        (seen / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
