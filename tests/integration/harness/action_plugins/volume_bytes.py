# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``volume_bytes``: what a guest would write to a volume, and what it would read from it; at the back end, past
Cinder.
"""

import hashlib

from ansible.errors import AnsibleActionFail
from osnap_harness import surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Writes ``text`` at the beginning if given, then returns the sha512 of all bytes, the ``data_sha512`` of those
    before the zeros at the end, and the ``text`` of the first ``length``.

    A restored backup leaves zeros at the end out: where a volume is a file and no device, it is shorter.
    """

    ARGUMENTS = {"cloud": ..., "volume": ..., "text": None, "length": 20}

    def act(self, cloud, volume, text, length):
        volumes = surroundings.instance() / cloud.removesuffix("-admin") / "cinder" / "volumes"
        file = next(volumes.glob(f"*/volume-{volume}"), None)
        if file is None:
            raise AnsibleActionFail(f"the volume {volume} has no file in {volumes}")
        with file.open("r+b") as opened:
            if text is not None:
                opened.write(text.encode())
                opened.seek(0)
            content = opened.read()
        return {
            "changed": text is not None,
            "text": content[:length].rstrip(b"\0").decode(errors="replace"),
            "sha512": hashlib.sha512(content).hexdigest(),
            "data_sha512": hashlib.sha512(content.rstrip(b"\0")).hexdigest(),
        }
