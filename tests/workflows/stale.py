# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator acts on a server while it is moved: what arrives has the bytes of its disks' last stop, or nothing has
arrived. Or while its disks are taken as a set: that is of one moment, or it is not there. See README.md.

stale.py --draws 200 --seed 7      so many draws
stale.py --of sets --draws 200     the same with sets
stale.py --budget 100 --seed 7     what `make test` does
stale.py --job JOB                 one of them, as a failed one is printed
"""

import argparse
import json
import os
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from disturbed_set_lane import DisturbedSetLane  # noqa: E402  pylint: disable=wrong-import-position
from lane import Wrong  # noqa: E402  pylint: disable=wrong-import-position
from operator_acts import ACTS  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.cloud import CloudError  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from points import Point  # noqa: E402  pylint: disable=wrong-import-position
from servers import OWN, VOLUMES  # noqa: E402  pylint: disable=wrong-import-position
from stale_lane import StaleLane  # noqa: E402  pylint: disable=wrong-import-position

LANES = 2
#: How a request is held: it goes on as if nothing had been, or its answer is lost.
HOLDS = ("delay", "delay", "delay", "after")
#: What somebody acts on while it is at work.
LANES_OF = {"servers": StaleLane, "sets": DisturbedSetLane}


class Draws:
    """Draws waiting, lanes that take them, and what came of them."""

    def __init__(self, options, lanes):
        self.options, self.lanes = options, lanes
        self.began, self.lock = time.monotonic(), threading.Lock()
        self.results, self.is_broken = [], False

    def drawn(self, points):
        """``[(kind, point, act, hold)]`` of a seed; most near a request that writes, for most requests are polls."""
        generator = random.Random(self.options.seed)
        found = []
        for _number in range(self.options.draws):
            kind = generator.choice((OWN, VOLUMES, VOLUMES))
            of_kind = points[kind]
            position = generator.randrange(len(of_kind))
            if generator.random() < 0.6:  # right before or after something that writes
                writes = [at for at, point in enumerate(of_kind) if point.method != "GET"]
                position = min(generator.choice(writes) + generator.choice((-1, 0, 0, 1)), len(of_kind) - 1)
            acts = [act for act in ACTS if kind == VOLUMES or act not in ("lends", "detaches")]
            acts = [act for act in acts if kind == OWN or act != "rebuilds"]
            found.append((kind, of_kind[max(position, 0)], generator.choice(acts), generator.choice(HOLDS)))
        return found

    def run(self, jobs):
        waiting = list(enumerate(jobs))

        def work(lane):
            while True:
                with self.lock:
                    if not waiting or self.is_broken or self._spent():
                        return
                    number, job = waiting.pop(0)
                self._one(lane, number, *job)

        with ThreadPoolExecutor(len(self.lanes)) as pool:
            list(pool.map(work, self.lanes))

    def _spent(self):
        longest = max((seconds for *_rest, seconds in self.results), default=0)
        budget = self.options.budget
        return bool(budget and self.results) and time.monotonic() - self.began > budget - longest

    def _one(self, lane, number, kind, point, act, hold):
        began = time.monotonic()
        log = lane.folder / f"{number}-{act}-{hold}.log"
        try:
            outcome = lane.draw(point, kind, act, hold, log, f"{self.options.seed}-{number}")
        except Wrong as wrong:
            outcome = f"WRONG: {wrong}"
        except (CloudError, OSError) as error:  # of the stage: it says nothing of what is tested
            outcome, self.is_broken = f"WRONG: the stage: {error}", True
        with self.lock:
            self.results.append(((kind, point, act, hold), outcome, time.monotonic() - began))
            print(
                f"{time.monotonic() - self.began:6.0f} s  {number}  {kind}  {point}  {hold}  {act}:"
                f" {outcome}  ({time.monotonic() - began:.0f} s)",
                flush=True,
            )

    def report(self):
        failed = [result for result in self.results if result[1].startswith("WRONG")]
        missed = sum(result[1] == "not reached" for result in self.results)
        for job, outcome, _seconds in failed:  # by a seed alone it would be another: how often a run polls differs
            again = f"{os.path.relpath(__file__)} --of {self.options.of} --job '{json.dumps(job)}'"
            print(f"\n{outcome}\n  again: {sys.executable} {again}")
        print(f"{len(self.results)} draws of seed {self.options.seed}; {missed} were not reached, and count as neither")
        print(f"{len(self.results) - len(failed) - missed} passed, {len(failed)} failed")
        return 1 if failed or len(self.results) == missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="as many draws as that holds")
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--lanes", type=int, default=LANES, help="projects side by side")
    parser.add_argument("--of", choices=LANES_OF, default="servers")
    parser.add_argument("--job", help="one draw, as a failed one is printed")
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    kind_of_lane = LANES_OF[options.of]
    kind_of_lane.take_collection()
    lanes = [kind_of_lane(number, instance) for number in range(1 if options.job else options.lanes)]
    draws = Draws(options, lanes)
    if options.job:
        kind, point, act, hold = json.loads(options.job)
        draws.run([(kind, Point(*point), act, hold)])
        return draws.report()
    kinds = (OWN, VOLUMES)
    with ThreadPoolExecutor(len(kinds)) as pool:
        recorded = (
            list(pool.map(lambda pair: pair[0].record_requests(pair[1]), zip((lanes * 2)[:2], kinds, strict=True)))
            if len(lanes) > 1
            else [lanes[0].record_requests(kind) for kind in kinds]
        )
    points = dict(zip(kinds, recorded, strict=True))
    kind_of_lane.output().joinpath("points.json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    draws.run(draws.drawn(points))
    return draws.report()


if __name__ == "__main__":
    sys.exit(main())
