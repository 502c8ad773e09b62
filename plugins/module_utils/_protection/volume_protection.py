# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protection of volumes: what a policy takes of them, and how that is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._protection import asked
from ansible_collections.osnap.openstack.plugins.module_utils._protection.policies import BACKUP, SNAPSHOT
from ansible_collections.osnap.openstack.plugins.module_utils._protection.protection import Protection
from ansible_collections.osnap.openstack.plugins.module_utils._protection.taking import Taking
from ansible_collections.osnap.openstack.plugins.module_utils._protection.volume_history import VolumeHistory
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_backup import VolumeBackup
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context, Operation
    from ansible_collections.osnap.openstack.plugins.module_utils._protection.done import Carried

OPERATIONS: dict[str, type[Operation]] = {SNAPSHOT: VolumeSnapshot, BACKUP: VolumeBackup}


class VolumeProtection(Protection):
    """One volume or many, each by its policy."""

    many = "volumes"
    options = asked.VOLUME
    task_options = asked.TASK
    objects = Volumes
    history = VolumeHistory

    def taking(self, context: Context, looked: VolumeHistory, kind: str, carried: Sequence[Carried]) -> Taking:
        wanted = [(one, _asked(one)) for one in carried if not one.need.there]
        return Taking(OPERATIONS[kind](), context, wanted, looked.rows(kind), "volume_id", on_error="replace")


def _asked(one: Carried) -> dict[str, Any]:
    policy, window = one.policy, one.need.window
    # Cinder backs up what is in use only by force, from a snapshot of its own.
    how = {"incremental": "auto" if one.base else None, "force": True} if one.kind == BACKUP else {}
    return {
        **how,
        "name": one.name,
        "volume": one.id,
        "description": f"Taken by the policy {policy.name} for {window}",
        "metadata": {_marks.POLICY: policy.name, _marks.WINDOW: window},
    }
