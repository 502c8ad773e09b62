# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Up, down and status of an instance."""

import contextlib
import fcntl
import importlib
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from . import clouds_yaml, ports, processes, ready, seed, template
from .control import Control
from .layout import CLOUDS, PROJECTS

START_TIMEOUT = 180
SEEDED = "seeded"  # a file in the cloud's folder: all services answered once and the seeds are in


class Failed(Exception):
    """What the user is to read instead of a traceback."""


@contextlib.contextmanager
def exclusively(folder):
    """One command at a time changes an instance."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def up(folder, report, clouds=CLOUDS, projects=PROJECTS):
    """Start what is not up of the clouds, and return whether that was anything. What a killed start left behind is ended first."""
    with exclusively(folder):
        known = ports.load(folder)
        alive = processes.running(known) if known else {}
        sound = {pair for pair, found in alive.items() if len(found) == 1 and ready.answers(known.cloud(pair[0]).ports[pair[1]])}
        wanted = {(cloud, project) for cloud in clouds for project in projects}
        if wanted <= sound and all((known.cloud(name).folder / SEEDED).exists() for name in clouds):
            return False
        instance = ports.allocate(folder, in_use=sound)
        if known and instance.ports != known.ports:
            sound = set()  # the services have learnt each other's ports when they started
        _end({pair: found for pair, found in alive.items() if pair[0] in clouds and pair not in sound}, report)
        Control(folder).clear()
        template.build(projects, report)
        with ThreadPoolExecutor(len(clouds)) as pool:
            list(pool.map(lambda name: _up(instance.cloud(name), projects, [pair[1] for pair in sound if pair[0] == name], report), clouds))
        clouds_yaml.write(instance)
        clouds_yaml.write_integration_config(instance)
        return True


def _end(alive, report):
    leftover = [process for found in alive.values() for process in found]
    if leftover:
        report(f"ending {len(leftover)} processes left over from an earlier start")
        processes.stop(leftover)


def _up(cloud, projects, running, report):
    (cloud.folder / SEEDED).unlink(missing_ok=True)
    started = {}
    for project in projects:
        if project not in running:
            importlib.import_module(f"osnap_testcloud.services.{project}").configure(cloud)
            template.apply(cloud, project)
            started[project] = processes.start(cloud, project)
    try:
        _await(cloud, started, report)
        began = time.monotonic()
        seed.seed(cloud)
        if "nova" in projects:
            importlib.import_module("osnap_testcloud.seed_compute").seed(cloud)
        report(f"{cloud.name}: seeded in {time.monotonic() - began:.1f} s")
    except BaseException:
        processes.stop([psutil.Process(popen.pid) for popen in started.values() if popen.poll() is None])
        raise
    (cloud.folder / SEEDED).touch()


def _await(cloud, started, report):
    began = time.monotonic()
    waiting = dict(started)
    while waiting:
        for project, popen in list(waiting.items()):
            if popen.poll() is not None:
                raise Failed(f"{project} of {cloud.name} ended with status {popen.returncode} while it started:\n{tail(cloud, project)}")
            if ready.answers(cloud.ports[project]):
                report(f"{cloud.name}: {project} answers after {time.monotonic() - began:.1f} s")
                del waiting[project]
        if time.monotonic() - began > START_TIMEOUT:
            raise Failed(f"{', '.join(waiting)} of {cloud.name} did not answer within {START_TIMEOUT} s; see `logs`")
        time.sleep(0.1)


def down(folder):
    """End all processes of the instance; returns how many there were. The clouds' contents stay for the next start."""
    with exclusively(folder):
        instance = ports.load(folder)
        found = [process for several in processes.running(instance).values() for process in several] if instance else []
        processes.stop(found)
        return len(found)


def wipe(folder):
    """Forget the contents of all clouds of an instance that is down; the ports stay."""
    with exclusively(folder):
        for name in (*CLOUDS, "projects", "control"):
            shutil.rmtree(folder / name, ignore_errors=True)


def status(folder):
    """One row a service: (cloud, project, state, pid, port, MiB, age in seconds)."""
    instance = ports.load(folder)
    if not instance:
        return []
    alive = processes.running(instance)
    rows = []
    for cloud in CLOUDS:
        for project in PROJECTS:
            port = instance.cloud(cloud).ports[project]
            found = alive.get((cloud, project), [])
            if not found:
                rows.append((cloud, project, "down", None, port, None, None))
            for process in found:
                state = "up" if ready.answers(port) else "not answering"
                rows.append((cloud, project, state, process.pid, port, processes.memory_mib(process), processes.age(process)))
    return rows


def tail(cloud, project, lines=30):
    """The end of a service's log."""
    path = cloud.folder / "log" / f"{project}.log"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
