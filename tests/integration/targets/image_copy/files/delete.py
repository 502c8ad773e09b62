# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``delete.py CLOUD NAME``: waits for an image of that name and deletes it as soon as somebody writes to it."""

import sys
import time
from urllib.parse import quote

from osnap_harness.cloud import Cloud


def main(name, image):
    cloud, deadline = Cloud.named(name), time.monotonic() + 50
    while time.monotonic() < deadline:
        for found in cloud.get("image", f"/v2/images?name={quote(image)}")["images"]:
            if found["status"] == "saving":
                cloud.request("image", "DELETE", f"/v2/images/{found['id']}")
                return
        time.sleep(0.02)
    sys.exit(f"nobody wrote to an image named {image}")


if __name__ == "__main__":
    main(*sys.argv[1:])
