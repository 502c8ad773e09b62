# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every case of the table with the real client and with our task, and compares what comes of both: ``run.py [case
...]``.

Needs the test cloud up, the environment `clients`, and the built collection: `make parity` sees to that. The last line
is ``N passed, N failed``.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

# pylint: disable=wrong-import-position
import yaml  # noqa: E402
from compare import change_problems, list_problems, show_problems  # noqa: E402
from osnap_harness.cloud import Cloud  # noqa: E402
from osnap_harness.fixtures import in_parallel  # noqa: E402
from osnap_harness.purge import purge  # noqa: E402
from osnap_testcloud.layout import Instance  # noqa: E402
from projects import Project, by_case  # noqa: E402
from sides import Clients, ask, filled, play  # noqa: E402
from table import load  # noqa: E402

#: The client's project and ours.
SIDES = ("parity-clients", "parity-tasks")
#: That of the backups in the table.
CONTAINER = "apart"


def say(text):
    print(text, flush=True)


def projects(instance):
    """Both projects, and their entries for a clouds.yaml, named by the project."""
    made, clouds = {}, {}
    for name in SIDES:
        command = [sys.executable, str(HERE.parent / "testcloud"), "project", name]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OSNAP_TESTCLOUD": str(instance)})
        entries = yaml.safe_load((instance / "projects" / name / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]
        clouds.update({name: entries["source"], f"{name}-admin": entries["source-admin"]})
        made[name] = Project(
            Cloud(name, entries["source"]["auth"]), Cloud(f"{name}-admin", entries["source-admin"]["auth"])
        )
    return made, clouds


class Parity:
    """One run of some cases."""

    def __init__(self, programs, cases, instance):
        self.cases, self.instance = cases, instance
        self.programs = [program for program in programs if any(case.program == program.name for case in cases)]
        self.projects, self.clouds = projects(instance)
        self.known = {name: {} for name in SIDES}  # side -> case -> names and IDs
        self.problems = {}  # case -> what is wrong

    def empty(self):
        in_parallel(lambda project: purge(project.admin), self.projects.values())

    def prepare(self):
        """Make what the cases find: a list or a show is asked of one cloud, the clients' one, by both sides."""
        # Cinder's driver for a folder fails where two backups are the first ones in a container.
        (self.instance / "source" / "cinder" / "backup" / CONTAINER).mkdir(exist_ok=True)
        shared = list({str(fixture): fixture for program in self.programs for fixture in program.given}.values())
        in_parallel(lambda project: project.share(shared), self.projects.values())
        wanted = [(name, case) for case in self.cases for name in SIDES if case.kind == "change" or name == SIDES[0]]

        def make(pair):
            name, case = pair
            self.known[name][case.key] = self.projects[name].prepare(case.unique(case.given))

        in_parallel(make, wanted)

    def run_clients(self, clients, cases):
        """Run the command lines; return each one's output by the case's key."""
        name, outputs = SIDES[0], {}
        for case in cases:
            project, known = self.projects[name], self.known[name][case.key]
            cloud = project.admin if case.admin else project.cloud
            if case.request:
                answer = ask(cloud, case.unique(case.request), known)
            else:
                words = [filled(case.unique(word), known) for word in case.words]
                as_json = ["-f", "json"] if case.program == "openstack" and case.kind != "change" else []
                answer = clients[case.admin].run(case.program, words + as_json)
            outputs[case.key] = answer["output"]
            if bool(answer["status"]) != bool(case.fails):
                self.problems[case.key] = [f"the client ended with {answer['status']}: {answer['errors'].strip()}"]
        return outputs

    def run_tasks(self, cases, name, known):
        """Run our tasks; return each one's result by the case's key."""
        results = play(cases, known, self.clouds, name) if cases else {}
        for key, result in results.items():
            if result.get("failed"):
                self.problems.setdefault(key, []).append(f"the task failed: {result.get('msg')}")
        return results

    def both(self, clients, cases, name, known):
        with ThreadPoolExecutor(2) as pool:
            theirs, ours = (
                pool.submit(self.run_clients, clients, cases),
                pool.submit(self.run_tasks, cases, name, known),
            )
            return theirs.result(), ours.result()

    def run(self):
        began = time.monotonic()
        self.empty()
        self.prepare()
        say(f"prepared after {time.monotonic() - began:.0f} s")
        changes = [case for case in self.cases if case.kind == "change"]
        others = [case for case in self.cases if case.kind != "change"]
        project = self.projects[SIDES[0]]
        with Clients(project.cloud) as member, Clients(project.admin) as admin:
            clients = (member, admin)
            self.both(clients, changes, SIDES[1], self.known[SIDES[1]])
            left, right = in_parallel(lambda name: self.projects[name].settled(), SIDES)
            say(f"changed after {time.monotonic() - began:.0f} s")
            outputs, results = self.both(clients, others, SIDES[0], self.known[SIDES[0]])
        for case in self.cases:
            if case.key in self.problems:
                continue
            if case.fails:  # the task, which did not, has nothing to be compared with
                self.problems[case.key] = []
            elif case.kind == "change":
                self.problems[case.key] = change_problems(case, by_case(left, case.key), by_case(right, case.key))
            else:
                problems = list_problems if case.kind == "list" else show_problems
                self.problems[case.key] = problems(case, outputs[case.key], results[case.key])
        self.empty()
        say(f"all done after {time.monotonic() - began:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "case", nargs="*", help="a case's key, such as c1, or a word of its command line (default: all)"
    )
    wanted = parser.parse_args().case
    instance = Path(Instance.default_folder())
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    programs = load()
    cases = [case for program in programs for command in program.commands for case in command.cases]
    cases = [case for case in cases if not wanted or case.key in wanted or set(wanted) & set(case.words)]
    parity = Parity(programs, cases, instance)
    parity.run()
    failed = 0
    for case in cases:
        problems = parity.problems[case.key]
        failed += bool(problems)
        say(f"{'FAILED' if problems else 'ok    '} {case.key:4} {case.program} {case.command}")
        for problem in problems:
            say(f"         {problem}")
    say(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
