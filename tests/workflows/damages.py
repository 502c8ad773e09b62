# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshot sets are damaged: the status or a test finds each damage, and says which member it is. See README.md.

damages.py --draws 100 --seed 7     so many damages
damages.py --budget 100 --seed 7    what `make test` does
"""

import argparse
import random
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import Lane, Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import driven, results  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.fixtures import attach, in_parallel, volume  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.purge import everything, remove  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from servers import Site, write  # noqa: E402  pylint: disable=wrong-import-position
from set_damages import Damage  # noqa: E402  pylint: disable=wrong-import-position
from victim import Victim  # noqa: E402  pylint: disable=wrong-import-position

#: What is drawn, the more often the more times it is here. The second are no damages: of them nothing must be found.
KINDS = (
    *("removed", "flipped", "flipped", "resized", "missized", "forged", "doubled", "exchanged"),
    *("marked", "marked", "hash_forged", "broken", "rebuilt"),
)
HARMLESS = ("hidden", "untouched")
#: Of servers with an image alone.
OF_IMAGES = ("rebuilt", "hidden")
#: Those that nobody can see unless it is known what the data were.
OF_DATA = ("flipped", "resized", "missized", "forged", "hash_forged")
#: Servers of the stage, each of which has one set at a time.
SERVERS = 6
#: One round in so many has one that is not damaged.
HARMLESS_IN = 3
AN_HOUR_AGO = 3600


class Ground(Site):
    """The project of the servers."""

    def strangers(self, server):
        """Another server that has a disk of Nova's own, and one of its volumes."""
        other = next(row for row in self.servers() if row["id"] != server and row["image"])
        return other["id"], other["os-extended-volumes:volumes_attached"][0]["id"]

    def image_of(self, server, name):
        """The ID of a new image of a server."""
        body = {"createImage": {"name": name, "metadata": {}}}
        id = self.cloud.post("compute", f"/servers/{server}/action", body)["image_id"]
        self.cloud.wait("image", f"/v2/images/{id}", ["status"], ["active"])
        self.settled(server)
        return id


class DamageLane(Lane):
    """A project with several servers, of each of which there is a set."""

    prefix = "damages"

    def __init__(self, number, instance, count):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.site, self.count, self.taken = Ground(self.source, self.admins[0], self.instance), count, 0

    # -- the stage

    def furnish(self):
        def make(number):
            if number % 3 == 2:
                return self.site.make_with_volumes(f"db{number:02}")
            id = self.site.make_own(f"web{number:02}")
            data = volume(self.source, f"web{number:02}-data")["id"]
            attach(self.source, id, data)
            write(self.site.volume_file(data), data)
            return id

        self.ids = in_parallel(make, range(self.count))
        self.names = {id: self.site.server(id)["name"] for id in self.ids}
        self.own = {id: bool(self.site.server(id)["image"]) for id in self.ids}
        self.sets = {}
        self.stage = {item["id"] for _kind, item in everything(self.source)}

    def take(self, servers):
        """A new set of each of these servers, and nothing else of them."""
        if not servers:
            return
        for id in servers:
            self._throw_away(id)
        self.taken += 1
        wanted = [{"server": id, "name": f"set{self.taken:03}"} for id in servers]
        told = self.run("server_snapshot_set", consistency="crash", servers=wanted, parallel=4)
        if told.get("failed"):
            raise Wrong(f"the sets can't be taken: {told['msg']}")
        self.sets |= dict(zip(servers, told["snapshot_sets"], strict=True))
        # Of what was begun a moment ago nobody knows whether it is still being taken.
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - AN_HOUR_AGO))
        for id in servers:
            for one in self.sets[id]["members"]:
                Damage(self.site, id, self.sets[id], None)._mark(one, {"osnap_set_at": at})

    def _throw_away(self, server):
        """All that there is of a server beside its disks."""
        names = {f"{self.sets[server]['name']}"} if server in self.sets else set()
        for kind, item in everything(self.source, {"image", "snapshot"}):
            if item["name"] in names and server in self._servers_of(item):
                remove(self.admins[0], kind, item)
                service, path = ("image", "/v2/images/") if kind == "image" else ("block-storage", "/snapshots/")
                self.source.wait(service, path + item["id"], ["status"], ["gone"], unwanted=())

    @staticmethod
    def _servers_of(item):
        marks = item.get("metadata") or item
        return {item.get("instance_uuid"), marks.get("osnap_set_server")}

    def run(self, module, **options):
        """What a run of a module says, whether it has failed or not."""
        log = self.folder / f"{module}.log"
        begin = log.stat().st_size if log.exists() else 0
        victim = Victim(driven(module, [{"cloud": "source", **options}]), self.environment, log)
        try:
            victim.process.wait()
        finally:
            victim.kill_all()
        output = log.read_bytes()[begin:].decode(errors="replace")
        found = results(output)
        if not found or "Traceback" in output:
            raise Wrong(f"the run of {module} ended with {output[-600:]!r}")
        return found[-1]

    # -- one round

    def round(self, kinds, chance):
        """``[(name, kind, what was done, wrong or None, what was found)]`` of one damage to each server."""
        served = dict(zip(self.ids, kinds, strict=False))
        self.take([id for id in served if id not in self.sets])
        self._know([id for id, kind in served.items() if kind in OF_DATA])
        acts = {}
        for id, kind in served.items():
            acts[id] = getattr(Damage(self.site, id, self.sets[id], chance), kind)()
        listed = self.run("server_snapshot_set_info")["snapshot_sets"]
        found = {id: self._status(listed, id, acts[id][1]) for id in served}
        open_ones = [id for id in served if not found[id]]
        found |= self._test(open_ones)
        told = []
        for id, kind in served.items():
            what, names, mend = acts[id]
            told.append((self.names[id], kind, what, _wrong(names, found[id]), found[id]))
            if mend is None or (names and id not in self.sets):
                self._again(id)
            else:
                mend()
        return told

    def _again(self, id):
        self._throw_away(id)
        self.sets.pop(id, None)

    def _know(self, servers):
        """Sets of these are tested once, so that the hashes of all members are known."""
        new = [id for id in servers if not self.sets[id].get("known")]
        told = self._test(new)
        for id in new:
            if told[id]:
                raise Wrong(f"a good set has failed its test: {told[id]}")
            self.sets[id]["known"] = True

    def _test(self, servers):
        """``{ID: why the test of its set fails}``, empty for one that passes."""
        if not servers:
            return {}
        wanted = [{"server": id, "set": self.sets[id]["name"]} for id in servers]
        told = self.run("server_set_test", servers=wanted, parallel=3)
        if "outcomes" not in told:
            raise Wrong(f"the test says nothing of any: {told.get('msg')}")
        return {
            id: f"test: {one['msg']}" if one["failed"] else ""
            for id, one in zip(servers, told["outcomes"], strict=True)
        }

    def _status(self, listed, id, names):
        """What the list says of a set that is not whole, with the words that name the member."""
        row = next(
            (
                one
                for one in listed
                if one["id"] == self.sets[id]["id"] and one["server_id"] == id and one["name"] == self.sets[id]["name"]
            ),
            None,
        )
        if row is None:
            return ""
        if row["status"] == "whole":
            return ""
        return f"status: {row['status']}, {row['torn_because']} {' '.join(row['missing'])}".rstrip()

    def nothing_left(self):
        """Raise Wrong where tests have left anything."""
        kept = self.stage | {one["id"] for row in self.sets.values() for one in row["members"]}
        left = [
            f"{kind} {item.get('name')} {item['id']}"
            for kind, item in everything(self.source)
            if item["id"] not in kept
        ]
        if left:
            raise Wrong(f"there is left: {', '.join(left)}")

    def reset(self):
        """Each round mends what it has damaged."""

    def check(self):
        self.nothing_left()

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))


def _wrong(names, found):
    """What is wrong about what was found, or None."""
    if not names:
        return f"there was nothing to find, and it says {found}" if found else None
    if not found:
        return "MISSED"
    return None if any(name in found for name in names) else "it says not which"


class Damages:
    """Rounds of damages, and what came of them."""

    def __init__(self, options, lane):
        self.options, self.lane = options, lane
        self.began, self.results, self.harmless = time.monotonic(), [], []

    def go(self):
        chance, longest, number = random.Random(self.options.seed), 0, 0
        while len(self.results) < self.options.draws:
            began = time.monotonic()
            if self.options.budget and self.results and began - self.began > self.options.budget - longest:
                return
            kinds = self._kinds(chance, min(self.lane.count, self.options.draws - len(self.results)), number)
            for told in self.lane.round(kinds, chance):
                self._tell(*told)
            longest, number = max(longest, time.monotonic() - began), number + 1

    def _kinds(self, chance, count, number):
        kinds = []
        for id in self.lane.ids[:count]:
            choice = [kind for kind in self.options.kinds if self.lane.own[id] or kind not in OF_IMAGES]
            kinds.append(chance.choice(choice or ["flipped"]))
        if number % HARMLESS_IN == 0 and count > 1:
            kinds[0] = chance.choice(HARMLESS)
        return kinds

    def _tell(self, name, kind, what, wrong, found):
        (self.harmless if kind in HARMLESS else self.results).append(wrong)
        began = f"{time.monotonic() - self.began:6.0f} s  {len(self.results):3}"
        print(f"{began}  {name}  {kind}  {what}")
        print(f"{' ' * 15}{f'WRONG, {wrong}: ' if wrong else ''}{found or 'nothing is found'}", flush=True)

    def report(self):
        bad, false = (sum(map(bool, some)) for some in (self.results, self.harmless))
        print(
            f"seed {self.options.seed}: {len(self.results) - bad} of {len(self.results)} found and named;"
            f" of {len(self.harmless)} sets without any {false} were said to have one"
        )
        print(f"{len(self.results) + len(self.harmless) - bad - false} passed, {bad + false} failed")
        return 1 if bad or false or not self.results else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="as many rounds as that holds")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--servers", type=int, default=SERVERS, help="so many sets are damaged at a time")
    parser.add_argument("--kinds", nargs="+", choices=sorted(set(KINDS)), default=KINDS, help="what is drawn")
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    DamageLane.take_collection()
    lane = DamageLane(0, instance, options.servers)
    lane.set_up()
    damages = Damages(options, lane)
    damages.go()
    lane.nothing_left()
    return damages.report()


if __name__ == "__main__":
    sys.exit(main())
