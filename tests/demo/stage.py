# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two clouds and the fleet of the demonstration, over plain HTTP and by the files of the disks.

Nothing of it is the collection's code: it also shows what has become of the fleet.
"""

import subprocess
import sys
from pathlib import Path

import yaml
from osnap_harness.cloud import Cloud
from osnap_harness.fixtures import in_parallel, server, volume
from osnap_harness.purge import everything, purge
from osnap_testcloud.control import Control
from servers import Site

REPOSITORY = Path(__file__).resolve().parents[2]

#: Nova's own root disk; a boot volume and a data volume; a disk that no API reads; a volume that no server has.
WEB, DATABASE, ODD, ARCHIVE = "demo-web01", "demo-db01", "demo-odd01", "demo-archive"
LETTER = b"If you read this in the other cloud, the disk has moved with everything on it.\n"
LETTER_AT = 1 << 19


class Stage:
    """A project of its own in both clouds."""

    project = "fleet"

    def __init__(self, instance):
        self.instance, self.control = instance, Control(instance)
        command = [sys.executable, "tests/testcloud", "project", self.project]
        subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
        self.clouds_yaml = instance / "projects" / self.project / "clouds.yaml"
        known = yaml.safe_load(self.clouds_yaml.read_text())["clouds"]

        def login(name):
            return Cloud(name, known[name]["auth"])

        self.source, self.target = (
            Site(login(name), login(name + "-admin"), instance) for name in ("source", "target")
        )

    def empty(self):
        """Remove what an earlier demonstration has left; returns how many things that were."""
        sites = (self.source, self.target)
        found = sum(len(everything(site.admin)) for site in sites)
        in_parallel(lambda site: purge(site.admin), sites)
        return found

    def furnish(self):
        """The fleet, each disk with data of its own."""
        source = self.source
        make = (
            lambda: source.make_own(WEB),
            lambda: source.make_with_volumes(DATABASE),
            lambda: odd(source.cloud),
            lambda: volume(source.cloud, ARCHIVE),
        )
        in_parallel(lambda one: one(), make)
        disks = [path for name in (WEB, DATABASE) for path in source.files(one(source, name)).values()]
        for path in [*disks, archive(source)[1]]:
            with open(path, "r+b") as disk:
                disk.seek(LETTER_AT)
                disk.write(LETTER)


def odd(cloud):
    """A server with an ephemeral disk."""
    return server(cloud, ODD, flavor="m1.ephemeral")


def one(site, name):
    """The only server of that name."""
    (found,) = site.named(name)
    return found


def archive(site):
    """The only volume of that name, and its file."""
    (found,) = [row for row in site.cloud.get("block-storage", "/volumes/detail")["volumes"] if row["name"] == ARCHIVE]
    return found, site.volume_file(found["id"])


def actions(site, row):
    """What Nova was asked to do with a server, the newest last."""
    path = f"/servers/{row['id']}/os-instance-actions"
    return [action["action"] for action in reversed(site.cloud.get("compute", path)["instanceActions"])]


def letters(site, row):
    """How many disks of a server have the letter, and how many there are."""
    files = site.files(row).values()
    return sum(letter_on(path) == LETTER for path in files), len(files)


def letter_on(path):
    with open(path, "rb") as disk:
        disk.seek(LETTER_AT)
        return disk.read(len(LETTER))


def addresses(row):
    return ", ".join(entry["addr"] for entries in row["addresses"].values() for entry in entries) or "none"
