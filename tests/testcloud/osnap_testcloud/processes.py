# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The serving processes of an instance, found by their command line: no PID file can lie, a killed start leaves nothing unseen."""

import os
import subprocess
import sys
import time

import psutil

from .layout import REPOSITORY

MODULE = "osnap_testcloud.serve"


def running(instance):
    """``{(cloud, project): [psutil.Process]}`` of this instance; more than one only after an accident."""
    found = {}
    for process in psutil.process_iter(["cmdline", "uids"]):
        arguments = process.info["cmdline"] or []
        if arguments[1:4] == ["-m", MODULE, str(instance.folder)] and len(arguments) == 6 and process.info["uids"].real == os.getuid():
            found.setdefault((arguments[4], arguments[5]), []).append(process)
    return found


def start(cloud, project):
    """Start the process that serves one project of one cloud, in a session of its own. Returns at once."""
    log = cloud.folder / "log" / f"{project}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", MODULE, str(cloud.instance.folder), cloud.name, project],
            cwd=REPOSITORY,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def environment():
    """The caller's OpenStack variables must not leak into the services, nor his proxies come between them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_") and not name.lower().endswith("_proxy")}
    return dict(
        kept,
        PYTHONPATH=str(REPOSITORY / "tests" / "testcloud"),
        PYTHONWARNINGS="ignore",
        OS_CINDER_DISABLE_EVENTLET_PATCHING="1",
        OS_NOVA_DISABLE_EVENTLET_PATCHING="1",
        no_proxy="*",
    )


def stop(processes, patience=3):
    """End processes: asked first, killed when they don't listen. psutil checks the start time, so a recycled PID is never hit."""
    for process in processes:
        _try(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        _try(process.kill)
    _, alive = psutil.wait_procs(alive, timeout=patience)
    if alive:
        raise RuntimeError(f"processes that do not end: {[process.pid for process in alive]}")


def _try(action):
    try:
        action()
    except psutil.NoSuchProcess:
        return


def memory_mib(process):
    return process.memory_info().rss / 2**20


def age(process):
    return time.time() - process.create_time()
