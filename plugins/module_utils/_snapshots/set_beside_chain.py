# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a set that is restored beside its server, or attached to another: volumes of its snapshots, then the server.

Each link finds out by itself whether there is anything left to do, so that a killed chain goes on by being begun again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import NotSent, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Outcome
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, CREATE, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._core.work import carry_out
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots import set_beside, set_restored
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.set_restored import Chosen
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


def link(context: Context, operation: Operation, item: dict[str, Any], **params: Any) -> Any:
    """One operation carried out; the resource that it returns."""
    context.progress.check()
    params = {"timeout": context.timeout, **params}
    return carry_out(operation, item, within=context, cloud=context.cloud, **params).outcome.resource


def made(context: Context, chosen: Chosen, item_of: Any) -> dict[str, Row]:
    """The volumes of a set, by disk, made side by side; the first error once none is being made any more."""

    def work(member):
        return link(context, VolumeRestore(), item_of(chosen, member))

    members = chosen.of_volumes
    rows = context.map(work, members, threads=len(members) or 1)
    errors = [row for row in rows if isinstance(row, OsnapError)]
    for error in sorted(errors, key=lambda error: isinstance(error, NotSent)):  # what was not begun tells no reason
        raise error
    return {member["disk"]: row for member, row in zip(members, rows, strict=True)}


def attached_item(chosen: Chosen, member: Any) -> dict[str, Any]:
    return {**set_restored.volume_item(chosen, member), "server": chosen.present["id"]}


@dataclass
class Beside:
    """A new server of a set, as a plan carries it."""

    chosen: Chosen
    server: Row | None

    @property
    def label(self) -> str:
        return self.chosen.label

    def go(self, context: Context) -> Outcome:
        chosen = self.chosen
        if self.server is not None:  # it is there, perhaps not yet ready
            server = link(context, ServerRestore(), {"id": self.server["id"]})
            return outcome(chosen, server, {disk: plan for disk, plan in chosen.volumes.items() if plan})
        volumes = made(context, chosen, set_restored.volume_item)
        server = link(context, ServerRestore(), set_beside.server_item(chosen, volumes))
        return outcome(chosen, server, volumes)


@dataclass
class Attached:
    """Volumes of a set at a helper, as a plan carries them."""

    chosen: Chosen

    @property
    def label(self) -> str:
        return self.chosen.label

    def go(self, context: Context) -> Outcome:
        return outcome(self.chosen, self.chosen.there, made(context, self.chosen, attached_item))


def outcome(chosen: Chosen, server: Row | None, volumes: Any) -> Outcome:
    id, name = (server["id"], server["name"]) if server else (None, None)
    return Outcome(set_restored.told(chosen, id=id, name=name, volumes=volumes), {"removed": []})


def plan_beside(chosen: Chosen, volumes: dict[str, Row]) -> Plan:
    """
    :param volumes: of the project, by ID
    """
    if chosen.there is not None:
        own = set_beside.volumes_of(chosen, volumes)
        chosen.volumes = dict(own)
        steps = tuple(step for step in chosen.boot.steps if step.verb == AWAIT_READY)
        resource = set_restored.told(chosen, id=chosen.there["id"], name=chosen.there["name"], volumes=own)
        state = {"state": "present", "name": chosen.name, "set": chosen.row["name"]}
        return Plan(state, state, steps, None, resource, facts={"removed": []}, carried=Beside(chosen, chosen.there))
    known = {disk: set_beside.predicted(plan) for disk, plan in chosen.volumes.items()}
    steps = tuple(Step(CREATE, {"what": "volume", "disk": disk}) for disk, row in known.items() if row is None)
    resource = set_restored.told(chosen, id=None, name=chosen.name, volumes=named(chosen, known))
    after = {"state": "present", "name": chosen.name, "set": chosen.row["name"]}
    return Plan(
        {"state": "absent"},
        after,
        (*steps, Step(CREATE, {"what": "server"})),
        None,
        resource,
        facts={"removed": []},
        carried=Beside(chosen, None),
    )


def named(chosen: Chosen, known: Any) -> dict[str, Any]:
    """The volumes with what is known of them: those that are to be made have their names."""
    return {
        one["disk"]: known.get(one["disk"]) or {"id": None, "name": set_restored.volume_name(chosen, one)}
        for one in chosen.of_volumes
    }


def plan_attached(chosen: Chosen) -> Plan:
    plans = chosen.volumes
    steps = tuple(step for disk in plans for step in plans[disk].steps)
    known = {disk: set_beside.predicted(plan) for disk, plan in plans.items()}
    resource = set_restored.told(
        chosen, id=chosen.present["id"], name=chosen.present["name"], volumes=named(chosen, known)
    )
    changed = [disk for disk, plan in plans.items() if plan.changed]
    after = {"server": chosen.present["id"], "disks": [one["disk"] for one in chosen.members]}
    before = {**after, "disks": [disk for disk in after["disks"] if disk not in changed]}
    return Plan(before, after, steps, None, resource, facts={"removed": []}, carried=Attached(chosen))
