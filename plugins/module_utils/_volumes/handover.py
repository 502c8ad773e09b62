# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one volume goes from project to project: marked, offered, accepted.

The key of an offer is shown once. Where it is lost, with a killed run or an answer that never came, the offer is worth
nothing: it is taken back and another one made. No volume is left awaiting its transfer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, UPDATE
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import bound
from ansible_collections.osnap.openstack.plugins.module_utils._services.transferable_volumes import TransferableVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_transfers import VolumeTransfers
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.transfer_rules import OFFERED, plan_arrived

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan

#: Seconds that another run, which has taken our offer for an unfinished one, gets to hand the volume over.
PATIENCE = 5


class Handover:
    """The way of one volume."""

    def __init__(self, context: Context, plan: Plan):
        self.context, self.plan, self.cloud = context, plan, context.cloud
        self.row, self.luggage = plan.current, plan.carried
        self.volumes = bound(TransferableVolumes(context.cloud), context)
        self.offers = VolumeTransfers(context.cloud, self.luggage.of_old)
        self.offered = None  # the ID of our offer

    def run(self) -> Outcome:
        try:
            if self.plan.does(DELETE):
                self._take_back()
            if self.plan.does(UPDATE):
                self.row = self.volumes.mark(self.row, self.cloud.project_id)
            # Nothing that can stop this work stands between the offer and its acceptance.
            self._accept(*self._offer())
        except OsnapError as error:
            # By an acceptance that nobody heard of, or by another run, which has taken our offer back for its own.
            if not self._arrives(PATIENCE if self.offered and error.status == 404 else 0):
                raise self._undone(error) from error
        row = self._arrived()
        if row is None:
            raise OsnapError(
                f"The volume {self.volumes.label(self.row)} was accepted, but the destination {self.cloud.peer.name} does"
                " not have it; run again to see where it is.",
                resource=self.row["id"],
            )
        return Outcome(row, instead=None if self.offered else plan_arrived(row))

    def _offer(self):
        """An offer and its key."""
        id, key = send_once(
            lambda: self.offers.create(
                self.row, snapshots=self.luggage.with_snapshots, encrypted=self.row["is_encrypted"]
            ),
            self._take_back,
            self.volumes.pause,
        )
        self.context.keep_secret(key)
        self.offered = id
        return id, key

    def _accept(self, offer, key):
        theirs = VolumeTransfers(self.cloud.peer, self.luggage.of_old)
        send_once(lambda: theirs.accept(offer, key, self.row), self._arrived_whole, self.volumes.pause)

    def _take_back(self) -> None:
        """Whatever was offered without its key being heard. None, for so it has come to nothing."""
        for offer in self.offers.ours([self.row["id"]])[self.row["id"]]:
            self.offers.delete(offer["id"], self.row["id"])

    # -- has it arrived?

    def _arrives(self, seconds):
        """Whether it arrives by the hand of whoever else is at it."""
        while not self._arrived_whole():
            if seconds <= 0:
                return False
            seconds -= 1
            self.volumes.pause()
        return True

    def _arrived(self):
        """The volume as the destination sees it, once it is the destination's."""
        row = TransferableVolumes(self.cloud.peer).get(self.row["id"])
        return row if row and row["project_id"] == self.cloud.peer.project_id else None

    def _arrived_whole(self):
        """The same, once none of its snapshots is left behind: Cinder hands the volume over first, then one snapshot
        after the other, and takes all back if one can't go.
        """
        row, travelling = self._arrived(), {snapshot["id"] for snapshot in self.luggage.snapshots}
        if row is None or not travelling:
            return row
        here = {snapshot["id"] for snapshot in VolumeSnapshots(self.cloud).list(volume_id=row["id"])}
        return None if here & travelling else row

    # -- nothing came of it

    def _undone(self, error):
        """The error; offer and mark go with it, or it is said that the next run takes the offer back."""
        try:
            now = self.volumes.get(self.row["id"])
            if now is None or now["project_id"] != self.cloud.project_id:
                return error  # it is somebody else's by now, with all that is on it
            if self.offered is None and now["status"] == OFFERED and not isinstance(error, Ambiguous):
                return error  # another run's offer, made since ours was planned: neither it nor its mark is touched
            if self.offered is None:
                self._take_back()
            if self.offered is None or self.offers.delete(self.offered, self.row["id"]):
                self.volumes.unmark(now, self.plan.current["metadata"] or {})
            elif error.status == 404:
                return self._taken_back(error)
        except OsnapError as second:
            return OsnapError(
                f"{str(error).rstrip('.')}. The offer could not be taken back either ({str(second).rstrip('.')}): run"
                " again, which does so.",
                **error.fields,
                stops_work=error.stops_work,
            )
        return error

    def _taken_back(self, error):
        """The error for an offer that was no longer there. The marks stay: another run may be at it with the same."""
        return OsnapError(
            f"The offer of the volume {self.volumes.label(self.row)} was taken back by somebody else before it could be"
            " accepted; run again, which offers it anew.",
            **error.fields,
        )
