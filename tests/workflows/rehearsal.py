# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dress rehearsal, and nothing is left of it: servers are rehearsed and finalized, and the listings of every resource
of both projects are as they were before. See README.md.

rehearsal.py                  two servers, one of each kind
rehearsal.py --servers 10     half of them boot from a volume and have another
"""

import argparse
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import ModuleLane, results  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.fixtures import in_parallel  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.purge import everything  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position

#: Of no consequence: when something was written to last, such as the metadata of a server that got a mark and lost it.
WHEN = ("updated", "updated_at")
#: What a source may see of its rehearsal.
SEEN = {"create", "createImage", "attach_volume"}


class RehearsalLane(ModuleLane):
    """A project with as many servers as are asked for."""

    prefix = "rehearsal"
    count = 2

    def furnish(self):
        def make(number):
            name = f"{'db' if number % 2 else 'web'}{number:02}"
            return self.here.make_with_volumes(name) if number % 2 else self.here.make_own(name)

        self.ids = in_parallel(make, range(self.count))
        self.digests = {id: self.here.digests(self.here.server(id)) for id in self.ids}

    def listed(self):
        """``{cloud, kind and ID: all that the service says of it}``, of every resource of both projects."""
        return {
            (cloud.name, kind, item["id"]): {key: value for key, value in item.items() if key not in WHEN}
            for cloud in (self.source, self.target)
            for kind, item in everything(cloud)
        }

    def rehearse(self):
        before, began = self.listed(), time.monotonic()
        names = [self.here.server(id)["name"] for id in self.ids]
        self._job("rehearsed", "rehearsed", names)
        took = time.monotonic() - began
        self._all_run(names)
        self._job("finalized", "planned", names)  # as if nothing had been
        after = self.listed()
        differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        for key in differing[:10]:
            print(f"  {key}: {_told(before.get(key), after.get(key))}", flush=True)
        if differing:
            raise Wrong(f"{len(differing)} of {len(before)} resources differ from before")
        for id in self.ids:
            if self.here.digests(self.here.server(id)) != self.digests[id]:
                raise Wrong(f"a disk of the server {id} has changed")
            self._never_stopped(id)
        print(f"  {len(names)} servers rehearsed in {took:.0f} s, and {len(before)} resources as before", flush=True)

    def _job(self, state, phase, names):
        command, self.command = self.command, self.job(state, servers=names)
        log = self.folder / f"{state}.log"
        log.write_bytes(b"")
        try:
            output = self._to_the_end(log)
        finally:
            self.command = command
        told = results(output)[-1]
        if [one["phase"] for one in told["migrations"]] != [phase] * len(names):
            raise Wrong(f"not all are {phase}: {[one['phase'] for one in told['migrations']]}")

    def _all_run(self, names):
        """Copies beside sources, all of them on, each with the bytes of its source."""
        for id, name in zip(self.ids, names, strict=True):
            rows = self.there.named(f"{name}-rehearsal")
            if [row["status"] for row in rows] != ["ACTIVE"]:
                raise Wrong(f"the rehearsal of {name} is {[row['status'] for row in rows]}")
            if self.there.digests(rows[0]) != self.digests[id]:
                raise Wrong(f"the rehearsal of {name} has other bytes")

    def _never_stopped(self, id):
        path = f"/servers/{id}/os-instance-actions"
        acts = {one["action"] for one in self.source.get("compute", path)["instanceActions"]}
        if acts - SEEN or self.here.server(id)["status"] != "ACTIVE":
            raise Wrong(f"the source {id} has seen {sorted(acts - SEEN)}")


def _told(before, after):
    """What differs of a resource."""
    if before is None or after is None:
        return f"is {'new' if before is None else 'gone'}"
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=2)
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    RehearsalLane.take_collection()
    RehearsalLane.count = options.servers
    lane = RehearsalLane(0, instance)
    lane.set_up()
    try:
        lane.rehearse()
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
