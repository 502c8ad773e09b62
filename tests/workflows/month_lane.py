# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project whose servers are protected night after night, and the sets that it must have."""

import random
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import calendar_oracle
from lane import PATIENCE, Lane, Wrong
from module_lane import driven, results
from month_days import DAYS, GONER, OF_SETS, ByDay
from osnap_harness.fixtures import attach, volume
from osnap_harness.purge import everything
from servers import OWN, VOLUMES, Site
from victim import Victim

POLICY = {"keep_daily": 7, "keep_weekly": 4, "keep_monthly": 2}
ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Pacific/Auckland")
#: What a night is like; more often the more times it is here.
NIGHTS = ("quiet", "quiet", "quiet", "fault", "fault", "killed", "killed", "given_up", "missed", "twice")
#: Requests of a run among which one is drawn, until a quiet night has been counted.
REQUESTS = 40
#: So often a failed run of a night is repeated.
TRIES = 4


class MonthLane(ByDay, Lane):
    """A project with three servers, one of which goes, and the sets that it must have."""

    prefix = "month"

    def __init__(self, number, instance, seed):
        super().__init__(number, instance)
        self.environment["PYTHONPATH"] = str(self.output() / "collections")
        self.site = Site(self.source, self.admins[0], self.instance)
        self.chance = random.Random(seed)
        self.zone = self.chance.choice(ZONES)
        today = datetime.now(timezone.utc).replace(hour=2, minute=0, second=0, microsecond=0)
        self.first = today + timedelta(days=self.chance.randrange(1, 60))
        self.requests_of_a_run = REQUESTS

    def furnish(self):
        self.ids = {OWN: self.site.make_own(), VOLUMES: self.site.make_with_volumes(), GONER: self.site.make_own(GONER)}
        attach(self.source, self.ids[OWN], volume(self.source, f"{OWN}-data")["id"])
        #: ``{server: {day: ...}}`` of what there must be.
        self.good = {id: {} for id in self.ids.values()}  # the disks that the set has
        self.torn = {id: set() for id in self.ids.values()}
        self.held = {id: set() for id in self.ids.values()}
        self.stage = self._stage()
        self.changes = 0
        #: Whether a run was given up: what it has removed nobody knows until the next one.
        self.is_open = False

    def _stage(self):
        return {item["id"] for kind, item in everything(self.source) if kind not in ("image", "snapshot")}

    # -- one night

    def live(self):
        there = {row["id"] for row in self.site.servers()}
        return [id for id in self.good if id in there]

    def night(self, number):
        """What has happened, in words."""
        moment = self.first + timedelta(days=number, minutes=self.chance.randrange(90))
        self.day = moment.astimezone(ZoneInfo(self.zone)).date()
        act = self.chance.choice(DAYS)
        told = ["" if self.is_open and act in OF_SETS else getattr(self, f"_{act}")()]
        kind = self.chance.choice(NIGHTS) if number else "quiet"
        self.environment["OSNAP_CLOCK"] = str((moment - datetime.now(timezone.utc)).total_seconds())
        self.log = self.folder / f"{number:03}.log"
        self.log.write_bytes(b"")
        if kind == "missed":
            if not self.is_open:
                self._as_expected()
            return f"{self.day} {', '.join(filter(None, told))}: nobody ran it"
        begun = {"fault": self._fault, "killed": self._kill, "given_up": self._kill}.get(kind, lambda: None)()
        if kind == "given_up":
            self._read_tonights()
            self.is_open = True
            return f"{self.day} {', '.join(filter(None, told))}: {begun}, and given up"
        mark = self.control.mark()
        runs = self._until_good()
        if kind == "quiet":
            self.requests_of_a_run = len(self.control.requests(since=mark, project=self.project))
        self._taken()
        self.is_open = False
        self._as_expected()
        if kind == "twice":
            if self._run()["changed"]:
                raise Wrong("a second run of the same night has changed something")
            self._as_expected()
        return f"{self.day} {', '.join(filter(None, told))}: {begun or kind}, {runs} to the end; {self._figures()}"

    def command_of(self):
        policies = {"nightly": {"every": "1d", "time_zone": self.zone, **POLICY}}
        return driven(
            "server_protection",
            [{"cloud": "source", "policies": policies, "default_policy": "nightly", "servers": [{"regex": ".*"}]}],
        )

    def _run(self):
        begin = self.log.stat().st_size
        victim = Victim(self.command_of(), self.environment, self.log)
        try:
            victim.process.wait(timeout=PATIENCE)
        finally:
            victim.kill_all()
        output = self.log.read_bytes()[begin:].decode(errors="replace")
        found = results(output)
        if not found or "Traceback" in output:
            raise Wrong(f"the run ended with {output[-600:]!r}")
        return found[-1]

    def _until_good(self):
        for number in range(1, TRIES + 1):
            told = self._run()
            if not told.get("failed"):
                return number
        raise Wrong(
            f"the run fails again and again: {told.get('msg')} {[one.get('msg') for one in told.get('outcomes', ())]}"
        )

    def _fault(self):
        """Some of its requests are answered with 503; it may fail."""
        at, times = self.chance.randrange(1, self.requests_of_a_run + 1), self.chance.choice((1, 1, 3, 8))
        rule = self.control.inject({"project": self.project, "nth": at, "times": times, "status": 503})
        try:
            told = self._run()
        finally:
            self.control.clear(rule)
        return f"503 from request {at} on, {times} times{', it failed' if told.get('failed') else ''}"

    def _kill(self):
        at, when = self.chance.randrange(1, self.requests_of_a_run + 1), self.chance.choice(("before", "after"))
        rule = self.control.inject({"project": self.project, "nth": at, "times": 1, "stop": when})
        victim = Victim(self.command_of(), self.environment, self.log)
        deadline, reached = time.monotonic() + PATIENCE, None
        try:
            while reached is None and victim.process.poll() is None and time.monotonic() < deadline:
                reached = self.control.wait_stopped(rule, timeout=0.2)
            victim.kill_all()
        finally:
            self.control.clear(rule)
            victim.kill_all()
        return f"killed {when} request {at}" if reached else f"ended before request {at}"

    # -- what there must be

    def _disks(self, id):
        row = self.site.server(id)
        attached = {one["id"] for one in row["os-extended-volumes:volumes_attached"]}
        return attached | ({"root"} if row["image"] else set())

    def _taken(self):
        """A good run has ended: each server has one of tonight, and of the others what the calendar wants."""
        for id in self.live():
            self.torn[id].discard(self.day)
            self.good[id].setdefault(self.day, self._disks(id))
            good, self.torn[id] = calendar_oracle.after(set(self.good[id]), self.torn[id], self.held[id], POLICY)
            self.good[id] = {day: disks for day, disks in self.good[id].items() if day in good}

    def _read_tonights(self):
        """A killed run that nobody repeats may have taken tonight's sets, or parts of them. What it has removed the
        next one would have removed as well.
        """
        for id in self.live():
            self.site.settled(id)
            found = self._members(id, self.day)
            disks = {self._disk(kind, row) for kind, row in found}
            if disks == self._disks(id) and all(
                row["osnap_for"] == row["id"] for kind, row in found if kind == "image"
            ):
                self.good[id][self.day] = disks
            elif disks:
                self.torn[id].add(self.day)

    @staticmethod
    def _disk(kind, row):
        return "root" if kind == "image" else row["volume_id"]

    def _as_expected(self):
        """Raise Wrong unless there are these sets, whole, and nothing else."""
        there, rest = {}, []
        for kind, row in everything(self.source):
            marks = (row if kind == "image" else row.get("metadata") or {}) if kind in ("image", "snapshot") else {}
            if marks.get("osnap_set_server"):
                key = marks["osnap_set_server"], marks.get("osnap_window")
                there.setdefault(key, []).append(self._disk(kind, row))
            elif row["id"] not in self.stage:
                rest.append(f"{kind} {row.get('name')} {row['id']}")
        if rest:
            raise Wrong(f"there is left: {', '.join(rest)}")
        for id, days in self.good.items():
            found = {day for (server, day), _disks in there.items() if server == id}
            expected = {day.isoformat() for day in [*days, *self.torn[id]]}
            if found != expected:
                raise Wrong(
                    f"of the server {id} {sorted(found - expected)} are too many, {sorted(expected - found)} lacking;"
                    f" wanted are {sorted(map(str, days))}, and torn {sorted(map(str, self.torn[id]))}"
                )
            for day, disks in days.items():
                if sorted(there[id, day.isoformat()]) != sorted(disks):
                    raise Wrong(f"the set of {day} of the server {id} has {there[id, day.isoformat()]} and not {disks}")

    def _figures(self):
        return " ".join(
            f"{len(days)}{f'+{len(self.torn[id])} torn' if self.torn[id] else ''}" for id, days in self.good.items()
        )

    def at_the_end(self):
        """The module's own list says the same, and of none that nobody has torn that it is."""
        command = driven("server_snapshot_set_info", [{"cloud": "source"}])
        log = self.folder / "end.log"
        log.write_bytes(b"")
        self.command = command
        listed = results(self._to_the_end(log))[-1]["snapshot_sets"]
        told = sorted((row["server_id"], row["window"], row["status"]) for row in listed)
        expected = [(id, str(day), "whole") for id, days in self.good.items() for day in days]
        expected += [(id, str(day), "torn") for id, days in self.torn.items() for day in days]
        if told != sorted(expected):
            raise Wrong(f"the list says {told}, and there must be {sorted(expected)}")

    def reset(self):
        """A month is one run."""

    def check(self):
        self._as_expected()

    def changed_nothing(self, output):
        return all(not told["changed"] for told in results(output))
