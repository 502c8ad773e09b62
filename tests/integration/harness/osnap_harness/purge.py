# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove everything a project has in a cloud, whatever state a test has left it in."""

import time

from .cloud import LONGER, LONGEST_PAUSE, CloudError
from .fixtures import in_parallel

#: Deleting something that is on its way, already gone, or still needed by something else: the next round sees to it.
FINE = (200, 202, 204, 400, 403, 404, 409)

#: Seconds after which a status that only the administrator can end is no longer waited for.
PATIENCE = 5


def purge(cloud, timeout=120, last_look=True, keep=()):
    """Delete round after round, as an administrator of the project, until nothing is listed any more but *keep*: IDs.

    What depends on what needs no order here: what cannot go yet goes in a later round. A round looks for what the one
    before has found; *last_look*: the last one for all, as something may use the project next.
    """
    deadline = time.monotonic() + timeout
    began = time.monotonic()
    rounds, kinds = 0, None
    asked_at = {}  # when each was last to be deleted
    while True:
        left = [(kind, item) for kind, item in everything(cloud, kinds) if item["id"] not in keep]
        if not left and (kinds is None or not last_look):
            return rounds
        if not left:
            kinds = None
            continue
        if time.monotonic() > deadline:
            names = ", ".join(f"{kind} {item['id']} ({item.get('status')})" for kind, item in left)
            raise CloudError(f"{cloud.name}: still there after {timeout} s: {names}")
        now = time.monotonic()
        waited = now - began
        patient = waited < PATIENCE
        asked = [
            (kind, item)
            for kind, item in left
            if not is_leaving(item) or now - asked_at.setdefault(item["id"], began) > PATIENCE
        ]
        asked_at.update((item["id"], now) for _kind, item in asked)
        in_parallel(lambda found, patient=patient: remove(cloud, *found, patient=patient), asked)
        rounds, kinds = rounds + 1, {kind for kind, _item in left}
        time.sleep(max(0.2, min(waited * LONGER, LONGEST_PAUSE)))


def is_leaving(item):
    """Tell whether a service is at the deletion of it: to be asked again would be work for nothing."""
    return item.get("status") == "deleting" or item.get("OS-EXT-STS:task_state") == "deleting"


def everything(cloud, kinds=None):
    """Return all that the project has, or what it has of these kinds: (kind, resource) pairs."""
    owner = cloud.project_id
    lists = {
        "server": ("compute", "/servers/detail", "servers"),
        "image": ("image", f"/v2/images?owner={owner}&limit=500", "images"),
        "snapshot": ("block-storage", "/snapshots/detail", "snapshots"),
        "group_snapshot": ("block-storage", "/group_snapshots/detail", "group_snapshots"),
        "cgsnapshot": ("block-storage", "/cgsnapshots/detail", "cgsnapshots"),
        "group": ("block-storage", "/groups/detail", "groups"),
        "consistencygroup": ("block-storage", "/consistencygroups/detail", "consistencygroups"),
        "backup": ("block-storage", "/backups/detail", "backups"),
        "transfer": ("block-storage", "/volume-transfers/detail", "transfers"),
        "volume": ("block-storage", "/volumes/detail", "volumes"),
        "server_group": ("compute", "/os-server-groups", "server_groups"),
        "port": ("network", f"/v2.0/ports?project_id={owner}", "ports"),
        "floatingip": ("network", f"/v2.0/floatingips?project_id={owner}", "floatingips"),
        "router": ("network", f"/v2.0/routers?project_id={owner}", "routers"),
        "network": ("network", f"/v2.0/networks?project_id={owner}", "networks"),
        "security_group": ("network", f"/v2.0/security-groups?project_id={owner}", "security_groups"),
    }

    def listed(kind):
        service, path, collection = lists[kind]
        return [(kind, item) for item in cloud.get(service, path)[collection]]

    found = [pair for pairs in in_parallel(listed, lists if kinds is None else sorted(kinds)) for pair in pairs]
    # The legacy list also has the generic group snapshots, which go by their own list.
    generic = {item["id"] for kind, item in found if kind in ("group_snapshot", "group")}
    return [
        (kind, item)
        for kind, item in found
        if not (kind in ("cgsnapshot", "consistencygroup") and item["id"] in generic)
        and not (kind == "security_group" and item["name"] == "default")  # comes again with the next list
    ]


def remove(cloud, kind, item, patient=True):
    """Ask for one deletion. Once patience is over, what got stuck is first freed from its status."""
    identifier = item["id"]

    def send(service, method, path, body=None):
        cloud.request(service, method, path, body, expect=FINE)

    if kind == "server":
        send("compute", "DELETE", f"/servers/{identifier}")
    elif kind == "image":
        if item.get("protected"):
            patch = [{"op": "replace", "path": "/protected", "value": False}]
            cloud.request(
                "image",
                "PATCH",
                f"/v2/images/{identifier}",
                patch,
                headers={"Content-Type": "application/openstack-images-v2.1-json-patch"},
            )
        send("image", "DELETE", f"/v2/images/{identifier}")
    elif kind == "port":
        if item["device_owner"] == "network:router_interface":
            send(
                "network", "PUT", f"/v2.0/routers/{item['device_id']}/remove_router_interface", {"port_id": identifier}
            )
        elif not item.get("device_id"):
            send("network", "DELETE", f"/v2.0/ports/{identifier}")
    elif kind in ("floatingip", "router", "network", "security_group"):
        send("network", "DELETE", f"/v2.0/{kind.replace('_', '-')}s/{identifier}")
    elif kind == "server_group":
        send("compute", "DELETE", f"/os-server-groups/{identifier}")
    elif kind == "group":
        send("block-storage", "POST", f"/groups/{identifier}/action", {"delete": {"delete-volumes": True}})
    elif kind == "consistencygroup":
        send("block-storage", "POST", f"/consistencygroups/{identifier}/delete", {"consistencygroup": {"force": True}})
    elif kind in ("volume", "snapshot"):
        if not patient and item["status"] not in ("error", "in-use"):
            send("block-storage", "POST", f"/{kind}s/{identifier}/action", {"os-reset_status": {"status": "error"}})
        send("block-storage", "DELETE", f"/{kind}s/{identifier}")
    else:
        path = {
            "group_snapshot": "group_snapshots",
            "cgsnapshot": "cgsnapshots",
            "backup": "backups",
            "transfer": "volume-transfers",
        }[kind]
        if not patient and kind == "group_snapshot":
            send(
                "block-storage", "POST", f"/group_snapshots/{identifier}/action", {"reset_status": {"status": "error"}}
            )
        send("block-storage", "DELETE", f"/{path}/{identifier}")
