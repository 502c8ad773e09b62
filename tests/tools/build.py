# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports the repository as Ansible wants to see a collection, and builds and installs the collection from there.

- ``.tools/tree/ansible_collections/osnap/openstack``: every file of the repository, for the unit and sanity tests
- ``.tools/collections/ansible_collections/osnap/openstack``: what users get, built and installed by ansible-galaxy
"""

import argparse
import fcntl
import filecmp
import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / ".tools"
TREE = TOOLS / "tree"
BUILDS = TOOLS / "builds"
INSTALLED = TOOLS / "collections"  # a link to the newest of the builds
COLLECTION = Path("ansible_collections", "osnap", "openstack")

#: What goes into the archive lies in these; a change elsewhere needs no new build.
SHIPPED = (
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "changelogs",
    "docs",
    "extensions",
    "galaxy.yml",
    "meta",
    "playbooks",
    "plugins",
    "roles",
)


def repository_files():
    """Tracked files and new ones that are not ignored, as they are in the work tree."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    return sorted({name for name in names if name and (REPOSITORY / name).is_file()})


@contextmanager
def only_one(name):
    """Two runs at once wait for each other."""
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / (name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def export(root=TREE):
    """Makes ``root`` hold the collection as the repository has it now; returns the collection's folder.

    Only what differs is written, each file at one stroke: tests may be running in there.
    """
    folder = root / COLLECTION
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():  # ansible-test lists files with git
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    wanted = set(repository_files())
    for name in wanted:
        source, target = REPOSITORY / name, folder / name
        if target.is_file() and filecmp.cmp(source, target) and source.stat().st_mode == target.stat().st_mode:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(target.name + ".fresh")
        shutil.copy2(source, fresh)
        os.replace(fresh, target)
    remove_others(folder, wanted)
    return folder


def remove_others(folder, wanted):
    """Removes files that the repository no longer has; what is ignored there (caches, ``tests/output``) stays."""
    command = ["git", "ls-files", "-z", "--others", "--exclude-standard"]
    present = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in set(filter(None, present)) - wanted:
        path = folder / name
        path.unlink()
        while path.parent != folder and not any(path.parent.iterdir()):
            path = path.parent
            path.rmdir()


def content_hash(folder):
    digest = hashlib.sha256()
    for top in SHIPPED:
        path = folder / top
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(
                    b"%s\0%s\0" % (str(file.relative_to(folder)).encode(), hashlib.sha256(file.read_bytes()).digest())
                )
    return digest.hexdigest()


def build(say=print):
    """Builds the collection and installs it; returns at once when nothing that is shipped changed since."""
    with only_one("build"):
        started = time.monotonic()
        folder = export()
        installation = BUILDS / content_hash(folder)[:16]
        if INSTALLED.is_symlink() and INSTALLED.resolve() == installation:
            say("build: unchanged")
            return
        if not installation.is_dir():
            install(folder, installation)
        os.utime(installation)
        put_in_place(installation)
        say("build: installed into %s in %.1f s" % (INSTALLED.relative_to(REPOSITORY), time.monotonic() - started))


def install(folder, installation):
    galaxy = [str(TOOLS / "ansible-2.21" / "bin" / "ansible-galaxy"), "collection"]
    work = BUILDS / "unfinished"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    run([*galaxy, "build", "--output-path", str(work), str(folder)])
    (archive,) = work.glob("*.tar.gz")
    run([*galaxy, "install", "--offline", "--no-deps", "--collections-path", str(work), str(archive)])
    os.replace(work, installation)


def put_in_place(installation):
    """Switches over at one stroke; a play that runs meanwhile may go on with the builds before."""
    fresh = BUILDS / "fresh-link"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(installation)
    os.replace(fresh, INSTALLED)
    builds = sorted((path for path in BUILDS.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in builds[:-3]:
        shutil.rmtree(path)


def run(command):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment.update(ANSIBLE_NOCOLOR="1", ANSIBLE_HOME=str(TOOLS / "ansible-home"))
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, cwd=TOOLS, check=False
    )
    if result.returncode:
        sys.exit("build: %s failed:\n%s" % (" ".join(command[1:3]), result.stdout.decode()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree-only", action="store_true", help="export the tree, build nothing")
    if parser.parse_args().tree_only:
        print(export())
    else:
        build()
