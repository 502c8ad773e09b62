# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads the data of an image, as a run does that is killed or that lives too long, and prints the status of the
answer.
"""

import argparse
import http.client
from urllib.parse import urlsplit

from osnap_harness import fixtures
from osnap_harness.cloud import USER_AGENT, Cloud

CHUNK = 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cloud")
    parser.add_argument("image", help="its ID")
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, help="noise, as make_image makes it of the seed; else zeros")
    parser.add_argument(
        "--slowly", action="store_true", help="half of it, and the rest when somebody has deleted the image"
    )
    given = parser.parse_args()
    cloud = Cloud.named(given.cloud)
    connection = begin(cloud, given.image, given.size)
    for offset in range(0, given.size, CHUNK):
        if given.slowly and offset == given.size // CHUNK // 2 * CHUNK:
            cloud.wait("image", f"/v2/images/{given.image}", ["status"], ["gone"], unwanted=())
        connection.send(piece(given, offset))
    print(connection.getresponse().status)


def begin(cloud, image, size):
    access = cloud._authenticated()
    endpoint = urlsplit(access["catalog"]["image"])
    connection = http.client.HTTPConnection(endpoint.netloc, timeout=60)
    connection.putrequest("PUT", f"{endpoint.path}/v2/images/{image}/file")
    headers = {
        "X-Auth-Token": access["token"],
        "User-Agent": USER_AGENT,
        "Content-Type": "application/octet-stream",
        "Content-Length": size,
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection


def piece(given, offset):
    if given.seed is None:
        return bytes(min(CHUNK, given.size - offset))
    return fixtures.noise(given.size, given.seed)[offset : offset + CHUNK]


if __name__ == "__main__":
    main()
