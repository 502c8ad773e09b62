# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a migration at its requests, runs it again, and looks what is there. See README.md.

run.py                             every point, both variants
run.py --budget 300 --seed 7       what `make test` does: as many as 300 seconds hold, those that write first
run.py --of module --seed 7        the same of the module server_migration, state by state
run.py --of rehearsal --seed 7     the same of a rehearsal
run.py --of rollback --seed 7      the same of a rollback of two servers, with a third that must see no write
run.py --of rollback --phase moved where it begins: rehearsed, copied, moved or complete
run.py --of finalize --seed 7      the same of the end of two servers' migration, or (--phase rehearsed) of a rehearsal
run.py --of source --seed 7        the same of the removal of their sources
run.py --of volumes --seed 7       the same of the module volume_migration
run.py --of module --way transfer  by which way: stream to another cloud, transfer and share to another project,
                                   glance_download to another region; so for volumes, too
run.py --of volumes --state finalized
                                   what of it: complete, rolled_back, finalized or source_removed
run.py --of sets --way group       the same of the module server_snapshot_set: each disk by itself, or by group;
                                   taken, or (--state removed) removed
run.py --of restore --seed 7       the same of the module server_set_restore
run.py --of restore --way in_place
                                   how: beside, in_place or anew
run.py --of undo --seed 7          one of the last five, and its beginning or its way, as the seed draws
run.py --range 10:20               some of the points: of the order that a budget's seed draws, else as they came
run.py --budget 300 --seed 7 --range 25:
                                   go on where the budget before ended, after its 25 points
run.py --point POINT --variant all just one, as a failed one is printed
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

from finalize_lane import FinalizeLane  # noqa: E402  pylint: disable=wrong-import-position
from lane import Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import ModuleLane  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from points import Point, repeated_polls, writing  # noqa: E402  pylint: disable=wrong-import-position
from proof_lane import ProofLane  # noqa: E402  pylint: disable=wrong-import-position
from rehearsed_lane import RehearsedLane  # noqa: E402  pylint: disable=wrong-import-position
from restore_lane import RestoreLane  # noqa: E402  pylint: disable=wrong-import-position
from role_lane import RoleLane  # noqa: E402  pylint: disable=wrong-import-position
from rollback_lane import RollbackLane  # noqa: E402  pylint: disable=wrong-import-position
from set_lane import SetLane  # noqa: E402  pylint: disable=wrong-import-position
from source_lane import SourceLane  # noqa: E402  pylint: disable=wrong-import-position
from volume_lane import VolumeLane  # noqa: E402  pylint: disable=wrong-import-position

#: What a point is taken to need while none has been measured, in seconds.
GUESS = 30
LANES = 2
VARIANTS = ("all", "controller")
#: What is swept: the role by its playbook, the module by a job that runs it state by state, a rehearsal, the way back,
#: the end, the removal of sources; and the module of volumes.
KINDS = {
    "role": RoleLane,
    "module": ModuleLane,
    "rehearsal": RehearsedLane,
    "rollback": RollbackLane,
    "finalize": FinalizeLane,
    "source": SourceLane,
    "volumes": VolumeLane,
    "sets": SetLane,
    "restore": RestoreLane,
    "proofs": ProofLane,
}
UNDO = ("rehearsal", "finalize", "rollback", "source", "volumes")
#: What is chosen of a kind; which of them it has, and of what values, its lane says.
CHOICES = ("phase", "way", "state")


class Sweep:
    """Points waiting, lanes that take them, and what came of them."""

    def __init__(self, options, lanes):
        self.options, self.lanes = options, lanes
        self.began = time.monotonic()
        self.results, self.writing = [], 0
        self.lock = threading.Lock()

    def say(self, text):
        with self.lock:
            print(f"{time.monotonic() - self.began:6.0f} s  {text}", flush=True)

    def jobs(self, points):
        """(point, variant) pairs in the order in which they are taken.

        With a budget, the seed draws the order and each point's variant: the writing requests first, for a budget may
        end before the last of them. A range is one of that order, so that one sweep goes on where another ended.
        """
        options = self.options
        if options.point:
            return [(Point(*json.loads(options.point)), variant) for variant in self.variants]
        if options.budget:
            order = self._drawn(points)
        else:
            order = [(point, variant) for point in points for variant in self.variants]
        order = order[options.range]
        self.writing = len(writing([point for point, dummy in order]))
        return order

    def _drawn(self, points):
        first = writing(points)
        others = [point for point in repeated_polls(points) if point not in first]
        generator = random.Random(self.options.seed)
        drawn = generator.sample(first, len(first)) + generator.sample(others, len(others))
        return [(point, generator.choice(self.variants)) for point in drawn]

    @property
    def variants(self):
        return VARIANTS if self.options.variant == "both" else (self.options.variant,)

    def run(self, jobs):
        """Let the lanes take jobs until none is left or the budget, the recording included, has no room for another."""
        waiting = list(enumerate(jobs))

        def work(lane):
            while True:
                with self.lock:
                    if not waiting or self._spent():
                        return
                    number, (point, variant) = waiting.pop(0)
                self._one(lane, number, len(jobs), point, variant)

        with ThreadPoolExecutor(len(self.lanes)) as pool:
            list(pool.map(work, self.lanes))

    def _spent(self):
        """Points are run until one was reached, also where the recording alone has taken all: a sweep that killed
        nothing proves nothing.
        """
        budget, reached = self.options.budget, any(result[2] != "not reached" for result in self.results)
        return bool(budget and reached) and time.monotonic() - self.began > budget - self._longest()

    def _longest(self):
        return max((seconds for *dummy, seconds in self.results), default=GUESS)

    def _one(self, lane, number, total, point, variant):
        began = time.monotonic()
        try:
            lane.reset()
            outcome = lane.run(point, variant, third_run=not self.options.budget or number % 8 == 0)
        except Wrong as wrong:
            outcome = f"WRONG: {wrong}"
            lane.set_up()  # the next point starts from what must be
        seconds = time.monotonic() - began
        with self.lock:
            self.results.append((point, variant, outcome, seconds))
        self.say(f"{number + 1}/{total}  {point}  kill {variant}  {outcome}  ({seconds:.0f} s)")

    def report(self):
        """The last lines: the failures with the command that repeats each, and the count."""
        failed = [result for result in self.results if result[2].startswith("WRONG")]
        missed = sum(result[2] == "not reached" for result in self.results)
        for point, variant, outcome, dummy in failed:
            chosen = [f" --{name} {value}" for name in CHOICES if (value := getattr(self.options, name))]
            again = f"{os.path.relpath(__file__)} --of {self.options.of}{''.join(chosen)} --variant {variant}"
            print(f"\n{outcome}\n  again: {sys.executable} {again} --point '{json.dumps(list(point))}'")
        if self.options.budget:
            at_writes = len(writing([result[0] for result in self.results]))
            print(
                f"{len(self.results)} points in {self.options.budget:.0f} s: {at_writes} of the {self.writing} at"
                f" writing requests; the same order again: --budget {self.options.budget:.0f}"
                f" --seed {self.options.seed}"
            )
        if missed:
            print(
                f"{missed} points were not reached: the run polled less often than the recorded one, and was not"
                " killed. They count as neither."
            )
        print(f"{len(self.results) - len(failed) - missed} passed, {len(failed)} failed")
        return 1 if failed or len(self.results) == missed else 0


def chosen(options):
    """The lanes of what is swept, set to what is chosen of it; ``undo`` draws it.

    :raises ValueError: if there is no such thing to choose
    """
    generator = random.Random(options.seed)
    is_drawn = options.of == "undo"
    if is_drawn:
        options.of = generator.choice(UNDO)
    kind = KINDS[options.of]
    for name in CHOICES:
        there, given = kind.choices.get(name, ()), getattr(options, name)
        if given and given not in there:
            raise ValueError(f"--of {options.of} has no --{name} {given}: {', '.join(there) or 'none at all'}")
        if is_drawn and there and not given:
            setattr(options, name, generator.choice(there))
        if value := getattr(options, name):
            setattr(kind, name, value)
    return kind


def part(text):
    """``A:B`` as a slice, where both may be left out."""
    begin, colon, end = text.partition(":")
    if not colon or not re.fullmatch(r"\d*", begin) or not re.fullmatch(r"\d*", end):
        raise argparse.ArgumentTypeError(f"'{text}' is no range; give A:B, A: or :B")
    return slice(int(begin) if begin else None, int(end) if end else None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="as many points as that holds, the writing requests first"
    )
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="draws what the budget holds (default: the time, printed)"
    )
    parser.add_argument(
        "--range", type=part, default=slice(None), help="A:B, of the points in the order in which they are taken"
    )
    parser.add_argument(
        "--variant", choices=[*VARIANTS, "both"], default="both", help="kill all processes, or the controller alone"
    )
    parser.add_argument("--lanes", type=int, default=LANES, help="projects side by side")
    parser.add_argument("--point", help="one point, as a failed one is printed")
    parser.add_argument("--of", choices=[*KINDS, "undo"], default="role", help="what is killed")
    parser.add_argument("--phase", help="where a rollback or an end begins (default: complete)")
    parser.add_argument("--way", help="the way of disks (default: stream)")
    parser.add_argument("--state", help="what of the volumes' migration is swept (default: complete)")
    options = parser.parse_args()
    try:
        kind = chosen(options)
    except ValueError as error:
        parser.error(str(error))
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    kind.take_collection()
    lanes = [kind(number, instance) for number in range(1 if options.point else options.lanes)]
    sweep = Sweep(options, lanes)
    with ThreadPoolExecutor(len(lanes)) as pool:
        list(pool.map(kind.set_up, lanes))
    points = lanes[0].record()
    kind.output().joinpath("points.json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
    jobs = sweep.jobs(points)
    what = " ".join(filter(None, [options.of, *(getattr(options, name) for name in CHOICES)]))
    sweep.say(
        f"{what}: undisturbed it makes {len(points) // 2} requests, {len(writing(points)) // 2} of them change"
        f" something; seed {options.seed}"
    )
    sweep.run(jobs)
    return sweep.report()


if __name__ == "__main__":
    sys.exit(main())
