# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that can be done: keystoneauth, ten threads, the same calls. What a module costs beside it is the module's.

bare.py exist|make VOLUMES EACH    volumes bench-0 …, snapshots s0 … of each
bare.py list                       the pages of all snapshots, fetched and decoded
bare.py protect                    a snapshot of each volume
bare.py pages                      all that the status of servers is read from: servers, volumes, snapshots and images
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from keystoneauth1.adapter import Adapter
from openstack.config import OpenStackConfig

HEADERS = {"OpenStack-API-Version": "volume 3.65"}
LIMIT = 1000


#: What the status of servers is read from: of which service, where, and by which name.
PAGES = (
    ("compute", "/servers", "servers"),
    ("block-storage", "/volumes", "volumes"),
    ("block-storage", "/snapshots", "snapshots"),
    ("image", "/v2/images", "images"),
)


class Cloud:
    """The services of a project."""

    def __init__(self):
        region = OpenStackConfig().get_one("source")
        session = region.get_session()
        self.adapters = {
            kind: Adapter(session=session, service_type=kind, interface="public", region_name=region.region_name)
            for kind in ("block-storage", "compute", "image")
        }

    def pages(self, kind, path, key):
        """All rows, page by page."""
        found, page, detail = [], None, "" if kind == "image" else "/detail"
        while page is None or len(page) == LIMIT:
            marker = f"&marker={page[-1]['id']}" if page else ""
            page = self.adapters[kind].get(f"{path}{detail}?limit={LIMIT}{marker}", headers=HEADERS).json()[key]
            found += page
        return found

    def snapshots(self):
        return self.pages("block-storage", "/snapshots", "snapshots")

    def available(self):
        return {row["id"]: row for row in self.snapshots() if row["status"] == "available"}

    def make(self, wanted):
        """Snapshots of ``(volume ID, name)``, all of them available at the end."""

        def make(pair):
            body = {"snapshot": {"volume_id": pair[0], "name": pair[1], "force": True}}
            return (
                self.adapters["block-storage"].post("/snapshots", json=body, headers=HEADERS).json()["snapshot"]["id"]
            )

        with ThreadPoolExecutor(10) as pool:
            made = set(pool.map(make, wanted))
        while made - set(self.available()):
            time.sleep(0.2)


def main():
    what, cloud = sys.argv[1], Cloud()
    if what == "list":
        cloud.snapshots()
        return
    if what == "pages":
        for page in PAGES:
            cloud.pages(*page)
        return
    ids = {volume["name"]: volume["id"] for volume in cloud.pages("block-storage", "/volumes", "volumes")}
    if what == "protect":
        cloud.make([(id, "s") for id in ids.values()])
        return
    volumes, each = int(sys.argv[2]), int(sys.argv[3])
    wanted = [(ids[f"bench-{number}"], f"s{count}") for number in range(volumes) for count in range(each)]
    there = {(row["volume_id"], row["name"]) for row in cloud.available().values()}
    if what == "make":
        cloud.make([pair for pair in wanted if pair not in there])
    elif set(wanted) - there:
        raise SystemExit("not all of them exist")


if __name__ == "__main__":
    main()
