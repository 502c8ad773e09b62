# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of migrations, as the module that migrates returns them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

BEGAN = datetime(2026, 11, 28, 22, 0, tzinfo=timezone.utc)


def at(seconds):
    return (BEGAN + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def step(what, began, ended, disk=None, changed=True):
    return {
        "what": what,
        "disk": disk,
        "began": at(began),
        "ended": None if ended is None else at(ended),
        "changed": changed,
    }


def disk(index=0, **values):
    return {
        "index": index,
        "kind": "volume",
        "name": f"osnap-night-{index}",
        "source_id": f"volume-{index}",
        "size": 2 * 1024**3,
        "gib": 2,
        "method": "stream",
        "method_reason": "two clouds",
        "disk_format": "raw",
        "hash_algo": "sha512",
        "hash_value": f"{index}f" * 64,
        "snapshot_id": f"snapshot-{index}",
        "image_id": f"image-{index}",
        "copy_id": f"copy-{index}",
        "volume_id": f"new-volume-{index}",
        "seconds": 60,
        "verified": True,
        **values,
    }


def server(number=1, start=0, **values):
    """One that was off for 200 seconds, with one disk; a failed one is told so by ``failed=True``."""
    return {
        "server": f"web{number:02d}",
        "server_id": f"00000000-0000-0000-0000-{number:012d}",
        "new_server": f"web{number:02d}",
        "new_server_id": f"11111111-0000-0000-0000-{number:012d}",
        "phase": "complete",
        "changed": True,
        "failed": False,
        "msg": "",
        "off": {"from": at(start + 10), "to": at(start + 210), "seconds": 200},
        "forecast_seconds": 240,
        "disks": [disk()],
        "timeline": [
            step("stop", start, start + 10),
            step("snapshot", start + 10, start + 30, 0),
            step("copy", start + 30, start + 150, 0),
            step("boot", start + 150, start + 210),
        ],
        "addresses": {"old": ["10.0.0.5"], "new": ["10.1.0.5"]},
        "problems": [],
        "notices": [],
        "left": ["Finalize the run."],
        **values,
    }


def report(servers, **values):
    return {
        "run": "night",
        "source": "old",
        "destination": "new",
        "state": "complete",
        "began": at(0),
        "ended": at(600),
        "servers": servers,
        **values,
    }


def problem(code="image_quota", severity="blocks", **values):
    return {
        "code": code,
        "severity": severity,
        "object": "web01",
        "sentence": "There is no room for the image.",
        "remedy": "Have the quota raised.",
        **values,
    }
