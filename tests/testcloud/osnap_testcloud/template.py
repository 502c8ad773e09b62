# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrated databases, kept: a schema takes half a minute to migrate and milliseconds to copy.

Kept a project, under a key of everything that the schema depends on: the versions of the packages and the service's own
file.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import processes
from .layout import CLOUDS, PROJECTS, REPOSITORY, Failed, Instance

CACHE = REPOSITORY / ".tools" / "testcloud-template"
HERE = Path(__file__).resolve().parent


def folder(project):
    """Where the template of a project is, or will be."""
    key = hashlib.sha256()
    for source in (
        HERE.parent / "constraints.txt",
        HERE / "services" / f"{project}.py",
        HERE / "settings.py",
        HERE / "migrate.py",
    ):
        key.update(source.read_bytes())
    return CACHE / f"{project}-{key.hexdigest()[:12]}"


def build(projects, report):
    """Make the templates that are missing, as many at once as there are processors."""
    missing = [project for project in projects if not folder(project).exists()]
    if missing:
        report(f"making the database schemas of {', '.join(missing)}: once, and again when a version changes")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda project: _build(project, report), missing))


def _build(project, report):
    started = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{project}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder(project).exists():  # another instance's start made it meanwhile
            return
        _migrate(project)
    report(f"{project}: database schema made in {time.monotonic() - started:.1f} s, kept for the next time")


def _migrate(project):
    with tempfile.TemporaryDirectory(dir=CACHE, prefix=f"building-{project}-") as scratch:
        instance = Instance(Path(scratch), {CLOUDS[0]: dict.fromkeys(PROJECTS, 1)})
        instance.save()
        cloud = instance.cloud(CLOUDS[0])
        cloud.path(project).mkdir(parents=True)
        done = subprocess.run(
            [sys.executable, "-m", "osnap_testcloud.migrate", scratch, cloud.name, project],
            env=processes.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        databases = list(cloud.path(project).glob("*.sqlite"))
        if done.returncode or not databases:
            raise Failed(f"migrating the database of {project} failed:\n{done.stdout[-4000:]}")
        ready = Path(scratch) / "ready"
        ready.mkdir()
        for database in databases:
            _use_wal(database)
            shutil.copy(database, ready)
        target = folder(project)
        for old in CACHE.glob(f"{project}-*"):
            shutil.rmtree(old)
        ready.rename(target)


def _use_wal(database):
    """Write-ahead logging is a property of the file: a reader then blocks no writer."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def apply(cloud, project):
    """Give a cloud the databases of a project that it does not have yet."""
    for database in folder(project).glob("*.sqlite"):
        target = cloud.path(project, database.name)
        if not target.exists():
            partial = target.with_suffix(".partial")
            shutil.copy(database, partial)
            partial.rename(target)
