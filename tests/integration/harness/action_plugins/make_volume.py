# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_volume``: volumes for a test, several at once when ``name`` is a list."""

from osnap_harness import fixtures
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``volume`` (the first one) and ``volumes``."""

    ARGUMENTS = {
        "cloud": ...,
        "name": ...,
        "size": 1,
        "volume_type": None,
        "image": None,
        "metadata": None,
        "description": None,
        "group": None,
    }

    def act(self, cloud, name, image, **options):
        cloud = self.cloud(cloud)
        options["image"] = image and fixtures.cloud_image(cloud, image)
        names = name if isinstance(name, list) else [name]
        made = fixtures.in_parallel(lambda each: fixtures.volume(cloud, each, **options), names)
        return {"changed": True, "volume": made[0], "volumes": made}
