# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made of a server before it changed goes, on both sides, before it is made anew.

What was made last goes first: without copies their snapshot still tells what they are, and nothing that has a
dependent is asked to go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.osnap.openstack.plugins.module_utils._images.from_snapshot_steps import images_of
from ansible_collections.osnap.openstack.plugins.module_utils._images.temporary_volume import TemporaryVolume
from ansible_collections.osnap.openstack.plugins.module_utils._migration import deep
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore import ServerRestore
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.server_image import ServerImageSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._snapshots.volume_snapshot import VolumeSnapshot
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.moved import withdraw
from ansible_collections.osnap.openstack.plugins.module_utils._volumes.restore import VolumeRestore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context

#: Key of ``stale`` -> (operation that removes, whether at the destination), in the order of removal.
REMOVED_BY = {
    "servers": (ServerRestore, True),
    "volumes": (VolumeRestore, True),
    "moving": (VolumeRestore, False),
    "copies": (ServerImageSnapshot, True),
    "images": (ServerImageSnapshot, False),
    "snapshots": (ServerImageSnapshot, False),
    "volume_snapshots": (VolumeSnapshot, False),
}


def clear(context: Context, link: Callable[..., Any], here: Any, there: Any, stale: dict) -> None:
    """Remove what a plan calls stale: ``{kind: [{"id": …}]}``.

    :param context: of the chain
    :param link: carries an operation out, as :meth:`carry_out.Chain.link`
    :param here: the source's cloud
    :param there: the destination
    """
    for kind, (operation, is_there) in REMOVED_BY.items():
        if kind == "volumes":
            volumes = {item["id"] for item in stale.get(kind, ())}
            deep.clear(context.of(there, context.params), link, volumes)
        if kind == "volume_snapshots":
            _clear_unfinished(context.of(here, context.params), link, stale.get(kind, ()))
        for item in stale.get(kind, ()):
            if kind == "moving":
                withdraw(here, item["id"])
            link("clear", operation(), item, there if is_there else here, state="absent")


def _clear_unfinished(context, link, snapshots):
    """What a killed task was making of volume snapshots: of images without their data, and of the volumes that they are
    made of, nothing says which run they are of, only of which snapshot.
    """
    rows = VolumeSnapshots(context.cloud).poll([item["id"] for item in snapshots]) if snapshots else {}
    for row in rows.values():
        TemporaryVolume(context, row["id"], row["name"]).remove()
        for image in images_of(context.cloud, [{"name": row["name"], "source": row}])[0]:
            link("clear", ServerImageSnapshot(), {"id": image["id"]}, context.cloud, state="absent")
