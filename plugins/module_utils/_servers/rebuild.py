# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring a server in place: whether Nova can, and what it will be afterwards. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import describe
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import AWAIT_READY, REBUILD, Plan, Step
from ansible_collections.osnap.openstack.plugins.module_utils._servers.boot_rules import GIB, unfit_flavor
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import is_volume_backed

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field
    from ansible_collections.osnap.openstack.plugins.module_utils._rows import Image, Server, Volume

#: The statuses that Nova rebuilds in.
REBUILDABLE = ("ACTIVE", "SHUTOFF", "ERROR")
#: What rebuilding the root volume of a server needs of Nova and of Cinder.
LEAST = {"compute": (2, 93), "block-storage": (3, 68)}


def is_restored(server: Server, image_id: str) -> bool:
    """Whether a server was rebuilt, or booted by this collection, from that image. One that was merely booted from it
    is not: its disk has lived on.
    """
    return server["metadata"].get(_marks.SOURCE) == image_id == server["source_id"]


def plan_rebuild(fields: Sequence[Field], desired: dict[str, Any], server: Server, image: Image) -> Plan:
    """The plan that puts an image onto a server's root disk. The metadata say so from the request on, so that a killed
    run's successor waits for it.
    """
    asked = {**(desired["metadata"] or {}), _marks.SOURCE: image["id"]}
    name = desired["name"] if desired["id"] and desired["name"] != server["name"] else None
    predicted = {
        **server,
        "image_id": None if is_volume_backed(server) else image["id"],
        "source_id": image["id"],
        "metadata": {**server["metadata"], **asked},
        "name": name or server["name"],
        "status": "ACTIVE" if server["status"] == "ERROR" else server["status"],
        **dict.fromkeys(("vm_state", "updated_at", "fault")),
    }
    steps = (
        Step(REBUILD, {"image_id": image["id"], "name": name, "metadata": asked}),
        Step(AWAIT_READY),
    )
    return Plan(
        {"state": "present", **describe(fields, server)},
        {"state": "present", **describe(fields, predicted)},
        steps,
        server,
        predicted,
        desired,
    )


def refusal(
    server: Server,
    image: Image | OsnapError,
    *,
    is_admin: bool,
    root: Volume | None,
    versions: Mapping[str, tuple[int, ...]],
) -> OsnapError | None:
    """Why a server can't be rebuilt with an image, or None.

    :param root: the root volume of a volume-backed server, or None
    :param versions: the newest microversion of each service, as tuples; asked for by volume-backed servers only
    """
    label = f"The server '{server['name']}' ({server['id']}) can't be rebuilt"
    if server["status"] not in REBUILDABLE or server["task_state"]:
        doing = f"busy ({server['task_state']})" if server["task_state"] else f"in status {server['status']}"
        return OsnapError(
            f"{label}: it is {doing}, and Nova rebuilds one that is {', '.join(REBUILDABLE)}; bring it there, then run"
            " again.",
            resource=server["id"],
        )
    if server["is_locked"] and not is_admin:
        return OsnapError(
            f"{label}: it is locked, but for an administrator; unlock it first, then run again.", resource=server["id"]
        )
    if isinstance(image, OsnapError):
        return image
    if image["status"] != "active":
        return OsnapError(
            f"{label}: the image '{image['name']}' ({image['id']}) is in status {image['status']}; wait for it or make"
            " it anew.",
            resource=image["id"],
        )
    if not image["size"]:
        return OsnapError(
            f"{label}: the image '{image['name']}' ({image['id']}) holds no data of its own, they are in Cinder"
            " snapshots; boot a new server from it, on the same ports.",
            resource=image["id"],
        )
    if is_volume_backed(server):
        return _volume_refusal(label, server, image, root, versions)
    flavor = {"name": server["flavor_name"], **{key: server["flavor"].get(key) or 0 for key in ("disk", "ram")}}
    return (
        next(unfit_flavor(image, flavor, f"{label}: the image '{image['name']}' ({image['id']})"), None)
        if "ram" in server["flavor"]
        else None
    )


def _volume_refusal(
    label: str, server: Server, image: Image, root: Volume | None, versions: Mapping[str, tuple[int, ...]]
) -> OsnapError | None:
    for service, least in LEAST.items():
        if versions[service] < least:
            return OsnapError(
                f"{label}: it boots from a volume, which needs {service} API {_dotted(least)}, and this cloud offers"
                f" {_dotted(versions[service])} at the most; make a volume of the image and boot a new server from it,"
                " on the same ports.",
                status=406,
                service=service,
                resource=server["id"],
            )
    needs = max(image["min_disk"] or 0, -(-(image["virtual_size"] or image["size"] or 0) // GIB))
    if root and root["size"] < needs:
        return OsnapError(
            f"{label}: its root volume {root['id']} has {root['size']} GiB, and the image '{image['name']}'"
            f" ({image['id']}) needs {needs}; extend the volume first.",
            resource=root["id"],
        )
    return None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def root_of(volumes: Iterable[Any]) -> Any:
    """The root volume among a server's volumes: of the bootable ones that on the first device, as far as Cinder knows
    devices.
    """
    bootable = [volume for volume in volumes if volume["is_bootable"]]
    first = [
        volume
        for volume in bootable
        if any((attachment.get("device") or "").endswith("da") for attachment in volume["attachments"] or [])
    ]
    return next(iter(first or bootable), None)
