# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules a state module is held to, over its runs check → real → check → real. Pure."""

import itertools
import re
from dataclasses import dataclass, field

from . import compare, documented
from .plain import short

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

#: The names of the runs in their order, with whether they are in check mode.
RUNS = {"check": True, "real": False, "check_again": True, "real_again": False}


@dataclass(frozen=True)
class Case:
    """What a quartet expects of its module."""

    changed: bool = None  #: what the first check and the first real run say
    fails: str = None  #: instead: a regular expression for the message with which both fail
    idempotent: bool = True  #: the second pair changes nothing
    writes_allowed: bool = False  #: writes are fine where nothing changed, or in a failing real run
    runs: tuple = tuple(RUNS)  #: which runs were made
    shared: dict = field(default_factory=dict)  #: lists that other projects write to meanwhile: name → key of a row


@dataclass(frozen=True)
class Run:
    """One run of the module: its result and the requests its client sent meanwhile."""

    result: dict
    requests: list = field(default_factory=list)
    seconds: float = 0

    @property
    def writes(self):
        return [request for request in self.requests if is_write(request)]


def is_write(request):
    """Tell whether a request can change something. Asking for a token changes nothing."""
    return request["method"] in WRITES and not (
        request["method"] == "POST" and request["path"].split("?")[0].endswith("/auth/tokens")
    )


def describe(request):
    """Return a request as a line of a log."""
    return f"{request['method']} {request.get('service', '')} {request['path']} → {request.get('status')}"


def at_once(requests):
    """Return the largest number of requests that were in hand at one time."""
    ends = [(request["time"] + request["duration"], -1) for request in requests]
    under_way = itertools.accumulate(
        change for _time, change in sorted(ends + [(request["time"], 1) for request in requests])
    )
    return max(under_way, default=0)


def judge(case, runs, documentation=None, secrets=()):
    """Hold *runs* (name → Run) against *case* and return the list of problems.

    *documentation* is the module's entry in ``ansible-doc --json``; *secrets* are strings no result may show.
    """
    problems = []
    for name, run in runs.items():
        problems += [f"{name}: a secret is shown at {path}" for path in compare.leaks(run.result, secrets)]
        problems += [f"{name}: a traceback is shown at {path}" for path in compare.tracebacks(run.result)]
        problems += [f"{name}: the deprecation {short(entry)}" for entry in run.result.get("deprecations") or []]
        problems += _writes(case, name, run)
    if case.fails is not None:
        return problems + [problem for name, run in runs.items() for problem in _failed(case, name, run)]

    failed = [
        f"{name}: failed with {short(_message(run.result), 1000)}"
        for name, run in runs.items()
        if run.result.get("failed")
    ]
    if failed:
        return problems + failed
    for name, run in runs.items():
        problems += _changed(case, name, run.result)
        problems += [
            f"{name}: {problem}" for problem in documented.violations(run.result, (documentation or {}).get("return"))
        ]
    for check, real in (("check", "real"), ("check_again", "real_again")):
        if check in runs and real in runs:
            problems += _agree(check, *_in_both(case, runs[check].result, runs[real].result), real)
    return problems


def _writes(case, name, run):
    """No write in check mode, none where nothing changes, none before a failure."""
    quiet = case.fails is not None or case.changed is False or (case.idempotent and name.endswith("_again"))
    if RUNS[name] or (quiet and not case.writes_allowed):
        return [f"{name}: a write reached the cloud: {describe(request)}" for request in run.writes]
    return []


def _failed(case, name, run):
    if not run.result.get("failed"):
        return [f"{name}: succeeded (changed={run.result.get('changed')}), expected a failure that says /{case.fails}/"]
    message = _message(run.result)
    problems = [f"{name}: the module crashed"] if "msg" not in run.result else []
    problems += [f"{name}: {problem}: {short(message, 600)}" for problem in compare.unclear(message)]
    if not re.search(case.fails, str(message)):
        problems.append(f"{name}: failed with {short(message, 600)}, expected /{case.fails}/")
    return problems


def _message(result):
    """Return what a failed run says. A module that crashed has no message, but since core 2.19 the exception's own."""
    return result.get("msg") or str(result.get("exception") or "")


def _changed(case, name, result):
    expected = case.changed and not (case.idempotent and name.endswith("_again"))
    problems = []
    if result.get("changed") is not expected:
        problems.append(f"{name}: changed is {result.get('changed')}, expected {expected}")
    if compare.shows_change(result) is not expected:
        problems.append(
            f"{name}: the diff shows {'no ' if expected else 'a '}change, where changed should be {expected}:"
            f" {short(result.get('diff'), 600)}"
        )
    return problems


def _in_both(case, check, real):
    """Return both results, of shared lists only the rows that both have: others come and go between the runs."""
    for name, key in case.shared.items():
        ours, theirs = [[row.get(key) for row in result.get(name) or []] for result in (check, real)]
        check = {**check, name: [row for row in check.get(name) or [] if row.get(key) in theirs]}
        real = {**real, name: [row for row in real.get(name) or [] if row.get(key) in ours]}
    return check, real


def _agree(check, foretold, brought, real):
    problems = [
        f"{check} and {real}: {problem}"
        for problem in compare.foretold(compare.returned(foretold), compare.returned(brought))
    ]
    if foretold.get("diff") != brought.get("diff"):
        problems.append(
            f"the diff of {check} is {short(foretold.get('diff'), 600)}, that of {real} is"
            f" {short(brought.get('diff'), 600)}"
        )
    return problems
