# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that restores a backup into a volume that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Merged, changes
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    FINISH,
    Plan,
    Step,
    plan_update,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.overwrite_stage import (
    CARRIED_OUT,
    DONE,
    OPEN,
    UNDER_WAY,
    problems,
    stage,
)

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row, Values
    from ansible_collections.osnap.openstack.plugins.module_utils._services.overwritten_volumes import (
        OverwrittenVolumes,
    )

OVERWRITE = "overwrite"


def named(cloud: Cloud, prepared: Sequence[Values | OsnapError]) -> list[Values | OsnapError]:
    """Prepared items whose backup is the data of the volume, and not what it was made of, with the backup's row."""
    asked = [one for one in prepared if not isinstance(one, OsnapError) and one["overwrite"]]
    rows = lookup.existing(Backups(cloud), [one["backup_id"] for one in asked]) if asked else {}
    found: list[Values | OsnapError] = []
    for one in prepared:
        if one in asked:
            row = rows[one["backup_id"]]
            one = row if isinstance(row, OsnapError) else {**one, "backup_id": None, "backup": row}
        found.append(one)
    return found


def plan(
    service: OverwrittenVolumes, context: Context, fields: Sequence[Field], desired: Values, current: Row | None
) -> Plan:
    if current is None:
        which = desired["id"] or f"'{desired['name']}'"
        raise OsnapError(
            f"There is no volume {which} in cloud {context.cloud.name} that could be overwritten; leave overwrite out to"
            " make a new one.",
            resource=desired["id"] or desired["name"],
        )
    backup = desired["backup"]
    reached = stage(current, backup)
    if reached == OPEN and (wrong := problems(current, backup)):
        raise service.not_overwritten(current, backup, wrong)
    if reached == DONE:
        return _marked_again(plan_update(fields, desired, current, label="The volume"), backup)
    label = f"The volume {current['id']}"
    new = changes(fields, desired, current, label=label)
    wanted = {key: desired[key] for key in ("description", "is_bootable") if desired[key] is not None}
    wanted |= {"name": new["name"]} if "name" in new else {}
    wanted |= {"metadata": Merged({}, desired["metadata"])} if desired["metadata"] else {}
    begin = (Step(OVERWRITE, {"backup": backup}),) if reached == OPEN else ()
    await_end = () if reached == CARRIED_OUT else (Step(AWAIT_READY),)
    last = (Step(FINISH, {**wanted, "backup": backup}),)
    steps = (*begin, *await_end, *last) if context.wait or reached == CARRIED_OUT else begin
    if reached == UNDER_WAY and not context.wait:
        steps = ()
    told = {key: value for key, value in wanted.items() if key != "metadata"}
    unknown = dict.fromkeys(("status", "metadata", "volume_image_metadata", "is_bootable", "updated_at", "backup_id"))
    return Plan(
        {"data_of_backup": None, **{key: current.get(key) for key in told}},
        {"data_of_backup": backup["id"], **told},
        steps,
        current,
        {**current, **unknown, **told} if steps else current,
        desired,
    )


def _marked_again(planned, backup):
    """Where something else changes, so does the time that the mark remembers."""
    if not planned.changed:
        return planned
    (update,) = planned.steps
    return Plan(
        planned.before,
        planned.after,
        (Step(FINISH, {**update.values, "backup": backup}),),
        planned.current,
        {**planned.resource, "metadata": None, "updated_at": None},
        planned.desired,
    )
