# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_server``: servers for a test, several at once when ``name`` is a list, with data volumes attached if
wanted.
"""

from osnap_harness import fixtures
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``server`` (the first one) and ``servers``.

    ``boot_volume`` (a size) makes a volume of the image and boots from it; ``attach`` lists IDs of volumes to attach.
    """

    ARGUMENTS = {
        "cloud": ...,
        "name": ...,
        "flavor": "m1.tiny",
        "image": "cirros-like",
        "network": "private",
        "metadata": None,
        "boot_volume": None,
        "attach": None,
    }

    def act(self, cloud, name, image, boot_volume, attach, **options):
        cloud = self.cloud(cloud)
        image = fixtures.cloud_image(cloud, image)

        def make(each):
            source = {"image": image}
            if boot_volume:
                source = {"volume": fixtures.volume(cloud, f"{each}-root", boot_volume, image=image)["id"]}
            server = fixtures.server(cloud, each, **source, **options)
            for volume in attach or []:
                fixtures.attach(cloud, server["id"], volume)
            return server

        made = fixtures.in_parallel(make, name if isinstance(name, list) else [name])
        return {"changed": True, "server": made[0], "servers": made}
