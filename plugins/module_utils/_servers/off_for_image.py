# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are off while their images are taken, and on again afterwards: in this run, or else in the next.

The mark on a server names the image that it was stopped for. It is set before the stop and removed after the start, so
that whatever kills a run in between, the next one knows what it has found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import (
    POWER,
    TAKING_AN_IMAGE,
    plan_power,
    switch,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


def is_stopped_for(server: dict, name: str) -> bool:
    return server["metadata"].get(_marks.STOPPED_FOR) == name


def stop(context: Context, names: dict[str, str], stopped: set[str]) -> dict[str, OsnapError]:
    """Stop servers and wait until they are off.

    :param names: ``{server ID: name of the image}``
    :param stopped: a set that gets the IDs of the servers that this task, or one before it, has stopped for that image.
        The mark is for the next run: anybody may take it away meanwhile.
    :returns: ``{server ID: error}`` of those that are not off
    """
    service = Servers(context.cloud)
    there = service.poll(list(names))

    stopped |= {id for id, server in there.items() if is_stopped_for(server, names[id])}

    def send(server):
        if plan_power(server, "stopped").changed:
            service.set_metadata(server, {_marks.STOPPED_FOR: names[server["id"]]})
            stopped.add(server["id"])  # before the request: one without an answer may have been carried out
            switch(service, server, "stopped")
        return server

    sent = dict(zip(there, context.map(send, list(there.values())), strict=True))
    return _wait(context, sent, "stopped")


def start(context: Context, names: dict[str, set[str]], stopped: set[str]) -> dict[str, OsnapError]:
    """Start those of the servers again that this task has stopped, or that are marked with the name of one of their
    images.

    Also after an error that stops all other work, and thus not in the task's threads.

    :param names: ``{server ID: names of images}``
    :param stopped: the IDs that :func:`stop` has put there, and those that were found marked
    :returns: ``{server ID: error}`` of those that are still off. It raises nothing: the images are there.
    """
    service, sent = Servers(context.cloud), {}
    try:
        there = service.poll(list(names)) if names else {}
    except OsnapError as error:  # nobody can look at them: they are as they were left
        return dict.fromkeys(stopped & set(names), error)
    marked = {id: server for id, server in there.items() if id in stopped or _is_marked(server, names[id])}
    for id, server in released(context, marked).items():
        if isinstance(server, OsnapError):
            sent[id] = server
            continue
        try:
            if plan_power(server, "started").changed:
                switch(service, server, "started")
            sent[server["id"]] = server
        except OsnapError as error:
            sent[server["id"]] = error
    still_off = _wait(context, sent, "started")
    for id, server in sent.items():  # the mark of one that Nova has failed to start is for the next run
        if id not in still_off and _is_marked(server, names[id]):
            try:
                service.unset_metadata(server, _marks.STOPPED_FOR)
            except OsnapError as error:
                still_off[id] = error
    return still_off


def _is_marked(server, names):
    return server["metadata"].get(_marks.STOPPED_FOR) in names


def released(context: Context, servers: dict[str, dict]) -> dict[str, dict | OsnapError]:
    """``{id: row or error}``: Nova holds a server for a moment after its image is active."""
    held = [id for id, server in servers.items() if server["task_state"] in TAKING_AN_IMAGE]
    if not held:
        return servers
    waited = waiter.wait(
        _Held(context.cloud), dict.fromkeys(held, waiter.READY), timeout=context.timeout, progress=context.progress
    )
    errors = {id: row for id, row in waited.items() if isinstance(row, OsnapError)}
    free = [id for id in held if id not in errors]
    try:
        return servers | Servers(context.cloud).poll(free) | errors
    except OsnapError as error:
        return servers | dict.fromkeys(free, error) | errors


class _Held(Servers):
    """Servers whose status is what Nova is doing for an image of them."""

    statuses = Statuses(ready=frozenset({"released"}), leaving=frozenset(), failed=frozenset())

    def poll(self, ids):
        return {
            id: {**row, "status": row["task_state"] if row["task_state"] in TAKING_AN_IMAGE else "released"}
            for id, row in super().poll(ids).items()
        }


def _wait(context, sent, state):
    service = Servers(context.cloud)
    # Only the status that was asked for is ready here.
    service.statuses = Statuses(
        ready=frozenset({POWER[state][0]}), leaving=Servers.statuses.leaving, failed=Servers.statuses.failed
    )
    errors = {id: server for id, server in sent.items() if isinstance(server, OsnapError)}
    goals = {id: waiter.READY for id in sent if id not in errors}
    rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
    return errors | {id: row for id, row in rows.items() if isinstance(row, OsnapError)}
