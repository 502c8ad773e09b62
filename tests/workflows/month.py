# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A month of nightly runs of server_protection, by a clock that is moved from night to night, with faults, kills and
what operators do by day. After each run there is what the calendar wants, and nothing else. See README.md.

month.py --nights 30 --seed 7      a month
month.py --budget 100 --seed 7     what `make test` does: as many nights as that holds
"""

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import Wrong  # noqa: E402  pylint: disable=wrong-import-position
from month_lane import MonthLane  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="as many nights as that holds")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    MonthLane.take_collection()
    began = time.monotonic()
    lane = MonthLane(0, instance, options.seed)
    print(f"seed {options.seed}: nights from {lane.first:%Y-%m-%d} on, in {lane.zone}", flush=True)
    lane.set_up()
    longest = done = 0
    try:
        for number in range(options.nights):
            begun = time.monotonic()
            if options.budget and done and begun - began > options.budget - longest:
                break
            told = lane.night(number)
            longest, done = max(longest, time.monotonic() - begun), done + 1
            print(f"{time.monotonic() - began:6.0f} s  {number + 1:3}  {told}", flush=True)
        lane.at_the_end()
    except Wrong as wrong:
        again = f"{os.path.relpath(__file__)} --nights {options.nights} --seed {options.seed}"
        print(
            f"\nWRONG in night {done + 1}, of {getattr(lane, 'day', None)}: {wrong}\n  again: {sys.executable} {again}"
        )
        print(f"{done} passed, 1 failed")
        return 1
    sets, torn = (sum(map(len, some.values())) for some in (lane.good, lane.torn))
    print(f"{done} nights: {sets} sets that the calendar wants, {torn} that have lost a member and would be; no more")
    print(f"{done} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
