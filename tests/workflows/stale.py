# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator acts on a server while it is moved: what arrives has the bytes of its disks' last stop, or nothing has
arrived. See README.md.

stale.py --draws 200 --seed 7      so many draws
stale.py --budget 100 --seed 7     what `make test` does
stale.py --job JOB                 one of them, as a failed one is printed
"""

import argparse
import json
import os
import random
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import PATIENCE, Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import ModuleLane, results  # noqa: E402  pylint: disable=wrong-import-position
from operator_acts import ACTS, Operator, Refused  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.cloud import CloudError  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from points import Point, points_of  # noqa: E402  pylint: disable=wrong-import-position
from servers import OWN, VOLUMES  # noqa: E402  pylint: disable=wrong-import-position
from victim import Victim  # noqa: E402  pylint: disable=wrong-import-position

LANES = 2
#: Runs after the one in which somebody has acted, of which the last must have arrived wherever that is possible.
AGAIN = 3
#: How a request is held: it goes on as if nothing had been, or its answer is lost.
HOLDS = ("delay", "delay", "delay", "after")
#: Seconds for which a request is held at the most.
HELD = 100


class StaleLane(ModuleLane):
    """A project with one server at a time, made anew for each draw: an act leaves nothing as it was."""

    prefix = "stalesweep"
    states = ("complete",)

    def furnish(self):
        self.ids = []

    def stage(self, kind):
        """A fresh server of that kind, and nothing beside it."""
        self.set_up()
        self.id = self.here.make_own(OWN) if kind == OWN else self.here.make_with_volumes(VOLUMES)
        self.name = kind
        #: What is moved is named by its ID: it may be renamed.
        self.command = self.job("complete", servers=(self.id,))
        self.truth = None

    def record_requests(self, kind):
        """The points of an undisturbed run."""
        self.stage(kind)
        mark = self.control.mark()
        log = self.folder / f"undisturbed-{kind}.log"
        log.write_bytes(b"")
        self._to_the_end(log)
        requests = self.control.requests(since=mark, project=self.project)
        self.judge()
        return [
            point
            for point in points_of(
                [one for one in requests if not (one["user_agent"] or "").startswith("osnap-harness")]
            )
            if point.when == "before" and not point.is_login
        ]

    # -- one draw

    def draw(self, point, kind, act, hold, log, seed):
        """Hold the request, act, let it go; then run until it has arrived or can't. What came of it, in words."""
        self.stage(kind)
        log.write_bytes(b"")
        rule = point.rule(self.project)
        if hold == "delay":
            del rule["stop"]
            rule["delay"] = HELD
        else:
            rule["stop"] = hold
        rule = self.control.inject(rule)
        job = Victim(self.command, self.environment, log)
        operator = Operator(self.here, self.id, seed)
        try:
            if not self._held(rule, point, hold, job):
                return "not reached"
            row = self.here.server(self.id)
            self.truth = self.here.digests(row)  # of one that is deleted nobody could read them later
            try:
                getattr(operator, act)()
                told = act
            except Refused as refused:
                told = f"{act}: refused, {refused}"
            is_marked = self._is_marked()
            self.control.clear(rule)
            job.process.wait(timeout=PATIENCE)
        finally:
            self.control.clear(rule)
            job.kill_all()
        return f"{told}; {self._outcome(log, is_marked, refused=told != act)}"

    def _held(self, rule, point, hold, job):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if hold == "delay" and self.control.hits(rule) >= point.ordinal:
                return True
            if hold != "delay" and self.control.wait_stopped(rule, timeout=0.1):
                return True
            if job.process.poll() is not None:
                return False
            time.sleep(0.1)
        raise Wrong(f"the run neither came there nor ended within {PATIENCE} s")

    def _is_marked(self):
        """Whether it had arrived before anybody acted, as far as the mark tells."""
        return any("osnap_complete" in row["metadata"] for row in self.there.servers())

    def _outcome(self, log, is_marked, refused):
        told = self._told(log.read_bytes())
        words = ["complete" if told is None else "failed"]
        runs = 0
        while told is not None and runs < AGAIN:
            self._follow(told)
            runs += 1
            begin = log.stat().st_size
            job = Victim(self.command, self.environment, log)
            try:
                job.process.wait(timeout=PATIENCE)
            finally:
                job.kill_all()
            told = self._told(log.read_bytes()[begin:])
            words.append("complete" if told is None else "failed")
        if told is not None and self.here.server(self.id):
            raise Wrong(f"it never arrives: {told}")
        if told is None:
            self.judge(is_marked and len(words) == 1)
        if refused and words != ["complete"] and "after" not in log.name:
            words.append("though nothing was done")
        return ", ".join(words) + (f" ({told[:300]})" if told else "")

    def _told(self, output):
        """Why a run has failed, None for one that has not. What is no sentence of ours is wrong."""
        text = output.decode(errors="replace")
        found = results(text)
        if not found or "Traceback" in text or "exception" in found[-1]:
            raise Wrong(f"the run ended with {text[-600:]!r}")
        last = found[-1]
        if not last.get("failed"):
            if last["migrations"][0]["phase"] != "complete":
                raise Wrong(f"a run without a failure has ended in the phase {last['migrations'][0]['phase']}")
            return None
        message = last["outcomes"][0]["msg"] if last.get("outcomes") else last["msg"]
        if not message or not re.search(r"[.!]$", message):
            raise Wrong(f"a failure is told as {message!r}")
        return message

    def _follow(self, told):
        """Do what a sentence asks for: whoever has changed the source removes what lives on stale bytes, and unlocks
        what an administrator has started without doing so.
        """
        if "unlock it" in told and self.here.server(self.id):
            self.here.act(self.id, {"unlock": None})
        if re.search(r"\bremove (it|them|the server)\b", told, re.I) and self.there.servers():
            for row in self.there.servers():
                self.target.request("compute", "DELETE", f"/servers/{row['id']}")
                self.target.wait("compute", f"/servers/{row['id']}", ["server", "status"], ["gone"], timeout=60)

    def judge(self, was_marked_before=False):
        """Raise Wrong unless the new server's disks have the bytes that the source's have, each of them."""
        row = self.here.server(self.id)
        now = self.here.digests(row) if row else self.truth
        moved = [one for one in self.there.servers() if one["metadata"].get("osnap_server") == self.id]
        if len(moved) != 1 or moved[0]["metadata"].get("osnap_complete") != "true" or moved[0]["status"] != "ACTIVE":
            raise Wrong(f"at the target there is {[(one['id'], one['status'], one['metadata']) for one in moved]}")
        got = self.there.digests(moved[0])
        allowed = [now, self.truth] if was_marked_before else [now]
        if sorted(got.values()) not in [sorted(one.values()) for one in allowed if one]:
            differ = [device for device, value in got.items() if value != now.get(device)]
            raise Wrong(f"STALE: complete with other bytes on {differ}; the source has {sorted(now)}")


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
            again = f"{os.path.relpath(__file__)} --job '{json.dumps(job)}'"
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
    parser.add_argument("--job", help="one draw, as a failed one is printed")
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    StaleLane.take_collection()
    lanes = [StaleLane(number, instance) for number in range(1 if options.job else options.lanes)]
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
    StaleLane.output().joinpath("points.json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    draws.run(draws.drawn(points))
    return draws.report()


if __name__ == "__main__":
    sys.exit(main())
