# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of one server: the operations that bring it to the other cloud, one after another.

Each link is an operation that finds out by itself whether there is anything left to do, so that a killed chain goes on
by being begun again. What the links are about is in the plan; what only a link can know, such as an image's ID, the
next one gets from its outcome.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    refused,
    source_mark,
    source_note,
    stale,
    window,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import LOST_WRITES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.disk_way import CONVERSIONS, COPIES, DiskWay
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import GIB, Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.problems import Note, Notice, Problem
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import (
    CHECKED,
    COPIED,
    MARKED,
    REHEARSED,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.timeline import Timeline, seconds_of
from ansible_collections.osnap.openstack.plugins.module_utils._servers import console_check, lock
from ansible_collections.osnap.openstack.plugins.module_utils._servers.floating_ips import ServerFloatingIp
from ansible_collections.osnap.openstack.plugins.module_utils._servers.ports import ServerPort
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import ServerPower
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_console import ServerConsole
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes

#: The lanes of a fleet: what is scarce, and bounded for all servers together. Options of the task have these names.
BOOTS = "boots"
LANES = CONVERSIONS, COPIES, BOOTS
#: A server is not stopped before as many of its disks as possible can be copied at once: it is off for its own copies, and
#: not for those of others. This lane has the places of :data:`COPIES`.
OFF = "off"


class Chain:
    """The way of one server up to a state.

    :param look: reads both clouds again for this server; its plan as it is now, or an error that says what stands in
        its way. Its ``unfinished`` is the plan as though it had not arrived yet, and no error; its ``arrived`` takes the ID of
        a successor that was marked since, and reads nothing
    :param my_turn: waits until those have booted that boot before it; an error if they never will
    :param measured: how long links have taken so far
    :param to_copy: of how many disks a copy is still to be made, as was planned
    :param checks: what the new server is to show on its console; see :mod:`console_check`
    """

    #: What is moved, as a sentence calls it.
    noun = "server"

    def __init__(
        self,
        context: Context,
        lanes: Lanes,
        look: Any,
        my_turn: Callable[[], None],
        measured: Measured,
        to_copy: int = 0,
        checks: dict[str, Any] | None = None,
    ):
        # Its own context: what stops the disks of this server stops no other one.
        self.context = context.of(context.cloud, context.params)
        self.lanes, self.look, self.my_turn, self.measured = lanes, look, my_turn, measured
        self.state = context.params["state"]
        self.here, self.there = context.cloud, context.cloud.peer
        self.to_copy, self.counting = to_copy, threading.Lock()
        self.checks, self.timeline = checks, Timeline()
        #: What was found wrong and hinders nothing.
        self.told: list[Note] = []
        #: Seconds for which the source will be off, as judged right before it was stopped; None where nobody could tell.
        self.forecast: float | None = None

    def go(self) -> dict:
        """Carry it out; the plan as it is then."""
        if self.state == CHECKED:
            plan = self.look()
            return plan if plan["complete"] else self._completed(plan)
        with self.lanes.places(OFF, self.to_copy if self._stops else 0) as self.places:
            plan, made = self._copy()
        if made is None:
            return plan
        if self.state != COPIED:
            self.my_turn()
            self._still_true(self.look(), plan)
            self._boot(plan, made)
        now = self._still_true(self.look(), plan)
        if self.state == REHEARSED:
            self._check(now, "rehearsal")
        return self._completed(now) if self.state in MARKED else now

    def _copy(self):
        """``(plan, what was made of each disk)``; None for one that has arrived."""
        plan = self.look()
        if plan["complete"]:
            return plan, None
        if self._stops and plan["status"] != "SHUTOFF":
            self._admit(plan)
        stale.clear(self.context, self.link, self.here, self.there, plan["stale"])
        if self._stops:
            self._stop(plan)
        else:
            self._note(plan)
        snapshots = self._each(self._snapshot, plan["disks"])
        pairs = list(zip(plan["disks"], snapshots, strict=True))
        return plan, self._each(lambda pair: self._disk(*pair), pairs)

    # -- links

    def link(
        self, what: str, operation: Operation, item: dict, cloud: Any, *, disk: int | None = None, **params: Any
    ) -> Any:
        """One operation carried out and noted; the resource that it returns."""
        self.lanes.check()
        with self.timeline.entry(what, disk) as entry:
            done = carry_out(
                operation, item, within=self.context, cloud=cloud, **{"timeout": self.context.timeout, **params}
            )
            entry["changed"] = done.changed
        if done.changed:
            size = (done.outcome.resource or {}).get("size")
            self.measured.add(what, seconds_of(entry), size * GIB if size and what == "volume" else size)
        return done.outcome.resource

    @property
    def _stops(self):
        """Whether the source is to be off."""
        return self.state != REHEARSED and self.context.params["stop"]

    def _note(self, plan):
        server = {"id": plan["server_id"], "name": plan["server_name"]}
        source_note.write(self.here, server, self.context.params["run"], self.state, self._stops)

    def _admit(self, plan):
        """Whether by forecast it is up again in time: an error if not, before anything is done to what there is of it."""
        self.forecast = self.measured.seconds_of(plan["disks"], self.context.params["copies"])
        window.admit(plan, self.forecast, self.context.params["window_end"])

    def _stop(self, plan):
        self._note(plan)
        self.link("stop", ServerPower(), plan["server_power"], self.here, state="stopped")
        service = Servers(self.here)
        lock.lock(service, {"id": plan["server_id"]}, source_mark.why_locked(self.context.params["run"]))

    def _snapshot(self, disk):
        if disk["kind"] == "image":
            return self.link(
                "snapshot", ServerImageSnapshot(), disk["server_image_snapshot"], self.here, disk=disk["index"]
            )
        return self.link("snapshot", VolumeSnapshot(), disk["volume_snapshot"], self.here, disk=disk["index"])

    def _disk(self, disk, snapshot):
        """From a snapshot to what the new server gets."""
        verification = self.context.params["verification"]
        way = DiskWay(self.link, self.lanes, self.here, self.there, verification, self._making_room)
        return way.go(disk, snapshot, only_copy=self.state == COPIED)

    @contextmanager
    def _making_room(self, size):
        """Another server may be stopped as soon as there is a place for its copy: when this one has ended, or so long
        before as it takes to stop and snapshot a server.
        """
        made = threading.Event()

        def make():
            with self.counting:
                if not made.is_set():
                    made.set()
                    self.to_copy -= 1
                    self.places.keep(max(0, self.to_copy))

        after = self.measured.until_next(size)
        timer = None if after is None else threading.Timer(after, make)
        if timer:
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            if timer:
                timer.cancel()
            make()

    def _boot(self, plan, made):
        item = {**plan["server_restore"], **_sources(made, plan["server_restore"].get("id"))}
        if not item.get("id") and plan["ports"]:
            item["networks"] = [self._port(**port) for port in plan["ports"]]
        with self.lanes.lane(BOOTS):
            server = self.link("boot", ServerRestore(), item, self.there)
        for one in plan["floating_ips"]:
            self.link("floating IP", ServerFloatingIp(), {**one, "server": server["id"]}, self.there)
        if plan["power"] == "off" and self.state != REHEARSED:
            self.link("power off", ServerPower(), {"server": server["id"]}, self.there, state="stopped")

    def _port(self, tag=None, **port):
        """What a server is booted with. The tag of its interface is Nova's and not the port's."""
        made = self.link("port", ServerPort(), port, self.there)
        return {"port": made["id"], **({"tag": tag} if tag else {})}

    # -- looks

    def _still_true(self, now, plan):
        """The plan as it is now. Whoever has acted on the source since its snapshot has made the copies stale: nothing is
        booted of them, and they are no success. Nor is it of a server that got a volume before its snapshot: nothing is
        stale then, and the chain has left it out.

        :param plan: what the chain goes by
        """
        if any(now["stale"].values()):
            said = f"has changed since its snapshot: {now['unverified']}"
            raise self._refused(now, said, "changed_meanwhile", "run again, which copies it anew")
        if added := sorted({disk["id"] for disk in now["disks"]} - {disk["id"] for disk in plan["disks"]}):
            said = f"got a volume while it was moved: {', '.join(added)}"
            raise self._refused(now, said, "changed_meanwhile", "run again, which goes on with that, too")
        return now

    def _check(self, plan, which):
        """What the new server shows on its console. One that is to be off shows nothing any more."""
        if not self.checks or (plan["power"] == "off" and self.state != REHEARSED):
            return
        console, server = ServerConsole(self.there), plan["found"][which]
        with self.timeline.entry("check") as entry:
            wrong = console_check.wait(lambda: console.of(server["id"]), self.checks, self.lanes.check)
            entry["changed"] = False
        if not wrong:
            return
        said, about = (
            f"The new server {server['id']} has not passed its check: {wrong}",
            f"server '{plan['server_name']}'",
        )
        if self.checks["must_succeed"] is False:
            self.told.append(Notice(f"{said}.", "check_failed", about))
            return
        problem = Problem(said, "check_failed", about, "see to it, or roll back, then run again")
        raise refused.because([problem], plan["server_id"])

    def _completed(self, plan):
        """The mark is taken back if somebody has acted on the source after the look and before the mark: only what is
        looked at after it is known to be no later. Until then it says so, and whoever comes after a killed task looks.
        """
        if not plan["verified"]:
            said, remedy = (
                f"has not arrived: {plan['unverified']}",
                f"look at the new {self.noun}, or remove it, then run again",
            )
            raise self._refused(plan, said, "not_arrived", remedy)
        self._check(plan, "server")
        new = self.new_of(plan)
        self._mark_as_looked_at(new)
        after = self.look.unfinished()
        if any(after["stale"].values()) or any(
            one["code"] == LOST_WRITES and one["stops"] for one in after["findings"]
        ):
            self._unmark(new)
            said = f"has changed since its snapshot: {after['unverified']}. It is not marked as complete"
            raise self._refused(after, said, "changed_meanwhile", "run again")
        self._mark_as_complete(new)
        return self.look.arrived(new["id"])

    def _refused(self, plan, said, code, remedy):
        """Why its way ends here, as an error.

        :param said: what is the case with it, as the rest of a sentence
        """
        label = self.called(plan)
        problem = Problem(f"The {self.noun} {label} {said}", code, f"{self.noun} {label}", remedy)
        return refused.because([problem], self.id_of(plan))

    # -- what is moved

    @staticmethod
    def id_of(plan: dict) -> str:
        return plan["server_id"]

    @staticmethod
    def called(plan: dict) -> str:
        """What a sentence calls it."""
        return f"'{plan['server_name']}' ({plan['server_id']})"

    @staticmethod
    def new_of(plan: dict) -> dict:
        """What has arrived in its place."""
        return plan["found"]["server"]

    def _mark_as_looked_at(self, new):
        item = {"id": new["id"], "metadata": {_marks.COMPLETE: _marks.LOOKED_AT}}
        self.link("complete", ServerRestore(), item, self.there)

    def _mark_as_complete(self, new):
        looked_at = {**new, "metadata": {_marks.COMPLETE: _marks.LOOKED_AT}}
        Servers(self.there).set_metadata(looked_at, {_marks.COMPLETE: "true"})

    def _unmark(self, new):
        Servers(self.there).unset_metadata(new, _marks.COMPLETE)

    # -- the disks of one server

    def _each(self, work, disks):
        """``work`` for every disk, side by side; the first error, once none runs any more."""
        results = self.context.map(work, disks, threads=len(disks) or 1)
        errors = [error for error in results if isinstance(error, OsnapError)]
        for error in sorted(errors, key=lambda error: isinstance(error, NotSent)):  # what was not begun tells no reason
            raise error
        return results


def _sources(made, exists):
    """What the new server is made of, as options of server_restore: the root disk is an image or the first volume.

    :param exists: the ID of a server that is there already: of that nothing but its origin is compared
    """
    root, copy, root_volume = made[0]
    volumes = [(disk, volume) for disk, _copy, volume in made if volume]
    image = None if root_volume else copy
    if exists:
        return {"image": image}
    disks = [
        {"volume": volume, **{key: disk[key] for key in ("delete_on_termination", "device", "tag")}}
        for disk, volume in volumes
    ]
    return {"image": image, "disks": [_set(disk) for disk in disks] or None}


def _set(values):
    return {key: value for key, value in values.items() if value is not None}
