# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes taken off a server, and put onto it again where they were: never by Nova's volume swap, which copies the old
data over the new volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._core import waiter
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Statuses
from ansible_collections.osnap.openstack.plugins.module_utils._core.send_once import send_once
from ansible_collections.osnap.openstack.plugins.module_utils._core.waiter import READY, bound
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import RestoredVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Row


class _Detached(Volumes):
    """Volumes that are waited for until nobody has them."""

    statuses = Statuses(
        ready=frozenset({"available"}), leaving=Volumes.statuses.leaving, failed=Volumes.statuses.failed
    )


def detach(context: Context, server_id: str, volumes: Sequence[Row]) -> None:
    """Take volumes off a server, and wait until all of them are free; one that is not attached to it is left alone."""
    attachments, service = Attachments(context.cloud), bound(_Detached(context.cloud), context)
    there = attachments.of(server_id)
    now = service.poll([row["id"] for row in volumes])
    leaving = {id for id, row in now.items() if row["status"] == "detaching"}  # a killed run has asked for it
    for row in [row for row in volumes if row["id"] in set(there) - leaving]:
        context.progress.check()
        send_once(
            lambda row=row: attachments.delete(server_id, row["id"], service.label(row)),
            lambda row=row: True if row["id"] not in attachments.of(server_id) else None,
            service.pause,
        )
    goals = {row["id"]: READY for row in volumes}
    rows = waiter.wait(service, goals, timeout=context.timeout, progress=context.progress) if goals else {}
    for one in rows.values():
        if isinstance(one, OsnapError):
            raise one


def attach(context: Context, server_id: str, row: Row, place: Mapping[str, Any]) -> Row:
    """Put a volume onto a server, and wait until both services say so.

    :param place: ``device``, ``delete_on_termination`` and ``tag``, as far as they are known. The device is a wish: a
        hypervisor may name its devices in their order
    """
    service = bound(RestoredVolumes(context.cloud), context)
    service.with_servers = True
    values = {key: value for key, value in place.items() if value is not None}
    context.progress.check()
    now = service.poll([row["id"]]).get(row["id"]) or row
    service.attach(now, {"server_id": server_id, **values})
    statuses = service.statuses
    service.statuses = Statuses(ready=frozenset({"in-use"}), leaving=statuses.leaving, failed=statuses.failed)
    return service.wait_for(service, {row["id"]: READY})[row["id"]]
