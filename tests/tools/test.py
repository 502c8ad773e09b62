# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs test suites side by side and says what passed: ``test.py [suite ...]``, by default all.

All wait in one queue, each integration target by itself, the one that took longest the last time first. Three more
run than there are processors, and beside them one that only looks at the sources, in the background.

``--target NAME`` runs one integration target instead, against a test cloud that stays up.
``--changed BASE`` runs what a change since BASE can reach, as much as its budget of seconds holds, the nearest first.
What has no end of its own, such as the kill sweep, shares a budget; ``--seed`` draws what is spent on, and repeats it.
Each suite's output is in ``tests/output/<suite>.log``. The last line is ``N passed, N failed``. Suites that are
left out for want of a Python are counted as skipped in the line before it.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from build import COLLECTION, REPOSITORY, TOOLS, TREE, build
from changed import changed_files, reached_targets

OUTPUT = REPOSITORY / "tests" / "output"
#: Seconds that each suite took; `test.py --write-costs` writes them after its run.
COSTS = Path(__file__).with_name("costs.json")
#: Suites at a time: for more than half of its time one waits, for a cloud or a package index, and others use the
#: processors.
JOBS = (os.cpu_count() or 1) + 3
#: Seconds that all sweeps have together: another one makes a whole run no longer.
SWEEPS = 150
#: Seconds for what a change can reach, the start of the clouds included.
CHANGED = 290
#: Of what runs the same code once more, on an older ansible-core, and of the sweeps, one in so many is drawn for a run
#: of everything.
ONE_IN = 3
#: When nothing else was to be said for so many seconds, what runs is said.
HEARTBEAT = 20
#: How a suite in the background is begun.
NICE = ("nice", "-n", "5")
#: In the environment of whatever we start, so that what outlives its suite is found.
MARK = "OSNAP_TEST_RUN"


# -- How many tests passed and failed --------------------------------------------------------------------------------


def last_line(output, status):
    """``N passed, N failed``, or pytest's summary."""
    lines = [line for line in output.splitlines() if line.strip()]
    numbers = (
        {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", lines[-1])} if lines else {}
    )
    return numbers.get("passed", 0), numbers.get("failed", 0) + numbers.get("error", 0)


def as_one(output, status):
    """A command that is one test itself."""
    return (0, 1) if status else (1, 0)


def molecule_recap(output, status):
    """Molecule counts the actions of each scenario: prepare, converge, verify and so on."""
    rows = re.findall(r"successful=(\d+).* missing=(\d+).* failed=(\d+)", output)
    return sum(int(row[0]) for row in rows), sum(int(row[1]) + int(row[2]) for row in rows)


def count(suite, status, output):
    """What a suite counted; one that broke before it could count, or had nothing to count, has failed."""
    passed, failed = suite.counted(output, status)
    if not failed and (status or not passed):
        failed = 1
    return passed, failed


def used_by_clouds(output):
    """What the end of the clouds told of their processor time, without its own clock."""
    return re.findall(r"^ *[\d.]+ s  (.* s of a processor.*)$", output, re.MULTILINE)


# -- What there is to run --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Suite:
    """A command, and how to read from its output what passed and failed."""

    name: str
    command: list
    folder: Path = REPOSITORY
    environment: dict = field(default_factory=dict)
    needs_cloud: bool = False
    counted: Callable = last_line
    group: str = ""  #: what it is a part of
    alone: bool = False  #: nothing else may use the clouds meanwhile
    after: str = ""  #: the group that must have ended before
    sweep: bool = False  #: it takes what it is given by `--budget` and `--seed`
    background: bool = False  #: it takes what the others leave of the processors, and none of their places
    pool: str = ""  #: of what has the same one, a run of everything takes one in :data:`ONE_IN`

    @property
    def needs(self):
        """The environment without which it is left out."""
        if "python" in self.name:
            return self.name.replace("units-", "ansible-")
        return "ansible-2.16" if "2.16" in self.name else None

    @property
    def cost(self):
        """Seconds that it took when they were last written down; one that nobody measured is taken for a long one."""
        return costs().get(self.name, 240)

    @property
    def log(self):
        return OUTPUT / (self.name + ".log")


@lru_cache(maxsize=None)
def costs():
    return json.loads(COSTS.read_text()) if COSTS.is_file() else {}


def write_costs(measured):
    known = {suite.name for suite in every_suite()}
    kept = {name: seconds for name, seconds in {**costs(), **measured}.items() if name in known}
    COSTS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")


def tool(name, environment="ansible-2.21"):
    return str(TOOLS / environment / "bin" / name)


def script(path, *options):
    return [tool("python"), path, *options]


def pytest(environment, *paths):
    return [
        tool("python", environment),
        "-m",
        "pytest",
        "--quiet",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        *paths,
    ]


def units(environment, *options, **variables):
    return Suite(
        "units-" + environment.replace("ansible-", ""),
        pytest(environment, *options, "tests/unit"),
        TREE / COLLECTION,
        {"PYTHONPATH": str(TREE), **variables},
    )


def units_again(environment):
    """All unit tests on another interpreter: of what hypothesis draws, a tenth, and asserts are not rewritten, which
    costs a third of the time and only tells more of one that fails.
    """
    return units(environment, "--assert=plain", OSNAP_UNITS="again")


def targets(version):
    """A suite for each integration target, and one for what they all have not tested."""
    group = "integration-" + version
    for path in sorted((REPOSITORY / "tests" / "integration" / "targets").glob("*/tasks/test.yml")):
        yield target(group, path.parts[-3], version)
    yield Suite(
        group + "-coverage", script("tests/integration/run.py", "--ansible", version, "--coverage"), after=group
    )


#: A module of each kind: one that makes and removes, one that lists, one that acts. What is different about one that
#: has bytes in hand, its long run and its progress, the tests of progress try on each ansible-core.
ONE_OF_EACH_KIND = ("volume_snapshot", "volume_snapshot_info", "server_power")


def again(version):
    """On another ansible-core: the EXAMPLES of each module, and the tests of one module of each kind; see
    :func:`drawn`.
    """
    group, quick = "integration-" + version, ("--mode", "quick")
    for path in sorted((REPOSITORY / "plugins" / "modules").glob("[!_]*.py")):
        yield replace(target(group, path.stem, version, *quick, "--examples"), pool=group + " examples")
    for name in ONE_OF_EACH_KIND:
        yield replace(target(group, name, version, *quick), name=f"{group}-{name}-tests", pool=group + " tests")


def target(group, name, version, *options):
    command = script("tests/integration/run.py", name, "--ansible", version, "--jobs", "1", *options)
    return Suite("%s-%s" % (group, name), command, needs_cloud=True, group=group)


#: The sweeps that each run has: servers moved, sets taken. Of the others it has some, for each needs a minute to begin.
ALWAYS_SWEPT = ("killsweep", "setsweep")


def sweep(name, program, *options):
    """A suite without an end of its own."""
    pool = "" if name in ALWAYS_SWEPT else "sweeps"
    return Suite(name, script(f"tests/workflows/{program}", *options), needs_cloud=True, sweep=True, pool=pool)


#: On 2.16 these would look at the same text by the same rules a second time.
STYLE = ("pep8", "pylint", "yamllint", "shellcheck")


def every_suite():
    """All suites."""
    own_tests = ["tests/tools/tests", "tests/integration/harness/tests"]
    return [
        units("ansible-2.21"),
        units_again("ansible-2.21-python3.13"),
        units_again("ansible-2.21-python3.14"),
        units_again("ansible-2.16"),
        Suite("house", pytest("ansible-2.21", *own_tests)),
        Suite("progress", pytest("ansible-2.21", "tests/progress")),
        Suite("sanity-2.21", script("tests/tools/sanity.py", "2.21"), background=True),
        Suite(
            "sanity-2.16",
            script("tests/tools/sanity.py", "2.16", *(word for name in STYLE for word in ("--skip-test", name))),
            background=True,
        ),
        Suite("lint", script("tests/tools/lint.py"), background=True),
        Suite("testcloud", [tool("python", "testcloud"), "tests/testcloud/smoke.py"], needs_cloud=True),
        *(
            Suite(
                f"testcloud-{part}",
                [tool("python", "testcloud"), f"tests/testcloud/smoke_{part}.py"],
                needs_cloud=True,
                counted=as_one,
            )
            for part in ("compute", "network", "region")
        ),
        *targets("2.21"),
        *again("2.16"),
        Suite("molecule", script("tests/tools/molecule.py"), needs_cloud=True, counted=molecule_recap),
        Suite("parity", script("tests/parity/run.py"), needs_cloud=True, alone=True),
        *(
            # With one lane: what a project needs to begin with takes longer than the points that a budget then holds.
            sweep(name, "run.py", "--lanes", "1", *more)
            for name, more in (
                ("killsweep", ()),
                ("modulesweep", ("--of", "module")),
                ("undosweep", ("--of", "undo")),
                ("setsweep", ("--of", "sets")),
                ("restoresweep", ("--of", "restore")),
                ("proofsweep", ("--of", "proofs")),
            )
        ),
        Suite("rehearsal", script("tests/workflows/rehearsal.py"), needs_cloud=True),
        sweep("stalesweep", "stale.py"),
        sweep("disturbed-sets", "stale.py", "--of", "sets"),
        sweep("restored-kinds", "restored_kinds.py"),
        sweep("damages", "damages.py", "--servers", "3"),
        sweep("month", "month.py"),
        sweep("contested", "contested.py"),
        Suite("logins", script("tests/logins/run.py"), needs_cloud=True),
        Suite("awx", pytest("ansible-2.21", "tests/awx"), needs_cloud=True),
        Suite("documents", pytest("ansible-2.21", "tests/documents"), needs_cloud=True),
    ]


def budgeted(suites, seconds, seed):
    """The suites, the sweeps among them with an equal share of so many seconds each."""
    share = seconds // max(1, sum(suite.sweep for suite in suites))
    words = ["--budget", str(share), "--seed", str(seed)]
    return [replace(suite, command=suite.command + words) if suite.sweep else suite for suite in suites]


def drawn(suites, seed):
    """The suites without those of each pool that the seed leaves out, and these."""
    pools = {}
    for suite in suites:
        if suite.pool:
            pools.setdefault(suite.pool, []).append(suite)
    chance = random.Random(seed)
    taken = {suite for pool in pools.values() for suite in chance.sample(pool, -(-len(pool) // ONE_IN))}
    return (
        [suite for suite in suites if not suite.pool or suite in taken],
        [suite for pool in pools.values() for suite in pool if suite not in taken],
    )


#: Suites beside the targets, and what of a change they see: beginnings of names.
BESIDE = {
    "molecule": ("roles/", "playbooks/", "extensions/", "tests/tools/molecule.py"),
    "logins": (
        "tests/logins/",
        *("plugins/module_utils/_core/" + name for name in ("auth", "con", "endpoint", "micro")),
    ),
    "progress": ("tests/progress/", "plugins/action/", "plugins/plugin_utils/", "plugins/module_utils/_core/progress"),
    "testcloud": ("tests/testcloud/",),
    "awx": ("tests/awx/", "extensions/patterns/", "roles/", "playbooks/"),
    "documents": ("tests/documents/", "README.md", "docs/docsite/rst/awx.rst", "roles/", "playbooks/"),
    "parity": ("tests/parity/", "tests/claims/command_lines/"),
}


def changed_suites(suites, changed, seed):
    """What a change can reach, in the order in which it is to be run while there is time.

    Unit and house tests, then the targets that the change is nearest to, and what is beside them; then lint and the
    units on other interpreters, then further targets in an order that the seed draws.
    """
    near, far = reached_targets(changed)
    far = random.Random(seed).sample(far, len(far))
    beside = [name for name, beginnings in BESIDE.items() if any(one.startswith(beginnings) for one in changed)]
    names = ["house", "units-2.21", *targets_of(near), *beside]
    others = ["units-2.16", "units-2.21-python3.13", "units-2.21-python3.14"]
    names += ["lint", *others, *targets_of(far)]
    known = {suite.name: suite for suite in suites}
    return [known[name] for name in names if name in known]


def targets_of(names):
    return ["integration-2.21-" + name for name in names]


CLOUD_UP = Suite("cloud-up", script("tests/testcloud", "up", "--region"), counted=as_one)
CLOUD_DOWN = Suite("cloud-down", script("tests/testcloud", "down"), counted=as_one)


# -- Running it ------------------------------------------------------------------------------------------------------


class Run:
    """Suites running side by side, what they counted, and the lines that tell of it."""

    def __init__(self):
        self.began = self.last_said = time.monotonic()
        self.mark = uuid.uuid4().hex
        self.lock = threading.Lock()
        self.running = {}  # suite -> (process, when it started)
        self.passed = self.failed = 0
        self.seconds = {}  # the name of a suite that passed -> how long it took
        self.broken = []  # the suites that failed
        self.left_out = []  # those for which there was no time
        self.stopped = False

    def say(self, text):
        with self.lock:
            self.last_said = time.monotonic()
            minutes, seconds = divmod(int(self.last_said - self.began), 60)
            print("%2d:%02d  %s" % (minutes, seconds, text), flush=True)

    def run(self, suite):
        """Runs one suite; returns whether all of it passed."""
        if self.stopped and suite is not CLOUD_DOWN:
            return False
        started = time.monotonic()
        self.say("%-24s starts" % suite.name)
        environment = dict(os.environ, **suite.environment)
        environment[MARK] = self.mark
        with open(suite.log, "w") as log:
            process = subprocess.Popen(
                [*NICE, *suite.command] if suite.background else suite.command,
                cwd=suite.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.running[suite] = process, started
            dummy_pid, status, used = os.wait4(process.pid, 0)
            process.returncode = status = os.waitstatus_to_exitcode(status)
            del self.running[suite]
        output = suite.log.read_text(errors="replace")
        passed, failed = count(suite, status, output)
        with self.lock:
            self.passed += passed
            self.failed += failed
            if failed:
                self.broken.append(suite)
            else:
                self.seconds[suite.name] = round(time.monotonic() - started)
        took, processor = time.monotonic() - started, used.ru_utime + used.ru_stime
        told = (suite.name, passed, failed, took, processor)
        self.say("%-24s %d passed, %d failed in %.0f s (%.0f s of a processor)" % told)
        for line in used_by_clouds(output) if suite is CLOUD_DOWN else ():
            self.say(line)
        return not failed

    def show_broken(self):
        """The end of each log of a suite that failed: at the end of all, where whoever keeps only that has it."""
        for suite in self.broken:
            tail = "".join("      | %s\n" % line for line in suite.log.read_text(errors="replace").splitlines()[-40:])
            self.say("%s: the end of %s:\n%s" % (suite.name, suite.log.relative_to(REPOSITORY), tail))

    def queue(self, suites, jobs, keep_up=False, budget=None):
        """Runs so many suites at a time, the clouds' start before those that need them and their end after all.

        Within a budget of seconds they are taken as they come, and none that would not end in time.
        """
        waiting = list(suites) if budget else sorted(suites, key=lambda suite: (not suite.alone, -suite.cost))
        clouds, up = any(suite.needs_cloud for suite in suites), False
        if clouds:
            waiting.insert(0, CLOUD_UP)
        with ThreadPoolExecutor(jobs + len(waiting)) as pool:
            pending = {}
            while True:
                if budget:
                    waiting = self.in_time(waiting, budget)
                while suite := following(free(waiting, pending.values(), jobs), pending.values(), up):
                    waiting.remove(suite)
                    pending[pool.submit(self.run, suite)] = suite
                if not pending:
                    break
                for future in wait(pending, timeout=1, return_when=FIRST_COMPLETED)[0]:
                    if pending.pop(future) is CLOUD_UP:
                        up = future.result()
                        waiting = waiting if up else self.without_clouds(waiting)
                    future.result()
                if time.monotonic() - self.last_said > HEARTBEAT:
                    self.heartbeat()
        self.left_out += waiting if budget else []
        if clouds and not keep_up:
            self.run(CLOUD_DOWN)

    def without_clouds(self, waiting):
        lost = [suite for suite in waiting if suite.needs_cloud]
        with self.lock:
            self.failed += len(lost)
        self.say("without clouds: no " + ", ".join(suite.name for suite in lost))
        return [suite for suite in waiting if not suite.needs_cloud]

    def in_time(self, waiting, budget):
        """Those that end within the budget, if they take as long as the last time; the others are left out."""
        left = budget - (time.monotonic() - self.began)
        self.left_out += [suite for suite in waiting if suite.cost > left]
        return [suite for suite in waiting if suite.cost <= left]

    def heartbeat(self):
        for suite, (dummy_process, started) in list(self.running.items()):
            lines = suite.log.read_text(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            self.say("%-24s %.0f s: %s" % (suite.name, time.monotonic() - started, last[:100]))

    def stop(self, *dummy):
        """Ends what runs, on a signal; the queue then goes on to the end of the clouds and of itself."""
        self.stopped = True
        for process, dummy_started in list(self.running.values()):
            os.killpg(process.pid, signal.SIGTERM)
        with self.lock:
            self.failed += 1

    def end_leftovers(self):
        """Ends processes that outlived their suite: Ansible's workers lead sessions of their own."""
        for pid, command in marked_processes(self.mark):
            self.say("ending a process that was left over: %d %s" % (pid, command))
            os.kill(pid, signal.SIGKILL)
        while any(marked_processes(self.mark)):
            time.sleep(0.1)


def free(waiting, running, jobs):
    """Those that there is a place for: one at a time in the background, the others up to ``jobs`` at a time."""
    taken = [suite.background for suite in running]
    places = {True: 1, False: jobs}
    return [suite for suite in waiting if taken.count(suite.background) < places[suite.background]]


def following(waiting, running, up):
    """The first suite in the queue that may run beside those that do, or None."""
    at_clouds = [suite for suite in running if suite.needs_cloud]
    for suite in waiting:
        if suite.needs_cloud and (not up or any(other.alone for other in at_clouds) or (suite.alone and at_clouds)):
            continue
        if suite.after and any(other.group == suite.after for other in [*waiting, *running]):
            continue
        return suite
    return None


def marked_processes(mark):
    wanted = ("%s=%s" % (MARK, mark)).encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                yield (
                    int(folder.name),
                    (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:100],
                )
        except OSError:
            continue  # ended meanwhile, or another user's


def clouds_are_up():
    status = script("tests/testcloud", "status")
    return (
        subprocess.run(
            status, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        ).returncode
        == 0
    )


def run_suites(suites, jobs, keep_costs, budget=None):
    OUTPUT.mkdir(parents=True, exist_ok=True)
    run = Run()
    left_out = [suite for suite in suites if suite.needs and not (TOOLS / suite.needs).is_dir()]
    for suite in left_out:
        run.say("%-24s skipped: there is no %s; `make setup` says why" % (suite.name, suite.needs))
    suites = [suite for suite in suites if suite not in left_out]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, run.stop)
    build(run.say)
    keep_up = any(suite.needs_cloud for suite in suites) and clouds_are_up()
    run.queue(suites, jobs, keep_up, budget)
    if keep_costs:
        write_costs(run.seconds)
    if not keep_up:
        run.end_leftovers()
    run.show_broken()
    if left_out:
        run.say("%d suites skipped" % len(left_out))
    if run.left_out:
        names = ", ".join(suite.name for suite in run.left_out)
        run.say("no time within %d s for %d suites, left to `make test`: %s" % (budget, len(run.left_out), names))
    result = "%d passed, %d failed" % (run.passed, run.failed)
    (OUTPUT / "result").write_text(result + "\n")
    print(result, flush=True)
    return 1 if run.failed or not run.passed else 0


def run_targets(targets, version):
    """Integration targets, in the terminal, against clouds that stay up."""
    build()
    up = subprocess.run(CLOUD_UP.command, cwd=REPOSITORY, check=False)
    if up.returncode:
        return up.returncode
    return subprocess.run(
        script("tests/integration/run.py", *targets, "--ansible", version), cwd=REPOSITORY, check=False
    ).returncode


def main():
    suites = every_suite()
    known = sorted({suite.group or suite.name for suite in suites})
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", nargs="*", help="one of: " + ", ".join(known))
    parser.add_argument("--target", nargs="+", help="run these integration targets only")
    parser.add_argument("--changed", metavar="BASE", help="run what differs from this commit's files can reach")
    parser.add_argument(
        "--budget",
        type=int,
        help="seconds for --changed (default: %d), or else for all sweeps (%d)" % (CHANGED, SWEEPS),
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=int(time.time()),
        help="draws what a budget is spent on (default: the time, printed)",
    )
    parser.add_argument("--ansible", default="2.21", help="the ansible-core for --target")
    parser.add_argument("--jobs", type=int, default=JOBS, help="suites at a time (default: %d)" % JOBS)
    parser.add_argument(
        "--write-costs", action="store_true", help="write down how long each took, for the order of the next runs"
    )
    options = parser.parse_args()
    if options.target:
        return run_targets(options.target, options.ansible)
    if options.changed:
        chosen = changed_suites(suites, changed_files(options.changed), options.seed)
        print("%d suites are in reach; the same order again: --seed %d" % (len(chosen), options.seed), flush=True)
        return run_suites(chosen, options.jobs, options.write_costs, options.budget or CHANGED)
    unknown = set(options.suite) - set(known) - {suite.name for suite in suites}
    if unknown:
        parser.error("no such suite: " + ", ".join(sorted(unknown)))
    chosen = [suite for suite in suites if {suite.name, suite.group, suite.after} & set(options.suite)]
    if not options.suite:
        chosen, left = drawn(suites, options.seed)
        names = ", ".join(suite.name for suite in left)
        print("not drawn by --seed %d, each run when it is named: %s" % (options.seed, names), flush=True)
    chosen = budgeted(chosen, options.budget or SWEEPS, options.seed)
    if any(suite.sweep for suite in chosen):
        print("the sweeps have %d s; the same again: --seed %d" % (options.budget or SWEEPS, options.seed), flush=True)
    return run_suites(chosen, options.jobs, options.write_costs)


if __name__ == "__main__":
    sys.exit(main())
