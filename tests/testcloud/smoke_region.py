# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is the second region one: the same Keystone, other services, and images that Glance fetches from the first?

``python tests/testcloud/smoke_region.py`` against clouds that are up with their region (``up --region``).
"""

import hashlib
import os
import sys

import smoke
from osnap_testcloud.layout import REGIONS
from osnap_testcloud.seed_compute import IMAGE, image_bytes
from osnap_testcloud.server_disk import disk_path
from smoke import CONTROL, INSTANCE, PROJECT, RAW, check, fault, status_of, until

((REGION, HOME),) = REGIONS.items()


def identity(first, second, other):
    check("both are one project", first.current_project_id == second.current_project_id != other.current_project_id)
    regions = {endpoint["region_id"] for service in first.service_catalog for endpoint in service["endpoints"]}
    check("one catalog names both regions", regions == {"RegionOne", "RegionTwo"}, regions)
    endpoints = [{c.config.get_session_endpoint(kind) for c in (first, second)} for kind in ("image", "compute")]
    check("each has its own services", all(len(several) == 2 for several in endpoints), endpoints)
    mark = CONTROL.mark()
    found = first.session.get(INSTANCE.cloud(REGION).url("glance", "/v2/images"))
    check("a token of one is good in the other", found.status_code == 200, found)
    logged = [(entry["cloud"], entry["project_id"]) for entry in CONTROL.requests(mark, PROJECT)]
    check("the log knows whose it is", (REGION, first.current_project_id) in logged, logged)


def images(first, second, other):
    methods = [c.image.get("/info/import").json()["import-methods"]["value"] for c in (first, second, other)]
    found = ["glance-download" in several for several in methods]
    check("glance-download in both regions, and nowhere else", found == [True, True, False], methods)
    data = os.urandom(3 * 2**20 + 17)
    image = first.image.post("/images", json={"name": "smoke-region", "osnap_run": "x", **RAW}).json()["id"]
    octets = {"Content-Type": "application/octet-stream"}
    first.image.put(f"/images/{image}/file", data=data, headers=octets)
    check("an image of one is not in the other", status_of(lambda: second.image.get(f"/images/{image}")) == 404)
    copy = second.image.post("/images", json={"name": "smoke-region", **RAW}).json()["id"]
    mark = CONTROL.mark()
    method = {"name": "glance-download", "glance_region": "RegionOne", "glance_image_id": image}
    second.image.post(f"/images/{copy}/import", json={"method": method})
    found = until(lambda: second.image.get(f"/images/{copy}").json(), ("active",))
    same = (found["status"], found.get("os_hash_value"), found["disk_format"])
    check("Glance copies it between them", same == ("active", hashlib.sha512(data).hexdigest(), "raw"), found)
    reads = [e for e in CONTROL.requests(mark, client_only=False) if e["path"].endswith(f"/images/{image}/file")]
    found = [(entry["cloud"], entry["caller"], entry["status"]) for entry in reads]
    check("without the client", found == [(HOME, "glance", 200)], reads)
    lost = second.image.post("/images", json={"name": "smoke-region", **RAW}).json()["id"]
    with fault(service="glance", cloud=HOME, path=f"{image}/file$", callers="services", status=503) as rule:
        second.image.post(f"/images/{lost}/import", json={"method": method})
        CONTROL.wait_hits(rule, 1)
        found = until(lambda: second.image.get(f"/images/{lost}").json(), ("queued",))
    check("one that fails is queued again, without data", (found["status"], found["size"]) == ("queued", None), found)
    for cloud, doomed in ((first, image), (second, copy), (second, lost)):
        cloud.image.delete(f"/images/{doomed}")


def server(cloud):
    made = cloud.create_server(
        "smoke-region", image=IMAGE, flavor="m1.tiny", network="private", wait=True, timeout=60, auto_ip=False
    )
    check("a server in the second region", made.status == "ACTIVE", made)
    with disk_path(INSTANCE.folder, REGION, made.id).open("rb") as disk:
        check("has its disk there", disk.read(1000) == image_bytes()[:1000])
    cloud.delete_server(made.id, wait=True)


def main():
    if REGION not in INSTANCE.names:
        print(f"There is no {REGION}: run `up --region` first.")
        return 2
    first, second, other = (smoke.connection(name) for name in (HOME, REGION, "target"))
    identity(first, second, other)
    images(first, second, other)
    server(second)
    print(f"{smoke.count - len(smoke.failures)} passed, {len(smoke.failures)} failed")
    return 1 if smoke.failures else 0


if __name__ == "__main__":
    sys.exit(main())
