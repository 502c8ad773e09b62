# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of an instance, found by their command line: no PID file can lie, and nothing of a killed start stays
unseen.
"""

import os
import subprocess
import sys
import time

import psutil
import setproctitle

from .layout import REPOSITORY

MODULE = "osnap_testcloud.serve"
TITLE = "osnap-testcloud"


def running(instance):
    """``{(cloud, project): [psutil.Process]}`` of this instance; more than one only after an accident."""
    found = {}
    prefix = f"{TITLE} {instance.folder} "
    for process, command in _own():
        if command.startswith(prefix):
            cloud, project = command[len(prefix) :].split()
            found.setdefault((cloud, project), []).append(process)
    return found


def starting(instance):
    """The processes that have not become one process a cloud yet."""
    return [process for process, command in _own() if f" -m {MODULE} {instance.folder} " in command]


def _own():
    for process in psutil.process_iter(["cmdline", "uids"]):
        if process.info["uids"] and process.info["uids"].real == os.getuid():
            yield process, " ".join(process.info["cmdline"] or ()).strip()


def start(instance, project, clouds):
    """Start the processes that serve one project of some clouds; returns the one that starts them, which ends when it
    has.
    """
    for cloud in clouds:
        log_path(cloud, project).parent.mkdir(parents=True, exist_ok=True)
        log_path(cloud, project).write_bytes(b"")
    with log_path(clouds[0], project).open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", MODULE, str(instance.folder), project, *(cloud.name for cloud in clouds)],
            cwd=REPOSITORY,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def rename(cloud, project):
    """Take the name by which ``running`` finds this process."""
    setproctitle.setproctitle(f"{TITLE} {cloud.instance.folder} {cloud.name} {project}")


def redirect_output(cloud, project):
    """Send everything that this process prints to the log of its own cloud."""
    log = os.open(log_path(cloud, project), os.O_WRONLY | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def log_path(cloud, project):
    return cloud.folder / "log" / f"{project}.log"


def environment():
    """The caller's OpenStack variables must not leak into the services, nor his proxies come between them."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("OS_") and not name.lower().endswith("_proxy")
    }
    # Two thousand modules a service without their compiled form would be most of a start.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return dict(
        kept,
        PYTHONPYCACHEPREFIX=str(REPOSITORY / ".tools" / "testcloud" / "pycache"),
        PYTHONPATH=str(REPOSITORY / "tests" / "testcloud"),
        PYTHONWARNINGS="ignore",
        OS_CINDER_DISABLE_EVENTLET_PATCHING="1",
        OS_NOVA_DISABLE_EVENTLET_PATCHING="1",
        no_proxy="*",
    )


def stop(processes, patience=3):
    """End processes: asked first, killed when they don't listen. psutil checks the start time, so a recycled PID is
    never hit.
    """
    for process in processes:
        _try(process.terminate)
    dummy, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        _try(process.kill)
    dummy, alive = psutil.wait_procs(alive, timeout=patience)
    if alive:
        raise RuntimeError(f"processes that do not end: {[process.pid for process in alive]}")


def _try(action):
    try:
        action()
    except psutil.NoSuchProcess:
        return


def memory_mib(process):
    return process.memory_info().rss / 2**20


def processor_seconds(process):
    """Seconds of a processor that a process has used, and what it started; 0 if it is gone."""
    try:
        return sum(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0


def age(process):
    return time.time() - process.create_time()
