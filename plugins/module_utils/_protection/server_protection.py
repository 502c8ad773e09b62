# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protection of servers: of each a set of all its disks, by its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked, copies
from ansible_collections.osnap.openstack.plugins.module_utils._protection.copying import Copying
from ansible_collections.osnap.openstack.plugins.module_utils._protection.protection import Protection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.set_history import SetHistory
from ansible_collections.osnap.openstack.plugins.module_utils._protection.taking import Taking
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_set import ServerSnapshotSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.history import Taken
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import Policy


class ServerProtection(Protection):
    """One server or many, each by its policy."""

    many = "servers"
    options = asked.SERVER
    task_options = asked.SERVER_TASK
    objects = Servers
    history = SetHistory

    def taking(self, context: Context, looked: SetHistory, kind: str, carried: Sequence[Carried]) -> Taking:
        """A set that is there is looked at, too: a killed run may have left its server off."""
        options = {name: context.params[name] for name in ("parallel", "max_spread")}
        wanted = [(one, _asked(one)) for one in carried]
        return Taking(ServerSnapshotSet(), context, wanted, looked.rows(kind), "server_id", exclude=[], **options)

    def with_copies(self, context: Context, looked: SetHistory, carried: Sequence[Carried]) -> dict:
        self.places = copies.Places(context.cloud, {one.policy.copy_to for one in carried})
        return copies.with_copies(self.places, carried, self.now)

    def copied(self, context: Context, plans: Sequence[Plan], taken: dict) -> Copying | None:
        own = [plan for plan in plans if plan.carried.copies or plan.carried.problem]
        return Copying(context, self.places, own, taken) if own else None

    def copies_there(self, cloud: Cloud, wanted: Mapping[str, Policy]) -> dict[str, list[Taken] | OsnapError]:
        return copies.newest_of(copies.Places(cloud, {one.copy_to for one in wanted.values()}), wanted)


def _asked(one: Carried) -> dict[str, Any]:
    policy = one.policy
    return {
        "server": one.id,
        "name": one.name,
        "consistency": policy.consistency,
        "policy": policy.name,
        "window": one.need.window,
    }
