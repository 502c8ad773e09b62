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

from . import clouds_yaml, ports, processes, ready, seed, template, used
from .control import Control
from .layout import CLOUDS, PROJECTS, REGIONS, Failed, projects_of

START_TIMEOUT = 180
SEEDED = "seeded"  # a file in the cloud's folder: all services answered once and the seeds are in


@contextlib.contextmanager
def exclusively(folder):
    """One command at a time changes an instance."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def names(folder, clouds=None, region=False):
    """The clouds to start: those that are named, or all that the instance has; with ``region`` a second region, which
    the instance then has for good.
    """
    known = ports.load(folder)
    wanted = list(clouds or (known.names if known else CLOUDS))
    return wanted + [name for name, home in REGIONS.items() if region and name not in wanted and home in wanted]


def up(folder, report, clouds=CLOUDS, projects=PROJECTS):
    """Start what is not up of the clouds, and return whether that was anything. What a killed start left behind is
    ended first.
    """
    with exclusively(folder):
        known = ports.load(folder)
        alive = processes.running(known) if known else {}
        sound = {
            pair
            for pair, found in alive.items()
            if len(found) == 1 and ready.answers(known.cloud(pair[0]).ports[pair[1]])
        }
        wanted = {(cloud, project) for cloud in clouds for project in projects_of(cloud) if project in projects}
        if wanted <= sound and all((known.cloud(name).folder / SEEDED).exists() for name in clouds):
            return False
        instance = ports.allocate(folder, [name for name in clouds if name in REGIONS], in_use=sound)
        if known and instance.ports != known.ports:
            sound = set()  # the services have learnt each other's ports when they started
        leftover = [process for pair, found in alive.items() if pair not in sound for process in found]
        leftover += processes.starting(known) if known else []
        if leftover:
            report(f"ending {len(leftover)} processes left over from an earlier start")
            processes.stop(leftover)
        Control(folder).clear()
        template.build(projects, report)
        _start(instance, sorted(wanted - sound), report)
        with ThreadPoolExecutor(len(clouds)) as pool:
            list(pool.map(lambda name: _seed(instance.cloud(name), projects, report), clouds))
        clouds_yaml.write(instance)
        clouds_yaml.write_integration_config(instance)
        return True


def _start(instance, missing, report):
    """Start the missing (cloud, project) pairs and wait until all answer; on failure end what was started."""
    launchers = []
    try:
        if missing:
            report(f"starting {len(missing)} services")
        for project in PROJECTS:
            clouds = [instance.cloud(name) for name in instance.names if (name, project) in missing]
            for cloud in clouds:
                (cloud.folder / SEEDED).unlink(missing_ok=True)
                importlib.import_module(f"osnap_testcloud.services.{project}").configure(cloud)
                template.apply(cloud, project)
            if clouds:
                launchers.append(processes.start(instance, project, clouds))
        _await(instance, missing, launchers, report)
    except BaseException:
        processes.stop(processes.starting(instance))
        processes.stop(
            [process for pair, found in processes.running(instance).items() if pair in missing for process in found]
        )
        raise
    finally:
        for launcher in launchers:
            launcher.wait()


def _await(instance, missing, launchers, report):
    began = time.monotonic()
    waiting = set(missing)
    while waiting:
        # In this order: what is neither starting nor running has ended.
        starting = any(launcher.poll() is None for launcher in launchers)
        running = processes.running(instance)
        for cloud, project in sorted(waiting):
            if ready.answers(instance.cloud(cloud).ports[project]):
                report(f"{cloud}: {project} answers after {time.monotonic() - began:.1f} s")
                waiting.remove((cloud, project))
            elif not starting and (cloud, project) not in running:
                raise Failed(f"{project} of {cloud} ended while it started:\n{tail(instance.cloud(cloud), project)}")
        if time.monotonic() - began > START_TIMEOUT:
            raise Failed(
                f"{', '.join(map(' '.join, sorted(waiting)))} did not answer within {START_TIMEOUT} s; see `logs`"
            )
        time.sleep(0.1)


def _seed(cloud, projects, report):
    began = time.monotonic()
    report(f"{cloud.name}: seeding")
    seed.seed(cloud)
    if "nova" in projects:
        importlib.import_module("osnap_testcloud.seed_compute").seed(cloud)
    (cloud.folder / SEEDED).touch()
    report(f"{cloud.name}: seeded in {time.monotonic() - began:.1f} s")


def down(folder, report=lambda line: None):
    """End all processes of the instance, and tell what they used; returns how many there were. The clouds' contents
    stay for the next start.
    """
    with exclusively(folder):
        instance = ports.load(folder)
        alive = processes.running(instance) if instance else {}
        for line in used.told({pair: sum(map(processes.processor_seconds, alive[pair])) for pair in sorted(alive)}):
            report(line)
        found = [process for several in alive.values() for process in several]
        found += processes.starting(instance) if instance else []
        processes.stop(found)
        return len(found)


def wipe(folder):
    """Forget the contents of all clouds of an instance that is down; the ports stay."""
    with exclusively(folder):
        for name in (*CLOUDS, *REGIONS, "projects", "control"):
            shutil.rmtree(folder / name, ignore_errors=True)


def status(folder):
    """One row a service: (cloud, project, state, pid, port, MiB, age in seconds)."""
    instance = ports.load(folder)
    if not instance:
        return []
    alive = processes.running(instance)
    rows = []
    for cloud in instance.names:
        for project in instance.cloud(cloud).projects:
            port = instance.cloud(cloud).ports[project]
            found = alive.get((cloud, project), [])
            if not found:
                rows.append((cloud, project, "down", None, port, None, None))
            for process in found:
                state = "up" if ready.answers(port) else "not answering"
                rows.append(
                    (cloud, project, state, process.pid, port, processes.memory_mib(process), processes.age(process))
                )
    return rows


def tail(cloud, project, lines=30):
    """The end of a service's log."""
    path = processes.log_path(cloud, project)
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
