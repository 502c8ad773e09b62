# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make_image``: an image with known bytes for a test."""

import hashlib

from osnap_harness import fixtures
from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``image`` and ``sha512``. The bytes are ``content`` (text), or ``size`` random ones that are the same for
    the same ``seed``.
    """

    ARGUMENTS = {"cloud": ..., "name": ..., "content": None, "size": 0, "seed": 0, "properties": None}

    def act(self, cloud, name, content, size, seed, properties):
        data = content.encode() if content is not None else fixtures.noise(size, seed)
        made = fixtures.image(self.cloud(cloud), name, data, **(properties or {}))
        return {"changed": True, "image": made, "sha512": hashlib.sha512(data).hexdigest()}
