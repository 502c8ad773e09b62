# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of server is restored from its set, beside and in place: every byte is that of the taking, and the server
is of the kind that it was. See README.md.

restored_kinds.py                       all kinds
restored_kinds.py --budget 60 --seed 7  as many as that holds, drawn by the seed
restored_kinds.py --kind addresses      one of them
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import Lane, Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import driven, results  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from server_kinds import KINDS, Maker  # noqa: E402  pylint: disable=wrong-import-position
from servers import Site, digest, write  # noqa: E402  pylint: disable=wrong-import-position

SET = "eve"
#: What a server that is restored has in common with the one that its set is of.
SAME = ("config_drive", "key_name")


class KindsLane(Lane):
    """A project with one server of a kind at a time."""

    prefix = "kinds"

    def __init__(self, number, instance):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.site = Site(self.source, self.admins[0], self.instance)
        self.maker = Maker(self.site)

    def furnish(self):
        self.id = self.maker.make(self.kind)

    def reset(self):
        """Each kind has a project that is empty."""

    def check(self):
        """See :meth:`restore`."""

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))

    def restore(self, kind):
        """Raise Wrong unless it is restored, beside and then in place."""
        self.kind = kind
        self.set_up()
        before = self._seen(self.id)
        self._run("server_snapshot_set", server=self.id, name=SET, consistency="stop")
        self._write(self.id)
        since = self._seen(self.id)
        self._beside(before, since)
        self._in_place(before)

    def _beside(self, before, since):
        told = self._run("server_set_restore", server=self.id, mode="beside")
        made = self._seen(told["restore"]["id"])
        self._compare("beside", before, made, ("bytes", "flavor", "security_groups", "networks", *SAME))
        if made["id"] == before["id"] or made["status"] != "ACTIVE":
            raise Wrong(f"beside is {made['id']}, {made['status']}")
        self._compare("the source of the one beside", since, self._seen(self.id), set(since))
        self._run("server_set_restore", server=self.id, mode="beside", state="absent")

    def _in_place(self, before):
        given = {"server": self.id, "mode": "in_place", "allow_server_replacement": True}
        told = self._run("server_set_restore", **given)
        made = self._seen(told["restore"]["id"])
        keys = set(before) - ({"id"} if before["has_root_volume"] else set())
        self._compare("in place", before, made, keys)
        again = self._run("server_set_restore", **{**given, "server": made["id"]})
        if again["changed"]:
            raise Wrong("restored in place, it is restored once more by a second run")

    def _compare(self, what, before, now, keys):
        for key in sorted(keys):
            if before[key] != now[key]:
                raise Wrong(f"{what}: {key} is {now[key]}, and was {before[key]}")

    def _seen(self, id):
        """What is looked at of a server, by the services and the files of the cloud."""
        row = self.site.server(id)
        ports = self.source.get("network", f"/v2.0/ports?device_id={id}")["ports"]
        return {
            "id": id,
            "has_root_volume": not row["image"],
            "bytes": sorted(digest(path) for path in self.site.files(row).values()),
            "status": row["status"],
            "flavor": row["flavor"].get("original_name") or row["flavor"]["id"],
            "security_groups": sorted({group["name"] for group in row.get("security_groups", ())}),
            "networks": sorted(port["network_id"] for port in ports),
            "addresses": sorted((port["mac_address"], json.dumps(port["fixed_ips"], sort_keys=True)) for port in ports),
            "port_security": sorted(str(port.get("port_security_enabled")) for port in ports),
            "pairs": sorted(json.dumps(port.get("allowed_address_pairs"), sort_keys=True) for port in ports),
            "name": row["name"],
            "metadata": {key: value for key, value in row["metadata"].items() if not key.startswith("osnap_")},
            **{key: row[key] for key in SAME},
        }

    def _write(self, id):
        for path in self.site.files(self.site.server(id)).values():
            write(path, "written since")

    def _run(self, module, **given):
        self.command = driven(module, [{"cloud": "source", **given}])
        log = self.folder / f"{self.kind}.log"
        log.touch()
        return results(self._to_the_end(log))[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="as many kinds as that holds, one at least")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kind", choices=KINDS, nargs="+", help="these only")
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    KindsLane.take_collection()
    lane, began, took, failed, done = KindsLane(0, instance), time.monotonic(), 0, 0, 0
    kinds = options.kind or list(KINDS)
    if options.budget:
        random.Random(options.seed).shuffle(kinds)
    for kind in kinds:
        start = time.monotonic()
        if options.budget and done and start - began + took > options.budget:
            break
        try:
            lane.restore(kind)
            outcome = "restored beside and in place"
        except Wrong as wrong:
            outcome, failed = f"WRONG: {wrong}", failed + 1
        took, done = max(took, time.monotonic() - start), done + 1
        print(f"{time.monotonic() - began:6.0f} s  {kind}: {outcome}  ({time.monotonic() - start:.0f} s)", flush=True)
    print(f"{done} of {len(KINDS)} kinds, seed {options.seed}\n{done - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
