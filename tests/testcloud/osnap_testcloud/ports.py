# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of an instance: free ones chosen once and kept in ``ports.json``, so that a clouds.yaml stays right over
restarts.
"""

import json
import random
import socket

from .layout import CLOUDS, Instance, projects_of

#: Below what the kernel hands out to clients, so that nobody's outgoing connection takes a port while the cloud is
#: down.
RANGE = (21000, 31000)


def load(folder):
    """The instance in a folder, or None if it never was up."""
    kept = _read(folder / "ports.json")
    return Instance(folder, kept) if kept else None


def allocate(folder, regions=(), in_use=()):
    """The instance in a folder with all its ports, those of ``regions`` (second ones) included; ports kept from last
    time that others have taken are chosen anew.

    ``in_use`` are (cloud, project) pairs that are up: their ports are taken by ourselves.
    """
    kept = _read(folder / "ports.json") or {}
    taken = {port for cloud in kept.values() for port in cloud.values()}
    for cloud in (*CLOUDS, *regions):
        ports = kept.setdefault(cloud, {})
        for project in projects_of(cloud):
            if (cloud, project) in in_use or (project in ports and is_free(ports[project])):
                continue
            ports[project] = _choose(taken)
            taken.add(ports[project])
    instance = Instance(folder, kept)
    instance.save()
    return instance


def is_free(port):
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _choose(taken):
    while True:
        port = random.randrange(*RANGE)
        if port not in taken and is_free(port):
            return port


def _read(path):
    return json.loads(path.read_text()) if path.exists() else None
