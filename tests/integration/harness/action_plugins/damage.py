# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``damage``: what a bad disk does to stored data, behind the services' backs."""

from ansible.errors import AnsibleActionFail
from osnap_harness import surroundings
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Flips the byte ``at`` this offset of an image or a volume snapshot, or cuts its file there with ``cut``. The same
    flip twice mends it.
    """

    ARGUMENTS = {"cloud": ..., "image": None, "snapshot": None, "at": 0, "cut": False}

    def act(self, cloud, image, snapshot, at, cut):
        place = surroundings.instance() / cloud.removesuffix("-admin")
        folder, name = (place / "glance" / "images", image) if image else (place / "cinder" / "volumes", f"*{snapshot}")
        file = next(folder.rglob(name), None)
        if file is None:
            raise AnsibleActionFail(f"there is no file {name} in {folder}")
        with file.open("r+b") as opened:
            if cut:
                opened.truncate(at)
            else:
                opened.seek(at)
                byte = opened.read(1)
                opened.seek(at)
                opened.write(bytes([byte[0] ^ 1]))
        return {"changed": True}
