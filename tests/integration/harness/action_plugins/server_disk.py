# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``server_disk``: what a guest would do to its root disk, or another one that isn't a volume. It is a file of the test
cloud's hypervisor.
"""

import hashlib

from ansible.errors import AnsibleActionFail
from osnap_harness import fixtures, surroundings
from osnap_harness.action import HarnessAction
from osnap_testcloud.server_console import RECORD_OFFSET, boot_record


class ActionModule(HarnessAction):
    """Writes ``text`` or ``size`` random bytes at ``offset``, then returns the sha512 of the first ``length`` bytes
    (default: of all).

    ``disk`` is ``disk``, ``disk.eph0`` or ``disk.swap``. ``boots`` instead says how a boot from this disk ends on the
    console: ``login``, ``slow 2``, ``hang``, ``panic`` or ``silent``.
    """

    ARGUMENTS = {
        "cloud": ...,
        "server": ...,
        "offset": 0,
        "text": None,
        "size": 0,
        "seed": 0,
        "length": -1,
        "disk": "disk",
        "boots": None,
    }

    def act(self, cloud, server, offset, text, size, seed, length, disk, boots):
        disk = surroundings.instance() / cloud.removesuffix("-admin") / "nova" / "instances" / server / disk
        if not disk.is_file():
            raise AnsibleActionFail(f"server {server} has no disk file at {disk}")
        data = text.encode() if text is not None else fixtures.noise(size, seed)
        if boots:
            offset, data = RECORD_OFFSET, boot_record(boots)
        with disk.open("r+b") as opened:
            opened.seek(offset)
            opened.write(data)
            opened.seek(0)
            content = opened.read(length)
        return {
            "changed": bool(data),
            "path": str(disk),
            "size": len(content),
            "sha512": hashlib.sha512(content).hexdigest(),
        }
