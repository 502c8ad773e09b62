# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Nova is asked for an image of a server, and what a request whose client has gone has left."""

from __future__ import annotations

from ansible_collections.osnap.openstack.plugins.module_utils import _consistency, _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import Ambiguous, OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.microversions import Microversions
from ansible_collections.osnap.openstack.plugins.module_utils._core.times import age_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import (
    TAKING_AN_IMAGE,
    Servers,
    is_volume_backed,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: 2.45 answers with the image's ID in the body, before that it stands in the Location header.
CREATE_IMAGE = Microversions("2.45", "2.1", "a server image")
#: The states in which Nova takes an image of a server.
SNAPSHOTTABLE = ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED")
#: Seconds that Nova may take from the Cinder snapshots to the image of a createImage whose client has gone.
STILL_AT_IT = 60


def make(images: Images, values: dict) -> dict:
    """Ask Nova for the image; marks and properties go into the creating request, so that a killed run finds it
    again.

    :param images: ``ServerImages``, which calls this
    """
    name = values["name"]
    server = Servers(images.cloud).get(values["server_id"])
    if server is None:
        raise OsnapError(
            f"There is no server with the ID {values['server_id']} in cloud {images.cloud.name} any more; it was"
            f" deleted before the image '{name}' could be made of it.",
            resource=values["server_id"],
        )
    if is_volume_backed(server) and (row := _of_a_killed_run(images, name, server)):
        if not images.outdated(row, server):
            return row
        images.delete(row)
    action, body = _action(images.cloud, values, server)
    try:
        response = Servers(images.cloud).act(
            server, action, body, doing=f"make the image '{name}' of", microversion=CREATE_IMAGE
        )
    except OsnapError as error:
        if error.status == 500:
            _forget_empty(images, name, server)
        raise
    location = response.headers.get("Location", "")
    id = (
        images.client.created(response, doing=f"make the image '{name}'", resource=name)["image_id"]
        if response.content and "image_id" in response.text
        else location.rsplit("/", 1)[-1]
    )
    row = images.get(id) if id else None
    if row is None:
        raise Ambiguous(
            f"Nova answered that the image '{name}' of the server {server['id']} is {id}, and Glance does not know"
            " it; run again.",
            resource=id,
        )
    # Its ID is known only now: what of the user's own a server of it would inherit is told from that.
    own = _marks.companions(row, values.get("properties", {}))
    return images.update(row, {"properties": own}) if own else row


def _inherited(cloud, server):
    """The properties that Nova hands on to an image of a server: of its image, or of its volumes; None where nobody
    can tell, as the image is gone.
    """
    if not is_volume_backed(server):
        base = Images(cloud).get(server["image_id"])
        return base and base["properties"]
    volumes = Volumes(cloud).poll(server["attached_volumes"]).values()
    return {key: value for row in volumes for key, value in (row["volume_image_metadata"] or {}).items()}


def _action(cloud, values, server):
    """Nova's action and its body: an image, or a backup that takes the place of the oldest of its type."""
    volumes = server["attached_volumes"] if is_volume_backed(server) else ()
    marks = {
        **_marks.for_server_image(server["id"], volumes),
        _marks.CONSISTENCY: _consistency.reached(server, values.get("consistency")),
    }
    body = {
        "name": values["name"],
        "metadata": {**_marks.overrides(_inherited(cloud, server)), **values.get("properties", {}), **marks},
    }
    rotation = values.get("rotation")
    if not rotation:
        return "createImage", body
    return "createBackup", {**body, "backup_type": rotation["type"], "rotation": rotation["keep"]}


def _forget_empty(images, name, server):
    """Nova registers the image before it finds that the server got busy; then it answers 500 and the image waits
    for its data for ever. What made the server busy may be another run, whose image of that name waits for its data
    as well, until Nova has read the disk: which of them is empty shows when one has got on, or Nova is through.
    """
    for _second in range(STILL_AT_IT):
        rows = images.find([{"name": name, "server_id": server["id"]}])[0]
        queued = [row for row in rows if row["status"] == "queued"]
        now = Servers(images.cloud).get(server["id"]) if queued else None
        if len(queued) < len(rows) or now is None or now["task_state"] not in TAKING_AN_IMAGE:
            break
        images.pause()
    else:
        return  # nobody can tell; it is not ours to guess
    for row in queued:
        Images(images.cloud).delete_if(row, lambda now: now["status"] != "queued" and "it has got its data")


def _of_a_killed_run(images, name, server):
    """Nova's createImage of a volume-backed server makes the snapshots first and the image last, and goes on
    without its client.

    Fresh snapshots of that name and no image: Nova is still at it, and the image is coming. Older ones are left
    alone: Glance keeps the Cinder snapshots of an image that somebody deletes, and they may be all that is left of the
    data.
    """
    snapshots = VolumeSnapshots(images.cloud)
    coming = [
        row
        for volume in server["attached_volumes"]
        for row in snapshots.list(volume_id=volume, name=f"snapshot for {name}")
        if _is_fresh(row)
    ]
    for _second in range(STILL_AT_IT):  # for no longer by our own clock, whatever Cinder's says
        if not coming:
            break
        taken = images.in_use()
        # Looked for after it: an image that came in between is found here, and not merely missing from what is
        # still coming.
        if found := images.find([{"name": name, "server_id": server["id"]}])[0]:
            return found[0]
        coming = [row for row in coming if row["id"] not in taken and _is_fresh(row)]
        if coming:
            images.pause()
    return None


def _is_fresh(row):
    return age_of(row["created_at"]) < STILL_AT_IT
