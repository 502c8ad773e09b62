# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protection of servers: of each a set of all its disks, by its policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked
from ansible_collections.osnap.openstack.plugins.module_utils._protection.protection import Protection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.set_history import SetHistory
from ansible_collections.osnap.openstack.plugins.module_utils._protection.taking import Taking
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_set import ServerSnapshotSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried


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


def _asked(one: Carried) -> dict[str, Any]:
    policy = one.policy
    return {
        "server": one.id,
        "name": one.name,
        "consistency": policy.consistency,
        "policy": policy.name,
        "window": one.need.window,
    }
