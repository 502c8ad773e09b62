# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``image_bytes``: download an image and say what is in it, whatever Glance says of itself."""

import hashlib

from osnap_harness.action import HarnessAction


class ActionModule(HarnessAction):
    """Returns ``size`` and ``sha512`` of the bytes, of the first ``length`` of them if given, and which of the texts
    ``find`` are ``found`` in them.
    """

    ARGUMENTS = {"cloud": ..., "image": ..., "length": None, "find": []}

    def act(self, cloud, image, length, find):
        content = self.cloud(cloud).request("image", "GET", f"/v2/images/{image}/file", expect=[200, 204]).body
        return {
            "size": len(content),
            "sha512": hashlib.sha512(content[:length]).hexdigest(),
            "found": [text for text in find if text.encode() in content],
        }
