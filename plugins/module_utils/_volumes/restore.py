# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a volume comes from a snapshot or an image: what is made, attached and refused; the module declares."""

from __future__ import annotations

import re
from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    AWAIT_READY,
    CREATE,
    DELETE,
    UPDATE,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import (
    GIGABYTES,
    metadata_problem,
    over_quota,
    text_problem,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import DELETE_ON_TERMINATION
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images, least_disk
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import (
    RestoredVolumes,
    source_of,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

#: What Nova takes for a device.
DEVICE = re.compile(r"/dev/x?[a-z]?d?[a-z]+[0-9]*")
ATTACHING = ("server_id", "device", "delete_on_termination")
#: The states in which Nova attaches a volume.
ATTACHABLE = ("ACTIVE", "PAUSED", "SHUTOFF", "SHELVED", "SHELVED_OFFLOADED", "VERIFY_RESIZE")


class VolumeRestore(StateModule):
    service = RestoredVolumes

    def tidy(self, item):
        """Empty references, as templates leave them, are none."""
        return {
            **super().tidy(item),
            **{key: (item[key] or "").strip() or None for key in ("snapshot", "image", "server")},
        }

    def problem(self, item, params):
        if not item["id"] and not item["name"].strip():
            return "name is empty; give the volume a name, or the id of an existing one"
        if params["state"] == "present" and not (item["id"] or item["snapshot"] or item["image"]):
            return f"snapshot and image are missing; say which of them the volume '{item['name']}' is made from"
        if item["size"] is not None and item["size"] < 1:
            return f"size is {item['size']}; it takes GiB, 1 or more"
        if item["device"] is not None and not DEVICE.fullmatch(item["device"]):
            return f"device is {item['device']!r}; it takes a name such as /dev/vdb"
        if _marks.SOURCE in (item["metadata"] or {}):
            return f"metadata has {_marks.SOURCE}, which this collection keeps for itself; leave it out"
        return (
            text_problem("name", item["name"])
            or text_problem("description", item["description"])
            or metadata_problem("metadata", item["metadata"])
        )

    def bound(self, context):
        service = super().bound(context)
        given = [context.params, *(context.params["volumes"] or [])]
        service.with_servers = context.params["state"] == "present" and any(one["server"] for one in given)
        return service

    def prepare(self, context, items):
        """Servers and volume types, too; but a volume that is to be gone needs none of them."""
        if context.params["state"] == "absent":
            return super().prepare(
                context,
                [
                    {**item, **dict.fromkeys(("server", "device", "delete_on_termination", "volume_type"))}
                    for item in items
                ],
            )
        types = VolumeTypes(context.cloud).names({item["volume_type"] for item in items if item["volume_type"]})
        servers = lookup.existing(Servers(context.cloud), [item["server"] for item in items if item["server"]])
        return [_settled(one, item, types, servers) for one, item in zip(super().prepare(context, items), items)]

    def sought(self, desired):
        return {"id": desired["id"], "name": desired["name"]}

    def enough(self, desired, rows):
        """Nothing is; but one of this name that comes from elsewhere is no place to put another one beside."""
        if rows and not desired["id"]:
            what = "snapshot" if desired["snapshot_id"] else "image"
            raise OsnapError(
                f"The name '{desired['name']}' is taken by {lookup.listing(rows)}, not made from the {what} "
                f"{desired[what + '_id']}; choose another name, or remove that volume first.",
                resource=rows[0]["id"],
            )

    def strays(self, service, desired):
        """Ours of this name whose source has gone: they may be of the one that is named."""
        rows = {row["id"]: source_of(row) for row in service.find([{"name": desired["name"]}])[0] if source_of(row)}
        sources = sorted(set(rows.values()))
        there = {**VolumeSnapshots(service.cloud).poll(sources), **Images(service.cloud).poll(sources)}
        return [row for row in service.poll(sorted(rows)).values() if rows[row["id"]] not in there]

    def retains(self, service, row):
        if row["attachments"]:
            servers = ", ".join(one["server_id"] for one in row["attachments"])
            return OsnapError(
                f"The volume {service.label(row)} is attached to the server {servers}, and can't be deleted; detach it"
                " first, then run again.",
                resource=row["id"],
            )
        if own := [snapshot for snapshot in service.snapshots if snapshot["volume_id"] == row["id"]]:
            return OsnapError(
                f"The volume {service.label(row)} has snapshots, and can't be deleted: {lookup.listing(own)}; remove"
                " these first, then run again.",
                resource=row["id"],
            )
        return None

    def admit(self, context, plans):
        """Sources that are fit, and quota for all of them together."""
        wanted = [plan.desired for plan in plans]
        snapshots = lookup.existing(
            VolumeSnapshots(context.cloud), [one["snapshot_id"] for one in wanted if one["snapshot_id"]]
        )
        images = lookup.existing(Images(context.cloud), [one["image_id"] for one in wanted if one["image_id"]])
        sources = [snapshots.get(one["snapshot_id"]) or images.get(one["image_id"]) for one in wanted]
        verdicts = [_unfit(source, one) for source, one in zip(sources, wanted)]
        verdicts = _misplaced(Volumes(context.cloud), wanted, verdicts)
        verdicts = _too_large(Volumes(context.cloud), wanted, sources, verdicts)
        fresh = [index for index, plan in enumerate(plans) if not verdicts[index] and plan.steps[0].verb != DELETE]
        sizes = [wanted[index]["size"] or _least(sources[index], wanted[index]) for index in fresh]
        over = (
            over_quota(RestoredVolumes(context.cloud).room(), {"volumes": len(sizes), GIGABYTES: sum(sizes)})
            if fresh
            else None
        )
        return [over if index in fresh else verdict for index, verdict in enumerate(verdicts)]

    def refined(self, context, plan):
        """Attaching: allowed only to one that is attached to nothing, awaited once more at its end, and with results of
        its own.
        """
        new = {key for step in plan.steps if step.verb == UPDATE for key in step.values if key in ATTACHING}
        if not new:
            return plan
        if not plan.does(CREATE):
            _refuse_attached(plan.current, plan.desired, new)
        _refuse_server(plan.desired["_server"], context.cloud)
        if "delete_on_termination" in new:  # told before the volume is made
            context.cloud.client("compute").require(
                DELETE_ON_TERMINATION, doing=f"attach the volume '{plan.desired['name'] or plan.desired['id']}'"
            )
        unknown = dict.fromkeys(("status", "attachments", "updated_at", "device", "delete_on_termination"))
        asked = {key: plan.desired[key] for key in ATTACHING if plan.desired[key] is not None}
        return replace(plan, steps=(*plan.steps, Step(AWAIT_READY)), resource={**plan.resource, **unknown, **asked})

    def plan_for(self, service, context, desired, current):
        """What somebody says later of a volume of an image is left alone, unless this task says otherwise."""
        settled = current and current["is_bootable"] is not None and current["status"] in service.statuses.ready
        return super().plan_for(
            service,
            context,
            {**desired, "is_bootable": None} if settled and not desired.get("_told", True) else desired,
            current,
        )

    def unkept(self, service, row, left):
        if not left.keys() & set(ATTACHING):
            return super().unkept(service, row, left)
        if not row["server_id"]:
            return OsnapError(
                f"The volume {service.label(row)} is there, but Nova took the request to attach it and gave up; look at"
                " the server's fault and at Nova's log, then run again.",
                resource=row["id"],
            )
        became = ", ".join(f"{key} became {row[key]!r}" for key in sorted(left))
        return OsnapError(
            f"The volume {service.label(row)} is attached to the server {row['server_id']}, but not as asked for:"
            f" {became}; leave it out where the hypervisor chooses it.",
            resource=row["id"],
        )


def _settled(one, item, types, servers):
    """A prepared item with the name of its type and the ID of its server; a volume of an image is a data volume unless
    it is said not to be.
    """
    kind, server = types.get(item["volume_type"]), servers.get(item["server"])
    error = next((found for found in (one, kind, server) if isinstance(found, OsnapError)), None)
    if error:
        return error
    attached = {"server_id": server["id"], "_server": server} if server else {}
    return {
        **one,
        "volume_type": kind,
        **attached,
        **({"is_bootable": bool(item["bootable"]), "_told": item["bootable"] is not None} if item["image"] else {}),
    }


def _unfit(source, desired):
    """Why no volume can be made from a snapshot or an image as asked, or None."""
    if source is None:  # one given by its ID needs none, until it is to be made anew
        return OsnapError(
            f"snapshot and image are missing; say which of them the volume '{desired['name']}' is made from.",
            resource=desired["name"],
        )
    if isinstance(source, OsnapError):
        return source
    what, ready = ("snapshot", "available") if desired["snapshot_id"] else ("image", "active")
    label = f"The {what} '{source['name']}' ({source['id']})"
    if source["status"] != ready:
        return OsnapError(
            f"{label} is in status {source['status']}, and only an {ready} one becomes a volume; wait for it or make it"
            " anew.",
            resource=source["id"],
        )
    if not source["size"]:
        return OsnapError(
            f"{label} holds no data: it is of a volume-backed server, whose data are in Cinder snapshots; make volumes"
            " from those.",
            resource=source["id"],
        )
    least = _least(source, desired)
    if desired["size"] and desired["size"] < least:
        return OsnapError(
            f"{label} needs {least} GiB, and size is {desired['size']}; make it {least} or more, or leave size out.",
            resource=source["id"],
        )
    return None


def _misplaced(volumes, wanted, verdicts):
    """The verdicts, with an error for a zone that there is none of; asked only where one is named."""
    named = [one["availability_zone"] for one, verdict in zip(wanted, verdicts) if not verdict]
    if not any(named):
        return verdicts
    zones = volumes.zones()
    return [
        verdict
        or (
            OsnapError(
                f"There is no availability zone '{one['availability_zone']}' for volumes in cloud"
                f" {volumes.cloud.name}; there is {', '.join(sorted(zones)) or 'none'}.",
                resource=one["availability_zone"],
            )
            if one["availability_zone"] and one["availability_zone"] not in zones
            else None
        )
        for one, verdict in zip(wanted, verdicts)
    ]


def _too_large(volumes, wanted, sources, verdicts):
    """The verdicts, with an error for what is larger than a single volume may be. A snapshot without a size is of a
    volume that was not.
    """
    sizes = [
        None if verdict or not (one["size"] or one["image_id"]) else one["size"] or _least(source, one)
        for one, source, verdict in zip(wanted, sources, verdicts)
    ]
    most = volumes.largest() if any(sizes) else None
    return [
        OsnapError(
            f"The volume '{one['name']}' would have {size} GiB, and {most} is the most that the project's quota gives a"
            " single volume; make it smaller, or raise the quota. Nothing was made.",
            status=413,
            resource=one["name"],
        )
        if size and most is not None and size > most
        else verdict
        for one, size, verdict in zip(wanted, sizes, verdicts)
    ]


def _least(source, desired):
    return source["size"] if desired["snapshot_id"] else least_disk(source)


def _refuse_attached(row, desired, new):
    """Raise for a volume that is attached already, elsewhere or otherwise."""
    if not row["server_id"]:
        return
    label = f"The volume '{row['name']}' ({row['id']}) is attached to the server {row['server_id']}"
    if row["server_id"] != desired["server_id"]:
        raise OsnapError(
            f"{label}, and {desired['server_id']} was asked for; detach it first, then run again.", resource=row["id"]
        )
    told = ", ".join(f"{key} is {row[key]!r} and {desired[key]!r} was asked for" for key in sorted(new))
    raise OsnapError(
        f"{label} already, and that can't be changed: {told}; detach it first, or leave {' and '.join(sorted(new))}"
        " out.",
        resource=row["id"],
    )


def _refuse_server(server, cloud):
    """Raise for a server that takes no volume."""
    label = f"The server '{server['name']}' ({server['id']})"
    if server["status"] not in ATTACHABLE:
        raise OsnapError(
            f"{label} is in status {server['status']}, and Nova attaches volumes only to one that is"
            f" {', '.join(ATTACHABLE[:-1])} or {ATTACHABLE[-1]}.",
            resource=server["id"],
        )
    if server["is_locked"] and not cloud.is_admin:
        raise OsnapError(
            f"{label} is locked, and only an administrator attaches a volume to a locked one; unlock it first, then run"
            " again.",
            resource=server["id"],
        )
