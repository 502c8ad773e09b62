# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for many objects at once: one list call a poll however many there are, named failures, an honest timeout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from ansible_collections.osnap.openstack.plugins.module_utils._core.declared import Service
    from ansible_collections.osnap.openstack.plugins.module_utils._core.progress import Progress
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row

    class Waiting(Protocol):
        """What of an operation's context a wait needs."""

        @property
        def timeout(self) -> int: ...

        @property
        def progress(self) -> Any: ...


#: ``SETTLED`` is for what is waited for only to be removed: ready, failed, going and gone are as good as each other.
READY, GONE, SETTLED = "ready", "gone", "settled"

#: Seconds between polls: soon at first, as most things take a moment, then kind to the API.
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.2, 5.0, 1.4
#: A list shows a new object at once on a healthy cloud; on replicated databases it may lag. Missing this often means
#: vanished.
MISSING_POLLS = 2


def wait(
    service: Service,
    goals: dict[str, str],
    *,
    timeout: float,
    progress: Progress,
    asked: bool = False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> dict[str, Row | OsnapError | None]:
    """Wait until each object has reached its goal.

    :param service: a ``_services`` object: ``poll(ids) -> {id: resource}``, ``statuses``, ``reason(resource)``,
        ``is_busy(resource)``, ``saves_twice``, ``noun``
    :param goals: ``{id: READY, GONE or SETTLED}``
    :param timeout: seconds, for all of them together
    :param progress: ticked at every poll; raises when nobody waits for this job any more
    :param asked: the service has been asked for it this moment: the first poll, which would see nothing yet, is left out
    :returns: ``{id: resource}``, None for a gone one, an :class:`OsnapError` for one that failed or took too long
    """
    done: dict[str, Any] = {}
    last: dict[str, Row | None] = {}
    missing: dict[str, int] = {}
    once: dict[str, Row] = {}  # seen ready, and to be seen so again
    started, pause = clock(), FIRST_PAUSE
    if asked and goals:
        sleep(min(pause, timeout))
    while True:
        open_ids = [id for id in goals if id not in done]
        if not open_ids:
            return done
        progress.check()
        try:
            rows = service.poll(open_ids)
        except OsnapError as error:  # after its own retries: nobody can say any more what becomes of them
            return {**done, **dict.fromkeys(open_ids, error)}
        for id in open_ids:
            row = rows.get(id)
            last[id] = row or last.get(id)
            missing[id] = 0 if row else missing.get(id, 0) + 1
            outcome = _judge(service, goals[id], id, row, missing[id])
            if service.saves_twice and goals[id] != GONE and row is not None and is_ready(service, row):
                if id not in once:
                    once[id], outcome = row, _NOT_YET
            else:
                once.pop(id, None)
            if outcome is not _NOT_YET:
                done[id] = outcome
        elapsed = clock() - started
        if len(done) < len(goals) and elapsed >= timeout:
            for id in goals:
                if id not in done:
                    done[id] = once.get(id) or _too_late(service, goals[id], id, last.get(id), timeout)
            return done
        if len(done) < len(goals):
            progress.tick(
                f"{service.noun}s: {len(done)} of {len(goals)} {'gone' if GONE in goals.values() else 'ready'} after"
                f" {elapsed:.0f} s"
            )
            left = max(0.05, timeout - elapsed)
            if any(id not in done for id in once):  # the second look comes a moment after the first
                sleep(min(FIRST_PAUSE, left))
            else:
                sleep(min(pause, left))
                pause = min(pause * GROWTH, LONGEST_PAUSE)


_NOT_YET = object()


def _judge(service, goal, id, row, missing):
    statuses = service.statuses
    if row is None:
        if goal == GONE:
            return None
        if missing < MISSING_POLLS:
            return _NOT_YET
        return None if goal == SETTLED else _lost(service, id)
    status = row["status"]
    if goal != GONE and is_ready(service, row):
        return row
    if goal == SETTLED and status in statuses.failed | statuses.leaving:
        return row
    if goal == READY and status in statuses.leaving:
        return _lost(service, id)  # whether it is seen on its way or only missed is chance
    if status in statuses.failed:
        return OsnapError(
            f"The {service.noun} {service.label(row)} went into status"
            f" {status}{_because(service, row)}{_remedy(service, row)}.",
            resource=id,
        )
    if goal == GONE and status in statuses.refused:
        return OsnapError(
            f"The {service.noun} {service.label(row)} can't be deleted: the service took the request and went back to "
            f"{status}{_because(service, row)}; remove what depends on it{_dependents(service, row)}, then run again.",
            resource=id,
        )
    return _NOT_YET


def is_ready(service: Service, row: Row) -> bool:
    return row["status"] in service.statuses.ready and not service.is_busy(row)


def _lost(service, id):
    return OsnapError(
        f"The {service.noun} {id} vanished while it was waited for; somebody or the service deleted it. Run again to"
        " make it anew.",
        resource=id,
    )


def _because(service, row):
    reason = service.reason(row)
    return f": {reason}" if reason else ""


def _remedy(service, row):
    remedy = service.remedy(row)
    return f"; {remedy}" if remedy else ""


def _dependents(service, row):
    found = service.dependents(row)
    return f" ({enumerated(found)})" if found else ""


def _too_late(service, goal, id, row, timeout):
    status = row["status"] if row else "unknown"
    wanted = "gone" if goal == GONE else "ready"
    return OsnapError(
        f"The {service.noun} {id} is not {wanted} after {timeout} s, its last status is {status}; the service is still"
        " at it. Run again to go on waiting from there, or raise timeout.",
        resource=id,
    )


def bound(service: Service, context: Waiting) -> Service:
    """The service, able to wait: its own deletions and look-ups sometimes must."""
    service.wait_for = lambda other, goals: _waited(
        wait(other, goals, timeout=context.timeout, progress=context.progress)
    )
    service.pause = lambda: pause(context)
    return service


def pause(context: Waiting, seconds: float = 1) -> None:
    """A second, at whose end the job must still be there: what follows may write."""
    time.sleep(max(0, seconds))
    context.progress.check()


def _waited(rows):
    for row in rows.values():
        if isinstance(row, OsnapError):
            raise row
    return rows
