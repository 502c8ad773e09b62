# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed beside openstack.cloud's and the command line client's, as ratios: ``run.py [noop bulk thousand listing copy
protect status] [--rounds N]``.

Needs the test cloud up and idle, the environment `peers`, and the built collection: `make benchmark` sees to all but
the first.
"""

import argparse
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from cases import CASES as OF_MODULES  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from protection import PROTECTION  # noqa: E402  pylint: disable=wrong-import-position
from stage import REPOSITORY, Stage  # noqa: E402  pylint: disable=wrong-import-position

CASES = {**OF_MODULES, **PROTECTION}
HEAD = "| What | Ours | Theirs | Ratio | Goal | | Noise (half of smallest to largest) |\n|---|---|---|---|---|---|---|"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="*", choices=[*CASES, []], help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    stage = Stage(instance)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [f"{machine}; medians of {options.rounds} rounds, candidates in turn.", "", HEAD]
    print("\n".join(lines), flush=True)
    for name in options.case or CASES:
        for row in CASES[name](stage, options.rounds):
            lines.append(line_of(row))
            print(lines[-1], flush=True)
    stage.empty()
    output = REPOSITORY / "tests" / "output" / "benchmark.md"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")


def line_of(row):
    """A row of the table as Markdown."""
    verdict = "met" if row.met else "**missed**"
    return f"| {' | '.join([row.what, row.ours, row.theirs, row.ratio, row.goal, verdict, row.noise])} |"


if __name__ == "__main__":
    main()
