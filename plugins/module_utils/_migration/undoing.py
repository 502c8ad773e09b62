# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration rolled back or finalized: what is planned for each server, and the chain that carries it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
from ansible_collections.osnap.openstack.plugins.module_utils._fleet.schedule import Lanes
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._migration import (
    asked,
    carry_out,
    deep,
    earlier,
    phase,
    proof,
    remains,
    result,
    source_belongings,
    source_mark,
    source_removal,
    undo,
    ways,
)
from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import LOST_WRITES
from ansible_collections.osnap.openstack.plugins.module_utils._migration.forecast import Measured
from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_checks import power_of
from ansible_collections.osnap.openstack.plugins.module_utils._migration.states import (
    FINALIZED,
    ROLLED_BACK,
    SOURCE_REMOVED,
)
from ansible_collections.osnap.openstack.plugins.module_utils._servers import lock, port_names, ports
from ansible_collections.osnap.openstack.plugins.module_utils._servers.power import ServerPower
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import merge
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_members import ImageMembers
from ansible_collections.osnap.openstack.plugins.module_utils._services.image_properties import ImageProperties
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_ports import ServerPorts
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.moved import withdraw
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._migration.discovered import Discovered, Options

    Seen = TypeVar("Seen", bound=Discovered)

#: Kind of a part -> the operation that removes it; a temporary volume belongs to none.
REMOVED_BY = {
    "server": ServerRestore,
    "volume": VolumeRestore,
    "moving_volume": VolumeRestore,
    "port": ports.ServerPort,
    "copy": ServerImageSnapshot,
    "image": ServerImageSnapshot,
    "snapshot": ServerImageSnapshot,
    "volume_snapshot": VolumeSnapshot,
    "source": ServerRestore,
    "source_volume": VolumeRestore,
}


@dataclass(frozen=True)
class Carried:
    """What a server's plan carries: the server as the migration has judged it, the look at it as it is then, and the one
    at it as though it had not arrived.
    """

    judged: dict[str, Any]
    look: Callable[[], dict[str, Any]]
    prove: Callable[[], dict[str, Any]]
    doubts: tuple[str, ...]


# -- plan


def as_unproven(options: Options) -> Options:
    """Options with which a server is compared once more, before its source is removed."""
    return options._replace(as_unfinished=True, accept=(), plan_digest=None)


def as_it_is(options: Options) -> Options:
    """Options with which a server is judged as it is: what would be made anew by a migration is not stale here."""
    return options._replace(backward=True, stop=False, accept=(*options.accept, LOST_WRITES), plan_digest=None)


def plans(
    context: Context,
    items: list[dict[str, Any]],
    seen: Discovered,
    judged: list[dict[str, Any]],
    options: Options,
    look_at: Callable[..., dict[str, Any]],
) -> list[Plan | OsnapError]:
    """One for each server.

    :param seen: what was read of both clouds
    :param judged: the migration's own plans, whose problems stand in no way here
    :param look_at: judges one of them again, by its place and its ID; with ``unproven`` as though it had not arrived
    """
    rows = {one["id"]: one for one in seen.servers if not isinstance(one, OsnapError)}
    ids = [one["server_id"] for one in judged]
    there = remains.read(context.cloud, options.run, {id: rows.get(id) for id in ids if id})
    found: list[Plan | OsnapError] = []
    for at, one in enumerate(judged):
        try:
            found.append(_plan(context, items[at], seen, at, one, there, ids, options, look_at))
        except OsnapError as error:
            found.append(error)
    return found


def _plan(context, item, seen, at, one, there, ids, options, look_at):
    server, id = seen.servers[at], one["server_id"]
    if id is None or (isinstance(server, OsnapError) and not any(there[id].made.values())):
        raise server
    if ids.index(id) != at:
        raise OsnapError(f"The server '{one['server']}' ({id}) is named twice; name each once.", resource=id)

    def prove():
        return look_at(at, id, unproven=True)

    todo = _todo(context, there[id], prove)
    before, steps = result.migration(one), todo.steps()
    facts = _facts(
        [part.shown() for part in [*todo.removed, *todo.source]], [part.shown() for part in todo.retained], []
    )
    doubts = tuple(undo.doubts(there[id], todo))
    carried = Carried(one, lambda: {**look_at(at, id), "server": one["server"]}, prove, doubts)
    if not steps:
        return Plan(result.shown(before), result.shown(before), (), resource=before, facts=facts, carried=carried)
    after = _foreseen(item, one, server, there[id], todo, seen, options)
    facts["timeline"] = None
    left = [f"{step.verb} {step.values['what']} {step.values.get('id', '')}".strip() for step in steps]
    return Plan(
        {**result.shown(before), "left_to_do": left},
        {**result.shown(after), "left_to_do": []},
        steps,
        resource=after,
        facts=facts,
        carried=carried,
    )


def _todo(context, there, prove):
    params, cloud = context.params, context.cloud
    todo = undo.plan(there, params["state"], params["keep_copies"])
    if params["state"] == SOURCE_REMOVED:
        judged = prove() if source_removal.needs_proof(there) else None
        power = power_of(there.source, asked.options(params)) if there.source else "on"
        has = source_belongings.read(cloud, there.source)
        source_removal.add(todo, there, has, judged, proof.STATUSES[power])
    return todo


def _foreseen(item, one, server, there, todo, seen, options):
    """What a task returns of a server once that is done: judged as if what goes had gone."""
    marked = {
        there.server_id: (todo.source_set, todo.source_unset),
        **({there.successor["id"]: (todo.server_set, todo.server_unset)} if there.successor else {}),
        **{part.row["id"]: ({}, undo.ON_VOLUME) for part in todo.unmarked if part.kind == "volume"},
    }
    later = as_if_done(seen, todo, marked)
    if isinstance(server, OsnapError) or todo.source:
        name = there.successor["name"] if there.successor else one["name"]
        told = {**one, "phase": FINALIZED, "verified": False, "server_name": name, "name": name}
        return {**result.migration(told), "disks": None, "notices": None}
    source = _marked(server, *marked[there.server_id])
    made = earlier.made_so_far(source, ways.disks_of(source, seen, ways.of_item(item, options)), later, options)
    found = [{**disk, "found": other["found"]} for disk, other in zip(one["disks"], made.disks, strict=True)]
    told = {
        **one,
        "name": made.server["name"] if made.server else (item["name"] or server["name"]).strip(),
        "phase": phase.of(made).phase,
        "verified": proof.missing(source, made, later, options) is None,
        "found": {**one["found"], "server": made.server, "rehearsal": made.rehearsal},
        "disks": found,
    }
    return {**result.migration(told), "notices": None}


def as_if_done(seen: Seen, todo: undo.Undo, marked: dict[str, tuple]) -> Seen:
    """What was read, without what goes.

    :param marked: ``{ID: (metadata that are set, keys that are unset)}``
    """
    gone = {part.row["id"] for part in todo.removed}

    def left(rows):
        return [_marked(row, *marked.get(row["id"], ({}, ()))) for row in rows if row["id"] not in gone]

    kinds = ("snapshots", "copies", "volume_snapshots", "source_images")
    return replace(
        seen,
        made=left(seen.made),
        made_volumes=left(seen.made_volumes),
        **{kind: {name: left(rows) for name, rows in getattr(seen, kind).items()} for kind in kinds},
    )


def _marked(row, set, unset):
    if not set and not unset:
        return row
    kept = {key: value for key, value in row["metadata"].items() if key not in unset}
    return {**row, "metadata": {**kept, **set}}


# -- apply


def apply(context: Context, plans: list[Plan]) -> list[Outcome | OsnapError]:
    """Server by server, side by side; each is read again first."""
    lanes = Lanes({lane: context.params[lane] for lane in carry_out.LANES}, context.progress.check)
    return lanes.run([_chain(context, lanes, plan.carried) for plan in plans], context.params["parallel"])


def _chain(context, lanes, carried):
    def go():
        id = carried.judged["server_id"]
        chain = Undoing(context, lanes, lambda: _now(context, id, carried.prove), lambda: None, Measured(None))
        try:
            chain.go()
        except OsnapError as error:
            raise error.of(f"The server '{carried.judged['server_name']}' ({id})") from None
        facts = _facts(chain.removed, chain.retained, chain.timeline.entries)
        return Outcome(result.migration(carried.look()), facts)

    return go


def _now(context, id, prove):
    row = Servers(context.cloud).get(id)
    there = remains.read(context.cloud, context.params["run"], {id: row})[id]
    return there, _todo(context, there, prove)


class Undoing(carry_out.Chain):
    """The way of one server back, or to its end."""

    #: What is moved: its metadata are set.
    service: type = Servers

    def go(self) -> None:
        there, todo = self.look()
        self.removed: list[dict] = []
        self.retained = [part.shown() for part in todo.retained]
        self._mark(self.there, self.successor(there), todo.proven, [])
        for part in todo.removed:
            if not self._proves(part):
                self._remove(part)
        self._mark(self.there, self.successor(there), todo.ending, [])
        for part in todo.unmarked:
            with self.timeline.entry("unmark") as entry:
                self._take_marks(part)
                entry["changed"] = True
        for part in todo.unshared:
            with self.timeline.entry("unshare") as entry:
                ImageMembers(self.here).remove(part.row, self.there.project_id)
                entry["changed"] = True
        self._give_back(there, todo)
        self._mark(self.there, self.successor(there), todo.server_set, todo.server_unset)
        if todo.source and there.is_locked_by_us:  # a locked server is not removed for its owner
            lock.unlock(Servers(self.here), there.source, source_mark.why_locked(there.run))
        for part in todo.source:
            self._remove(part)

    @staticmethod
    def successor(there: undo.Remains) -> dict[str, Any] | None:
        """What is there in the source's place."""
        return there.successor

    def _proves(self, part):
        """Whether a part stays, as the copy does that it proves: somebody has made something of the copy meanwhile."""
        return (
            self.state == ROLLED_BACK
            and part.kind in undo.PROOFS
            and any(one["what"] == "copy" for one in self.retained)
        )

    def _remove(self, part):
        cloud = self.there if undo.KINDS.get(part.kind) else self.here
        try:
            if part.kind == "proof":
                deep.remove(self.context.of(cloud, self.context.params), self.link, part.row)
            elif part.kind == "temporary_volume":
                with self.timeline.entry("remove") as entry:
                    TemporaryVolume(self.context, *part.row["of"]).remove()
                    entry["changed"] = True
            elif part.kind == "floating_ip":
                with self.timeline.entry("remove") as entry:
                    entry["changed"] = FloatingIps(cloud).delete_marked(part.row)
            else:
                if part.kind == "moving_volume":
                    withdraw(self.here, part.row["id"])
                item = port_names.removal_of(part.row) if part.kind == "port" else {"id": part.row["id"]}
                self.link("remove", REMOVED_BY[part.kind](), item, cloud, state="absent")
        except OsnapError as error:
            self._retain(part, cloud, error)
        else:
            self.removed.append(part.shown())

    def _retain(self, part, cloud, error):
        """What the service keeps, for something was made of it, stays and is told; it is no failure."""
        if part.kind not in ("copy", *undo.PROOFS):
            raise error
        if part.kind == "volume_snapshot":
            service = VolumeSnapshots(cloud)
            row = service.get(part.row["id"])
            made = service.dependents(part.row) or VolumeSnapshots(self.there).dependents(part.row)
            if not row or row["status"] not in service.statuses.ready or not made:
                raise error
        elif error.status != 409:
            raise error
        else:
            service = ImageProperties(cloud)
            row = service.get(part.row["id"])
            if row is None:
                raise error
        service.set_metadata(row, {_marks.STEP: undo.RETAINED})
        self.retained.append(part._replace(why=str(error)).shown())

    def _take_marks(self, part):
        if part.kind in ("port", "floating_ip"):
            service = ServerPorts if part.kind == "port" else FloatingIps
            service(self.there).update(part.row, {"description": ""})
        else:
            merge(Volumes(self.there), part.row, {}, unset=undo.ON_VOLUME)

    def _give_back(self, there, todo):
        if todo.unlock:
            with self.timeline.entry("unlock") as entry:
                why = source_mark.why_locked(there.run)
                entry["changed"] = lock.unlock(Servers(self.here), there.source, why)
        if todo.start:
            self.link("start", ServerPower(), {"server": there.server_id}, self.here, state="started")
        self._mark(self.here, there.source, todo.source_set, todo.source_unset)
        if todo.relock:
            with self.timeline.entry("lock") as entry:
                service, why = Servers(self.here), source_mark.why_locked(there.run)
                entry["changed"] = lock.lock(service, there.source, why, only="SHUTOFF")

    def _mark(self, cloud, row, values, unset):
        """What goes before what says that it is done: a killed run has not finished as long as that is missing."""
        if not values and not unset:
            return
        with self.timeline.entry("mark") as entry:
            if unset:
                row = merge(self.service(cloud), row, {}, unset=unset)
            if values:
                merge(self.service(cloud), row, values)
            entry["changed"] = True


def _facts(removed, retained, timeline):
    return {"timeline": timeline, "off": None, "forecast_seconds": None, "removed": removed, "retained": retained}
