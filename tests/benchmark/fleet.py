# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixed servers of a project: how they are made, what is asked of them, and what is there of them afterwards."""

import sys
from pathlib import Path

from osnap_harness.fixtures import attach, image, in_parallel, noise, volume
from osnap_harness.fixtures import server as made_server
from osnap_harness.purge import everything
from osnap_testcloud.server_disk import disk_path

sys.path.append(str(Path(__file__).resolve().parents[1] / "workflows"))

from servers import Site, write  # noqa: E402  pylint: disable=wrong-import-position

MIB = 1 << 20
#: Of ten servers six boot from an image, three from a volume, and one can't be moved.
IMAGE, VOLUME, UNMOVABLE = "web", "db", "odd"
PATTERN = (IMAGE, IMAGE, VOLUME, IMAGE, UNMOVABLE, IMAGE, VOLUME, IMAGE, IMAGE, VOLUME)
WAVES = 5
#: Bytes of the root disk of a server that boots from an image: those of a volume of one GiB in the test cloud.
ROOT = 32 * MIB
#: What is asked for of the unmovable ones, in turn: nothing of a kind that the destination does not have.
REASONS = (
    {"flavor": "nowhere"},
    {"networks": [{"network": "nowhere"}]},
    {"key_name": "nowhere"},
    {"availability_zone": "nowhere"},
    {},  # with ephemeral and swap disks
)


class Fleet:
    """So many servers of a stage's project."""

    def __init__(self, stage, count):
        self.stage, self.instance = stage, stage.control.instance
        self.here, self.there = (
            Site(cloud, admin, self.instance)
            for cloud, admin in zip((stage.source, stage.target), stage.admins, strict=True)
        )
        kinds = [PATTERN[number % len(PATTERN)] for number in range(count)]
        self.kinds = {f"{kind}{number:02}": kind for number, kind in enumerate(kinds)}
        self.ids, self.digests = {}, {}

    @property
    def movable(self):
        return [name for name, kind in self.kinds.items() if kind != UNMOVABLE]

    def make(self):
        """All of them, with bytes of their own on each disk."""
        self.root = image(self.stage.source, "fleet-root", noise(ROOT, seed="root"))["id"]
        made = in_parallel(self._one, list(enumerate(self.kinds.items())))
        self.ids = dict(zip(self.kinds, made, strict=True))
        self.digests = {name: self.here.digests(self.here.server(id)) for name, id in self.ids.items()}

    def _one(self, numbered):
        number, (name, kind) = numbered
        if kind == VOLUME:
            return self._with_volumes(name, 1 + number // 3 % 3)
        odd = kind == UNMOVABLE and not REASONS[number // len(PATTERN) % len(REASONS)]
        row = made_server(self.stage.source, name, flavor="m1.ephemeral" if odd else "m1.tiny", image=self.root)
        write(disk_path(self.instance, "source", row["id"]), name)
        return row["id"]

    def _with_volumes(self, name, count):
        root = volume(self.stage.source, f"{name}-root", image=self.root)
        row = made_server(self.stage.source, name, flavor="m1.volume", volume=root["id"])
        for one in [root, *(volume(self.stage.source, f"{name}-data{data}") for data in range(count))]:
            write(self.here.volume_file(one["id"]), one["name"])
            if one is not root:
                attach(self.stage.source, row["id"], one["id"])
        return row["id"]

    def items(self):
        """The servers as the role is given them, a fifth of them in each wave."""
        return [
            {
                "server": name,
                "wave": 1 + number * WAVES // len(self.kinds),
                **(REASONS[number // len(PATTERN) % len(REASONS)] if kind == UNMOVABLE else {}),
            }
            for number, (name, kind) in enumerate(self.kinds.items())
        ]

    # -- what is there

    def other_bytes(self):
        """The names of servers whose successor is not there alone, or whose disks have other bytes."""
        found = {name: self.there.named(name) for name in self.movable}
        return [
            name for name, rows in found.items() if [self.there.digests(row) for row in rows] != [self.digests[name]]
        ]

    def offs(self):
        """``{name: seconds}`` from the source's stop to the end of its successor's boot, by Nova's own records."""
        return {
            name: _moment(self.there, self.there.named(name)[0]["id"], "create", "finish_time")
            - _moment(self.here, self.ids[name], "stop", "start_time")
            for name in self.movable
        }

    def inventory(self):
        """What both projects have, by kind, and what bears a mark of ours."""
        return {
            site.cloud.name: sorted((kind, _label(item)) for kind, item in everything(site.cloud))
            for site in (self.here, self.there)
        }

    def marked(self, site):
        """``{name: keys of ours}`` of the servers that bear any."""
        found = {
            row["name"]: sorted(key for key in row["metadata"] if key.startswith("osnap_")) for row in site.servers()
        }
        return {name: keys for name, keys in found.items() if keys}


def _label(item):
    return item.get("name") or item["id"]


def _moment(site, id, action, which):
    """When an action of a server was begun, or its last event finished, in seconds."""
    from datetime import datetime

    path = f"/servers/{id}/os-instance-actions"
    request = next(one for one in site.cloud.get("compute", path)["instanceActions"] if one["action"] == action)
    told = site.admin.get("compute", f"{path}/{request['request_id']}")["instanceAction"]
    text = told["start_time"] if which == "start_time" else max(event["finish_time"] for event in told["events"])
    return datetime.fromisoformat(text).timestamp()


def sized(stage, name, sizes):
    """A server that boots from a volume of ``sizes[0]`` GiB full of noise and has others of the rest."""
    site = Site(stage.source, stage.admins[0], stage.control.instance)
    root = stage.source.find("image", "/v2/images", "images", "cirros-like")["id"]
    volumes = [
        volume(stage.source, f"{name}-{number}", size=size, image=None if number else root)
        for number, size in enumerate(sizes)
    ]
    for one, size in zip(volumes, sizes, strict=True):
        write(site.volume_file(one["id"]), one["name"], size=size * ROOT - (1 << 16))
    row = made_server(stage.source, name, flavor="m1.volume", volume=volumes[0]["id"])
    for one in volumes[1:]:
        attach(stage.source, row["id"], one["id"])
    return row["id"]
