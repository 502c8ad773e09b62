# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server moved by hand with the command line client, as guides tell: stop, snapshot, save, create, boot. Nothing is
verified.
"""

import subprocess
import time
from pathlib import Path

from stage import PEERS


class Hand:
    """One engineer at a terminal."""

    def __init__(self, stage):
        self.environment, self.folder = stage.environment, Path(stage.control.instance) / "benchmark"
        self.folder.mkdir(exist_ok=True)

    def __call__(self, cloud, *words):
        command = [str(PEERS / "openstack"), "--os-cloud", cloud, *map(str, words)]
        ran = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(f"{' '.join(command)} failed: {ran.stderr[-500:]}")
        return ran.stdout.strip()

    def id(self, cloud, *words):
        return self(cloud, *words, "-f", "value", "-c", "id")

    def until(self, cloud, status, *words):
        while self(cloud, *words, "-f", "value", "-c", "status") != status:
            time.sleep(1)

    def carried(self, image, name):
        """An image from cloud to cloud, by a file; its ID there."""
        file = self.folder / "carried.raw"
        self("source", "image", "save", "--file", file, image)
        made = self.id("target", "image", "create", "--disk-format", "raw", "--file", file, name)
        file.unlink()
        return made


def by_hand(stage, name, row):
    """Move one server; ``(seconds, seconds off)``. What was made on the way is left, as it is by hand."""
    hand, began = Hand(stage), time.monotonic()
    hand("source", "server", "stop", row["id"])
    hand.until("source", "SHUTOFF", "server", "show", row["id"])
    volumes = [one["id"] for one in row["os-extended-volumes:volumes_attached"]]
    boot = ["server", "create", "--wait", "--network", "private"]
    if not volumes:
        image = hand.id("source", "server", "image", "create", "--wait", "--name", f"{name}-hand", row["id"])
        hand.id("target", *boot, "--flavor", "m1.tiny", "--image", hand.carried(image, f"{name}-hand"), name)
        return (time.monotonic() - began,) * 2
    made = [_volume(hand, name, number, id) for number, id in enumerate(volumes)]
    server = hand.id("target", *boot, "--flavor", "m1.volume", "--volume", made[0], name)
    for one in made[1:]:
        hand("target", "server", "add", "volume", server, one)
    return (time.monotonic() - began,) * 2


def _volume(hand, name, number, id):
    """A volume carried to the other cloud: snapshot, volume of it, image of that, and back."""
    label = f"{name}-hand-{number}"
    newest = (
        "--os-volume-api-version",
        "3.66",
    )  # before it a volume in use needs a force that this client does not send
    snapshot = hand.id("source", *newest, "volume", "snapshot", "create", "--volume", id, label)
    hand.until("source", "available", "volume", "snapshot", "show", snapshot)
    copy = hand.id("source", "volume", "create", "--snapshot", snapshot, label)
    hand.until("source", "available", "volume", "show", copy)
    hand("source", "image", "create", "--volume", copy, "--disk-format", "raw", label)
    hand.until("source", "active", "image", "show", label)
    image = hand.carried(label, label)
    volume = hand.id("target", "volume", "create", "--image", image, "--size", 1, "--bootable", label)
    hand.until("target", "available", "volume", "show", volume)
    return volume
