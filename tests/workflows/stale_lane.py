# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on which an operator acts while it is moved: held at one request, let go, and run until it has arrived."""

import re
import time

from lane import PATIENCE, Wrong
from module_lane import ModuleLane, results
from operator_acts import Operator, Refused
from points import points_of
from servers import OWN, VOLUMES
from victim import Victim

#: Runs after the one in which somebody has acted, of which the last must have arrived wherever that is possible.
AGAIN = 3
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
            self.truth = self.seen(row)  # of one that is deleted nobody could read them later
            try:
                getattr(operator, act)()
                told = act
            except Refused as refused:
                told = f"{act}: refused, {refused}"
            was_there = self.is_there()
            self.control.clear(rule)
            job.process.wait(timeout=PATIENCE)
        finally:
            self.control.clear(rule)
            job.kill_all()
        return f"{told}; {self._outcome(log, was_there, refused=told != act)}"

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

    def seen(self, row):
        """What is on a server's disks before somebody acts."""
        return self.here.digests(row)

    def is_there(self):
        """Whether it had arrived before anybody acted, as far as the mark tells."""
        return any("osnap_complete" in row["metadata"] for row in self.there.servers())

    def is_done(self, last):
        """What is wrong with the result of a run that has not failed; None where nothing is."""
        phase = last["migrations"][0]["phase"]
        return None if phase == "complete" else f"a run without a failure has ended in the phase {phase}"

    def judge_nothing(self):
        """What is left where nothing can come of it is the next run's."""

    def _outcome(self, log, was_there, refused):
        told = self._told(log.read_bytes())
        words = ["complete" if told is None else "failed"]
        runs = 0
        while told is not None and runs < AGAIN:
            self.follow(told)
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
            self.judge(was_there and len(words) == 1)
        else:
            self.judge_nothing()
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
            if wrong := self.is_done(last):
                raise Wrong(wrong)
            return None
        message = last["outcomes"][0]["msg"] if last.get("outcomes") else last["msg"]
        if not message or not re.search(r"[.!]$", message):
            raise Wrong(f"a failure is told as {message!r}")
        return message

    def follow(self, told):
        """Do what a sentence asks for: whoever has changed the source removes what lives on stale bytes, and unlocks
        what an administrator has started without doing so.
        """
        if "unlock it" in told and self.here.server(self.id):
            self.here.act(self.id, {"unlock": None})
        if re.search(r"\bremove (it|them|the server)\b", told, re.I) and self.there.servers():
            for row in self.there.servers():
                self.target.request("compute", "DELETE", f"/servers/{row['id']}")
                self.target.wait("compute", f"/servers/{row['id']}", ["server", "status"], ["gone"], timeout=60)

    def _power(self, row):
        """What the new server has to be: on, if the run has stopped the source itself, or found it on. One that an
        operator had stopped before the run looked at it arrives off. Who has stopped it is told by Nova's own records:
        the run is of the user who made the server, and the operator is an administrator.
        """
        actions = self.source.get("compute", f"/servers/{self.id}/os-instance-actions")["instanceActions"]
        users = {what: {one["user_id"] for one in actions if one["action"] == what} for what in ("create", "stop")}
        is_stopped_by_us = bool(users["create"] & users["stop"])
        return "ACTIVE" if is_stopped_by_us else row["metadata"].get("osnap_power_before", "SHUTOFF")

    def judge(self, was_there_before=False):
        """Raise Wrong unless the new server's disks have the bytes that the source's have, each of them."""
        row = self.here.server(self.id)
        now = self.here.digests(row) if row else self.truth
        moved = [one for one in self.there.servers() if one["metadata"].get("osnap_server") == self.id]
        wanted = self._power(row) if row else "ACTIVE"
        if len(moved) != 1 or moved[0]["metadata"].get("osnap_complete") != "true" or moved[0]["status"] != wanted:
            told = [(one["id"], one["status"], one["metadata"]) for one in moved]
            raise Wrong(f"at the target there is {told}, and wanted is one that is {wanted}")
        got = self.there.digests(moved[0])
        allowed = [now, self.truth] if was_there_before else [now]
        if sorted(got.values()) not in [sorted(one.values()) for one in allowed if one]:
            differ = [device for device, value in got.items() if value != now.get(device)]
            raise Wrong(f"STALE: complete with other bytes on {differ}; the source has {sorted(now)}")
