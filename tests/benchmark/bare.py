# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The least that can be done: keystoneauth, ten threads, the same calls. What a module costs beside it is the module's.

bare.py exist|make VOLUMES EACH    volumes bench-0 …, snapshots s0 … of each
bare.py list                       the pages of all snapshots, fetched and decoded
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from keystoneauth1.adapter import Adapter
from openstack.config import OpenStackConfig

HEADERS = {"OpenStack-API-Version": "volume 3.65"}


def main():
    what = sys.argv[1]
    region = OpenStackConfig().get_one("source")
    adapter = Adapter(
        session=region.get_session(), service_type="block-storage", interface="public", region_name=region.region_name
    )

    def rows(path, key):
        return adapter.get(f"{path}/detail?limit=1000", headers=HEADERS).json()[key]

    if what == "list":
        page = found = rows("/snapshots", "snapshots")
        while page:
            page = adapter.get(f"/snapshots/detail?limit=1000&marker={page[-1]['id']}", headers=HEADERS).json()[
                "snapshots"
            ]
            found = found + page
        return
    volumes, each = int(sys.argv[2]), int(sys.argv[3])
    ids = {volume["name"]: volume["id"] for volume in rows("/volumes", "volumes")}
    wanted = [(ids[f"bench-{number}"], f"s{count}") for number in range(volumes) for count in range(each)]
    there = {(row["volume_id"], row["name"]) for row in rows("/snapshots", "snapshots") if row["status"] == "available"}
    if what == "make":

        def make(pair):
            body = {"snapshot": {"volume_id": pair[0], "name": pair[1], "force": True}}
            return adapter.post("/snapshots", json=body, headers=HEADERS).json()["snapshot"]["id"]

        with ThreadPoolExecutor(10) as pool:
            made = set(pool.map(make, [pair for pair in wanted if pair not in there]))
        while made - {row["id"] for row in rows("/snapshots", "snapshots") if row["status"] == "available"}:
            time.sleep(0.2)
    elif set(wanted) - there:
        raise SystemExit("not all of them exist")


if __name__ == "__main__":
    main()
