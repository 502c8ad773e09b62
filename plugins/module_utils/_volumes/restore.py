# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a volume comes from a snapshot, an image or a backup: what is made, attached and refused; the module declares."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.osnap.openstack.plugins.module_utils import _marks
from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Merged, create_only, identity, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import (
    ATTACH,
    AWAIT_READY,
    CREATE,
    DELETE,
    UPDATE,
    Step,
)
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._services import restored_volumes
from ansible_collections.osnap.openstack.plugins.module_utils._services._block_storage import misplaced
from ansible_collections.osnap.openstack.plugins.module_utils._services._quota import (
    knows_types,
    needed,
    over_quota,
    too_large,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.attachments import DELETE_ON_TERMINATION
from ansible_collections.osnap.openstack.plugins.module_utils._services.backups import Backups
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.overwritten_volumes import OverwrittenVolumes
from ansible_collections.osnap.openstack.plugins.module_utils._services.restored_volumes import source_of
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_types import VolumeTypes
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes
from ansible_collections.osnap.openstack.plugins.module_utils._volumes import overwriting, restore_rules

if TYPE_CHECKING:
    from ansible_collections.osnap.openstack.plugins.module_utils._core.operation import Context
    from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import Plan
    from ansible_collections.osnap.openstack.plugins.module_utils._services._base import Service

ATTACHING = ("server_id", "device", "delete_on_termination")


class VolumeRestore(StateModule):
    #: How many volumes of the task come from each backup.
    _shared: Counter[str] = Counter()
    service = OverwrittenVolumes
    many = "volumes"
    fields = (
        identity("name", renamable=True, aliases=["display_name"]),
        create_only("snapshot", refers_to="volume_snapshot", tells=True, aliases=["snapshot_id"]),
        create_only("image", refers_to="image", tells=True),
        create_only("backup", refers_to="volume_backup", attribute="backup_id", tells=True),
        mutable("description", aliases=["display_description"]),
        mutable("metadata", type="dict", grows=True),
        create_only("size", type="int"),
        create_only("volume_type"),
        create_only("availability_zone"),
        mutable("bootable", type="bool", attribute="is_bootable", late=True, aliases=["is_bootable"]),
        mutable("server", attribute="server_id", late=True),
        mutable("device", late=True),
        mutable("delete_on_termination", type="bool", late=True),
    )
    references = {"volume_snapshot": VolumeSnapshots, "image": Images, "volume_backup": Backups}
    extra_options = {"overwrite": {"type": "bool"}}
    rules = {
        "required_one_of": [("id", "name")],
        "mutually_exclusive": [("snapshot", "image", "backup")],
        "required_by": {"device": "server", "delete_on_termination": "server"},
    }

    def tidy(self, item: dict) -> dict:
        """Empty references, as templates leave them, are none."""
        return {
            **super().tidy(item),
            **{key: (item[key] or "").strip() or None for key in ("snapshot", "image", "backup", "server")},
        }

    def problem(self, item: dict, params: dict) -> str | None:
        return restore_rules.problem(item, params["state"])

    def bound(self, context: Context) -> Service:
        service = super().bound(context)
        given = [context.params, *(context.params["volumes"] or [])]
        service.with_servers = context.params["state"] == "present" and any(one["server"] for one in given)
        service.shared = self._shared
        return service

    def prepare(self, context: Context, items: list) -> list:
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
        self._servers = {row["id"]: row for row in servers.values() if not isinstance(row, OsnapError)}
        prepared = [
            _settled(one, item, types, servers)
            for one, item in zip(super().prepare(context, items), items, strict=True)
        ]
        ids = [one["backup_id"] for one in prepared if not isinstance(one, OsnapError) and one["backup_id"]]
        self._shared = Counter(ids)
        return overwriting.named(context.cloud, prepared)

    def sought(self, desired: dict) -> dict:
        return {"id": desired["id"], "name": desired["name"]}

    def enough(self, desired: dict, rows: list) -> dict | None:
        """Nothing is; but one of this name that comes from elsewhere is no place to put another one beside."""
        if rows and not desired["id"]:
            what = restore_rules.source_kind(desired)
            raise OsnapError(
                f"The name '{desired['name']}' is taken by {lookup.listing(rows)}, not made from the {what} "
                f"{desired[what + '_id']}; choose another name, or remove that volume first.",
                resource=rows[0]["id"],
            )

    def strays(self, service: Service, desired: dict) -> list:
        """Ours of this name whose source has gone: they may be of the one that is named."""
        rows = {row["id"]: source_of(row) for row in service.find([{"name": desired["name"]}])[0] if source_of(row)}
        sources = sorted(set(rows.values()))
        there = {id for kind in self.references.values() for id in kind(service.cloud).poll(sources)}
        return [row for row in service.poll(sorted(rows)).values() if rows[row["id"]] not in there]

    def retains(self, service: Service, row: dict) -> OsnapError | None:
        if row["attachments"]:
            return OsnapError(
                f"The volume {service.label(row)} is attached to {service.attached_to(row)}, and can't be deleted; detach it"
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

    def admit(self, context: Context, plans: list) -> list:
        """Sources that are fit, and quota for all of them together."""
        wanted = [plan.desired for plan in plans]
        snapshots = lookup.existing(
            VolumeSnapshots(context.cloud), [one["snapshot_id"] for one in wanted if one["snapshot_id"]]
        )
        images = lookup.existing(Images(context.cloud), [one["image_id"] for one in wanted if one["image_id"]])
        backups = lookup.existing(Backups(context.cloud), [one["backup_id"] for one in wanted if one["backup_id"]])
        sources = [
            snapshots.get(one["snapshot_id"]) or images.get(one["image_id"]) or backups.get(one["backup_id"])
            for one in wanted
        ]
        verdicts = [restore_rules.unfit(source, one) for source, one in zip(sources, wanted, strict=True)]
        zones = (
            Volumes(context.cloud).zones()
            if any(one["availability_zone"] and not verdict for one, verdict in zip(wanted, verdicts, strict=True))
            else set()
        )
        verdicts = [
            verdict or misplaced(context.cloud, one["availability_zone"], zones)
            for one, verdict in zip(wanted, verdicts, strict=True)
        ]
        return self._within_quota(context.cloud, plans, sources, verdicts)

    @staticmethod
    def _within_quota(cloud, plans, sources, verdicts):
        """The verdicts, with an error for what is larger than a single volume may be, and for what is too much."""
        good = [index for index, verdict in enumerate(verdicts) if not verdict]
        if not good:
            return verdicts
        room, wanted = Volumes(cloud).room(), [plan.desired for plan in plans]
        sizes = {index: wanted[index]["size"] or restore_rules.least(sources[index], wanted[index]) for index in good}
        verdicts = [
            verdict or too_large(room, sizes[index], f"The volume '{wanted[index]['name']}'")
            for index, verdict in enumerate(verdicts)
        ]
        fresh = [index for index in good if not verdicts[index] and not plans[index].does(DELETE)]
        types = _types(cloud, [(wanted[index], sources[index]) for index in fresh], room)
        over = (
            over_quota(room, needed("volumes", zip([sizes[index] for index in fresh], types, strict=True)))
            if fresh
            else None
        )
        return [over if index in fresh else verdict for index, verdict in enumerate(verdicts)]

    def refined(self, context: Context, plan: Plan) -> Plan:
        """Attaching: allowed only to one that is attached to nothing, awaited once more at its end, and with results of
        its own.
        """
        new = {key for step in plan.steps if step.verb == UPDATE for key in step.values if key in ATTACHING}
        if not new:
            return plan
        if not plan.does(CREATE):
            restore_rules.refuse_attached(plan.current, plan.desired, new)
        restore_rules.refuse_server(self._servers[plan.desired["server_id"]], context.cloud)
        if "delete_on_termination" in new:  # told before the volume is made
            context.cloud.client("compute").require(
                DELETE_ON_TERMINATION, doing=f"attach the volume '{plan.desired['name'] or plan.desired['id']}'"
            )
        unknown = dict.fromkeys(("status", "attachments", "updated_at", "device", "delete_on_termination"))
        if context.cloud.is_admin:  # Cinder shows administrators how it is attached, among the metadata
            unknown["metadata"] = None
        asked = {key: plan.desired[key] for key in ATTACHING if plan.desired[key] is not None}
        steps = [step for step in map(_without_attaching, plan.steps) if step]
        steps += [Step(ATTACH, asked), Step(AWAIT_READY)]
        return replace(plan, steps=tuple(steps), resource={**plan.resource, **unknown, **asked})

    def plan_for(self, service: Service, context: Context, desired: dict, current: dict | None) -> Plan:
        """A new volume of an image is a data volume unless this task says otherwise; what somebody says later is left
        alone.
        """
        settled = current and current["is_bootable"] is not None and current["status"] in service.statuses.ready
        if desired["overwrite"]:
            return overwriting.plan(service, context, self.fields, desired, current)
        if desired["backup_id"] and context.params["state"] == "present":
            ours = {_marks.SOURCE: desired["backup_id"]}
            desired = {**desired, "metadata": {**(desired["metadata"] or {}), **ours}}
        if desired["image_id"] and desired["bootable"] is None:  # the option; what is desired may be of an earlier plan
            desired = {**desired, "is_bootable": None if settled else False}
        plan = super().plan_for(service, context, desired, current)
        if not plan.does(CREATE):
            return plan
        if desired["backup_id"]:
            return _with_late_metadata(plan)
        marked = {**(plan.desired["metadata"] or {}), **restored_volumes.marks(plan.desired)}
        return replace(plan, resource={**plan.resource, "metadata": marked})

    def unkept(self, service: Service, row: dict, left: dict) -> OsnapError:
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


def _with_late_metadata(plan):
    """Cinder replaces the metadata of a volume that it restores by those of the volume that was backed up."""
    ours = {**(plan.desired["metadata"] or {}), **restored_volumes.marks(plan.desired)}
    late = plan.step(UPDATE)
    rest = tuple(step for step in plan.steps if step is not late)
    values = {**(late.values if late else {}), "metadata": Merged({}, ours)}
    return replace(plan, steps=(*rest, Step(UPDATE, values)))


def _without_attaching(step):
    """An update without what Nova does; None where nothing is left of it."""
    if step.verb != UPDATE:
        return step
    values = {key: value for key, value in step.values.items() if key not in ATTACHING}
    return Step(UPDATE, values) if values else None


def _types(cloud, pairs, room):
    """The names of the volume types that new volumes have, as ``(desired, source)`` say; None for one that nobody tells.
    The types of sources are asked for only if any type has a quota of its own.
    """
    if not knows_types(room):
        return [desired["volume_type"] for desired, _source in pairs]
    untold = {source["volume_id"] for desired, source in pairs if not desired["volume_type"] and desired["snapshot_id"]}
    disks = Volumes(cloud).poll(sorted(untold)) if untold else {}
    unset = any(not desired["volume_type"] and not desired["snapshot_id"] for desired, _source in pairs)
    usual = VolumeTypes(cloud).usual() if unset else None
    return [
        desired["volume_type"]
        or (
            disks.get(source["volume_id"], {}).get("volume_type")
            if desired["snapshot_id"]
            else (source.get("properties") or {}).get("cinder_img_volume_type") or usual
        )
        for desired, source in pairs
    ]


def _settled(one, item, types, servers):
    """A prepared item with the name of its type and the ID of its server."""
    kind, server = types.get(item["volume_type"]), servers.get(item["server"])
    error = next((found for found in (one, kind, server) if isinstance(found, OsnapError)), None)
    return error or {**one, "volume_type": kind, **({"server_id": server["id"]} if server else {})}
