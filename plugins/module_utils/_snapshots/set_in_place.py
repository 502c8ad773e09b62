# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a set that is restored in place: volumes of its snapshots, then with the server off its root disk rebuilt
and its volumes changed for them, and the server on again if it was.

The server keeps its ID, its ports and its addresses. What is killed goes on by being begun again: what was done is known
by what is attached, and by marks that are set before what they are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    ATTACH,
    DELETE,
    REBUILD,
    START,
    UPDATE,
    Plan,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import foreseen
from ansible_collections.osnap.openstack.plugins.module_utils._servers import off_for_image
from ansible_collections.osnap.openstack.plugins.module_utils._servers.rebuild import is_restored
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services._metadata import there
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.set_parts import IMAGE
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_in_place_rules as rules
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_replacement, set_restored
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside import predicted
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_beside_chain import link, made, named
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_claim import claim, release
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_replaced import as_told, deletable, remove
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.detach import attach, detach

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_in_place_rules import Left
    from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen


def target(chosen: Chosen, seen: Any) -> Row | None:
    """The server that is restored; how its volumes are attached is read with it."""
    if chosen.server is not None:
        chosen.places = Attachments(seen.cloud).of(chosen.server["id"])
        chosen.attached = {id: seen.volumes[id] for id in chosen.places if id in seen.volumes}
    if _has_root_volume(chosen):
        return set_replacement.target(chosen, seen)
    if chosen.server is None:
        raise OsnapError(
            f"{chosen.label} is not there any more, and can't be restored in place; restore it beside, which makes a new"
            " one.",
            resource=chosen.row["server_id"],
        )
    return chosen.server


def _has_root_volume(chosen):
    return chosen.root is not None and chosen.root["kind"] != IMAGE


def is_made_anew(chosen: Chosen) -> bool:
    """Whether the server has to be made anew, or that has not come to its end."""
    return _has_root_volume(chosen) and set_replacement.is_left(chosen)


def volume_item(chosen: Chosen, member: Mapping[str, Any]) -> dict[str, Any]:
    if is_made_anew(chosen):
        return set_replacement.volume_item(chosen, member)
    item = set_restored.volume_item(chosen, member)
    now = rules.at(chosen, member, chosen.attached)
    if now is None or rules.is_mine(chosen, member, now):
        return item
    return {**item, "metadata": {**item["metadata"], **rules.place_mark(chosen.places[now["id"]])}}


@dataclass
class InPlace:
    """A server that is restored in place, as a plan carries it."""

    chosen: Chosen
    left: Left
    deleted: list[Row]

    @property
    def label(self) -> str:
        return self.chosen.label

    def go(self, context: Context) -> Outcome:
        chosen, left = self.chosen, self.left
        server = chosen.present
        volumes = made(context, chosen, volume_item)
        if left.touches:
            claim(context, server, rules.key_of(chosen))
            self._stop(context, server)
        if chosen.root is not None and chosen.root["kind"] == IMAGE:
            self._rebuild(context, server)
        self._swap(context, server, volumes)
        self._start(context, server)
        if left.touches or left.is_claimed:
            release(context, server)
        remove(context, self.deleted)
        replaced = as_told([*left.replaced, *(row for _member, row in left.swaps if row)], self.deleted)
        resource = set_restored.told(chosen, id=server["id"], name=server["name"], volumes=volumes, replaced=replaced)
        return Outcome(resource, {"removed": []})

    def _stop(self, context, server):
        errors = off_for_image.stop(context, {server["id"]: rules.key_of(self.chosen)}, set())
        for error in errors.values():
            raise error

    def _rebuild(self, context, server):
        chosen, root, service = self.chosen, self.chosen.root, Servers(context.cloud)
        now = there(service, server)
        if is_restored(now, root["id"]) and not rules.is_rebuilt(chosen, now, root):
            # Another run has put the same image there, and the disk has lived on since: this mark would say that it is done.
            service.unset_metadata(now, _marks.SOURCE)
        item = {
            "id": server["id"],
            "mode": "rebuild",
            "image": root["id"],
            "metadata": set_restored.marks(chosen.row, chosen.mode, chosen.run),
        }
        link(context, ServerRestore(), item)

    def _swap(self, context, server, volumes):
        """All that make room go first, so that a hypervisor which names devices in their order gives the same names."""
        service, going = Volumes(context.cloud), [row for _member, row in self.left.swaps if row]
        for row in going:
            service.set_metadata(row, rules.replaced_marks(self.chosen))
        if going:
            detach(context, server["id"], going)
        for member, _row in self.left.swaps:
            taken = [one["device"] for one in Attachments(context.cloud).of(server["id"]).values()]
            row = volumes[member["disk"]]
            attach(context, server["id"], row, rules.place_of(row, member, taken))

    def _start(self, context, server):
        still_off = off_for_image.start(context, {server["id"]: {rules.key_of(self.chosen)}}, set())
        for error in still_off.values():
            raise error


def plan(context: Context, chosen: Chosen, seen: Any) -> Plan:
    if is_made_anew(chosen):
        return set_replacement.plan(context, chosen, seen)
    server = chosen.present
    left = rules.left(chosen, server, chosen.attached, seen.volumes)
    if error := rules.refusal(chosen, server, left, context.cloud.is_admin):
        raise error
    rebuild = _rebuild_steps(context, chosen, server, left)
    known = {disk: predicted(one) for disk, one in chosen.volumes.items()}
    going = [*left.replaced, *(row for _member, row in left.swaps if row)]
    deleted = deletable(chosen, going, seen)
    steps = [step for one in chosen.volumes.values() for step in one.steps]
    steps += [*rebuild, *(Step(ATTACH, {"disk": member["disk"]}) for member, _row in left.swaps)]
    steps += [Step(START)] if left.is_off else []
    steps += [Step(UPDATE, {"metadata": {_marks.RESTORING: None}})] if left.is_claimed else []
    steps += [Step(DELETE, {"volume": row["id"]}) for row in deleted]
    resource = set_restored.told(
        chosen, id=server["id"], name=server["name"], volumes=named(chosen, known), replaced=as_told(going, deleted)
    )
    done = {"server": server["id"], "set": chosen.row["name"], "disks": [one["disk"] for one in chosen.members]}
    undone = {member["disk"] for member, _row in left.swaps} | (
        {chosen.root["disk"]} if left.root and chosen.root else set()
    )
    before = {**done, "disks": [disk for disk in done["disks"] if disk not in undone]}
    before |= {"is_under_way": True} if left.is_claimed else {}
    return Plan(
        before, done, tuple(steps), server, resource, facts={"removed": []}, carried=InPlace(chosen, left, deleted)
    )


def _rebuild_steps(context, chosen, server, left):
    """What Nova would refuse of the root disk is known before the first volume is made."""
    root = chosen.root
    if root is None or root["kind"] != IMAGE:
        return ()
    item = {"id": server["id"], "mode": "rebuild", "image": root["id"]}
    (found,) = foreseen(ServerRestore(), [item], within=context, cloud=context.cloud)
    if isinstance(found, OsnapError):
        raise found
    if found.does(REBUILD) or not left.root:
        return found.steps
    return (Step(REBUILD, {"image_id": root["id"]}),)
