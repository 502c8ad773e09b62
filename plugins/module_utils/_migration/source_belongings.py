# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a server of the source has, and what was done to it; `source_removal` judges it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._migration.source_removal import Belongings
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import Attachments
from ansible_collections.osnap.openstack.plugins.module_utils._services.floating_ips import FloatingIps
from ansible_collections.osnap.openstack.plugins.module_utils._services.networks import Ports
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud


def read(cloud: Cloud, server: dict[str, Any] | None) -> Belongings:
    """What there is; nothing of a server that is gone."""
    has = Belongings()
    if server is None:
        return has
    has.actions = list(ServerActions(cloud).of(server["id"]))
    if ids := server["attached_volumes"]:
        has.volumes = sorted(Volumes(cloud).poll(ids).values(), key=lambda row: ids.index(row["id"]))
        attached = Attachments(cloud).of(server["id"])
        has.leaving = {id for id, one in attached.items() if one["delete_on_termination"]}
        found = defaultdict(list)
        for row in VolumeSnapshots(cloud).list():
            found[row["volume_id"]].append(row)
        has.snapshots = {id: found[id] for id in ids if id in found}
    if cloud.client("network").endpoint and server["addresses"]:
        ports = {row["id"] for row in Ports(cloud).by_device([server["id"]])[server["id"]]}
        rows = FloatingIps(cloud).list(project_id=cloud.project_id)
        has.floating_ips = [row for row in rows if row["port_id"] in ports]
    return has
