# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server was made of hands its properties on to every image of the server: which ones may a series or a hold on an
image have come from? Rows in, requests only for images whose own marks leave it open.

Nova's ``base_image_ref`` is not the answer: it is itself handed on, so that an image of a server that was booted from
an image of another server names the base of that one. The server tells its image, as long as it is there and has not
been rebuilt since. What that image says now is what it has handed on, as long as nobody has written to it since: a
series that was taken away there is on the server's images still.
"""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._servers import staleness
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_actions import ServerActions
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import in_images, is_snapshot
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes


def to_images(cloud, rows) -> dict:
    """``{image ID: [the properties that its server may have handed on to it]}``; an image that is not in it says itself
    what was set on it, or nobody can tell.
    """
    asking = [row for row in rows if _marks.doubtful(row)]
    of_volumes = [row for row in asking if "block_device_mapping" in row["properties"]]
    of_servers = [row for row in asking if "block_device_mapping" not in row["properties"]]
    return {**_to_those_of_volumes(cloud, of_volumes), **_to_those_of_servers(cloud, of_servers)}


def _to_those_of_servers(cloud, rows) -> dict:
    named = {row["properties"].get("instance_uuid") for row in rows} - {None, ""}
    servers = Servers(cloud).poll(sorted(named)) if named else {}
    wanted = {row["properties"].get("base_image_ref") for row in rows} | {one["image_id"] for one in servers.values()}
    images = _images(cloud, wanted)
    found, actions = {}, {}
    for row in rows:
        server = servers.get(row["properties"].get("instance_uuid"))
        above = server and {server["image_id"], row["properties"].get("base_image_ref")} - {None, ""}
        if not above or not above <= set(images):
            continue
        if any(_has_changed(images[id], server["created_at"]) for id in above):
            continue
        if server["id"] not in actions:
            actions[server["id"]] = ServerActions(cloud).told(server["id"])
        if actions[server["id"]] is not None and not any(
            one["action"] == "rebuild" for one in staleness.since(actions[server["id"]], row["created_at"])
        ):
            found[row["id"]] = [images[id]["properties"] for id in sorted(above)]
    return found


def _to_those_of_volumes(cloud, rows) -> dict:
    """The image metadata of the volumes, and the properties of the images in whose Cinder snapshots they had begun."""
    disks = {row["id"]: [snapshot["volume_id"] for snapshot in row["volume_snapshots"]] for row in rows}
    wanted = {id for ids in disks.values() for id in ids} - {None}
    volumes = Volumes(cloud).poll(sorted(wanted)) if wanted else {}
    holding = in_images(cloud) if volumes else {}
    parents = {id: holding.get(volume["snapshot_id"], ()) for id, volume in volumes.items()}
    images = _images(cloud, {id for ids in parents.values() for id in ids})
    found = {}
    for row in rows:
        if not disks[row["id"]] or not set(disks[row["id"]]) <= set(volumes):
            continue
        above = [(images[id], volumes[disk]) for disk in disks[row["id"]] for id in parents[disk] if id in images]
        if not any(_has_changed(image, volume["created_at"]) for image, volume in above):
            found[row["id"]] = [image["properties"] for image, _volume in above] + [
                volumes[disk]["volume_image_metadata"] or {} for disk in disks[row["id"]]
            ]
    return found


def _images(cloud, ids) -> dict:
    wanted = sorted(set(ids) - {None, ""})
    return Images(cloud).poll(wanted) if wanted else {}


def _has_changed(image, made_at) -> bool:
    """Whether somebody may have changed a mark of an image since something was made of it. Of one that is no snapshot and
    has no mark nobody expects that it had any.
    """
    marked = is_snapshot(image) or any(map(_marks.is_mark, image["properties"]))
    return marked and staleness.is_after(image["updated_at"], made_at)
