# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that get into each other's way, and clouds that get into theirs. See README.md.

contested.py                        all cases
contested.py --case links           one of them
contested.py --budget 60 --seed 7   what `make test` does: those that so many seconds hold, one at least
"""

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testcloud"), str(HERE.parent / "integration" / "harness")]

from lane import PATIENCE, Wrong  # noqa: E402  pylint: disable=wrong-import-position
from module_lane import ModuleLane, is_complete, results  # noqa: E402  pylint: disable=wrong-import-position
from osnap_harness.fixtures import attach, volume  # noqa: E402  pylint: disable=wrong-import-position
from osnap_testcloud.layout import Instance  # noqa: E402  pylint: disable=wrong-import-position
from servers import VOLUMES, write  # noqa: E402  pylint: disable=wrong-import-position
from victim import Victim  # noqa: E402  pylint: disable=wrong-import-position

MIB = 1 << 20
#: Bytes of a volume of one GiB in the test cloud.
DISK = 32 * MIB
#: Data volumes beside the root volume, where links are slow.
MORE = 4
#: Bytes a second.
LINK = 8 * MIB
#: Seconds that a token lives, which the clients are not told.
TOKEN = 20
#: A job is killed when it has brought so many disks, and so many seconds later: in the middle of the next one.
EACH, LATER = 3, 2
#: What may go over the wire, of what has to.
MOST = 1.3


class ContestedLane(ModuleLane):
    """A project for which several jobs work."""

    prefix = "contested"

    def _jobs(self, *commands):
        """Run jobs at once, to their ends; ``[(exit status, output)]``."""
        running = []
        for number, command in enumerate(commands):
            log = self.folder / f"job-{number}.log"
            log.write_bytes(b"")
            running.append((Victim(command, self.environment, log), log))
        try:
            for job, _log in running:
                job.process.wait(timeout=PATIENCE * 2)
        finally:
            for job, _log in running:
                job.kill_all()
        return [(job.process.returncode, log.read_text(encoding="utf-8", errors="replace")) for job, log in running]

    def _all_told(self, outputs):
        for _status, output in outputs:
            if "Traceback" in output or not results(output) or "exception" in results(output)[-1]:
                raise Wrong(f"a job has ended with {output[-600:]!r}")

    def twins(self):
        """The same task twice at once: what both leave is what one would, and a third has nothing to do."""
        self.reset()
        self._all_told(self._jobs(self.job("complete"), self.job("complete")))
        log = self.folder / "third.log"
        log.write_bytes(b"")
        self._to_the_end(log)
        self.check()
        self._changes_nothing(log)

    def others(self):
        """Two runs of other names for the same servers at once: each has bytes of its own, or says why not."""
        self.reset()
        outputs = self._jobs(
            self.job("complete", run="one"), self.job("complete", run="two", servers=tuple(reversed(self.names())))
        )
        self._all_told(outputs)
        for id in self.ids:
            moved = [row for row in self.there.servers() if row["metadata"].get("osnap_server") == id]
            done = [row for row in moved if is_complete(row)]
            now = self.here.digests(self.here.server(id))
            if any(self.there.digests(row) != now for row in done):
                raise Wrong(f"a server that is complete has other bytes than {id}")
            told = [outcome["msg"] for _status, output in outputs for outcome in results(output)[-1]["outcomes"]]
            if len(done) != 1 and not any(told):
                raise Wrong(f"there are {len(done)} successors of {id}, and nobody said a word")
        if not any(is_complete(row) for row in self.there.servers()):
            told = [outcome["msg"] for _status, output in outputs for outcome in results(output)[-1]["outcomes"]]
            raise Wrong(f"neither has moved anything: {told}")

    def names(self):
        return [self.here.server(id)["name"] for id in self.ids]

    def links(self):
        """Tokens of seconds, slow links, and a kill again and again: each run brings a disk at least, and little goes
        over the wire twice.
        """
        self.set_up()
        id = self.here.make_with_volumes(f"{VOLUMES}-wide")
        for number in range(MORE):
            one = volume(self.source, f"wide-{number}")
            write(self.here.volume_file(one["id"]), f"wide-{number}")
            attach(self.source, id, one["id"])
        wanted = self.here.digests(self.here.server(id))
        rules = [self.control.inject(rule) for rule in self._slow()]
        mark, log = self.control.mark(), self.folder / "links.log"
        log.write_bytes(b"")
        command, kills = self.job("complete", servers=(id,), copies=1), 0
        try:
            while self._killed(command, log, already := self._arrived()):
                kills += 1
                if self._arrived() <= already:
                    raise Wrong(f"a run that was killed after {kills} others has brought no disk")
                if kills > MORE + 2:
                    raise Wrong(f"after {kills} runs it is not there: {self._arrived()} disks")
        finally:
            for rule in rules:
                self.control.clear(rule)
        told = results(log.read_text(encoding="utf-8", errors="replace"))
        if not told or told[-1].get("failed"):
            raise Wrong(f"the last run has failed: {(told or [{}])[-1].get('msg')}")
        moved = [row for row in self.there.servers() if is_complete(row)]
        if len(moved) != 1 or sorted(self.there.digests(moved[0]).values()) != sorted(wanted.values()):
            raise Wrong("what has arrived has other bytes")
        sent = sum(
            request["bytes_in"] or 0
            for request in self.control.requests(since=mark, project=self.project)
            if request["cloud"] == "target" and request["method"] == "PUT" and request["path"].endswith("/file")
        )
        ratio = sent / (DISK * len(wanted))
        print(f"  {kills} kills, {len(wanted)} disks, {ratio:.2f} times their bytes over the wire", flush=True)
        if ratio > MOST or not kills:
            raise Wrong(f"{ratio:.2f} times the bytes went over the wire, in {kills + 1} runs")
        self.set_up()

    def _slow(self):
        """Slow links, and tokens that end while the clients think that they live."""
        yield {"project": self.project, "service": "glance", "path": "/file$", "throttle": LINK}
        yield {
            "project": self.project,
            "service": "keystone",
            "method": "POST",
            "path": "/auth/tokens$",
            "token_seconds": TOKEN,
            "replace_json": {"token.expires_at": "2099-01-01T00:00:00.000000Z"},
        }

    def _killed(self, command, log, already):
        """Run a job, and kill it in the middle of a disk after some; whether it was killed, or had ended."""
        job = Victim(command, self.environment, log)
        deadline = time.monotonic() + PATIENCE * 2
        try:
            while job.process.poll() is None:
                if time.monotonic() > deadline:
                    raise Wrong("it hangs")
                if already + EACH <= self._arrived() < MORE + 2:
                    time.sleep(LATER)
                    return job.process.poll() is None
                time.sleep(0.3)
        finally:
            job.kill_all()
        return False

    def _arrived(self):
        """How many finished copies there are."""
        return sum(bool(image.get("osnap_complete")) for image in self.images(self.target))


CASES = ("twins", "others", "links")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=float, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--case", choices=CASES)
    options = parser.parse_args()
    instance = Instance.default_folder()
    if not (instance / "clouds.yaml").exists():
        raise SystemExit("the test cloud has not been started: make cloud-up")
    cases = [options.case] if options.case else list(CASES)
    if options.budget:
        random.Random(options.seed).shuffle(cases)
    ContestedLane.take_collection()
    lane, began, longest, failed, done = ContestedLane(0, instance), time.monotonic(), 0, [], 0
    lane.set_up()
    for case in cases:
        if options.budget and done and time.monotonic() - began + longest > options.budget:
            break
        start = time.monotonic()
        try:
            getattr(lane, case)()
            outcome = "right"
        except Wrong as wrong:
            outcome = f"WRONG: {wrong}"
        except Exception:  # pylint: disable=broad-exception-caught
            outcome = f"WRONG: {traceback.format_exc(limit=4)}"
        if outcome != "right":
            failed.append(case)
            lane.set_up()
        done, longest = done + 1, max(longest, time.monotonic() - start)
        print(f"{time.monotonic() - began:6.0f} s  {case}  {outcome}", flush=True)
    print(f"{done - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
