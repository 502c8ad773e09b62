# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume through which one snapshot becomes one image: found or made, waited for, and taken back in the end."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core import twins, waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._services.temporary_volumes import (
    WORKING,
    TemporaryVolumes,
    is_stale,
    is_taken,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context


class TemporaryVolume:
    """All volumes that there are for one image: a killed run may have left one, and a twin may be at work with another."""

    def __init__(self, context: Context, snapshot: str, image: str):
        self.context, self.of = context, (snapshot, image)
        self.service = bound(TemporaryVolumes(context.cloud), context)
        self.used: str | None = None  # the ID of the one that was gone on with

    def left(self) -> list[dict]:
        """Those that there are, oldest first."""
        return self.service.of([self.of])[self.of]

    def ready(self) -> dict:
        """The oldest that has the snapshot's data, or a new one; never a second one for want of an answer."""
        for row in self.left():
            if is_stale(row, datetime.now(timezone.utc)) and self._deleted(row):
                self.service.wait_for(self.service, {row["id"]: waiter.GONE})
        usable = self._usable()
        if usable is None:
            made = send_once(lambda: self.service.create(*self.of), self._usable, self.service.pause)
            self.used, at = made["id"], time.monotonic()
            self.settled(made)
            waiter.pause(self.context, at + twins.UNTIL_ALL_ARE_SEEN - time.monotonic())
            usable = self._usable() or made  # a twin's, if that is older: there is one upload of a volume at a time
        self.used = usable["id"]
        return self.settled(usable)

    def idle(self) -> bool:
        """Whether Cinder is at work on none of them; else it is waited for, and what was seen before may be no more."""
        busy = {row["id"]: waiter.READY for row in self.left() if row["status"] in WORKING}
        self.service.wait_for(self.service, busy)
        return not busy

    def is_lost(self) -> bool:
        """Whether somebody has removed the one that was gone on with: a twin that gave up, or has done it all."""
        row = self.service.get(self.used) if self.used else None
        return self.used is not None and (row is None or row["status"] in self.service.statuses.leaving)

    def _usable(self):
        """The oldest that can be gone on with, or None."""
        unusable = self.service.statuses.leaving | self.service.statuses.failed
        return next((row for row in self.left() if row["status"] not in unusable), None)

    def settled(self, row: dict) -> dict:
        """The volume, once nobody is at work on it."""
        return self.service.wait_for(self.service, {row["id"]: waiter.READY})[row["id"]]

    def _deleted(self, row):
        """Whether it is gone or going; one that somebody has attached since is theirs."""
        return not self.service.delete_if(row, lambda now: is_taken(now) and "somebody has attached it")

    def remove(self) -> None:
        """Remove all of them. One that Cinder is at work on is waited for, for it can't be deleted before; a twin may
        have given it work again by then.
        """
        for last in (False, False, True):
            busy = {row["id"]: waiter.READY for row in self.left() if row["status"] in WORKING}
            waiter.wait(self.service, busy, timeout=self.context.timeout, progress=self.context.progress)
            try:
                rows = self.left()
                rows = [row for row in rows if row["status"] in self.service.statuses.leaving or self._deleted(row)]
                break
            except OsnapError as error:
                if last or error.status != 400:
                    raise
        self.service.wait_for(self.service, {row["id"]: waiter.GONE for row in rows})

    def removed_after(self, error: OsnapError) -> OsnapError:
        """The error; the volumes go with it, or it is said which ones the next run removes."""
        rows = []
        try:
            rows = self.left()
            stuck = [row for row in rows if row["status"] not in ("available", "error")]
            going = [row for row in rows if row not in stuck and self._deleted(row)]
            self.service.wait_for(self.service, {row["id"]: waiter.GONE for row in going})
        except OsnapError:
            stuck = rows
        if not stuck:
            return error
        left = ", ".join(f"{row['id']} ({row['status']})" for row in stuck)
        return OsnapError(
            f"{str(error).rstrip('.')}; the temporary volume {left} is still there, and the next run goes on with it or"
            " removes it.",
            **error.fields,
            stops_work=error.stops_work,
        )
