# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server is booted from what was saved, or put back in place: what is planned and judged; the module declares."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.osnap.openstack.plugins.module_utils._core import lookup
from ansible_collections.osnap.openstack.plugins.module_utils._core.errors import OsnapError
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import Field, create_only, mutable
from ansible_collections.osnap.openstack.plugins.module_utils._core.fields import identity as identity_field
from ansible_collections.osnap.openstack.plugins.module_utils._core.plan import CREATE, REBUILD, UPDATE, plan_present
from ansible_collections.osnap.openstack.plugins.module_utils._core.state import StateModule
from ansible_collections.osnap.openstack.plugins.module_utils._servers import boot_rules, rebuild
from ansible_collections.osnap.openstack.plugins.module_utils._servers.boot_lookup import Named, place_of, root_disk
from ansible_collections.osnap.openstack.plugins.module_utils._servers.restore_arguments import problem
from ansible_collections.osnap.openstack.plugins.module_utils._services.images import Images
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_images import backing_snapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.server_versions import (
    least_to_boot,
    least_to_change,
)
from ansible_collections.osnap.openstack.plugins.module_utils._services.servers import Servers, is_volume_backed
from ansible_collections.osnap.openstack.plugins.module_utils._services.volume_snapshots import VolumeSnapshots
from ansible_collections.osnap.openstack.plugins.module_utils._services.volumes import Volumes

NETWORK = {"network": {"type": "str"}, "fixed_ip": {"type": "str"}, "port": {"type": "str"}, "tag": {"type": "str"}}
DISK = {
    "snapshot": {"type": "str"},
    "volume": {"type": "str"},
    "size": {"type": "int"},
    "volume_type": {"type": "str"},
    "delete_on_termination": {"type": "bool"},
    "device": {"type": "str"},
    "boot_index": {"type": "int"},
    "tag": {"type": "str"},
}


class ServerRestore(StateModule):
    service = Servers
    many = "servers"
    fields = (
        identity_field("name", renamable=True),
        Field("image", "identity", attribute="source_id", refers_to="image"),
        create_only("disks", type="list", elements="dict", options=DISK, readable=False),
        create_only("flavor", attribute="flavor_name"),
        create_only("networks", type="list", elements="dict", options=NETWORK, readable=False),
        create_only("security_groups", type="list", elements="str", readable=False),
        create_only("key_name"),
        create_only("user_data", readable=False),
        create_only("config_drive", type="bool", attribute="has_config_drive"),
        create_only("availability_zone"),
        create_only("server_group", readable=False),
        create_only("hostname", readable=False),
        mutable("description"),
        mutable("tags", type="list", elements="str"),
        mutable("metadata", type="dict", grows=True),
    )
    extra_options = {"mode": {"type": "str", "choices": ["boot", "rebuild"]}}
    references = {"image": Images}
    rules = {"required_one_of": [("id", "name")]}

    # -- arguments

    def problem(self, item, params):
        return problem(item, params["state"])

    def identity(self, item):
        root = root_disk(item)
        return super().identity({**item, "image": item["image"] or (root and (root.get("snapshot") or root["volume"]))})

    def resolved(self, item):
        return item["name"] if item["mode"] == "rebuild" and not item["id"] else super().resolved(item)

    def target(self, plan):
        return plan.current["id"] if plan.current and plan.desired["mode"] == "rebuild" else super().target(plan)

    # -- plan

    def bound(self, context):
        service = super().bound(context)
        service.being_rebuilt = self.being_rebuilt
        return service

    def prepare(self, context, items):
        """Everything that is named, by ID; a server that is to be gone needs only what it was booted from."""
        desired = super().prepare(context, items)
        absent = context.params["state"] == "absent"
        self.named = Named(context.cloud, items, absent)
        return [
            one if isinstance(one, OsnapError) else self.named.replaced(one, item)
            for one, item in zip(desired, items, strict=True)
        ]

    def sought(self, desired):
        return {**desired, "source_id": None} if desired["mode"] == "rebuild" else desired

    def plan_all(self, context, items):
        self.being_rebuilt = set()  # IDs of servers that another run is rebuilding
        self.rebuilt_with = [one["source_id"] for one in items if one["mode"] == "rebuild" and one["source_id"]]
        self.images = {}
        return super().plan_all(context, items)

    def _image(self, context, id):
        """The image that a server is rebuilt with, or its error: all of them are read when the first is asked for."""
        self.images = self.images or lookup.existing(Images(context.cloud), self.rebuilt_with)
        return self.images[id]

    def _plan_one(self, service, context, desired, rows):
        if context.params["state"] == "present" and desired["mode"] == "rebuild":
            return self._plan_rebuild(service, context, desired, rows)
        return super()._plan_one(service, context, desired, rows)

    def _plan_rebuild(self, service, context, desired, rows):
        if len(rows) != 1:
            there = f"are {len(rows)} servers" if rows else "is no server"
            which = (
                f": {lookup.listing(rows)}; give the id of the one that is meant"
                if rows
                else "; check the name or the ID, and the project"
            )
            raise OsnapError(
                f"There {there} '{desired['name'] or desired['id']}' to rebuild in cloud {context.cloud.name}{which}.",
                resource=desired["name"] or desired["id"],
            )
        server = rows[0]
        failed = server["status"] in self.service.statuses.failed
        if rebuild.is_restored(server, desired["source_id"]) and not (
            failed and context.params["on_error"] == "replace"
        ):
            server = service.rebuilt_before(server)
            plan = plan_present(
                self.fields,
                desired,
                server,
                service.statuses,
                keys=service.keys(),
                label=f"The {service.noun}",
                reason=service.reason(server) if failed else None,
                busy=service.is_busy(server),
            )
            # A moment after it has put a rebuilt server off, Nova writes to it once more.
            return replace(plan, resource={**plan.resource, "updated_at": None})
        if error := _of_an_empty_image(context.cloud, server):
            raise error
        image, (root, versions) = self._image(context, desired["source_id"]), _of_volume_backed(context.cloud, server)
        if error := rebuild.refusal(server, image, is_admin=context.cloud.is_admin, root=root, versions=versions):
            raise error
        plan = rebuild.plan_rebuild(self.fields, desired, server, image)
        # Without a wait nobody knows how far Nova is when the task ends.
        return plan if context.wait else replace(plan, resource={**plan.resource, "status": None})

    def refined(self, context, plan):
        if not plan.does(CREATE) and (change := plan.step(UPDATE)) and (least := least_to_change(change.values)):
            context.cloud.client("compute").require(least, doing=f"change the server '{plan.current['name']}'")
        return replace(plan, carried=boot_rules.Booting(self.named.flavor(plan.desired)))

    def admit(self, context, plans):
        verdicts = boot_rules.refusals(plans, place_of(context.cloud, plans))
        return [verdict or _too_old(context.cloud, plan.desired) for plan, verdict in zip(plans, verdicts, strict=True)]

    def strays(self, service, desired):
        """Servers of the name whose origin is gone: that nobody knows any more which is meant does not make them gone."""
        rows = service.find([{"name": desired["name"], "source_id": None}])[0] if desired["name"] else []
        sources = sorted({row["source_id"] for row in rows if row["source_id"]})
        there = {id for kind in (Images, VolumeSnapshots, Volumes) for id in kind(service.cloud).poll(sources)}
        return [row for row in rows if row["source_id"] not in there]

    def retains(self, service, row):
        if not row["is_locked"] or service.cloud.is_admin:
            return None
        return OsnapError(
            f"The {service.noun} {service.label(row)} is locked, and only an administrator deletes a locked one; unlock"
            " it first, then run again.",
            resource=row["id"],
        )

    def _verified(self, service, context, job):
        outcome = super()._verified(service, context, job)
        if isinstance(outcome, OsnapError) or not job.plan.does(REBUILD) or not context.wait:
            return outcome
        before, after = job.plan.current["addresses"], outcome.resource["addresses"]
        if before and before != after:
            return OsnapError(
                f"The server {service.label(job.row)} was rebuilt, and its addresses are not what they were: {after},"
                f" and before {before}.",
                resource=job.row["id"],
            )
        return outcome


def _of_an_empty_image(cloud, server):
    """Nova shows a server that was booted from the image of a volume-backed one as if it ran from that image, and keeps
    its root volume as it is.
    """
    image = Images(cloud).get(server["image_id"]) if server["image_id"] and server["attached_volumes"] else None
    if image is None or not backing_snapshots(image):
        return None
    return OsnapError(
        f"The server '{server['name']}' ({server['id']}) can't be rebuilt: its root disk is a volume, made of the"
        f" Cinder snapshots of the image '{image['name']}' ({image['id']}); boot a new server, on the same ports.",
        resource=server["id"],
    )


def _too_old(cloud, desired):
    """The error where the cloud's Nova knows less than is asked for, or None; the version is asked for only where it
    matters.
    """
    if least := least_to_boot(desired):
        try:
            cloud.client("compute").require(least, doing=f"create the server '{desired['name']}'")
        except OsnapError as error:
            return error
    return None


def _of_volume_backed(cloud, server):
    """The root volume of a server, and what the services can; asked for only where it matters."""
    if not is_volume_backed(server):
        return None, {}
    versions = {
        service: tuple(map(int, cloud.client(service).maximum_microversion().split("."))) for service in rebuild.LEAST
    }
    return rebuild.root_of(Volumes(cloud).poll(server["attached_volumes"]).values()), versions
