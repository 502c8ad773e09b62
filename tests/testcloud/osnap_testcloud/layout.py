# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything of a test cloud lies: folders, ports, URLs, passwords. Starts nothing.

An *instance* is one folder with one or more *clouds* in it (``source`` and ``target``), a shared ``control`` folder
for the request log and the fault injector, and one port a service. Two instances in two folders never meet.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

#: Start order. One process each: `fake://` queues and oslo.config's CONF are process-wide.
PROJECTS = ("keystone", "glance", "placement", "cinder", "neutron", "nova")
CLOUDS = ("source", "target")
#: A second region of a cloud, which has services of its own but that cloud's Keystone. Only instances that were asked
#: for it have it.
REGIONS = {"source-region2": "source"}

REPOSITORY = Path(__file__).resolve().parents[3]
REGION, SECOND_REGION = "RegionOne", "RegionTwo"
PASSWORD = "osnap-secret"  # every user of every test cloud; a throw-away cloud on the loopback device

#: service type -> (project, path behind the port)
CATALOG = {
    "identity": ("keystone", "/v3"),
    "image": ("glance", ""),
    "block-storage": ("cinder", "/v3"),
    "volumev3": ("cinder", "/v3/%(project_id)s"),
    "compute": ("nova", "/v2.1"),
    "network": ("neutron", ""),
    "placement": ("placement", ""),
}


def projects_of(cloud) -> tuple:
    """What runs for one cloud alone: a second region has no Keystone of its own."""
    return tuple(project for project in PROJECTS if project != "keystone" or cloud not in REGIONS)


class Failed(Exception):
    """What the user is to read instead of a traceback."""


@dataclass(frozen=True)
class Cloud:
    """One OpenStack, or a second region of one: its folder and the port of each of its projects."""

    name: str
    instance: "Instance"
    ports: dict

    @property
    def folder(self) -> Path:
        return self.instance.folder / self.name

    @property
    def region(self) -> str:
        return SECOND_REGION if self.name in REGIONS else REGION

    @property
    def projects(self) -> tuple:
        return projects_of(self.name)

    @property
    def regions(self) -> list:
        """All regions of this cloud's Keystone, as clouds, itself among them."""
        home = REGIONS.get(self.name, self.name)
        return [self.instance.cloud(name) for name in self.instance.names if REGIONS.get(name, name) == home]

    def path(self, project, *parts) -> Path:
        """A path in the folder of one project, such as ``path("cinder", "cinder.conf")``."""
        return self.folder.joinpath(project, *parts)

    def url(self, project, path="") -> str:
        return f"http://127.0.0.1:{self.ports[project]}{path}"

    @property
    def auth_url(self) -> str:
        return self.url("keystone", "/v3")

    def database_url(self, project, name=None) -> str:
        """SQLite; `timeout` makes a writer wait for the lock of another for up to 30 s."""
        return f"sqlite:///{self.path(project, (name or project) + '.sqlite')}?timeout=30"


@dataclass(frozen=True)
class Instance:
    """A folder with clouds in it. ``OSNAP_TESTCLOUD`` names another one than the repository's own."""

    folder: Path
    ports: dict  # cloud name -> {project: port}

    @staticmethod
    def default_folder() -> Path:
        return Path(os.environ.get("OSNAP_TESTCLOUD") or REPOSITORY / ".testcloud").resolve()

    @property
    def control(self) -> Path:
        return self.folder / "control"

    @property
    def clouds_yaml(self) -> Path:
        return self.folder / "clouds.yaml"

    def save(self):
        """Keep the ports in ``ports.json``, by which a folder is known as an instance."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "ports.json").write_text(json.dumps(self.ports, indent=1) + "\n")

    @property
    def names(self) -> tuple:
        """The clouds and second regions that it has."""
        return tuple(name for name in (*CLOUDS, *REGIONS) if name in self.ports)

    def cloud(self, name) -> Cloud:
        ports = self.ports[name]
        if name in REGIONS:
            ports = {"keystone": self.ports[REGIONS[name]]["keystone"], **ports}
        return Cloud(name, self, ports)
