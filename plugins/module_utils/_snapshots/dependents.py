# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was made of a snapshot or an image and may keep it: the one look for it, and the one policy.

Back ends that copy on write (Ceph) refuse to delete what something was made of; others (LVM, NFS) delete it, and
nothing tells beforehand which of them it is. So nothing is refused on the guess:

* who names an object to be removed has it tried. A refusal is the service's, and names what holds the object;
* check mode, which can't try, warns: of what is named, and of what Nova's rotation deletes. A real run doesn't: it knows;
* retention, which chooses for itself, leaves such an object alone.

The image of a volume-backed server goes part by part, and a refusal half-way would leave an image that nobody can use.
So the volume snapshots that volumes were made of go first, and each by itself: a refusal comes before anything is lost.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError, enumerated
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import DELETE, Plan
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import in_images
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ansible_collections.osnap.openstack.plugins.module_utils._core.connection import Cloud
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service


def of_volume_snapshots(cloud: Cloud) -> dict:
    """``{ID of a volume snapshot: [what hangs on it]}``, for all of the project's."""
    found = defaultdict(list)
    for volume in Volumes(cloud).list():
        found[volume["snapshot_id"]].append(f"the volume {volume['id']} was made from it")
    for id, images in (in_images(cloud) if cloud.client("image").endpoint else {}).items():
        found[id] += [f"the image {image} has its data in it" for image in images]
    return found


def of_group_snapshots(cloud: Cloud, rows: list) -> dict:
    """``{ID of a group snapshot: [what hangs on its members]}``."""
    found = of_volume_snapshots(cloud)
    return {row["id"]: [why for snapshot in row["snapshots"] for why in found[snapshot["id"]]] for row in rows}


def of_server_images(cloud: Cloud, rows: list, shared: bool = True) -> dict:
    """``{ID of an image: [what hangs on it]}``; what was made of the volume snapshots behind an image hangs on it, too.

    :param rows: of ``ServerImages``: the images that are meant
    :param shared: other images with their data in the same volume snapshots, too: a deletion leaves these snapshots to
        them
    """
    found = defaultdict(list)
    behind = {snapshot["id"]: row["id"] for row in rows for snapshot in row["volume_snapshots"]}
    for server in Servers(cloud).list():
        found[server["image_id"]].append(f"the server {server['id']} was made from it")
    for volume in Volumes(cloud).list() if cloud.client("block-storage").endpoint else ():
        image = (volume["volume_image_metadata"] or {}).get("image_id")
        for id in sorted({image, behind.get(volume["snapshot_id"])} - {None}):
            found[id].append(f"the volume {volume['id']} was made from it")
    for id, images in in_images(cloud).items() if behind and shared else ():
        found[behind.get(id)] += [
            f"the image {image} has its data in the same volume snapshot {id}"
            for image in images
            if image != behind.get(id)
        ]
    return found


def doubts(service: Service, plans: list, look: Callable, beside: Iterable = ()) -> list:
    """The warnings of check mode about plans that delete what something hangs on.

    :param look: of the rows that would be deleted, ``{ID: [what hangs on it]}``; asked only if there are any
    :param beside: IDs of others that go with what the plans do
    """
    rows = [plan.current for plan in plans if isinstance(plan, Plan) and plan.does(DELETE)]
    try:
        rows += service.poll(list(beside)).values() if beside else ()
        found = look(rows) if rows else {}
    except OsnapError:
        return []  # a warning is a courtesy
    return [
        f"Deleting the {service.noun} {service.label(row)} may be refused, or take the data of what hangs on it:"
        f" {enumerated(found[row['id']])}. Whether it is refused depends on the back end; where it is, remove that first."
        for row in rows
        if found.get(row["id"])
    ]
